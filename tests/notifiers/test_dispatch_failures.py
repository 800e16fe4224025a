"""Deliveries that fail, for a while or for good, and channels that hang: none waits for another."""

import asyncio
from datetime import timedelta

import pytest
from alert_samples import NOW, change_alert
from dispatching import (
    SETTINGS,
    Channel,
    Clock,
    dispatcher,
    failing,
    mail_channel,
    put,
    put_many,
    states,
)
from mail_servers import BrokenMailServer, MailServer

from monitor.errors import NotifyError
from notifiers.base import Delivery, Limits
from store import Store


async def test_a_failure_that_may_pass_is_tried_again_later_with_the_same_key(store: Store) -> None:
    """Not before its time, and the receiver can tell that it is the same delivery."""
    clock, keys = Clock(), []

    async def act(delivery: Delivery) -> str:
        keys.append(delivery.key)
        if len(keys) == 1:
            raise NotifyError("busy", permanent=False)
        return "ok"

    put(store, clock, "c")
    subject = dispatcher(store, clock, c=Channel(act))
    assert await subject.run_once() == 0
    clock.advance(seconds=29)
    assert await subject.run_once() == 0
    assert len(keys) == 1
    clock.advance(seconds=2)
    assert await subject.run_once() == 1
    assert keys[0] == keys[1]
    assert states(store) == {"c": "sent"}


async def test_a_final_refusal_ends_the_delivery_and_says_why(store: Store) -> None:
    """The dead letter keeps the reason for people to read."""
    clock = Clock()
    put(store, clock, "c")
    refusal = NotifyError("no such\r\nuser\ud800", permanent=True)
    await dispatcher(store, clock, c=Channel(failing(refusal))).run_once()
    record = store.deliveries()[0]
    assert (record.state, record.last_error) == ("dead", "no such user\ufffd")


async def test_a_delivery_that_never_succeeds_ends_after_about_two_days(store: Store) -> None:
    """The number of attempts is capped, and so is the time."""
    clock, attempts = Clock(), 0

    async def act(_: Delivery) -> str:
        nonlocal attempts
        attempts += 1
        raise NotifyError("down", permanent=False)

    put(store, clock, "c")
    subject = dispatcher(store, clock, c=Channel(act))
    while states(store) != {"c": "dead"}:
        await subject.run_once()
        clock.advance(minutes=5)
    assert attempts == SETTINGS.attempts
    assert timedelta(hours=36) < clock.now - NOW < timedelta(hours=60)


async def test_a_dead_letter_that_is_revived_is_sent(store: Store) -> None:
    """People decide that the fault is mended."""
    clock, channel = Clock(), Channel()
    put(store, clock, "c")
    await dispatcher(
        store, clock, c=Channel(failing(NotifyError("gone", permanent=True)))
    ).run_once()
    assert store.retry_delivery(store.deliveries()[0].id, clock.now)
    assert await dispatcher(store, clock, c=channel).run_once() == 1


@pytest.mark.parametrize(
    "error", [ValueError("bad \ud800"), UnicodeEncodeError("a", "b", 0, 1, "c")]
)
async def test_a_poisoned_message_does_not_stop_the_others(store: Store, error: Exception) -> None:
    """Whatever one delivery raises, the rest of its channel goes on, and it ends by itself."""
    clock = Clock()

    async def act(delivery: Delivery) -> str:
        if delivery.alert.id == "alert-001":
            raise error
        return "ok"

    put_many(store, clock, 4, "c")
    subject = dispatcher(store, clock, c=Channel(act))
    assert await subject.run_once() == 3
    for _ in range(SETTINGS.unexpected_attempts):
        clock.advance(hours=5)
        await subject.run_once()
    dead = [record for record in store.deliveries() if record.state == "dead"]
    assert [record.alert.id for record in dead] == ["alert-001"]
    assert type(error).__name__ in dead[0].last_error


async def test_a_channel_that_does_not_answer_in_time_is_left(store: Store) -> None:
    """A send has a time limit, after which the delivery waits for its next turn."""
    clock = Clock()

    async def act(_: Delivery) -> str:
        await asyncio.Event().wait()
        return ""

    put(store, clock, "c")
    slow = Channel(act, Limits(timeout=timedelta(seconds=0.05)))
    assert await dispatcher(store, clock, c=slow).run_once() == 0
    assert store.deliveries()[0].state == "pending"
    assert "no answer within 0.05 seconds" in store.deliveries()[0].last_error


async def test_a_stuck_channel_delays_no_other(store: Store) -> None:
    """While one channel hangs, later calls deliver what became due for the others."""
    clock, stuck, entered = Clock(), asyncio.Event(), asyncio.Event()

    async def act(_: Delivery) -> str:
        entered.set()
        await stuck.wait()
        return "late"

    quick = Channel()
    put_many(store, clock, 5, "mail", "slack")
    subject = dispatcher(store, clock, mail=Channel(act), slack=quick)
    first = asyncio.create_task(subject.run_once())
    await entered.wait()
    put(store, clock, "slack", alert=change_alert(id="later"))
    while len(quick.taken) < 6:
        await subject.run_once()
        await asyncio.sleep(0)
    assert not first.done()
    stuck.set()
    assert await first + len(quick.taken) >= 10
    assert {record.state for record in store.deliveries()} == {"sent"}


async def test_a_mail_server_that_is_down_for_six_hours_loses_nothing(store: Store) -> None:
    """Alerts of a night arrive in the morning, each once, over real SMTP."""
    clock = Clock()
    put_many(store, clock, 5, "mail")
    async with BrokenMailServer() as port:
        pass
    while clock.now < NOW + timedelta(hours=6):
        await dispatcher(store, clock, **mail_channel(port)).run_once()
        clock.advance(minutes=20)
    assert {record.state for record in store.deliveries()} == {"pending"}
    async with MailServer() as server:
        while any(record.state != "sent" for record in store.deliveries()):
            assert clock.now < NOW + timedelta(hours=12)
            await dispatcher(store, clock, **mail_channel(server.port)).run_once()
            clock.advance(minutes=20)
    ids = [mail["Message-ID"] for mail in server.mails]
    assert len(ids) == len(set(ids)) == 5
