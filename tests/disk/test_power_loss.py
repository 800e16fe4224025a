"""The power goes at any moment: what was acknowledged is on the disk, whole, and work goes on."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from store import Store
from tests.disk.conftest import ROOT, Shim
from tests.disk.images import Disk, read_journal
from tests.disk.recorder import NAMES, turn
from tests.end_to_end.killing import Site, serving, write_config
from tests.store.recorded import NOW, policy_text
from tests.store.test_crashes import examine
from tests.store.test_migrations import SCHEMAS, make


def outages(
    journal: Path, said: str, count: int, seed: int, since: bytes = b"ready"
) -> Iterator[tuple[Disk, str]]:
    """The disk at so many random moments, and what had been said by then (in the file ``said``)."""
    calls = read_journal(journal)
    ready = next(n for n, call in enumerate(calls) if call.path == said and since in call.data)
    moments = set(random.Random(seed).sample(range(ready + 1, len(calls)), count))
    disk, words = Disk(), ""
    for number, call in enumerate(calls):
        disk.do(call)
        words += call.data.decode() if call.path == said else ""
        if number in moments:
            yield disk, words


@pytest.mark.parametrize(
    ("turns", "count"),
    [(12, 10), pytest.param(200, 500, id="campaign", marks=pytest.mark.campaign)],
)
def test_images_of_the_disk_hold_what_was_acknowledged(
    tmp_path: Path, shim: Shim, turns: int, count: int
) -> None:
    """Pages, references, chains and rows are whole in each, and the next check is recorded."""
    folder, journal = tmp_path / "disk", tmp_path / "journal"
    folder.mkdir()
    with (folder / "said").open("wb") as said:
        command = [sys.executable, "-m", "tests.disk.recorder", str(folder), str(turns)]
        around = shim.around(folder, journal=journal)
        subprocess.run(command, cwd=ROOT, env=around, stdout=said, check=True, timeout=900)
    chance = random.Random(20260303)
    for disk, words in outages(journal, str(folder / "said"), count, seed=turns):
        image = tmp_path / "image"
        restore(disk, image, chance)
        examine(image, [line.split() for line in words.splitlines()])
        go_on(image, turns)
    print(f"\n{count} images of {turns} turns: all whole, nothing acknowledged lost")


def go_on(image: Path, turns: int) -> None:
    """A daemon that starts on what is left records the next check."""
    with Store.open("sqlite:///store.db", base_dir=image, exclusive=True, now=NOW) as store:
        store.release_dead(lambda _: True, NOW + timedelta(days=900))
        before = len(store.versions(NAMES[1]))
        turn(store, turns * 10 + 1)
        assert len(store.versions(NAMES[1])) == before + 1
        assert store.verify() == []


OPEN = """
import sys
from pathlib import Path
from store import Store
from tests.store.recorded import NOW
Store.open("sqlite:///store.db", base_dir=Path(sys.argv[1]), now=NOW).close()
"""
LAZY = """
import os, sqlite3, sys
plain = sqlite3.connect(sys.argv[1] + "/store.db", isolation_level=None)
plain.execute("PRAGMA journal_mode=WAL")
plain.execute("PRAGMA synchronous=NORMAL")
plain.execute("CREATE TABLE row (number)")
os.write(1, b"ready\\n")
for number in range(20):
    plain.execute("INSERT INTO row VALUES (?)", [number])
    os.write(1, b"%d\\n" % number)
"""


def test_the_harness_sees_a_database_that_acknowledges_too_early(
    tmp_path: Path, shim: Shim
) -> None:
    """With the setting that many use with WAL, the same images lack what was acknowledged."""
    folder, journal = tmp_path / "disk", tmp_path / "journal"
    folder.mkdir()
    with (folder / "said").open("wb") as said:
        command = [sys.executable, "-c", LAZY, str(folder)]
        around = shim.around(folder, journal=journal)
        subprocess.run(command, env=around, stdout=said, check=True)
    lost, chance = 0, random.Random(5)
    for disk, words in outages(journal, str(folder / "said"), 20, seed=1):
        image = tmp_path / "image"
        restore(disk, image, chance)
        with closing(sqlite3.connect(image / "store.db")) as plain:
            assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            made = plain.execute("SELECT 1 FROM sqlite_master").fetchone()
            held = plain.execute("SELECT number FROM row").fetchall() if made else []
        lost += len(held) < len(words.split()) - 1  # the first word is "ready"
    assert lost > 0


def test_a_migration_that_loses_its_power_is_done_or_not_begun(tmp_path: Path, shim: Shim) -> None:
    """Whatever is left of the disk, the next start has all that the older store held."""
    folder, journal, disk = tmp_path / "disk", tmp_path / "journal", Disk()
    folder.mkdir()
    make(SCHEMAS[0], folder)
    disk.hold(folder / "store.db")
    subprocess.run(
        [sys.executable, "-c", OPEN, str(folder)],
        cwd=ROOT,
        env=shim.around(folder, journal=journal),
        check=True,
    )
    calls, chance = read_journal(journal), random.Random(3)
    moments = set(chance.sample(range(len(calls)), 12))
    for number, call in enumerate(calls):
        disk.do(call)
        if number in moments:
            restore(disk, tmp_path / "image", chance)
            with Store.open("sqlite:///store.db", base_dir=tmp_path / "image", now=NOW) as store:
                assert store.verify() == []
                assert [version.number for version in store.versions("acme")] == [1, 2, 3, 4]
                assert store.version_text("acme", 4) == policy_text(2)


@pytest.mark.campaign
def test_images_of_a_whole_daemons_disk(tmp_path: Path, shim: Shim) -> None:
    """Checks, alerts and deliveries of a real daemon; what is left is finished by the next one."""
    folder, journal, revisions = tmp_path / "disk", tmp_path / "journal", 60
    folder.mkdir()
    with serving() as site:
        config = write_config(tmp_path, site, "sqlite:///disk/store.db")
        config.write_text(config.read_text().replace("[daemon]", '[daemon]\nlog_level = "debug"'))
        run_daemon(config, folder, shim.around(folder, journal=journal), site, revisions)
        chance = random.Random(20260304)
        for number, (disk, words) in enumerate(
            outages(journal, str(folder / "log"), 300, seed=revisions, since=b"is running")
        ):
            restore(disk, folder, chance)
            lines = [json.loads(line) for line in words.splitlines() if line.endswith("}")]
            assert_acknowledged(folder, lines)
            if number % 50 == 0:
                finish(config, folder, site)
    print(f"\n300 images of {revisions} revisions: all whole, nothing acknowledged lost")


def restore(disk: Disk, folder: Path, chance: random.Random) -> None:
    """Put into a folder, in place of what it holds, what the power loss leaves."""
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for path, content in disk.lose_power(chance):
        (folder / Path(path).name).write_bytes(content)


def run_daemon(
    config: Path, folder: Path, around: dict[str, str], site: Site, revisions: int
) -> None:
    """A daemon that sees so many revisions and tells of them; its log is on the disk too."""
    command = [sys.executable, "-c", "from monitor.cli import main; main()"]
    with (folder / "log").open("ab") as log:
        daemon = subprocess.Popen(
            [*command, "--config", str(config), "run"], cwd=ROOT, env=around, stderr=log
        )
    try:
        end = time.monotonic() + 600
        while site.revision < revisions:
            assert daemon.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
            if b'"first"' not in (folder / "log").read_bytes():
                continue
            told = {body["change"] for _, body in site.webhooks if body["change"]}
            site.revision += len(told) == site.revision
    finally:
        daemon.kill()
        daemon.wait()


def assert_acknowledged(folder: Path, lines: list[dict[str, Any]]) -> None:
    """What the daemon said that it had done is in the store, which is whole."""
    with closing(sqlite3.connect(folder / "store.db")) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert plain.execute("PRAGMA foreign_key_check").fetchall() == []
    with Store.open("sqlite:///store.db", base_dir=folder, now=NOW) as store:
        assert store.verify() == []
        stored = sum(line.get("result") in ("first", "changed") for line in lines)
        numbers = [version.number for version in store.versions("loom")]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= stored
        sent = {line["delivery"] for line in lines if line["event"] == "delivery_sent"}
        deliveries = store.deliveries(limit=10**6)
        assert sent <= {delivery.key for delivery in deliveries if delivery.state == "sent"}
        told = Counter(delivery.alert.change for delivery in deliveries if delivery.alert.change)
        assert set(told.values()) <= {2}
        assert len(told) == max(len(numbers) - 1, 0)


def finish(config: Path, folder: Path, site: Site) -> None:
    """The next process sends what waits and what was not marked."""
    with Store.open("sqlite:///store.db", base_dir=folder, now=NOW) as store:
        store.release_dead(lambda _: True, datetime.now(UTC))
    command = [sys.executable, "-c", "from monitor.cli import main; main()"]
    subprocess.run(
        [*command, "--config", str(config), "check"], cwd=ROOT, check=True, capture_output=True
    )
    with Store.open("sqlite:///store.db", base_dir=folder, now=NOW) as store:
        deliveries = store.deliveries(limit=10**6)
    assert {delivery.state for delivery in deliveries} <= {"sent"}
    assert {delivery.alert.id for delivery in deliveries} <= {
        body["id"] for _, body in site.webhooks
    }
