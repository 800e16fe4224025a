"""Writing what one check learned, within the caller's transaction.

The order follows the references: bodies and snapshot, text and version, change, alerts with their
deliveries, the log, and last the policy's own row with its lease, schedule and chain head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from monitor.errors import StoreError
from monitor.model import Stand, Validator, text_digest
from store import (
    actions,
    blobs,
    codec,
    directory,
    evidence,
    outbox,
    promises,
    standings,
    texts,
    timetable,
)
from store.condensed import condense_comparison
from store.packing import pack
from store.records import CheckOutcome, NewChange, NewSnapshot, NewVersion, Raised
from store.tables import (
    ChangeRow,
    CheckRow,
    PartRow,
    PolicyRow,
    SnapshotRow,
    ValidatorRow,
    VersionRow,
)

#: Results of a check that saw the baseline's text, or made what it saw the baseline.
_GOOD = frozenset({"unchanged", "first", "changed", "reverted", "accepted", "upgraded"})


def record(session: Session, outcome: CheckOutcome) -> bool:
    """Write an outcome; False, and nothing written, if its caller no longer holds the lease."""
    policy = locked(session, outcome.policy)
    if policy.lease_owner != outcome.lease_owner:
        return False
    if not _already_recorded(session, outcome):
        _write(session, policy, outcome)
    policy.lease_owner = None
    policy.lease_until = None
    session.flush()
    return True


def concerns_policy_alone(outcome: CheckOutcome) -> bool:
    """Whether nothing is written but the policy, its log, and when its version was last seen.

    Bodies are shared between policies, and the outbox has one order for all.
    """
    written = (outcome.snapshot, outcome.action, outcome.version, outcome.change)
    replaced = (outcome.stands, outcome.validators)
    return not outcome.alerts and all(part is None for part in (*written, *replaced))


def locked(session: Session, policy: str) -> PolicyRow:
    """The policy's row, held until the end of the transaction. StoreError if unknown."""
    statement = select(PolicyRow).where(PolicyRow.id == policy).with_for_update()
    row = session.exec(statement).first()
    if row is None:
        raise StoreError(f'the store knows no policy "{policy}"; is it in the configuration?')
    return row


def _write(session: Session, policy: PolicyRow, outcome: CheckOutcome) -> None:
    at = outcome.finished_at
    kept = outcome.snapshot
    if kept is not None and outcome.result != "unchanged":
        _add_snapshot(session, policy, kept, at)
    elif kept is not None:
        _keep_validated_bodies(session, kept, outcome.validators or ())
    if outcome.action is not None:
        actions.record_action(session, policy, outcome.action)
    if outcome.version is not None:
        _add_version(session, policy, outcome.version, at)
    if outcome.change is not None:
        _add_change(session, policy, outcome.change, at)
    _add_alerts(session, policy, outcome.alerts, at)
    if outcome.stands is not None:
        standings.replace(session, policy.id, outcome.stands)
    if outcome.validators is not None:
        _replace_validators(session, policy.id, outcome.validators)
    _log(session, outcome)
    _move_on(session, policy, outcome)


def record_stands(
    session: Session,
    policy_id: str,
    owner: str,
    stands: Sequence[Stand],
    alerts: Sequence[Raised],
    at: datetime,
) -> bool:
    """Write how a policy stands to what is expected of it, and what people are told of it.

    No check is logged. The lease is given back; False, and nothing written, without it.
    """
    policy = locked(session, policy_id)
    if policy.lease_owner != owner:
        return False
    standings.replace(session, policy_id, stands)
    _add_alerts(session, policy, alerts, at)
    policy.lease_owner = None
    policy.lease_until = None
    session.flush()
    return True


def record_history(
    session: Session,
    policy_id: str,
    owner: str,
    versions: Sequence[NewVersion],
    changes: Sequence[NewChange],
    at: datetime,
) -> bool:
    """Add versions that no check of ours took; False, and nothing written, without the lease.

    The newest becomes the baseline. No check is logged and the schedule stays as it was.
    """
    policy = locked(session, policy_id)
    if policy.lease_owner != owner:
        return False
    for version in versions:
        _add_version(session, policy, version, at)
        policy.baseline = version.number
    for change in changes:
        _add_change(session, policy, change, at)
    directory.follow(session, policy)
    session.flush()
    return True


def _add_alerts(
    session: Session,
    policy: PolicyRow,
    alerts: Sequence[Raised],
    at: datetime,
) -> None:
    """What an alert is about is in the chain by now: its receiver holds an anchor outside."""
    head = policy.chain_head if policy.chain_seq else ""
    for alert, deliveries in alerts:
        outbox.add(session, replace(alert, evidence=head), deliveries, at)


def _already_recorded(session: Session, outcome: CheckOutcome) -> bool:
    same = select(CheckRow.id).where(
        CheckRow.policy == outcome.policy,
        CheckRow.started_at == outcome.started_at,
        CheckRow.finished_at == outcome.finished_at,
        CheckRow.result == outcome.result,
        CheckRow.snapshot == _logged_snapshot(outcome),
    )
    return session.exec(same).first() is not None


def _add_snapshot(session: Session, policy: PolicyRow, new: NewSnapshot, at: datetime) -> None:
    if session.get(SnapshotRow, new.id) is not None:
        return
    row = SnapshotRow(
        id=new.id,
        policy=policy.id,
        taken_at=new.taken_at,
        state=new.state,
        reasons=new.reasons,
    )
    session.add(row)
    session.flush()
    parts = [
        PartRow(
            snapshot=new.id,
            position=position,
            url=part.url,
            final_url=part.final_url,
            status=part.status,
            headers=part.headers,
            media_type=part.media_type,
            body_digest=blobs.put(session, part.content),
            fetched_at=part.fetched_at,
            redirects=part.redirects,
            reused=part.reused,
        )
        for position, part in enumerate(new.parts)
    ]
    session.add_all(parts)
    session.flush()
    digests = evidence.snapshot_digests(row, parts)
    evidence.append(session, policy, at, "snapshot", new.id, digests)


def _keep_validated_bodies(
    session: Session, snapshot: NewSnapshot, validators: tuple[Validator, ...]
) -> None:
    """An unchanged check keeps no snapshot, only the bytes that a later 304 would stand for."""
    wanted = {validator.body_digest for validator in validators}
    for part in snapshot.parts:
        if blobs.digest_of(part.content) in wanted:
            blobs.put(session, part.content)


def _add_version(session: Session, policy: PolicyRow, new: NewVersion, at: datetime) -> None:
    known = session.get(VersionRow, (policy.id, new.number))
    if known is not None and known.text_digest == new.text_digest:
        return
    if new.number != policy.latest_number + 1:
        raise StoreError(
            f"{policy.id}: cannot add version {new.number}, the next one is "
            f"{policy.latest_number + 1}; the check worked on an outdated view"
        )
    if new.snapshot is not None:
        _adopt(session, policy, new.snapshot, at)
    if text_digest(new.text) != new.text_digest:
        raise StoreError(f"{policy.id}: the digest of version {new.number} is not of its text")
    row = _version_row(policy.id, new, texts.put(session, policy.id, new.text))
    session.add(row)
    session.flush()
    commitments = codec.dumps(new.commitments).encode()
    promises.put(session, policy.id, new.number, commitments, new.text)
    policy.latest_number = new.number
    directory.versioned(session, policy.id, new.first_seen)
    digests = evidence.version_digests(row, commitments)
    evidence.append(session, policy, at, "version", str(new.number), digests)


def _version_row(policy: str, new: NewVersion, text: int) -> VersionRow:
    return VersionRow(
        policy=policy,
        number=new.number,
        snapshot=new.snapshot,
        text=text,
        text_digest=new.text_digest,
        media_type=new.media_type,
        stamp=new.stamp,
        origin=new.origin,
        first_seen=new.first_seen,
        last_seen=new.first_seen,
        previous_seen_at=new.previous_seen_at,
        title=new.title,
        language=new.language,
        last_updated=new.last_updated,
        effective=new.effective,
    )


def _adopt(session: Session, policy: PolicyRow, snapshot: str, at: datetime) -> None:
    """A suspect or held snapshot that made a version after all is a version's from now on."""
    row = session.get(SnapshotRow, snapshot)
    if row is None or row.policy != policy.id:
        raise StoreError(f"{policy.id} has no snapshot {snapshot} to make a version of")
    set_state(session, policy, row, "version", at)


def set_state(
    session: Session, policy: PolicyRow, row: SnapshotRow, state: str, at: datetime
) -> None:
    """Give a snapshot another state, and say so in the chain."""
    if row.state != state:
        row.state = state
        evidence.append(session, policy, at, "state", row.id, {"state": state})


def _add_change(session: Session, policy: PolicyRow, new: NewChange, at: datetime) -> None:
    if session.get(ChangeRow, new.id) is not None:
        return
    comparison = codec.dumps(new.comparison).encode()
    row = ChangeRow(
        id=new.id,
        policy=policy.id,
        from_version=new.from_version,
        to_version=new.to_version,
        at=new.at,
        verdict=new.comparison.verdict,
        comparison=pack(condense_comparison(comparison)),
    )
    session.add(row)
    session.flush()
    directory.changed(session, policy.id, row.at, row.verdict)
    evidence.append(session, policy, at, "change", new.id, evidence.change_digests(row, comparison))


def _replace_validators(session: Session, policy: str, validators: tuple[Validator, ...]) -> None:
    ours = col(ValidatorRow.policy) == policy
    before = session.exec(select(ValidatorRow.body_digest).where(ours)).all()
    session.exec(sa.delete(ValidatorRow).where(ours))
    for position, new in enumerate(validators):
        session.add(
            ValidatorRow(
                policy=policy,
                position=position,
                url=new.url,
                etag=new.etag,
                last_modified=new.last_modified,
                body_digest=new.body_digest,
                media_type=new.media_type,
                final_url=new.final_url,
                outline=new.outline,
            )
        )
    session.flush()
    blobs.release(session, set(before) - {new.body_digest for new in validators})


def _log(session: Session, outcome: CheckOutcome) -> None:
    """One row a check; a run of unchanged ones is one row, from its first start to its last end."""
    newest = select(CheckRow).where(CheckRow.policy == outcome.policy)
    last = session.exec(newest.order_by(col(CheckRow.started_at).desc()).limit(1)).first()
    if last is not None and last.result == outcome.result == "unchanged":
        last.finished_at = outcome.finished_at
        last.detail = {**last.detail, "checks": last.detail.get("checks", 1) + 1}
        return
    session.add(
        CheckRow(
            policy=outcome.policy,
            started_at=outcome.started_at,
            finished_at=outcome.finished_at,
            result=outcome.result,
            error_kind=outcome.error_kind,
            error=outcome.error,
            transient=outcome.transient,
            snapshot=_logged_snapshot(outcome),
            detail=dict(outcome.detail),
        )
    )


def _logged_snapshot(outcome: CheckOutcome) -> str | None:
    if outcome.snapshot is not None and outcome.result != "unchanged":
        return outcome.snapshot.id
    return None


def _move_on(session: Session, policy: PolicyRow, outcome: CheckOutcome) -> None:
    policy.memory = outcome.memory
    policy.health = outcome.memory.health
    policy.next_check_at = timetable.not_before_pause(policy, outcome.next_check_at)
    policy.last_check_at = outcome.finished_at
    if outcome.baseline is not None:
        policy.baseline = outcome.baseline
    directory.follow(session, policy)
    if outcome.result not in _GOOD:
        return
    policy.last_good_at = outcome.finished_at
    baseline = session.get(VersionRow, (policy.id, policy.baseline)) if policy.baseline else None
    if policy.baseline is not None and baseline is None:
        raise StoreError(f"{policy.id} has no version {policy.baseline} to be its baseline")
    if baseline is not None and outcome.result == "unchanged":
        # The page was read at some moment after the check began: only that is certain.
        baseline.last_seen = max(baseline.last_seen, outcome.started_at)


def prune_checks(session: Session, before: datetime) -> int:
    """Delete log entries of checks that ended before an instant; returns how many."""
    return session.exec(sa.delete(CheckRow).where(col(CheckRow.finished_at) < before)).rowcount
