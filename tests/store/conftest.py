"""Builders for what the store takes, shared by its tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import Policy
from store import Store

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """The instant at which a test happens."""
    return NOW


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new store in a file, with the policies "acme" and "borealis"."""
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as opened:
        opened.sync_policies(
            [
                Policy(id="acme", service="Acme", url="https://acme.example/privacy"),
                Policy(id="borealis", service="Borealis", url="https://borealis.example/terms"),
            ],
            NOW,
        )
        yield opened


@pytest.fixture
def hour() -> timedelta:
    """The length of a lease."""
    return timedelta(hours=1)
