"""The tables. Rows never leave this package: store.records is what callers see.

Immutable once written: ``blob``, ``snapshot_part``, ``version`` (but for ``last_seen``),
``version_commitments``, ``change``, ``alert``, ``action``, ``mail``, ``notice``, ``judgement``,
``evidence``, ``checkpoint``; all runs of ``text`` but a policy's last one. Large values stand in
tables of their own, so that a listing never reads them; what lists are found by stands in
store.lookups.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from store.base import Base
from store.columns import Digests, Hash, Instant, Tagged, Words
from store.lookups import DirectoryRow, ReviewRow, TagRow

__all__ = [
    "SCHEMA",
    "ActionRow",
    "AlertRow",
    "Base",
    "BlobRow",
    "ChangeRow",
    "CheckRow",
    "CheckpointRow",
    "CommitmentsRow",
    "DeliveryRow",
    "DirectoryRow",
    "EvidenceRow",
    "ExpectationRow",
    "JudgementRow",
    "LaneRow",
    "MailRow",
    "NoticeRow",
    "PartRow",
    "PolicyRow",
    "ReviewRow",
    "SecretRow",
    "SnapshotRow",
    "StampRow",
    "TagRow",
    "TextRow",
    "ValidatorRow",
    "VersionRow",
]

#: The newest migration; a store that names another one is migrated, or refused if unknown.
SCHEMA = "0015"


class PolicyRow(Base, table=True):
    """A watched policy: its declaration, its place in the schedule, and what checks left behind.

    ``health`` repeats ``memory.health`` for counting; ``chain_*`` is the head of its evidence.
    ``next_check_at`` is never before ``paused_until``.
    """

    __tablename__ = "policy"
    __table_args__ = (
        Index(None, "enabled", "next_check_at", "id", "lease_until"),
        Index(None, "enabled", "health", "latest_number"),
        Index(None, "enabled", "lease_until"),
    )

    id: str = Field(primary_key=True)
    service: str = Field(sa_type=Words)
    type: str
    urls: Any = Field(sa_type=Tagged)
    enabled: bool
    added_at: datetime = Field(sa_type=Instant)
    next_check_at: datetime = Field(sa_type=Instant)
    lease_owner: str | None
    lease_until: datetime | None = Field(sa_type=Instant)
    health: str
    memory: Any = Field(sa_type=Tagged)
    last_check_at: datetime | None = Field(sa_type=Instant)
    last_good_at: datetime | None = Field(sa_type=Instant)
    baseline: int | None
    latest_number: int
    chain_seq: int
    chain_head: str
    paused_until: datetime | None = Field(default=None, sa_type=Instant)


class ValidatorRow(Base, table=True):
    """What makes the next request for a URL conditional."""

    __tablename__ = "validator"

    policy: str = Field(primary_key=True, foreign_key="policy.id")
    position: int = Field(primary_key=True)
    url: str = Field(sa_type=Words)
    etag: str = Field(sa_type=Words)
    last_modified: str = Field(sa_type=Words)
    body_digest: str = Field(index=True)
    media_type: str = Field(sa_type=Words)
    final_url: str = Field(sa_type=Words)
    outline: str = ""


class BlobRow(Base, table=True):
    """Bytes as they were received, by their SHA-256; ``size`` is plain, ``stored`` at rest."""

    __tablename__ = "blob"
    __table_args__ = (Index(None, "size", "stored"),)

    digest: str = Field(primary_key=True)
    encoding: str
    size: int
    stored: int
    data: bytes


class SnapshotRow(Base, table=True):
    """What the server sent at one moment."""

    __tablename__ = "snapshot"
    __table_args__ = (Index(None, "policy", "taken_at"),)

    id: str = Field(primary_key=True)
    policy: str = Field(foreign_key="policy.id")
    taken_at: datetime = Field(sa_type=Instant)
    state: str
    reasons: Any = Field(sa_type=Tagged)


class PartRow(Base, table=True):
    """One URL's answer within a snapshot."""

    __tablename__ = "snapshot_part"

    snapshot: str = Field(primary_key=True, foreign_key="snapshot.id")
    position: int = Field(primary_key=True)
    url: str = Field(sa_type=Words)
    final_url: str = Field(sa_type=Words)
    status: int
    headers: Any = Field(sa_type=Tagged)
    media_type: str = Field(sa_type=Words)
    body_digest: str = Field(foreign_key="blob.digest", index=True)
    fetched_at: datetime = Field(sa_type=Instant)
    redirects: Any = Field(sa_type=Tagged)
    reused: bool


class TextRow(Base, table=True):
    """A run of consecutive distinct texts of a policy, compressed together (store.texts).

    ``base`` is the ``first`` of the run whose first text it is compressed against.
    """

    __tablename__ = "text"

    policy: str = Field(primary_key=True, foreign_key="policy.id")
    first: int = Field(primary_key=True)
    base: int | None
    number: int
    size: int
    stored: int
    data: bytes


class VersionRow(Base, table=True):
    """A version of a policy; ``text`` is the number of its text among the policy's texts.

    Small rows, read in the order of their key: without a rowid they need no index beside them.
    """

    __tablename__ = "version"
    __table_args__ = (
        Index(None, "snapshot", sqlite_where=sa.text("snapshot IS NOT NULL")),
        {"sqlite_with_rowid": False},
    )

    policy: str = Field(primary_key=True, foreign_key="policy.id")
    number: int = Field(primary_key=True)
    snapshot: str | None = Field(foreign_key="snapshot.id")
    text: int
    text_digest: str = Field(sa_type=Hash)
    media_type: str
    stamp: str
    origin: str
    first_seen: datetime = Field(sa_type=Instant)
    last_seen: datetime = Field(sa_type=Instant)
    previous_seen_at: datetime | None = Field(sa_type=Instant)
    title: str = Field(sa_type=Words)
    language: str
    last_updated: date | None
    effective: date | None


class CommitmentsRow(Base, table=True):
    """The commitments of a version, packed against its own text (their quotes stand in it)."""

    __tablename__ = "version_commitments"
    __table_args__ = (
        ForeignKeyConstraint(["policy", "number"], ["version.policy", "version.number"]),
    )

    policy: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    data: bytes


class ChangeRow(Base, table=True):
    """A comparison of two versions, as it was decided at the time (packed JSON)."""

    __tablename__ = "change"
    __table_args__ = (
        ForeignKeyConstraint(["policy", "from_version"], ["version.policy", "version.number"]),
        ForeignKeyConstraint(["policy", "to_version"], ["version.policy", "version.number"]),
        Index(None, "policy", "at"),
    )

    id: str = Field(primary_key=True)
    policy: str
    from_version: int
    to_version: int
    at: datetime = Field(sa_type=Instant, index=True)
    verdict: str
    comparison: bytes


class AlertRow(Base, table=True):
    """What people are told; the payload is a whole model.Alert."""

    __tablename__ = "alert"

    id: str = Field(primary_key=True)
    policy: str = Field(index=True)
    kind: str
    severity: str
    created_at: datetime = Field(sa_type=Instant, index=True)
    payload: Any = Field(sa_type=Tagged)


class DeliveryRow(Base, table=True):
    """One alert on its way to one channel: the outbox.

    ``ready_at`` is when a dispatcher may take it: ``not_before`` while pending, the end of the
    lease while leased, NULL once it is sent, dead or cancelled. ``purpose`` is as in
    model.Purpose, a snoozed one with its instant; ``batch`` names the digest it goes with;
    ``mention`` has spaces between the names.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("alert", "channel", "purpose"),
        Index(None, "channel", "batch"),
        Index(None, "ready_at", "id"),
        Index(None, "state", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    alert: str = Field(foreign_key="alert.id")
    channel: str
    state: str
    attempts: int
    created_at: datetime = Field(sa_type=Instant)
    not_before: datetime = Field(sa_type=Instant)
    ready_at: datetime | None = Field(sa_type=Instant)
    lease_owner: str | None
    sent_at: datetime | None = Field(sa_type=Instant)
    receipt: str = Field(sa_type=Words)
    last_error: str = Field(sa_type=Words)
    batch: str = Field(default="", sa_column_kwargs={"server_default": ""})
    purpose: str = Field(default="", sa_column_kwargs={"server_default": ""})
    mention: str = Field(default="", sa_column_kwargs={"server_default": ""})


class LaneRow(Base, table=True):
    """From when on a dispatcher, whichever it is, may start the next delivery of a channel.

    Only channels that have a pace, or that were asked to wait, have a row.
    """

    __tablename__ = "lane"

    channel: str = Field(primary_key=True)
    free_at: datetime = Field(sa_type=Instant)


class ExpectationRow(Base, table=True):
    """How a policy stands to one expectation; rewritten when a text is held against them.

    ``standing`` repeats that of the assessment for counting.
    """

    __tablename__ = "expectation"
    __table_args__ = (Index(None, "standing"),)

    policy: str = Field(primary_key=True, foreign_key="policy.id")
    position: int = Field(primary_key=True)
    standing: str
    version: int
    since: datetime = Field(sa_type=Instant)
    raised: bool
    assessment: Any = Field(sa_type=Tagged)


class CheckRow(Base, table=True):
    """The log of checks; prunable."""

    __tablename__ = "check_log"
    __table_args__ = (Index(None, "policy", "started_at"),)

    id: int | None = Field(default=None, primary_key=True)
    policy: str = Field(foreign_key="policy.id")
    started_at: datetime = Field(sa_type=Instant, index=True)
    finished_at: datetime = Field(sa_type=Instant)
    result: str
    error_kind: str
    error: str = Field(sa_type=Words)
    transient: bool
    snapshot: str | None
    detail: Any = Field(sa_type=Tagged)


class ActionRow(Base, table=True):
    """Something that somebody did to a policy: who, when, what, to what and why.

    ``detail`` is NULL for the many that need none; only then it is no part of the hash.
    """

    __tablename__ = "action"
    __table_args__ = (Index(None, "subject"), {"sqlite_with_rowid": False})

    policy: str = Field(primary_key=True, foreign_key="policy.id")
    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    who: str = Field(sa_type=Words)
    what: str
    subject: str = Field(sa_type=Words)
    why: str = Field(sa_type=Words)
    detail: Any = Field(default=None, sa_type=Tagged, nullable=True)


class MailRow(Base, table=True):
    """A vendor's e-mail: as it was read, whose it was taken to be, and a link of the mails' chain.

    Its bytes are the blob of the same digest (store.mails).
    """

    __tablename__ = "mail"

    seq: int = Field(primary_key=True)
    digest: str = Field(foreign_key="blob.digest", unique=True)
    message_id: str = Field(sa_type=Words, index=True)
    at: datetime = Field(sa_type=Instant)
    origin: str = Field(sa_type=Words)
    letter: Any = Field(sa_type=Tagged)
    match: Any = Field(sa_type=Tagged)
    hash: str = Field(sa_type=Hash)


class NoticeRow(Base, table=True):
    """That a mail is a notice about a policy, or is not after all: who said so, and why."""

    __tablename__ = "notice"
    __table_args__ = ({"sqlite_with_rowid": False},)

    policy: str = Field(primary_key=True, foreign_key="policy.id")
    number: int = Field(primary_key=True)
    mail: int = Field(foreign_key="mail.seq", index=True)
    at: datetime = Field(sa_type=Instant)
    who: str = Field(sa_type=Words)
    what: str
    why: str = Field(sa_type=Words)


class JudgementRow(Base, table=True):
    """The notice given of a change, judged anew: what was decided before stays where it was."""

    __tablename__ = "judgement"
    __table_args__ = ({"sqlite_with_rowid": False},)

    policy: str = Field(primary_key=True, foreign_key="policy.id")
    number: int = Field(primary_key=True)
    change: str = Field(foreign_key="change.id", index=True)
    at: datetime = Field(sa_type=Instant)
    notice: Any = Field(sa_type=Tagged)
    why: str = Field(sa_type=Words)


class EvidenceRow(Base, table=True):
    """One link of a policy's hash chain (store.evidence).

    The hash before it is not repeated here: it is that of the row with the ``seq`` before. Small
    rows, read in the order of their key: without a rowid they need no index beside them.
    """

    __tablename__ = "evidence"
    __table_args__ = ({"sqlite_with_rowid": False},)

    policy: str = Field(primary_key=True, foreign_key="policy.id")
    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    kind: str
    subject: str
    digests: Any = Field(sa_type=Digests)
    hash: str = Field(sa_type=Hash)


class CheckpointRow(Base, table=True):
    """One link of the chain over all chains: ``moved`` maps policies to their newest ``seq``.

    Only those whose chain moved since the checkpoint before; the others stand in earlier ones.
    """

    __tablename__ = "checkpoint"

    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    moved: bytes
    hash: str = Field(sa_type=Hash)


class StampRow(Base, table=True):
    """A token of a timestamp authority over one entry of a chain, as it came (RFC 3161)."""

    __tablename__ = "stamp"

    policy: str = Field(primary_key=True, foreign_key="policy.id")
    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    authority: str
    certificate: str
    token: bytes


class SecretRow(Base, table=True):
    """A key that all processes on a server share (store.secret); of no use to SQLite's file."""

    __tablename__ = "secret"

    name: str = Field(primary_key=True)
    value: bytes
