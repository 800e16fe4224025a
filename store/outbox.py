"""The outbox: alerts on their way to channels.

A delivery row is written in the transaction of what it tells about. Dispatchers lease rows, send,
then mark: nothing is lost, and a double is possible only between a server's accept and the mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from monitor.model import Alert
from store import reviews
from store.records import DeliveryRecord, DeliveryState, NewDelivery, Raised
from store.tables import AlertRow, DeliveryRow

#: Begins the batches of throttled deliveries; the instant of the first one follows.
_THROTTLED = "throttled "


def add(session: Session, alert: Alert, deliveries: Iterable[NewDelivery], now: datetime) -> None:
    """Write an alert and its deliveries; what is there already stays as it is."""
    if session.get(AlertRow, alert.id) is None:
        session.add(
            AlertRow(
                id=alert.id,
                policy=alert.policy,
                kind=alert.kind,
                severity=alert.severity,
                created_at=now,
                payload=alert,
            )
        )
        session.flush()
        reviews.begin(session, alert, alert.severity, now)
    for delivery in deliveries:
        _add_delivery(session, alert.id, _throttled(session, delivery, now), now)


def _add_delivery(session: Session, alert: str, new: NewDelivery, now: datetime) -> None:
    """A channel is told of an alert once for each purpose."""
    same = select(DeliveryRow.id).where(
        DeliveryRow.alert == alert,
        DeliveryRow.channel == new.channel,
        DeliveryRow.purpose == new.purpose,
    )
    if session.exec(same).first() is None:
        session.add(new_row(alert, new, now))
        session.flush()


def _throttled(session: Session, new: NewDelivery, now: datetime) -> NewDelivery:
    """The first of a throttled channel goes at once; those that follow wait for the time's end."""
    if new.throttle is None:
        return new
    begun = f"{_THROTTLED}{now.astimezone(UTC).isoformat(timespec='microseconds')}"
    newest = (
        select(DeliveryRow.batch)
        .where(
            DeliveryRow.channel == new.channel,
            col(DeliveryRow.batch) > _THROTTLED,
            col(DeliveryRow.batch) <= begun,
        )
        .order_by(col(DeliveryRow.batch).desc())
    )
    batch = session.exec(newest).first()
    if batch is not None:
        ends = datetime.fromisoformat(batch.removeprefix(_THROTTLED)) + new.throttle
        if now < ends:
            return replace(new, batch=batch, not_before=max(ends, new.not_before))
    return replace(new, batch=begun)


def count(session: Session, state: DeliveryState) -> int:
    """How many deliveries are in a state."""
    mine = select(sa.func.count()).select_from(DeliveryRow).where(DeliveryRow.state == state)
    return session.exec(mine).one()


def raise_once(session: Session, alerts: Sequence[Raised], now: datetime) -> int:
    """Write those that were never raised, with their deliveries; how many."""
    count = 0
    for alert, deliveries in alerts:
        if session.get(AlertRow, alert.id) is None:
            add(session, alert, deliveries, now)
            count += 1
    return count


def lease(
    session: Session,
    owner: str,
    now: datetime,
    limit: int,
    duration: timedelta,
    *,
    channel: str | None = None,
    batch: str | None = None,
) -> list[DeliveryRecord]:
    """Take deliveries that are ready (or whose lease ran out), the longest waiting first.

    With ``channel`` only those for that one, so that a slow channel holds up no other; with
    ``batch`` only those of that digest.
    """
    ready = (
        select(DeliveryRow, AlertRow)
        .join(AlertRow, col(AlertRow.id) == col(DeliveryRow.alert))
        .where(col(DeliveryRow.ready_at) <= now)
        .order_by(col(DeliveryRow.ready_at), col(DeliveryRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True, of=DeliveryRow)
    )
    if channel is not None:
        ready = ready.where(col(DeliveryRow.channel) == channel)
    if batch is not None:
        ready = ready.where(col(DeliveryRow.batch) == batch)
    taken = session.exec(ready).all()
    for row, _ in taken:
        row.state = "leased"
        row.lease_owner = owner
        row.ready_at = now + duration
        row.attempts += 1
    session.flush()
    return [delivery_record(row, alert) for row, alert in taken]


def lease_owners(session: Session) -> set[str]:
    """Everyone who holds a lease on a delivery."""
    owners = select(DeliveryRow.lease_owner).where(DeliveryRow.state == "leased").distinct()
    return {owner for owner in session.exec(owners) if owner}


def release_owner(session: Session, owner: str, now: datetime) -> None:
    """Make ready again what one owner has leased; a delivery may then be sent a second time."""
    statement = (
        sa.update(DeliveryRow)
        .where(col(DeliveryRow.lease_owner) == owner, col(DeliveryRow.state) == "leased")
        .values(state="pending", ready_at=now, lease_owner=None)
    )
    session.exec(statement)


def mark_sent(session: Session, delivery: int, owner: str, now: datetime, receipt: str) -> bool:
    """End a delivery as sent; False if another dispatcher has taken it since."""
    return _end_lease(
        session, delivery, owner, state="sent", ready_at=None, sent_at=now, receipt=receipt
    )


def newest_receipt(session: Session, channel: str, policy: str, prefix: str) -> str:
    """The receipt of the newest delivery about a policy on a channel that begins so, or ""."""
    statement = (
        select(DeliveryRow.receipt)
        .join(AlertRow, col(AlertRow.id) == col(DeliveryRow.alert))
        .where(
            AlertRow.policy == policy,
            DeliveryRow.channel == channel,
            DeliveryRow.state == "sent",
            col(DeliveryRow.receipt).startswith(prefix, autoescape=True),
        )
        .order_by(col(DeliveryRow.sent_at).desc(), col(DeliveryRow.id).desc())
    )
    return session.exec(statement).first() or ""


def mark_failed(
    session: Session,
    delivery: int,
    owner: str,
    now: datetime,
    error: str,
    retry_at: datetime | None,
    *,
    apart: bool = False,
) -> bool:
    """Put a delivery back for ``retry_at``, or end it as dead; False if another one has it.

    ``apart``: it does not go with its digest any more.
    """
    if retry_at is None:
        return _end_lease(session, delivery, owner, state="dead", ready_at=None, last_error=error)
    ready = max(retry_at, now)
    return _end_lease(
        session,
        delivery,
        owner,
        state="pending",
        ready_at=ready,
        not_before=ready,
        last_error=error,
        **({"batch": ""} if apart else {}),
    )


def retry(session: Session, delivery: int, now: datetime) -> bool:
    """Give a dead or waiting delivery a fresh start; False if it is unknown, leased or sent."""
    statement = (
        sa.update(DeliveryRow)
        .where(col(DeliveryRow.id) == delivery, col(DeliveryRow.state).in_(("dead", "pending")))
        .values(state="pending", attempts=0, not_before=now, ready_at=now, lease_owner=None)
    )
    return session.exec(statement).rowcount == 1


def cancel(session: Session, deliveries: Sequence[int]) -> int:
    """End those that wait; one that is being sent or was sent stays as it is."""
    statement = (
        sa.update(DeliveryRow)
        .where(col(DeliveryRow.id).in_(deliveries), col(DeliveryRow.state) == "pending")
        .values(state="cancelled", ready_at=None)
    )
    return session.exec(statement).rowcount if deliveries else 0


def listing(
    session: Session,
    state: DeliveryState | None,
    limit: int,
    *,
    alert: str | None = None,
    channel: str | None = None,
) -> list[DeliveryRecord]:
    """Deliveries, newest first: in one state or any, of one alert or any, for a channel or any."""
    statement = (
        select(DeliveryRow, AlertRow)
        .join(AlertRow, col(AlertRow.id) == col(DeliveryRow.alert))
        .order_by(col(DeliveryRow.id).desc())
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(DeliveryRow.state == state)
    if alert is not None:
        statement = statement.where(DeliveryRow.alert == alert)
    if channel is not None:
        statement = statement.where(DeliveryRow.channel == channel)
    return [delivery_record(row, alert) for row, alert in session.exec(statement)]


def delivery_record(row: DeliveryRow, alert: AlertRow) -> DeliveryRecord:
    """A row as callers see it."""
    assert row.id is not None
    return DeliveryRecord(
        id=row.id,
        key=".".join(part for part in (row.alert, row.channel, row.purpose) if part),
        alert=alert.payload,
        channel=row.channel,
        state=row.state,  # type: ignore[arg-type]
        attempts=row.attempts,
        created_at=row.created_at,
        not_before=row.not_before,
        sent_at=row.sent_at,
        last_error=row.last_error,
        batch=row.batch,
        purpose=row.purpose.partition(" ")[0],  # type: ignore[arg-type]
        mention=tuple(row.mention.split()),
    )


def new_row(alert: str, delivery: NewDelivery, now: datetime) -> DeliveryRow:
    """A delivery that waits for its time."""
    return DeliveryRow(
        alert=alert,
        channel=delivery.channel,
        state="pending",
        attempts=0,
        created_at=now,
        not_before=delivery.not_before,
        ready_at=delivery.not_before,
        lease_owner=None,
        sent_at=None,
        receipt="",
        last_error="",
        batch=delivery.batch,
        purpose=delivery.purpose,
        mention=" ".join(delivery.mention),
    )


def _end_lease(session: Session, delivery: int, owner: str, **values: object) -> bool:
    statement = (
        sa.update(DeliveryRow)
        .where(
            col(DeliveryRow.id) == delivery,
            col(DeliveryRow.state) == "leased",
            col(DeliveryRow.lease_owner) == owner,
        )
        .values(lease_owner=None, **values)
    )
    return session.exec(statement).rowcount == 1
