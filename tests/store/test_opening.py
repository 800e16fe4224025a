"""Opening a store: files, permissions, schema, and the daemon's lock."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from monitor.config import Policy
from monitor.errors import StoreError
from store import Store
from store.schema import MIGRATIONS
from store.tables import SCHEMA, Base

URL = "sqlite:///store.db"
ROOT = Path(__file__).parents[2]


def run_python(code: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    """A process of its own that runs ``code`` with the project importable."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


HOLD = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from store import Store
store = Store.open("sqlite:///store.db", base_dir=Path(sys.argv[1]), exclusive=True,
                   now=datetime(2026, 3, 1, 10, 0, tzinfo=UTC))
print("held", flush=True)
sys.stdin.readline()
"""


def test_the_folder_is_made_and_the_file_is_private(tmp_path: Path, now: datetime) -> None:
    """A new store makes its folder, and only its owner may read what it holds."""
    with Store.open("sqlite:///deep/down/store.db", base_dir=tmp_path, now=now):
        folder = tmp_path / "deep" / "down"
        modes = {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes == {0o600}
    assert (folder / "store.db").exists()


def test_a_url_without_a_file_is_a_store_in_memory(now: datetime, tmp_path: Path) -> None:
    """``sqlite://`` keeps everything in memory, also from several threads' point of view."""
    with Store.open("sqlite://", base_dir=tmp_path, exclusive=True, now=now) as store:
        store.sync_policies([Policy(id="acme", url="https://acme.example/")], now)
        assert store.due(now, 10) == ["acme"]
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_in_wal_mode(tmp_path: Path, now: datetime) -> None:
    """Readers and the writer do not wait for each other."""
    with Store.open(URL, base_dir=tmp_path, now=now):
        plain = sqlite3.connect(tmp_path / "store.db")
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        plain.close()


def test_migrations_make_exactly_the_tables(tmp_path: Path, now: datetime) -> None:
    """The tables as declared and the tables as migrated are the same, names included."""
    Store.open(URL, base_dir=tmp_path, now=now).close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'store.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_the_newest_migration_is_the_one_named_in_the_code() -> None:
    """Opening compares with a constant, which must be alembic's own head."""
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [SCHEMA]


def test_opening_again_finds_what_was_there(tmp_path: Path, now: datetime) -> None:
    """A second opening migrates nothing and loses nothing."""
    for _ in range(2):
        with Store.open(URL, base_dir=tmp_path, now=now) as store:
            store.sync_policies([Policy(id="acme", url="https://acme.example/")], now)
            assert [source.policy for source in store.sources()] == ["acme"]


def test_several_processes_may_create_the_store_at_once(tmp_path: Path) -> None:
    """Processes that start together on a new file migrate it once, and none fails."""
    code = HOLD.replace("exclusive=True", "exclusive=False").replace("sys.stdin.readline()", "")
    together = [run_python(code, tmp_path) for _ in range(3)]
    assert [(process.communicate()[0], process.returncode) for process in together] == [
        ("held\n", 0)
    ] * 3


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path, now: datetime) -> None:
    """A schema that this version does not know is left alone, with a word on what to do."""
    Store.open(URL, base_dir=tmp_path, now=now).close()
    plain = sqlite3.connect(tmp_path / "store.db")
    plain.execute("UPDATE alembic_version SET version_num = '9999'")
    plain.commit()
    plain.close()
    with pytest.raises(StoreError, match=r"newer policywatch .*9999.*Install the newer version"):
        Store.open(URL, base_dir=tmp_path, now=now)


def test_another_programs_database_is_refused(tmp_path: Path, now: datetime) -> None:
    """A database with foreign tables is not migrated into a mixture."""
    plain = sqlite3.connect(tmp_path / "store.db")
    plain.execute("CREATE TABLE songs (title TEXT)")
    plain.close()
    with pytest.raises(StoreError, match="another program"):
        Store.open(URL, base_dir=tmp_path, now=now)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path, now: datetime) -> None:
    """A mistaken path does not destroy the file that is there."""
    (tmp_path / "store.db").write_text("id,url\n" * 100)
    with pytest.raises(StoreError, match=r"store\.db is not a database"):
        Store.open(URL, base_dir=tmp_path, now=now)
    assert (tmp_path / "store.db").read_text() == "id,url\n" * 100


def test_a_database_cut_off_in_the_middle_is_named(tmp_path: Path, now: datetime) -> None:
    """A file that begins like a database and is none is reported with its path."""
    (tmp_path / "store.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    with pytest.raises(StoreError, match=r"store\.db"):
        Store.open(URL, base_dir=tmp_path, now=now)


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path, now: datetime) -> None:
    """The path and a remedy are in the message."""
    (tmp_path / "store.db").mkdir()
    with pytest.raises(StoreError, match=r"cannot open the store .*store\.db.*\[store\] url"):
        Store.open(URL, base_dir=tmp_path, now=now)


READ_ONLY = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from monitor.errors import StoreError
from store import Store
import os
if os.getuid() == 0:
    os.setuid(65534)
try:
    Store.open("sqlite:///store.db", base_dir=Path(sys.argv[1]), now=datetime.now(UTC))
except StoreError as error:
    print(error)
"""


def test_a_read_only_folder_is_named(tmp_path: Path, now: datetime) -> None:
    """Without the right to write, the message names the folder and what to do."""
    folder = tmp_path / "readonly"
    folder.mkdir()
    for above in (folder, *list(folder.parents)[:3]):
        if above.stat().st_uid == os.getuid() and above != Path("/tmp"):
            above.chmod(0o555 if above == folder else 0o755)
    said, _ = run_python(READ_ONLY, folder).communicate()
    folder.chmod(0o755)
    assert str(folder) in said
    assert "[store] url" in said


@pytest.mark.parametrize("url", ["not a url", "mysql://x/y"])
def test_a_url_that_is_not_supported_is_refused(url: str, tmp_path: Path, now: datetime) -> None:
    """The message shows what a URL looks like."""
    with pytest.raises(StoreError, match=r"sqlite:///policywatch\.db"):
        Store.open(url, base_dir=tmp_path, now=now)


def test_a_second_daemon_is_told_who_has_the_store(tmp_path: Path, now: datetime) -> None:
    """The message names process, host and since when; others may still open the store."""
    with run_python(HOLD, tmp_path) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(StoreError) as refusal:
            Store.open(URL, base_dir=tmp_path, exclusive=True, now=now)
        Store.open(URL, base_dir=tmp_path, exclusive=False, now=now).close()
        holder.communicate("\n")
    assert f"process {holder.pid} on " in str(refusal.value)
    assert "since 2026-03-01T10:00:00+00:00" in str(refusal.value)
    assert str(tmp_path / "store.db") in str(refusal.value)


def test_the_lock_of_a_killed_daemon_is_gone(tmp_path: Path, now: datetime) -> None:
    """After kill -9 the next daemon starts without cleaning up."""
    with run_python(HOLD, tmp_path) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        Store.open(URL, base_dir=tmp_path, exclusive=True, now=now).close()


FORKED = HOLD.replace(
    "sys.stdin.readline()",
    """
import os, time
child = os.fork()
if child == 0:
    print(os.getpid(), flush=True)  # it, not its parent: it has let go of the lock by now
    os.close(0); os.close(1); os.close(2)
    time.sleep(60)
    os._exit(0)
sys.stdin.readline()
""",
)


def test_a_child_that_outlives_the_daemon_does_not_hold_the_lock(
    tmp_path: Path, now: datetime
) -> None:
    """A worker process forked by the daemon does not keep the store from the next one."""
    with run_python(FORKED, tmp_path) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        child = int(holder.stdout.readline())
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        try:
            os.kill(child, 0)
            Store.open(URL, base_dir=tmp_path, exclusive=True, now=now).close()
        finally:
            os.kill(child, signal.SIGKILL)


def test_closing_lets_the_next_daemon_in(tmp_path: Path, now: datetime) -> None:
    """Within one process too, exclusive openings take turns."""
    first = Store.open(URL, base_dir=tmp_path, exclusive=True, now=now)
    with pytest.raises(StoreError, match=f"process {os.getpid()}"):
        Store.open(URL, base_dir=tmp_path, exclusive=True, now=now)
    first.close()
    Store.open(URL, base_dir=tmp_path, exclusive=True, now=now).close()


def test_a_failed_opening_leaves_no_lock(tmp_path: Path, now: datetime) -> None:
    """A daemon that could not open its store does not block its own next attempt."""
    (tmp_path / "store.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    for _ in range(2):
        with pytest.raises(StoreError) as refusal:
            Store.open(URL, base_dir=tmp_path, exclusive=True, now=now)
        assert "daemon" not in str(refusal.value)
