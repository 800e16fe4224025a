"""The hash chain, and verifying a store that somebody tampered with."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest

from monitor.errors import StoreError
from store import Fault, Store
from tests.store.behind import tamper
from tests.store.recorded import NOW, OWNER, changed

HOUR = timedelta(hours=1)


@pytest.fixture
def history(store: Store) -> Store:
    """Three versions of "acme", one of "borealis"."""
    for number in (1, 2, 3):
        at = NOW + number * HOUR
        store.lease("acme", OWNER, at, HOUR)
        assert store.record(changed(number, at=at))
    store.lease("borealis", OWNER, NOW, HOUR)
    assert store.record(changed(1, "borealis"))
    return store


def test_an_untouched_store_has_no_fault(history: Store) -> None:
    """Everything that was recorded verifies, whole and policy by policy."""
    assert history.verify() == []
    assert history.verify("acme") == []


def test_the_chain_can_be_recomputed_with_standard_tools(history: Store) -> None:
    """Each hash is SHA-256 over sorted, compact JSON of the entry, the hash before it included."""
    previous = "0" * 64
    for seq, entry in enumerate(history.evidence("acme"), 1):
        digests = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in entry.digests.items()
        }
        fields = {
            "at": entry.at.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00"),
            "digests": digests,
            "kind": entry.kind,
            "policy": "acme",
            "previous": previous,
            "seq": seq,
            "subject": entry.subject,
        }
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
        previous = hashlib.sha256(text.encode()).hexdigest()
        assert entry.hash == previous
    assert history.head("acme") == previous


TAMPERED = {
    "a version's title": ("UPDATE version SET title = 'x' WHERE number = 2 AND policy = 'acme'",
                          "version", "2"),
    "a version's date": ("UPDATE version SET first_seen = '2020-01-01 00:00:00.000000' "
                         "WHERE number = 3", "version", "3"),
    "a version's text": ("UPDATE version SET text = 0 WHERE number = 2 AND policy = 'acme'",
                         "version", "acme/2"),
    "a version's digest": ("UPDATE version SET text_digest = zeroblob(32) WHERE number = 2 AND "
                           "policy = 'acme'", "version", "2"),
    "a text's bytes": ("UPDATE text SET data = flip(data) WHERE policy = 'acme'",
                       "text", "acme/1"),
    "a text's frame": ("UPDATE text SET data = substr(data, 1, length(data) - 9) "
                       "WHERE policy = 'acme'", "text", "acme/0"),
    "a text's place": ("UPDATE text SET first = 1 WHERE policy = 'acme'", "text", "acme/1"),
    "a text's base": ("UPDATE text SET base = 7 WHERE policy = 'acme'", "text", "acme/0"),
    "a text's size": ("UPDATE text SET size = 7 WHERE policy = 'acme'", "text", "acme/0"),
    "another text": ("UPDATE text SET (data, size, stored) = (SELECT forged(data), size - 1, "
                     "length(forged(data))) WHERE policy = 'acme'", "text", "acme/1"),
    "missing texts": ("DELETE FROM text WHERE policy = 'acme'", "version", "acme/3"),
    "the commitments": ("UPDATE version_commitments SET data = flip(data) WHERE number = 2",
                        "version_commitments", "acme/2"),
    "missing commitments": ("DELETE FROM version_commitments WHERE number = 2",
                            "version_commitments", "acme/2"),
    "a snapshot's instant": ("UPDATE snapshot SET taken_at = '2020-01-01 00:00:00.000000' "
                             "WHERE id = 'acme-snapshot-2'", "snapshot", "acme-snapshot-2"),
    "a snapshot's reasons": ("UPDATE snapshot SET reasons = '[\"x\"]' WHERE id = "
                             "'acme-snapshot-2'", "snapshot", "acme-snapshot-2"),
    "a snapshot's unreadable reasons": ("UPDATE snapshot SET reasons = 'x{' WHERE id = "
                                        "'acme-snapshot-2'", "snapshot", "acme-snapshot-2"),
    "a snapshot's state": ("UPDATE snapshot SET state = 'suspect' WHERE id = 'acme-snapshot-2'",
                           "snapshot", "acme-snapshot-2"),
    "a part's headers": ("UPDATE snapshot_part SET headers = '[]' WHERE snapshot = "
                         "'acme-snapshot-2'", "snapshot", "acme-snapshot-2"),
    "a part's status": ("UPDATE snapshot_part SET status = 404 WHERE snapshot = "
                        "'acme-snapshot-3'", "snapshot", "acme-snapshot-3"),
    "a missing part": ("DELETE FROM snapshot_part WHERE snapshot = 'acme-snapshot-1'",
                       "snapshot", "acme-snapshot-1"),
    "a change's verdict": ("UPDATE change SET verdict = 'minor' WHERE id = 'acme@1-2'",
                           "change", "acme@1-2"),
    "a change's comparison": ("UPDATE change SET comparison = (SELECT comparison FROM change "
                              "WHERE id = 'acme@2-3') WHERE id = 'acme@1-2'", "change", "acme@1-2"),
    "a change's damaged comparison": ("UPDATE change SET comparison = flip(comparison) WHERE "
                                      "id = 'acme@1-2'", "change", "acme@1-2"),
    "a missing change": ("DELETE FROM change WHERE id = 'acme@1-2'", "change", "acme@1-2"),
    "a change put in": ("INSERT INTO change SELECT 'acme@1-3', policy, 1, 3, at, verdict, "
                        "comparison FROM change WHERE id = 'acme@1-2'", "change", "acme@1-3"),
    "an entry's subject": ("UPDATE evidence SET subject = '9' WHERE seq = 2 AND policy = 'acme'",
                           "evidence", "2"),
    "an entry's digests": ("UPDATE evidence SET digests = x'7b7d' WHERE seq = 4 AND "
                           "policy = 'acme'",
                           "evidence", "4"),
    "an entry's unreadable digests": ("UPDATE evidence SET digests = '{' WHERE seq = 4 AND "
                                      "policy = 'acme'", "evidence", "acme/4"),
    "an entry's instant": ("UPDATE evidence SET at = '2020-01-01 00:00:00.000000' WHERE seq = 3 "
                           "AND policy = 'acme'", "evidence", "3"),
    "a missing entry": ("DELETE FROM evidence WHERE seq = 3 AND policy = 'acme'", "evidence", "4"),
    "a cut tail": ("DELETE FROM evidence WHERE seq > 5 AND policy = 'acme'", "policy", "acme"),
    "the recorded head": ("UPDATE policy SET chain_head = 'ab' WHERE id = 'acme'",
                          "policy", "acme"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_is_found_and_located(history: Store, what: str) -> None:
    """A changed, added or removed row of any kind is named with its table; others stay clear."""
    statement, table, row = TAMPERED[what]
    tamper(history, statement)
    faults = history.verify("acme")
    assert (table, row) in {(fault.table, fault.row) for fault in faults}, faults
    assert {fault.policy for fault in history.verify()} == {"acme"}
    assert history.verify("borealis") == []


def test_a_tampered_row_is_named_with_its_link(history: Store) -> None:
    """The fault tells which entry of the chain the row contradicts, and in what."""
    tamper(history, "UPDATE change SET verdict = 'minor' WHERE id = 'acme@1-2'")
    assert history.verify() == [
        Fault("acme", "change", "acme@1-2", 5, "it was altered after it was recorded (row)")
    ]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE blob SET data = flip(data) WHERE digest = '{}'",
     "UPDATE blob SET data = x'00', size = 1, encoding = 'plain' WHERE digest = '{}'",
     "DELETE FROM blob WHERE digest = '{}'"],
)  # fmt: skip
def test_damaged_bytes_are_found_and_never_returned(history: Store, statement: str) -> None:
    """A blob that is not what was stored is a fault, and reading it is an error that names it."""
    digest = history.snapshot("acme-snapshot-2").parts[0].body_digest
    tamper(history, statement.format(digest))
    assert [(fault.table, fault.row) for fault in history.verify("acme")] == [("blob", digest)]
    with pytest.raises(StoreError, match=digest):
        history.blob(digest)


def test_a_damaged_text_is_never_returned(history: Store) -> None:
    """A text is verified when it is read, and the damaged row is named."""
    tamper(history, "UPDATE text SET data = flip(data) WHERE policy = 'acme'")
    with pytest.raises(StoreError, match="acme: text 1 is damaged"):
        history.version_text("acme", 2)
    assert history.version_text("acme", 1)


def test_what_may_change_is_no_fault(history: Store) -> None:
    """A snapshot's state set by a person, and last-seen moved by a check, verify."""
    history.set_snapshot_state("acme-snapshot-2", "superseded", NOW + 9 * HOUR)
    assert history.snapshot("acme-snapshot-2").state == "superseded"
    assert history.evidence("acme")[-1].at == NOW + 9 * HOUR
    assert history.verify() == []


def test_a_fault_of_one_policy_stops_no_other(history: Store) -> None:
    """Several tamperings are all told in one run."""
    tamper(
        history,
        "UPDATE version SET title = 'x' WHERE policy = 'borealis'",
        "UPDATE change SET verdict = 'minor' WHERE id = 'acme@2-3'",
    )
    assert {(fault.policy, fault.table) for fault in history.verify()} == {
        ("acme", "change"),
        ("borealis", "version"),
    }


def test_verifying_an_unknown_policy_is_an_error(history: Store) -> None:
    """A typo does not look like an intact policy."""
    with pytest.raises(StoreError, match="nobody"):
        history.verify("nobody")
