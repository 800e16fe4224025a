"""Bring a database to the newest schema when it is opened, or say why that cannot be.

All migrations of one opening run in one transaction that holds the database's write lock, so two
processes that start together migrate once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from monitor.errors import StoreError
from store.tables import SCHEMA, Base

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: Engine, name: str) -> None:
    """Upgrade the database behind ``engine`` (called ``name`` in messages) to ``SCHEMA``."""
    with engine.connect() as connection:
        if current(connection, name) == SCHEMA:
            return
    with engine.connect() as connection:
        _foreign_keys(connection, on=False)
        with connection.begin():
            if current(connection, name) != SCHEMA:
                _upgrade(connection, name)
                _check_references(connection, name)
        _foreign_keys(connection, on=True)


def current(connection: Connection, name: str) -> str | None:
    """The schema of a database; None if it is empty. Refuses another program's database."""
    tables = sa.inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise StoreError(
            f"{name} is the database of another program (it has tables, but none of ours). "
            "Set [store] url to a file of its own"
        )
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, name: str) -> None:
    # Imported here: a store that is up to date opens without paying for alembic.
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = current(connection, name)
    if found is None and connection.dialect.name == "postgresql":
        Base.metadata.create_all(connection)
        command.stamp(config, "head")
        return
    if found is not None and found not in known:
        raise StoreError(
            f"{name} was written by a newer policywatch (its schema is {found}, this version "
            f"knows up to {SCHEMA}). Install the newer version, or use another [store] url"
        )
    command.upgrade(config, "head")


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    """A batch rebuild with foreign keys on would delete the children of the rebuilt table."""
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
        cursor.close()


def _check_references(connection: Connection, name: str) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise StoreError(
            f"migrating {name} would break a reference (table {broken[0]}, row {broken[1]}); "
            "nothing was changed. Please report this with the version you upgraded from"
        )
