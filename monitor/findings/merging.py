"""One real change, one finding: several rules may see the same change, one of them tells it."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.model import Finding

_SEVERITY = {"high": 0, "medium": 1, "low": 2}
_GENERIC = ("clause-added", "clause-removed", "contact-changed", "restraint-lost")


def merged(found: Iterable[tuple[Finding, int]]) -> tuple[Finding, ...]:
    """The best finding for each place, category and direction, most severe first.

    A place is an alignment step for typed findings and a section for generic ones; a generic
    finding yields to a typed one on the same step and category, and what went from a section that
    gained as much about the same category was rewritten, not dropped. The same words about several
    places are told once, at the first.
    """
    found = list(found)
    typed = {(edit, f.category) for f, edit in found if f.rule not in _GENERIC}
    rewritten = {(_section(f), f.category) for f, _ in found if f.rule == "clause-added"}
    best: dict[tuple[object, str, str], Finding] = {}
    for finding, edit in found:
        generic = finding.rule in _GENERIC
        if generic and (edit, finding.category) in typed:
            continue
        if (
            finding.rule == "clause-removed"
            and finding.direction != "weaker"
            and (_section(finding), finding.category) in rewritten
        ):
            continue
        place = _section(finding) if generic else edit
        key = (place, finding.category, finding.direction)
        if key not in best or _rank(finding) < _rank(best[key]):
            best[key] = finding
    told: dict[tuple[str, str, str], Finding] = {}
    for finding in sorted(best.values(), key=_place):
        told.setdefault((finding.rule, finding.category, finding.summary), finding)
    return tuple(told.values())


def _section(finding: Finding) -> str:
    quote = finding.after or finding.before
    return quote.section if quote else ""


def _rank(finding: Finding) -> tuple[int, float]:
    return _SEVERITY[finding.severity] + 3 * (finding.rule in _GENERIC), -finding.confidence


def _place(finding: Finding) -> tuple[int, int]:
    quote = finding.after or finding.before
    return _SEVERITY[finding.severity], quote.start if quote else 0
