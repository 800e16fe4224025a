"""What every test starts from: no logging configured, no secret known, no terminal's width.

And what many of them stand on: a real PostgreSQL.
"""

import os
from collections.abc import Iterator

import pytest
import structlog

from monitor import secrecy
from tests import postgres

# Where tests run side by side, the workers are told the width of a terminal; rich would keep it.
os.environ.pop("COLUMNS", None)

#: Folders whose tests take long one by one. They come first: no worker shall end with one alone.
LONG = ("end_to_end", "cluster", "disk", "secrecy", "deploy")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: daemons, deadlines and disks are waited for."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take long before all others."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


@pytest.fixture(autouse=True)
def unconfigured_logs() -> Iterator[None]:
    """A command sets up logs for its process; the next test must not inherit level or stream."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    secrecy.forget()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server of this session's own."""
    programs = postgres.programs()
    if programs is None:
        pytest.skip("no PostgreSQL server (initdb, pg_ctl) on this machine")
    with postgres.server(programs) as url:
        yield url


@pytest.fixture
def empty_postgresql(postgresql: str) -> str:
    """The URL of that server's database, with nothing in it."""
    return postgres.emptied(postgresql)
