"""The daemon tells people of a channel that fails, when it starts and while it runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.alerts import trial_alert
from monitor.troubles import NOBODYS
from store import NewDelivery
from tests.daemon.test_daemon_life import write
from tests.daemon.test_reminders import opened, running
from tests.end_to_end.test_daemon import free_port

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOOK = """
[[channel]]
id = "terminal"
kind = "console"
[[channel]]
id = "hook"
kind = "webhook"
url = "http://127.0.0.1:9/hook"
[[route]]
channel = "hook"
[[route]]
channel = "terminal"
health = "only"
"""


async def test_a_channel_that_failed_since_the_morning_is_told_of_once(tmp_path: Path) -> None:
    """On the channel that works, over restarts."""
    path = write(tmp_path, "http://127.0.0.1:1", free_port(), "one", more=HOOK)
    morning = NOON - timedelta(hours=3)
    with opened(tmp_path) as store:
        store.add_alert(trial_alert("hook", morning), [NewDelivery("hook", morning)], morning)
        (taken,) = store.lease_deliveries("us", morning, 1, timedelta(hours=1))
        later = NOON + timedelta(hours=3)
        store.mark_failed(taken.id, "us", morning, "no route to host", retry_at=later)
    for _ in range(2):
        async with running(path, NOON.date(), said="trouble of its own"):
            pass
    with opened(tmp_path) as store:
        told = [d for d in store.deliveries(limit=100) if d.alert.policy == NOBODYS]
    assert [(d.channel, d.state) for d in told] == [("terminal", "sent")]
    assert 'The channel "hook" fails since 2 March 2026, 09:00 UTC' in told[0].alert.summary
