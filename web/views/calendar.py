"""The calendar: a month of days from which changes apply, and until which one may act. Pure."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.deadlines import Ahead
from notifiers.wording import one_line, shorten
from web.views.overview import heading_of, place_of

_LABELS = {"effect": "takes effect", "objection": "object by", "termination": "leave by"}
_COUNTED = 300
EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Entry:
    """A day of a change. ``kind``: effect, objection, termination; ``also`` are other readings.

    ``place`` is the path of the page about it.
    """

    day: date
    kind: str
    label: str
    what: str
    heading: str
    service: str
    place: tuple[str, str]
    counted: str
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the grid; ``inside`` is false for days of the months beside."""

    day: date
    inside: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """Weeks from Monday to Sunday. ``earlier`` and ``later`` are months, "2026-11"."""

    first: date
    weeks: tuple[tuple[Cell, ...], ...]
    entries: tuple[Entry, ...]
    earlier: str
    later: str
    following: Entry | None

    @property
    def tally(self) -> Counter[str]:
        """How many entries of each kind."""
        return Counter(entry.kind for entry in self.entries)


def month_of(text: str, today: date) -> date:
    """The first day of the month that "2026-11" names; of the present one for anything else."""
    year, _, number = text.partition("-")
    digits = all(part.isascii() and part.isdigit() for part in (year, number))
    if digits and len(year) == 4 and len(number) == 2 and 1 <= int(number) <= 12 and int(year):
        return min(max(date(int(year), int(number), 1), EARLIEST), LATEST.replace(day=1))
    return today.replace(day=1)


def month(first: date, days: Iterable[Ahead]) -> Month:
    """One month, with the first entry after it. ``days`` come in order."""
    entries = [entry_of(found) for found in days]
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    after = weeks[-1][-1] if weeks[-1][-1].month == first.month else _end(first)
    within = tuple(e for e in entries if first <= e.day <= after)
    return Month(
        first=first,
        weeks=tuple(
            tuple(Cell(day, day.month == first.month, _on(day, entries)) for day in week)
            for week in weeks
        ),
        entries=within,
        earlier=f"{first - timedelta(days=1):%Y-%m}" if first > EARLIEST else "",
        later=f"{after + timedelta(days=1):%Y-%m}" if after < LATEST else "",
        following=next((e for e in entries if e.day > after), None),
    )


def entry_of(found: Ahead) -> Entry:
    """A day that the almanac counted."""
    deadline = found.deadline
    service = one_line(found.service) or found.policy
    return Entry(
        day=deadline.until,
        kind=deadline.kind,
        label=_LABELS[deadline.kind],
        what=one_line(found.what),
        heading=heading_of(service, one_line(found.title)),
        service=service,
        place=place_of(found),
        counted=shorten(one_line(deadline.counted), _COUNTED),
        also=tuple(
            shorten(one_line(f"{one.source}: {one.counted}"), _COUNTED) for one in deadline.also
        ),
    )


def _on(day: date, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.day == day)


def _end(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])
