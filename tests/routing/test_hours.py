"""Digests and quiet hours, also on the days on which clocks are moved."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.hours import Digest, Quiet, end_of, parse_clock, parse_span, parse_until

ROME = ZoneInfo("Europe/Rome")
ZONES = ("UTC", "Europe/Rome", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
INSTANTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
CLOCKS = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "at", "expected"),
    [
        (utc(2027, 1, 10, 6, 59), time(8), utc(2027, 1, 10, 7)),
        (utc(2027, 1, 10, 7, 0), time(8), utc(2027, 1, 11, 7)),
        (utc(2027, 7, 10, 7, 0), time(8), utc(2027, 7, 11, 6)),
        # 28 March 2027: 02:00 becomes 03:00, so 02:30 is not there, and 08:00 comes sooner.
        (utc(2027, 3, 27, 20, 0), time(2, 30), utc(2027, 3, 28, 1, 30)),
        (utc(2027, 3, 27, 20, 0), time(8), utc(2027, 3, 28, 6)),
        # 31 October 2027: 03:00 becomes 02:00, so 02:30 is there twice; the first one counts.
        (utc(2027, 10, 30, 20, 0), time(2, 30), utc(2027, 10, 31, 0, 30)),
        (utc(2027, 10, 31, 0, 30), time(2, 30), utc(2027, 11, 1, 1, 30)),
    ],
)
def test_a_daily_digest_in_a_zone(now: datetime, at: time, expected: datetime) -> None:
    """One a day, whatever the clocks do."""
    assert Digest("daily", at, zone=ROME).after(now) == expected


def test_a_weekly_digest_is_on_its_day() -> None:
    """On Monday after its time, the next Monday."""
    weekly = Digest("weekly", time(9), weekday=0, zone=ROME)
    assert weekly.after(utc(2027, 3, 3, 12)) == utc(2027, 3, 8, 8)
    assert weekly.after(utc(2027, 3, 8, 8)) == utc(2027, 3, 15, 8)


def test_full_hours_are_those_of_the_zone() -> None:
    """India's are half an hour off."""
    assert Digest("hourly", zone=ROME).after(utc(2027, 3, 3, 12, 5)) == utc(2027, 3, 3, 13)
    kolkata = Digest("hourly", zone=ZoneInfo("Asia/Kolkata"))
    assert kolkata.after(utc(2027, 3, 3, 12, 5)) == utc(2027, 3, 3, 12, 30)


@given(INSTANTS, CLOCKS, st.sampled_from(ZONES), st.sampled_from(("hourly", "daily", "weekly")))
def test_a_digest_is_always_later_and_never_far(
    now: datetime, at: time, zone: str, cadence: str
) -> None:
    """No alert waits longer than its cadence and the hour of a clock change."""
    digest = Digest(cadence, at, weekday=2, zone=ZoneInfo(zone))  # type: ignore[arg-type]
    longest = {"hourly": 1, "daily": 25, "weekly": 7 * 24 + 1}[cadence]
    assert now < digest.after(now) <= now + timedelta(hours=longest)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (utc(2027, 1, 10, 18, 59), utc(2027, 1, 10, 18, 59)),  # 19:59 in Rome
        (utc(2027, 1, 10, 19, 0), utc(2027, 1, 11, 6)),
        (utc(2027, 1, 11, 5, 59), utc(2027, 1, 11, 6)),
        (utc(2027, 1, 11, 6, 0), utc(2027, 1, 11, 6)),
        (utc(2027, 3, 27, 22, 0), utc(2027, 3, 28, 5)),  # the night that is an hour shorter
        (utc(2027, 10, 30, 22, 0), utc(2027, 10, 31, 6)),  # and the one that is longer
    ],
)
def test_quiet_hours_run_over_midnight(now: datetime, expected: datetime) -> None:
    """The first and the last minute, and the nights on which clocks are moved."""
    assert Quiet((time(20), time(7)), zone=ROME).over(now) == expected


def test_quiet_days_join_quiet_nights() -> None:
    """Friday evening becomes Monday morning."""
    quiet = Quiet((time(20), time(7)), frozenset({5, 6}), ROME)
    assert quiet.over(utc(2027, 3, 5, 20)) == utc(2027, 3, 8, 6)
    assert quiet.over(utc(2027, 3, 6, 12)) == utc(2027, 3, 8, 6)


def test_the_end_of_quiet_that_the_clocks_go_back_over() -> None:
    """22:00-02:30 on 31 October: in the second 02:15 it is quiet until the second 02:30."""
    quiet = Quiet((time(22), time(2, 30)), zone=ROME)
    assert quiet.over(utc(2027, 10, 31, 1, 15)) == utc(2027, 10, 31, 1, 30)


@given(
    INSTANTS, CLOCKS, CLOCKS, st.sampled_from(ZONES),
    st.frozensets(st.integers(0, 6), max_size=6),
)  # fmt: skip
def test_quiet_ends_and_what_follows_is_not_quiet(
    now: datetime, start: time, end: time, zone: str, days: frozenset[int]
) -> None:
    """Never earlier than asked, never quiet itself, and asked again the same."""
    if start == end:
        return
    quiet = Quiet((start, end), days, ZoneInfo(zone))
    over = quiet.over(now)
    assert over >= now
    assert quiet.over(over) == over


def test_a_day_counts_whole() -> None:
    """Until 31 December means that the last of it is still muted."""
    assert end_of(date(2027, 12, 31), ROME) == utc(2027, 12, 31, 23)
    assert end_of(datetime.fromisoformat("2027-12-31T09:00"), ROME) == utc(2027, 12, 31, 8)
    assert parse_until("2027-12-31") == date(2027, 12, 31)
    assert parse_until("2027-12-31T09:00+02:00") == utc(2027, 12, 31, 7)


@pytest.mark.parametrize("text", ["8:00", "24:00", "08:60", "08:00:00", "eight", ""])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    """With an example of one that is."""
    with pytest.raises(ValueError, match="08:00"):
        parse_clock(text)
    with pytest.raises(ValueError, match="20:00-07:00"):
        parse_span(f"20:00-{text}")
    with pytest.raises(ValueError, match="2026-12-31"):
        parse_until(text)
