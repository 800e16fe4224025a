"""The notice that was given, held against the notice that was promised."""

from datetime import date

import pytest

from monitor.model import Commitment, Quote
from monitor.promises import notice_given, subtract


def promise(value: int, unit: str, scope: str = "") -> Commitment:
    """A promise of notice."""
    return Commitment("notice_period", value, unit, scope, Quote("quoted", "", 0, 6))


DAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("first_seen", "last_seen_old", "verdict"),
    [
        (date(2026, 5, 1), date(2026, 4, 30), "consistent"),
        (date(2026, 5, 2), date(2026, 5, 2), "consistent"),
        (date(2026, 5, 3), date(2026, 5, 3), "shorter on this page"),
        (date(2026, 5, 20), date(2026, 5, 2), "not verifiable"),
        (date(2026, 5, 20), None, "not verifiable"),
        (date(2026, 6, 20), date(2026, 6, 19), "shorter on this page"),
    ],
)
def test_thirty_days_follow_from_the_interval_of_publication(
    first_seen: date, last_seen_old: date | None, verdict: str
) -> None:
    """Both ends of the interval must agree before anything is said."""
    notice = notice_given(
        [promise(30, "day")], effective=DAY, first_seen=first_seen, last_seen_old=last_seen_old
    )
    assert notice.verdict == verdict
    assert notice.latest == date(2026, 5, 2)


def test_without_a_promise_none_applies() -> None:
    """The days given are still counted."""
    notice = notice_given([], effective=DAY, first_seen=date(2026, 5, 22), last_seen_old=None)
    assert (notice.verdict, notice.given_least_days) == ("no promise applies", 10)


def test_without_an_effective_date_nothing_can_be_verified() -> None:
    """A promise alone proves nothing."""
    notice = notice_given([promise(1, "month")], effective=None, first_seen=DAY, last_seen_old=None)
    assert (notice.verdict, notice.promised) == ("not verifiable", "1 month")


def test_a_promise_about_prices_does_not_govern_the_policy() -> None:
    """Only promises within whose scope the change falls count."""
    notice = notice_given(
        [promise(60, "day", "price")], effective=DAY, first_seen=DAY, last_seen_old=None
    )
    assert notice.verdict == "no promise applies"


def test_the_longest_of_several_promises_governs() -> None:
    """One month reaches further back than 14 days."""
    notice = notice_given(
        [promise(14, "day"), promise(1, "month")],
        effective=DAY,
        first_seen=date(2026, 5, 10),
        last_seen_old=date(2026, 5, 10),
    )
    assert (notice.promised, notice.verdict) == ("1 month", "shorter on this page")


@pytest.mark.parametrize(
    ("day", "amount", "unit", "result"),
    [
        (date(2026, 3, 31), 1, "month", date(2026, 2, 28)),
        (date(2024, 2, 29), 1, "year", date(2023, 2, 28)),
        (date(2026, 1, 15), 2, "month", date(2025, 11, 15)),
        (date(2026, 6, 8), 5, "business_day", date(2026, 6, 1)),
        (date(2026, 6, 7), 1, "business_day", date(2026, 6, 5)),
        (date(2026, 6, 7), 2, "week", date(2026, 5, 24)),
        (date(2026, 6, 7), 72, "hour", date(2026, 6, 4)),
    ],
)
def test_units_are_counted_as_what_they_are(
    day: date, amount: int, unit: str, result: date
) -> None:
    """Months are calendar months; business days skip the weekend."""
    assert subtract(day, amount, unit) == result
