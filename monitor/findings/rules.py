"""The registry of rules: each is one entry, a function from a change's two sides to findings.

A detector is registered with its name and what it looks for; docs/semantics.md lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from monitor.findings.changes import Passage
from monitor.findings.evidence import Sides
from monitor.model import Category, Direction, Finding, Quote, Severity, Value

Detector = Callable[[Sides], Iterable[Finding]]

#: What more text of a category means for the person or customer; less text means the reverse.
MORE: dict[Category, Direction] = {
    "sharing": "weaker",
    "sale": "weaker",
    "collection": "weaker",
    "purpose": "weaker",
    "notice": "stronger",
    "age": "stronger",
    "retention": "weaker",
    "rights": "stronger",
    "consent": "neutral",
    "transfer": "weaker",
    "security": "stronger",
    "dispute": "weaker",
    "liability": "weaker",
    "conduct": "weaker",
    "payment": "weaker",
    "entity": "neutral",
    "scope": "neutral",
}
#: Rights whose loss is grave: choices against a use of one's data.
OPT_OUTS = frozenset(
    {
        "opt out of sale", "opt out of sharing", "opt out of targeted advertising", "human review",
        "opt out of ai training", "opt out of profiling", "browser signals honoured",
    }
)  # fmt: skip
#: Terms too vague to be worth an alert by themselves.
VAGUE = frozenset(
    {
        "preferences",
        "account data",
        "company data",
        "communications",
        "consent",
        "unspecified safeguards",
        "direct notice",
        "website",
        "none",
        "outside the country",
        "technical and organisational measures",
        "secure servers",
    }
)
#: What every service does: a passage that names no other use is worth no alert.
ORDINARY_PURPOSES = frozenset({"service provision", "customer support", "contract performance"})
#: The categories in words, for summaries.
TOPICS: dict[Category, str] = {
    "sharing": "who receives data",
    "sale": "selling data",
    "collection": "what data is collected",
    "purpose": "what data is used for",
    "notice": "how changes are announced",
    "age": "age and children",
    "retention": "how long data is kept",
    "rights": "rights and choices",
    "consent": "consent and legal bases",
    "transfer": "transfers and places of storage",
    "security": "security",
    "dispute": "disputes",
    "liability": "liability",
    "conduct": "use of the service and accounts",
    "payment": "fees and payments",
    "entity": "the company and its contacts",
    "scope": "what the document covers",
}
_OPPOSITE: dict[Direction, Direction] = {
    "weaker": "stronger",
    "stronger": "weaker",
    "neutral": "neutral",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A named detector. ``looks_for`` is one line for people."""

    name: str
    looks_for: str
    detect: Detector


RULES: list[Rule] = []


def rule(name: str, looks_for: str) -> Callable[[Detector], Detector]:
    """Register a detector. Rules run in the order of their registration."""

    def register(detect: Detector) -> Detector:
        RULES.append(Rule(name, looks_for, detect))
        return detect

    return register


def opposite(direction: Direction) -> Direction:
    """Weaker for stronger, and the reverse."""
    return _OPPOSITE[direction]


def finding(
    sides: Sides,
    name: str,
    category: Category,
    direction: Direction,
    severity: Severity,
    summary: str,
    *,
    values: tuple[Value | None, Value | None] = (None, None),
    confidence: float = 0.8,
) -> Finding:
    """Make a finding about a change, with the quotes of both sides."""
    return Finding(
        category,
        direction,
        severity,
        summary,
        _quote(sides.change.before),
        _quote(sides.change.after),
        values[0],
        values[1],
        name,
        confidence,
    )


def _quote(passage: Passage | None) -> Quote | None:
    return passage.quote() if passage else None


def run_rules(sides: Sides) -> Iterator[Finding]:
    """All findings of all rules for one change."""
    for entry in RULES:
        yield from entry.detect(sides)
