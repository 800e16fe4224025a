"""Rules on rules of conduct: in community guidelines every class that is named is a rule.

A word put into a list of what is forbidden forbids something; one taken out allows it. So what
comes and goes is told although no category's words stand in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.canonical import tokens
from monitor.findings.changes import Passage, Stream
from monitor.findings.evidence import Sides
from monitor.findings.rules import finding, rule
from monitor.findings.words import shortened
from monitor.model import Direction, Finding

_MIN_LETTERS = 4
_LEAST_ALONE = 2
_QUOTED = 90
_ENTRY_WORDS = 8
_ENDS = (".", ";", ":", "!", "?", ")")
#: Addresses, and what stands for one that a server hides from robots.
_ADDRESS = re.compile(
    r"\[?email\s*protected\]?|[\w.+-]+@[\w.-]+|(?:https?://|www\.)\S+", re.IGNORECASE
)


@rule("conduct-rule-changed", "rules of conduct name something else than before")
def conduct_rule_changed(sides: Sides) -> Iterator[Finding]:
    """An entry or a word of the rules that is new to the document, or that left it."""
    if not sides.code or not _states(sides.change.passage):
        return
    come = _telling(sides.change.after, sides.change.before, sides.old_stream)
    gone = _telling(sides.change.before, sides.change.after, sides.new_stream)
    least = 1 if sides.is_edit or sides.change.passage.clause.kind == "item" else _LEAST_ALONE
    if len(come) < least and len(gone) < least:
        return
    reading = sides.after or sides.before
    assert reading is not None
    if reading.says("formality") or reading.says("pointer"):
        return
    direction: Direction = "neutral" if come and gone else "weaker" if come else "stronger"
    said = "Rules of conduct now name" if come else "Rules of conduct no longer name"
    words = ", ".join((come or gone)[:4])
    passage = shortened(sides.change.passage.text, _QUOTED)
    yield finding(
        sides, "conduct-rule-changed", "conduct", direction, "medium",
        f"{said}: {words} (“{passage}”)", confidence=0.6,
    )  # fmt: skip


def _states(passage: Passage) -> bool:
    """Whether a passage is a sentence or an entry of a list, and no title or menu."""
    if passage.clause.kind in ("item", "row"):
        return bool(passage.clause.lead_in) or "](" not in passage.clause.text
    return passage.clause.kind != "heading" and passage.text.rstrip().endswith(_ENDS)


def _telling(side: Passage | None, other: Passage | None, stream: Stream) -> list[str]:
    """The longer words of one side that the whole other version does not use.

    A short entry of a list is a rule by itself: there the other side alone counts.
    """
    if side is None:
        return []
    entry = bool(side.clause.lead_in) and len(side.words) <= _ENTRY_WORDS
    known = set(other.words) if other else set()
    words = tokens(_ADDRESS.sub(" ", side.text))
    return [
        word
        for word in dict.fromkeys(words)
        if word.isalpha()
        and len(word) >= _MIN_LETTERS
        and word not in known
        and (entry or word not in stream.vocabulary)
    ]
