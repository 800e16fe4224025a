"""Checks recorded and deliveries marked one after the other.

    python -m tests.disk.recorder FOLDER COUNT [FAULT]

With FAULT (a line for shim.c) the disk fails so from a quarter of the turns on to three quarters.
Says what the store acknowledged, in words that ``tests.store.test_crashes.examine`` reads. What the
store refuses is said ("refused ...") and tried again.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from monitor.config import Policy
from monitor.errors import StoreError
from store import Store
from tests.store.recorded import NOW, OWNER, changed, unchanged

NAMES = ("acme", "borealis")
#: A lease that could not be given back has run out when the policy's turn comes again.
LEASE = timedelta(hours=1)


def say(*words: object) -> None:
    """At once: no buffer may hold back what was acknowledged."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def turn(store: Store, tick: int) -> None:
    """One check, and the deliveries that it caused."""
    at = NOW + timedelta(hours=2 * tick)
    name = NAMES[tick % 2]
    assert store.lease(name, OWNER, at, LEASE)
    number = store.source(name).latest_number + 1
    outcome = (
        unchanged(name, at=at) if tick % 5 == 4 and number > 1 else changed(number, name, at=at)
    )
    assert store.record(outcome)
    say(tick, name, number if outcome.version else 0)
    deliver(store, at)


def deliver(store: Store, at: datetime) -> None:
    """Mark what waits, as a dispatcher does that has sent it."""
    for row in store.lease_deliveries(OWNER, at, 4, LEASE):
        assert store.mark_sent(row.id, OWNER, at)
        say("sent", row.key, 0)


def main() -> None:
    """So many turns."""
    folder, count, fault = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    with Store.open("sqlite:///store.db", base_dir=folder, exclusive=True, now=NOW) as store:
        store.sync_policies([Policy(id=name, url="https://x.example/") for name in NAMES], NOW)
        say("ready", os.getpid())
        for tick in range(1, count + 1):
            if fault and tick == count // 4:
                Path(os.environ["DISK_FAULT"]).write_text(*fault)
            elif fault and tick == 3 * count // 4:
                Path(os.environ["DISK_FAULT"]).unlink()
            try:
                turn(store, tick)
            except StoreError as error:
                say("refused", str(error).replace("\n", " "))


if __name__ == "__main__":
    main()
