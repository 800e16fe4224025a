"""A PostgreSQL server for tests: initdb in a temporary folder, reached by a unix socket only."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from store.tables import SCHEMA, Base

_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_SETTINGS = "-c listen_addresses='' -c fsync={fsync} -c max_connections=200 -k {folder}"


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, None where this machine has no PostgreSQL."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else _PLACES
    return next((place for place in places if (place / "pg_ctl").exists()), None)


@contextlib.contextmanager
def server(bin_folder: Path, *, fsync: bool = False) -> Iterator[str]:
    """The URL of a running server's database "postgres"; the server ends with the block.

    Without ``fsync`` it does not wait for the disk, which tests need not outlive.
    PostgreSQL refuses to run as root, so root runs it as the user postgres.
    """
    folder = Path(tempfile.mkdtemp(prefix="pw-pg-", dir="/tmp"))
    me = pwd.getpwuid(os.geteuid()).pw_name
    user = "postgres" if me == "root" else me
    shutil.chown(folder, user)
    data = folder / "data"

    def run(*command: str) -> None:
        done = subprocess.run(
            [str(bin_folder / command[0]), *command[1:]],
            user=user if user != me else None,
            cwd=folder,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    try:
        run("initdb", "-D", str(data), "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C")
        settings = _SETTINGS.format(folder=folder, fsync="on" if fsync else "off")
        log = str(folder / "log")
        run("pg_ctl", "-D", str(data), "-l", log, "-w", "-o", settings, "start")
        try:
            yield f"postgresql+psycopg://tester@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def emptied(postgresql: str) -> str:
    """The URL of that server's database, with nothing left in it."""
    engine = sa.create_engine(postgresql, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    return postgresql


def unused(postgresql: str) -> str:
    """The URL of that server's database, with nothing in it or the empty tables of a store.

    Rows are soon deleted; making all tables anew for each test would take a minute.
    """
    engine = sa.create_engine(postgresql, poolclass=sa.NullPool)
    with engine.begin() as connection:
        made = _has_our_tables(connection)
        if made:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for name in Base.metadata.tables:
                connection.exec_driver_sql(f'DELETE FROM "{name}"')
            connection.exec_driver_sql(
                "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"
            )
    return postgresql if made else emptied(postgresql)


def _has_our_tables(connection: sa.Connection) -> bool:
    """Whether they are those of the newest schema, and there are no others."""
    if set(sa.inspect(connection).get_table_names()) != {*Base.metadata.tables, "alembic_version"}:
        return False
    return bool(
        connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == SCHEMA
    )
