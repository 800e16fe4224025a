"""One real change, one finding: several rules may see the same change, one of them tells it."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.model import Finding

_SEVERITY = {"high": 0, "medium": 1, "low": 2}
_GENERIC = ("clause-added", "clause-removed", "contact-changed", "restraint-lost")


def merged(found: Iterable[tuple[Finding, int]]) -> tuple[Finding, ...]:
    """The best finding for each alignment step, category and direction, most severe first.

    A generic finding (a clause came or went) yields to a typed one on the same step and category.
    """
    best: dict[tuple[int, str, str], Finding] = {}
    typed: set[tuple[int, str]] = set()
    order: list[tuple[int, str, str]] = []
    for finding, edit in found:
        if finding.rule not in _GENERIC:
            typed.add((edit, finding.category))
        key = (edit, finding.category, finding.direction)
        if key not in best:
            order.append(key)
            best[key] = finding
        elif _rank(finding) < _rank(best[key]):
            best[key] = finding
    kept = [
        best[key]
        for key in order
        if best[key].rule not in _GENERIC or (key[0], key[1]) not in typed
    ]
    return tuple(sorted(kept, key=_place))


def _rank(finding: Finding) -> tuple[int, float]:
    return _SEVERITY[finding.severity] + 3 * (finding.rule in _GENERIC), -finding.confidence


def _place(finding: Finding) -> tuple[int, int]:
    quote = finding.after or finding.before
    return _SEVERITY[finding.severity], quote.start if quote else 0
