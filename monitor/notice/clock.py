"""Was the notice given that was promised? What is seen answers, or it does not.

    publication lies between the last good capture without the change and the first with it;
    an e-mail of the vendor, where one was imported, has a day of its own

A verdict follows only where both ends agree. Never "broken": a page and some e-mails are all that
is seen. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from monitor.notice.calendar import Calendar
from monitor.notice.standards import Precedence, Standard, applying, preferred

NoticeVerdict = Literal[
    "consistent", "shorter on this page", "not verifiable", "no promise applies"
]
Dating = Literal["dated", "undated", "date only", "no date stated"]

_ON_THE_PAGE = frozenset({"website", "banner"})
_BY_MAIL = frozenset({"email", "direct notice"})


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates a version states about itself."""

    updated: date | None = None
    effective: date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A vendor's notice that is about the change: when it was received, the day it states.

    ``key`` names it (the first characters of its digest).
    """

    at: datetime
    effective: date | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """All that is known of how a change came out.

    ``last_seen_old`` is the last good capture without it; ``every`` how often the page is to be
    looked at (a longer silence is a gap of ours, or of the source). ``words_changed`` is False
    where dates, order or layout alone differ.
    """

    first_seen: datetime
    last_seen_old: datetime | None
    new: Dates
    old: Dates = Dates()
    words_changed: bool = True
    told: tuple[Told, ...] = ()
    every: timedelta | None = None

    @property
    def dating(self) -> Dating:
        """Whether the stated dates moved along with the words."""
        moved = self.new != self.old
        if not self.words_changed and moved:
            return "date only"
        if self.new == Dates():
            return "no date stated"
        return "dated" if moved else "undated"

    @property
    def effective(self) -> date | None:
        """From when the change applies: a date that moved with it, else one a notice states."""
        if self.new.effective and self.new.effective != self.old.effective:
            return self.new.effective
        return min((t.effective for t in self.told if t.effective), default=None)

    @property
    def is_gap(self) -> bool:
        """Whether the page was not seen for much longer than it was to be looked at."""
        if self.last_seen_old is None or not self.every:
            return False
        return self.first_seen - self.last_seen_old > 2 * self.every + timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Measure:
    """One standard held against the notice that was given."""

    verdict: NoticeVerdict
    source: str
    promised: str
    latest: date | None
    reason: str
    cite: str


@dataclass(frozen=True, slots=True)
class Notice:
    """The promised and the given notice. Days count calendar days; None means not known.

    ``latest`` is the last day on which people could be told in time. ``source`` says whose promise
    governs (policy, contract), ``scope`` and ``channels`` what it is about and how it was to be
    given. ``arithmetic`` are the steps, ``also`` other standards that apply (the contract's, a
    law's). ``counted_from`` is "page", "notice" (an imported one) or "".
    """

    verdict: NoticeVerdict
    promised: str = ""
    latest: date | None = None
    given_least_days: int | None = None
    given_most_days: int | None = None
    reason: str = ""
    source: str = ""
    scope: str = ""
    channels: tuple[str, ...] = ()
    cite: str = ""
    effective: date | None = None
    dating: Dating = "dated"
    counted_from: str = ""
    notices: tuple[str, ...] = ()
    arithmetic: tuple[str, ...] = ()
    also: tuple[Measure, ...] = ()


def notice_given(
    standards: Iterable[Standard],
    publication: Publication,
    *,
    scopes: frozenset[str] = frozenset({"policy"}),
    precedence: Precedence = "earliest",
    calendar: Calendar | None = None,
) -> Notice:
    """Hold the notice that was given against what was promised before the change.

    Args:
        standards: the *older* version's promises, the contract's, and those of laws in force.
        publication: what is known of how the change came out.
        scopes: what the change is about; only promises about that govern.
        precedence: whose word counts where policy and contract differ.
        calendar: how days are counted (UTC, no holidays, by default).
    """
    days = calendar or Calendar()
    owed = applying(standards, "notice", scopes)
    governing = next(iter(preferred(owed, precedence, days)), None)
    also = tuple(_measure(s, publication, days) for s in owed if s != governing)
    least, most, source = _given(publication, governing, days)
    if governing is None:
        reason = "nothing that is about changes of this kind promises a time of notice"
        measure = Measure("no promise applies", "", "", None, reason, "")
    else:
        measure = _measure(governing, publication, days)
    return Notice(
        measure.verdict,
        measure.promised,
        measure.latest,
        least,
        most,
        measure.reason,
        measure.source,
        governing.about if governing else "",
        tuple(sorted(governing.channels)) if governing else (),
        measure.cite,
        publication.effective,
        publication.dating,
        source,
        tuple(told.key for told in publication.told),
        tuple(_arithmetic(governing, publication, days, measure.latest)),
        also,
    )


def _measure(standard: Standard, publication: Publication, days: Calendar) -> Measure:
    effective = publication.effective
    latest = days.last_day_before(effective, standard.period) if effective else None
    if latest is None:
        verdict, reason = _undated(publication)
    else:
        verdict, reason = _held(standard, publication, days, latest)
    promised = str(standard.period)
    return Measure(verdict, standard.source, promised, latest, reason, standard.cite)


def _undated(publication: Publication) -> tuple[NoticeVerdict, str]:
    stated = publication.new.effective
    if stated:
        return "not verifiable", f"the page still states {stated}, as before the change"
    return "not verifiable", "no date is stated from which the change applies"


def _held(
    standard: Standard, publication: Publication, days: Calendar, latest: date
) -> tuple[NoticeVerdict, str]:
    """The verdict of one standard, from the e-mails it promised and from the page."""
    channels = standard.channels
    by_mail, on_page = (may_be_told_by(channels, way) for way in ("mail", "page"))
    told = min((days.day_of(t.at) for t in publication.told), default=None) if by_mail else None
    if told is not None and told <= latest:
        return "consistent", f"a notice of the vendor was received on {told}"
    unseen = sorted(channels - _ON_THE_PAGE - (_BY_MAIL if told else frozenset()))
    if unseen and standard.either and on_page and days.day_of(publication.first_seen) <= latest:
        return "consistent", "the page showed the change in time, and that was one of the ways"
    if unseen:
        return "not verifiable", _not_seen(unseen, standard)
    if not on_page:
        return "shorter on this page", f"the vendor's notice was received on {told}"
    return _on_page(publication, days, latest)


def may_be_told_by(channels: frozenset[str], way: Literal["page", "mail"]) -> bool:
    """Whether telling people this way is among the promised ones; none promised means any."""
    return not channels or bool(channels & (_ON_THE_PAGE if way == "page" else _BY_MAIL))


def _not_seen(channels: list[str], standard: Standard) -> str:
    if standard.source == "law":
        return "each of us must be told, and no notice of the vendor was imported"
    if standard.either:
        return f"other ways would have done as well ({', '.join(channels)}) and cannot be seen"
    if set(channels) & _BY_MAIL:
        return "an e-mail was promised and none was imported"
    return f"it was promised by other ways than this page ({', '.join(channels)})"


def _on_page(publication: Publication, days: Calendar, latest: date) -> tuple[NoticeVerdict, str]:
    first, last = publication.first_seen, publication.last_seen_old
    if days.day_of(first) <= latest:
        return "consistent", "the page showed the change in time"
    if last is None:
        return "not verifiable", "the page was not seen before the change"
    if days.day_of(last) > latest:
        return "shorter on this page", "the page still showed the old text when it was due"
    gap = first - last
    if publication.is_gap:
        told = f"{gap.days} days" if gap.days > 1 else f"{gap.total_seconds() / 3600:.0f} hours"
        return (
            "not verifiable",
            f"no good capture of this page for {told} (a gap of ours or of the source)",
        )
    return "not verifiable", "the page changed between two checks around the last day"


def _given(
    publication: Publication, standard: Standard | None, days: Calendar
) -> tuple[int | None, int | None, str]:
    """The least and the most days of notice, and what they are counted from."""
    effective = publication.effective
    if effective is None:
        return None, None, ""
    channels = standard.channels if standard else frozenset()
    first = days.day_of(publication.first_seen)
    last = days.day_of(publication.last_seen_old) if publication.last_seen_old else None
    if publication.told and may_be_told_by(channels, "mail"):
        told = min(days.day_of(t.at) for t in publication.told)
        on_page = may_be_told_by(channels, "page")
        if not (on_page and last is not None and first < told):
            return (effective - told).days, (effective - told).days, "notice"
    least = (effective - first).days
    return least, (effective - last).days if last else None, "page"


def _arithmetic(
    standard: Standard | None, publication: Publication, days: Calendar, latest: date | None
) -> Iterable[str]:
    effective = publication.effective
    if effective and standard and latest:
        clear = " (clear days: neither end counts)" if days.clear_days else ""
        yield f"{effective} less {standard.period} is {latest}, the last day in time{clear}."
    last = publication.last_seen_old
    if last:
        yield (
            f"The page was last seen without the change on {_minute(last)}, and first with it on "
            f"{_minute(publication.first_seen)}."
        )
    else:
        yield f"The page was first seen with the change on {_minute(publication.first_seen)}."
    for told in publication.told:
        yield f"A notice of the vendor ({told.key}) was received on {_minute(told.at)}."
    least, most, source = _given(publication, standard, days)
    if least is not None and effective:
        span = str(least) if most in (None, least) else f"{least} to {most}"
        since = {"notice": "From the notice", "page": "From the page"}[source]
        at_least = "at least " if most is None else ""
        yield f"{since} to {effective}: {at_least}{span} day{'' if span == '1' else 's'}."


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} {instant.tzname() or 'UTC'}"
