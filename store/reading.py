"""Reading: rows into records, each listing in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
import zstandard
from sqlmodel import Session, col, select

from monitor.errors import StoreError
from monitor.model import Commitment, CommitmentKind, Finding, Validator, Verdict
from store import codec, promises, texts
from store.condensed import expand_comparison, findings_of
from store.packing import unpack
from store.records import (
    AlertRecord,
    ChangeHead,
    ChangeRecord,
    CheckRecord,
    PartRecord,
    SnapshotRecord,
    SourceRecord,
    VersionRecord,
)
from store.tables import (
    AlertRow,
    ChangeRow,
    CheckRow,
    PartRow,
    PolicyRow,
    SnapshotRow,
    ValidatorRow,
    VersionRow,
)

OF_CHANGE = tuple(col(getattr(ChangeRow, field.name)) for field in fields(ChangeHead))
#: Rows that one query asks for by key.
_AT_ONCE = 500


def source(session: Session, policy: str) -> SourceRecord:
    """One policy with the map of its texts. StoreError if unknown."""
    numbers = select(VersionRow.text_digest, VersionRow.number).where(VersionRow.policy == policy)
    known = dict(session.exec(numbers.order_by(col(VersionRow.number))).all())
    found = _sources(session, col(PolicyRow.id) == policy, known)
    if not found:
        raise StoreError(f'the store knows no policy "{policy}"; is it in the configuration?')
    return found[0]


def sources(session: Session) -> list[SourceRecord]:
    """All policies by id, with an empty map of texts."""
    return _sources(session, sa.true(), {})


def sources_of(session: Session, policies: Sequence[str]) -> list[SourceRecord]:
    """Some policies in this order, with an empty map of texts; unknown ones are left out."""
    found = {
        source.policy: source
        for at in range(0, len(policies), _AT_ONCE)
        for source in _sources(session, col(PolicyRow.id).in_(policies[at : at + _AT_ONCE]), {})
    }
    return [found[policy] for policy in policies if policy in found]


def versions(session: Session, policy: str) -> list[VersionRecord]:
    """All versions of a policy, oldest first."""
    statement = select(VersionRow).where(VersionRow.policy == policy)
    return [version_record(row) for row in session.exec(statement.order_by(col(VersionRow.number)))]


def version(session: Session, policy: str, number: int) -> VersionRecord:
    """One version. StoreError if there is none."""
    return version_record(_version_row(session, policy, number))


def _version_row(session: Session, policy: str, number: int) -> VersionRow:
    row = session.get(VersionRow, (policy, number))
    if row is None:
        raise StoreError(f"{policy} has no version {number}")
    return row


def version_at(session: Session, policy: str, when: datetime) -> VersionRecord | None:
    """The version that stood at an instant; None before the first one."""
    statement = (
        select(VersionRow)
        .where(VersionRow.policy == policy, col(VersionRow.first_seen) <= when)
        .order_by(col(VersionRow.number).desc())
    )
    row = session.exec(statement.limit(1)).first()
    return None if row is None else version_record(row)


def version_text(session: Session, policy: str, number: int) -> str:
    """The text of a version, verified."""
    return texts.get(session, _version_row(session, policy, number))


def commitments(session: Session, policy: str, number: int) -> tuple[Commitment, ...]:
    """The commitments of a version."""
    text = version_text(session, policy, number)
    return cast(tuple[Commitment, ...], codec.loads(promises.get(session, policy, number, text)))


def some_promises(
    session: Session, policy: str, numbers: Iterable[int], kinds: Collection[CommitmentKind]
) -> dict[int, tuple[Commitment, ...]]:
    """The commitments of some kinds of several versions; others are not read as far as possible."""
    known: dict[int, bytes] = {}
    found: dict[int, tuple[Commitment, ...]] = {}
    for number in numbers:
        text = partial(version_text, session, policy, number)
        found[number] = codec.loads(promises.some(session, policy, number, kinds, text, known))
    return found


def findings(session: Session, changes: Iterable[str]) -> dict[str, tuple[Finding, ...]]:
    """The findings of changes, without the alignment of their texts."""
    found: dict[str, tuple[Finding, ...]] = {}
    for change_id in changes:
        row = _change_row(session, change_id)
        found[change_id] = codec.loads(_comparison(row, findings_of))
    return found


def comparison_json(row: ChangeRow) -> bytes:
    """The JSON text of a change's comparison."""
    return _comparison(row, expand_comparison)


def _comparison(row: ChangeRow, form: Callable[[bytes], bytes]) -> bytes:
    try:
        return form(unpack(row.comparison))
    except (zstandard.ZstdError, ValueError, LookupError, TypeError) as error:
        raise StoreError(f"the comparison of change {row.id} is damaged: {error}") from error


def snapshots(session: Session, policy: str) -> list[SnapshotRecord]:
    """All kept snapshots of a policy, newest first."""
    mine = SnapshotRow.policy == policy
    order = (col(SnapshotRow.taken_at).desc(), col(SnapshotRow.id).desc())
    rows = session.exec(select(SnapshotRow).where(mine).order_by(*order)).all()
    joined = select(PartRow).join(SnapshotRow, col(SnapshotRow.id) == col(PartRow.snapshot))
    parts = parts_by_snapshot(session.exec(joined.where(mine)))
    return [_snapshot_record(row, parts[row.id]) for row in rows]


def snapshot(session: Session, snapshot_id: str) -> SnapshotRecord:
    """One snapshot. StoreError if there is none."""
    row = session.get(SnapshotRow, snapshot_id)
    if row is None:
        raise StoreError(f"there is no snapshot {snapshot_id}")
    return _snapshot_record(row, parts_of(session, snapshot_id))


def parts_of(session: Session, snapshot_id: str) -> list[PartRow]:
    """The parts of a snapshot, in order."""
    statement = select(PartRow).where(PartRow.snapshot == snapshot_id)
    return list(session.exec(statement.order_by(col(PartRow.position))))


def parts_by_snapshot(rows: Iterable[PartRow]) -> dict[str, list[PartRow]]:
    """Parts grouped by snapshot, each group in order."""
    grouped: dict[str, list[PartRow]] = defaultdict(list)
    for row in rows:
        grouped[row.snapshot].append(row)
    for parts in grouped.values():
        parts.sort(key=lambda part: part.position)
    return grouped


def changes(session: Session, policy: str | None, limit: int | None) -> list[ChangeRecord]:
    """Changes, newest first."""
    order = (col(ChangeRow.at).desc(), col(ChangeRow.to_version).desc(), col(ChangeRow.id))
    statement = select(ChangeRow).order_by(*order)
    if policy is not None:
        statement = statement.where(ChangeRow.policy == policy)
    if limit is not None:
        statement = statement.limit(limit)
    return [_change_record(row) for row in session.exec(statement)]


def change_heads(
    session: Session,
    since: datetime | None,
    policy: str | None,
    limit: int | None = None,
    verdict: Verdict | None = None,
    after: str = "",
) -> list[ChangeHead]:
    """Changes without their comparisons, newest first, ``limit`` at the most."""
    at, number, name = col(ChangeRow.at), col(ChangeRow.to_version), col(ChangeRow.id)
    statement = sa.select(*OF_CHANGE).order_by(at.desc(), number.desc(), name).limit(limit)
    if last := change_head(session, after) if after else None:
        later = sa.and_(number == last.to_version, name > last.id)
        at_once = sa.and_(at == last.at, sa.or_(number < last.to_version, later))
        statement = statement.where(at <= last.at, sa.or_(at < last.at, at_once))
    if verdict is not None:
        statement = statement.where(col(ChangeRow.verdict) == verdict)
    if since is not None:
        statement = statement.where(col(ChangeRow.at) >= since)
    if policy is not None:
        statement = statement.where(col(ChangeRow.policy) == policy)
    return [ChangeHead(*row) for row in session.connection().execute(statement)]


def change_head(session: Session, change_id: str) -> ChangeHead | None:
    """One change without its comparison; None if there is none."""
    mine = sa.select(*OF_CHANGE).where(col(ChangeRow.id) == change_id)
    row = session.connection().execute(mine).first()
    return None if row is None else ChangeHead(*row)


def change(session: Session, change_id: str) -> ChangeRecord:
    """One change. StoreError if there is none."""
    return _change_record(_change_row(session, change_id))


def _change_row(session: Session, change_id: str) -> ChangeRow:
    row = session.get(ChangeRow, change_id)
    if row is None:
        raise StoreError(f"there is no change {change_id}")
    return row


def checks(session: Session, policy: str, limit: int) -> list[CheckRecord]:
    """The log of a policy's checks, newest first."""
    order = (col(CheckRow.started_at).desc(), col(CheckRow.id).desc())
    statement = select(CheckRow).where(CheckRow.policy == policy).order_by(*order).limit(limit)
    return [_check_record(row) for row in session.exec(statement)]


def alert(session: Session, alert_id: str) -> AlertRecord | None:
    """One alert; None if there is none."""
    row = session.get(AlertRow, alert_id)
    return None if row is None else _alert_record(row)


def alerts(
    session: Session,
    limit: int,
    *,
    policy: str | None = None,
    kinds: Collection[str] | None = None,
    severities: Collection[str] | None = None,
) -> list[AlertRecord]:
    """Alerts, newest first."""
    order = (col(AlertRow.created_at).desc(), col(AlertRow.id).desc())
    statement = select(AlertRow).order_by(*order).limit(limit)
    if policy is not None:
        statement = statement.where(AlertRow.policy == policy)
    if kinds is not None:
        statement = statement.where(col(AlertRow.kind).in_(kinds))
    if severities is not None:
        statement = statement.where(col(AlertRow.severity).in_(severities))
    return [_alert_record(row) for row in session.exec(statement)]


def alerts_of(session: Session, wanted: Sequence[str]) -> list[AlertRecord]:
    """Alerts by their ids, in this order."""
    found = {
        row.id: row
        for at in range(0, len(wanted), _AT_ONCE)
        for row in session.exec(
            select(AlertRow).where(col(AlertRow.id).in_(wanted[at : at + _AT_ONCE]))
        )
    }
    return [_alert_record(found[alert_id]) for alert_id in wanted]


def _alert_record(row: AlertRow) -> AlertRecord:
    return AlertRecord(
        alert=row.payload, created_at=row.created_at, severity=cast(Any, row.severity)
    )


def version_record(row: VersionRow) -> VersionRecord:
    """A row as callers see it."""
    return VersionRecord(
        policy=row.policy,
        number=row.number,
        snapshot=row.snapshot,
        text_digest=row.text_digest,
        media_type=row.media_type,
        stamp=row.stamp,
        origin=cast(Any, row.origin),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        previous_seen_at=row.previous_seen_at,
        title=row.title,
        language=row.language,
        last_updated=row.last_updated,
        effective=row.effective,
    )


#: Columns instead of whole rows: a listing of ten thousand policies is made on every dashboard.
_OF_POLICY = tuple(
    col(getattr(PolicyRow, name))
    for name in (
        *("id", "service", "type", "urls", "enabled", "memory"),
        *("next_check_at", "last_check_at", "last_good_at", "latest_number", "paused_until"),
    )
)
_OF_VERSION = tuple(col(getattr(VersionRow, field.name)) for field in fields(VersionRecord))


def _sources(
    session: Session, which: sa.ColumnElement[bool], known: Mapping[str, int]
) -> list[SourceRecord]:
    baseline = sa.and_(
        col(VersionRow.policy) == col(PolicyRow.id),
        col(VersionRow.number) == col(PolicyRow.baseline),
    )
    statement = (
        sa.select(*_OF_POLICY, *_OF_VERSION)
        .select_from(PolicyRow)
        .outerjoin(VersionRow, baseline)
        .where(which)
        .order_by(col(PolicyRow.id))
    )
    validators = _validators(session, which)
    return [
        _source_record(row, validators.get(row[0], ()), known)
        for row in session.connection().execute(statement)
    ]


def _validators(
    session: Session, which: sa.ColumnElement[bool]
) -> dict[str, tuple[Validator, ...]]:
    statement = (
        select(ValidatorRow)
        .join(PolicyRow, col(PolicyRow.id) == col(ValidatorRow.policy))
        .where(which)
        .order_by(col(ValidatorRow.policy), col(ValidatorRow.position))
    )
    grouped: dict[str, tuple[Validator, ...]] = {}
    for row in session.exec(statement):
        new = Validator(
            url=row.url,
            etag=row.etag,
            last_modified=row.last_modified,
            body_digest=row.body_digest,
            media_type=row.media_type,
            final_url=row.final_url,
            outline=row.outline,
        )
        grouped[row.policy] = (*grouped.get(row.policy, ()), new)
    return grouped


def _source_record(
    row: Sequence[Any], validators: tuple[Validator, ...], known: Mapping[str, int]
) -> SourceRecord:
    policy, service, type_, urls, enabled, memory, next_at, last_at, good_at, latest = row[:10]
    paused_until, *version = row[10:]
    return SourceRecord(
        policy=policy,
        service=service,
        type=type_,
        urls=urls,
        enabled=enabled,
        memory=memory,
        next_check_at=next_at,
        last_check_at=last_at,
        last_good_at=good_at,
        baseline=None if version[0] is None else VersionRecord(*version),
        latest_number=latest,
        versions=known,
        validators=validators,
        paused_until=paused_until,
    )


def _snapshot_record(row: SnapshotRow, parts: Sequence[PartRow]) -> SnapshotRecord:
    return SnapshotRecord(
        id=row.id,
        policy=row.policy,
        taken_at=row.taken_at,
        state=cast(Any, row.state),
        reasons=row.reasons,
        parts=tuple(_part_record(part) for part in parts),
    )


def _part_record(row: PartRow) -> PartRecord:
    return PartRecord(
        url=row.url,
        final_url=row.final_url,
        status=row.status,
        headers=row.headers,
        media_type=row.media_type,
        body_digest=row.body_digest,
        fetched_at=row.fetched_at,
        redirects=row.redirects,
        reused=row.reused,
    )


def _change_record(row: ChangeRow) -> ChangeRecord:
    return ChangeRecord(
        id=row.id,
        policy=row.policy,
        from_version=row.from_version,
        to_version=row.to_version,
        at=row.at,
        verdict=cast(Any, row.verdict),
        comparison=codec.loads(comparison_json(row)),
    )


def _check_record(row: CheckRow) -> CheckRecord:
    return CheckRecord(
        policy=row.policy,
        started_at=row.started_at,
        finished_at=row.finished_at,
        result=cast(Any, row.result),
        error_kind=row.error_kind,
        error=row.error,
        transient=row.transient,
        snapshot=row.snapshot,
        detail=row.detail,
    )
