"""How policies stand to what is expected of them: replaced as a whole, policy by policy."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from monitor.model import Stand
from store import directory
from store.tables import ExpectationRow


def get(session: Session, policy: str) -> tuple[Stand, ...]:
    """A policy's stands, in the order of its expectations."""
    return listing(session, policy).get(policy, ())


def listing(session: Session, policy: str | None = None) -> dict[str, tuple[Stand, ...]]:
    """The stands of one policy, or of all that have any."""
    statement = select(ExpectationRow)
    if policy is not None:
        statement = statement.where(ExpectationRow.policy == policy)
    ordered = statement.order_by(col(ExpectationRow.policy), col(ExpectationRow.position))
    found: dict[str, list[Stand]] = {}
    for row in session.exec(ordered):
        stand = Stand(row.assessment, row.version, row.since, row.raised)
        found.setdefault(row.policy, []).append(stand)
    return {name: tuple(stands) for name, stands in found.items()}


def replace(session: Session, policy: str, stands: Sequence[Stand]) -> None:
    """Store how a policy stands now; what is no longer expected goes."""
    session.exec(sa.delete(ExpectationRow).where(col(ExpectationRow.policy) == policy))
    session.add_all(
        ExpectationRow(
            policy=policy,
            position=position,
            standing=stand.assessment.standing,
            version=stand.version,
            since=stand.since,
            raised=stand.raised,
            assessment=stand.assessment,
        )
        for position, stand in enumerate(stands)
    )
    directory.fell_short(session, policy, sum(stand.assessment.short for stand in stands))
    session.flush()
