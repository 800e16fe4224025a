"""What a replay comes to: alerts a year, what they were about, what was held back and why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from monitor.history.recorded import History
from monitor.history.replay import Step
from monitor.model import Finding, Severity, to_json, worst

Kind = Literal[
    "alert", "minor", "cosmetic", "capture", "suspect", "flap", "back", "upgrade", "first",
    "unreadable",
]  # fmt: skip

#: What each kind means, in the order in which people want to know.
KINDS: Mapping[Kind, str] = {
    "alert": "material changes: an alert each",
    "minor": "minor changes: stored, no alert by default",
    "cosmetic": "cosmetic changes: nothing changed in meaning",
    "capture": "the recording failed, before or after: no alert",
    "suspect": "not the policy: held back by the gate",
    "flap": "a text seen before came back for a while: held",
    "back": "the current text again: nothing to do",
    "upgrade": "technical upgrades: another reading, the same policy",
    "first": "first versions",
    "unreadable": "could not be read",
}
#: A change is taken back if the text before it is recorded again within so many records.
RECOVERS_WITHIN = 5
_YEAR = 365.25 * 86400


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded text and what policywatch would have done.

    ``taken_back``: the text before it was recorded again soon; ``stood``: how many hours it stood
    until then. ``kept``: how long it is, as a share of the text before it.
    """

    at: datetime
    kind: Kind
    reference: str
    why: str
    severity: Severity | None = None
    findings: tuple[Finding, ...] = ()
    codes: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    taken_back: bool = False
    kept: float = 1.0
    stood: float | None = None


@dataclass(frozen=True, slots=True)
class PolicyFigures:
    """One policy's history as it would have been watched."""

    policy: str
    service: str
    name: str
    since: datetime
    until: datetime
    events: tuple[Event, ...]

    @property
    def years(self) -> float:
        """How long it was watched."""
        return max((self.until - self.since).total_seconds(), 0.0) / _YEAR

    @property
    def counts(self) -> Counter[str]:
        """Events by kind."""
        return Counter(event.kind for event in self.events)

    @property
    def alerts(self) -> tuple[Event, ...]:
        """The changes people would have been alerted about."""
        return tuple(event for event in self.events if event.kind == "alert")


@dataclass(frozen=True, slots=True)
class Figures:
    """A whole backtest. ``skipped`` names what was in the archive and is no record."""

    policies: tuple[PolicyFigures, ...]
    skipped: tuple[str, ...] = ()

    @property
    def years(self) -> float:
        """Years of watching, summed over the policies."""
        return sum(policy.years for policy in self.policies)

    @property
    def events(self) -> list[tuple[PolicyFigures, Event]]:
        """Every event with its policy, oldest first."""
        pairs = [(policy, event) for policy in self.policies for event in policy.events]
        return sorted(pairs, key=lambda pair: (pair[1].at, pair[0].policy))

    @property
    def alerts(self) -> list[tuple[PolicyFigures, Event]]:
        """Every alert with its policy, oldest first."""
        return [pair for pair in self.events if pair[1].kind == "alert"]

    def a_year(self, count: int) -> float:
        """A count, for each year that a policy was watched."""
        return count / self.years if self.years else 0.0


def figures_of(history: History, steps: Sequence[Step]) -> PolicyFigures:
    """Name what became of every recorded text."""
    events = tuple(
        _event(step, _back_again(step, steps[place + 1 : place + 1 + RECOVERS_WITHIN]))
        for place, step in enumerate(steps)
    )
    since = history.records[0].at if history.records else history.until
    return PolicyFigures(
        history.policy, history.service, history.name, since, history.until, events
    )


def _back_again(step: Step, later: Sequence[Step]) -> datetime | None:
    """When the text before a change was recorded again, if it was."""
    return next((each.at for each in later if each.digest == step.before_digest), None)


def _event(step: Step, back: datetime | None) -> Event:
    kind = _kind(step)
    findings = step.comparison.findings if step.comparison else ()
    return Event(
        at=step.at,
        kind=kind,
        reference=step.reference,
        why=_why(step),
        severity=worst(findings) if kind in ("alert", "minor") else None,
        findings=findings,
        codes=tuple(dict.fromkeys(reason.code for reason in step.reasons)),
        health=step.events,
        taken_back=back is not None and step.comparison is not None,
        kept=round(step.kept, 3),
        stood=round((back - step.at).total_seconds() / 3600, 2) if back else None,
    )


def _kind(step: Step) -> Kind:
    if step.comparison is not None:
        verdict = step.comparison.verdict
        return "alert" if verdict == "material" else verdict
    names: dict[str, Kind] = {"held": "flap", "unchanged": "back", "upgraded": "upgrade"}
    if step.outcome in ("suspect", "unreadable", "first"):
        return step.outcome
    return names.get(step.outcome, "cosmetic")


def _why(step: Step) -> str:
    if step.reasons:
        return "; ".join(reason.detail for reason in step.reasons)
    return step.comparison.reason if step.comparison else ""


# --- sums ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sums:
    """The figures of a backtest: counts by name, with the years they are over."""

    policies: int
    years: float
    records: int
    kinds: dict[str, int]
    severities: dict[str, int]
    categories: dict[str, int]
    reasons: dict[str, int]
    health: dict[str, int]
    by_year: dict[str, dict[str, int]]
    alerts_a_year: float
    alerts_taken_back: int
    suspects_taken_back: int


def sums_of(figures: Figures) -> Sums:
    """Add everything up. A category counts once an alert, a reason once a suspect."""
    events = [event for _, event in figures.events]
    alerts = [event for event in events if event.kind == "alert"]
    by_year: dict[str, dict[str, int]] = {}
    for event in events:
        year = by_year.setdefault(str(event.at.year), dict.fromkeys(KINDS, 0))
        year[event.kind] += 1
    return Sums(
        policies=len(figures.policies),
        years=figures.years,
        records=len(events),
        kinds={kind: sum(e.kind == kind for e in events) for kind in KINDS},
        severities=_ranked(e.severity for e in alerts if e.severity),
        categories=_ranked(c for e in alerts for c in {_category(f) for f in e.findings} - {""}),
        reasons=_ranked(code for e in events for code in e.codes),
        health=_ranked(kind for e in events for kind in e.health),
        by_year=by_year,
        alerts_a_year=figures.a_year(len(alerts)),
        alerts_taken_back=sum(e.taken_back for e in alerts),
        suspects_taken_back=sum(_recovers(policy) for policy in figures.policies),
    )


def for_machines(figures: Figures) -> dict[str, Any]:
    """The whole backtest for machines."""
    return {
        "sums": to_json(sums_of(figures)),
        "skipped": list(figures.skipped),
        "policies": [
            {
                "policy": policy.policy,
                "service": policy.service,
                "name": policy.name,
                "since": policy.since.isoformat(),
                "until": policy.until.isoformat(),
                "years": round(policy.years, 3),
                "counts": dict(policy.counts),
                "events": to_json(policy.events),
            }
            for policy in figures.policies
        ],
    }


def _category(finding: Finding) -> str:
    return finding.category if finding.severity != "low" else ""


def _recovers(policy: PolicyFigures) -> int:
    """Suspects that were followed by the text before them, or by another good one."""
    good = ("back", "alert", "minor", "cosmetic", "upgrade", "first", "flap", "capture")
    kinds = [event.kind for event in policy.events]
    return sum(
        kind == "suspect" and any(k in good for k in kinds[place + 1 : place + 6])
        for place, kind in enumerate(kinds)
    )


def _ranked(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())
