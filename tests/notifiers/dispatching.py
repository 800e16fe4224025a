"""Channels that do as they are told, a clock that is moved by hand, and a dispatcher of them."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from alert_samples import NOW, change_alert

from monitor.config import EmailChannel, SlackChannel
from monitor.errors import NotifyError
from monitor.fetch import Fetcher
from monitor.model import Alert
from notifiers.base import Delivery, Digest, Limits, Notifier, build_notifiers
from notifiers.dispatch import Dispatcher, DispatchSettings
from store import NewDelivery, Store

SETTINGS = DispatchSettings()


class Clock:
    """The time, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


class Channel:
    """A channel of our own that does what it is told and keeps what it took."""

    def __init__(
        self,
        act: Callable[[Delivery], Awaitable[str]] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits(timeout=timedelta(seconds=5))
        self.taken: list[Delivery] = []
        self._act = act

    async def send(self, delivery: Delivery) -> str:
        receipt = await self._act(delivery) if self._act else "ok"
        self.taken.append(delivery)
        return receipt

    async def probe(self) -> str:
        return ""


class DigestChannel(Channel):
    """The same, which can take several at once."""

    def __init__(self, refuse: NotifyError | None = None) -> None:
        super().__init__()
        self.digests: list[Digest] = []
        self.called = asyncio.Event()
        self._refuse = refuse

    async def send_digest(self, digest: Digest) -> str:
        self.digests.append(digest)
        self.called.set()
        if self._refuse:
            raise self._refuse
        return "ok"


class Swift:
    """A channel without its pause between messages, so that tests need not wait for Slack's."""

    def __init__(self, channel: Notifier) -> None:
        self.limits = dataclasses.replace(channel.limits, interval=timedelta(0))
        self.send = channel.send
        self.probe = channel.probe


def failing(error: BaseException) -> Callable[[Delivery], Awaitable[str]]:
    async def act(_: Delivery) -> str:
        raise error

    return act


def dispatcher(store: Store, clock: Clock, owner: str = "one", **channels: Notifier) -> Dispatcher:
    return Dispatcher(store, channels, clock=clock, owner=owner, draw=lambda: 0.5)


def put(store: Store, clock: Clock, *channels: str, alert: Alert | None = None) -> None:
    deliveries = [NewDelivery(channel, clock.now) for channel in channels]
    store.add_alert(alert or change_alert(), deliveries, clock.now)


def put_many(store: Store, clock: Clock, count: int, *channels: str) -> None:
    for number in range(count):
        put(store, clock, *channels, alert=change_alert(id=f"alert-{number:03}"))


def put_digest(store: Store, clock: Clock, count: int, *, batch: str = "digest 09:00") -> None:
    for number in range(count):
        alert = change_alert(id=f"alert-{number:03}")
        store.add_alert(alert, [NewDelivery("c", clock.now, batch)], clock.now)


def states(store: Store) -> dict[str, str]:
    return {record.channel: record.state for record in store.deliveries()}


def mail_channel(port: int) -> dict[str, Notifier]:
    channel = EmailChannel.model_validate(
        {"id": "mail", "kind": "email", "smtp_host": "127.0.0.1", "smtp_port": port,
         "security": "none", "from": "watch@example.org", "to": ["anna@example.org"]}
    )  # fmt: skip
    return build_notifiers([channel], base_dir=None, post=None)  # type: ignore[arg-type]


def slack_channel(url: str, fetcher: Fetcher) -> dict[str, Notifier]:
    channel = SlackChannel(id="slack", kind="slack", url=url)
    return build_notifiers([channel], base_dir=None, post=fetcher.post)  # type: ignore[arg-type]


def paced(store: Store, clock: Clock, channel: Channel, owner: str = "one") -> Dispatcher:
    """A dispatcher that may send 6000 messages a minute: one every ten milliseconds."""
    return Dispatcher(store, {"c": channel}, clock=clock, owner=owner, per_minute={"c": 6000})
