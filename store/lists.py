"""Which policies a list shows, in its order: read from the directory, as much as is shown.

Where one thing or none is asked for, an index has the policies in order. Words, and several things
at once, have no index: then the narrow rows of the directory are all looked at, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from store.columns import storable
from store.database import Database
from store.directory import OF_MEANING, folded
from store.reading import OF_CHANGE, sources_of
from store.records import CONDITIONS, ChangeHead, Condition, Order, SourceRecord, Wanted
from store.tables import ChangeRow, DirectoryRow, PolicyRow, TagRow

_ORDERED: Mapping[Order, str] = {
    "name": "by_name", "change": "by_change", "check": "by_check", "owner": "by_owner",
}  # fmt: skip


#: Ids that are read on from a page whose list has no index.
_AHEAD = 10_000


class Lists:
    """Lists of an open store; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, wanted: Wanted, order: Order, now: datetime, *, offset: int = 0, limit: int
    ) -> list[SourceRecord]:
        """Some policies from a place of the list on."""
        with self._database.read() as session:
            return sources_of(session, _page(session, wanted, order, now, offset, limit))

    def numbered(
        self, wanted: Wanted, order: Order, now: datetime, *, page: int, size: int
    ) -> tuple[list[SourceRecord], int, int]:
        """A page of a list, which one it is (the last, for one beyond), and how many there are.

        The end of a list says how many: they are counted only where it was not reached. Where all
        rows are looked at, it is looked for at once.
        """
        with self._database.read() as session:
            most = max(size, _AHEAD) if _scanned(wanted) else size
            found = _page(session, wanted, order, now, (page - 1) * size, most)
            count = (page - 1) * size + len(found)
            if len(found) == most or (not found and page > 1):
                count = _count(session, wanted, now)
                page = min(page, max(1, -(-count // size)))
                found = found or _page(session, wanted, order, now, (page - 1) * size, size)
            return sources_of(session, found[:size]), page, count

    def after(
        self, wanted: Wanted, policy: str, now: datetime, *, limit: int
    ) -> list[SourceRecord]:
        """Some policies by id, those after one; "" for the first."""
        with self._database.read() as session:
            statement = _found(wanted, now).where(col(DirectoryRow.policy) > policy)
            ordered = statement.order_by(col(DirectoryRow.policy)).limit(limit)
            return sources_of(session, [row[0] for row in session.connection().execute(ordered)])

    def names(self, wanted: Wanted, order: Order, now: datetime) -> list[str]:
        """The ids of all policies of a list."""
        with self._database.read() as session:
            return _page(session, wanted, order, now, 0, None)

    def count(self, wanted: Wanted, now: datetime) -> int:
        """How many policies there are in a list."""
        with self._database.read() as session:
            return _count(session, wanted, now)

    def standing(self, now: datetime) -> Mapping[Condition, int]:
        """How many policies stand in which way; those of which there are."""
        with self._database.read() as session:
            return standing(session, now)

    def choices(self, limit: int) -> Mapping[str, Sequence[str]]:
        """The tags, owners and types that there are, ``limit`` of each at the most."""
        columns = {"tag": TagRow.tag, "owner": DirectoryRow.owner, "type": DirectoryRow.type}
        with self._database.read() as session:
            return {
                name: _distinct(session, col(column), limit) for name, column in columns.items()
            }

    def last_changes(self, policies: Sequence[str]) -> Mapping[str, ChangeHead]:
        """The newest change of meaning of those of some policies that have one."""
        with self._database.read() as session:
            return last_changes(session, policies)


def _page(
    session: Session, wanted: Wanted, order: Order, now: datetime, offset: int, limit: int | None
) -> list[str]:
    """The ids of some policies from a place of the list on."""
    scanned = _scanned(wanted)
    by: tuple[Any, ...] = (col(DirectoryRow.by_name), col(DirectoryRow.policy))
    if order == "state":
        by = (sa.case(_PLACES, value=_condition(now)), *by)
    elif order != "name":
        by = (col(getattr(DirectoryRow, _ORDERED[order])), *by)
    first, *others = by
    ordered = _found(wanted, now).order_by(_aside(first) if scanned else first, *others)
    found = session.connection().execute(ordered.offset(offset).limit(limit))
    return [row[0] for row in found]


def _count(session: Session, wanted: Wanted, now: datetime) -> int:
    counted = _found(wanted, now).with_only_columns(sa.func.count(col(DirectoryRow.policy)))
    return int(session.connection().execute(counted).scalar_one())


def standing(session: Session, now: datetime) -> dict[Condition, int]:
    """How many policies stand in which way."""
    state, until = col(DirectoryRow.state), col(DirectoryRow.paused_until)
    by_state = sa.select(state, sa.func.count()).group_by(state)
    found: dict[str, int] = dict(list(session.connection().execute(by_state)))
    paused = by_state.where(until > now, state != "disabled")
    for name, count in session.connection().execute(paused):
        found[name] -= count
        found["paused"] = found.get("paused", 0) + count
    return {name: found[name] for name in CONDITIONS if found.get(name)}


_PLACES = {condition: place for place, condition in enumerate(CONDITIONS)}


def _found(wanted: Wanted, now: datetime) -> sa.Select[Any]:
    return sa.select(col(DirectoryRow.policy)).where(*_conditions(wanted, now))


def _scanned(wanted: Wanted) -> bool:
    """Whether no index serves: for words, or for several things at once."""
    asked = (wanted.states, wanted.types, wanted.tag, wanted.owner)
    return bool(wanted.words.split() or wanted.vendor) or sum(map(bool, asked)) > 1


def _conditions(wanted: Wanted, now: datetime) -> Iterator[sa.ColumnElement[bool]]:
    row = DirectoryRow
    asked = _aside if _scanned(wanted) else _itself
    for word in folded(wanted.words).split():
        yield sa.or_(*(col(c).contains(word, autoescape=True) for c in (row.words, row.title)))
    if wanted.types:
        yield sa.or_(*(asked(col(row.type)) == each for each in wanted.types))
    if wanted.owner:
        yield asked(col(row.owner)) == storable(wanted.owner)
    if wanted.vendor:
        yield col(row.vendor) == folded(wanted.vendor)
    if wanted.tag:
        tagged = sa.select(col(TagRow.policy)).where(col(TagRow.tag) == storable(wanted.tag))
        yield col(row.policy).in_(tagged)
    if wanted.states:
        yield _stands(wanted.states, now, asked(col(row.state)))
    if wanted.asked:
        yield col(row.asked).is_(True)
    if wanted.missed:
        yield col(row.short) != 0
    if wanted.at is not None:
        yield col(row.first_at) <= wanted.at
    elif wanted.versioned:
        yield col(row.first_at).is_not(None)


def _stands(conditions: Sequence[Condition], now: datetime, state: Any) -> sa.ColumnElement[bool]:
    until = col(DirectoryRow.paused_until)
    found = []
    for condition in conditions:
        if condition == "paused":
            found.append(sa.and_(until > now, state != "disabled"))
        elif condition == "disabled":
            found.append(state == condition)
        else:
            found.append(sa.and_(state == condition, sa.or_(until.is_(None), until <= now)))
    return sa.or_(*found)


def _condition(now: datetime) -> sa.ColumnElement[str]:
    state, until = col(DirectoryRow.state), col(DirectoryRow.paused_until)
    return sa.case((state == "disabled", state), (until > now, "paused"), else_=state)


def _itself(column: Any) -> Any:
    return column


def _aside(column: Any) -> Any:
    """The same value, for which no index is taken: to look into it row by row costs more."""
    return sa.func.coalesce(column, column)


def _distinct(session: Session, column: Any, limit: int) -> list[str]:
    """The values of an indexed column but for "": one step in the index for each."""
    first = sa.select(sa.func.min(column).label("value")).where(column > "")
    known = first.cte(recursive=True)
    after = sa.select(sa.func.min(column)).where(column > known.c.value).scalar_subquery()
    every = known.union_all(sa.select(after).where(known.c.value.is_not(None)))
    found = sa.select(every.c.value).where(every.c.value.is_not(None)).limit(limit)
    return [row[0] for row in session.connection().execute(found)]


def last_changes(session: Session, policies: Sequence[str]) -> dict[str, ChangeHead]:
    """The newest change of meaning of those of some policies that have one."""
    newest = (
        sa.select(col(ChangeRow.id))
        .where(col(ChangeRow.policy) == col(PolicyRow.id), col(ChangeRow.verdict).in_(OF_MEANING))
        .order_by(col(ChangeRow.at).desc(), col(ChangeRow.to_version).desc())
        .limit(1)
        .correlate(PolicyRow)
        .scalar_subquery()
    )
    statement = (
        sa.select(*OF_CHANGE)
        .select_from(PolicyRow)
        .join(ChangeRow, col(ChangeRow.id) == newest)
        .where(col(PolicyRow.id).in_(policies))
    )
    heads = (ChangeHead(*row) for row in session.connection().execute(statement))
    return {head.policy: head for head in heads}
