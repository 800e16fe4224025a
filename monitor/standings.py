"""What a check stores and tells about expectations. Pure; ``monitor.outcomes`` makes it one write.

One alert a policy, whatever number of expectations began or ceased to be met.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.alerts import alert_id
from monitor.config import Policy
from monitor.expectations import Settled
from monitor.model import Alert, Assessment, Finding, worst


def expectation_alert(
    policy: Policy,
    settled: Settled,
    *,
    change: str | None,
    version: int,
    at: datetime,
    links: dict[str, str],
    title: str,
) -> Alert | None:
    """The alert about what began to fall short or is met again; None where nothing did.

    What is met again counts as low: it is shown beside new shortfalls, and goes alone only where a
    route asks for low.
    """
    told = (*settled.raised, *settled.closed)
    if not told:
        return None
    ordered = _ordered(settled.raised) + [replace(a, severity="low") for a in settled.closed]
    findings = tuple(_finding(assessment) for assessment in ordered)
    digests = sorted(f"{a.name} {a.digest} {a.standing}" for a in told)
    return Alert(
        id=alert_id("expectation", policy.id, version, at.isoformat(), *digests),
        policy=policy.id,
        change=change,
        verdict=None,
        summary=_summary(settled),
        findings=findings,
        first_seen=at,
        links=links,
        kind="expectation",
        severity=worst(findings) or "low",
        service=policy.service,
        title=title,
        expectations=tuple(ordered),
    )


def _ordered(assessments: Iterable[Assessment]) -> list[Assessment]:
    rank = {"high": 0, "medium": 1, "low": 2}
    return sorted(assessments, key=lambda a: rank[a.severity])


def _finding(assessment: Assessment) -> Finding:
    """An expectation is no change of the text, so it has no direction and nothing before.

    A passage on the matter proves nothing of what was not found, so that is not quoted here.
    """
    proof = assessment.quotes if assessment.standing != "not found" else ()
    return Finding(
        category=assessment.category,
        direction="neutral",
        severity=assessment.severity,
        summary=assessment.summary,
        before=None,
        after=proof[0] if proof else None,
        before_value=None,
        after_value=assessment.value,
        rule=f"expect:{assessment.name}",
        confidence=1.0,
    )


def _summary(settled: Settled) -> str:
    parts = []
    if settled.raised:
        parts.append(f"{_counted(settled.raised)} not met by this text")
    if settled.closed:
        parts.append(f"{_counted(settled.closed)} met again")
    return "; ".join(parts)


def _counted(assessments: Sequence[Assessment]) -> str:
    many = len(assessments)
    return f"{many} expectation{'s are' if many > 1 else ' is'}"
