"""What a store on SQLite costs with 1,000, 10,000 and 100,000 policies.

    python -m benchmarks.scale [--policies N ...]

A store is filled with policies of one version, a hundred of them due. Reported are milliseconds
(median of several) of what the scheduler does all the time and of pages, none of which must depend
on how many policies there are; and the peak memory of the process in MB. Pages in milliseconds of
processor: on a busy machine time says nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import httpx

from benchmarks.trees import memory_mb
from monitor.config import Policy, Settings
from store import Store
from tests.store.recorded import NOW, OWNER, first, unchanged
from web.app import create_app
from web.backend import Backend, Declared
from web.metrics import Metrics

_DUE = 100
_PAGES = (
    "/", "/?sort=change", "/?sort=check", "/?sort=state", "/?state=watched", "/?q=acme+99",
    "/ledger", "/ledger?at=2026-06-01", "/ledger?q=acme+99", "/expectations", "/calendar",
    "/policies/p7", "/api/v1/policies", "/api/v1/changes",
)  # fmt: skip
_HOUR = timedelta(hours=1)
#: Tables with rows of the policy that is copied; the log's own number is given by the database.
_TABLES = ("policy", "directory", "text", "version", "version_commitments", "check_log")


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill a store of each size and print a line of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--policies", type=int, nargs="*", default=(1_000, 10_000, 100_000))
    options = parser.parse_args(arguments)
    print(f"{'policies':>9}{'due':>8}{'lease':>8}{'record':>8}{'MB':>6}")
    for policies in options.policies:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), policies)
    return 0


def _measure(folder: Path, policies: int) -> None:
    declared = _fill(folder, policies)
    at = NOW + _HOUR
    with Store.open("sqlite:///scale.db", base_dir=folder, now=at) as store:
        due = _median(lambda: store.due(at, 64))
        names = store.due(at, _DUE)
        assert len(names) == _DUE
        took: dict[str, list[float]] = {"lease": [], "record": []}
        for name in names:
            took["lease"].append(_timed(lambda name=name: store.take(name, OWNER, at, _HOUR)))
            outcome = unchanged(name, at=at)
            took["record"].append(_timed(lambda outcome=outcome: store.record(outcome)))
        costs = [due, *(median(times) for times in took.values())]
        pages = asyncio.run(_pages(store, declared, at))
        line = "".join(f"{cost:8.1f}" for cost in costs)
        print(f"{policies:9}{line}{memory_mb(os.getpid()):6.0f}", flush=True)
        for path, cost in pages.items():
            print(f"{cost:17.0f}  {path}", flush=True)


def _fill(folder: Path, policies: int) -> dict[str, Policy]:
    """Record one check of one policy, and copy what it left to all others."""
    declared = {
        f"p{n}": Policy(id=f"p{n}", service=f"Acme {n}", url=f"https://acme{n}.example/privacy")
        for n in range(policies)
    }
    with Store.open("sqlite:///scale.db", base_dir=folder, now=NOW) as store:
        store.sync_policies([declared["p0"]], NOW)
        store.take("p0", OWNER, NOW, _HOUR)
        store.record(first("p0", at=NOW, next_check_at=NOW + _HOUR))
    connection = sqlite3.connect(folder / "scale.db", isolation_level=None)
    connection.execute("BEGIN")
    for table in _TABLES:
        key = "id" if table == "policy" else "policy"
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        if table == "check_log":
            columns.remove("id")
        others = [column for column in columns if column != key]
        connection.execute(
            f"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            f"INSERT INTO {table} ({', '.join([key, *others])}) "
            f"SELECT 'p' || i, {', '.join(others)} FROM {table}, n WHERE {key} = 'p0'",
            (policies - 1,),
        )
    later = (NOW + 9 * _HOUR).strftime("%Y-%m-%d %H:%M:%S.%f")
    connection.execute(
        "UPDATE policy SET service = 'Acme ' || substr(id, 2), "
        "next_check_at = CASE WHEN CAST(substr(id, 2) AS INT) < ? THEN next_check_at ELSE ? END",
        (_DUE, later),
    )
    connection.execute(
        "UPDATE directory SET by_name = 'acme ' || substr(policy, 2), "
        "words = policy || ' acme ' || substr(policy, 2) || ' privacy policy'"
    )
    connection.execute("COMMIT")
    connection.close()
    return declared


async def _pages(store: Store, declared: dict[str, Policy], now: datetime) -> dict[str, float]:
    """Milliseconds of processor that each page takes."""
    settings = Settings(policy=tuple(declared.values()))
    known = Declared(settings, declared)
    app = create_app(
        Backend(store, lambda: known, lambda: now, "us"),
        lambda: {"ok": True},
        Metrics(store.counts),
    )
    last = f"/?page={len(declared) // 100}"
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as browser:
        return {path: await _cost(browser, path) for path in (*_PAGES, last)}


async def _cost(browser: httpx.AsyncClient, path: str) -> float:
    times = []
    for _ in range(6):
        began = time.process_time()
        (await browser.get(path)).raise_for_status()
        times.append((time.process_time() - began) * 1000)
    return median(times[1:])


def _median(work: Callable[[], object]) -> float:
    return median(_timed(work) for _ in range(50))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    assert work() is not False
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.exit(main())
