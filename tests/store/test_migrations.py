"""Stores that earlier versions wrote: opened, they hold what they held, and still verify."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from store import NewAction, Store, restore_file
from store.schema import MIGRATIONS
from store.tables import SCHEMA, DirectoryRow, ReviewRow
from tests.store.recorded import NOW, OWNER, changed, commitment, comparison, policy_text
from tests.store.write_schema import write

SCHEMAS = sorted((Path(__file__).parent / "schemas").glob("*.sql"))


def make(schema: Path, folder: Path) -> Path:
    """A store as that schema had it, in ``folder / "store.db"``; returns where it is from."""
    plain = sqlite3.connect(folder / "store.db")
    plain.executescript(schema.read_text())
    plain.close()
    return schema


@pytest.fixture(params=SCHEMAS, ids=lambda path: str(path.stem))
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A store of an older schema."""
    return make(request.param, tmp_path)


def rows(path: Path) -> dict[str, int]:
    """How many rows each table has."""
    with closing(sqlite3.connect(path)) as plain:
        names = plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: plain.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names
        }


def test_every_schema_that_was_left_behind_is_tried() -> None:
    """A new migration asks for a store of the schema before it (tests/store/write_schema.py)."""
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    assert {path.stem for path in SCHEMAS} == {script.revision for script in scripts} - {SCHEMA}


def test_no_row_is_lost(old: Path, tmp_path: Path) -> None:
    """Every table holds as many as before; texts alone are kept together since schema 0008."""
    before = rows(tmp_path / "store.db")
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        assert store.counts()["texts"] == 4
    after = rows(tmp_path / "store.db")
    assert before["version"] == 5
    assert {name: count for name, count in before.items() if name != "text"} == {
        name: after[name] for name in before if name != "text"
    }


def test_work_goes_on_after_a_migration(old: Path, tmp_path: Path) -> None:
    """The next check is recorded, the outbox is emptied, and all of it still verifies."""
    at = NOW + timedelta(days=1)
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=at) as store:
        assert store.lease("acme", OWNER, at, timedelta(hours=1))
        assert store.record(changed(5, at=at))
        taken = store.lease_deliveries(OWNER, at, 100, timedelta(hours=1))
        assert len(taken) >= 2
        assert all(store.mark_sent(row.id, OWNER, at) for row in taken)
        assert store.version_text("acme", 5) == policy_text(5)
        assert store.verify() == []


def test_a_backup_of_an_older_store_can_be_restored(old: Path, tmp_path: Path) -> None:
    """It is migrated on the way; the file itself stays as it was."""
    before = (tmp_path / "store.db").read_bytes()
    made = restore_file(
        tmp_path / "store.db", "sqlite:///new.db", base_dir=tmp_path / "new", now=NOW
    )
    assert (made.policies, made.versions) == (2, 5)
    assert (tmp_path / "store.db").read_bytes() == before
    with Store.open("sqlite:///new.db", base_dir=tmp_path / "new", now=NOW) as store:
        assert store.verify() == []


def test_an_older_store_keeps_what_it_held(old: Path, tmp_path: Path) -> None:
    """Texts, commitments, changes and alerts of an older schema read back after the migration."""
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        assert store.verify() == []
        texts = [store.version_text("acme", version.number) for version in store.versions("acme")]
        assert texts == [policy_text(number) for number in (1, 2, 3, 2)]
        assert store.commitments("acme", 3) == (commitment(3),)
        assert store.change("acme@2-3").comparison == comparison(2, 3)
        assert len(store.alerts()) == 3
        assert store.counts()["texts"] == 4


def test_lists_are_filled_from_what_was_there(tmp_path: Path) -> None:
    """After the migration the tables of lists hold what writing the same anew would."""
    make(SCHEMAS[0].parent / "0014.sql", tmp_path)
    found = []
    for name in ("store", "new"):
        with Store.open(f"sqlite:///{name}.db", base_dir=tmp_path, now=NOW) as store:
            if name == "new":
                write(store)
            with store._database.read() as session:
                found.append(
                    [
                        sorted(tuple(row) for row in session.execute(sa.select(row_type.__table__)))
                        for row_type in (DirectoryRow, ReviewRow)
                    ]
                )
    assert found[0] == found[1]
    assert [len(rows) for rows in found[0]] == [2, 3]


def test_what_was_decided_before_waits_no_more(tmp_path: Path) -> None:
    """The newest step counts; a snooze ends when it would have."""
    make(SCHEMAS[0].parent / "0014.sql", tmp_path)
    until = NOW + timedelta(days=2)
    with Store.open("sqlite:///kept.db", base_dir=tmp_path, now=NOW) as kept:
        write(kept)
        kept.record_action("acme", NewAction(NOW, "Ines", "dismiss", "acme@1-2"))
        for what in ("acknowledge", "reopen"):
            kept.record_action("acme", NewAction(NOW, "Ines", what, "acme@2-3"))
        kept.record_action("acme", NewAction(NOW, "I", "snooze", "acme@2-3", "", {"until": until}))
        with kept._database.read() as session:
            actions = list(session.execute(sa.text("SELECT * FROM action WHERE number > 1")))
    with closing(sqlite3.connect(tmp_path / "store.db")) as plain:
        plain.executemany("INSERT INTO action VALUES (?,?,?,?,?,?,?,?)", map(tuple, actions))
        plain.commit()
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        severities = ("high", "medium", "low")
        for now, waiting in ((NOW, ["acme@3-4"]), (until, ["acme@3-4", "acme@2-3"])):
            found = store.waiting(9, severities=severities, now=now)
            assert [record.alert.change for record in found] == waiting


def test_shortfalls_of_an_older_store_are_still_known(tmp_path: Path) -> None:
    """What people were told already is not told again after a migration."""
    make(SCHEMAS[0].parent / "0004.sql", tmp_path)
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        (stand,) = store.stands("acme")
        assert (stand.assessment.name, stand.version, stand.raised) == ("notice_period", 4, True)
        assert stand.assessment.quotes == (commitment(2).quote,)


def test_what_is_hashed_stays_as_it_was(old: Path, tmp_path: Path) -> None:
    """Heads noted before a migration are still held by the chains after it."""
    noted = re.findall("'([0-9a-f]{64})'", old.read_text().partition("\n")[0])
    assert len(noted) == 2
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        assert store.verify(heads=noted) == []


def test_vendors_mails_of_an_older_store_are_still_read(tmp_path: Path) -> None:
    """With what was made of them."""
    make(SCHEMAS[0].parent / "0007.sql", tmp_path)
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        (mail,) = store.mail.all()
        assert (mail.origin, mail.letter.sender) == ("n.eml", "a@acme.example")


@pytest.mark.parametrize(
    "schema", [path for path in SCHEMAS if path.stem < "0008"], ids=lambda path: str(path.stem)
)
def test_a_text_that_was_damaged_before_is_named_after(schema: Path, tmp_path: Path) -> None:
    """A migration neither fails on damage nor hides it; the one of texts is of 0008."""
    make(schema, tmp_path)
    plain = sqlite3.connect(tmp_path / "store.db")
    plain.execute("UPDATE text SET data = x'00' WHERE policy = 'acme' AND ordinal = 1")
    plain.commit()
    plain.close()
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        faults = {(fault.table, fault.row) for fault in store.verify()}
        assert {("text", "acme/1"), ("text", "acme/2")} <= faults
        assert store.version_text("acme", 1) == policy_text(1)
        assert store.verify("borealis") == []
