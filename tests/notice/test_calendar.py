"""Periods are counted as what they are."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.notice.calendar import Calendar, Period, PeriodUnit, parse_period

USUAL = Calendar()
CHRISTMAS = Calendar(holidays=frozenset({date(2026, 12, 28)}), yearly=frozenset({(12, 25)}))


@pytest.mark.parametrize(
    ("day", "period", "result"),
    [
        (date(2026, 3, 31), "1 month", date(2026, 2, 28)),
        (date(2024, 2, 29), "1 year", date(2023, 2, 28)),
        (date(2026, 1, 15), "2 months", date(2025, 11, 15)),
        (date(2026, 6, 8), "5 business days", date(2026, 6, 1)),
        (date(2026, 6, 7), "1 business day", date(2026, 6, 5)),
        (date(2026, 6, 7), "2 weeks", date(2026, 5, 24)),
        (date(2026, 6, 7), "72 hours", date(2026, 6, 4)),
        (date(2026, 6, 7), "25 hours", date(2026, 6, 5)),
    ],
)
def test_back_from_an_event(day: date, period: str, result: date) -> None:
    """Months are calendar months; business days skip the weekend; hours fill days."""
    assert USUAL.back(day, parse_period(period)) == result


@pytest.mark.parametrize(
    ("day", "period", "result"),
    [
        (date(2026, 1, 31), "1 month", date(2026, 2, 28)),
        (date(2024, 2, 29), "1 year", date(2025, 2, 28)),
        (date(2026, 5, 2), "30 days", date(2026, 6, 1)),
        (date(2026, 6, 5), "1 business day", date(2026, 6, 8)),
        (date(2026, 6, 6), "10 business days", date(2026, 6, 19)),
    ],
)
def test_forward_from_an_event(day: date, period: str, result: date) -> None:
    """The day of the event is not counted, and the last day is not moved off a weekend."""
    assert USUAL.forward(day, parse_period(period)) == result


def test_holidays_are_no_business_days() -> None:
    """Listed ones, and those of every year; without a list only weekends are known."""
    before = date(2026, 12, 24)
    assert CHRISTMAS.forward(before, Period(1, "business_day")) == date(2026, 12, 29)
    assert USUAL.forward(before, Period(1, "business_day")) == date(2026, 12, 25)


def test_another_weekend() -> None:
    """Friday and Saturday, as in some countries: the day after a Thursday is a Sunday."""
    assert Calendar(weekend=frozenset({4, 5})).forward(
        date(2026, 6, 4), Period(1, "business_day")
    ) == date(2026, 6, 7)


def test_clear_days_count_neither_end() -> None:
    """One day more is needed."""
    event, period = date(2026, 6, 1), Period(30)
    assert USUAL.last_day_before(event, period) == date(2026, 5, 2)
    assert Calendar(clear_days=True).last_day_before(event, period) == date(2026, 5, 1)


def test_an_instant_falls_on_the_day_of_the_zone() -> None:
    """Half past eleven in the evening in London in summer is the next day in Rome."""
    late = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
    assert USUAL.day_of(late) == date(2026, 6, 1)
    assert Calendar(zone=ZoneInfo("Europe/Rome")).day_of(late) == date(2026, 6, 2)


@given(
    st.dates(), st.integers(0, 10**12),
    st.sampled_from(["hour", "day", "week", "business_day", "month", "year"]),
)  # fmt: skip
def test_no_promise_is_too_long_to_count(day: date, amount: int, unit: PeriodUnit) -> None:
    """What a page says must not overflow a calendar, nor keep a check busy."""
    period = Period(amount, unit)
    assert USUAL.back(day, period) <= day <= USUAL.forward(day, period)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("30 days", Period(30)),
        ("1 Calendar Month", Period(1, "month")),
        ("10 working days", Period(10, "business_day")),
        ("2 weeks", Period(2, "week")),
    ],
)
def test_periods_as_people_write_them(text: str, period: Period) -> None:
    """And back again, as they are shown."""
    assert parse_period(text) == period
    assert parse_period(str(period)) == period


@pytest.mark.parametrize("text", ["", "soon", "-3 days", "3", "3 fortnights", "1.5 months"])
def test_what_is_no_period_is_refused(text: str) -> None:
    """With an example of one."""
    with pytest.raises(ValueError, match="30 days"):
        parse_period(text)
