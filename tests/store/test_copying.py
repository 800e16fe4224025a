"""A store copied to PostgreSQL and back: all rows or none, the same chains, and work goes on."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.errors import StoreError
from store import NewDelivery, StampRecord, Store
from store.tables import Base
from tests.cli.conftest import Call, call  # noqa: F401
from tests.store.behind import tamper
from tests.store.recorded import NOW, OWNER, alert, changed, fill

HOUR = timedelta(hours=1)

COPY = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from store import Store
now = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
with (
    Store.open("sqlite:///store.db", base_dir=Path(sys.argv[1]), now=now) as source,
    Store.open(sys.argv[2], base_dir=Path(), now=now) as target,
):
    source.copy_to(target)
"""


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Store]:
    """A SQLite store with a row in almost every table."""
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        fill(store)
        yield store


@pytest.fixture
def target(empty_postgresql: str, tmp_path: Path) -> Iterator[Store]:
    """A new store on PostgreSQL."""
    with Store.open(empty_postgresql, base_dir=tmp_path, now=NOW) as store:
        yield store


def everything(store: Store) -> dict[str, list[Any]]:
    """Every row of every table as the store reads it; secrets are no part of it."""
    with store._database.read() as session:
        return {
            table.name: [
                tuple(row)
                for row in session.execute(sa.select(table).order_by(*table.primary_key.columns))
            ]
            for table in Base.metadata.sorted_tables
            if table.name != "secret"
        }


def test_every_row_goes_over_and_back(source: Store, target: Store, tmp_path: Path) -> None:
    """To PostgreSQL, and from there to another file: the same rows, chains and key of links."""
    before = everything(source)
    assert {name for name, rows in before.items() if not rows} == {"expectation", "stamp"}
    copied = source.copy_to(target)
    assert everything(target) == before
    assert copied.rows == {name: len(rows) for name, rows in before.items()}
    assert (copied.heads, copied.faults) == (3, [])  # of one policy, of the mails, over all chains
    assert target.verify(heads=[source.head("acme"), source.checkpoints()[-1].hash]) == []
    with Store.open("sqlite:///back.db", base_dir=tmp_path, now=NOW) as back:
        target.copy_to(back)
        assert everything(back) == before
        assert back.verify() == []
        assert back.signing_key() == target.signing_key() == source.signing_key()


def test_work_goes_on_in_the_copy(source: Store, target: Store) -> None:
    """Numbers that the database gives go on where the source was, and chains grow."""
    source.copy_to(target)
    assert target.lease("acme", OWNER, NOW + 9 * HOUR, HOUR)
    assert target.record(changed(4, at=NOW + 9 * HOUR))
    target.add_alert(alert("later"), [NewDelivery("ops", NOW)], NOW)
    ids = [delivery.id for delivery in target.deliveries()]
    assert len(ids) == len(set(ids)) == len(source.deliveries()) + 3
    assert target.verify(heads=[source.head("acme")]) == []


def test_a_target_that_holds_something_is_left_as_it_is(source: Store, target: Store) -> None:
    """Copying twice, or into the wrong database, changes nothing."""
    source.copy_to(target)
    before = everything(target)
    with pytest.raises(StoreError, match=r"is not empty .*policy.*nothing was copied"):
        source.copy_to(target)
    assert everything(target) == before


def test_damage_is_copied_and_told(source: Store, target: Store) -> None:
    """A copy neither mends nor hides what was wrong before."""
    tamper(source, "UPDATE version SET title = 'x' WHERE number = 2")
    source.add_stamp(StampRecord("acme", 1, NOW, "https://tsa.example", "", b"no token"))
    copied = source.copy_to(target)
    assert {fault.table for fault in copied.faults} == {"version", "stamp"}
    assert target.verify() == source.verify() == list(copied.faults)


def test_a_copy_that_was_killed_left_nothing(
    source: Store, target: Store, empty_postgresql: str, tmp_path: Path
) -> None:
    """Killed when most rows were sent: the target is still empty, and the next copy whole."""
    engine = sa.create_engine(empty_postgresql, poolclass=sa.NullPool)
    with engine.connect() as stopper, stopper.begin():
        stopper.exec_driver_sql("LOCK TABLE checkpoint IN SHARE MODE")  # no row may be added
        command = [sys.executable, "-c", COPY, str(tmp_path), empty_postgresql]
        with subprocess.Popen(command) as process:
            while not waiting(engine):
                assert process.poll() is None
                time.sleep(0.02)
            process.kill()
    while busy(engine):  # until the server has noticed
        time.sleep(0.02)
    assert not any(everything(target).values())
    source.copy_to(target)
    assert everything(target) == everything(source)


def waiting(engine: sa.Engine) -> bool:
    """Whether somebody waits for a lock on a table."""
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'"
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql(query).scalar())


def busy(engine: sa.Engine) -> bool:
    """Whether a writer holds the lock of writers."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql(query).scalar())


def test_the_command_says_what_it_did(
    call: Call,  # noqa: F811
    empty_postgresql: str,
    tmp_path: Path,
) -> None:
    """Rows, that it verifies, and what to do next; then both stores verify and end alike."""
    with (tmp_path / "config.toml").open("a") as config:
        config.write('[store]\nurl = "sqlite:///kept.db"\n')
    nothing = call("store", "copy", empty_postgresql)
    assert (nothing.code, "holds nothing to copy" in nothing.err) == (2, True)
    with Store.open("sqlite:///kept.db", base_dir=tmp_path, now=NOW) as store:
        fill(store)
        head = store.head("acme")
    done = call("store", "copy", empty_postgresql)
    assert done.code == 0
    said = " ".join(done.out.split())
    assert re.search(r"1 policies, 3 versions, 2 alerts\. It verifies\. All 3 chains end in", said)
    again = call("store", "copy", empty_postgresql, "--json")
    assert (again.code, "is not empty" in " ".join(again.err.split())) == (3, True)
    settings = (tmp_path / "config.toml").read_text()
    (tmp_path / "config.toml").write_text(settings.replace("sqlite:///kept.db", empty_postgresql))
    assert call("verify", "--head", head).code == 0


def test_a_daemon_on_the_source_is_to_be_stopped_first(
    call: Call,  # noqa: F811
    empty_postgresql: str,
    tmp_path: Path,
) -> None:
    """What it would write meanwhile would be missing in the copy."""
    with (tmp_path / "config.toml").open("a") as config:
        config.write('[store]\nurl = "sqlite:///kept.db"\n')
    daemon = Store.open("sqlite:///kept.db", base_dir=tmp_path, exclusive=True, now=NOW)
    with contextlib.closing(daemon):
        refused = call("store", "copy", empty_postgresql)
    assert (refused.code, "another daemon" in refused.err) == (3, True)
