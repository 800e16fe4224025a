"""When a reminder is due: once each, late once, never for what people were told just now."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from monitor.notice.reminders import due

UNTIL = date(2026, 4, 14)
LONG_KNOWN = date(2026, 2, 1)
STEPS = (14, 7, 1)


@pytest.mark.parametrize(
    ("today", "step"),
    [
        (date(2026, 3, 30), None),  # 15 days ahead
        (date(2026, 3, 31), 14),
        (date(2026, 4, 6), 14),
        (date(2026, 4, 7), 7),
        (date(2026, 4, 12), 7),
        (date(2026, 4, 13), 1),
        (date(2026, 4, 14), 1),
        (date(2026, 4, 21), 1),  # it passed a week ago and nobody was told
        (date(2026, 4, 22), None),
    ],
)
def test_the_nearest_step_that_has_come_is_due(today: date, step: int | None) -> None:
    """After a long silence that is one reminder, not three."""
    assert due(UNTIL, LONG_KNOWN, today, STEPS) == step


@pytest.mark.parametrize(
    ("known", "today", "step"),
    [
        (date(2026, 4, 4), date(2026, 4, 4), None),  # the alert of the change says "10 days"
        (date(2026, 4, 4), date(2026, 4, 6), None),
        (date(2026, 4, 4), date(2026, 4, 7), 7),
        (date(2026, 4, 7), date(2026, 4, 8), None),  # known on the day of the step
        (date(2026, 4, 13), date(2026, 4, 14), None),
        (date(2026, 4, 20), date(2026, 4, 20), None),  # over before it was known
    ],
)
def test_no_reminder_of_what_the_alert_said_itself(
    known: date, today: date, step: int | None
) -> None:
    """Steps that lay behind when the change was found are not made up for."""
    assert due(UNTIL, known, today, STEPS) == step


def test_every_day_of_a_life_sends_each_step_once() -> None:
    """Asked every day, three different steps come up, in order."""
    days = [LONG_KNOWN + timedelta(days=n) for n in range(100)]
    asked = [due(UNTIL, LONG_KNOWN, day, STEPS) for day in days]
    assert list(dict.fromkeys(step for step in asked if step is not None)) == [14, 7, 1]


def test_steps_are_as_configured() -> None:
    """None wanted, none due; on the day itself where that is wanted."""
    assert due(UNTIL, LONG_KNOWN, UNTIL, ()) is None
    assert due(UNTIL, LONG_KNOWN, UNTIL, (0, 3)) == 0
    assert due(UNTIL, LONG_KNOWN, UNTIL - timedelta(days=1), (0, 3)) == 3
