"""Behind a store's back: its rows read and changed as somebody with the database could."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from store import Store, packing


def address(store: Store) -> str:
    """The URL of an open store, for another process to open it too."""
    return store._database.engine.url.render_as_string(hide_password=False)


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    """What the tables hold, as the driver gives it."""
    with _connected(store) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def tamper(store: Store, *statements: str) -> None:
    """Change rows; each statement must find some. References are not looked after.

    In the SQL of SQLite, with ``flip`` (a bit in the middle of bytes), ``forged`` (of a run of
    texts, the same with a character less in its second one) and ``zeroblob``.
    """
    with _connected(store) as connection:
        for statement in statements:
            if connection.dialect.name == "postgresql":
                statement = _translated(connection, statement)
            assert connection.exec_driver_sql(statement).rowcount > 0, statement


@contextlib.contextmanager
def _connected(store: Store) -> Iterator[sa.Connection]:
    engine = sa.create_engine(store._database.engine.url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        if isinstance(plain := connection.connection.driver_connection, sqlite3.Connection):
            plain.create_function("flip", 1, _flip)
            plain.create_function("forged", 1, _forged)
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield connection


def _translated(connection: sa.Connection, statement: str) -> str:
    """The statement for PostgreSQL, which runs no Python: it is told what comes of each text."""
    if "forged(" in statement:
        runs = connection.exec_driver_sql("SELECT data FROM text WHERE number > 1").scalars()
        forgeries = (f"WHEN {_literal(run)} THEN {_literal(_forged(run))}" for run in runs)
        statement = statement.replace("forged(data)", f"CASE data {' '.join(forgeries)} END")
    statement = re.sub(
        r"flip\((\w+)\)",
        r"set_byte(\1, length(\1) / 2, get_byte(\1, length(\1) / 2) # 1)",
        statement,
    )
    statement = re.sub(r"zeroblob\((\d+)\)", r"decode(repeat('00', \1), 'hex')", statement)
    return re.sub(r"\bx'([0-9a-f]*)'", r"'\\x\1'::bytea", statement)


def _literal(data: bytes) -> str:
    return f"'\\x{data.hex()}'::bytea"


def _flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _forged(data: bytes) -> bytes:
    """The same run with a character less in its second text, compressed as it should be."""
    told, _, joined = packing.unpack(data).partition(b"\n")
    lengths = [int(length) for length in told.split()]
    joined = joined[: lengths[0]] + joined[lengths[0] + 1 :]
    lengths[1] -= 1
    return packing.pack(b" ".join(b"%d" % length for length in lengths) + b"\n" + joined)
