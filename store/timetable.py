"""Which policies are watched, when each is due, and who works on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from monitor.config import Policy
from monitor.errors import StoreError
from monitor.model import SourceMemory
from store import directory
from store.columns import Instant
from store.evidence import GENESIS
from store.records import Filed
from store.tables import CheckRow, PolicyRow


def as_declared(policy: Policy) -> Filed:
    """What a policy's own table says."""
    return Filed(policy.owner, policy.vendor, policy.tags, policy.expect is not None)


def sync_policies(
    session: Session, policies: Sequence[Policy], now: datetime, filed: Callable[[Policy], Filed]
) -> None:
    """Take over the declarations; ones not listed are disabled, new or moved ones due at once."""
    known = {row.id: row for row in session.exec(select(PolicyRow))}
    entries = []
    for policy in policies:
        row = known.pop(policy.id, None)
        if row is None:
            row = _new_row(policy, now)
            session.add(row)
        else:
            _update(row, policy, now)
        entries.append((row, filed(policy)))
    for row in known.values():
        row.enabled = False
        entries.append((row, Filed()))
    session.flush()
    directory.enter(session, entries)


def add_policy(session: Session, policy: Policy, now: datetime) -> None:
    """Know a policy that nothing watches yet; one that is known stays as it is."""
    if session.get(PolicyRow, policy.id) is None:
        row = _new_row(policy, now)
        row.enabled = False
        session.add(row)
        session.flush()
        directory.enter(session, [(row, Filed())])


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """Enabled policies whose time has come and that nobody works on, the longest waiting first."""
    return list(session.exec(due_query(now, limit)))


def due_query(now: datetime, limit: int) -> SelectOfScalar[str]:
    """The query behind ``due`` (a test asks for its plan): answered from one index alone."""
    free = sa.or_(col(PolicyRow.lease_until).is_(None), col(PolicyRow.lease_until) <= now)
    return (
        select(PolicyRow.id)
        .where(col(PolicyRow.enabled).is_(True), col(PolicyRow.next_check_at) <= now, free)
        .order_by(col(PolicyRow.next_check_at), col(PolicyRow.id))
        .limit(limit)
    )


def next_due(session: Session) -> datetime | None:
    """The earliest instant at which ``due`` may have something new; None if nothing is enabled."""
    enabled = col(PolicyRow.enabled).is_(True)
    free = select(PolicyRow.next_check_at).where(enabled, col(PolicyRow.lease_until).is_(None))
    held = select(PolicyRow.lease_until).where(enabled, col(PolicyRow.lease_until).is_not(None))
    found = [
        session.exec(free.order_by(col(PolicyRow.next_check_at)).limit(1)).first(),
        session.exec(held.order_by(col(PolicyRow.lease_until)).limit(1)).first(),
    ]
    return min((instant for instant in found if instant is not None), default=None)


def last_check(session: Session) -> datetime | None:
    """When the newest check that the log knows began; None if there is none."""
    return session.exec(select(sa.func.max(CheckRow.started_at))).one()


def make_due(session: Session, policy: str, now: datetime) -> None:
    """Let the next tick check a policy, or the end of its pause. StoreError if unknown."""
    mine = sa.update(PolicyRow).where(col(PolicyRow.id) == policy)
    paused = col(PolicyRow.paused_until)
    due = sa.case((paused > now, paused), else_=sa.literal(now, Instant()))
    if session.exec(mine.values(next_check_at=due)).rowcount == 0:
        raise StoreError(f'the store knows no policy "{policy}"; is it in the configuration?')


def postpone(session: Session, policy: str, now: datetime, until: datetime) -> None:
    """Let a policy that is due at ``now`` wait; no effect on one that is not."""
    mine = sa.update(PolicyRow).where(
        col(PolicyRow.id) == policy, col(PolicyRow.next_check_at) <= now
    )
    session.exec(mine.values(next_check_at=until))


def pause(row: PolicyRow, until: datetime) -> None:
    """Check a policy no more before an instant."""
    row.paused_until = until
    row.next_check_at = not_before_pause(row, row.next_check_at)


def resume(row: PolicyRow, now: datetime) -> None:
    """End a pause; the policy is due at once."""
    row.paused_until, row.next_check_at = None, now


def not_before_pause(row: PolicyRow, at: datetime) -> datetime:
    """When a check that is planned for an instant may be made: not while the policy is paused."""
    return max(at, row.paused_until or at)


def lease(
    session: Session,
    policy: str,
    owner: str,
    now: datetime,
    duration: timedelta,
    *,
    only_due: bool = False,
) -> bool:
    """Take a policy to work on; False if someone has it (a lease that ran out can be taken).

    ``only_due``: also if it is not due, or not any more.
    """
    free = sa.or_(col(PolicyRow.lease_until).is_(None), col(PolicyRow.lease_until) <= now)
    statement = (
        sa.update(PolicyRow)
        .where(col(PolicyRow.id) == policy, free)
        .values(lease_owner=owner, lease_until=now + duration)
    )
    if only_due:
        due = col(PolicyRow.next_check_at) <= now
        statement = statement.where(col(PolicyRow.enabled).is_(True), due)
    return session.exec(statement).rowcount == 1


def release(session: Session, policy: str, owner: str) -> None:
    """Give a lease back without a result; nothing happens if it is no longer held."""
    statement = (
        sa.update(PolicyRow)
        .where(col(PolicyRow.id) == policy, col(PolicyRow.lease_owner) == owner)
        .values(lease_owner=None, lease_until=None)
    )
    session.exec(statement)


def lease_owners(session: Session) -> set[str]:
    """Everyone who holds a lease on a policy."""
    owners = select(PolicyRow.lease_owner).where(col(PolicyRow.lease_owner).is_not(None))
    return {owner for owner in session.exec(owners) if owner}


def release_owner(session: Session, owner: str) -> None:
    """Give back every lease on a policy that one owner holds."""
    statement = (
        sa.update(PolicyRow)
        .where(col(PolicyRow.lease_owner) == owner)
        .values(lease_owner=None, lease_until=None)
    )
    session.exec(statement)


def release_lost(session: Session, policies: Sequence[str], mark: str) -> int:
    """Give back what of some policies is leased by an owner with ``mark`` in its name; how many."""
    held = col(PolicyRow.lease_owner).contains(mark, autoescape=True)
    statement = (
        sa.update(PolicyRow)
        .where(col(PolicyRow.id).in_(policies), held)
        .values(lease_owner=None, lease_until=None)
    )
    return session.exec(statement).rowcount


def _new_row(policy: Policy, now: datetime) -> PolicyRow:
    memory = SourceMemory()
    return PolicyRow(
        id=policy.id,
        service=policy.service,
        type=policy.type,
        urls=policy.all_urls,
        enabled=policy.enabled,
        added_at=now,
        next_check_at=now,
        lease_owner=None,
        lease_until=None,
        health=memory.health,
        memory=memory,
        last_check_at=None,
        last_good_at=None,
        baseline=None,
        latest_number=0,
        chain_seq=0,
        chain_head=GENESIS,
    )


def _update(row: PolicyRow, policy: Policy, now: datetime) -> None:
    if row.urls != policy.all_urls:
        row.urls = policy.all_urls
        row.next_check_at = not_before_pause(row, now)
    row.service = policy.service
    row.type = policy.type
    row.enabled = policy.enabled
