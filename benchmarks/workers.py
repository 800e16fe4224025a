"""Checks a second with one, two and four workers on one PostgreSQL, and what each part costs.

    python -m benchmarks.workers [--policies N] [--workers N ...] [--fsync]

Each number of workers has an empty database (a server of this benchmark's own) and a daemon beside
it. All policies of benchmarks/site.py become due at once: the first check, an unchanged page
answered 304, the same bytes with 200, and one in ten changed. A line has checks a second and, in ms
of processor a check, what the workers (with the processes that read pages), the database and the
daemon took. The site is on the same machine, and what it takes the others lack.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from benchmarks.peers import site_of
from benchmarks.site import address
from benchmarks.trees import cpu_seconds, memory_mb
from monitor import config_file
from monitor.cluster.batches import lanes_of
from monitor.config import Policy
from store import Store
from tests import postgres
from tests.store.recorded import OWNER, first, unchanged

ROUNDS = ("plain first", "etag 200", "etag 304", "plain 200", "changed")
#: What only gives the policies their ETag.
_SILENT = ("etag 200",)
_PATIENCE = 1800.0

_CONFIG = """
[store]
url = "{store}"
[web]
enabled = false
[workers]
enabled = true
[fetch]
allow_networks = ["127.0.0.0/8"]
per_host_delay = "0s"
[daemon]
log_level = "error"
"""
_POLICY = """
[[policy]]
id = "p{number}"
url = "{url}"
every = "30d"
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--policies", type=int, default=500)
    parser.add_argument("--workers", type=int, nargs="*", default=(1, 2, 4))
    parser.add_argument("--fsync", action="store_true", help="the database waits for its disk")
    options = parser.parse_args(arguments)
    programs = postgres.programs()
    if programs is None:
        print("skipped: no PostgreSQL server (initdb, pg_ctl) on this machine")
        return 0
    title = "workers  round        checks/s   ms of processor a check: workers, database, daemon"
    with postgres.server(programs, fsync=options.fsync) as url:
        _alone(url)
    _declared()
    print(title)
    for workers in options.workers:
        with (
            site_of(options.policies) as site,
            postgres.server(programs, fsync=options.fsync) as url,
            tempfile.TemporaryDirectory() as folder,
        ):
            _race(Path(folder), site, url, options.policies, workers)
    return 0


def _alone(url: str) -> None:
    """What the two transactions of an unchanged check take when nobody else writes, in ms.

    Writers come one after the other, so no number of workers does more of them a second.
    """
    now, hour = datetime.now(UTC), timedelta(hours=1)
    with Store.open(url, base_dir=Path.cwd(), now=now) as store:
        store.sync_policies([Policy(id="acme", url="https://acme.example/")], now)
        store.take("acme", OWNER, now, hour)
        store.record(first(at=now))
        took: tuple[list[float], list[float]] = ([], [])
        for number in range(1, 301):
            at = now + number * hour
            for times, work in zip(
                took,
                (
                    partial(store.take, "acme", OWNER, at, hour),
                    partial(store.record, unchanged(at=at)),
                ),
                strict=True,
            ):
                began = time.perf_counter()
                assert work()
                times.append((time.perf_counter() - began) * 1000)
    lease, record = (median(times) for times in took)
    print(f"one writer alone: lease {lease:.1f} ms, record {record:.1f} ms (unchanged)", flush=True)


def _declared() -> None:
    """What a process needs to know its policies: every one reads the whole configuration."""
    policies = 10_000
    site = "http://127.0.0.1:8000"
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        declared = (_POLICY.format(number=n, url=address(site, n)) for n in range(policies))
        config.write_text("".join(declared))
        before, began = memory_mb(os.getpid()), time.process_time()
        configuration = config_file.load(config)
        seconds, grown = time.process_time() - began, memory_mb(os.getpid()) - before
        lanes_of(configuration.settings.policy)
    print(f"configuration of {policies} policies: {seconds:.1f} s of processor, {grown:.0f} MB")


def _race(folder: Path, site: str, url: str, policies: int, workers: int) -> None:
    config = folder / "config.toml"
    declared = (_POLICY.format(number=n, url=address(site, n)) for n in range(policies))
    config.write_text(_CONFIG.format(store=url) + "".join(declared))
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with ExitStack() as stack:
        daemon = stack.enter_context(_running(config, "run"))
        _until(engine, "SELECT count(*) FROM pg_class WHERE relname = 'policy'", 1)
        _until(engine, "SELECT count(*) FROM policy", policies)
        hold = datetime.now(UTC).replace(tzinfo=None, year=2999)
        _execute(engine, f"UPDATE policy SET next_check_at = '{hold}'")
        crew = [stack.enter_context(_running(config, "worker")) for _ in range(workers)]
        _until(engine, "SELECT count(*) FROM pg_class WHERE relname = 'procrastinate_workers'", 1)
        _until(engine, "SELECT count(*) FROM procrastinate_workers", workers)
        parts = {"workers": crew, "database": [_server(url)], "daemon": [daemon]}
        for name in ROUNDS:
            urllib.request.urlopen(f"{site}/state?{name.split()[0]}").read()
            before = {part: _cpu(pids) for part, pids in parts.items()}
            began, now = time.monotonic(), datetime.now(UTC).replace(tzinfo=None)
            _execute(engine, f"UPDATE policy SET next_check_at = '{now}'")
            _until(engine, f"SELECT count(*) FROM policy WHERE last_check_at >= '{now}'", policies)
            seconds = time.monotonic() - began
            if name in _SILENT:
                continue
            costs = [(_cpu(pids) - before[part]) * 1000 / policies for part, pids in parts.items()]
            spent = "".join(f"{cost:10.1f}" for cost in costs)
            print(f"{workers:7}  {name:12} {policies / seconds:8.1f} {spent}", flush=True)
    engine.dispose()


@contextmanager
def _running(config: Path, command: str) -> Iterator[int]:
    """A process of ours, by its number."""
    program = "from monitor.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", program, "--config", str(config), command])
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _server(url: str) -> int:
    folder = str(make_url(url).query["host"])
    return int((Path(folder) / "data" / "postmaster.pid").read_text().split()[0])


def _cpu(pids: Sequence[int]) -> float:
    return sum(cpu_seconds(pid) for pid in pids)


def _execute(engine: sa.Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)


def _until(engine: sa.Engine, query: str, number: int) -> None:
    ends = time.monotonic() + _PATIENCE
    while True:
        with engine.connect() as connection:
            if int(connection.exec_driver_sql(query).scalar_one()) >= number:
                return
        if time.monotonic() > ends:
            raise RuntimeError(f"not done in {_PATIENCE:.0f} s: {query}")
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
