"""What comes out of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from monitor.mail.letter import Letter, Match
from monitor.model import (
    Alert,
    Comparison,
    Purpose,
    Severity,
    SourceMemory,
    Validator,
    Verdict,
)
from store.records.kinds import (
    ActionKind,
    CheckResult,
    DeliveryState,
    NoticeKind,
    SnapshotState,
    VersionOrigin,
)


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A stored version without its text (``Store.version_text`` reads that)."""

    policy: str
    number: int
    snapshot: str | None
    text_digest: str
    media_type: str
    stamp: str
    origin: VersionOrigin
    first_seen: datetime
    last_seen: datetime
    previous_seen_at: datetime | None
    title: str
    language: str
    last_updated: date | None
    effective: date | None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A watched policy as the store knows it. ``versions`` maps text digests to numbers."""

    policy: str
    service: str
    type: str
    urls: tuple[str, ...]
    enabled: bool
    memory: SourceMemory
    next_check_at: datetime
    last_check_at: datetime | None
    last_good_at: datetime | None
    baseline: VersionRecord | None
    latest_number: int
    versions: Mapping[str, int]
    validators: tuple[Validator, ...]
    paused_until: datetime | None = None

    def paused(self, now: datetime) -> bool:
        """Whether people stopped its checks for a time that is not over."""
        return self.paused_until is not None and self.paused_until > now


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    id: str
    policy: str
    taken_at: datetime
    state: SnapshotState
    reasons: tuple[str, ...]
    parts: tuple[PartRecord, ...]


@dataclass(frozen=True, slots=True)
class PartRecord:
    """One part of a snapshot; its bytes are ``Store.blob(body_digest)``."""

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    media_type: str
    body_digest: str
    fetched_at: datetime
    redirects: tuple[str, ...]
    reused: bool


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """``findings`` and the rest of the comparison as they were decided at the time."""

    id: str
    policy: str
    from_version: int
    to_version: int
    at: datetime
    verdict: Verdict
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class ChangeHead:
    """A change without its comparison, for those who look through many."""

    id: str
    policy: str
    from_version: int
    to_version: int
    at: datetime
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ChangeGlance(ChangeHead):
    """What was found in a line each; ``severity`` is the worst of it, None for nothing."""

    severity: Severity | None
    summaries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckRecord:
    policy: str
    started_at: datetime
    finished_at: datetime
    result: CheckResult
    error_kind: str
    error: str
    transient: bool
    snapshot: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """One alert on its way to one channel; ``key`` is stable across attempts (Message-ID).

    Those of one ``batch`` of a channel may go as one message.
    """

    id: int
    key: str
    alert: Alert
    channel: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    not_before: datetime
    sent_at: datetime | None
    last_error: str
    batch: str = ""
    purpose: Purpose = ""
    mention: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertRecord:
    alert: Alert
    created_at: datetime
    severity: Severity


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """An action as it stands in the records; ``number`` counts from 1 within the policy."""

    policy: str
    number: int
    at: datetime
    who: str
    what: ActionKind
    subject: str
    why: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def by(self) -> str:
        """Who did it, and how they were known; who alone, where that is a claim."""
        way = self.detail.get("way", "")
        return f"{self.who} ({way})" if way else self.who


@dataclass(frozen=True, slots=True)
class MailRecord:
    """A stored mail. ``policies`` are those it is a notice about now."""

    seq: int
    digest: str
    at: datetime
    origin: str
    letter: Letter
    match: Match
    policies: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The first characters of its digest: what people call it by."""
        return self.digest[:12]

    @property
    def state(self) -> str:
        """Where it stands now: what it was taken for, unless somebody assigned or withdrew it."""
        if self.policies:
            return "matched"
        return "withdrawn" if self.match.outcome == "matched" else self.match.outcome


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """That a mail was held to be a notice about a policy, or no longer: by whom, and why."""

    policy: str
    number: int
    mail: int
    at: datetime
    who: str
    what: NoticeKind
    why: str


@dataclass(frozen=True, slots=True)
class JudgementRecord:
    """The notice given of a change, as it was judged anew, and why it was."""

    policy: str
    number: int
    change: str
    at: datetime
    notice: Mapping[str, Any]
    why: str


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """One link of a policy's hash chain; ``hash`` covers every other field (docs/store.md)."""

    policy: str
    seq: int
    at: datetime
    kind: str
    subject: str
    digests: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Pruned:
    """Raw pages of a policy that went, or would go: how many, and their bytes at rest."""

    policy: str
    pages: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Unstamped:
    """The newest entry of a chain: ``content`` is the text whose SHA-256 is its hash."""

    policy: str
    seq: int
    content: bytes


@dataclass(frozen=True, slots=True)
class StampRecord:
    """What a timestamp authority answered about one entry: the token as it came (DER).

    ``certificate`` are those it was held against when it came (PEM); ``at`` is our own clock.
    """

    policy: str
    seq: int
    at: datetime
    authority: str
    certificate: str
    token: bytes


@dataclass(frozen=True, slots=True)
class CheckpointRecord:
    """One link of the chain over all chains (store.checkpoints)."""

    seq: int
    at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something ``Store.verify`` found: the table and row, and the link of the chain if one."""

    policy: str
    table: str
    row: str
    seq: int | None
    problem: str
