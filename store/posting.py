"""The outbox as dispatchers and the command line see it; ``Store`` has all of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.model import Alert
from store import lanes, outbox, steps
from store.database import Database
from store.records import DeliveryRecord, DeliveryState, NewDelivery, Raised


class Posting:
    """Deliveries over a database: one transaction a call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lease_deliveries(
        self,
        owner: str,
        now: datetime,
        limit: int,
        duration: timedelta,
        *,
        channel: str | None = None,
        batch: str | None = None,
    ) -> list[DeliveryRecord]:
        """Take deliveries to send, the longest waiting first; each lease counts as an attempt.

        With ``channel`` only those for that one, so that a slow channel holds up no other; with
        ``batch`` only those of that digest.
        """
        with self._database.write() as session:
            return outbox.lease(session, owner, now, limit, duration, channel=channel, batch=batch)

    def lease_next(
        self, owner: str, now: datetime, duration: timedelta, *, channel: str, interval: timedelta
    ) -> list[DeliveryRecord]:
        """Take the next delivery of a channel if its lane is free, closed then for ``interval``.

        The lane is the same for every dispatcher of the store, and outlives them (store.lanes).
        """
        with self._database.write() as session:
            if not lanes.take(session, channel, now, interval):
                return []
            taken = outbox.lease(session, owner, now, 1, duration, channel=channel)
            if taken and interval:
                lanes.hold(session, channel, now + interval, now)
            return taken

    def lane_free_at(self, channel: str, now: datetime) -> datetime:
        """From when on the next delivery of a channel may start; ``now`` if at once."""
        with self._database.read() as session:
            return lanes.free_at(session, channel, now)

    def hold_lane(self, channel: str, until: datetime, now: datetime) -> None:
        """Start no delivery of a channel before ``until`` (at most a day): its server asked so."""
        with self._database.write() as session:
            lanes.hold(session, channel, until, now)

    def mark_sent(self, delivery: int, owner: str, now: datetime, receipt: str = "") -> bool:
        """A channel took it. False if the lease was lost to another dispatcher."""
        with self._database.write() as session:
            return steps.mark_sent(session, delivery, owner, now, receipt)

    def newest_receipt(self, channel: str, policy: str, prefix: str) -> str:
        """The receipt of the newest delivery about a policy on a channel that begins so, or ""."""
        with self._database.read() as session:
            return outbox.newest_receipt(session, channel, policy, prefix)

    def mark_failed(
        self,
        delivery: int,
        owner: str,
        now: datetime,
        error: str,
        *,
        retry_at: datetime | None,
        apart: bool = False,
    ) -> bool:
        """A channel refused it: again at ``retry_at`` (alone, if ``apart``), or never (None)."""
        with self._database.write() as session:
            return outbox.mark_failed(session, delivery, owner, now, error, retry_at, apart=apart)

    def add_alert(self, alert: Alert, deliveries: Sequence[NewDelivery], now: datetime) -> None:
        """Raise an alert outside of a check (health, test); the same id is not raised twice."""
        with self._database.write() as session:
            outbox.add(session, alert, deliveries, now)

    def raise_once(self, alerts: Sequence[Raised], now: datetime) -> int:
        """Raise those of these alerts that were never raised, with their deliveries; how many.

        Other than ``add_alert`` it leaves a known one alone, though other channels are meant now.
        """
        with self._database.write() as session:
            return outbox.raise_once(session, alerts, now)

    def cancel(self, deliveries: Sequence[int]) -> int:
        """End deliveries that wait, because what they would say is no more; how many."""
        with self._database.write() as session:
            return outbox.cancel(session, deliveries)

    def deliveries(
        self,
        state: DeliveryState | None = None,
        limit: int = 100,
        *,
        alert: str | None = None,
        channel: str | None = None,
    ) -> list[DeliveryRecord]:
        """Deliveries, newest first: in one state or any, of one alert or any, for a channel."""
        with self._database.read() as session:
            return outbox.listing(session, state, limit, alert=alert, channel=channel)

    def undelivered(self) -> int:
        """How many deliveries were given up."""
        with self._database.read() as session:
            return outbox.count(session, "dead")

    def retry_delivery(self, delivery: int, now: datetime) -> bool:
        """Give a dead or waiting delivery a fresh start; False if it is unknown, leased or sent."""
        with self._database.write() as session:
            return outbox.retry(session, delivery, now)
