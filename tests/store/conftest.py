"""Builders for what the store takes, shared by its tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.config import Policy
from store import Store
from tests import postgres

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """The instant at which a test happens."""
    return NOW


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a new store, to copy: migrating one for each test would take a minute."""
    folder = tmp_path_factory.mktemp("migrated")
    Store.open("sqlite:///store.db", base_dir=folder, now=NOW).close()
    return folder / "store.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A new store with the policies "acme" and "borealis", on each of the two databases."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), tmp_path / "store.db")
        url = "sqlite:///store.db"
    else:
        url = postgres.unused(request.getfixturevalue("postgresql"))
    with Store.open(url, base_dir=tmp_path, now=NOW) as opened:
        opened.sync_policies(
            [
                Policy(id="acme", service="Acme", url="https://acme.example/privacy"),
                Policy(id="borealis", service="Borealis", url="https://borealis.example/terms"),
            ],
            NOW,
        )
        yield opened
