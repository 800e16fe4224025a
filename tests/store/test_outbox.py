"""The outbox: leases, retries, dead letters, competing dispatchers."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest

from store import NewDelivery, Store
from tests.store.behind import address
from tests.store.recorded import alert
from tests.store.test_opening import run_python

MINUTE = timedelta(minutes=1)


@pytest.fixture
def outbox(store: Store, now: datetime) -> Store:
    """A store with one alert for each of two channels."""
    store.add_alert(alert("a1"), [NewDelivery("ops", now), NewDelivery("legal", now)], now)
    return store


def test_an_alert_raised_twice_is_one(outbox: Store, now: datetime) -> None:
    """The same id is told once on each channel; a channel added since gets its own delivery."""
    outbox.add_alert(alert("a1"), [NewDelivery("ops", now), NewDelivery("new", now)], now)
    assert [record.alert for record in outbox.alerts()] == [alert("a1")]
    assert sorted(d.channel for d in outbox.deliveries()) == ["legal", "new", "ops"]


def test_what_is_raised_once_gets_no_further_channels(outbox: Store, now: datetime) -> None:
    """A reminder that went out is not sent again because a route was added since."""
    known = alert("a1"), [NewDelivery("ops", now), NewDelivery("new", now)]
    fresh = alert("a2"), [NewDelivery("new", now)]
    assert outbox.raise_once([known, fresh], now) == 1
    assert outbox.raise_once([known, fresh], now) == 0
    assert sorted(d.key for d in outbox.deliveries()) == ["a1.legal", "a1.ops", "a2.new"]


def test_a_lease_counts_as_an_attempt_and_excludes_others(outbox: Store, now: datetime) -> None:
    """What one dispatcher has taken, another does not get, and the key says what it is."""
    taken = outbox.lease_deliveries("one", now, 10, MINUTE)
    assert [(d.attempts, d.state, d.key) for d in taken] == [
        (1, "leased", "a1.ops"),
        (1, "leased", "a1.legal"),
    ]
    assert outbox.lease_deliveries("two", now, 10, MINUTE) == []


def test_a_delivery_whose_dispatcher_died_comes_back(outbox: Store, now: datetime) -> None:
    """After the lease another dispatcher sends it, with the same key, as the next attempt."""
    first = outbox.lease_deliveries("one", now, 10, MINUTE)
    again = outbox.lease_deliveries("two", now + MINUTE, 10, MINUTE)
    assert [d.key for d in again] == [d.key for d in first]
    assert {d.attempts for d in again} == {2}
    assert outbox.mark_sent(first[0].id, "one", now + MINUTE) is False
    assert outbox.mark_sent(first[0].id, "two", now + MINUTE) is True


def test_a_sent_delivery_is_over(outbox: Store, now: datetime) -> None:
    """Once marked it is never leased again, and cannot be marked again."""
    taken = outbox.lease_deliveries("one", now, 1, MINUTE)[0]
    assert outbox.mark_sent(taken.id, "one", now, receipt="250 ok")
    assert not outbox.mark_sent(taken.id, "one", now)
    assert not outbox.mark_failed(taken.id, "one", now, "late", retry_at=None)
    assert [d.channel for d in outbox.lease_deliveries("one", now + 9 * MINUTE, 10, MINUTE)] == [
        "legal"
    ]
    sent = outbox.deliveries("sent")
    assert [(d.id, d.sent_at) for d in sent] == [(taken.id, now)]


def test_a_failed_delivery_waits_for_its_time(outbox: Store, now: datetime) -> None:
    """It is pending with its error, not before the instant that was asked for."""
    taken = outbox.lease_deliveries("one", now, 1, MINUTE)[0]
    assert outbox.mark_failed(taken.id, "one", now, "421 busy", retry_at=now + 5 * MINUTE)
    waiting = next(d for d in outbox.deliveries("pending") if d.id == taken.id)
    assert (waiting.last_error, waiting.not_before) == ("421 busy", now + 5 * MINUTE)
    early = outbox.lease_deliveries("one", now + 4 * MINUTE, 10, MINUTE)
    assert taken.id not in {d.id for d in early}
    late = outbox.lease_deliveries("two", now + 5 * MINUTE, 1, MINUTE)
    assert taken.id in {
        d.id for d in [*late, *outbox.lease_deliveries("two", now + 5 * MINUTE, 9, MINUTE)]
    }


def test_a_dead_delivery_rests_until_a_person_retries_it(outbox: Store, now: datetime) -> None:
    """Dead letters are listed, never leased, and start afresh on request only."""
    taken = outbox.lease_deliveries("one", now, 1, MINUTE)[0]
    outbox.mark_failed(taken.id, "one", now, "550 no such user", retry_at=None)
    assert [d.last_error for d in outbox.deliveries("dead")] == ["550 no such user"]
    assert taken.id not in {d.id for d in outbox.lease_deliveries("x", now + MINUTE, 9, MINUTE)}
    assert outbox.retry_delivery(taken.id, now + 9 * MINUTE)
    again = outbox.lease_deliveries("x", now + 9 * MINUTE, 9, MINUTE)
    assert next(d for d in again if d.id == taken.id).attempts == 1
    assert not outbox.retry_delivery(taken.id, now), "leased ones are not to be retried"
    assert not outbox.retry_delivery(999, now)


def test_the_longest_waiting_goes_first(store: Store, now: datetime) -> None:
    """Deliveries come by the instant at which they became ready, and the limit holds."""
    for index, minutes in enumerate((3, 1, 2)):
        due = now + minutes * MINUTE
        store.add_alert(alert(f"a{index}"), [NewDelivery("ops", due)], now)
    taken = store.lease_deliveries("one", now + 3 * MINUTE, 2, MINUTE)
    assert [d.alert.id for d in taken] == ["a1", "a2"]


def test_counts_tell_the_state_of_the_outbox(outbox: Store, now: datetime) -> None:
    """Metrics see every state, also those with nothing in them."""
    outbox.lease_deliveries("one", now, 1, MINUTE)
    counts = outbox.counts()
    states = ("pending", "leased", "sent", "dead")
    assert [counts[f"deliveries_{state}"] for state in states] == [1, 1, 0, 0]


def test_dispatcher_threads_never_take_the_same_delivery(store: Store, now: datetime) -> None:
    """Many threads empty the outbox together, and each row is taken once."""
    for index in range(60):
        store.add_alert(alert(f"a{index}"), [NewDelivery("ops", now)], now)
    taken: list[int] = []

    def dispatch(owner: str) -> None:
        while rows := store.lease_deliveries(owner, now, 3, MINUTE):
            taken.extend(row.id for row in rows)

    threads = [threading.Thread(target=dispatch, args=(f"t{index}",)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 60
    assert set(Counter(taken).values()) == {1}


DISPATCH = """
import sys
from datetime import datetime, timedelta, UTC
from pathlib import Path
from store import Store
now = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
store = Store.open(sys.argv[1], base_dir=Path(), now=now)
print("ready", flush=True)
sys.stdin.readline()
while rows := store.lease_deliveries(sys.argv[2], now, 5, timedelta(minutes=1)):
    for row in rows:
        assert store.mark_sent(row.id, sys.argv[2], now)
        print(row.id)
"""


def test_dispatcher_processes_send_each_delivery_once(store: Store, now: datetime) -> None:
    """Two processes on one outbox send everything, and nothing twice."""
    for index in range(60):
        store.add_alert(alert(f"a{index}"), [NewDelivery("ops", now)], now)
    processes = [run_python(DISPATCH, address(store), index) for index in range(2)]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    sent = [int(line) for process in processes for line in process.communicate()[0].split()]
    assert sorted(sent) == sorted(delivery.id for delivery in store.deliveries("sent"))
    assert len(set(sent)) == len(sent) == 60
