"""Alerts that go as one message."""

import asyncio

from alert_samples import change_alert
from dispatching import (
    Channel,
    Clock,
    DigestChannel,
    dispatcher,
    put,
    put_digest,
)

from monitor.errors import NotifyError
from notifiers.base import Delivery
from notifiers.dispatch import Dispatcher
from store import NewDelivery, Store


async def test_what_belongs_to_a_digest_goes_as_one_message(store: Store) -> None:
    """Other alerts of the channel go by themselves; a digest of one is an ordinary message."""
    clock, channel = Clock(), DigestChannel()
    put_digest(store, clock, 3)
    put(store, clock, "c", alert=change_alert(id="alone"))
    alert = change_alert(id="of-another")
    store.add_alert(alert, [NewDelivery("c", clock.now, "digest 10:00")], clock.now)
    assert await dispatcher(store, clock, c=channel).run_once() == 5
    assert [len(digest.deliveries) for digest in channel.digests] == [3]
    assert [d.alert.id for d in channel.taken] == ["alone", "of-another"]
    assert {record.state for record in store.deliveries()} == {"sent"}


async def test_a_channel_without_digests_gets_its_alerts_one_by_one(store: Store) -> None:
    """At the digest's time, but each in its own form."""
    clock, channel = Clock(), Channel()
    put_digest(store, clock, 3)
    assert await dispatcher(store, clock, c=channel).run_once() == 3
    assert len(channel.taken) == 3


async def test_a_digest_that_is_put_off_goes_again_whole_with_the_same_key(store: Store) -> None:
    """The jitter is drawn once for all of it."""
    clock, channel = Clock(), DigestChannel(NotifyError("busy", permanent=False))
    put_digest(store, clock, 3)
    draws = iter((0.1, 0.9, 0.5, 0.3))
    subject = Dispatcher(store, {"c": channel}, clock=clock, owner="one", draw=lambda: next(draws))
    await subject.run_once()
    clock.advance(hours=1)
    await subject.run_once()
    assert [len(digest.deliveries) for digest in channel.digests] == [3, 3]
    assert channel.digests[0].key == channel.digests[1].key


async def test_one_alert_that_nobody_takes_does_not_bury_its_digest(store: Store) -> None:
    """A digest refused for good is taken apart, and the others arrive."""
    clock = Clock()
    refusal = NotifyError("this text is refused", permanent=True)

    async def act(delivery: Delivery) -> str:
        if delivery.alert.id == "alert-001":
            raise refusal
        return "ok"

    channel = DigestChannel(refusal)
    channel._act = act
    put_digest(store, clock, 3)
    await dispatcher(store, clock, c=channel).run_once()
    assert len(channel.digests) == 1
    found = {record.alert.id: record.state for record in store.deliveries()}
    assert found == {"alert-000": "sent", "alert-001": "dead", "alert-002": "sent"}


async def test_a_digest_is_one_message_to_the_pace(store: Store) -> None:
    """Its alerts are leased together, whatever the pace."""
    clock, channel = Clock(), DigestChannel()
    put_digest(store, clock, 3)
    subject = Dispatcher(store, {"c": channel}, clock=clock, owner="one", per_minute={"c": 1})
    running = asyncio.create_task(subject.run_once())
    await channel.called.wait()
    subject.close()
    assert await running == 3
