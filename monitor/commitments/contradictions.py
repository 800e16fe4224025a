"""Promises of one document that cannot both be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from monitor.model import Commitment


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two commitments of one document that contradict each other, and why, in a sentence."""

    rule: str
    summary: str
    first: Commitment
    second: Commitment


Rule = Callable[[Commitment, Commitment], str]


def _sale(a: Commitment, b: Commitment) -> str:
    if a.kind == b.kind == "sale" and a.scope == b.scope:
        values = {a.value, b.value}
        if "never" in values and values & {"may", "opt_out"}:
            return "It promises never to sell data, and speaks of selling them."
    return ""


def _bases(a: Commitment, b: Commitment) -> str:
    if a.kind == b.kind == "legal_bases" and a.condition == "only" and b.condition != "only":
        more = _terms(b) - _terms(a)
        if more:
            return f"It names its legal bases as the only ones, yet also relies on {_join(more)}."
    return ""


def _cookies(a: Commitment, b: Commitment) -> str:
    own = (
        a.kind == "data_categories" and a.condition == "only" and "first-party cookies" in _terms(a)
    )
    if own and b.kind == "data_categories" and "third-party cookies" in _terms(b):
        return "It says only first-party cookies are used, yet others may set cookies."
    return ""


def _numbers(a: Commitment, b: Commitment) -> str:
    same = a.kind == b.kind and a.kind in ("notice_period", "minimum_age") and a.scope == b.scope
    plain = len(a.quote.text) <= _PLAIN and len(b.quote.text) <= _PLAIN
    if same and plain and (a.value, a.unit) != (b.value, b.unit):
        name = a.kind.replace("_", " ")
        return f"It states two values for {name}: {_amount(a)} and {_amount(b)}."
    return ""


def _security(a: Commitment, b: Commitment) -> str:
    promised = a.kind == "security_measures" and "absolute security" in _terms(a)
    if promised and b.kind == "security_measures" and "security not guaranteed" in _terms(b):
        return "It promises total protection, and guarantees none."
    return ""


def _retention(a: Commitment, b: Commitment) -> str:
    same = a.kind == b.kind == "retention" and a.scope == b.scope and a.value != b.value
    if same and "indefinite" in (a.value, b.value):
        return "It keeps the same data for a limited time, and without limit."
    return ""


_RULES: tuple[tuple[str, Rule], ...] = (
    ("sale-denied-and-allowed", _sale),
    ("legal-bases-not-the-only-ones", _bases),
    ("first-party-cookies-not-the-only-ones", _cookies),
    ("two-values", _numbers),
    ("security-promised-and-not-guaranteed", _security),
    ("retention-limited-and-unlimited", _retention),
)
_REFUSABLE = {
    "advertisers", "data brokers", "ai training", "profiling", "automated decisions",
    "targeted advertising", "affiliates",
}  # fmt: skip
_PLAIN = 220  # a longer sentence qualifies its number in ways that are not read here


def contradictions(
    commitments: Iterable[Commitment], refusals: Iterable[Commitment] = ()
) -> list[Contradiction]:
    """Contradictions among the commitments of one document, each once, where it first shows.

    Args:
        commitments: what ``commitments_of`` found.
        refusals: what ``refusals_of`` found in the same document ("we do not profile you").
    """
    given = list(commitments)
    out: dict[tuple[str, ...], Contradiction] = {}
    for first, second in combinations(given, 2):
        for name, rule in _RULES:
            for a, b in ((first, second), (second, first)):
                summary = rule(a, b)
                if summary:
                    key = (name, first.kind, first.scope)
                    out.setdefault(key, Contradiction(name, summary, a, b))
                    break
    for found in _denied(given, refusals):
        out.setdefault((found.rule, found.first.kind, found.summary), found)
    return list(out.values())


def _denied(
    commitments: list[Commitment], refusals: Iterable[Commitment]
) -> Iterator[Contradiction]:
    told: set[str] = set()
    for refusal in refusals:
        for commitment in commitments:
            if commitment.kind != refusal.kind or commitment.condition:
                continue
            both = (_terms(refusal) & _terms(commitment) & _REFUSABLE) - told
            if both:
                told |= both
                summary = f"It denies {_join(both)}, and states it elsewhere."
                yield Contradiction("denied-and-stated", summary, refusal, commitment)


def _terms(commitment: Commitment) -> frozenset[str]:
    return commitment.value if isinstance(commitment.value, frozenset) else frozenset()


def _join(terms: Iterable[str]) -> str:
    return ", ".join(sorted(terms))


def _amount(commitment: Commitment) -> str:
    return f"{commitment.value} {commitment.unit.replace('_', ' ')}s"
