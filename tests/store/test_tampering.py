"""Every column of the store: `verify` finds it altered, or it is named here with a reason.

The list comes from the tables themselves, so a column that is added must be protected or named.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from store import Store
from store.columns import Instant
from store.tables import Base
from store.verification import verify
from tests import postgres
from tests.store.recorded import NOW, fill

#: Tables that say how work stands, or what was sent: no record of what a vendor published.
WORK = {
    "policy": "the schedule and the memory of checks; its head of the chain has a test of its own",
    "validator": "what makes the next request conditional",
    "alert": "follows from the change, which is protected",
    "delivery": "the outbox",
    "lane": "when a channel may send again",
    "expectation": "follows from the version and the configuration",
    "check_log": "a log that is cut after a time",
    "directory": "what lists are found by: repeats the policy and the configuration",
    "tag": "repeats the configuration",
    "review": "repeats the actions, which are protected",
    "secret": "a key of this store's own, with another key links end",
    "stamp": "an authority signed it: openssl tells, and tests/evidence/test_stamps.py shows it",
}
#: Columns of protected tables that may change, or that say nothing.
FREE = {
    "version.last_seen": "moves with every check that finds the version unchanged",
}
ANOTHER_DAY = "2020-01-01 00:00:00.000000"
#: References are not looked after, until the alteration is undone.
UNBOUND = {
    "sqlite": "PRAGMA defer_foreign_keys = ON",
    "postgresql": "SET LOCAL session_replication_role = replica",
}


class Undone(Exception):  # noqa: N818
    """Ends a transaction so that nothing of it stays."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store with a row in every table that is protected, on each of the two databases."""
    folder, url = tmp_path_factory.mktemp("tampering"), "sqlite:///store.db"
    if request.param == "postgresql":
        url = postgres.emptied(request.getfixturevalue("postgresql"))
    with Store.open(url, base_dir=folder, now=NOW) as store:
        fill(store)
        assert store.verify() == []
        yield store


def protected() -> list[str]:
    """Every column that verify answers for."""
    columns = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        if table.name not in WORK
        for column in table.columns
    ]
    return [column for column in columns if column not in FREE]


def altered(value: Any, column: sa.Column[Any]) -> Any:
    """Another value of the same kind, as somebody with the database would write it."""
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1]) if value else b"x"
    if isinstance(column.type, sa.Boolean):
        return not value
    if isinstance(column.type, sa.Integer):
        return (value or 0) + 1000
    if isinstance(column.type, sa.Date | Instant):
        return ANOTHER_DAY
    return f"{value or ''}x"


@pytest.mark.parametrize("column", protected())
def test_a_column_that_was_altered_is_found(recorded: Store, column: str) -> None:
    """In the first row and in the last, whatever the column holds."""
    name, _, attribute = column.partition(".")
    described = Base.metadata.tables[name]
    # Without the types of our own, which would refuse what a forger writes.
    table = sa.table(name, *(sa.column(c.name) for c in described.columns))
    keys = [table.c[key.name] for key in described.primary_key]
    with recorded._database.read() as session:
        rows = session.execute(sa.select(table.c[attribute], *keys).order_by(*keys)).all()
    assert rows, f"the history of this test has no row of {name}"
    for value, *key in (rows[0], rows[-1]):
        with contextlib.suppress(Undone), recorded._database.write() as session:
            session.execute(sa.text(UNBOUND[session.get_bind().dialect.name]))
            here = (column == part for column, part in zip(keys, key, strict=True))
            forged = {attribute: altered(value, described.columns[attribute])}
            session.execute(sa.update(table).where(*here).values(forged))
            assert verify(session, None), f"{column} was altered unseen: {value!r}"
            raise Undone
    assert recorded.verify() == []


def test_what_is_named_as_free_is_still_there() -> None:
    """A reason for a column that is gone would hide the next one of that name."""
    tables = {table.name: set(table.columns.keys()) for table in Base.metadata.sorted_tables}
    assert set(WORK) <= set(tables)
    assert all(column.split(".")[1] in tables[column.split(".")[0]] for column in FREE)
