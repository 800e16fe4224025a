"""A chain over all chains: one hash that, noted elsewhere, anchors every policy.

A checkpoint names the head of each policy whose chain moved since the checkpoint before, so it
stays small however many policies there are. Its hash is the SHA-256 of this canonical JSON::

    {"at":"...","heads":{"acme":[5,"<hash of entry 5>"]},"previous":"<hash>","seq":1}

The heads' hashes are not stored twice: they are those of the entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import sqlalchemy as sa
import zstandard
from sqlmodel import Session, col, select

from monitor.errors import StoreError
from store import codec, evidence
from store.packing import pack, unpack
from store.records import CheckpointRecord, Fault
from store.tables import CheckpointRow, EvidenceRow, PolicyRow

_TABLE = "checkpoint"


def add(session: Session, now: datetime) -> CheckpointRecord | None:
    """Add a checkpoint of every chain that moved; the newest one again if none did.

    None in a store without any entry.
    """
    known: dict[str, int] = {}
    newest = None
    for row in _rows(session):
        known |= _moved(row)
        newest = row
    moved = {
        name: seq
        for name, seq in session.exec(select(PolicyRow.id, PolicyRow.chain_seq))
        if seq > known.get(name, 0)
    }
    if moved:
        previous = newest.hash if newest else evidence.GENESIS
        seq = newest.seq + 1 if newest else 1
        newest = CheckpointRow(seq=seq, at=now, moved=pack(codec.dumps(moved).encode()), hash="")
        newest.hash = _hash(session, newest, moved, previous)
        session.add(newest)
        session.flush()
    return None if newest is None else CheckpointRecord(newest.seq, newest.at, newest.hash)


def listing(session: Session) -> list[CheckpointRecord]:
    """All checkpoints, oldest first."""
    return [CheckpointRecord(row.seq, row.at, row.hash) for row in _rows(session)]


def verify(session: Session) -> Iterator[Fault]:
    """Recompute every checkpoint from the entries it names."""
    previous, expected = evidence.GENESIS, 1
    for row in _rows(session):
        if row.seq != expected:
            yield _fault(row.seq, f"checkpoints {expected} to {row.seq - 1} are missing")
        try:
            right = row.seq != expected or _hash(session, row, _moved(row), previous) == row.hash
        except StoreError as error:
            yield _fault(row.seq, str(error))
        else:
            if not right:
                yield _fault(row.seq, "its hash is not of the heads it names: one was rewritten")
        previous, expected = row.hash, row.seq + 1


def _rows(session: Session) -> Iterator[CheckpointRow]:
    yield from session.exec(select(CheckpointRow).order_by(col(CheckpointRow.seq)))


def _moved(row: CheckpointRow) -> Mapping[str, int]:
    try:
        moved: Mapping[str, int] = codec.loads(unpack(row.moved))
    except (zstandard.ZstdError, ValueError) as error:
        raise StoreError(f"checkpoint {row.seq} is damaged: {error}") from error
    return moved


def _hash(session: Session, row: CheckpointRow, moved: Mapping[str, int], previous: str) -> str:
    heads = {name: [seq, _entry(session, name, seq)] for name, seq in moved.items()}
    content = {
        "at": evidence.instant(row.at),
        "heads": heads,
        "previous": previous,
        "seq": row.seq,
    }
    return evidence.digest(evidence.canonical(content))


def _entry(session: Session, policy: str, seq: int) -> str:
    place = sa.and_(col(EvidenceRow.policy) == policy, col(EvidenceRow.seq) == seq)
    found = session.exec(select(EvidenceRow.hash).where(place)).first()
    if found is None:
        raise StoreError(f"entry {seq} of {policy}, which it names, is gone")
    return found


def _fault(seq: int, problem: str) -> Fault:
    return Fault(policy="", table=_TABLE, row=str(seq), seq=seq, problem=problem)
