"""What is particular to a store on PostgreSQL: several processes, and databases that do not fit."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.config import Policy
from monitor.errors import StoreError
from store import Store

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
