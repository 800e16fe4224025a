"""kill -9 at any moment of whole check-and-deliver cycles: nothing is lost, nothing is doubled."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store import Store
from tests.end_to_end.killing import POINTS, Site, kill_again_and_again, serving, write_config

COMMAND = [sys.executable, "-c", "from monitor.cli import main; main()"]


@pytest.fixture
def site() -> Iterator[Site]:
    """A policy and its receivers, on real servers."""
    with serving() as running:
        yield running


def settled(url: str, since: datetime) -> bool:
    """Whether the page was found as it is known since then, and no message is on its way."""
    with Store.open(url, base_dir=Path(), now=datetime.now(UTC)) as store:
        last = store.checks("loom", 1)
        seen = last and last[0].result == "unchanged" and last[0].finished_at > since
        return bool(seen) and not (store.deliveries("pending") or store.deliveries("leased"))


def settle(config: Path, log: Path, url: str) -> None:
    """A last daemon takes over what the killed ones left, until nothing is new to it."""
    with log.open("ab") as stream:
        daemon = subprocess.Popen(
            [*COMMAND, "--config", str(config), "run"], stdout=stream, stderr=stream
        )
    start, end = datetime.now(UTC), time.monotonic() + 120
    while not settled(url, start):
        assert daemon.poll() is None, log.read_text()[-4000:]
        assert time.monotonic() < end, log.read_text()[-4000:]
        time.sleep(0.2)
    daemon.terminate()
    assert daemon.wait(20) == 0, log.read_text()[-4000:]


def assert_whole(url: str, site: Site) -> dict[str, int]:
    """Versions, changes, alerts and deliveries each exist once; what is due was delivered.

    Returns the figures: repeated messages are those that were taken and not yet marked.
    """
    with Store.open(url, base_dir=Path(), now=datetime.now(UTC)) as store:
        assert store.verify() == []
        versions = store.versions("loom")
        numbers = [version.number for version in versions]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len({version.text_digest for version in versions}) == len(versions)
        changes = sorted(store.changes("loom"), key=lambda change: change.to_version)
        assert [(c.from_version, c.to_version) for c in changes] == [
            (n, n + 1) for n in range(1, len(numbers))
        ]
        deliveries = store.deliveries(limit=100_000)
        assert Counter(d.alert.change for d in deliveries) == {c.id: 2 for c in changes}
        assert {d.state for d in deliveries} <= {"sent"}, [d.last_error for d in deliveries]
    alerts = {delivery.alert.id for delivery in deliveries}
    assert {body["id"] for _, body in site.webhooks} == alerts
    assert len({key for key, _ in site.webhooks}) == len(alerts), "a repetition has another id"
    assert len(set(site.mails)) == len(alerts), "a repetition has another Message-ID"
    return {
        "versions": len(versions),
        "alerts": len(alerts),
        "deliveries": len(deliveries),
        "lost": 0,
        "webhooks_repeated": len(site.webhooks) - len(alerts),
        "mails_repeated": len(site.mails) - len(alerts),
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the daemons keep what they see."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'policywatch.db'}"
    return str(request.getfixturevalue("empty_postgresql"))


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(len(POINTS), id="slice"),
        pytest.param(1000, id="campaign", marks=pytest.mark.campaign),
    ],
)
def test_daemons_killed_at_named_and_random_points_lose_and_double_nothing(
    tmp_path: Path, site: Site, url: str, kills: int
) -> None:
    """Leases run out, transactions roll back, ids derive from what they are about."""
    config, log = write_config(tmp_path, site, url), tmp_path / "log"
    killed_at = kill_again_and_again(config, log, site, kills, random.Random(20260302))
    settle(config, log, url)
    figures = assert_whole(url, site)
    print(json.dumps({"kills": killed_at.total(), "killed_at": killed_at, **figures}))
    assert killed_at.total() == kills
    assert figures["alerts"] >= kills // 8, killed_at
