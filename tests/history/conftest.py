"""A store and workers, real ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from monitor.config import ExtractionSettings
from monitor.workers import Workers
from store import Store
from tests.check.conftest import world
from tests.history.archives import START

__all__ = ["store", "workers", "world"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new store in a file."""
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=START) as opened:
        yield opened


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    """One worker process."""
    async with Workers(ExtractionSettings(processes=1)) as running:
        yield running
