"""A clock that was set back: policies go on at their pace, and do not wait for it to catch up."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor import schedule
from monitor.services import Services

#: What is less is a correction of the clock's, and delays nothing that matters.
_SLIGHT = timedelta(minutes=1)


class Setbacks:
    """Remembers how far the clock had come."""

    def __init__(self) -> None:
        self._latest: datetime | None = None

    def since_last(self, now: datetime) -> timedelta:
        """By how much it was set back since the last time that this was asked; 0 if it was not."""
        back = self._latest - now if self._latest else timedelta(0)
        self._latest = now
        return back if back > _SLIGHT else timedelta(0)


def bring_forward(services: Services, now: datetime, back: timedelta = timedelta(0)) -> None:
    """Policies whose due time lies beyond their schedule (it got shorter, or a clock went back).

    ``back``: by how much the clock was just set back; what was due ahead of it comes by as much
    earlier.
    """
    for source in services.store.sources():
        if policy := services.policies.get(source.policy):
            every = schedule.parse_every(policy.every)
            moved = max(now, source.next_check_at - back)
            due = schedule.plausible_due(moved, every, now, policy_id=source.policy)
            if due < source.next_check_at:
                services.store.make_due(source.policy, due)
