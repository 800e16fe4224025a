"""A disk without a free byte (a small real one), and what becomes of checks, alerts and backups."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor.alerts import trial_alert
from monitor.check import Checker
from monitor.config import Policy, Settings
from monitor.distress import CALM, PATIENCE, Distress
from monitor.errors import NotifyError, StoreError
from monitor.fetch import Captured, Fetcher, NotModified
from monitor.troubles import NOBODYS, Troubles
from notifiers.base import Delivery, Limits
from notifiers.dispatch import Dispatcher
from store import NewDelivery, Store
from tests.check.conftest import world
from tests.check.world import World, page
from tests.disk.conftest import ROOT, Disk
from tests.end_to_end.killing import Site, serving, write_config
from tests.store.recorded import NOW, OWNER, changed, first

__all__ = ["world"]
MINUTE = timedelta(minutes=1)
SETTINGS = Settings.model_validate(
    {
        "channel": [{"id": "mail", "kind": "console"}, {"id": "ops", "kind": "console"}],
        "route": [{"channel": "mail"}, {"channel": "ops", "health": "only"}],
    }
)


@pytest.fixture
def store(disk: Disk) -> Iterator[Store]:
    """A store with one version, on the small disk."""
    with Store.open("sqlite:///store.db", base_dir=disk.path, now=NOW) as opened:
        opened.sync_policies([Policy(id="acme", url="https://acme.example/")], NOW)
        assert opened.lease("acme", OWNER, NOW, MINUTE)
        assert opened.record(first())
        yield opened


class Channel:
    """Takes every message, and keeps it; ``before`` is called for each."""

    limits = Limits(timeout=timedelta(seconds=5))

    def __init__(self) -> None:
        self.taken: list[Delivery] = []
        self.before = lambda: None

    async def send(self, delivery: Delivery) -> str:
        self.before()
        self.taken.append(delivery)
        return "ok"

    async def probe(self) -> str:
        return ""


@dataclass
class Filling:
    """A fetcher while which the disk becomes full: between the lease and the record."""

    disk: Disk
    real: Fetcher

    async def fetch(self, url: str, **more: Any) -> Captured | NotModified:
        self.disk.fill()
        return await self.real.fetch(url, **more)


async def test_a_check_that_found_no_room_is_done_again(disk: Disk, world: World) -> None:
    """Refused in words, without a trace; with room again it is free at once, and alerts once."""
    with Store.open("sqlite:///store.db", base_dir=disk.path, now=world.now) as store:
        checker = Checker(
            world.settings, store, world.checker.fetcher, world.checker.workers, world.clock, "us:1"
        )
        policy = Policy(id="loom", url=f"{world.base}/privacy")
        store.sync_policies([policy], world.now)
        world.pages["/privacy"] = (200, page())
        await checker.check(policy)
        world.pages["/privacy"] = (200, page(days=14))
        world.now += timedelta(hours=6)
        filling = replace(checker, fetcher=Filling(disk, checker.fetcher))
        with pytest.raises(StoreError, match="the disk is full: free some space"):
            await filling.check(policy)
        assert [version.number for version in store.versions("loom")] == [1]
        disk.empty()
        await checker.give_back()
        outcome = await checker.check(policy)
        assert outcome is not None
        assert outcome.result == "changed"
        assert [d.channel for d in store.deliveries()] == ["terminal"]
        assert store.verify() == []


async def test_what_was_sent_but_found_no_room_for_its_mark_is_not_sent_again(
    disk: Disk, store: Store
) -> None:
    """Neither when its lease has run out nor when there is room: then it is marked."""
    store.add_alert(trial_alert("hook", NOW), [NewDelivery("hook", NOW)], NOW)
    now, hook = [NOW], Channel()
    hook.before = disk.fill
    sender = Dispatcher(store, {"hook": hook}, clock=lambda: now[0], owner=OWNER)
    with pytest.raises(StoreError, match="disk is full"):
        await sender.run_once()
    now[0] += timedelta(hours=1)
    with pytest.raises(StoreError, match="disk is full"):
        await sender.run_once()
    disk.empty()
    now[0] += timedelta(hours=1)
    assert await sender.run_once() == 0
    assert [delivery.state for delivery in store.deliveries()] == ["sent"]
    assert len(hook.taken) == 1


def refuse(store: Store, number: int) -> None:
    """Something that needs room is refused."""
    with pytest.raises(StoreError, match="disk is full"):
        use_up(store, NOW + number * MINUTE)


def use_up(store: Store, at: datetime) -> None:
    """Store checks until there is no room: the database's log may have had some left."""
    for number in range(2, 100):
        at += 2 * MINUTE
        assert store.lease("acme", OWNER, at, MINUTE)
        store.record(changed(number, at=at))


async def test_people_are_told_past_the_outbox(disk: Disk, store: Store) -> None:
    """Once each, those of health alerts; the end is told as usual, and all of it is on record."""
    mail, ops = Channel(), Channel()
    notifiers = {"mail": mail, "ops": ops}
    distress = Distress()
    disk.fill()
    with capture_logs() as logs:
        for minute in range(8):
            refuse(store, 1000 + minute)
            await distress.look(store, SETTINGS, notifiers, NOW + minute * MINUTE)
    assert [line["event"] for line in logs].count("the store takes nothing") == 1
    assert [len(channel.taken) for channel in (mail, ops)] == [1, 1]
    told = ops.taken[0].alert
    assert (told.health, told.severity, told.first_seen) == ("failing", "high", NOW)
    assert "Nothing can be stored since 1 March 2026, 10:00 UTC" in told.summary
    assert "the disk is full: free some space" in told.summary
    disk.empty()
    store.hold_lane("ops", NOW, NOW)
    over = NOW + 7 * MINUTE + CALM
    await distress.look(store, SETTINGS, notifiers, over)
    await distress.look(store, SETTINGS, notifiers, over + CALM)
    assert distress.since is None
    records = [record.alert for record in store.alerts(policy=NOBODYS)]
    assert sorted(alert.health for alert in records) == ["failing", "recovered"]
    sent = [d for d in store.deliveries() if d.alert.policy == NOBODYS]
    assert sorted((d.channel, d.alert.health) for d in sent) == [
        ("mail", "recovered"),
        ("ops", "recovered"),
    ]


async def test_a_channel_that_fails_too_is_told_through_the_outbox(
    disk: Disk, store: Store
) -> None:
    """It is tried again meanwhile; what it never took it gets when there is room."""
    mail, ops = Channel(), Channel()

    def down() -> None:
        raise NotifyError("no route to host", permanent=False)

    ops.before = down
    notifiers, distress = {"mail": mail, "ops": ops}, Distress()
    disk.fill()
    for minute in range(8):
        refuse(store, 1000 + minute)
        await distress.look(store, SETTINGS, notifiers, NOW + minute * MINUTE)
    disk.empty()
    store.hold_lane("ops", NOW, NOW)
    await distress.look(store, SETTINGS, notifiers, NOW + 7 * MINUTE + CALM)
    sent = [d for d in store.deliveries() if d.alert.policy == NOBODYS]
    assert sorted((d.channel, d.alert.health) for d in sent) == [
        ("mail", "recovered"),
        ("ops", "failing"),
        ("ops", "recovered"),
    ]
    assert len(mail.taken) == 1


async def test_a_refusal_that_passes_is_told_nobody(disk: Disk, store: Store) -> None:
    """A moment without room is in the log alone."""
    ops, distress = Channel(), Distress()
    disk.fill()
    refuse(store, 1000)
    await distress.look(store, SETTINGS, {"ops": ops}, NOW)
    disk.empty()
    store.hold_lane("ops", NOW, NOW)
    for at in (PATIENCE, CALM):
        await distress.look(store, SETTINGS, {"ops": ops}, NOW + at)
    assert distress.since is None
    assert ops.taken == []
    assert store.alerts(policy=NOBODYS) == []


def test_a_disk_that_is_nearly_full_is_told_of_in_time(store: Store) -> None:
    """While alerts can still be stored."""
    troubles = Troubles(store, SETTINGS)
    assert troubles.look(NOW) == 1
    assert troubles.look(NOW + MINUTE) == 0
    (record,) = store.alerts(policy=NOBODYS)
    assert "MB are left on the disk of the store" in record.alert.summary


def test_a_backup_that_finds_no_room_leaves_the_old_one(disk: Disk, tmp_path: Path) -> None:
    """Byte for byte, with nothing beside it."""
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        store.sync_policies([Policy(id="acme", url="https://acme.example/")], NOW)
        store.backup(disk.path / "copy.db")
        before = (disk.path / "copy.db").read_bytes()
        disk.fill()
        with pytest.raises(StoreError, match="full"):
            store.backup(disk.path / "copy.db", force=True)
        assert (disk.path / "copy.db").read_bytes() == before
        assert sorted(file.name for file in disk.path.iterdir()) == ["ballast", "copy.db"]
        disk.empty()
        assert store.backup(disk.path / "copy.db", force=True).policies == 1


def test_commands_say_that_the_disk_is_full(disk: Disk) -> None:
    """A store that cannot be opened is no traceback."""
    disk.fill()
    (disk.path.parent / "config.toml").write_text('[store]\nurl = "sqlite:///disk/store.db"\n')
    command = [sys.executable, "-c", "from monitor.cli import main; main()"]
    ran = subprocess.run(
        [*command, "--config", str(disk.path.parent / "config.toml"), "run"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 3
    assert "the disk is full: free some space" in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr


@pytest.mark.campaign
def test_a_daemon_on_a_full_disk_says_so_and_goes_on_when_there_is_room(
    disk: Disk, tmp_path: Path
) -> None:
    """The real one, with a site, a webhook and a mail server; it takes some minutes."""
    log = tmp_path / "log"
    with serving() as site:
        config = write_config(tmp_path, site, "sqlite:///disk/store.db")
        daemon = start(config, log)
        try:
            until(lambda: '"first"' in log.read_text(), daemon)
            for _ in range(2):
                until(lambda: len(by_change(site)) >= site.revision, daemon)
                site.revision += 1
            until(lambda: len(by_change(site)) >= 2, daemon)
            disk.fill()
            site.revision += 1
            until(lambda: "Nothing can be stored since" in str(site.webhooks), daemon)
            until(lambda: "distress delivered" in log.read_text(), daemon)
            disk.empty()
            until(lambda: "This works again" in str(site.webhooks), daemon)
            site.revision += 1
            until(lambda: len(by_change(site)) >= 4, daemon)
        finally:
            daemon.terminate()
            assert daemon.wait(60) == 0
    assert "the disk is full: free some space" in log.read_text()
    with Store.open("sqlite:///store.db", base_dir=disk.path, now=NOW) as store:
        assert store.verify() == []
        assert [version.number for version in store.versions("loom")] == [1, 2, 3, 4, 5]
        alerts = {record.alert.id for record in store.alerts() if record.alert.change}
        assert {d.state for d in store.deliveries()} == {"sent"}
    assert sorted(alerts) == sorted(body["id"] for body in by_change(site))
    assert len(site.mails) == len(set(site.mails)), "a mail came twice"
    print(f"\n{len(alerts)} alerts, none lost, none doubled; told in distress, and of its end")


def start(config: Path, log: Path) -> subprocess.Popen[bytes]:
    """The real daemon."""
    command = [sys.executable, "-c", "from monitor.cli import main; main()"]
    with log.open("ab") as stream:
        return subprocess.Popen(
            [*command, "--config", str(config), "run"], stdout=stream, stderr=stream, cwd=ROOT
        )


def until(condition: Callable[[], bool], daemon: subprocess.Popen[bytes]) -> None:
    """Wait up to ten minutes for something that the daemon does."""
    end = time.monotonic() + 600
    while not condition():
        assert daemon.poll() is None, "the daemon ended"
        assert time.monotonic() < end
        time.sleep(0.2)


def by_change(site: Site) -> list[dict[str, Any]]:
    """The messages about changes that the webhook was given."""
    return [body for _, body in site.webhooks if body["change"]]
