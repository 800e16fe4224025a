"""Opening the database: URL, file, pragmas, transactions, and errors in our own words.

Writers come one after the other on both databases, so that what one reads stays so until it
commits: nothing else in this package has to think of that. What the most checks write (a lease, an
unchanged page) is excepted on PostgreSQL: it waits for writers of its own policy only.

SQLite is set up for safety first: WAL, synchronous=FULL, foreign keys on, and writers that take
the write lock when they begin (BEGIN IMMEDIATE), so that no transaction fails half-way because
another one wrote in between. On PostgreSQL a writer begins by taking an advisory lock that ends
with its transaction; readers see one consistent view (REPEATABLE READ) and wait for nobody.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from monitor.errors import StoreError
from store.schema import migrate

#: Seconds a writer waits for another process's transaction.
BUSY_TIMEOUT = 30.0
#: The advisory lock of PostgreSQL that writers hold ("policywa" as a number).
WRITING = int.from_bytes(b"policywa", "big")
#: Collations that order text by its bytes, as SQLite does.
_BYTEWISE = ("C", "POSIX", "C.UTF-8", "C.utf8")
#: What every SQLite file begins with.
HEADER = b"SQLite format 3\x00"


@dataclass(slots=True)
class Working:
    """How the database works: transactions that were written, and what the machine refused.

    ``error`` is what the last refusal said. A full disk, a failing one and a server that is away
    are refusals; what this package itself did wrong is none.
    """

    written: int = 0
    refused: int = 0
    error: str = ""


class Database:
    """An open, migrated database that hands out sessions.

    ``path`` is the SQLite file, None for one in memory and for a server. Writers of one process
    queue on a lock of ours, which is fair and wakes at once; the database's own waiting is left to
    other processes.
    """

    def __init__(self, url: URL, path: Path | None) -> None:
        self.path = path
        self.on_server = url.get_backend_name() == "postgresql"
        in_memory = path is None and not self.on_server
        self.name = str(path or ("(in memory)" if in_memory else url.render_as_string()))
        self.working = Working()
        self._writing = threading.RLock()
        # One connection serves a database in memory, so its readers must queue as well.
        self._reading = self._writing if in_memory else None
        self.engine = _server(url) if self.on_server else _engine(url, in_memory=in_memory)
        self._writers = self.engine.execution_options(immediate=True)
        self._apart = self.engine.execution_options(apart=True)
        try:
            with self._wrapped():
                if self.on_server:
                    _check_server(self.engine, self.name)
                else:
                    _enter_wal(self.engine)
                migrate(self._writers, self.name)
        except BaseException:
            self.engine.dispose()
            raise

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one consistent view of the database."""
        with ExitStack() as stack:
            if self._reading:
                stack.enter_context(self._reading)
            stack.enter_context(self._wrapped())
            yield stack.enter_context(Session(self.engine, autoflush=False))

    @contextmanager
    def write(self, *, apart: bool = False) -> Iterator[Session]:
        """A session in a write transaction: committed at the end, rolled back on any error.

        ``apart``: it touches rows of one policy alone, and locks that policy's first. Then it waits
        on a server for writers of that policy only.
        """
        with ExitStack() as stack:
            apart = apart and self.on_server
            if not apart:
                stack.enter_context(self._writing)
            stack.enter_context(self._wrapped())
            engine = self._apart if apart else self._writers
            with Session(engine, autoflush=False) as session, session.begin():
                yield session
            self.working.written += 1

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _wrapped(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            # A value refused by a column type comes wrapped: hand out what was said about it.
            if isinstance(own := getattr(error, "orig", None), StoreError):
                raise own from error
            explained = _explain(error, self.name)
            if type(error) in _REFUSALS:
                self.working.refused += 1
                self.working.error = explained
            raise StoreError(explained) from error
        except ValueError as error:
            raise StoreError(
                f"a value stored in {self.name} cannot be read: {error}. `policywatch verify` "
                "names the row"
            ) from error


def resolve(url: str, base_dir: Path) -> tuple[URL, Path | None]:
    """The URL to connect to and its SQLite file, None for a server or a database in memory.

    A relative file is relative to ``base_dir``.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # the second: of a port that is no number
        raise StoreError(
            f'[store] url = "{url}" is not a database URL: write for example '
            '"sqlite:///policywatch.db"'
        ) from error
    if parsed.get_backend_name() == "postgresql":
        if find_spec("psycopg") is None:
            raise StoreError(
                "[store] url names a PostgreSQL database, and its driver is not installed: "
                "pip install 'policywatch[postgresql]'"
            )
        return parsed.set(drivername="postgresql+psycopg"), None
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(
            f'[store] url names a "{parsed.get_backend_name()}" database: the store is kept in '
            'SQLite or PostgreSQL; write for example "sqlite:///policywatch.db" or '
            '"postgresql+psycopg://user@host/policywatch"'
        )
    if not parsed.database or parsed.database == ":memory:":
        return parsed.set(drivername="sqlite+pysqlite", database=None), None
    path = (base_dir / parsed.database).absolute()
    return parsed.set(drivername="sqlite+pysqlite", database=str(path)), path


def prepare_file(path: Path) -> None:
    """Create folder and file for the owner's eyes only, and refuse what cannot work, early."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        with path.open("rb") as file:
            head = file.read(len(HEADER))
    except OSError as error:
        raise StoreError(
            f"cannot open the store {path}: {error.strerror}. Let this user write to the folder "
            f"{path.parent}, or set [store] url to another place"
        ) from error
    if head and head != HEADER:
        raise StoreError(
            f"{path} is not a database (it does not begin like an SQLite file). Move it away, or "
            "set [store] url to another file"
        )
    if not os.access(path.parent, os.W_OK):
        raise StoreError(
            f"the folder {path.parent} is read-only for this user, and a store needs to write "
            "beside its file. Change its permissions, or set [store] url to another place"
        )


def _engine(url: URL, *, in_memory: bool) -> Engine:
    connect_args: dict[str, Any] = {"timeout": BUSY_TIMEOUT, "check_same_thread": False}
    pool: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {"pool_size": 20}
    engine = sa.create_engine(url, connect_args=connect_args, **pool)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _server(url: URL) -> Engine:
    """An engine for PostgreSQL; every use of a connection begins by seeing that it is alive."""
    engine = sa.create_engine(
        url, pool_size=20, pool_pre_ping=True, isolation_level="REPEATABLE READ"
    )
    event.listen(engine, "begin", _begin_on_server)
    return engine


def _begin_on_server(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("immediate", False) or options.get("apart", False):
        # Only then does a lock help: later statements must see what the writer before committed.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
    if options.get("immediate", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITING})")


def _check_server(engine: Engine, name: str) -> None:
    """Refuse a database that would order or keep text in another way than SQLite does."""
    query = (
        "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database "
        "WHERE datname = current_database()"
    )
    with engine.connect() as connection:
        encoding, collation = connection.exec_driver_sql(query).one()
    if encoding != "UTF8" or collation not in _BYTEWISE:
        raise StoreError(
            f"{name} has the encoding {encoding} and the collation {collation}; a store needs "
            "UTF8 and C. Make its database so: CREATE DATABASE policywatch TEMPLATE template0 "
            "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        )


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own idea of transactions is switched off: _begin emits every BEGIN.
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "cache_size=-2000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _enter_wal(engine: Engine) -> None:
    """Switch to WAL; a process that opens the same new file at this moment makes us wait."""
    connection = engine.raw_connection()
    try:
        deadline = time.monotonic() + BUSY_TIMEOUT
        while True:
            try:
                connection.cursor().execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return
    finally:
        connection.close()


#: The machine's doing, exactly these: their subclasses speak of values, references and SQL.
_REFUSALS = (
    OperationalError,
    InterfaceError,
    DatabaseError,
    sqlite3.OperationalError,
    sqlite3.DatabaseError,
)

_REMEDIES = (
    ("full", "the disk is full: free some space; nothing already stored is lost"),
    ("locked", "another process holds it for too long: stop that one, then try again"),
    ("readonly", "it is read-only for this user: change the permissions of file and folder"),
    ("unable to open", "it cannot be opened: check that folder and file exist and are writable"),
    ("not a database", "the file is not a database: move it away or restore a backup"),
    ("malformed", "the file is damaged: keep it, and restore a backup beside it"),
    ("connection", "its server cannot be reached: see whether it runs; work goes on when it does"),
    ("disk I/O", "the disk reported an error: look at its health, and whether it is full"),
)


def _explain(error: Exception, name: str) -> str:
    cause = " ".join(str(getattr(error, "orig", None) or error).split())
    for sign, remedy in _REMEDIES:
        if sign in cause:
            return f"the store {name} failed: {remedy} (the database says: {cause})"
    return f"the store {name} refused an operation: {cause}"
