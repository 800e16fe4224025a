"""What people did: an append-only record of who did what, when, to what and why.

An action is a row of ``action`` and an entry of its policy's hash chain, written in one transaction
with whatever it changed (a version, a mute, a mark), so that neither is there without the other.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import cast, get_args

import sqlalchemy as sa
from sqlmodel import Session, col, select

from monitor.errors import StoreError
from store import evidence, reviews
from store.columns import storable
from store.records import ActionKind, ActionRecord, NewAction
from store.tables import ActionRow, PolicyRow

#: The longest name or subject, and the longest reason, in characters.
LONGEST_NAME = 200
LONGEST_REASON = 4000


def record_action(session: Session, policy: PolicyRow, new: NewAction) -> ActionRecord:
    """Add an action to a policy's records and to its chain. The caller holds the policy's row.

    Doing a thing twice is two actions. StoreError for one that does not say who did what.
    """
    _check(new)
    newest = select(sa.func.max(ActionRow.number)).where(ActionRow.policy == policy.id)
    row = ActionRow(
        policy=policy.id,
        number=(session.exec(newest).one() or 0) + 1,
        at=new.at,
        who=storable(new.who.strip()),
        what=new.what,
        subject=storable(new.subject),
        why=storable(new.why.strip()),
        detail={**new.detail, **({"way": new.way} if new.way else {})} or None,
    )
    session.add(row)
    reviews.follow(session, new)
    session.flush()
    digests = evidence.action_digests(row)
    evidence.append(session, policy, new.at, "action", str(row.number), digests)
    return _record_of(row)


def listing(
    session: Session,
    policy: str | None = None,
    *,
    subject: str | None = None,
    subjects: Collection[str] | None = None,
    what: Collection[ActionKind] | None = None,
) -> list[ActionRecord]:
    """Actions on one policy or on all, on one subject or on any, of some kinds; newest first."""
    order = (col(ActionRow.at).desc(), col(ActionRow.policy), col(ActionRow.number).desc())
    statement = select(ActionRow).order_by(*order)
    if policy is not None:
        statement = statement.where(ActionRow.policy == policy)
    if subject is not None:
        statement = statement.where(ActionRow.subject == subject)
    if subjects is not None:
        statement = statement.where(col(ActionRow.subject).in_(subjects))
    if what is not None:
        statement = statement.where(col(ActionRow.what).in_(what))
    return [_record_of(row) for row in session.exec(statement)]


def _check(new: NewAction) -> None:
    if new.what not in get_args(ActionKind):
        known = ", ".join(get_args(ActionKind))
        raise StoreError(f'"{new.what}" is no action; there are {known}')
    if not new.who.strip():
        raise StoreError(f"an action ({new.what}) needs a name: who did it?")
    for what, words, longest in (
        ("the name of who acted", new.who, LONGEST_NAME),
        ("the subject of an action", new.subject, LONGEST_NAME),
        ("the reason of an action", new.why, LONGEST_REASON),
    ):
        if len(words) > longest:
            raise StoreError(f"{what} has {len(words)} characters, the longest is {longest}")


def _record_of(row: ActionRow) -> ActionRecord:
    return ActionRecord(
        policy=row.policy,
        number=row.number,
        at=row.at,
        who=row.who,
        what=cast(ActionKind, row.what),
        subject=row.subject,
        why=row.why,
        detail=row.detail or {},
    )
