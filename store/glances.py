"""What a page lists of changes and promises, read without what it does not show. Newest first.

A change's comparison aligns every clause; its findings alone are a hundredth of that.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
import zstandard
from sqlmodel import Session, col, select

from monitor.errors import StoreError
from monitor.model import GRAVITY, Commitment
from store import promises
from store.condensed import findings_of
from store.database import Database
from store.packing import unpack
from store.records import ChangeGlance
from store.tables import ChangeRow


class Glances:
    """Reads of an open store for pages; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def changes(self, policy: str) -> list[ChangeGlance]:
        """Every change of a policy, with what was found in a line each; newest first."""
        with self._database.read() as session:
            return _changes(session, policy)

    def change_count(self) -> int:
        """How many changes are recorded; none ever goes."""
        with self._database.read() as session:
            return session.exec(select(sa.func.count()).select_from(ChangeRow)).one()

    def stated(self, policy: str, number: int) -> tuple[Commitment, ...]:
        """A version's commitments, read without its text: their quotes have no place (-1)."""
        with self._database.read() as session:
            return promises.stated(session, policy, number)

    def stated_over_time(self, policy: str) -> list[tuple[int, tuple[Commitment, ...]]]:
        """What each version of a policy states, oldest first, as ``stated`` gives it."""
        with self._database.read() as session:
            return promises.over_time(session, policy)


def _changes(session: Session, policy: str) -> list[ChangeGlance]:
    order = (col(ChangeRow.at).desc(), col(ChangeRow.to_version).desc())
    rows = session.exec(select(ChangeRow).where(ChangeRow.policy == policy).order_by(*order))
    return [_glance(row) for row in rows]


def _glance(row: ChangeRow) -> ChangeGlance:
    try:
        found = json.loads(findings_of(unpack(row.comparison)))
        worst = min((f["severity"] for f in found), key=GRAVITY.__getitem__, default=None)
        summaries = tuple(str(f["summary"]) for f in found)
    except (zstandard.ZstdError, json.JSONDecodeError, LookupError, TypeError) as error:
        raise StoreError(f"the comparison of change {row.id} is damaged: {error}") from error
    return ChangeGlance(
        id=row.id,
        policy=row.policy,
        from_version=row.from_version,
        to_version=row.to_version,
        at=row.at,
        verdict=row.verdict,  # type: ignore[arg-type]
        severity=worst,
        summaries=summaries,
    )
