"""When the next message of a channel may start: waits, limits, and what a server asked for."""

import asyncio
from datetime import timedelta

import pytest
from alert_samples import NOW
from dispatching import (
    SETTINGS,
    Channel,
    Clock,
    dispatcher,
    failing,
    paced,
    put,
    put_many,
)

from monitor.errors import NotifyError
from notifiers.base import Delivery, Limits
from notifiers.dispatch import Dispatcher, backoff
from store import Store


async def test_a_wish_to_wait_holds_for_the_whole_channel(store: Store) -> None:
    """After one 429 no further message is tried until the time the server named."""
    clock, starts = Clock(), []

    async def act(delivery: Delivery) -> str:
        starts.append(delivery.at)
        if len(starts) == 1:
            raise NotifyError("slow down", permanent=False, retry_after=120)
        return "ok"

    put_many(store, clock, 3, "c")
    subject = dispatcher(store, clock, c=Channel(act))
    assert await subject.run_once() == 0
    clock.advance(seconds=119)
    assert await subject.run_once() == 0
    clock.advance(seconds=2)
    assert await subject.run_once() == 3
    assert len(starts) == 4


async def test_an_absurd_wish_to_wait_is_cut_to_a_day(store: Store) -> None:
    """No server can silence a channel for good."""
    clock = Clock()
    error = NotifyError("slow down", permanent=False, retry_after=10**12)
    put(store, clock, "c")
    await dispatcher(store, clock, c=Channel(failing(error))).run_once()
    assert store.deliveries()[0].not_before == NOW + timedelta(days=1)


async def test_starts_keep_their_distance(store: Store) -> None:
    """With a pause of an hour between messages, the second one waits, however many workers."""
    clock, started, starts = Clock(), asyncio.Event(), 0

    async def act(_: Delivery) -> str:
        nonlocal starts
        starts += 1
        started.set()
        return "ok"

    put_many(store, clock, 4, "c")
    channel = Channel(act, Limits(concurrency=3, interval=timedelta(hours=1)))
    running = asyncio.create_task(dispatcher(store, clock, c=channel).run_once())
    await started.wait()
    await asyncio.sleep(0.1)
    running.cancel()
    assert starts == 1
    assert [r.state for r in store.deliveries()].count("pending") == 3


async def test_no_more_than_the_allowed_number_at_once(store: Store) -> None:
    """Concurrency is used, and kept."""
    clock, running, most = Clock(), 0, 0
    both = asyncio.Barrier(2)

    async def act(_: Delivery) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await both.wait()
        running -= 1
        return "ok"

    put_many(store, clock, 6, "c")
    channel = Channel(act, Limits(concurrency=2))
    assert await dispatcher(store, clock, c=channel).run_once() == 6
    assert most == 2


def test_waits_grow_and_stay_within_their_cap() -> None:
    """Each wait is three times the one before, up to four hours, and spread by a fifth."""
    middle = [backoff(n, SETTINGS, lambda: 0.5).total_seconds() for n in range(1, 9)]
    assert middle == [30, 90, 270, 810, 2430, 7290, 14400, 14400]
    assert backoff(1, SETTINGS, lambda: 0.0).total_seconds() == pytest.approx(24)
    assert backoff(1, SETTINGS, lambda: 1.0).total_seconds() == pytest.approx(36)
    assert backoff(10**9, SETTINGS, lambda: 1.0) <= SETTINGS.longest_delay * 1.2


async def test_a_pace_holds_for_every_dispatcher_and_after_a_restart(store: Store) -> None:
    """The store knows when the next message may start; who asks does not matter."""
    clock, channel = Clock(), Channel()
    put_many(store, clock, 4, "c")
    assert await paced(store, clock, channel).run_once() == 1
    assert await paced(store, clock, channel, "another").run_once() == 0
    clock.advance(milliseconds=9)
    assert await paced(store, clock, channel, "restarted").run_once() == 0
    clock.advance(milliseconds=1)
    assert await paced(store, clock, channel, "restarted").run_once() == 1
    assert [r.state for r in store.deliveries()].count("pending") == 2


async def test_one_run_sends_all_at_the_pace_of_the_channel(store: Store) -> None:
    """Where time goes on, `check` delivers what it raised, only slower."""
    clock = Clock()

    async def act(_: Delivery) -> str:
        clock.advance(milliseconds=10)
        return "ok"

    channel = Channel(act)
    put_many(store, clock, 4, "c")
    assert await paced(store, clock, channel).run_once() == 4


async def test_a_wish_to_wait_outlives_the_process_that_heard_it(store: Store) -> None:
    """A restarted daemon does not ask a server again that said when."""
    clock, channel = Clock(), Channel()
    error = NotifyError("slow down", permanent=False, retry_after=120)
    put_many(store, clock, 2, "c")
    assert await dispatcher(store, clock, c=Channel(failing(error))).run_once() == 0
    assert await dispatcher(store, clock, "restarted", c=channel).run_once() == 0
    clock.advance(seconds=121)
    assert await dispatcher(store, clock, "restarted", c=channel).run_once() == 2


async def test_a_clock_that_is_put_back_silences_no_channel(store: Store) -> None:
    """What lies further ahead than anybody may ask for was written by a clock that was wrong."""
    clock, channel = Clock(), Channel()
    store.hold_lane("c", clock.now + timedelta(hours=1), clock.now)
    clock.advance(days=-30)
    put(store, clock, "c")
    assert await dispatcher(store, clock, c=channel).run_once() == 1


async def test_a_dispatcher_that_is_closed_waits_for_no_turn(store: Store) -> None:
    """A reload or a stop is not held up by a slow pace."""
    clock, called = Clock(), asyncio.Event()

    async def act(_: Delivery) -> str:
        called.set()
        return "ok"

    channel = Channel(act)
    put_many(store, clock, 2, "c")
    subject = Dispatcher(store, {"c": channel}, clock=clock, owner="one", per_minute={"c": 0.001})
    running = asyncio.create_task(subject.run_once())
    await called.wait()
    subject.close()
    assert await running == 1
