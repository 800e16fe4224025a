"""kill -9 at any moment: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import Policy
from store import Store
from tests.store.recorded import NOW, policy_text
from tests.store.test_opening import run_python

#: A nursery: for each line "owner start" on its input it forks a recorder, which records one check
#: after the other from where the store stands, and says so after each commit.
NURSERY = """
import os, sys
from datetime import timedelta
from pathlib import Path
from store import Store
from tests.store.recorded import NOW, changed, unchanged

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def recorder(folder, owner, start):
    store = Store.open("sqlite:///store.db", base_dir=folder, exclusive=True, now=NOW)
    say("ready", os.getpid())
    for tick in range(start, start + 1_000_000):
        at = NOW + timedelta(hours=2 * tick)
        name = ("acme", "borealis")[tick % 2]
        assert store.lease(name, owner, at, timedelta(hours=1))
        number = store.source(name).latest_number + 1
        outcome = (unchanged(name, at=at, lease_owner=owner) if tick % 5 == 4 and number > 1
                   else changed(number, name, at=at, lease_owner=owner))
        assert store.record(outcome)
        say(tick, name, number if outcome.version else 0)
        for row in store.lease_deliveries(owner, at, 2, timedelta(minutes=1)):
            assert store.mark_sent(row.id, owner, at)
            say("sent", row.key, 0)

# What is set up once for a process is set up here, not after every fork.
Store.open("sqlite://", base_dir=Path(), now=NOW).close()
for line in iter(sys.stdin.readline, ""):
    owner, start = line.split()
    child = os.fork()
    if child == 0:
        recorder(Path(sys.argv[1]), owner, int(start))
    os.waitpid(child, 0)
    say("ended")
"""


def kill_again_and_again(folder: Path, rounds: int, seed: int) -> list[list[str]]:
    """Run recorders and kill each at a random moment; returns all that they acknowledged."""
    rng = random.Random(seed)
    said: list[list[str]] = []
    start = 0
    with run_python(NURSERY, folder) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for round_ in range(rounds):
            # A tick may have been committed without being acknowledged: leave it behind.
            last = max((int(words[0]) for words in said if words[0].isdigit()), default=0)
            start = max(start, last) + 10
            print(f"daemon-{round_} {start}", file=nursery.stdin, flush=True)
            ready, pid = nursery.stdout.readline().split()
            assert ready == "ready"
            # So many words, then some moments more: at any point of a check, on any machine.
            said.extend(nursery.stdout.readline().split() for _ in range(rng.randrange(5)))
            time.sleep(rng.uniform(0, 0.02))
            os.kill(int(pid), signal.SIGKILL)
            while (line := nursery.stdout.readline()) != "ended\n":
                said.append(line.split())
        nursery.stdin.close()
    return said


def examine(folder: Path, said: list[list[str]]) -> None:
    """Everything acknowledged is there once, and the store is intact."""
    plain = sqlite3.connect(folder / "store.db")
    assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert plain.execute("PRAGMA foreign_key_check").fetchall() == []
    plain.close()
    with Store.open("sqlite:///store.db", base_dir=folder, exclusive=True, now=NOW) as store:
        assert store.verify() == []
        for name in ("acme", "borealis"):
            acknowledged = [int(words[2]) for words in said if words[1] == name and words[2] != "0"]
            versions = store.versions(name)
            numbers = [version.number for version in versions]
            assert numbers == list(range(1, len(numbers) + 1))
            assert len(set(acknowledged)) == len(acknowledged)
            assert set(acknowledged) <= set(numbers)
            assert all(store.version_text(name, n) == policy_text(n) for n in numbers)
            changes = [change.id for change in store.changes(name)]
            assert sorted(changes) == sorted(f"{name}@{n}-{n + 1}" for n in numbers[:-1])
            runs = [(c.started_at, c.finished_at) for c in store.checks(name, 10**6)]
            assert len(set(runs)) == len(runs)
            ticks = {NOW + timedelta(hours=2 * int(w[0])) for w in said if w[1] == name}
            assert all(any(start <= tick <= end for start, end in runs) for tick in ticks)
        alerts = [record.alert.id for record in store.alerts(10**6)]
        assert len(alerts) == store.counts()["changes"]
        deliveries = store.deliveries(limit=10**6)
        assert len({d.key for d in deliveries}) == len(deliveries) == 2 * len(alerts)
        sent = {d.key for d in deliveries if d.state == "sent"}
        assert {words[1] for words in said if words[0] == "sent"} <= sent


def prepare(folder: Path) -> None:
    """A store with two policies, as the recorder expects."""
    with Store.open("sqlite:///store.db", base_dir=folder, now=NOW) as store:
        store.sync_policies(
            [Policy(id=name, url="https://x.example/") for name in ("acme", "borealis")], NOW
        )


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """After each kill the next daemon goes on, and in the end every acknowledged check is there."""
    prepare(tmp_path)
    said = kill_again_and_again(tmp_path, rounds=30, seed=20260301)
    examine(tmp_path, said)


@pytest.mark.campaign
def test_killed_a_thousand_times(tmp_path: Path) -> None:
    """The same, a thousand times."""
    prepare(tmp_path)
    examine(tmp_path, kill_again_and_again(tmp_path, rounds=1000, seed=1))
