"""The outbox as dispatchers and the command line see it; ``Store`` has all of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.model import Alert
from store import outbox, steps
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
        self, state: DeliveryState | None = None, limit: int = 100, *, alert: str | None = None
    ) -> list[DeliveryRecord]:
        """Deliveries, newest first: in one state or any, of one alert or any."""
        with self._database.read() as session:
            return outbox.listing(session, state, limit, alert)

    def retry_delivery(self, delivery: int, now: datetime) -> bool:
        """Give a dead or waiting delivery a fresh start; False if it is unknown, leased or sent."""
        with self._database.write() as session:
            return outbox.retry(session, delivery, now)
