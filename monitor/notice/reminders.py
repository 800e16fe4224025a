"""When people are reminded of a day that lies ahead: so many days before it, each time once. Pure.

What was missed while nothing ran is made up for once, by the reminder nearest to the day; a day
that passed meanwhile is told of for another week.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

#: For how many days a day that passed unnoticed is still worth a word.
LATE = 7


def due(until: date, known: date, today: date, steps: Iterable[int]) -> int | None:
    """The number of days ahead whose reminder is due, or None.

    Args:
        until: the day to remind of.
        known: when people were told of the change; what lies before needs no reminder.
        today: the day on which this is asked.
        steps: how many days ahead reminders are wanted.
    """
    if (today - until).days > LATE:
        return None
    begun = (step for step in steps if known < until - timedelta(days=step) <= today)
    return min(begun, default=None)
