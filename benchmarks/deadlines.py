"""What a look at the days ahead costs, for many policies with recorded changes.

usage: python -m benchmarks.deadlines [--policies N] [--changes N]

Makes a store of N policies (200 by default) of an invented company, each of about 40 kB and with N
changes (10 by default) that announce a day and open a window, the last of them a week ahead. Then
it times the first look, the looks after it while nothing changes, and `history` of one policy.
Nothing is left behind.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from monitor.cli.noticing import notices_of
from monitor.commitments import commitments_of
from monitor.comparison import as_document, compare_documents
from monitor.config import Settings
from monitor.config_file import from_tables
from monitor.deadlines import LOOK_BACK, Almanac
from monitor.model import text_digest
from monitor.reminding import Reminding
from store import NewChange, NewVersion, Store

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
_CLAUSES = 220


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--policies", type=int, default=200)
    parser.add_argument("--changes", type=int, default=10)
    given = parser.parse_args()
    settings = from_tables(
        {
            "channel": [{"id": "terminal", "kind": "console"}],
            "route": [{"channel": "terminal", "severity": "low"}],
            "policy": [
                {"id": f"p{n}", "service": "Harbour Loom", "url": f"https://loom.example/{n}"}
                for n in range(given.policies)
            ],
        }
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open("sqlite:///store.db", base_dir=Path(folder), now=NOW) as store,
    ):
        fill(store, settings, given.changes)
        measure(store, settings)
    return 0


def effective(number: int) -> date:
    """From when it applies: of 0 in a week, of each greater number a month earlier."""
    return (NOW + timedelta(days=7 - 30 * number)).date()


def text_of(number: int) -> str:
    """A policy whose notice, window and effective date depend on ``number``."""
    clauses = "\n\n".join(
        f"Clause {i}. Harbour Loom keeps records of kind {i} of its looms, its yarns and its "
        f"customers' orders for {i % 90 + 1} days, and then deletes them for good."
        for i in range(_CLAUSES)
    )
    return (
        f"# Privacy at Harbour Loom\n\nEffective date: {effective(number):%d %B %Y}\n\n"
        f"We tell you by e-mail at least {30 - number} days before a change of this policy.\n\n"
        "If you do not accept a change, you may terminate the contract within 30 days of our "
        f"notice of the change.\n\n{clauses}\n"
    )


def fill(store: Store, settings: Settings, changes: int) -> None:
    """Give every policy the same history; comparing it once is enough."""
    store.sync_policies(settings.policy, NOW)
    texts = [text_of(number) for number in range(changes, -1, -1)]
    documents = [as_document(text) for text in texts]
    found = [commitments_of(document) for document in documents]
    comparisons = [compare_documents(a, b) for a, b in pairwise(documents)]
    for policy in settings.policy:
        versions, recorded = [], []
        for index, text in enumerate(texts):
            at = NOW - timedelta(days=30 * (changes - index) + 10)
            versions.append(
                NewVersion(
                    index + 1, None, text, text_digest(text), "text/markdown", "benchmark",
                    "import", at, at - timedelta(hours=6) if index else None, "Privacy", "en",
                    None, effective(changes - index), found[index],
                )
            )  # fmt: skip
            if index:
                name = f"{policy.id}@{index}-{index + 1}"
                change = NewChange(name, index, index + 1, at, comparisons[index - 1])
                recorded.append(change)
        store.lease(policy.id, "benchmark", NOW, timedelta(minutes=5))
        store.record_history(policy.id, "benchmark", versions, recorded, NOW)


def measure(store: Store, settings: Settings) -> None:
    """Time what the daemon and the commands do."""
    policies = {policy.id: policy for policy in settings.policy}
    changes = len(store.changes())
    reminding = Reminding(store, settings, policies)
    for look in ("first look", "same day again", "an hour later"):
        began = time.perf_counter()
        raised = reminding.look(NOW + timedelta(hours=look.startswith("an")))
        seconds = time.perf_counter() - began
        print(f"{look:16} {seconds * 1000:9.0f} ms  {changes} changes, {raised} reminders")
    began = time.perf_counter()
    rows = Almanac(store, settings, policies).days(since=NOW - LOOK_BACK)
    print(f"{'deadlines':16} {(time.perf_counter() - began) * 1000:9.0f} ms  {len(rows)} rows")
    policy = next(iter(policies))
    began = time.perf_counter()
    told = notices_of(store, settings, store.changes(policy))
    print(f"{'history':16} {(time.perf_counter() - began) * 1000:9.0f} ms  {len(told)} changes")


if __name__ == "__main__":
    sys.exit(main())
