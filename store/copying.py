"""A store copied into an empty one, also on another kind of database: SQLite to PostgreSQL.

All of it or nothing: every row goes over in one transaction of the target, which is committed only
when the copy verifies as its source does and ends in the same hashes. Rows are copied as they are
at rest: nothing is packed, hashed or judged anew. So a copy that was broken off leaves an empty
target, and is simply begun again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Session, col

from monitor.errors import StoreError
from store import verification
from store.columns import Instant
from store.records import Fault
from store.tables import Base, CheckpointRow, MailRow, PolicyRow, SecretRow

#: Rows that are fetched at once; raw pages may have megabytes.
_FETCHED = 20
#: Rows, and bytes of them, that are sent at once.
_SENT, _SENT_BYTES = 500, 4 << 20


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds: rows by table, chains whose heads are equal, faults that it shares.

    ``faults`` are those that the source had before: a copy neither mends nor hides them.
    """

    source: str
    target: str
    rows: Mapping[str, int]
    heads: int
    faults: Sequence[Fault]


def copy(source: Session, target: Session, names: tuple[str, str]) -> Copied:
    """Copy all rows but secrets; ``target`` is a write transaction, committed by the caller.

    StoreError, upon which nothing must stay, for a target that is not empty and for a copy that
    is not like its source.
    """
    if taken := [name for name, count in _counts(target).items() if count]:
        raise StoreError(
            f"{names[1]} is not empty (it has rows in {', '.join(taken)}): name an empty database, "
            "nothing was copied"
        )
    faults = verification.verify(source, None)
    for table in _tables():
        raw = sa.table(table.name, *(sa.column(c.name, _plain(c.type)) for c in table.columns))
        keys = [raw.c[key.name] for key in table.primary_key]
        for batch in _batches(source, sa.select(raw).order_by(*keys)):
            target.execute(sa.insert(raw), batch)
    _continue_numbering(target)
    counts = _counts(target)
    if counts != _counts(source):
        raise StoreError("the copy has other numbers of rows than its source: nothing was copied")
    heads = _heads(source)
    if _heads(target) != heads:
        raise StoreError("the copy's chains end in other hashes: nothing was copied")
    if _places(verification.verify(target, None)) != _places(faults):
        raise StoreError("the copy does not verify as its source does: nothing was copied")
    return Copied(*names, counts, len(heads), faults)


def _tables() -> list[sa.Table]:
    """Those that are copied, each after the ones that it refers to."""
    secret = SecretRow.__tablename__
    return [table for table in Base.metadata.sorted_tables if table.name != secret]


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type of a column at rest; instants alone are kept differently by the two databases."""
    if isinstance(kind, TypeDecorator) and not isinstance(kind, Instant):
        return kind.impl_instance
    return kind


def _batches(session: Session, query: sa.Select[Any]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for row in session.execute(query.execution_options(yield_per=_FETCHED)).mappings():
        batch.append(dict(row))
        size += sum(len(value) for value in row.values() if isinstance(value, bytes | str))
        if len(batch) >= _SENT or size >= _SENT_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _continue_numbering(target: Session) -> None:
    """PostgreSQL numbers rows from a counter, which does not see those that bring a number."""
    if target.get_bind().dialect.name != "postgresql":
        return
    for table in _tables():
        if (numbered := table.autoincrement_column) is not None:
            counter = sa.func.pg_get_serial_sequence(table.name, numbered.name)
            highest = sa.select(sa.func.max(numbered)).scalar_subquery()
            target.execute(sa.select(sa.func.setval(counter, highest)).where(highest.is_not(None)))


def _counts(session: Session) -> dict[str, int]:
    return {
        table.name: session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in _tables()
    }


def _heads(session: Session) -> dict[str, str]:
    """The end of every chain: of each policy, of the mails, and over all chains."""
    policies = session.execute(sa.select(col(PolicyRow.id), col(PolicyRow.chain_head)))
    heads = {f"policy {name}": head for name, head in policies}
    for row in (MailRow, CheckpointRow):
        newest = sa.select(col(row.hash)).order_by(col(row.seq).desc()).limit(1)
        if head := session.execute(newest).scalar():
            heads[row.__tablename__] = head
    return heads


def _places(faults: Sequence[Fault]) -> list[tuple[str, str, str]]:
    return sorted((fault.policy, fault.table, fault.row) for fault in faults)
