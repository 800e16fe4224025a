"""A store with changes to decide on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.alerts import alert_id, worst
from monitor.comparison import compare
from monitor.config import Policy
from monitor.model import Alert, text_digest
from store import NewChange, NewDelivery, Store
from tests.store.conftest import migrated  # noqa: F401 - a fixture
from tests.store.recorded import NOW, OWNER, first

POLICY = Policy(id="acme", service="Acme", url="https://acme.example/privacy")
TEXTS = (
    "# Privacy at Acme\n\nWe write to you at least 30 days before we change this notice.\n\n"
    "We keep your orders for two years.\n",
    "# Privacy at Acme\n\nWe write to you at least 14 days before we change this notice.\n\n"
    "We keep your orders for two years.\n",
    "# Privacy at Acme\n\nWe write to you at least 7 days before we change this notice.\n\n"
    "We keep your orders for two years.\n\nWe may sell your personal data to advertisers.\n",
)


@pytest.fixture
def desk(tmp_path: Path, migrated: Path) -> Iterator[Store]:  # noqa: F811
    """A store in which "acme" changed twice, as ``compare`` sees it, each with its alert."""
    shutil.copy(migrated, tmp_path / "store.db")
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        store.sync_policies([POLICY], NOW)
        for number, text in enumerate(TEXTS, 1):
            _record(store, number, text)
        yield store


def _record(store: Store, number: int, text: str) -> None:
    at = NOW + timedelta(days=number)
    outcome = first(at=at)
    assert outcome.version is not None
    assert outcome.snapshot is not None
    snapshot = replace(outcome.snapshot, id=f"snapshot-{number}")
    version = replace(
        outcome.version, number=number, text=text, text_digest=text_digest(text),
        commitments=(), snapshot=snapshot.id,
    )  # fmt: skip
    outcome = replace(outcome, version=version, snapshot=snapshot, baseline=number)
    if number > 1:
        name = f"acme@{number - 1}-{number}"
        comparison = compare(TEXTS[number - 2], text)
        alert = Alert(
            alert_id("change", name), "acme", name, comparison.verdict, comparison.reason,
            comparison.findings, first_seen=at, severity=worst(comparison.findings),
        )  # fmt: skip
        outcome = replace(
            outcome,
            change=NewChange(name, number - 1, number, at, comparison),
            alerts=((alert, (NewDelivery("ops", at),)),),
        )
    assert store.lease("acme", OWNER, at, timedelta(hours=1))
    assert store.record(outcome)
