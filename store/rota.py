"""Who watches what, and when, as checks see it: declarations, due times, leases.

``Store`` has all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from monitor.config import Policy
from store import actions, directory, outbox, reading, recording, timetable
from store.database import Database
from store.records import ActionRecord, Filed, NewAction, SourceRecord


class Rota:
    """The timetable over a database: one transaction a call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sync_policies(
        self,
        policies: Sequence[Policy],
        now: datetime,
        filed: Callable[[Policy], Filed] = timetable.as_declared,
    ) -> None:
        """Take over the configured policies; ones no longer listed are disabled, not deleted.

        ``filed`` says by what else than itself lists find a policy.
        """
        with self._database.write() as session:
            timetable.sync_policies(session, policies, now, filed)

    def add_policy(self, policy: Policy, now: datetime) -> None:
        """Know a policy that is not watched (its history is imported); no effect if it is known."""
        with self._database.write() as session:
            timetable.add_policy(session, policy, now)

    def pause(self, policy: str, until: datetime, action: NewAction) -> ActionRecord:
        """Have a policy checked no more before an instant, on the record. StoreError if unknown."""
        with self._database.write() as session:
            row = recording.locked(session, policy)
            timetable.pause(row, until)
            directory.follow(session, row)
            return actions.record_action(session, row, action)

    def resume(self, policy: str, action: NewAction) -> ActionRecord:
        """End a pause, on the record: the policy is due at once. StoreError if unknown."""
        with self._database.write() as session:
            row = recording.locked(session, policy)
            timetable.resume(row, action.at)
            directory.follow(session, row)
            return actions.record_action(session, row, action)

    def due(self, now: datetime, limit: int) -> list[str]:
        """Policies to check now, the longest waiting first."""
        with self._database.read() as session:
            return timetable.due(session, now, limit)

    def next_due(self) -> datetime | None:
        """When ``due`` may next have something; None if nothing is enabled."""
        with self._database.read() as session:
            return timetable.next_due(session)

    def last_check(self) -> datetime | None:
        """When the newest check began, of those that are still in the log."""
        with self._database.read() as session:
            return timetable.last_check(session)

    def make_due(self, policy: str, now: datetime) -> None:
        """Have a policy checked at the next tick."""
        with self._database.write() as session:
            timetable.make_due(session, policy, now)

    def postpone(self, policy: str, now: datetime, *, until: datetime) -> None:
        """Let a policy wait whose check could not be recorded; no effect if it is not due."""
        with self._database.write(apart=True) as session:
            timetable.postpone(session, policy, now, until)

    def lease(self, policy: str, owner: str, now: datetime, duration: timedelta) -> bool:
        """Take a policy to work on; False if it is taken, also by this same owner."""
        with self._database.write(apart=True) as session:
            return timetable.lease(session, policy, owner, now, duration)

    def take(
        self,
        policy: str,
        owner: str,
        now: datetime,
        duration: timedelta,
        *,
        only_due: bool = False,
    ) -> SourceRecord | None:
        """Lease a policy and read its source as of that moment; None while another holds it.

        ``only_due``: None also for one that is not due (any more).
        """
        with self._database.write(apart=True) as session:
            if not timetable.lease(session, policy, owner, now, duration, only_due=only_due):
                return None
            return reading.source(session, policy)

    def release(self, policy: str, owner: str) -> None:
        """Give a lease back without a result."""
        with self._database.write(apart=True) as session:
            timetable.release(session, policy, owner)

    def release_lost(self, lost: Mapping[str, Sequence[str]]) -> int:
        """Take back leases on policies from owners whose names hold the policies' mark; how many.

        An owner that is alive after all cannot record what it found.
        """
        with self._database.write() as session:
            return sum(timetable.release_lost(session, lost[mark], mark) for mark in lost)

    def release_dead(self, is_dead: Callable[[str], bool], now: datetime) -> list[str]:
        """Take the leases of owners that are no more; returns those owners.

        Without it the work of a killed process waits until its leases run out.
        """
        with self._database.write() as session:
            owners = timetable.lease_owners(session) | outbox.lease_owners(session)
            dead = sorted(owner for owner in owners if is_dead(owner))
            for owner in dead:
                timetable.release_owner(session, owner)
                outbox.release_owner(session, owner, now)
            return dead
