"""One real change, one finding: several rules may see the same change, one of them tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.findings.words import listed
from monitor.model import Category, Finding

_SEVERITY = {"high": 0, "medium": 1, "low": 2}
_GENERIC = ("clause-added", "clause-removed", "contact-changed", "restraint-lost")
#: In a passage about the first, the others only say what is sold, shared, sent or told of.
_GOVERNS: dict[Category, frozenset[Category]] = {
    "sale": frozenset({"sharing", "collection", "purpose", "entity"}),
    "sharing": frozenset({"collection", "entity"}),
    "transfer": frozenset({"collection"}),
    "retention": frozenset({"collection"}),
    "age": frozenset({"collection", "retention", "conduct"}),
    "notice": frozenset({"entity"}),
    "dispute": frozenset({"entity"}),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with the number of its change (-1: none) and of its alignment step."""

    finding: Finding
    change: int
    edit: int


def merged(found: Iterable[Found], *, overhauled: bool = False) -> tuple[Finding, ...]:
    """The best finding for each place, category and direction, most severe first.

    A place is an alignment step for typed findings and a section for generic ones; a generic
    finding yields to a typed one on the same step and category, and what went from a section that
    gained as much about the same category was rewritten, not dropped. The same words about several
    places are told once, at the first. An ``overhauled`` document is one place for the generic.
    """
    found = list(_governing(found))
    typed = {(f.edit, f.finding.category) for f in found if f.finding.rule not in _GENERIC}
    rewritten = {
        (_section(f.finding), f.finding.category) for f in found if f.finding.rule == "clause-added"
    }
    same: dict[tuple[object, str, str], list[Finding]] = defaultdict(list)
    for item in found:
        finding, generic = item.finding, item.finding.rule in _GENERIC
        if generic and (item.edit, finding.category) in typed:
            continue
        section = _section(finding)
        gone = finding.rule == "clause-removed" and finding.direction != "weaker"
        if gone and (section, finding.category) in rewritten:
            continue
        lost = finding.rule == "promise-changed" and finding.after_value is None
        place = section if generic or lost else item.edit
        if generic and overhauled:
            place = ""
        same[place, finding.category, finding.direction].append(finding)
    told: dict[tuple[str, str, str], Finding] = {}
    for finding in sorted(map(_one, same.values()), key=_place):
        told.setdefault((finding.rule, finding.category, finding.summary), finding)
    return tuple(_said_once(told.values()))


def _said_once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Without those that name nothing but what another one, as severe, names with the same sense.

    A practice that a rewritten policy speaks of in five places became known once.
    """
    findings = list(findings)
    for place, finding in enumerate(findings):
        before, after = findings[:place], findings[place + 1 :]
        if not any(_names_all(other, finding) for other in before) and not any(
            _names_all(other, finding) and not _names_all(finding, other) for other in after
        ):
            yield finding


def _names_all(one: Finding, other: Finding) -> bool:
    """Whether one, as severe and of the same sense, names all that the other names."""
    same = (one.category, one.direction) == (other.category, other.direction)
    grave = _SEVERITY[one.severity] <= _SEVERITY[other.severity]
    return same and grave and bool(_named(other)) and _named(other) <= _named(one)


def _named(finding: Finding) -> frozenset[str]:
    """What a finding says has come, else what has gone."""
    before, after = (
        value if isinstance(value, frozenset) else frozenset()
        for value in (finding.before_value, finding.after_value)
    )
    return after - before or before - after


def _governing(found: Iterable[Found]) -> Iterable[Found]:
    """The findings of each change without those that its governing category includes."""
    found = list(found)
    ruled: dict[int, set[Category]] = defaultdict(set)
    for item in found:
        if item.change >= 0 and item.finding.severity != "low":
            ruled[item.change] |= _GOVERNS.get(item.finding.category, frozenset())
            if item.finding.category == "sharing" and _new_recipient(item.finding):
                ruled[item.change].add("purpose")  # an entry says what its recipient does
    for item in found:
        grave = item.finding.severity == "high" and item.finding.category != "collection"
        if grave or item.finding.category not in ruled[item.change]:
            yield item


def _new_recipient(finding: Finding) -> bool:
    """Whether an entry of a list of recipients is of a class new to the document."""
    quote = finding.after
    if quote is None or not quote.context or " | " in quote.context:
        return False  # the cells of a row say more than who receives
    return finding.severity == "high"


def _one(findings: Sequence[Finding]) -> Finding:
    """The best of several findings; it names what all of its rule name."""
    best = min(findings, key=_rank)
    head, colon, _ = best.summary.partition(": ")
    alike = [f for f in findings if f.rule == best.rule and f.summary.startswith(head + colon)]
    before, after = _united(alike, "before_value"), _united(alike, "after_value")
    terms = after or before
    if len(alike) < 2 or not terms:
        return best
    return replace(
        best, summary=f"{head}: {listed(terms)}",
        before_value=before or best.before_value, after_value=after or best.after_value,
    )  # fmt: skip


def _united(findings: Sequence[Finding], side: str) -> frozenset[str]:
    values = [getattr(finding, side) for finding in findings]
    return frozenset().union(*(value for value in values if isinstance(value, frozenset)))


def _section(finding: Finding) -> str:
    quote = finding.after or finding.before
    return quote.section if quote else ""


def _rank(finding: Finding) -> tuple[int, float]:
    return _SEVERITY[finding.severity] + 3 * (finding.rule in _GENERIC), -finding.confidence


def _place(finding: Finding) -> tuple[int, int]:
    quote = finding.after or finding.before
    return _SEVERITY[finding.severity], quote.start if quote else 0
