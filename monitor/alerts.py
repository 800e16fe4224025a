"""Building alerts: what people are told about a change or about the health of a source. Pure.

An alert's id is derived from what it is about, so the same event can never alert twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from monitor.config import Policy
from monitor.model import Alert, Comparison, Finding, Severity, to_json, worst, worst_first
from monitor.notice.clock import Notice
from monitor.notice.deadlines import Cause, Deadline
from monitor.notice.happenings import OPENS


def alert_id(*about: object) -> str:
    """A stable id for what an alert is about."""
    return hashlib.sha256("\x1f".join(str(part) for part in about).encode()).hexdigest()[:16]


def change_alert(
    policy: Policy,
    change: str,
    comparison: Comparison,
    *,
    title: str,
    effective: date | None,
    first_seen: datetime,
    notice: Notice,
    links: Mapping[str, str],
    deadlines: Iterable[Deadline] = (),
) -> Alert:
    """The alert for a change of meaning; findings come worst first."""
    findings = worst_first(comparison.findings)
    return Alert(
        id=alert_id("change", change),
        policy=policy.id,
        change=change,
        verdict=comparison.verdict,
        summary=_summary(findings) or comparison.reason,
        findings=findings,
        effective=effective,
        first_seen=first_seen,
        notice=to_json(notice),
        links=links,
        kind="change",
        severity=worst(findings) or "low",
        service=policy.service,
        title=title,
        deadlines=tuple(to_json(deadline) for deadline in deadlines),
    )


def health_alert(
    policy: Policy,
    event: str,
    summary: str,
    *,
    at: datetime,
    severity: Severity,
    links: Mapping[str, str],
    title: str = "",
) -> Alert:
    """The alert for a source in trouble (or well again); it says nothing about the policy."""
    return Alert(
        id=alert_id("health", policy.id, event, at.isoformat()),
        policy=policy.id,
        change=None,
        verdict=None,
        summary=summary,
        first_seen=at,
        links=links,
        kind="health",
        health=event,
        severity=severity,
        service=policy.service,
        title=title,
    )


def reminder_id(cause: str, deadlines: Sequence[Deadline], step: int) -> str:
    """Names the reminder, ``step`` days ahead, of what ends on one day; ``cause`` is the id of the
    change, or of the mail, that it follows from.
    """
    until = deadlines[0].until.isoformat()
    return alert_id("deadline", cause, until, step, *(deadline.kind for deadline in deadlines))


def deadline_alert(
    policy: Policy,
    cause: Cause,
    findings: Iterable[Finding],
    deadlines: Sequence[Deadline],
    *,
    step: int,
    today: date,
    title: str,
    links: Mapping[str, str],
) -> Alert:
    """The reminder, ``step`` days ahead or later, of what ends on one day because of a change.

    It carries the findings of that change, so that it goes where the alert about it went; of a
    deadline about sub-processors only those about them. What is only announced has no findings and
    is of medium severity. ``today`` is the team's own day, which may begin before that of UTC.
    """
    named = any(deadline.names for deadline in deadlines)
    findings = worst_first(f for f in findings if not named or f.rule in OPENS)
    announced = cause.kind == "notice"
    more = {"as_of": today.isoformat()} | ({"notice": cause.id} if announced else {})
    return Alert(
        id=reminder_id(cause.id, deadlines, step),
        policy=policy.id,
        change=None if announced else cause.id,
        verdict=None,
        summary=" ".join(deadline.counted for deadline in deadlines),
        findings=findings,
        first_seen=cause.at,
        links=links,
        kind="deadline",
        severity="medium" if announced else worst(findings) or "low",
        service=policy.service,
        title=title,
        deadlines=tuple(to_json(d) | more for d in deadlines),
    )


def trial_alert(channel: str, at: datetime) -> Alert:
    """The alert that `policywatch notify test` sends."""
    return Alert(
        id=alert_id("test", channel, at.isoformat()),
        policy="test",
        change=None,
        verdict=None,
        summary=f'Test alert for the channel "{channel}". If you can read this, the channel works.',
        first_seen=at,
        kind="test",
        severity="high",
        service="policywatch",
    )


def _summary(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return ""
    more = len(findings) - 1
    return findings[0].summary + (f" (and {more} more)" if more else "")
