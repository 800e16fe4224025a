"""Two workers and two daemons on a real PostgreSQL share the work; one worker is killed."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from store import Store
from tests.cluster.swarm import PATIENCE, Site, running, serving, write_config


def count(url: str, query: str) -> int:
    """A number from the database."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(query).scalar_one())


def until(url: str, query: str, number: int) -> None:
    """Wait until the database holds so many of something."""
    ends = time.monotonic() + PATIENCE
    while (found := count(url, query)) < number:
        assert time.monotonic() < ends, f"{query}: {found} of {number}"
        time.sleep(0.1)


def make_due(url: str) -> None:
    """All policies at once."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE policy SET next_check_at = added_at")


@contextmanager
def held(site: Site, *agents: str) -> Iterator[None]:
    """The site answers nobody before each of them has asked: so all of them have work."""
    before = {agent: site.asked_by(agent) for agent in agents}
    hold = site.hold = threading.Event()
    yield
    site.until(lambda: all(site.asked_by(agent) > asked for agent, asked in before.items()))
    site.hold = None
    hold.set()


@pytest.mark.parametrize(
    ("policies", "hosts"), [(80, 20), pytest.param(500, 50, marks=pytest.mark.campaign)]
)
def test_a_worker_that_is_killed_loses_and_doubles_nothing(
    tmp_path: Path, empty_postgresql: str, policies: int, hosts: int
) -> None:
    """So many checks on so many hosts, twice; in the second round every policy changed."""
    url = empty_postgresql
    with ExitStack() as stack:
        site = stack.enter_context(serving(Site()))
        config = write_config(tmp_path, site, url, policies, hosts=hosts)
        daemons = [stack.enter_context(running(config, "run", f"daemon-{n}")) for n in (1, 2)]
        until(url, "SELECT count(*) FROM pg_class WHERE relname = 'policy'", 1)
        until(url, "SELECT count(*) FROM policy", policies)
        with held(site, "worker-1", "worker-2"):
            first = stack.enter_context(running(config, "worker", "worker-1"))
            second = stack.enter_context(running(config, "worker", "worker-2"))
        until(url, "SELECT count(*) FROM version", policies)

        site.days = 14
        before = site.asked_by("worker-1")
        with held(site, "worker-1", "worker-2"):
            make_due(url)
        site.until(lambda: site.asked_by("worker-1") >= before + policies // 8)
        first.kill()
        until(url, "SELECT count(*) FROM version", 2 * policies)
        site.until(lambda: len(site.posts) >= policies)
        assert [process.stop() for process in (second, *daemons)] == [0, 0, 0]

    assert count(url, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 0
    heard = [line for line in first.lines() + second.lines() if "was lost" in line["event"]]
    lost = sum(line["checks"] for line in heard)
    assert lost > 0
    everyone = Counter(agent for agent, _, _ in site.gets)
    assert set(everyone) == {"worker-1", "worker-2"}  # no daemon checks
    assert site.crowded == set()
    # What the dead worker had asked for and not recorded was asked for again, and nothing else.
    assert 2 * policies <= len(site.gets) <= 2 * policies + lost
    told = Counter(post["policy"] for post in site.posts)
    assert told == Counter(f"p{number}" for number in range(policies))
    recorded_once(url, policies)


def recorded_once(url: str, policies: int) -> None:
    """Each policy has two versions, one change, one alert, one delivery and two checks."""
    with Store.open(url, base_dir=Path.cwd(), now=datetime.now(UTC)) as store:
        assert store.verify() == []
        for number in range(policies):
            name = f"p{number}"
            assert [version.number for version in store.versions(name)] == [1, 2]
            assert [check.result for check in store.checks(name)] == ["changed", "first"]
        assert len(store.changes()) == policies
        assert Counter(alert.alert.policy for alert in store.alerts(9999)) == Counter(
            f"p{number}" for number in range(policies)
        )
        counts = store.counts()
        assert (counts["deliveries_sent"], counts["alerts"]) == (policies, policies)
