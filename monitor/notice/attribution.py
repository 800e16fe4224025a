"""Which change a vendor's notice is about: each notice counts for one change at most.

    both state the same day of effect  ─►  that change
    else                               ─►  the nearest in time, if it is near enough

Nobody can know for sure: a mail names no version. So the day that both state counts for most, and
people can take a mail out again. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from monitor.notice.clock import Publication, Told

#: A page may show a change long after it was announced, or somewhat before anybody was told.
_EARLY = timedelta(days=190)
_LATE = timedelta(days=21)


def attributed(
    told: Iterable[Told], publications: Sequence[Publication]
) -> Mapping[int, tuple[Told, ...]]:
    """The notices by the place of the change they are about, the earliest first.

    Those that are about none of the changes are left out.
    """
    found: dict[int, list[Told]] = {}
    for notice in sorted(told, key=lambda t: (t.at, t.key)):
        place = _place(notice, publications)
        if place is not None:
            found.setdefault(place, []).append(notice)
    return {place: tuple(notices) for place, notices in found.items()}


def _place(notice: Told, publications: Sequence[Publication]) -> int | None:
    fitting = [
        (not _same_day(notice, publication), _distance(notice, publication), place)
        for place, publication in enumerate(publications)
        if _fits(notice, publication)
    ]
    return min(fitting)[2] if fitting else None


def _fits(notice: Told, publication: Publication) -> bool:
    """Whether a notice can be about a change: near in time, and no other day of effect."""
    first = publication.first_seen
    if not notice.at - _LATE <= first <= notice.at + _EARLY:
        return False
    if notice.effective is None or _same_day(notice, publication):
        return True
    if _moved(publication) is not None:
        return False
    return first <= _instant(notice.effective, first) + _LATE


def _same_day(notice: Told, publication: Publication) -> bool:
    return notice.effective is not None and notice.effective == _moved(publication)


def _moved(publication: Publication) -> date | None:
    """The day of effect that the page states, if it came with the change."""
    stated = publication.new.effective
    return stated if stated != publication.old.effective else None


def _distance(notice: Told, publication: Publication) -> timedelta:
    """From the change to the arrival of the notice, or to the day that it states."""
    days = [abs(publication.first_seen - notice.at)]
    if notice.effective is not None:
        effective = _instant(notice.effective, publication.first_seen)
        days.append(abs(publication.first_seen - effective))
    return min(days)


def _instant(day: date, like: datetime) -> datetime:
    return datetime.combine(day, time(), like.tzinfo)
