"""Rules on lists of sub-processors, in which an entry is a recipient whatever its words are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.findings.changes import Passage
from monitor.findings.evidence import Sides
from monitor.findings.rules import finding, rule
from monitor.findings.words import shortened
from monitor.model import Finding

_CELL = re.compile(r"\s*(?:\||,|;|:|\s[–—-]\s|\()\s*")


@rule("subprocessor-listed", "an entry of a list of sub-processors came, went or was replaced")
def subprocessor_listed(sides: Sides) -> Iterator[Finding]:
    """A new name is a new recipient; the same name in another place is a transfer."""
    if not sides.listed:
        return
    old, new = _name(sides.change.before), _name(sides.change.after)
    if old == new:
        yield from _moved(sides, new)
        return
    if new:
        said = f"Sub-processor: {old} → {new}" if old else f"New sub-processor: {new}"
        yield finding(
            sides, "subprocessor-listed", "sharing", "weaker", "high", said,
            values=(old or None, new), confidence=0.85,
        )  # fmt: skip
    else:
        yield finding(
            sides, "subprocessor-listed", "sharing", "stronger", "low",
            f"Sub-processor gone: {old}", values=(old, None), confidence=0.85,
        )  # fmt: skip


def _name(passage: Passage | None) -> str:
    """The first cell of a row, or the words before the first comma or dash of an item."""
    return shortened(_CELL.split(passage.text, maxsplit=1)[0]) if passage else ""


def _moved(sides: Sides, name: str) -> Iterator[Finding]:
    assert sides.before is not None
    assert sides.after is not None
    kind = "transfer_places"
    old, new = frozenset(sides.before.terms(kind)), frozenset(sides.after.terms(kind))
    if new - old:
        yield finding(
            sides, "subprocessor-listed", "transfer", "weaker", "medium",
            f"Place of sub-processor {name}: {', '.join(sorted(old)) or 'none'} → "
            f"{', '.join(sorted(new))}",
            values=(old, new), confidence=0.8,
        )  # fmt: skip
