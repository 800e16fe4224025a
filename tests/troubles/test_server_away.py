"""A database server that is away: told past the outbox, and over when it is back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import Settings
from monitor.distress import CALM, PATIENCE, Distress
from monitor.errors import StoreError
from monitor.troubles import NOBODYS
from notifiers.base import Delivery, Limits
from store import Store
from tests import postgres

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SETTINGS = Settings.model_validate(
    {"channel": [{"id": "ops", "kind": "console"}], "route": [{"channel": "ops"}]}
)


class Channel:
    """Takes every message, and keeps it."""

    limits = Limits(timeout=timedelta(seconds=5))

    def __init__(self) -> None:
        self.taken: list[Delivery] = []

    async def send(self, delivery: Delivery) -> str:
        self.taken.append(delivery)
        return "ok"

    async def probe(self) -> str:
        return ""


async def test_a_server_that_is_away_is_told_past_the_outbox() -> None:
    """What is said says what to do; it is not over before something is written."""
    programs = postgres.programs()
    if programs is None:
        pytest.skip("no PostgreSQL server (initdb, pg_ctl) on this machine")
    ops, distress = Channel(), Distress()
    with postgres.server(programs) as url:
        store = Store.open(postgres.emptied(url), base_dir=Path(), now=NOW)
    with store:  # its server has ended
        for at in (NOW, NOW + PATIENCE):
            with pytest.raises(StoreError, match="its server cannot be reached"):
                store.hold_lane("ops", NOW, NOW)
            await distress.look(store, SETTINGS, {"ops": ops}, at)
        assert [delivery.alert.policy for delivery in ops.taken] == [NOBODYS]
        assert "its server cannot be reached" in ops.taken[0].alert.summary
        await distress.look(store, SETTINGS, {"ops": ops}, NOW + PATIENCE + CALM)
        assert distress.since == NOW, "nothing was written since: it is not over"
