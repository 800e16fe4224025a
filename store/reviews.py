"""Which alerts wait for a decision, within the caller's transaction (store.lookups).

A row repeats what the actions about an alert come to (monitor.review.states), so that those that
are open are found without reading what was ever decided.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from monitor.model import GRAVITY, SEVERITIES, Alert, Severity, subject_of
from store.directory import newest_first
from store.records import NewAction
from store.tables import ReviewRow

#: Alerts that people decide on; trouble with a source ends when the source is well.
REVIEWED = ("change", "expectation")


def begin(session: Session, alert: Alert, severity: Severity, at: datetime) -> None:
    """An alert was written: it waits."""
    subject = subject_of(alert)
    if alert.kind not in REVIEWED or session.get(ReviewRow, subject) is not None:
        return
    session.add(
        ReviewRow(
            subject=subject,
            alert=alert.id,
            policy=alert.policy,
            gravity=GRAVITY[severity],
            by_age=newest_first(at),
            open=True,
            until=None,
        )
    )
    session.flush()


def follow(session: Session, step: NewAction) -> None:
    """Somebody did something about a subject; the newest step counts."""
    row = session.get(ReviewRow, step.subject) if step.subject else None
    if row is None:
        return
    match step.what:
        case "acknowledge" | "dismiss":
            row.open, row.until = False, None
        case "escalate" | "reopen":
            row.open, row.until = True, None
        case "snooze":
            row.until = step.detail["until"]


def waiting(
    session: Session,
    limit: int | None,
    *,
    severities: Collection[Severity],
    now: datetime | None = None,
    policy: str | None = None,
    gravest: bool = False,
    offset: int = 0,
) -> list[str]:
    """The ids of alerts that are open, the newest first; given ``now``, those not snoozed.

    ``gravest``: the gravest first, then the newest.
    """
    statement = _open(sa.select(col(ReviewRow.alert)), severities, now)
    if policy is not None:
        statement = statement.where(col(ReviewRow.policy) == policy)
    order: list[Any] = [col(ReviewRow.gravity)] if gravest else []
    order += [col(ReviewRow.by_age), col(ReviewRow.alert)]
    found = session.connection().execute(statement.order_by(*order).limit(limit).offset(offset))
    return [row[0] for row in found]


def tally(
    session: Session, *, severities: Collection[Severity], now: datetime
) -> dict[Severity, int]:
    """How many of each severity there are."""
    counted: Any = sa.select(col(ReviewRow.gravity), sa.func.count())
    statement = _open(counted, severities, now)
    found = session.connection().execute(statement.group_by(col(ReviewRow.gravity)))
    return {SEVERITIES[rank]: count for rank, count in found}


def _open(
    statement: sa.Select[Any], severities: Collection[Severity], now: datetime | None
) -> sa.Select[Any]:
    ranks = [GRAVITY[severity] for severity in severities]
    statement = statement.where(col(ReviewRow.open).is_(True), col(ReviewRow.gravity).in_(ranks))
    if now is not None:
        awake = sa.or_(col(ReviewRow.until).is_(None), col(ReviewRow.until) <= now)
        statement = statement.where(awake)
    return statement
