"""Backups taken from a store in use, and put back whole or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.errors import StoreError
from store import Store, restore_file
from tests.evidence.conftest import add_version
from tests.store.recorded import NOW

ROOT = Path(__file__).parents[2]
URL = "sqlite:///store.db"

RECORDER = """
import sys
from pathlib import Path
from store import Store
from tests.evidence.conftest import add_version
from tests.store.recorded import NOW
with Store.open("sqlite:///store.db", base_dir=Path(sys.argv[1]), now=NOW) as store:
    for number in range(4, 10_000):
        add_version(store, "acme", number)
        print(number, flush=True)
"""


@pytest.fixture
def taken(history: Store, tmp_path: Path) -> Path:
    """A backup of the history, elsewhere."""
    folder = tmp_path / "backups"
    folder.mkdir()
    history.backup(folder / "copy.db")
    return folder / "copy.db"


def test_a_backup_is_one_private_file_that_verifies(history: Store, taken: Path) -> None:
    """It stands alone, for its owner's eyes only, and holds what the store held."""
    assert [file.name for file in taken.parent.iterdir()] == ["copy.db"]
    assert stat.S_IMODE(taken.stat().st_mode) == 0o600
    with Store.open("sqlite:///copy.db", base_dir=taken.parent, now=NOW) as copy:
        assert copy.verify() == []
        assert copy.versions("acme") == history.versions("acme")


def test_a_backup_taken_while_checks_are_recorded_is_of_one_moment(
    history: Store, tmp_path: Path
) -> None:
    """Beside a process that writes all the time, each backup restores to a whole prefix."""
    recorder = subprocess.Popen(
        [sys.executable, "-c", RECORDER, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert recorder.stdout is not None
    try:
        for round_ in range(3):
            acknowledged = 0
            for _ in range(4):
                acknowledged = int(recorder.stdout.readline())
            history.backup(tmp_path / f"copy-{round_}.db")
            folder = tmp_path / f"restored-{round_}"
            restore_file(tmp_path / f"copy-{round_}.db", URL, base_dir=folder, now=NOW)
            with Store.open(URL, base_dir=folder, now=NOW) as restored:
                assert restored.verify() == []
                numbers = [version.number for version in restored.versions("acme")]
                assert numbers == list(range(1, numbers[-1] + 1))
                assert numbers[-1] >= acknowledged
                held = [entry.hash for entry in restored.evidence("acme")]
            live = [entry.hash for entry in history.evidence("acme")]
            assert live[: len(held)] == held
            assert recorder.poll() is None
    finally:
        recorder.send_signal(signal.SIGKILL)
        recorder.wait()
        recorder.stdout.close()


def test_a_backup_replaces_nothing_unasked(history: Store, taken: Path) -> None:
    """An older backup stays, unless --force says otherwise; the store itself is never a target."""
    before = taken.read_bytes()
    add_version(history, "acme", 4)
    with pytest.raises(StoreError, match="there already"):
        history.backup(taken)
    assert taken.read_bytes() == before
    assert history.backup(taken, force=True).versions == 5
    store_file = taken.parent.parent / "store.db"
    with pytest.raises(StoreError, match="the store itself"):
        history.backup(store_file, force=True)


def test_a_backup_of_a_tampered_store_is_refused(history: Store, tmp_path: Path) -> None:
    """What does not verify is not kept as if it did."""
    plain = sqlite3.connect(tmp_path / "store.db")
    plain.execute("UPDATE change SET verdict = 'minor'")
    plain.commit()
    plain.close()
    with pytest.raises(StoreError, match="does not verify"):
        history.backup(tmp_path / "copy.db")
    assert not [file for file in tmp_path.iterdir() if "copy" in file.name]


def test_a_backup_where_nobody_may_write_is_an_error(history: Store, tmp_path: Path) -> None:
    """The folder is named, and nothing is left behind."""
    with pytest.raises(StoreError, match="nowhere"):
        history.backup(tmp_path / "nowhere" / "copy.db")


def test_restoring_needs_force_and_keeps_what_it_replaces(
    history: Store, taken: Path, tmp_path: Path
) -> None:
    """The newer store makes way for the backup, and is still there under another name."""
    add_version(history, "acme", 4)
    newer = history.head("acme")
    history.close()
    with pytest.raises(StoreError, match="--force"):
        restore_file(taken, URL, base_dir=tmp_path, now=NOW)
    done = restore_file(taken, URL, base_dir=tmp_path, now=NOW, force=True)
    with Store.open(URL, base_dir=tmp_path, now=NOW) as restored:
        assert restored.verify() == []
        assert len(restored.versions("acme")) == 3
        assert len(restored.verify(heads=[newer])) == 1
    kept = Path(done.replaced)
    with Store.open(f"sqlite:///{kept}", base_dir=tmp_path, now=NOW) as old:
        assert old.head("acme") == newer


def test_a_damaged_store_can_be_replaced(history: Store, taken: Path, tmp_path: Path) -> None:
    """What made somebody restore does not stand in the way, nor do its leftovers."""
    history.close()
    (tmp_path / "store.db").write_bytes(b"SQLite format 3\x00" + b"rubbish" * 900)
    (tmp_path / "store.db-wal").write_bytes(b"left behind")
    restore_file(taken, URL, base_dir=tmp_path, now=NOW, force=True)
    assert not (tmp_path / "store.db-wal").exists()
    with Store.open(URL, base_dir=tmp_path, now=NOW) as restored:
        assert restored.verify() == []


def test_a_store_in_use_is_not_replaced(history: Store, taken: Path, tmp_path: Path) -> None:
    """A running daemon, or a command at work, keeps its store."""
    with pytest.raises(StoreError, match="another process has"):
        restore_file(taken, URL, base_dir=tmp_path, now=NOW, force=True)
    history.close()
    with (
        Store.open(URL, base_dir=tmp_path, exclusive=True, now=NOW),
        pytest.raises(StoreError, match="another daemon"),
    ):
        restore_file(taken, URL, base_dir=tmp_path, now=NOW, force=True)


def forge(*statements: str) -> Callable[[Path], None]:
    """Change a backup in SQL."""

    def change(file: Path) -> None:
        plain = sqlite3.connect(file)
        for statement in statements:
            plain.execute(statement)
        plain.commit()
        plain.close()

    return change


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for at in range(5000, len(content), 4096):
        content[at] ^= 0xFF
    file.write_bytes(content)


HOSTILE: dict[str, Callable[[Path], None]] = {
    "no database": lambda file: file.write_bytes(b"hello" * 100) and None,
    "empty": lambda file: file.write_bytes(b"") and None,
    "cut off": lambda file: os.truncate(file, file.stat().st_size // 2),
    "damaged pages": flip,
    "another program's": forge("CREATE TABLE songs (title TEXT)"),
    "a trigger": forge("CREATE TRIGGER t AFTER INSERT ON version BEGIN DELETE FROM alert; END"),
    "a view": forge("CREATE VIEW v AS SELECT * FROM version"),
    "a newer schema": forge("UPDATE alembic_version SET version_num = '9999'"),
    "no schema": forge("DROP TABLE alembic_version"),
    "a missing table": forge("DROP TABLE checkpoint"),
    "a column too many": forge("ALTER TABLE version ADD COLUMN more TEXT"),
    "a rewritten title": forge("UPDATE version SET title = 'x' WHERE number = 1"),
    "a broken reference": forge("UPDATE version SET policy = 'nobody' WHERE number = 3"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_and_leaves_the_store_as_it_was(
    history: Store, taken: Path, tmp_path: Path, what: str
) -> None:
    """Whatever a backup was made into, the store stays, and no draft is left behind."""
    HOSTILE[what](taken)
    head = history.head("acme")
    history.close()
    with pytest.raises(StoreError):
        restore_file(taken, URL, base_dir=tmp_path, now=NOW, force=True)
    with Store.open(URL, base_dir=tmp_path, now=NOW) as store:
        assert store.head("acme") == head
        assert store.verify() == []
    assert not [file for file in tmp_path.iterdir() if file.name.endswith(".part")]
    assert not [file for file in tmp_path.iterdir() if "replaced" in file.name]


def test_a_store_in_use_is_no_backup(history: Store, tmp_path: Path) -> None:
    """A plain copy of a live store lacks what is in its log: it is refused, not half restored."""
    add_version(history, "acme", 4)
    copied = tmp_path / "copied"
    copied.mkdir()
    for name in ("store.db", "store.db-wal"):
        shutil.copy(tmp_path / name, copied / name)
    with pytest.raises(StoreError, match="policywatch backup"):
        restore_file(copied / "store.db", URL, base_dir=tmp_path / "other", now=NOW)
    assert not (tmp_path / "other" / "store.db").exists()
