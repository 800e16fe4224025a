"""Timestamps of an authority (RFC 3161) over heads of chains, as they came.

A token is over the text of one entry, whose SHA-256 is its hash: whoever holds ``chain.jsonl`` and
the token needs nothing else to see that this entry, and so all before it, was there at that time.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlmodel import Session, col, select

from store import evidence
from store.records import Fault, StampRecord, Unstamped
from store.tables import EvidenceRow, PolicyRow, StampRow


def unstamped(session: Session, limit: int) -> list[Unstamped]:
    """Heads of chains that have no timestamp, those that were never stamped first."""
    newest = (
        sa.select(col(StampRow.policy), sa.func.max(col(StampRow.seq)).label("seq"))
        .group_by(col(StampRow.policy))
        .subquery()
    )
    done = sa.func.coalesce(newest.c.seq, 0)
    statement = (
        sa.select(col(PolicyRow.id))
        .outerjoin(newest, newest.c.policy == col(PolicyRow.id))
        .where(col(PolicyRow.chain_seq) > done)
        .order_by(done, col(PolicyRow.id))
        .limit(limit)
    )
    found = []
    for policy in session.connection().execute(statement).scalars():
        entry = evidence.entries(session, policy)[-1]
        found.append(Unstamped(policy, entry.seq, evidence.entry_json(entry).encode()))
    return found


def add(session: Session, stamp: StampRecord) -> None:
    """Keep a token; one for the same entry stays as it was."""
    if session.get(StampRow, (stamp.policy, stamp.seq)) is None:
        session.add(
            StampRow(
                policy=stamp.policy,
                seq=stamp.seq,
                at=stamp.at,
                authority=stamp.authority,
                certificate=stamp.certificate,
                token=stamp.token,
            )
        )
        session.flush()


def of_policy(session: Session, policy: str) -> list[StampRecord]:
    """The timestamps of a policy's chain, oldest first."""
    mine = select(StampRow).where(StampRow.policy == policy).order_by(col(StampRow.seq))
    return [
        StampRecord(row.policy, row.seq, row.at, row.authority, row.certificate, row.token)
        for row in session.exec(mine)
    ]


def verify(session: Session, policy: str) -> Iterator[Fault]:
    """A token holds the hash of its entry; whether the authority signed it, openssl tells."""
    entries = select(EvidenceRow.seq, EvidenceRow.hash).where(EvidenceRow.policy == policy)
    hashes = dict(session.exec(entries).all())
    for stamp in of_policy(session, policy):
        known = hashes.get(stamp.seq)
        if known is None or bytes.fromhex(known) not in stamp.token:
            problem = "the timestamp is not of this entry: one of them was altered"
            yield Fault(policy, "stamp", str(stamp.seq), stamp.seq, problem)
