"""Hashes noted elsewhere: what a chain in the same file cannot show by itself."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from store import Store
from store.packing import pack, unpack
from tests.evidence.conftest import HOUR, add_version
from tests.store.recorded import NOW

DAY = timedelta(days=1)


def rewrite(path: Path, *, keep: int) -> None:
    """Forge a chain as somebody with the file could: cut it, and set the head to fit."""
    plain = sqlite3.connect(path)
    plain.execute("PRAGMA foreign_keys=OFF")
    plain.execute("DELETE FROM evidence WHERE policy = 'acme' AND seq > ?", (keep,))
    head = plain.execute(
        "SELECT lower(hex(hash)) FROM evidence WHERE policy = 'acme' AND seq = ?", (keep,)
    ).fetchone()[0]
    for table in ("delivery", "alert", "change"):
        plain.execute(f"DELETE FROM {table}")
    plain.execute("DELETE FROM version_commitments WHERE policy = 'acme' AND number > 1")
    plain.execute("DELETE FROM version WHERE policy = 'acme' AND number > 1")
    (run,) = plain.execute("SELECT data FROM text WHERE policy = 'acme'").fetchone()
    first = unpack(run).partition(b"\n")[2][: int(unpack(run).split(b" ")[0])]
    data = pack(b"%d\n%b" % (len(first), first))
    plain.execute("UPDATE text SET number = 1, size = ?, stored = ?, data = ? "
                  "WHERE policy = 'acme'", (len(first), len(data), data))  # fmt: skip
    plain.execute("DELETE FROM snapshot_part WHERE snapshot IN ('acme-snapshot-2', "
                  "'acme-snapshot-3')")  # fmt: skip
    plain.execute("DELETE FROM snapshot WHERE id IN ('acme-snapshot-2', 'acme-snapshot-3')")
    plain.execute(
        "UPDATE policy SET chain_seq = ?, chain_head = ?, baseline = 1, latest_number = 1 "
        "WHERE id = 'acme'", (keep, head),
    )  # fmt: skip
    plain.commit()
    plain.close()


def test_a_forged_end_shows_only_against_a_noted_head(history: Store, tmp_path: Path) -> None:
    """A history cut with care verifies by itself, and not against the head in an alert."""
    noted = history.alerts()[0].alert.evidence
    assert history.verify(heads=[noted]) == []
    rewrite(tmp_path / "store.db", keep=2)
    assert history.verify() == []
    (fault,) = history.verify("acme", heads=[noted])
    assert (fault.table, fault.row) == ("evidence", noted)
    assert "rewritten, or its end was cut off" in fault.problem


def test_every_alert_carries_the_head_that_vouches_for_it(history: Store) -> None:
    """An alert's hash is the entry of its own change, and no earlier one."""
    entries = {entry.hash: entry for entry in history.evidence("acme")}
    for record in history.alerts():
        entry = entries[record.alert.evidence]
        assert (entry.kind, entry.subject) == ("change", record.alert.change)
    delivered = history.lease_deliveries("me", NOW + DAY, 10, HOUR)
    assert {delivery.alert.evidence for delivery in delivered} <= set(entries)
    assert delivered


def test_a_head_of_another_policy_is_no_anchor_for_this_one(history: Store) -> None:
    """Asked about one policy, only its own chain counts."""
    other = history.head("borealis")
    assert history.verify(heads=[other]) == []
    assert len(history.verify("acme", heads=[other])) == 1


def test_a_checkpoint_anchors_every_chain(history: Store, tmp_path: Path) -> None:
    """One noted hash is enough to find that any policy's past was rewritten."""
    noted = history.checkpoint(NOW)
    assert history.verify(heads=[noted]) == []
    rewrite(tmp_path / "store.db", keep=2)
    assert [(fault.table, fault.row) for fault in history.verify()] == [("checkpoint", "1")]


def test_forged_checkpoints_show_against_a_noted_one(history: Store, tmp_path: Path) -> None:
    """Whoever forges the checkpoints as well lacks the hash that was noted."""
    noted = history.checkpoint(NOW)
    rewrite(tmp_path / "store.db", keep=2)
    plain = sqlite3.connect(tmp_path / "store.db")
    plain.execute("DELETE FROM checkpoint")
    plain.commit()
    plain.close()
    history.checkpoint(NOW)
    assert history.verify() == []
    assert [fault.row for fault in history.verify(heads=[noted])] == [noted]


def test_a_checkpoint_names_what_moved_and_no_more(history: Store) -> None:
    """Nothing new, no new checkpoint; and with a period, none before it is over."""
    first = history.checkpoint(NOW)
    assert history.checkpoint(NOW + DAY) == first
    add_version(history, "acme", 4)
    assert history.checkpoint(NOW + HOUR, every=DAY) == ""
    second = history.checkpoint(NOW + DAY, every=DAY)
    assert second not in ("", first)
    assert [record.seq for record in history.checkpoints()] == [1, 2]
    assert history.verify(heads=[first, second]) == []


def test_a_checkpoint_can_be_recomputed_with_standard_tools(history: Store) -> None:
    """Its hash is SHA-256 over the JSON that docs/evidence.md shows."""
    heads = {name: [len(history.evidence(name)), history.head(name)] for name in
             ("acme", "borealis")}  # fmt: skip
    content = {"at": "2026-03-01T10:00:00.000000+00:00", "heads": heads,
               "previous": "0" * 64, "seq": 1}  # fmt: skip
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    assert history.checkpoint(NOW) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE checkpoint SET moved = x'00' WHERE seq = 1",
     "UPDATE checkpoint SET at = '2020-01-01 00:00:00.000000' WHERE seq = 1",
     "UPDATE checkpoint SET hash = x'00' WHERE seq = 1",
     "DELETE FROM checkpoint WHERE seq = 1"],
)  # fmt: skip
def test_a_tampered_checkpoint_is_found(history: Store, tmp_path: Path, statement: str) -> None:
    """Checkpoints are verified like everything else."""
    history.checkpoint(NOW)
    add_version(history, "acme", 4)
    history.checkpoint(NOW + DAY)
    plain = sqlite3.connect(tmp_path / "store.db")
    assert plain.execute(statement).rowcount == 1
    plain.commit()
    plain.close()
    assert {fault.table for fault in history.verify()} == {"checkpoint"}


def test_a_store_without_entries_has_no_checkpoint(tmp_path: Path) -> None:
    """There is nothing to note, and that is no fault."""
    with Store.open("sqlite:///new.db", base_dir=tmp_path, now=NOW) as store:
        assert store.checkpoint(NOW) == ""
        assert store.verify() == []
