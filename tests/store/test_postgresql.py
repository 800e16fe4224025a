"""What is particular to a store on PostgreSQL: several processes, and databases that do not fit."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.config import Policy
from monitor.errors import StoreError
from store import Store
from store.database import WRITING
from store.tables import Base
from tests.store.recorded import OWNER, changed, first, unchanged

COMPETE = """
import sys
from datetime import datetime, timedelta, UTC
from pathlib import Path
from store import Store
now = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
with Store.open(sys.argv[1], base_dir=Path(), exclusive=True, now=now) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    names = store.due(now, 1000)
    print(*[name for name in names if store.lease(name, sys.argv[2], now, timedelta(hours=1))])
"""


def compete(url: str, owner: str) -> subprocess.Popen[str]:
    """A process that leases what it finds due, once it is told to begin."""
    command = [sys.executable, "-c", COMPETE, url, owner]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_two_daemons_never_share_a_lease(empty_postgresql: str, now: datetime) -> None:
    """Both open one database as daemons do, at once, and take each policy once between them."""
    policies = [Policy(id=f"p{n}", url=f"https://p{n}.example/privacy") for n in range(100)]
    with Store.open(empty_postgresql, base_dir=Path(), now=now) as store:
        store.sync_policies(policies, now)
    processes = [compete(empty_postgresql, owner) for owner in ("one", "two")]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    taken = [name for process in processes for name in process.communicate()[0].split()]
    assert sorted(taken) == sorted(policy.id for policy in policies)


def test_leases_and_unchanged_pages_wait_for_no_other_policy(
    empty_postgresql: str, now: datetime
) -> None:
    """While a writer is at work, other processes check on; what is new waits for its turn."""
    hour = timedelta(hours=1)
    engine = sa.create_engine(empty_postgresql, poolclass=sa.NullPool)
    with Store.open(empty_postgresql, base_dir=Path(), now=now) as store:
        store.sync_policies([Policy(id="acme", url="https://acme.example/privacy")], now)
        assert store.take("acme", OWNER, now, hour)
        assert store.record(first(at=now))
        with engine.connect() as writer, ThreadPoolExecutor() as threads:
            writer.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITING})")
            assert store.take("acme", OWNER, now + hour, hour)
            assert store.take("acme", "another", now + hour, hour) is None
            assert store.record(unchanged(at=now + hour))
            assert store.take("acme", OWNER, now + 2 * hour, hour)
            recording = threads.submit(store.record, changed(2, at=now + 2 * hour))
            waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while not writer.exec_driver_sql(waits).scalar_one():
                assert not recording.done()
            assert [version.number for version in store.versions("acme")] == [1]
            writer.rollback()
            assert recording.result()
        assert [version.number for version in store.versions("acme")] == [1, 2]
        assert store.verify() == []


def test_writers_of_one_policy_come_one_after_the_other(
    empty_postgresql: str, now: datetime
) -> None:
    """An unchanged page too waits for whoever writes about its own policy, and sees it then."""
    engine = sa.create_engine(empty_postgresql, poolclass=sa.NullPool)
    with Store.open(empty_postgresql, base_dir=Path(), now=now) as store:
        store.sync_policies([Policy(id="acme", url="https://acme.example/privacy")], now)
        with engine.connect() as writer, ThreadPoolExecutor() as threads:
            writer.exec_driver_sql(
                "UPDATE policy SET lease_owner = 'other', lease_until = '2999-01-01'"
            )
            taking = threads.submit(store.take, "acme", OWNER, now, timedelta(hours=1))
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            while not writer.exec_driver_sql(waits).scalar_one():
                assert not taking.done()
            writer.commit()
            assert taking.result() is None


def test_processes_that_open_a_new_database_together_make_it_once(empty_postgresql: str) -> None:
    """Each finds the tables made, whoever made them."""
    processes = [compete(empty_postgresql, str(number)) for number in range(3)]
    for process in processes:
        process.communicate("go\n")
    assert [process.returncode for process in processes] == [0, 0, 0]


def test_a_database_of_another_collation_is_refused(postgresql: str, now: datetime) -> None:
    """Its order of texts would not be that of the store; the message says how to make one."""
    engine = sa.create_engine(postgresql, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS latin")
        connection.exec_driver_sql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'")
    other = postgresql.replace("/postgres?", "/latin?")
    with pytest.raises(StoreError, match="CREATE DATABASE policywatch"):
        Store.open(other, base_dir=Path(), now=now)


def test_a_store_never_shows_its_password(empty_postgresql: str, now: datetime) -> None:
    """Logs and messages name the store; the server here asks for none, so any will do."""
    secret = empty_postgresql.replace("tester@", "tester:hunter2@")
    with Store.open(secret, base_dir=Path(), now=now) as store:
        assert "tester" in store.name
        assert "hunter2" not in store.name


def test_links_of_one_process_hold_in_another(empty_postgresql: str, now: datetime) -> None:
    """The key is in the database: every process has the same one, also after all have ended."""
    keys = set()
    for _ in range(2):
        with (
            Store.open(empty_postgresql, base_dir=Path(), now=now) as store,
            Store.open(empty_postgresql, base_dir=Path(), now=now) as beside,
        ):
            keys |= {store.signing_key(), beside.signing_key()}
    assert [len(key) for key in keys] == [32]


def test_processes_that_first_ask_for_the_key_together_get_one(
    empty_postgresql: str, now: datetime
) -> None:
    """Whoever comes second takes the key of the first."""
    with Store.open(empty_postgresql, base_dir=Path(), now=now):
        pass
    asking = "print('ready', flush=True); sys.stdin.readline(); print(store.signing_key().hex())"
    script = COMPETE.partition("    print(")[0] + f"    {asking}"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, empty_postgresql],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    keys = {process.communicate()[0] for process in processes}
    assert len(keys) == 1
    assert len(keys.pop().strip()) == 64


def test_a_database_of_an_earlier_version_is_migrated(empty_postgresql: str, now: datetime) -> None:
    """The first schema that was kept on PostgreSQL becomes the tables of today."""
    with Store.open(empty_postgresql, base_dir=Path(), now=now) as store:
        store.sync_policies([Policy(id="acme", url="https://acme.example/privacy")], now)
    engine = sa.create_engine(empty_postgresql, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for table in ("secret", "directory", "tag", "review"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql("ALTER TABLE policy DROP COLUMN paused_until")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0012'")
    with Store.open(empty_postgresql, base_dir=Path(), now=now) as store:
        assert store.signing_key()
        assert [source.policy for source in store.sources()] == ["acme"]
    inspector = sa.inspect(engine)
    for name, table in Base.metadata.tables.items():
        columns = {column["name"] for column in inspector.get_columns(name)}
        assert columns == set(table.columns.keys()), name
