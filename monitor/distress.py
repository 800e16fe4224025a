"""A store that takes nothing: told past the outbox, which lies in it.

A full disk, a failing one, a database server that is away: checks are repeated, alerts wait in the
outbox, and nobody would hear of it. So the channels of health alerts are given this one directly,
whatever their hours and digests. When the store works again, both the trouble and its end are on
record as any trouble of ours (monitor.troubles).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from monitor.config import Settings
from monitor.errors import NotifyError
from monitor.model import Alert
from monitor.routing import Told, plan
from monitor.telling import rules_of
from monitor.troubles import Trouble, begun_by, deliveries_but, over_again
from notifiers.base import Delivery, Notifier
from notifiers.wording import instant
from store import Store

log = structlog.get_logger()

#: For so long it fails before people are told; what passes sooner is in the log alone.
PATIENCE = timedelta(minutes=1)
#: It is over when nothing was refused for so long, and something was written.
CALM = timedelta(minutes=3)
#: A channel that did not take it is tried again after this time.
_AGAIN = timedelta(minutes=5)


@dataclass(slots=True)
class Distress:
    """Whether the store takes what it is given, and who was told; ``since`` is None if it does.

    One a process: a reload of the configuration forgets nothing.
    """

    since: datetime | None = None
    detail: str = ""
    told: set[str] = field(default_factory=set)
    _refused: int = 0
    _written: int = 0
    _last: datetime | None = None
    _next: datetime | None = None

    async def look(
        self, store: Store, settings: Settings, notifiers: Mapping[str, Notifier], now: datetime
    ) -> None:
        """See what became of the last writes; tell people what begins or is over."""
        self._hear(store, now)
        if self.since is None or self._last is None:
            return
        if store.working.written > self._written and now - self._last >= CALM:
            await asyncio.to_thread(self._over, store, settings, now)
        elif self._last - self.since >= PATIENCE and (self._next is None or now >= self._next):
            self._next = now + _AGAIN
            await self._tell(settings, notifiers, now)

    def _hear(self, store: Store, now: datetime) -> None:
        working = store.working
        if working.refused > self._refused:
            self._refused, self._written = working.refused, working.written
            self._last, self.detail = now, working.error
            if self.since is None:
                self.since = now
                log.error("the store takes nothing", error=self.detail)

    async def _tell(
        self, settings: Settings, notifiers: Mapping[str, Notifier], now: datetime
    ) -> None:
        alert = self._alert(settings)
        planned = plan(Told(alert, (), "other"), rules_of(settings), (), now).deliveries
        for made in planned:
            notifier = notifiers.get(made.channel)
            if notifier is None or made.channel in self.told or made.purpose:
                continue
            delivery = Delivery(f"{alert.id}.{made.channel}", alert, now, mention=made.mention)
            try:
                async with asyncio.timeout(notifier.limits.timeout.total_seconds()):
                    await notifier.send(delivery)
            except (NotifyError, TimeoutError) as error:
                log.warning("distress not delivered", channel=made.channel, error=str(error))
            else:
                self.told.add(made.channel)
                log.info("distress delivered", channel=made.channel)

    def _over(self, store: Store, settings: Settings, now: datetime) -> None:
        """On record, and told as everything else. Raises StoreError, and then it is not over."""
        if self._next is not None:
            begun = self._alert(settings)
            over = over_again(begun, now)
            store.raise_once(
                [
                    (begun, deliveries_but(settings, begun, self.told, now)),
                    (over, deliveries_but(settings, over, (), now)),
                ],
                now,
            )
        log.info("the store works again", since=self.since)
        self.since = self._next = None
        self.told = set()

    def _alert(self, settings: Settings) -> Alert:
        """The same at every attempt, so that receivers know a repetition."""
        assert self.since is not None
        detail = (
            f"Nothing can be stored since {instant(self.since)}: {self.detail}. Until it can, "
            "checks are repeated without result and alerts wait"
        )
        trouble = Trouble("Store", self.since, detail)
        return begun_by(trouble, settings, self.since)
