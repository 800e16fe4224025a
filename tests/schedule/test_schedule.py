"""When a policy is looked at next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule import Cron, Interval, Schedule, next_check, parse_every, plausible_due

NOW = datetime(2026, 3, 2, 10, 17, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def slots(schedule: Schedule, start: datetime, count: int) -> list[datetime]:
    """The next due times, each computed right at the one before."""
    found = [start]
    for _ in range(count):
        found.append(next_check(schedule, found[-1], policy_id="acme"))
    return found[1:]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2s", Interval(timedelta(seconds=2))),
        ("30m", Interval(timedelta(minutes=30))),
        ("6h", Interval(6 * HOUR)),
        ("1d12h", Interval(36 * HOUR)),
        ("1d 12h", Interval(36 * HOUR)),
        ("2w", Interval(14 * DAY)),
        ("0 6 * * *", Cron("0 6 * * *")),
        ("  0   6 * * MON-FRI ", Cron("0 6 * * MON-FRI")),
        ("0 6 * * * Europe/Rome", Cron("0 6 * * *", "Europe/Rome")),
    ],
)
def test_intervals_and_cron_lines_are_read(text: str, expected: Schedule) -> None:
    """Both notations of a schedule are understood, with or without a zone."""
    assert parse_every(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "neither an interval nor a cron line"),
        ("often", "neither an interval nor a cron line"),
        ("6", "neither an interval nor a cron line"),
        ("0s", "between one second and 366 days"),
        ("2000d", "between one second and 366 days"),
        ("* * *", "neither an interval nor a cron line"),
        ("61 6 * * *", "bad minute"),
        ("0 6 31 2 *", "bad day-of-month"),
        ("0 6 * * * Mars/Olympus", "not a time zone"),
        ("0 6 * * * ../../etc/passwd", "not a time zone"),
        ("0 0 6 * * * Europe/Rome", "has 7 fields"),
    ],
)
def test_a_wrong_schedule_is_refused_with_its_text(text: str, says: str) -> None:
    """Whoever wrote a bad schedule is told what is wrong with it."""
    with pytest.raises(ValueError, match=says):
        parse_every(text)


def test_an_interval_keeps_its_pace() -> None:
    """Slots of an interval are exactly one interval apart."""
    found = slots(Interval(6 * HOUR), NOW, 20)
    assert {later - earlier for earlier, later in pairwise(found)} == {6 * HOUR}


def test_policies_are_spread_over_the_interval() -> None:
    """A thousand policies with one interval do not all fall due together."""
    due = sorted(next_check(Interval(HOUR), NOW, policy_id=f"p{n}") for n in range(1000))
    assert due[-1] - due[0] > timedelta(minutes=55)
    assert max(later - earlier for earlier, later in pairwise(due)) < timedelta(minutes=2)


def test_a_check_by_hand_just_before_its_slot_stands_for_it() -> None:
    """Checking by hand a moment before the slot does not fetch twice within that moment."""
    slot = slots(Interval(6 * HOUR), NOW, 1)[0]
    after = next_check(Interval(6 * HOUR), slot - timedelta(seconds=5), policy_id="acme")
    assert after == slot + 6 * HOUR


def test_slots_that_were_slept_through_collapse_into_one() -> None:
    """After three days of sleep there is one check now, and the next in the future."""
    for schedule in (Interval(HOUR), Cron("0 * * * *")):
        woken = slots(schedule, NOW, 1)[0] + 3 * DAY
        assert woken < next_check(schedule, woken, policy_id="acme") <= woken + 1.1 * HOUR


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Rome", datetime(2026, 3, 27, tzinfo=UTC)),
        ("Europe/Rome", datetime(2026, 10, 23, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 3, 6, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 10, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 3, tzinfo=UTC)),
    ],
)
def test_a_daily_slot_comes_once_a_day_over_a_change_of_clocks(zone: str, start: datetime) -> None:
    """At 02:30 each day: once on the day without a 02:30, once on the day with two."""
    found = slots(parse_every(f"30 2 * * * {zone}"), start, 6)
    gaps = [later - earlier for earlier, later in pairwise(found)]
    assert all(22 * HOUR < gap < 26 * HOUR for gap in gaps)


def test_cron_is_in_utc_by_default() -> None:
    """A cron line without a zone names instants in UTC."""
    due = next_check(parse_every("0 6 * * *"), NOW, policy_id="acme")
    assert due == datetime(2026, 3, 3, 6, tzinfo=UTC)


def test_a_fresh_answer_may_stretch_the_interval_to_its_double() -> None:
    """Cache-Control is honoured, but a year of it does not blind us."""
    year = timedelta(days=365)
    usual = next_check(Interval(HOUR), NOW, policy_id="acme")
    assert next_check(Interval(HOUR), NOW, policy_id="acme", fresh_for=HOUR / 60) == usual
    assert next_check(Interval(HOUR), NOW, policy_id="acme", fresh_for=year) == NOW + 2 * HOUR
    assert next_check(Interval(7 * DAY), NOW, policy_id="acme", fresh_for=year) == NOW + 8 * DAY


def test_a_cron_line_is_kept_to_whatever_caches_say() -> None:
    """Who names the minute gets the minute."""
    schedule = parse_every("0 6 * * *")
    due = next_check(schedule, NOW, policy_id="acme", fresh_for=timedelta(days=30))
    assert due == datetime(2026, 3, 3, 6, tzinfo=UTC)


def test_failures_are_tried_again_ever_later_up_to_the_interval() -> None:
    """Backoff starts in minutes, doubles, and ends at the schedule's own pace."""
    for schedule, first, last in (
        (Interval(HOUR), timedelta(minutes=4), HOUR),
        (Interval(7 * DAY), timedelta(minutes=15), DAY),
    ):
        waits = [
            next_check(schedule, NOW, policy_id="acme", failures=n) - NOW for n in range(1, 30)
        ]
        assert waits[0] <= first
        assert all(wait <= 1.1 * last for wait in waits)
        assert waits[1] > waits[0]
        assert waits[2] > waits[1]


def test_retries_of_many_policies_do_not_march_in_step() -> None:
    """Two sources that fail together are not retried at the same instant for ever."""
    waits = {next_check(Interval(DAY), NOW, policy_id=f"p{n}", failures=4) for n in range(50)}
    assert len(waits) == 50


def test_the_server_is_left_alone_for_as_long_as_it_asks() -> None:
    """Retry-After delays the next check, whatever else is due; a hostile one only by a day."""
    soon = NOW + timedelta(minutes=1)
    polite = next_check(
        Interval(HOUR), NOW, policy_id="acme", retry_after=3 * HOUR, failures=1, confirm_at=soon
    )
    assert polite == NOW + 3 * HOUR
    hostile = next_check(Interval(HOUR), NOW, policy_id="acme", retry_after=timedelta(days=3650))
    assert hostile == NOW + DAY


def test_a_confirmation_brings_the_next_check_forward() -> None:
    """A suspect is looked at again soon, but never in the past and never later than its slot."""
    soon = NOW + timedelta(minutes=15)
    assert next_check(Interval(7 * DAY), NOW, policy_id="acme", confirm_at=soon) == soon
    past = next_check(Interval(7 * DAY), NOW, policy_id="acme", confirm_at=NOW - DAY)
    assert NOW < past <= NOW + timedelta(seconds=2)
    late = next_check(Interval(HOUR), NOW, policy_id="acme", confirm_at=NOW + DAY)
    assert late == next_check(Interval(HOUR), NOW, policy_id="acme")


def test_a_clock_that_went_back_does_not_leave_a_policy_unwatched() -> None:
    """A due time left in the far future by a wrong clock is replaced by the next slot."""
    schedule = Interval(6 * HOUR)
    stale = NOW + timedelta(days=400)
    assert plausible_due(stale, schedule, NOW, policy_id="acme") <= NOW + 7 * HOUR
    usual = NOW + 5 * HOUR
    assert plausible_due(usual, schedule, NOW, policy_id="acme") == usual


instants = st.integers(946_684_800, 3_786_912_000).map(lambda s: datetime.fromtimestamp(s, UTC))
spans = st.none() | st.timedeltas(timedelta(0), timedelta(days=4000))
schedules = st.one_of(
    st.timedeltas(timedelta(seconds=1), timedelta(days=366)).map(Interval),
    st.sampled_from(["* * * * *", "0 6 * * *", "30 2 * * SUN", "0 0 1 * *"]).map(Cron),
    st.sampled_from(["30 2 * * *", "15 1-3 * * *"]).map(lambda line: Cron(line, "Europe/Rome")),
)


@given(
    schedule=schedules,
    now=instants,
    fresh_for=spans,
    retry_after=spans,
    failures=st.integers(0, 10_000),
    confirm_at=st.none() | instants,
)
def test_the_next_check_always_lies_ahead_and_never_too_far(
    schedule: Schedule,
    now: datetime,
    fresh_for: timedelta | None,
    retry_after: timedelta | None,
    failures: int,
    confirm_at: datetime | None,
) -> None:
    """Whatever servers and clocks say, a policy is looked at again, and not at once for ever."""
    due = next_check(
        schedule,
        now,
        policy_id="acme",
        fresh_for=fresh_for,
        retry_after=retry_after,
        failures=failures,
        confirm_at=confirm_at,
    )
    longest = 2 * schedule.length if isinstance(schedule, Interval) else timedelta(days=32)
    assert timedelta(seconds=1) <= due - now <= longest + DAY
    assert due.utcoffset() == timedelta(0)
    assert plausible_due(due, schedule, now, policy_id="acme") == due
