"""The daemon reminds of days ahead: when it starts, once each, and late after a downtime."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import structlog

from monitor import config_file
from monitor.commitments import commitments_of
from monitor.comparison import as_document, compare_documents
from monitor.daemon import Daemon
from monitor.model import text_digest
from store import DeliveryRecord, NewChange, NewVersion, Store
from tests.daemon.test_daemon_life import until, write
from tests.end_to_end.test_daemon import free_port

ANNOUNCED = datetime(2026, 3, 2, 9, tzinfo=UTC)
EFFECT = date(2026, 4, 14)
ROUTE = """
[[channel]]
id = "terminal"
kind = "console"
[[route]]
channel = "terminal"
"""


def opened(folder: Path) -> Store:
    return Store.open("sqlite:///policywatch.db", base_dir=folder, now=ANNOUNCED)


def announce(folder: Path, policy: config_file.Policy) -> None:
    """A store in which the policy announced on 2 March what applies from 14 April."""
    texts = [f"# Privacy\n\nWe tell you {days} days before we change this policy.\n" for days in
             (30, 14)]  # fmt: skip
    old, new = (as_document(text) for text in texts)
    versions = [
        NewVersion(
            number, None, text, text_digest(text), "text/markdown", "archive", "import",
            ANNOUNCED - timedelta(days=2 - number), ANNOUNCED - timedelta(days=1), "Privacy", "en",
            None, EFFECT if number == 2 else date(2020, 1, 1), commitments_of(as_document(text)),
        )
        for number, text in enumerate(texts, start=1)
    ]  # fmt: skip
    change = NewChange(f"{policy.id}@1-2", 1, 2, ANNOUNCED, compare_documents(old, new))
    with opened(folder) as store:
        store.sync_policies([policy], ANNOUNCED)
        assert store.lease(policy.id, "test", ANNOUNCED, timedelta(minutes=5))
        assert store.record_history(policy.id, "test", versions, [change], ANNOUNCED)


@asynccontextmanager
async def running(path: Path, day: date, *, said: str = "days ahead") -> AsyncIterator[None]:
    """A daemon for which it is noon of a day, until it has ``said`` that its first look is over."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    with structlog.testing.capture_logs() as logs:
        daemon = Daemon(config_file.load(path), clock=lambda: noon)
        task = asyncio.create_task(daemon.serve())
        try:
            await until(lambda: any(said in str(line["event"]) for line in logs), task)
            yield
        finally:
            daemon.stop()
            await asyncio.wait_for(task, 30)


def reminders(folder: Path) -> list[DeliveryRecord]:
    """What was sent or waits, oldest first."""
    with opened(folder) as store:
        return [d for d in reversed(store.deliveries(limit=100)) if d.alert.kind == "deadline"]


async def test_each_reminder_once_over_restarts_and_late_after_a_downtime(tmp_path: Path) -> None:
    """Two weeks ahead; again on the same day; then silence until the day has passed."""
    path = write(tmp_path, "http://127.0.0.1:1", free_port(), "one", more=ROUTE)
    announce(tmp_path, config_file.load(path).settings.policy[0])
    for day, count in (
        (date(2026, 3, 30), 0),
        (date(2026, 3, 31), 1),
        (date(2026, 3, 31), 1),
        (date(2026, 4, 2), 1),
        (date(2026, 4, 16), 2),
        (date(2026, 4, 17), 2),
    ):
        async with running(path, day):
            assert len(reminders(tmp_path)) == count, day
    assert {d.state for d in reminders(tmp_path)} == {"sent"}
    assert {d.alert.deadlines[0]["until"] for d in reminders(tmp_path)} == {"2026-04-14"}
