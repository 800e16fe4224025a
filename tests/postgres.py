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
