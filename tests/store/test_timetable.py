"""Declarations, due times and leases."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import Policy
from monitor.errors import StoreError
from store import NewAction, NewDelivery, Store
from tests.store.behind import address
from tests.store.recorded import OWNER, alert, changed, first
from tests.store.test_opening import run_python

HOUR = timedelta(hours=1)


def policy(name: str, **other: object) -> Policy:
    """A declared policy of an invented company."""
    return Policy(id=name, url=f"https://{name}.example/", **other)  # type: ignore[arg-type]


def test_new_policies_are_due_at_once(store: Store, now: datetime) -> None:
    """What was just declared waits for nothing."""
    assert store.due(now, 10) == ["acme", "borealis"]
    assert store.next_due() == now


def test_a_policy_no_longer_listed_is_disabled_and_kept(store: Store, now: datetime) -> None:
    """Taking a policy out of the configuration loses nothing, and it can come back."""
    store.lease("acme", "daemon-1", now, HOUR)
    store.record(first())
    store.sync_policies([policy("borealis")], now)
    assert store.due(now + 99 * HOUR, 10) == ["borealis"]
    assert store.source("acme").enabled is False
    assert store.version_text("acme", 1)
    store.sync_policies([policy("acme"), policy("borealis")], now)
    assert store.source("acme").enabled is True
    assert store.source("acme").latest_number == 1


def test_a_policy_at_another_url_is_due_at_once(store: Store, now: datetime) -> None:
    """A declaration that points elsewhere does not wait for the old rhythm."""
    store.lease("acme", "daemon-1", now, HOUR)
    store.record(first())
    store.sync_policies([Policy(id="acme", url="https://acme.example/privacy")], now + HOUR)
    assert store.due(now + HOUR, 10) == []
    store.sync_policies([Policy(id="acme", url="https://acme.example/new")], now + HOUR)
    assert store.due(now + HOUR, 10) == ["acme"]
    assert store.source("acme").urls == ("https://acme.example/new",)


def test_a_policy_declared_disabled_is_never_due(store: Store, now: datetime) -> None:
    """``enabled = false`` keeps what is stored and checks nothing."""
    store.sync_policies([policy("acme", enabled=False)], now)
    assert store.due(now, 10) == []
    assert store.next_due() is None


def test_due_policies_come_by_their_time(store: Store, now: datetime) -> None:
    """The longest waiting is first, and the limit holds."""
    store.make_due("borealis", now - HOUR)
    assert store.due(now, 10) == ["borealis", "acme"]
    assert store.due(now, 1) == ["borealis"]
    store.make_due("borealis", now + HOUR)
    assert store.due(now, 10) == ["acme"]


def test_a_leased_policy_is_not_due_until_its_lease_ends(store: Store, now: datetime) -> None:
    """The policy of a process that died is taken up again when its lease has run out."""
    assert store.lease("acme", "one", now, HOUR)
    assert not store.lease("acme", "two", now, HOUR)
    assert store.due(now, 10) == ["borealis"]
    assert store.due(now + HOUR, 10) == ["acme", "borealis"]
    assert store.lease("acme", "two", now + HOUR, HOUR)


def test_next_due_counts_the_end_of_a_lease(store: Store, now: datetime) -> None:
    """While everything is leased, the next thing to happen is that a lease runs out."""
    store.lease("acme", "one", now, HOUR)
    store.lease("borealis", "one", now, 2 * HOUR)
    assert store.next_due() == now + HOUR


def test_what_was_seen_to_be_due_is_not_taken_once_it_is_not(store: Store, now: datetime) -> None:
    """Two processes that saw the same policy due check it once."""
    assert store.take("acme", OWNER, now, HOUR, only_due=True)
    store.record(first())
    assert store.take("acme", "two", now, HOUR, only_due=True) is None
    assert store.take("acme", "two", now, HOUR)
    store.sync_policies([policy("acme")], now)
    assert store.take("borealis", "two", now, HOUR, only_due=True) is None


def test_the_leases_of_a_lost_job_are_taken_back(store: Store, now: datetime) -> None:
    """Those of another job, and of other policies, stay."""
    store.lease("acme", "there:7#job 1#a", now, HOUR)
    store.lease("borealis", "there:7#job 11#b", now, HOUR)
    assert store.release_lost({"#job 1#": ["acme", "borealis"], "#job 2#": ["acme"]}) == 1
    assert store.due(now, 10) == ["acme"]
    assert store.release_lost({"#job 11#": ["acme"]}) == 0


def test_only_the_holder_gives_a_lease_back(store: Store, now: datetime) -> None:
    """A release by somebody else changes nothing."""
    store.lease("acme", "one", now, HOUR)
    store.release("acme", "two")
    assert not store.lease("acme", "two", now, HOUR)
    store.release("acme", "one")
    assert store.lease("acme", "two", now, HOUR)


def test_the_leases_of_dead_owners_are_taken_from_them(store: Store, now: datetime) -> None:
    """What a killed process had leased is free at once; what others hold stays theirs."""
    store.add_alert(alert("a1"), [NewDelivery("ops", now)], now)
    store.lease("acme", "dead", now, HOUR)
    store.lease("borealis", "alive", now, HOUR)
    assert len(store.lease_deliveries("dead", now, 1, HOUR)) == 1
    assert store.release_dead(lambda owner: owner == "dead", now) == ["dead"]
    assert store.due(now, 10) == ["acme"]
    assert [d.attempts for d in store.lease_deliveries("alive", now, 9, HOUR)] == [2]
    assert store.release_dead(lambda owner: owner == "dead", now) == []


def test_an_unknown_policy_is_never_leased(store: Store, now: datetime) -> None:
    """A name that nobody declared is refused, and named where it can be."""
    assert store.lease("nobody", "one", now, HOUR) is False
    with pytest.raises(StoreError, match="nobody"):
        store.make_due("nobody", now)


def test_threads_never_share_a_lease(store: Store, now: datetime) -> None:
    """Of many threads that ask at once, one gets the policy."""
    names = [policy(f"p{index}") for index in range(20)]
    store.sync_policies(names, now)
    won: list[str] = []

    def compete(owner: str) -> None:
        won.extend(name.id for name in names if store.lease(name.id, owner, now, HOUR))

    threads = [threading.Thread(target=compete, args=(f"t{index}",)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == sorted(name.id for name in names)


@pytest.mark.parametrize("url", ["sqlite:///threads.db", "sqlite://"])
def test_threads_record_side_by_side(url: str, tmp_path: Path, now: datetime) -> None:
    """Checks of different policies are recorded from many threads, while others read."""
    names = [f"p{index}" for index in range(6)]
    failed: list[Exception] = []
    with Store.open(url, base_dir=tmp_path, now=now) as store:
        store.sync_policies([policy(name) for name in names], now)

        def work(name: str) -> None:
            try:
                for number in range(1, 6):
                    at = now + number * HOUR
                    assert store.lease(name, OWNER, at, HOUR)
                    assert store.record(changed(number, name, at=at))
                    assert store.version_text(name, number)
                    assert len(store.sources()) == len(names)
            except Exception as error:  # noqa: BLE001
                failed.append(error)

        threads = [threading.Thread(target=work, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert store.counts()["versions"] == 5 * len(names)
        assert store.verify() == []


COMPETE = """
import sys
from datetime import datetime, timedelta, UTC
from pathlib import Path
from store import NewAction, NewDelivery, Store
now = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
store = Store.open(sys.argv[1], base_dir=Path(), now=now)
print("ready", flush=True)
sys.stdin.readline()
names = store.due(now, 1000)
print(*[name for name in names if store.lease(name, sys.argv[2], now, timedelta(hours=1))])
"""


def test_processes_never_share_a_lease(store: Store, now: datetime) -> None:
    """Two processes on one store take each policy once between them."""
    store.sync_policies([policy(f"p{index}") for index in range(100)], now)
    processes = [run_python(COMPETE, address(store), index) for index in range(2)]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    won = [name for process in processes for name in process.communicate()[0].split()]
    assert sorted(won) == sorted(f"p{index}" for index in range(100))


def test_a_paused_policy_is_not_due_until_its_pause_ends(store: Store, now: datetime) -> None:
    """Whatever would make it due meanwhile: a check on its way, an order, another address."""
    until = now + 48 * HOUR
    store.lease("acme", "daemon-1", now, HOUR)
    store.pause("acme", until, NewAction(now, "mira", "pause", why="they relaunch"))
    assert store.record(first())
    store.make_due("acme", now + HOUR)
    store.sync_policies([Policy(id="acme", url="https://acme.example/new")], now + HOUR)
    assert store.due(until - timedelta(seconds=1), 10) == []
    assert store.source("acme").paused(until - timedelta(seconds=1))
    assert store.due(until, 10) == ["acme"]
    assert not store.source("acme").paused(until)
    assert [action.what for action in store.actions("acme")] == ["pause"]
    assert store.verify() == []


def test_a_pause_is_ended_before_its_time(store: Store, now: datetime) -> None:
    """The policy is due at once, and orders are obeyed again."""
    store.pause("acme", now + 48 * HOUR, NewAction(now, "mira", "pause", why="x"))
    store.resume("acme", NewAction(now + HOUR, "tove", "resume"))
    assert "acme" in store.due(now + HOUR, 10)
    assert store.source("acme").paused_until is None
    assert [action.who for action in store.actions("acme")] == ["tove", "mira"]


def test_a_pause_without_a_name_pauses_nothing(store: Store, now: datetime) -> None:
    """What is not on the record did not happen."""
    with pytest.raises(StoreError, match="who did it"):
        store.pause("acme", now + HOUR, NewAction(now, "", "pause"))
    assert "acme" in store.due(now, 10)
