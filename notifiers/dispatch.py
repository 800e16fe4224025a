"""Emptying the outbox: lease -> send -> mark, one lane per channel.

A delivery is marked only after the channel took it, so a crash repeats it (with the same key) and
never loses it. Lanes do not wait for each other: a slow mail server delays no other channel, and
one delivery that always fails delays no other delivery.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

import structlog

from monitor.errors import NotifyError, StoreError
from monitor.model import Alert
from monitor.secrecy import mask
from notifiers.base import Delivery, Digest, DigestNotifier, Notifier
from notifiers.wording import one_line, shorten
from store.records import DeliveryRecord

log = structlog.get_logger(__name__)

_ERROR_LIMIT = 500


@dataclass(frozen=True, slots=True)
class DispatchSettings:
    """When to try again and when to give up; with the defaults that is after about two days.

    ``unexpected_attempts`` caps deliveries that fail by an error nobody foresaw, most likely a
    fault of ours that time does not mend. ``lease_margin`` is added to a channel's time limit.
    ``digest_size`` is the most alerts that go into one message.
    """

    attempts: int = 18
    unexpected_attempts: int = 5
    first_delay: timedelta = timedelta(seconds=30)
    longest_delay: timedelta = timedelta(hours=4)
    growth: float = 3.0
    jitter: float = 0.2
    longest_wish: timedelta = timedelta(days=1)
    lease_margin: timedelta = timedelta(seconds=60)
    digest_size: int = 100


#: Adds to an alert the links that are made for one channel alone.
Link = Callable[[Alert, str, datetime], Alert]


class Outbox(Protocol):
    """What of the store the dispatcher uses. The methods block; they are called in threads."""

    def lease_deliveries(
        self,
        owner: str,
        now: datetime,
        limit: int,
        duration: timedelta,
        *,
        channel: str | None = None,
        batch: str | None = None,
    ) -> Sequence[DeliveryRecord]:
        """Take what is due, oldest first; each lease counts as an attempt."""

    def lease_next(
        self, owner: str, now: datetime, duration: timedelta, *, channel: str, interval: timedelta
    ) -> Sequence[DeliveryRecord]:
        """Take one of a channel, if its lane is free, and close that for ``interval``."""

    def lane_free_at(self, channel: str, now: datetime, /) -> datetime:
        """From when on the next delivery of a channel may start; ``now`` if at once."""

    def hold_lane(self, channel: str, until: datetime, now: datetime, /) -> None:
        """Start no delivery of a channel before ``until``."""

    def newest_receipt(self, channel: str, policy: str, prefix: str, /) -> str:
        """What a channel said to its newest message about a policy, if it begins so; else ""."""

    def mark_sent(self, delivery: int, /, owner: str, now: datetime, receipt: str = "") -> bool:
        """Done; False where the lease was lost."""

    def mark_failed(
        self,
        delivery: int,
        /,
        owner: str,
        now: datetime,
        error: str,
        *,
        retry_at: datetime | None,
        apart: bool = False,
    ) -> bool:
        """Due again at ``retry_at`` (``apart``: no longer with its digest), or dead."""


def backoff(
    attempt: int, settings: DispatchSettings, draw: Callable[[], float] = random.random
) -> timedelta:
    """How long to wait after failed attempt number ``attempt`` (from 1); ``draw`` yields 0..1."""
    # The exponent is capped because a float overflows long before an attempt counter does.
    grown = settings.first_delay.total_seconds() * settings.growth ** min(attempt - 1, 60)
    spread = 1 + settings.jitter * (2 * draw() - 1)
    return timedelta(seconds=min(grown, settings.longest_delay.total_seconds()) * spread)


class _Lane:
    """One channel as this process uses it; how fast it may be used, the store knows."""

    def __init__(self, channel: str, notifier: Notifier, per_minute: float | None) -> None:
        self.channel = channel
        self.notifier = notifier
        self.busy = False
        self.turn = asyncio.Lock()
        asked = timedelta(minutes=1) / per_minute if per_minute else timedelta(0)
        self.interval = max(asked, notifier.limits.interval)


class Dispatcher:
    """Sends what the outbox holds through the configured channels.

    Deliveries for channels that are not configured stay in the outbox untouched. ``per_minute``
    bounds the messages of a channel, those of other dispatchers on the same store included.
    """

    def __init__(
        self,
        store: Outbox,
        notifiers: Mapping[str, Notifier],
        *,
        clock: Callable[[], datetime],
        owner: str,
        settings: DispatchSettings | None = None,
        draw: Callable[[], float] = random.random,
        link: Link | None = None,
        per_minute: Mapping[str, float] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._settings = settings or DispatchSettings()
        self._draw = draw
        self._link = link or (lambda alert, _channel, _raised_at: alert)
        self._closed = asyncio.Event()
        self._unmarked: dict[int, tuple[DeliveryRecord, str]] = {}
        self._marking = asyncio.Lock()
        paces = per_minute or {}
        self._lanes = [_Lane(name, each, paces.get(name)) for name, each in notifiers.items()]

    def close(self) -> None:
        """Start no further delivery; those under way go on to their mark."""
        self._closed.set()

    async def run_once(self) -> int:
        """Send everything that is due now; return how many deliveries were taken by their channel.

        Calls may overlap: a lane still at work for an earlier call is left to it. Raises StoreError
        after all lanes have come to rest.
        """
        idle = [lane for lane in self._lanes if not lane.busy]
        results = await asyncio.gather(
            *(self._drain(lane) for lane in idle), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return sum(result for result in results if isinstance(result, int))

    async def _drain(self, lane: _Lane) -> int:
        lane.busy = True
        try:
            workers = range(lane.notifier.limits.concurrency)
            return await _all(self._work(lane) for _ in workers)
        finally:
            lane.busy = False

    async def _work(self, lane: _Lane) -> int:
        sent = 0
        while records := await self._next(lane):
            sent += await self._deliver(lane, records)
        return sent

    async def _next(self, lane: _Lane) -> Sequence[DeliveryRecord]:
        """Lease the next delivery when it is this lane's turn to start one, or none.

        One that belongs to a digest brings along what else of it is due. A lane that was asked to
        wait for longer than its pace is left until then.
        """
        async with lane.turn:
            now = self._clock()
            free_at = await asyncio.to_thread(self._store.lane_free_at, lane.channel, now)
            if free_at - now > lane.interval:
                return ()
            if free_at > now:
                await self._rest(free_at - now)
            if self._closed.is_set():
                return ()
            return await self._leased(lane, self._clock())

    async def _rest(self, time: timedelta) -> None:
        """Wait, but not beyond the end of this dispatcher."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), time.total_seconds())

    async def _leased(self, lane: _Lane, now: datetime) -> list[DeliveryRecord]:
        with contextlib.suppress(StoreError):  # it was said when it happened, and is tried below
            await self._mark_again()
        duration = lane.notifier.limits.timeout + self._settings.lease_margin
        take_one = partial(self._store.lease_next, channel=lane.channel, interval=lane.interval)
        leased = list(await asyncio.to_thread(take_one, self._owner, now, duration))
        if leased and leased[0].batch and isinstance(lane.notifier, DigestNotifier):
            take_rest = partial(
                self._store.lease_deliveries, channel=lane.channel, batch=leased[0].batch
            )
            most = self._settings.digest_size - 1
            leased += await asyncio.to_thread(take_rest, self._owner, now, most, duration)
        return [record for record in leased if record.id not in self._unmarked]

    async def _deliver(self, lane: _Lane, records: Sequence[DeliveryRecord]) -> int:
        """One attempt, and its mark. Whatever goes wrong is this message's affair alone."""
        seconds = lane.notifier.limits.timeout.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                receipt = await self._send(lane.notifier, records)
        except NotifyError as error:
            await self._failed(lane, records, error, self._settings.attempts)
        except TimeoutError:
            slow = NotifyError(f"no answer within {seconds:g} seconds", permanent=False)
            await self._failed(lane, records, slow, self._settings.attempts)
        except Exception as error:  # noqa: BLE001 - the edge: the other deliveries go on
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            unexpected = NotifyError(f"{type(error).__name__}: {error} ({where})", permanent=False)
            await self._failed(lane, records, unexpected, self._settings.unexpected_attempts)
        else:
            for record in records:
                self._unmarked[record.id] = (record, receipt)
            await self._mark_again()
            return len(records)
        return 0

    async def _send(self, notifier: Notifier, records: Sequence[DeliveryRecord]) -> str:
        now = self._clock()
        deliveries = tuple([await self._composed(r, notifier.limits.thread, now) for r in records])
        if len(deliveries) > 1 and isinstance(notifier, DigestNotifier):
            return await notifier.send_digest(Digest(digest_key(deliveries), deliveries, now))
        return await notifier.send(deliveries[0])

    async def _composed(self, record: DeliveryRecord, begins: str, now: datetime) -> Delivery:
        """What the channel is given; ``begins`` is how the receipts of its conversations begin."""
        alert = self._link(record.alert, record.channel, record.created_at)
        thread = ""
        if begins:
            find = self._store.newest_receipt
            thread = await asyncio.to_thread(find, record.channel, alert.policy, begins)
        return Delivery(record.key, alert, now, record.purpose, thread, record.mention)

    async def _mark_again(self) -> None:
        """Mark what was taken by its channel; raises the first StoreError when all were tried.

        What cannot be marked (a full disk) is known to have been sent for as long as this process
        lives: it is not sent again when its lease runs out.
        """
        errors = []
        async with self._marking:
            for record, receipt in list(self._unmarked.values()):
                try:
                    await self._mark(record, receipt)
                except StoreError as error:
                    errors.append(error)
        if errors:
            raise errors[0]

    async def _mark(self, record: DeliveryRecord, receipt: str) -> None:
        held = await asyncio.to_thread(
            self._store.mark_sent, record.id, self._owner, self._clock(), _tidy(receipt)
        )
        del self._unmarked[record.id]
        if held:
            log.debug("delivery_sent", delivery=record.key, channel=record.channel)
        else:
            log.warning("delivery_sent_without_lease", delivery=record.key, channel=record.channel)

    async def _failed(
        self, lane: _Lane, records: Sequence[DeliveryRecord], error: NotifyError, cap: int
    ) -> None:
        """Mark all of a message alike. A digest that fails for good is taken apart: one alert that
        no server takes must not bury the others.
        """
        now = self._clock()
        attempt = max(record.attempts for record in records)
        retry_at: datetime | None = None
        apart = len(records) > 1 and (error.permanent or attempt >= cap)
        if apart:
            retry_at = now
        elif not error.permanent and attempt < cap:
            retry_at = now + self._wait(attempt, error)
        if error.retry_after is not None:
            until = now + self._wish(error.retry_after)
            await asyncio.to_thread(self._store.hold_lane, lane.channel, until, now)
        reason = _tidy(str(error))
        for record in records:
            await asyncio.to_thread(
                partial(self._store.mark_failed, retry_at=retry_at, apart=apart),
                record.id,
                self._owner,
                now,
                reason,
            )
            event = log.error if retry_at is None else log.warning
            event(
                "delivery_dead" if retry_at is None else "delivery_retry",
                delivery=record.key,
                channel=lane.channel,
                attempt=record.attempts,
                error=reason,
                retry_at=retry_at.isoformat() if retry_at else None,
            )

    def _wait(self, attempt: int, error: NotifyError) -> timedelta:
        wait = backoff(attempt, self._settings, self._draw)
        return max(wait, self._wish(error.retry_after or 0))

    def _wish(self, seconds: float) -> timedelta:
        """A server's Retry-After, within reason."""
        return timedelta(seconds=min(max(seconds, 0), self._settings.longest_wish.total_seconds()))


def digest_key(deliveries: Iterable[Delivery]) -> str:
    """A key for a digest: the same deliveries have the same one at every attempt."""
    keys = "\n".join(sorted(delivery.key for delivery in deliveries))
    return f"digest.{hashlib.sha256(keys.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


async def _all(counts: Iterable[Awaitable[int]]) -> int:
    """The sum; where some fail, the first failure, but only when all have come to rest."""
    results = await asyncio.gather(*counts, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return sum(result for result in results if isinstance(result, int))


def _tidy(text: str) -> str:
    """What servers and libraries say, fit for the store and for a line of the log."""
    return shorten(one_line(mask(text)), _ERROR_LIMIT)
