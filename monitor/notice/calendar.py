"""Periods counted as what they are: days, weeks, business days, calendar months and years.

The day of the event is not counted: 30 days after 2 May is 1 June, and 2 May is the last day on
which a change that applies from 1 June can be announced 30 days ahead. Hours count as the days
they fill. Pure.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

PeriodUnit = Literal["hour", "day", "week", "business_day", "month", "year"]

#: Nobody promises more; what a page says beyond it must not keep a check busy, or overflow.
_LONGEST_DAYS = 36_525
_DAYS: dict[str, float] = {
    "hour": 1 / 24, "day": 1, "week": 7, "business_day": 1.4, "month": 30.5, "year": 365.25,
}  # fmt: skip
_WRITTEN = re.compile(
    r"(\d{1,5}) *(hour|day|week|(?:business|working)[ _]day|(?:calendar[ _])?month|year)s?"
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as it was promised; ``str()`` is "30 days" or "2 business days"."""

    amount: int
    unit: PeriodUnit = "day"

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.replace('_', ' ')}{'s' if self.amount != 1 else ''}"


def parse_period(text: str) -> Period:
    """Read "30 days", "1 month", "10 business days", "2 calendar months". Raises ValueError."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(
            f'"{text}" is not a period: write for example "30 days", "1 month" or '
            '"10 business days"'
        )
    unit = found[2].replace(" ", "_").removeprefix("calendar_").replace("working", "business")
    return Period(int(found[1]), as_unit(unit))


def parse_holiday(value: Any) -> date | tuple[int, int]:
    """Read "2026-12-25", a TOML date, or "12-25" for that day of every year. Raises ValueError."""
    text = str(value)
    try:
        if re.fullmatch(r"\d\d-\d\d", text):
            day = date.fromisoformat(f"2000-{text}")
            return day.month, day.day
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f'"{text}" is no day: write for example "2026-12-25", or "12-25" for every year'
        ) from error


def parse_zone(name: str) -> str:
    """The name of a time zone if it is one. Raises ValueError."""
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'"{name}" is not a time zone: write for example "Europe/Rome"') from error


def as_unit(unit: str) -> PeriodUnit:
    """The unit of a commitment as one of a period's; an unknown one counts days."""
    return next((known for known in get_args(PeriodUnit) if known == unit), "day")


@dataclass(frozen=True, slots=True)
class Calendar:
    """How days are counted: whose day an instant falls on, and which days are no business days.

    ``holidays`` are single days, ``yearly`` those of every year as (month, day); ``weekend`` by
    number (Monday is 0). ``clear_days`` counts neither the day of the event nor the last day.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    holidays: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()
    weekend: frozenset[int] = frozenset({5, 6})
    clear_days: bool = False

    def day_of(self, instant: datetime) -> date:
        """The day on which an instant falls."""
        return instant.astimezone(self.zone).date()

    def is_business_day(self, day: date) -> bool:
        """Whether people work on it, as far as the weekend and the listed holidays tell."""
        listed = day in self.holidays or (day.month, day.day) in self.yearly
        return day.weekday() not in self.weekend and not listed

    def last_day_before(self, event: date, period: Period) -> date:
        """The last day on which ``period`` of notice of an event can be given."""
        return self.back(event - _A_DAY if self.clear_days else event, period)

    def back(self, day: date, period: Period) -> date:
        """The day a period before; the earliest day there is where it reaches beyond."""
        if _too_long(period):
            return date.min
        try:
            return self._step(day, period, -1)
        except (OverflowError, ValueError):
            return date.min

    def forward(self, day: date, period: Period) -> date:
        """The last day of a period that begins with the event on ``day``."""
        if _too_long(period):
            return date.max
        try:
            return self._step(day, period, 1)
        except (OverflowError, ValueError):
            return date.max

    def _step(self, day: date, period: Period, way: Literal[1, -1]) -> date:
        match period.unit:
            case "business_day":
                return self._business(day, period.amount, way)
            case "month":
                return _months(day, way * period.amount)
            case "year":
                return _months(day, way * period.amount * 12)
            case "week":
                return day + way * timedelta(weeks=period.amount)
            case "hour":
                return day + way * timedelta(days=-(-period.amount // 24))
            case "day":
                return day + way * timedelta(days=period.amount)

    def _business(self, day: date, amount: int, way: Literal[1, -1]) -> date:
        while amount > 0:
            day += way * _A_DAY
            amount -= self.is_business_day(day)
        return day


_A_DAY = timedelta(days=1)


def _too_long(period: Period) -> bool:
    return period.amount * _DAYS[period.unit] > _LONGEST_DAYS


def _months(day: date, months: int) -> date:
    """A month has no fixed length: 31 March less one month is the last day of February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
