import shutil
from collections.abc import AsyncIterator, Iterator
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from alert_samples import NOW

from monitor.config import FetchSettings
from monitor.fetch import Fetcher
from store import Store


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    """The way out that the daemon uses, opened for loopback."""
    async with Fetcher(FetchSettings(allow_networks=(IPv4Network("127.0.0.0/8"),))) as fetcher:
        yield fetcher


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy, since migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("database")
    Store.open("sqlite:///watch.db", base_dir=folder, now=NOW).close()
    return folder / "watch.db"


@pytest.fixture
def store(tmp_path: Path, empty_database: Path) -> Iterator[Store]:
    """An empty store in a file of its own."""
    shutil.copy(empty_database, tmp_path)
    with Store.open("sqlite:///watch.db", base_dir=tmp_path, now=NOW) as opened:
        yield opened
