"""The append-only hash chain of each policy, and the check of everything it vouches for.

An entry's hash is the SHA-256 of the canonical JSON of its other fields, the previous entry's hash
among them. Its ``digests`` cover the plain content of one row: ``row`` every immutable column,
beside it the digests of texts and bytes that the row refers to. Kinds, by subject::

    snapshot  a snapshot's id        version  a version's number
    change    a change's id          state    a snapshot's id (its state was set by a person)
    action    an action's number     notice   a notice's number
    judgement  a judgement's number

A chain of our own proves order and integrity. A rewrite of a whole chain, or of its tail together
with the head, shows only against a head that was noted elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import Session, col, select

from monitor.errors import StoreError
from store import codec
from store.columns import storable
from store.records import EvidenceRecord
from store.tables import (
    ActionRow,
    ChangeRow,
    EvidenceRow,
    JudgementRow,
    MailRow,
    NoticeRow,
    PartRow,
    PolicyRow,
    SnapshotRow,
    VersionRow,
)

#: The "previous" of a chain's first entry.
GENESIS = "0" * 64


def append(
    session: Session,
    policy: PolicyRow,
    at: datetime,
    kind: str,
    subject: str,
    digests: Mapping[str, Any],
) -> None:
    """Add an entry to a policy's chain and move its head. The caller holds the policy's row."""
    entry = EvidenceRow(
        policy=policy.id,
        seq=policy.chain_seq + 1,
        at=at,
        kind=kind,
        subject=subject,
        digests=dict(digests),
        hash="",
    )
    entry.hash = entry_hash(entry, policy.chain_head)
    session.add(entry)
    policy.chain_seq, policy.chain_head = entry.seq, entry.hash


def entry_hash(entry: EvidenceRow, previous: str) -> str:
    """What an entry's ``hash`` must be, given that of the entry before it."""
    return digest(_entry_json(entry, previous))


def entry_json(entry: EvidenceRecord) -> str:
    """The text whose SHA-256 is an entry's hash: canonical JSON of all but the hash itself."""
    return _entry_json(entry, entry.previous)


def _entry_json(entry: EvidenceRow | EvidenceRecord, previous: str) -> str:
    return canonical(
        {
            "at": instant(entry.at),
            "digests": codec.encode(dict(entry.digests)),
            "kind": entry.kind,
            "policy": entry.policy,
            "previous": previous,
            "seq": entry.seq,
            "subject": entry.subject,
        }
    )


def snapshot_json(row: SnapshotRow, parts: Sequence[PartRow]) -> str:
    """The text that ``row`` of a snapshot's entry is the SHA-256 of: the row with its parts."""
    answers = [
        _fields(
            part,
            *("snapshot", "position", "url", "final_url", "status", "headers"),
            *("media_type", "body_digest", "fetched_at", "redirects", "reused"),
        )
        for part in parts
    ]
    fields = _fields(row, "id", "policy", "taken_at", "reasons")
    return canonical(fields | {"parts": answers})


def snapshot_digests(row: SnapshotRow, parts: Sequence[PartRow]) -> dict[str, Any]:
    """What the chain says of a snapshot: row and parts, the bodies' own digests, its state."""
    return {
        "row": digest(snapshot_json(row, parts)),
        "bodies": tuple(part.body_digest for part in parts),
        "state": row.state,
    }


def version_json(row: VersionRow) -> str:
    """The text that ``row`` of a version's entry is the SHA-256 of.

    All but ``last_seen``, which every check moves on.
    """
    fields = _fields(
        row,
        *("policy", "number", "snapshot", "text_digest", "media_type", "stamp", "origin"),
        *("first_seen", "previous_seen_at", "title", "language", "last_updated", "effective"),
    )
    return canonical(fields)


def version_digests(row: VersionRow, commitments: bytes) -> dict[str, Any]:
    """What the chain says of a version.

    ``commitments`` is their JSON text as stored, so that a later model does not change its hash.
    """
    return {
        "row": digest(version_json(row)),
        "text": row.text_digest,
        "commitments": hashlib.sha256(commitments).hexdigest(),
    }


def change_json(row: ChangeRow) -> str:
    """The text that ``row`` of a change's entry is the SHA-256 of."""
    return canonical(_fields(row, "id", "policy", "from_version", "to_version", "at", "verdict"))


def change_digests(row: ChangeRow, comparison: bytes) -> dict[str, Any]:
    """What the chain says of a change; ``comparison`` is its JSON text as stored."""
    return {
        "row": digest(change_json(row)),
        "comparison": hashlib.sha256(comparison).hexdigest(),
    }


def action_json(row: ActionRow) -> str:
    """The text that ``row`` of an action's entry is the SHA-256 of."""
    fields = ("policy", "number", "at", "who", "what", "subject", "why")
    detail = ("detail",) if row.detail is not None else ()
    return canonical(_fields(row, *fields, *detail))


def action_digests(row: ActionRow) -> dict[str, Any]:
    """What the chain says of an action."""
    return {"row": digest(action_json(row))}


def mail_json(row: MailRow) -> str:
    """The text that a mail's hash covers beside the hash of the mail before it."""
    return canonical(_mail_fields(row))


def mail_hash(row: MailRow, previous: str) -> str:
    """What a mail's ``hash`` must be, given that of the mail before it."""
    return digest(canonical(_mail_fields(row) | {"previous": previous}))


def _mail_fields(row: MailRow) -> dict[str, Any]:
    return _fields(row, "seq", "digest", "message_id", "at", "origin", "letter", "match")


def notice_json(row: NoticeRow) -> str:
    """The text that ``row`` of a notice's entry is the SHA-256 of."""
    return canonical(_fields(row, "policy", "number", "mail", "at", "who", "what", "why"))


def notice_digests(row: NoticeRow, mail: MailRow) -> dict[str, Any]:
    """What the chain says of a notice: its row, how its mail was read, the mail's bytes."""
    return {"row": digest(notice_json(row)), "read": digest(mail_json(mail)), "mail": mail.digest}


def judgement_json(row: JudgementRow) -> str:
    """The text that ``row`` of a judgement's entry is the SHA-256 of."""
    return canonical(_fields(row, "policy", "number", "change", "at", "notice", "why"))


def judgement_digests(row: JudgementRow) -> dict[str, Any]:
    """What the chain says of a judgement."""
    return {"row": digest(judgement_json(row))}


def entries(session: Session, policy: str) -> list[EvidenceRecord]:
    """A policy's chain from its beginning."""
    statement = select(EvidenceRow).where(EvidenceRow.policy == policy)
    found: list[EvidenceRecord] = []
    for row in session.exec(statement.order_by(col(EvidenceRow.seq))):
        found.append(_record_of(row, found[-1].hash if found else GENESIS))
    return found


def _record_of(row: EvidenceRow, previous: str) -> EvidenceRecord:
    return EvidenceRecord(
        policy=row.policy,
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        subject=row.subject,
        digests=row.digests,
        previous=previous,
        hash=row.hash,
    )


def _fields(row: Any, *names: str) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    """A column's value as it will be read back: what goes in must hash like what comes out."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return storable(value)
    return codec.encode(value)


def instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(value: Any) -> str:
    try:
        return codec.canonical(value)
    except (TypeError, ValueError) as error:
        raise StoreError(f"a value has no canonical JSON form: {error}") from error


def head(session: Session, policy: str) -> str:
    """The hash of a policy's newest entry; 64 zeros if it has none. StoreError if unknown."""
    found = session.exec(select(PolicyRow.chain_head).where(PolicyRow.id == policy)).first()
    if found is None:
        raise StoreError(f'the store knows no policy "{policy}"; is it in the configuration?')
    return found
