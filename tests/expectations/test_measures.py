"""Periods in different units are compared as what they can come to."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest

from monitor.expectations.measures import Answer, Length, Op, days_of, holds
from monitor.notice.calendar import Calendar, Period


@pytest.mark.parametrize(
    ("given", "op", "bound", "answer"),
    [
        (Length(30, "day"), ">=", Length(30, "day"), "yes"),
        (Length(29, "day"), ">=", Length(30, "day"), "no"),
        (Length(1, "month"), ">=", Length(30, "day"), "depends"),
        (Length(1, "month"), ">=", Length(28, "day"), "yes"),
        (Length(1, "month"), ">=", Length(32, "day"), "no"),
        (Length(1, "month"), "=", Length(1, "month"), "yes"),
        (Length(12, "month"), "=", Length(1, "year"), "yes"),
        (Length(72, "hour"), "<=", Length(3, "day"), "yes"),
        (Length(4, "week"), "<", Length(1, "month"), "depends"),
        (Length(5, "week"), "<=", Length(1, "month"), "no"),
        (Length(10, "business_day"), ">=", Length(14, "day"), "depends"),
        (Length(10, "business_day"), ">=", Length(12, "day"), "yes"),
        (Length(10, "business_day"), "<=", Length(14, "day"), "yes"),
        (Length(16, "year"), ">", Length(15, "year"), "yes"),
        (Length(30, "day"), "=", Length(1, "month"), "depends"),
    ],
)
def test_a_comparison_holds_always_never_or_sometimes(
    given: Length, op: Op, bound: Length, answer: Answer
) -> None:
    """Nothing is converted: a month is 28 to 31 days."""
    assert holds(given, op, bound) == answer


@pytest.mark.parametrize("months", [1, 2, 3, 7, 12, 18, 24, 60])
def test_months_have_the_days_that_calendars_give_them(months: int) -> None:
    """Every first of a month in a cycle of leap years lies within the range that is told."""
    seen = set()
    for start in range(48):
        year, month = 2000 + start // 12, start % 12 + 1
        end_year, end_month = divmod(year * 12 + month - 1 + months, 12)
        assert calendar.monthrange(end_year, end_month + 1)
        seen.add((date(end_year, end_month + 1, 1) - date(year, month, 1)).days)
    low, _, high = days_of(Length(months, "month")).removesuffix(" days").partition(" to ")
    assert int(low) <= min(seen)
    assert int(high or low) >= max(seen)


@pytest.mark.parametrize("amount", range(1, 16))
def test_business_days_are_counted_as_the_calendar_of_notices_counts_them(amount: int) -> None:
    """From every day of a week on: the least and the most days are exactly those told."""
    days = [date(2026, 3, 2) + timedelta(days=n) for n in range(7)]
    counted = Calendar()
    seen = {(counted.forward(d, Period(amount, "business_day")) - d).days for d in days}
    low, _, high = days_of(Length(amount, "business_day")).removesuffix(" days").partition(" to ")
    assert (int(low), int(high or low)) == (min(seen), max(seen))
