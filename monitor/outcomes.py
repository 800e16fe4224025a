"""From what a check saw and what was decided to what is stored and told. Pure.

``conclude`` is the one place where versions are numbered, alerts are made and routed, and the next
check is set.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from monitor import schedule
from monitor.alerts import change_alert, health_alert
from monitor.capture import Decision, Observation
from monitor.clock import Matter, deadlines_of, notice_of, publication_of, words_changed
from monitor.config import Policy, PolicyType, Settings
from monitor.errors import FetchError
from monitor.expectations import Settled, settle
from monitor.model import Alert, Assessment, Commitment, Part, Severity, Stand, Validator
from monitor.notice.attribution import attributed
from monitor.notice.clock import Publication, Told
from monitor.notice.standards import Standard
from monitor.reading import Examined
from monitor.standings import expectation_alert
from monitor.telling import deliveries_of
from monitor.vendors import owner_of, vendor_of
from store import (
    ActionRecord,
    CheckOutcome,
    NewAction,
    NewChange,
    NewDelivery,
    NewSnapshot,
    NewVersion,
    SourceRecord,
    new_id,
)
from store.records import CheckResult, SnapshotState, VersionOrigin

_RESULTS: dict[str, CheckResult] = {
    "unchanged": "unchanged",
    "first": "first",
    "new_version": "changed",
    "revert": "reverted",
    "hold": "held",
    "suspect": "suspect",
    "ask_people": "suspect",
    "failed": "failed",
}
#: How grave it is that a source is in this state: the policy is not being watched meanwhile.
_GRAVITY: dict[str, Severity] = {
    "gone": "high",
    "moved": "medium",
    "unreachable": "medium",
    "suspect": "medium",
    "unstable": "low",
    "recovered": "low",
}
_TITLES: dict[PolicyType, str] = {
    "privacy": "Privacy policy",
    "terms": "Terms of service",
    "dpa": "Data processing agreement",
    "subprocessors": "List of sub-processors",
    "cookies": "Cookie policy",
    "other": "Policy",
}
_VERSIONED = ("first", "new_version", "revert")

#: Alerts, each with its deliveries.
Sent: TypeAlias = tuple[tuple[Alert, tuple[NewDelivery, ...]], ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at a source gave. ``examined`` is None where there was nothing to read."""

    observation: Observation
    parts: tuple[Part, ...] = ()
    examined: Examined | None = None
    validators: tuple[Validator, ...] | None = None
    fresh_for: timedelta | None = None
    error: FetchError | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """The circumstances of a check.

    ``stamp`` names how texts are made now; ``origin`` overrides how a version came to be: taken by
    hand, accepted by people, or made anew by a technical upgrade (which alerts nothing).
    ``promises`` govern the notice that is due: the baseline's commitments; ``beside`` is what other
    documents of the vendor promise about changes of this one. ``told`` are the vendor's own
    notices about the policy, ``earlier`` the changes that they may be about as well.
    ``action`` is what a person did to bring it about. ``stands`` are the stored ones;
    ``assessments`` hold the baseline against what is expected now (None: not needed), for where
    there is no new version. ``muting`` is what people muted and unmuted of the policy.
    """

    policy: Policy
    source: SourceRecord
    settings: Settings
    stamp: str
    owner: str
    started_at: datetime
    finished_at: datetime
    origin: VersionOrigin = "capture"
    promises: tuple[Commitment, ...] = ()
    beside: tuple[Standard, ...] = ()
    told: tuple[Told, ...] = ()
    earlier: tuple[Publication, ...] = ()
    existing_snapshot: str | None = None
    action: NewAction | None = None
    stands: tuple[Stand, ...] = ()
    assessments: tuple[Assessment, ...] | None = None
    muting: tuple[ActionRecord, ...] = ()


def conclude(occasion: Occasion, seen: Seen, decision: Decision) -> CheckOutcome:
    """Everything the store writes for this check, in one transaction."""
    snapshot = _snapshot(occasion, seen, decision)
    version = change = None
    if decision.action in _VERSIONED and seen.examined is not None:
        version = _version(occasion, seen.examined, decision, snapshot)
        change = _change(occasion, seen.examined, version)
    settled = _settled(occasion, seen, version)
    alerts = _alerts(occasion, decision, snapshot, version, change)
    alerts += _told_of_expectations(occasion, settled, version, change)
    upgraded = version is not None and version.origin == "upgrade"
    return CheckOutcome(
        policy=occasion.policy.id,
        lease_owner=occasion.owner,
        started_at=occasion.started_at,
        finished_at=occasion.finished_at,
        result="upgraded" if upgraded else _RESULTS[decision.action],
        memory=decision.memory,
        next_check_at=_next_check(occasion, seen, decision),
        snapshot=snapshot,
        version=version,
        baseline=version.number if version else None,
        change=change,
        alerts=_sent(occasion, alerts),
        stands=settled.stands if settled else None,
        validators=seen.validators if decision.keep_validators else None,
        error_kind=seen.error.kind if seen.error else "",
        error=str(seen.error) if seen.error else "",
        transient=seen.error.transient if seen.error else False,
        action=occasion.action,
    )


def reassessed(occasion: Occasion) -> tuple[Settled | None, Sent]:
    """How the policy stands to what is expected of it now, and what people are told of it.

    For an expectation that changed while the text did not: no check is needed for it.
    """
    settled = _settled(occasion, None, None)
    return settled, _sent(occasion, _told_of_expectations(occasion, settled, None, None))


def _settled(occasion: Occasion, seen: Seen | None, version: NewVersion | None) -> Settled | None:
    """The new version's stands, or the baseline's where other things are expected of it now."""
    if version is not None and seen is not None and seen.examined is not None:
        number, assessments = version.number, seen.examined.assessments
    elif occasion.assessments is not None and occasion.source.baseline is not None:
        number, assessments = occasion.source.baseline.number, occasion.assessments
    else:
        return None
    if not assessments and not occasion.stands:
        return None
    upgraded = version is not None and version.origin == "upgrade"
    return settle(
        occasion.stands, assessments, version=number, at=occasion.started_at, upgraded=upgraded
    )


def _next_check(occasion: Occasion, seen: Seen, decision: Decision) -> datetime:
    asked = seen.error.retry_after if seen.error else None
    return schedule.next_check(
        schedule.parse_every(occasion.policy.every),
        occasion.finished_at,
        policy_id=occasion.policy.id,
        fresh_for=seen.fresh_for,
        retry_after=timedelta(seconds=asked) if asked is not None else None,
        failures=max(1, decision.memory.failures) if seen.error and seen.error.transient else 0,
        confirm_at=decision.look_again_at,
    )


def _snapshot(occasion: Occasion, seen: Seen, decision: Decision) -> NewSnapshot | None:
    """Raw bytes are kept for versions, and for what is held or suspect: once, not at every look."""
    memory = occasion.source.memory
    state: SnapshotState
    reasons: tuple[str, ...] = ()
    if not seen.parts or occasion.existing_snapshot:
        return None
    if decision.action in _VERSIONED:
        state = "version"
    elif decision.action == "hold" and memory.held_digest != decision.memory.held_digest:
        state = "held"
        reasons = (f"the text of version {decision.version} came back",)
    elif decision.action == "ask_people" or (
        decision.action == "suspect" and memory.suspect_since is None
    ):
        state, reasons = "suspect", decision.memory.suspect_reasons
    else:
        return None
    return NewSnapshot(new_id(), occasion.started_at, state, seen.parts, reasons)


def _version(
    occasion: Occasion, examined: Examined, decision: Decision, snapshot: NewSnapshot | None
) -> NewVersion:
    source = occasion.source
    revert = decision.action == "revert" and occasion.origin == "capture"
    return NewVersion(
        number=source.latest_number + 1,
        snapshot=snapshot.id if snapshot else occasion.existing_snapshot,
        text=examined.text,
        text_digest=examined.digest,
        media_type="text/markdown",
        stamp=occasion.stamp,
        origin="revert" if revert else occasion.origin,
        first_seen=occasion.started_at,
        previous_seen_at=source.baseline.last_seen if source.baseline else None,
        title=examined.title,
        language=examined.language,
        last_updated=examined.last_updated,
        effective=examined.effective,
        commitments=examined.commitments,
    )


def _change(occasion: Occasion, examined: Examined, version: NewVersion) -> NewChange | None:
    """A technical upgrade compares nothing: the policy did not change, our reading of it did."""
    baseline = occasion.source.baseline
    if baseline is None or examined.comparison is None or version.origin == "upgrade":
        return None
    return NewChange(
        id=f"{occasion.policy.id}@{baseline.number}-{version.number}",
        from_version=baseline.number,
        to_version=version.number,
        at=occasion.started_at,
        comparison=examined.comparison,
    )


# --- who is told ---------------------------------------------------------------------------------


def _alerts(
    occasion: Occasion,
    decision: Decision,
    snapshot: NewSnapshot | None,
    version: NewVersion | None,
    change: NewChange | None,
) -> list[Alert]:
    alerts = []
    if change and version and change.comparison.verdict in ("material", "minor"):
        alerts.append(_change_alert(occasion, version, change))
    for event in decision.events:
        detail = event.detail
        if event.kind == "suspect" and snapshot:
            detail += (
                f" If it is right as it is: policywatch accept {occasion.policy.id} {snapshot.id}"
            )
        alerts.append(
            health_alert(
                occasion.policy,
                event.kind,
                detail,
                at=occasion.started_at,
                severity=_GRAVITY[event.kind],
                links=_links(occasion, None),
                title=_TITLES[occasion.policy.type],
            )
        )
    return alerts


def _told_of_expectations(
    occasion: Occasion,
    settled: Settled | None,
    version: NewVersion | None,
    change: NewChange | None,
) -> list[Alert]:
    """One alert for all that began to fall short or is met again."""
    current = version or occasion.source.baseline
    if settled is None or current is None:
        return []
    alert = expectation_alert(
        occasion.policy,
        settled,
        change=change.id if change else None,
        version=current.number,
        at=occasion.started_at,
        links=_links(occasion, change.id if change else None),
        title=current.title or _TITLES[occasion.policy.type],
    )
    return [alert] if alert else []


def _sent(occasion: Occasion, alerts: Iterable[Alert]) -> Sent:
    """Alerts with whose document it is, who looks after it here, and the channels they go to."""
    vendor = vendor_of(occasion.settings, occasion.policy)
    owner = owner_of(occasion.settings, occasion.policy)
    addressed = [replace(a, vendor=vendor.name if vendor else "", owner=owner) for a in alerts]
    return tuple((alert, _deliveries(occasion, alert)) for alert in addressed)


def _change_alert(occasion: Occasion, version: NewVersion, change: NewChange) -> Alert:
    baseline = occasion.source.baseline
    publication = publication_of(
        occasion.policy, baseline, version, words_changed=words_changed(change.comparison)
    )
    told = attributed(occasion.told, (*occasion.earlier, publication))
    matter = Matter(
        occasion.policy,
        replace(publication, told=told.get(len(occasion.earlier), ())),
        change.comparison.findings,
        occasion.promises,
        baseline.language if baseline else version.language,
        occasion.beside,
    )
    return change_alert(
        occasion.policy,
        change.id,
        change.comparison,
        title=version.title or _TITLES[occasion.policy.type],
        effective=version.effective,
        first_seen=version.first_seen,
        notice=notice_of(occasion.settings, matter),
        deadlines=deadlines_of(occasion.settings, matter),
        links=_links(occasion, change.id),
    )


def _links(occasion: Occasion, change: str | None) -> dict[str, str]:
    return links_of(occasion.settings, occasion.policy, change)


def links_of(settings: Settings, policy: Policy, change: str | None) -> dict[str, str]:
    """Where an alert leads: to the document, to its change on the dashboard, to its evidence."""
    links = {"policy": policy.all_urls[0]}
    public = settings.web.public_url.rstrip("/")
    if public and change:
        links["dashboard"] = f"{public}/changes/{change}"
        links["evidence"] = f"{public}/changes/{change}/evidence.zip"
    return links


def _deliveries(occasion: Occasion, alert: Alert) -> tuple[NewDelivery, ...]:
    return deliveries_of(
        occasion.settings, occasion.policy, alert, occasion.muting, occasion.finished_at
    )
