"""The real daemon as a process, the sample site revising its policies, and what people receive.

Everything is real: the process, SQLite, HTTP on loopback, an SMTP server, a Slack-like endpoint.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from store import Store
from web.samples import catalogue
from web.samples.timetable import HEAD_START

STEP = 4
COMMAND = [sys.executable, "-c", "from monitor.cli import main; main()"]


@dataclass
class Receivers:
    """A mail server and a Slack endpoint, and what they were given."""

    smtp_port: int
    slack_port: int
    mails: list[EmailMessage] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)


class _Mailbox:
    def __init__(self, mails: list[EmailMessage]) -> None:
        self.mails = mails

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return "250 OK"


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    """Real servers on loopback."""
    posts: list[dict[str, Any]] = []

    class Slack(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            posts.append(json.loads(body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            """Keep the test's output clean."""

    mails: list[EmailMessage] = []
    smtp = Controller(_Mailbox(mails), hostname="127.0.0.1", port=free_port())
    smtp.start()
    slack = ThreadingHTTPServer(("127.0.0.1", 0), Slack)
    thread = threading.Thread(target=slack.serve_forever, daemon=True)
    thread.start()
    yield Receivers(smtp.port, slack.server_port, mails, posts)
    slack.shutdown()
    slack.server_close()
    thread.join()
    smtp.stop()


def write_config(folder: Path, receivers: Receivers) -> Path:
    """The shipped shape, faster, with mail and Slack."""
    path = folder / "config.toml"
    path.write_text(
        f"""
[samples]
port = {free_port()}
step = "{STEP}s"
[store]
url = "sqlite:///store/policywatch.db"
[web]
port = {free_port()}
[daemon]
tick = "0.2s"
log_format = "json"
[fetch]
per_host_delay = "0s"
per_host_concurrency = 8
allow_networks = ["127.0.0.0/8"]
[[channel]]
id = "mail"
kind = "email"
smtp_host = "127.0.0.1"
smtp_port = {receivers.smtp_port}
security = "none"
from = "policywatch@example.com"
to = ["privacy@example.com"]
[[channel]]
id = "slack"
kind = "slack"
url = "http://127.0.0.1:{receivers.slack_port}/services/T/B/X"
[[route]]
channel = "mail"
severity = "medium"
[[route]]
channel = "slack"
severity = "medium"
""",
        encoding="utf-8",
    )
    return path


def start(config: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start the daemon."""
    with log.open("ab") as stream:
        return subprocess.Popen(
            [*COMMAND, "--config", str(config), "run"], stdout=stream, stderr=stream
        )


def wait_for(condition: Callable[[], bool], seconds: float, process: Any, log: Path) -> None:
    """Wait until the condition holds; fail with the daemon's log if it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()[-6000:]
        time.sleep(0.1)


@dataclass(frozen=True)
class Expected:
    """A material revision: what must be found, and what a careful reader may add."""

    policy: str
    categories: frozenset[str]
    also: frozenset[str]

    def is_met_by(self, policy: str, found: frozenset[str]) -> bool:
        """All that must be found, and nothing that may not be added."""
        return (
            policy == self.policy
            and self.categories <= found
            and found <= self.categories | self.also
        )


def expected_alerts() -> list[Expected]:
    """Every material revision, as the samples' manifests say."""
    return [
        Expected(
            sample.id,
            frozenset(f.category for f in revision.finding if f.severity != "low"),
            frozenset(revision.also),
        )
        for sample in catalogue()
        for revision in sample.revision
        if revision.outcome == "material"
    ]


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """The daemon's store, read beside it."""
    url = "sqlite:///store/policywatch.db"
    with Store.open(url, base_dir=folder, now=datetime.now(UTC)) as store:
        yield store


def material_changes(folder: Path) -> list[tuple[str, frozenset[str]]]:
    """Policy and categories (medium and high) of the stored material changes."""
    with opened(folder) as store:
        return [
            (
                change.policy,
                frozenset(f.category for f in change.comparison.findings if f.severity != "low"),
            )
            for change in store.changes()
            if change.verdict == "material"
        ]


def undelivered(folder: Path) -> int:
    """How many deliveries are not sent."""
    with opened(folder) as store:
        return sum(delivery.state != "sent" for delivery in store.deliveries())


def test_the_samples_story_reaches_mail_and_slack_once(
    tmp_path: Path, receivers: Receivers
) -> None:
    """Every material revision alerts once a channel, nothing else does, also after a restart."""
    config, log = write_config(tmp_path, receivers), tmp_path / "log"
    log.touch()
    daemon = start(config, log)
    last = max(len(sample.revision) for sample in catalogue())
    story = HEAD_START.total_seconds() + STEP * (last + 1)
    try:
        wait_for(lambda: "policywatch is running" in log.read_text(), 30, daemon, log)
        end = time.monotonic() + story
        wait_for(lambda: time.monotonic() > end, story + 5, daemon, log)
        wait_for(lambda: undelivered(tmp_path) == 0, 20, daemon, log)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(20) == 0, log.read_text()
        mails, posts = len(receivers.mails), len(receivers.posts)
        mark = len(log.read_text())
        daemon = start(config, log)
        wait_for(lambda: "policywatch is running" in log.read_text()[mark:], 30, daemon, log)
        time.sleep(2 * STEP)
        daemon.send_signal(signal.SIGINT)
        assert daemon.wait(20) == 0, log.read_text()
    finally:
        daemon.kill()
        daemon.wait()
    found, wanted = material_changes(tmp_path), expected_alerts()
    for one in wanted:
        match = next((each for each in found if one.is_met_by(*each)), None)
        assert match is not None, (one, found)
        found.remove(match)
    assert found == [], "something alerted that should not"
    assert (len(receivers.mails), len(receivers.posts)) == (mails, posts), "a restart repeated"
    assert mails == posts == len(wanted)
    assert len({mail["Message-ID"] for mail in receivers.mails}) == mails
    assert "Traceback" not in log.read_text()
