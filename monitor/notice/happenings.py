"""What happened to sub-processors that may give time to object, and to whom. Pure.

One that was added or took another's place does, one that left never does, one that moved only
where the contract says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.model import Finding
from monitor.notice.standards import Happening

#: The rules whose findings may give time to object, by what happened.
OPENS: dict[str, Happening] = {
    "subprocessor-added": "added",
    "subprocessor-replaced": "replaced",
    "subprocessor-relocated": "relocated",
}
_LEFT = frozenset({"subprocessor-removed", "subprocessor-replaced"})


def affected(findings: Iterable[Finding], on: Sequence[Happening]) -> tuple[str, ...]:
    """The sub-processors to whom one of these things happened; a place may follow the name."""
    names: dict[str, None] = {}
    for finding in findings:
        if OPENS.get(finding.rule) in on and isinstance(finding.after_value, frozenset):
            names |= dict.fromkeys(sorted(finding.after_value))
    return tuple(names)


def gone(findings: Iterable[Finding]) -> frozenset[str]:
    """The sub-processors that left, or whose place another one took."""
    return frozenset(
        name
        for finding in findings
        if finding.rule in _LEFT and isinstance(finding.before_value, frozenset)
        for name in finding.before_value
    )
