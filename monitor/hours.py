"""When people may be told: the next digest, and the end of quiet hours. Pure.

Clock times are those of a zone, whatever it does to its clocks: a time that a day skips is taken as
the same moment after the gap (02:30 becomes 03:30), one that a day has twice is its first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Cadence = Literal["hourly", "daily", "weekly"]

_DAY = timedelta(days=1)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_UTC = ZoneInfo("UTC")
#: Quiet days in a row at most; with seven in a week a fault of the configuration.
_LONGEST_QUIET = 8


def parse_clock(text: str) -> time:
    """Read "08:00". Raises ValueError."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'"{text}" is not a time of day: write for example "08:00"')
    return time(int(found[1]), int(found[2]))


def parse_span(text: str) -> tuple[time, time]:
    """Read "20:00-07:00", which may run over midnight. Raises ValueError."""
    start, dash, end = text.partition("-")
    try:
        span = parse_clock(start), parse_clock(end)
    except ValueError:
        dash = ""
    if not dash or span[0] == span[1]:
        raise ValueError(f'"{text}" is not a span of hours: write for example "20:00-07:00"')
    return span


@dataclass(frozen=True, slots=True)
class Digest:
    """When alerts are gathered into one message: at full hours, or at a time of day.

    ``weekday`` counts from Monday as 0, and is for the weekly ones.
    """

    cadence: Cadence
    at: time = time(8)
    weekday: int = 0
    zone: ZoneInfo = _UTC

    def after(self, now: datetime) -> datetime:
        """The next one that begins later than an instant."""
        local = now.astimezone(self.zone)
        if self.cadence == "hourly":
            past = timedelta(
                minutes=local.minute, seconds=local.second, microseconds=local.microsecond
            )
            return (now - past + timedelta(hours=1)).astimezone(UTC)
        days = (local.date() + timedelta(days=ahead) for ahead in range(9))
        chosen = (d for d in days if self.cadence == "daily" or d.weekday() == self.weekday)
        return next(at for day in chosen if (at := _instant(day, self.at, self.zone)) > now)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of every day, and whole days of the week, in which nobody is told.

    ``span`` may run over midnight; None: no hours. ``days`` count from Monday as 0.
    """

    span: tuple[time, time] | None = None
    days: frozenset[int] = frozenset()
    zone: ZoneInfo = _UTC

    def over(self, now: datetime) -> datetime:
        """The instant itself if nothing is quiet then, else the first one after that is not."""
        for _ in range(2 * _LONGEST_QUIET):
            ends = self._end_of_quiet(now)
            if ends is None:
                break
            now = ends
        return now

    def _end_of_quiet(self, now: datetime) -> datetime | None:
        local = now.astimezone(self.zone)
        if local.weekday() in self.days:
            return _instant(local.date() + _DAY, time(), self.zone)
        if self.span is None:
            return None
        start, end = self.span
        clock = local.time()
        within = start <= clock < end if start < end else clock >= start or clock < end
        if not within:
            return None
        day = local.date() if clock < end else local.date() + _DAY
        ends = _instant(day, end, self.zone)
        if ends > now:
            return ends
        # The hour that the clocks go back: the end's first occurrence is past, its second is not.
        second = datetime.combine(day, end, self.zone).replace(fold=1).astimezone(UTC)
        return second if second > now else _instant(day + _DAY, end, self.zone)


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def parse_until(value: date | datetime | str) -> date | datetime:
    """Read "2026-12-31", which means the whole day, or "2026-12-31T09:00". Raises ValueError."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f'"{value}" is no date: write for example 2026-12-31 or 2026-12-31T09:00'
        ) from error


def end_of(given: date | datetime, zone: ZoneInfo) -> datetime:
    """The instant until which something holds: a day counts whole, a bare time is the zone's."""
    if isinstance(given, datetime):
        return given.replace(tzinfo=given.tzinfo or zone).astimezone(UTC)
    return _instant(given + _DAY, time(), zone)
