"""Letting raw pages go after a time: said in the chain, never silently.

Only the bytes of captured pages go. Their snapshots stay, with headers, instants and digests, and
an action "prune" in the policy's chain names every digest that went: what is missing without such
an entry is a fault. Bytes that anything else refers to stay: the page of the current version, that
of a younger capture, what a 304 stands for, a mail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlmodel import Session, col, select

from store import actions, blobs
from store.records import NewAction, Pruned, SnapshotState
from store.tables import (
    ActionRow,
    BlobRow,
    MailRow,
    PartRow,
    PolicyRow,
    SnapshotRow,
    ValidatorRow,
    VersionRow,
)

#: Rows of one query.
_AT_ONCE = 500


def prunable(
    session: Session, limits: Mapping[SnapshotState, datetime]
) -> dict[str, dict[str, int]]:
    """Bytes at rest by digest, by policy, of pages captured before the limit of their state."""
    old, kept = set[str](), set[str]()
    owner: dict[str, str] = {}
    for digest, policy, state, taken_at, current in session.execute(_captured()):
        limit = limits.get(cast(SnapshotState, state))
        goes = limit is not None and taken_at < limit and not current
        (old if goes else kept).add(digest)
        if goes:
            owner.setdefault(digest, policy)
    kept.update(session.exec(select(ValidatorRow.body_digest)))
    kept.update(session.exec(select(MailRow.digest)))
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for digest, stored in _sizes(session, sorted(old - kept)).items():
        found[owner[digest]][digest] = stored
    return dict(found)


def prune(
    session: Session,
    limits: Mapping[SnapshotState, datetime],
    *,
    at: datetime,
    who: str,
    why: str,
) -> list[Pruned]:
    """Let those go, with an action on each policy; returns what went."""
    gone = []
    for policy, bodies in sorted(prunable(session, limits).items()):
        row = session.get(PolicyRow, policy)
        assert row is not None  # a snapshot has a policy
        digests = tuple(sorted(bodies))
        blobs.let_go(session, digests)
        action = NewAction(at, who, "prune", "raw pages", why, {"bodies": digests})
        actions.record_action(session, row, action)
        gone.append(Pruned(policy, len(digests), sum(bodies.values())))
    session.flush()
    return gone


def pruned_digests(session: Session, policies: Collection[str] | None = None) -> set[str]:
    """What went by an action of the chain, of some policies or of all."""
    statement = select(ActionRow.detail).where(ActionRow.what == "prune")
    if policies is not None:
        statement = statement.where(col(ActionRow.policy).in_(policies))
    details = session.exec(statement).all()
    return {digest for detail in details for digest in (detail or {}).get("bodies", ())}


def _captured() -> sa.Select[str, str, str, datetime, bool]:
    """Every page of every snapshot, and whether it is that of the current version."""
    current = sa.and_(
        col(VersionRow.policy) == col(PolicyRow.id),
        col(VersionRow.number) == col(PolicyRow.baseline),
        col(VersionRow.snapshot) == col(SnapshotRow.id),
    )
    return (
        sa.select(
            col(PartRow.body_digest),
            col(SnapshotRow.policy),
            col(SnapshotRow.state),
            col(SnapshotRow.taken_at),
            col(VersionRow.number).is_not(None),
        )
        .join(SnapshotRow, col(SnapshotRow.id) == col(PartRow.snapshot))
        .join(PolicyRow, col(PolicyRow.id) == col(SnapshotRow.policy))
        .outerjoin(VersionRow, current)
    )


def _sizes(session: Session, digests: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(digests), _AT_ONCE):
        some = digests[start : start + _AT_ONCE]
        rows = select(BlobRow.digest, BlobRow.stored).where(
            col(BlobRow.digest).in_(some), BlobRow.encoding != blobs.GONE
        )
        found |= dict(session.exec(rows).all())
    return found
