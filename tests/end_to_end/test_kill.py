"""kill -9 at any moment: nothing is lost, nothing is doubled."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from store import Store
from tests.check.world import page

COMMAND = [sys.executable, "-c", "from monitor.cli import main; main()"]


@dataclass
class Site:
    """A policy whose notice changes with every revision, and a webhook that remembers."""

    port: int = 0
    revision: int = 0
    webhooks: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    """A real server on loopback."""
    state = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = page(days=30 + state.revision).encode()
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.webhooks.append((self.headers["webhook-id"], json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def write_config(folder: Path, site: Site) -> Path:
    """A policy checked all the time, and a webhook for whatever changes."""
    path = folder / "config.toml"
    path.write_text(
        f"""
[web]
enabled = false
[daemon]
tick = "0.05s"
[fetch]
per_host_delay = "0s"
robots = false
allow_networks = ["127.0.0.0/8"]
[[policy]]
id = "loom"
url = "http://127.0.0.1:{site.port}/privacy"
every = "1s"
[[channel]]
id = "hook"
kind = "webhook"
url = "http://127.0.0.1:{site.port}/hook"
[[route]]
channel = "hook"
severity = "low"
""",
        encoding="utf-8",
    )
    return path


def wait_for_line(log: Path, words: str, mark: int, daemon: subprocess.Popen[bytes]) -> None:
    """Wait until the daemon logs these words after ``mark``."""
    end = time.monotonic() + 60
    while words not in log.read_text()[mark:]:
        assert daemon.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.02)


def start(config: Path, log: Path, until: str = "policywatch is running") -> Any:
    """Start the daemon and wait until it logs these words."""
    log.touch()
    mark = len(log.read_text())
    with log.open("ab") as stream:
        daemon = subprocess.Popen(
            [*COMMAND, "--config", str(config), "run"], stdout=stream, stderr=stream
        )
    wait_for_line(log, until, mark, daemon)
    return daemon


def run_and_kill(config: Path, log: Path, site: Site, until: str, seconds: float) -> None:
    """Run the daemon, let the policy change, and kill it without warning."""
    site.revision += 1
    daemon = start(config, log, until)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        site.revision += 1
        time.sleep(0.1)
    daemon.kill()
    daemon.wait()


def settle(config: Path) -> None:
    """Two quiet checks: the first may see the last revision, then everything is delivered."""
    for _ in range(2):
        subprocess.run(
            [*COMMAND, "--config", str(config), "check", "--json"],
            check=True,
            capture_output=True,
            timeout=60,
        )
        time.sleep(1.1)


def assert_whole(folder: Path, site: Site) -> None:
    """Versions, changes, alerts and deliveries each exist once; what is due was delivered."""
    with Store.open("sqlite:///policywatch.db", base_dir=folder, now=datetime.now(UTC)) as store:
        assert store.verify() == []
        versions = store.versions("loom")
        numbers = [version.number for version in versions]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len({version.text_digest for version in versions}) == len(versions)
        changes = sorted(store.changes("loom"), key=lambda change: change.to_version)
        assert [(c.from_version, c.to_version) for c in changes] == [
            (n, n + 1) for n in range(1, len(numbers))
        ]
        deliveries = store.deliveries(limit=10_000)
        assert Counter(d.alert.change for d in deliveries) == Counter(c.id for c in changes)
        assert {d.state for d in deliveries} <= {"sent"}, [d.last_error for d in deliveries]
    received = {body["id"] for _, body in site.webhooks}
    assert received == {delivery.alert.id for delivery in deliveries}
    assert len({key for key, _ in site.webhooks}) == len(received), "a repetition has another id"


@pytest.mark.parametrize(
    "kills",
    [pytest.param(6, id="slice"), pytest.param(250, id="all", marks=pytest.mark.campaign)],
)
def test_a_daemon_killed_at_random_moments_loses_and_doubles_nothing(
    tmp_path: Path, site: Site, kills: int
) -> None:
    """Leases run out, transactions roll back, ids derive from what they are about."""
    config, log = write_config(tmp_path, site), tmp_path / "log"
    chance = random.Random(20260302)
    for _ in range(kills):
        until = chance.choice(["policywatch is running", "result="])
        run_and_kill(config, log, site, until, chance.uniform(0.0, 1.5))
    daemon = start(config, log, "result=")  # what the last one left undone is taken over
    time.sleep(1)
    daemon.terminate()
    assert daemon.wait(20) == 0, log.read_text()
    settle(config)
    assert_whole(tmp_path, site)
    assert len(site.webhooks) >= 2, log.read_text()
