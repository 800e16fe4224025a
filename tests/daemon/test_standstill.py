"""Policies that are due while no worker runs: people hear of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.config import Policy
from monitor.standstill import PATIENCE, standstill
from store import Store
from tests.store.recorded import OWNER, first

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_what_is_due_and_checked_by_nobody_is_told(tmp_path: Path) -> None:
    """As long as anything is checked, those that wait have their turn ahead."""
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        assert standstill(store, NOW) == "", "nothing is watched"
        urls = {name: f"https://{name}.example/" for name in ("acme", "borealis")}
        store.sync_policies([Policy(id=name, url=url) for name, url in urls.items()], NOW)
        assert standstill(store, NOW + PATIENCE - MINUTE) == ""
        late = NOW + PATIENCE + MINUTE
        told = standstill(store, late)
        assert "due since 2026-03-01 10:00 UTC" in told
        assert "policywatch worker" in told

        assert store.lease("acme", OWNER, late, MINUTE)
        assert store.record(first(at=late))
        assert standstill(store, late + MINUTE) == "", "borealis waits, but something happens"
        assert "nothing was checked" in standstill(store, late + PATIENCE + MINUTE)
