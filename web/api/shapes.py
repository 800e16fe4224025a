"""What the API answers, where it is not one of the nouns of the model or the store as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.model import Alert, Commitment, Comparison, Severity, SourceMemory, Verdict
from monitor.review import Reviewed, State
from monitor.routing import Mute
from store import ActionRecord, ChangeHead, SourceRecord, VersionRecord
from web.backend import Declared
from web.views.labels import state_of


@dataclass(frozen=True, slots=True)
class PolicyItem:
    """A watched policy. ``state`` is its health in a word; ``last_change`` its newest change."""

    id: str
    service: str
    title: str
    type: str
    urls: tuple[str, ...]
    enabled: bool
    state: str
    in_trouble: bool
    owner: str
    vendor: str
    tags: tuple[str, ...]
    version: int
    last_check_at: datetime | None
    last_good_at: datetime | None
    next_check_at: datetime
    paused_until: datetime | None
    last_change: ChangeHead | None


@dataclass(frozen=True, slots=True)
class Silence:
    """A mute that holds: until when (null: for good), why, and whether for some findings alone."""

    name: str
    until: datetime | None
    partly: bool
    why: str


@dataclass(frozen=True, slots=True)
class PolicyDetail:
    """One policy with what its checks left behind, its current version and the mutes that hold."""

    policy: PolicyItem
    memory: SourceMemory
    state_detail: str
    baseline: VersionRecord | None
    muted: tuple[Silence, ...]
    head: str


@dataclass(frozen=True, slots=True)
class VersionDetail:
    """A version with its normalized text (Markdown) and what it promises."""

    version: VersionRecord
    text: str
    commitments: tuple[Commitment, ...]


@dataclass(frozen=True, slots=True)
class ChangeDetail:
    """Two versions compared. ``stored``: as decided at the time; else compared just now."""

    id: str
    policy: str
    from_version: int
    to_version: int
    stored: bool
    verdict: Verdict
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class AlertItem:
    """An alert and how it stands with it. ``subject`` is what decisions are made on."""

    subject: str
    raised_at: datetime
    severity: Severity
    state: State
    grounds: str
    decided_at: datetime | None
    who: str
    why: str
    snoozed_until: datetime | None
    steps: tuple[ActionRecord, ...]
    alert: Alert


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, for requests whose effect is seen elsewhere."""

    done: str


@dataclass(frozen=True, slots=True)
class Health:
    """Counts of the store, by name ("policies_ok", "deliveries_dead", ...)."""

    ok: bool
    counts: Mapping[str, int]


def policy_item(
    source: SourceRecord, change: ChangeHead | None, declared: Declared, now: datetime
) -> PolicyItem:
    """A policy as lists show it."""
    state = state_of(source, now)
    return PolicyItem(
        id=source.policy,
        service=source.service,
        title=source.baseline.title if source.baseline else "",
        type=source.type,
        urls=source.urls,
        enabled=source.enabled,
        state=state.word,
        in_trouble=state.in_trouble,
        owner=declared.owner(source.policy),
        vendor=declared.vendor(source.policy),
        tags=declared.tags(source.policy),
        version=source.latest_number,
        last_check_at=source.last_check_at,
        last_good_at=source.last_good_at,
        next_check_at=source.next_check_at,
        paused_until=source.paused_until if source.paused(now) else None,
        last_change=change,
    )


def alert_item(found: Reviewed) -> AlertItem:
    """An alert as lists show it."""
    review = found.review
    return AlertItem(
        subject=review.subject,
        raised_at=found.record.created_at,
        severity=found.record.severity,
        state=review.state,
        grounds=review.grounds,
        decided_at=review.at,
        who=review.who,
        why=review.why,
        snoozed_until=review.snoozed_until,
        steps=review.steps,
        alert=found.record.alert,
    )


def silence(mute: Mute) -> Silence:
    """A mute as the API says it."""
    return Silence(mute.name, mute.until, mute.what is not None, mute.reason)
