"""Steps of the review, with what they change in the outbox, in one transaction.

What settles an alert cancels what would still be told of it, a snooze postpones that and tells all
who know of the alert once more when it ends, an escalation by a person is told at once. The other
way round, an escalation that was sent is a step of the review.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from monitor.model import subject_of
from store import actions, outbox
from store.records import ActionRecord, NewAction, NewDelivery
from store.tables import AlertRow, DeliveryRow, PolicyRow

#: Who the records name for what nobody did by hand.
DAEMON = "policywatch"


def record(
    session: Session, policy: PolicyRow, alert: str, taken: Sequence[NewAction]
) -> list[ActionRecord]:
    """Write steps on an alert and let the outbox follow. The caller holds the policy's row."""
    for step in taken:
        _follow(session, alert, step)
    return [actions.record_action(session, policy, step) for step in taken]


def mark_sent(session: Session, delivery: int, owner: str, now: datetime, receipt: str) -> bool:
    """End a delivery as sent; False if another dispatcher has taken it since."""
    if not outbox.mark_sent(session, delivery, owner, now, receipt):
        return False
    row = session.get_one(DeliveryRow, delivery)
    if row.purpose == "escalation":
        alert = session.get_one(AlertRow, row.alert)
        policy = select(PolicyRow).where(PolicyRow.id == alert.policy).with_for_update()
        why = f"nobody acknowledged it in time; told {row.channel}"
        step = NewAction(now, DAEMON, "escalate", subject_of(alert.payload), why)
        actions.record_action(session, session.exec(policy).one(), step)
    return True


def _follow(session: Session, alert: str, step: NewAction) -> None:
    waiting = sa.update(DeliveryRow).where(
        col(DeliveryRow.alert) == alert,
        col(DeliveryRow.state) == "pending",
        col(DeliveryRow.purpose) != "",
    )
    escalations = waiting.where(col(DeliveryRow.purpose) == "escalation")
    match step.what:
        case "acknowledge" | "dismiss":
            session.exec(waiting.values(state="cancelled", ready_at=None))
        case "escalate":
            session.exec(escalations.values(not_before=step.at, ready_at=step.at))
        case "snooze":
            until = step.detail["until"]
            later = escalations.where(col(DeliveryRow.not_before) < until)
            session.exec(later.values(not_before=until, ready_at=until))
            snoozed = waiting.where(col(DeliveryRow.purpose) != "escalation")
            session.exec(snoozed.values(state="cancelled", ready_at=None))
            _tell_again(session, alert, step.at, until)


def _tell_again(session: Session, alert: str, now: datetime, until: datetime) -> None:
    purpose = f"snoozed {until.astimezone(UTC).isoformat(timespec='seconds')}"
    mine = col(DeliveryRow.alert) == alert
    again = session.exec(
        select(DeliveryRow.channel).where(mine, DeliveryRow.purpose == purpose)
    ).all()
    told = select(DeliveryRow.channel).where(mine, DeliveryRow.purpose == "")
    for channel in session.exec(told).all():
        if channel not in again:
            row = outbox.new_row(alert, NewDelivery(channel, until), now)
            row.purpose = purpose
            session.add(row)
    session.flush()
