"""What a page lists of changes and promises, read without what it does not show. Newest first.

A change's comparison aligns every clause; its findings alone are a hundredth of that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
import zstandard
from sqlmodel import Session, col, select

from monitor.errors import StoreError
from monitor.model import GRAVITY, Commitment
from store import promises
from store.condensed import findings_of
from store.database import Database
from store.packing import unpack
from store.reading import version_record
from store.records import ChangeGlance, VersionRecord
from store.tables import ChangeRow, CommitmentsRow, PolicyRow, VersionRow


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

    def stated_each(self, versions: Sequence[VersionRecord]) -> list[tuple[Commitment, ...]]:
        """The commitments of some versions, as ``stated`` gives them; quicker than one by one."""
        keys = [(version.policy, version.number) for version in versions]
        with self._database.read() as session:
            # The session then knows these rows, and is asked for no more than they build on.
            kept = [
                session.exec(select(row).where(sa.tuple_(row.policy, row.number).in_(keys))).all()
                for row in (CommitmentsRow, VersionRow)
            ]
            found = [promises.stated(session, *key) for key in keys]
            del kept
            return found

    def versions_at(self, policies: Sequence[str], when: datetime) -> Mapping[str, VersionRecord]:
        """The versions of some policies that stood at an instant; none before the first."""
        newest = (
            sa.select(sa.func.max(VersionRow.number))
            .where(col(VersionRow.policy) == col(PolicyRow.id), col(VersionRow.first_seen) <= when)
            .correlate(PolicyRow)
            .scalar_subquery()
        )
        mine = sa.and_(
            col(VersionRow.policy) == col(PolicyRow.id), col(VersionRow.number) == newest
        )
        statement = select(VersionRow).select_from(PolicyRow).join(VersionRow, mine)
        with self._database.read() as session:
            rows = session.exec(statement.where(col(PolicyRow.id).in_(policies)))
            return {row.policy: version_record(row) for row in rows}

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
