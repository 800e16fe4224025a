"""Stores that earlier versions wrote: opened, they hold what they held, and still verify."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from store import Store
from tests.store.recorded import NOW, commitment, comparison, policy_text

SCHEMAS = sorted((Path(__file__).parent / "schemas").glob("*.sql"))


@pytest.fixture(params=SCHEMAS, ids=lambda path: str(path.stem))
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A store as that schema had it, in ``tmp_path / "store.db"``; returns where it is from."""
    plain = sqlite3.connect(tmp_path / "store.db")
    plain.executescript(request.param.read_text())
    plain.close()
    return Path(request.param)


def test_an_older_store_keeps_what_it_held(old: Path, tmp_path: Path) -> None:
    """Texts, commitments, changes and alerts of an older schema read back after the migration."""
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        assert store.verify() == []
        texts = [store.version_text("acme", version.number) for version in store.versions("acme")]
        assert texts == [policy_text(number) for number in (1, 2, 3, 2)]
        assert store.commitments("acme", 3) == (commitment(3),)
        assert store.change("acme@2-3").comparison == comparison(2, 3)
        assert len(store.alerts()) == 3
        assert store.counts()["texts"] == 4


def test_shortfalls_of_an_older_store_are_still_known(tmp_path: Path) -> None:
    """What people were told already is not told again after a migration."""
    plain = sqlite3.connect(tmp_path / "store.db")
    plain.executescript((SCHEMAS[0].parent / "0004.sql").read_text())
    plain.close()
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        (stand,) = store.stands("acme")
        assert (stand.assessment.name, stand.version, stand.raised) == ("notice_period", 4, True)
        assert stand.assessment.quotes == (commitment(2).quote,)


def test_what_is_hashed_stays_as_it_was(old: Path, tmp_path: Path) -> None:
    """Heads noted before a migration are still held by the chains after it."""
    noted = re.findall("'([0-9a-f]{64})'", old.read_text().partition("\n")[0])
    assert len(noted) == 2
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        assert store.verify(heads=noted) == []


def test_a_text_that_was_damaged_before_is_named_after(old: Path, tmp_path: Path) -> None:
    """A migration neither fails on damage nor hides it."""
    plain = sqlite3.connect(tmp_path / "store.db")
    plain.execute("UPDATE text SET data = x'00' WHERE policy = 'acme' AND ordinal = 1")
    plain.commit()
    plain.close()
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        faults = {(fault.table, fault.row) for fault in store.verify()}
        assert {("text", "acme/1"), ("text", "acme/2")} <= faults
        assert store.version_text("acme", 1) == policy_text(1)
        assert store.verify("borealis") == []
