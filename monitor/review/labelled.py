"""What people decided, as labelled pairs in the format of benchmarks/semantics.py. Pure.

    acknowledged, escalated      the alert was right: the change as it was found
    dismissed as cosmetic        nothing changed in meaning
    dismissed as not relevant    minor: what was found counts neither for nor against a category
    dismissed as a duplicate     unsure, so it counts for nothing

What a rule made of a review ignores was wrongly found and is no label; what config.toml's own rules
ignored is one of low severity. Only what raised an alert can be reviewed, so such pairs measure
precision; a change that was missed is not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from monitor.findings.team import Override
from monitor.model import Finding, Quote, Severity, Verdict
from monitor.review.states import Review
from store import ChangeRecord

#: Words of a quote that are enough to find it again.
_ANCHOR = 80


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """A line of ``labels.jsonl`` and the two texts it is about."""

    label: dict[str, Any]
    old: str
    new: str


def labelled_pairs(
    decided: Iterable[tuple[ChangeRecord, Review, tuple[Override, ...]]],
    text: Callable[[str, int], str],
) -> Iterator[LabelledPair]:
    """A pair for each change on which somebody decided; ``text`` gives a version's text."""
    for change, review, made in decided:
        if review.state != "new":
            yield LabelledPair(
                label_of(change, review, made),
                text(change.policy, change.from_version),
                text(change.policy, change.to_version),
            )


def label_of(
    change: ChangeRecord, review: Review, made: tuple[Override, ...] = ()
) -> dict[str, Any]:
    """The label of a reviewed change; ``made`` are the rules of reviews that hold."""
    right = [f for f in change.comparison.findings if not any(rule.fits(f) for rule in made)]
    ruled = [held.finding for held in change.comparison.held]
    held = [_change(f, "low") for f in ruled if not any(rule.fits(f) for rule in made)]
    if review.grounds == "cosmetic":
        changes = []
    elif review.grounds == "not relevant":
        changes = [_change(finding, "low") for finding in right] + held
    else:
        changes = [_change(finding, finding.severity) for finding in right] + held
    return {
        "id": change.id,
        "source": "review",
        "commit": "",
        "document": change.policy,
        "recorded": change.at.isoformat(),
        "lang": change.comparison.language,
        "verdict": _verdict(review, changes),
        "sure": review.grounds != "duplicate",
        "changes": changes,
    }


def _verdict(review: Review, changes: list[dict[str, Any]]) -> Verdict:
    if review.grounds == "cosmetic":
        return "cosmetic"
    if any(change["severity"] != "low" for change in changes):
        return "material"
    return "minor"


def _change(finding: Finding, severity: Severity) -> dict[str, Any]:
    return {
        "category": finding.category,
        "direction": finding.direction,
        "severity": severity,
        "what": finding.summary,
        "old": _anchor(finding.before),
        "new": _anchor(finding.after),
    }


def _anchor(quote: Quote | None) -> str | None:
    return None if quote is None else quote.text[:_ANCHOR]
