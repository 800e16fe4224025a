"""Copies of a store: taken while others write, and put back in one step or not at all.

A copy is written beside its place under another name, checked, synced and then renamed, so that
neither a backup nor a store is ever seen half-written. A file to restore is treated as hostile: it
is copied first, and the copy is opened without trust in its schema, checked for tables, triggers
and views that are not ours, and every hash in it recomputed before it takes the store's place.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from monitor.errors import StoreError
from store import verification
from store.database import HEADER, Database, resolve
from store.locks import DaemonLock
from store.records import Fault
from store.tables import SCHEMA, Base

#: Seconds that a restore waits for a command that still has the store open.
_PATIENCE = 5.0
_COMPANIONS = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Backup:
    """A verified copy: where it is, and what it holds. ``replaced``: where the old store is now."""

    path: str
    size: int
    policies: int
    versions: int
    replaced: str = ""


def take(database: Database, path: Path, *, force: bool = False) -> Backup:
    """Copy an open store to ``path`` as one file, and verify the copy.

    Writers go on meanwhile: the copy is the store of one moment, every later write left out.
    """
    if database.on_server:
        raise StoreError("this store is on PostgreSQL: back it up with pg_dump")
    if database.path is None:
        raise StoreError("a store in memory cannot be backed up; set [store] url to a file")
    if path.exists() and not force:
        raise StoreError(f"{path} is there already: name another file, or use --force")
    if path.exists() and path.samefile(database.path):
        raise StoreError(f"{path} is the store itself: name another file for the backup")
    with _aside(path) as draft:
        _copy_live(database, draft)
        made = _examined(draft, path)
        _put(draft, path, replace=force)
    return made


def restore_file(
    file: Path, url: str, *, base_dir: Path, now: datetime, force: bool = False
) -> Backup:
    """Make the store at ``url`` what a backup holds; with ``force`` also where there is one.

    The store that was there is kept beside it. StoreError leaves everything as it was.
    """
    where, path = resolve(url, base_dir)
    if where.get_backend_name() == "postgresql":
        raise StoreError("this store is on PostgreSQL: restore it with pg_restore")
    if path is None:
        raise StoreError("a store in memory cannot be restored; set [store] url to a file")
    if path.exists() and not force:
        raise StoreError(
            f"there is a store already at {path}: restoring would replace it. Use --force to do "
            "that (it is kept under another name), or set [store] url to a new file"
        )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = DaemonLock(path, now)
    try:
        with _aside(path) as draft:
            _copy_file(file, draft)
            _migrated(draft, file)
            made = _examined(draft, path)
            replaced = _set_aside(path, now)
            _put(draft, path, replace=force)
    finally:
        lock.release()
    return Backup(made.path, made.size, made.policies, made.versions, replaced)


# --- copying -------------------------------------------------------------------------------------


@contextlib.contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """A new file beside ``path``, for the owner's eyes only; gone in the end, come what may."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        yield draft
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        for name in ("", *_COMPANIONS):
            draft.with_name(draft.name + name).unlink(missing_ok=True)


def _copy_live(database: Database, draft: Path) -> None:
    """All pages in one step: a copy in many would start again at each write of another process."""
    source = database.engine.raw_connection()
    try:
        with contextlib.closing(sqlite3.connect(draft)) as target:
            driver = source.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.backup(target, pages=-1)
            # One file, with nothing beside it that could be forgotten.
            target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise StoreError(f"the backup of {database.name} failed: {error}") from error
    finally:
        source.close()


def _copy_file(file: Path, draft: Path) -> None:
    """Copy what is to be restored, so that nobody changes it between check and use."""
    wal = file.with_name(file.name + "-wal")
    if wal.exists() and wal.stat().st_size:
        raise StoreError(
            f"{file} has unfinished work beside it ({wal.name}), so it is a store in use, no "
            "backup. Make one with `policywatch backup`"
        )
    try:
        with file.open("rb") as source:
            if source.read(len(HEADER)) != HEADER:
                raise StoreError(f"{file} is not a backup (it does not begin like an SQLite file)")
            source.seek(0)
            with draft.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
                target.flush()
                os.fsync(target.fileno())
    except OSError as error:
        raise StoreError(f"cannot copy {file}: {error.strerror}") from error


def _put(draft: Path, path: Path, *, replace: bool) -> None:
    """Give a finished copy its name, in one step and for good."""
    _sync(draft)
    if replace:
        draft.replace(path)
    else:
        try:
            path.hardlink_to(draft)  # unlike a rename it fails where somebody was quicker
        except FileExistsError as error:
            raise StoreError(f"{path} is there already; nothing was written") from error
        except OSError:  # a file system without hard links
            draft.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _set_aside(path: Path, now: datetime) -> str:
    """Keep the store that is about to be replaced under another name; its name, "" if none."""
    if not path.exists():
        return ""
    kept = path.with_name(f"{path.name}.replaced-{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}")
    _settle(path)
    try:
        kept.hardlink_to(path)
    except OSError:
        shutil.copy2(path, kept)
        _sync(kept)
    for name in _COMPANIONS:
        # Left behind only by a store that could not be opened: they must not meet the new one.
        companion = path.with_name(path.name + name)
        if companion.exists():
            companion.replace(kept.with_name(kept.name + name))
    return str(kept)


def _settle(path: Path) -> None:
    """Bring everything into the one file; refuse while another process has it open."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=_PATIENCE)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StoreError(
                f"another process has {path} open: stop it first, then restore again"
            ) from error
    except sqlite3.DatabaseError:
        pass  # damaged, which is why somebody restores: it is kept as it is


# --- checking ------------------------------------------------------------------------------------


def _migrated(draft: Path, file: Path) -> None:
    """Refuse what is not a store of ours; bring an older one to the newest schema."""
    known = {*Base.metadata.tables, "alembic_version"}
    with _distrustful(draft, file) as connection:
        for kind, name in connection.execute("SELECT type, tbl_name FROM sqlite_master"):
            if kind not in ("table", "index") or name not in known:
                raise StoreError(f"{file} is not a backup of a store: it has a {kind} on {name}")
        found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    if found != [(SCHEMA,)]:
        url, _ = resolve(f"sqlite:///{draft}", draft.parent)
        Database(url, draft).close()
        with contextlib.closing(sqlite3.connect(draft)) as settled:
            settled.execute("PRAGMA journal_mode=DELETE")


@contextlib.contextmanager
def _distrustful(draft: Path, name: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, and runs nothing that the file's schema asks for."""
    try:
        uri = f"{draft.absolute().as_uri()}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA cell_size_check=ON")
            yield connection
    except (sqlite3.Error, UnicodeDecodeError) as error:  # damaged names are no UTF-8
        raise StoreError(f"{name} is damaged or no store: {error}") from error


def _examined(draft: Path, path: Path) -> Backup:
    """What a copy holds, once its pages, references, columns and every hash are verified."""
    with _distrustful(draft, path) as connection:
        for pragma in ("integrity_check(3)", "foreign_key_check"):
            problems = [row for row in connection.execute(f"PRAGMA {pragma}") if row != ("ok",)]
            if problems:
                raise StoreError(f"the copy for {path} is damaged: {problems[0]}")
        for name, table in Base.metadata.tables.items():
            columns = {row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')}
            if columns != set(table.columns.keys()):
                raise StoreError(f"the copy for {path} has other columns in its table {name}")
        counted = [
            connection.execute(query).fetchone()[0]
            for query in ("SELECT count(*) FROM policy", "SELECT count(*) FROM version")
        ]
    faults = _faults(draft)
    if faults:
        first = f"{faults[0].policy} {faults[0].table} {faults[0].row}: {faults[0].problem}"
        raise StoreError(f"the copy for {path} does not verify ({len(faults)} faults): {first}")
    return Backup(str(path), draft.stat().st_size, *counted)


def _faults(draft: Path) -> list[Fault]:
    uri = f"sqlite+pysqlite:///{draft.absolute().as_uri()}?mode=ro&immutable=1&uri=true"
    engine = sa.create_engine(uri)
    try:
        with Session(engine, autoflush=False) as session:
            session.connection().exec_driver_sql("PRAGMA trusted_schema=OFF")
            return verification.verify(session, None)
    except (SQLAlchemyError, MemoryError) as error:
        raise StoreError(f"{draft} cannot be verified: {error}") from error
    finally:
        engine.dispose()
