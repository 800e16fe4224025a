"""Writing what policies are found by, within the caller's transaction (store.lookups).

What the configuration says of a policy is entered when declarations are taken over; what checks
find follows with them. ``store.lists`` reads it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from monitor.naming import TYPE_LABELS, one_line
from store.columns import storable
from store.records import Filed
from store.tables import DirectoryRow, PolicyRow, TagRow, VersionRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Stands after every name: who is looked after by nobody comes last.
_NOBODY = "\U0010ffff"
#: That a text was not held against what is expected of it yet.
_UNKNOWN = -1
#: Changes of these verdicts are what lists call the last change.
OF_MEANING = ("material", "minor")


def newest_first(at: datetime | None) -> int:
    """A number by which the newest instant comes first, and never last."""
    return -((at - _EPOCH) // timedelta(microseconds=1)) if at else 0


def folded(*words: str) -> str:
    """Words as they are searched for: whatever their case, nothing hidden in them."""
    return storable(" ".join(one_line(each) for each in words if each)).casefold()


def enter(session: Session, policies: Iterable[tuple[PolicyRow, Filed]]) -> None:
    """Take over what is declared of policies; what checks found stays."""
    rows = {policy.id: _declared(policy, filed) for policy, filed in policies}
    columns = [col(getattr(DirectoryRow, name)) for name in _DECLARED]
    known = {
        row[0]: dict(zip(_DECLARED, row, strict=True))
        for row in session.connection().execute(sa.select(*columns))
    }
    new = [
        row | _UNCHECKED | {"short": _UNKNOWN if row["asked"] else 0}
        for policy, row in rows.items()
        if policy not in known
    ]
    moved = [row for policy, row in rows.items() if known.get(policy, row) != row]
    if new:
        session.connection().execute(sa.insert(DirectoryRow), new)
    if moved:
        _update(session, moved)
    newly = [row["policy"] for row in moved if row["asked"] and not known[row["policy"]]["asked"]]
    for policy in newly:
        session.get_one(DirectoryRow, policy, populate_existing=True).short = _UNKNOWN
    session.flush()
    _tag(session, {policy.id: filed.tags for policy, filed in policies})


_UNCHECKED: dict[str, Any] = {
    "by_change": 0, "by_check": 0, "first_at": None, "title": "",
}  # fmt: skip
_DECLARED = (
    *("policy", "by_name", "by_owner", "type", "owner", "vendor"),
    *("state", "paused_until", "asked", "words"),
)


def _declared(policy: PolicyRow, filed: Filed) -> dict[str, Any]:
    label = TYPE_LABELS.get(policy.type, policy.type)
    return {
        "policy": policy.id,
        "by_name": folded(policy.service) or folded(policy.id),
        "by_owner": folded(filed.owner) or _NOBODY,
        "type": policy.type,
        "owner": storable(filed.owner),
        "vendor": folded(filed.vendor),
        "state": _state(policy),
        "paused_until": policy.paused_until,
        "asked": filed.asked,
        "words": folded(policy.id, policy.service, label, filed.owner, filed.vendor, *filed.tags),
    }


def _update(session: Session, rows: list[dict[str, Any]]) -> None:
    table = sa.table("directory", *(sa.column(c.name, c.type) for c in _columns()))
    keyed = [{**row, "key": row["policy"]} for row in rows]
    session.connection().execute(
        sa.update(table).where(table.c.policy == sa.bindparam("key")), keyed
    )


def _columns() -> list[sa.Column[Any]]:
    table: sa.Table = DirectoryRow.__table__  # type: ignore[attr-defined]
    return [table.c[name] for name in _DECLARED]


def _tag(session: Session, tags: dict[str, tuple[str, ...]]) -> None:
    wanted = {(storable(tag), policy) for policy, mine in tags.items() for tag in mine}
    known = {(row.tag, row.policy) for row in session.exec(select(TagRow))}
    for tag, policy in sorted(known - wanted):
        if policy in tags:
            mine = (col(TagRow.tag) == tag, col(TagRow.policy) == policy)
            session.exec(sa.delete(TagRow).where(*mine))
    session.flush()
    if fresh := sorted(wanted - known):
        rows = [{"tag": tag, "policy": policy} for tag, policy in fresh]
        session.connection().execute(sa.insert(TagRow), rows)


def follow(session: Session, policy: PolicyRow) -> None:
    """Take over how a policy stands: its health, its last check, its pause, its current text."""
    row = session.get_one(DirectoryRow, policy.id)
    row.state = _state(policy)
    row.paused_until = policy.paused_until
    row.by_check = newest_first(policy.last_check_at)
    if policy.baseline is not None:
        baseline = session.get(VersionRow, (policy.id, policy.baseline))
        row.title = folded(baseline.title) if baseline else ""


def versioned(session: Session, policy: str, first_seen: datetime) -> None:
    """A version was added."""
    row = session.get_one(DirectoryRow, policy)
    row.first_at = min(first_seen, row.first_at or first_seen)
    if row.asked:
        row.short = _UNKNOWN


def changed(session: Session, policy: str, at: datetime, verdict: str) -> None:
    """A change was added."""
    if verdict in OF_MEANING:
        row = session.get_one(DirectoryRow, policy)
        row.by_change = min(newest_first(at), row.by_change)


def fell_short(session: Session, policy: str, count: int) -> None:
    """So many things that are expected of a policy are not met by its text."""
    session.get_one(DirectoryRow, policy).short = count


def _state(policy: PolicyRow) -> str:
    return policy.health if policy.enabled else "disabled"
