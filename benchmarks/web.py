"""How fast the pages are, and how big, where 1,000 policies have 100,000 versions.

usage: python -m benchmarks.web [--policies N] [--versions N] [--store FOLDER]

A store of invented policies is filled (kept and reused with ``--store``): one with a past of so
many versions, every change compared by the engine, whose rows the others get too; forty have one
more change, which waits for a decision. Then every
kind of page is asked for, in the same process, after a first look at each. Prints in ms the median
of the processor's time and of all time, and the slowest; and the size of the page in kB as it is
sent without compression.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

import httpx

from monitor import compare, find_commitments
from monitor.alerts import change_alert
from monitor.comparison import as_document
from monitor.config import Expect, Policy, Settings
from monitor.expectations import assess
from monitor.expected import expectations_of
from monitor.filing import filed
from monitor.model import Comparison, Part, SourceMemory, Stand, text_digest
from monitor.notice.clock import Notice
from store import CheckOutcome, NewChange, NewSnapshot, NewVersion, Store
from web.app import create_app
from web.backend import Backend, Declared
from web.metrics import Metrics

START = datetime(2018, 1, 1, 8, tzinfo=UTC)
EVERY = timedelta(days=28)
OWNER = "benchmark"
#: How often a page is asked for, and of how many policies a change waits for a decision.
_TIMES, _OPEN = 9, 40
_FILE = "web.db"
_CLAUSES = (
    "We collect your name, your e-mail address and what you buy from us, and keep it for {n} months"
    " after your last order.",
    "We share data with hosting providers, payment processors and carriers, who act on our"
    " instructions under a written contract.",
    "We do not sell your personal data, and we do not share it with advertisers.",
    "You may ask for access, correction, erasure and a copy of your data; we answer within {d}"
    " days.",
    "We will tell you by e-mail at least {d} days before a change of this policy takes effect.",
    "Your data is stored in Ireland and in the Netherlands, and leaves the European Economic Area"
    " under standard contractual clauses alone.",
)


def main() -> int:
    """Fill a store, ask for every page, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--policies", type=int, default=1000)
    parser.add_argument("--versions", type=int, default=100)
    parser.add_argument("--store", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return measure(given.store or Path(folder), given.policies, given.versions)


def measure(folder: Path, policies: int, versions: int) -> int:
    """Print the figures of a store in a folder, which is filled if it is empty."""
    folder.mkdir(parents=True, exist_ok=True)
    declared = {policy.id: policy for policy in declarations(policies)}
    expect = Expect.model_validate({"name": "all", "notice_days": ">= 30", "sale": "never"})
    settings = Settings(expect=(expect,))
    if not (folder / _FILE).exists():
        fill(folder, list(declared.values()), settings, versions)
    now = START + (versions + 2) * EVERY
    with opened(folder, now) as store:
        backend = Backend(store, lambda: Declared(settings, declared), lambda: now, "benchmark")
        app = create_app(backend, lambda: {"ok": True}, Metrics(store.counts))
        return asyncio.run(ask(app, pages(versions)))


def declarations(count: int) -> Iterator[Policy]:
    """Invented policies, some of a kind, a tag and an owner."""
    for number in range(count):
        yield Policy(
            id=f"company-{number:04}",
            service=f"Company {number:04}",
            url=f"https://company-{number:04}.example/privacy",
            type=("privacy", "terms", "dpa")[number % 3],  # type: ignore[arg-type]
            owner=("Ines", "Mira", "Tove")[number % 3],
            tags=(f"team-{number % 12}",),
        )


@cache
def text(number: int) -> str:
    """The text of a version: forty clauses in sections, of which each version changes some."""
    clauses = [
        f"## {place + 1}. Section\n\n{_CLAUSES[place % 6].format(n=12 + number % 7, d=10 + number)}"
        if (number + place) % 9 == 0
        else f"## {place + 1}. Section\n\n{_CLAUSES[place % 6].format(n=12, d=30)}"
        for place in range(40)
    ]
    return f"# Privacy policy\n\nRevision {number}.\n\n" + "\n\n".join(clauses) + "\n"


@cache
def compared(number: int) -> Comparison:
    """What changed with a version."""
    return compare(text(number - 1), text(number))


@cache
def version(number: int) -> NewVersion:
    """A version as an archive gives it."""
    seen = START + number * EVERY
    return NewVersion(
        number=number, snapshot=None, text=text(number), text_digest=text_digest(text(number)),
        media_type="text/markdown", stamp="benchmark", origin="import", first_seen=seen,
        previous_seen_at=seen - EVERY, title="Privacy policy", language="en",
        last_updated=None, effective=None, commitments=tuple(find_commitments(text(number))),
    )  # fmt: skip


def fill(folder: Path, policies: list[Policy], settings: Settings, versions: int) -> None:
    """Give each policy its past and its standing; the last change of some waits."""
    first, now = policies[0], START + versions * EVERY
    changes = [
        NewChange(f"{first.id}@{n - 1}-{n}", n - 1, n, START + n * EVERY, compared(n))
        for n in range(2, versions + 1)
    ]
    with opened(folder, now) as store:
        store.sync_policies(policies, START, partial(filed, settings))
        store.lease(first.id, OWNER, now, timedelta(days=1))
        past = [version(n) for n in range(1, versions + 1)]
        store.record_history(first.id, OWNER, past, changes, START)
        store.release(first.id, OWNER)
    spread(folder / _FILE, first.id, [policy.id for policy in policies[1:]])
    with opened(folder, now) as store:
        for place, policy in enumerate(policies):
            store.lease(policy.id, OWNER, now, timedelta(days=1))
            number = versions + (place < _OPEN)
            said = assess(as_document(text(number)), expectations_of(settings, policy))
            stands = tuple(Stand(each, number, now) for each in said)
            if number > versions:
                store.record(found(policy, number))
                store.lease(policy.id, OWNER, now, timedelta(days=1))
            store.record_stands(policy.id, OWNER, stands, (), now)
            store.release(policy.id, OWNER)


def spread(file: Path, pattern: str, others: Sequence[str]) -> None:
    """Copy the rows of one policy to others: writing 100,000 versions takes the store an hour."""
    with closing(sqlite3.connect(file)) as database, database:
        for table in ("text", "version", "version_commitments", "change", "evidence"):
            names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            made = {"policy": ":other", "id": "replace(id, :pattern, :other)"}
            cells = ", ".join(made.get(name, f'"{name}"') for name in names)
            database.executemany(
                f"INSERT INTO {table} SELECT {cells} FROM {table} WHERE policy = :pattern",
                [{"pattern": pattern, "other": other} for other in others],
            )
        head = "baseline, latest_number, chain_seq, chain_head"
        database.execute(
            f"UPDATE policy SET ({head}) = (SELECT {head} FROM policy WHERE id = ?)", [pattern]
        )
        past = "first_at, by_change, title"
        database.execute(
            f"UPDATE directory SET ({past}) = (SELECT {past} FROM directory WHERE policy = ?)",
            [pattern],
        )


def opened(folder: Path, now: datetime) -> Store:
    """The store of the benchmark."""
    return Store.open(f"sqlite:///{_FILE}", base_dir=folder, now=now)


def found(policy: Policy, number: int) -> CheckOutcome:
    """A check that found a change worth an alert."""
    at, name = START + number * EVERY, f"{policy.id}@{number - 1}-{number}"
    told = change_alert(
        policy, name, compared(number), title="Privacy policy", effective=None, first_seen=at,
        notice=Notice("no promise applies"), links={},
    )  # fmt: skip
    captured = NewSnapshot(f"{policy.id}-{number}", at, "version", (sent(policy, number, at),))
    return CheckOutcome(
        policy=policy.id, lease_owner=OWNER, started_at=at, finished_at=at, result="changed",
        memory=SourceMemory(health="ok"), next_check_at=at + EVERY, validators=(),
        snapshot=captured, baseline=number,
        version=replace(version(number), snapshot=captured.id, origin="capture"),
        alerts=((told, ()),),
        change=NewChange(name, number - 1, number, at, compared(number)),
    )  # fmt: skip


def sent(policy: Policy, number: int, at: datetime) -> Part:
    """What the server sent of a version."""
    url = str(policy.url)
    return Part(url, url, 200, (), "text/markdown", text(number).encode(), at, ())


def pages(versions: int) -> Mapping[str, str]:
    """A page of every kind."""
    some, last = "company-0007", versions + 1
    return {
        "overview": "/",
        "overview, filtered": "/?q=company+01&tag=team-3&sort=change",
        "policy": f"/policies/{some}",
        "version": f"/policies/{some}/versions/{last}",
        "change": f"/changes/{some}@{last - 1}-{last}",
        "change, whole, side by side": f"/changes/{some}@{last - 1}-{last}?view=whole&layout=side",
        "any two versions": f"/changes/{some}@1-{last}",
        "ledger": "/ledger",
        "expectations": "/expectations",
        "calendar": "/calendar",
        "deliveries": "/deliveries",
        "API: policies": "/api/v1/policies",
        "API: alerts": "/api/v1/alerts",
        "API: changes": "/api/v1/changes",
    }


async def ask(app: object, addresses: Mapping[str, str]) -> int:
    """Ask for each page some times; how many are too slow or too big."""
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    missed = 0
    print(f"{'page':30} {'CPU ms':>6} {'median ms':>9} {'slowest':>8} {'kB':>6}")
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for name, address in addresses.items():
            times, costs = [], []
            answer = await client.get(address)
            for _ in range(_TIMES):
                began, worked = time.perf_counter(), time.process_time()
                answer = await client.get(address)
                times.append((time.perf_counter() - began) * 1000)
                costs.append((time.process_time() - worked) * 1000)
            answer.raise_for_status()
            median, cost = statistics.median(times), statistics.median(costs)
            size = len(answer.content) / 1000
            over = median > 100 or size > 200
            missed += over
            cells = f"{cost:6.0f} {median:9.0f} {max(times):8.0f} {size:6.0f}"
            print(f"{name:30} {cells}{'  *' if over else ''}")
    return missed


if __name__ == "__main__":
    sys.exit(main())
