"""Every column of the store: `verify` finds it altered, or it is named here with a reason.

The list comes from the tables themselves, so a column that is added must be protected or named.
"""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.config import Policy
from monitor.mail.letter import Letter, Match
from store import NewAction, NewJudgement, NewMail, Store
from store.tables import Base
from tests.store.recorded import NOW, OWNER, changed

#: Tables that say how work stands, or what was sent: no record of what a vendor published.
WORK = {
    "policy": "the schedule and the memory of checks; its head of the chain has a test of its own",
    "validator": "what makes the next request conditional",
    "alert": "follows from the change, which is protected",
    "delivery": "the outbox",
    "lane": "when a channel may send again",
    "expectation": "follows from the version and the configuration",
    "check_log": "a log that is cut after a time",
    "secret": "a key of this store's own, with another key links end",
    "stamp": "an authority signed it: openssl tells, and tests/evidence/test_stamps.py shows it",
}
#: Columns of protected tables that may change, or that say nothing.
FREE = {
    "version.last_seen": "moves with every check that finds the version unchanged",
}
ANOTHER_DAY = "2020-01-01 00:00:00.000000"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a row in every table that is protected."""
    folder = tmp_path_factory.mktemp("tampering")
    hour = timedelta(hours=1)
    with Store.open("sqlite:///store.db", base_dir=folder, now=NOW) as store:
        policy = Policy(id="acme", service="Acme", url="https://acme.example/privacy")
        store.sync_policies([policy], NOW)
        for number in (1, 2, 3):
            at = NOW + number * hour
            assert store.lease("acme", OWNER, at, hour)
            assert store.record(changed(number, "acme", at=at))
        store.record_action("acme", NewAction(NOW, "Ines", "note", "acme", "on holiday"))
        letter = Letter("notice", "it announces", sender="a@acme.example", received=NOW)
        mail = NewMail(NOW, "n.eml", b"one", letter, Match("matched", ("acme",), (), ("why",)))
        store.mail.add(mail, "Ines")
        store.mail.add(replace(mail, content=b"two", letter=replace(letter, words="w")), "Ines")
        judgement = NewJudgement(NOW, "acme@1-2", {"verdict": "consistent"}, "a mail came")
        store.mail.judge("acme", [judgement])
        store.checkpoint(NOW)
        assert store.verify() == []
    return folder / "store.db"


def protected() -> list[str]:
    """Every column that verify answers for."""
    columns = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        if table.name not in WORK
        for column in table.columns
    ]
    return [column for column in columns if column not in FREE]


def altered(value: Any) -> Any:
    """Another value of the same kind, as somebody with the file would write it."""
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1]) if value else b"x"
    if isinstance(value, int):
        return value + 1000
    if value is None:
        return ANOTHER_DAY
    return ANOTHER_DAY if value[:2] == "20" and value[4:5] == "-" else value + "x"


@pytest.mark.parametrize("column", protected())
def test_a_column_that_was_altered_is_found(recorded: Path, tmp_path: Path, column: str) -> None:
    """In the first row and in the last, whatever the column holds."""
    table, _, name = column.partition(".")
    plain = sqlite3.connect(recorded)
    keys = [row[1] for row in plain.execute(f"PRAGMA table_info({table})") if row[5]]
    rows = plain.execute(f"SELECT {name}, {', '.join(keys)} FROM {table}").fetchall()
    plain.close()
    assert rows, f"the history of this test has no row of {table}"
    for value, *key in (rows[0], rows[-1]):
        forged = tmp_path / "store.db"
        shutil.copy(recorded, forged)
        plain = sqlite3.connect(forged)
        plain.execute("PRAGMA foreign_keys=OFF")
        where = " AND ".join(f"{k} = ?" for k in keys)
        plain.execute(f"UPDATE {table} SET {name} = ? WHERE {where}", (altered(value), *key))
        plain.commit()
        plain.close()
        with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
            assert store.verify(), f"{column} was altered unseen: {value!r}"


def test_what_is_named_as_free_is_still_there() -> None:
    """A reason for a column that is gone would hide the next one of that name."""
    tables = {table.name: set(table.columns.keys()) for table in Base.metadata.sorted_tables}
    assert set(WORK) <= set(tables)
    assert all(column.split(".")[1] in tables[column.split(".")[0]] for column in FREE)
