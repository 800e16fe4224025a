"""Rules on rules of conduct: in community guidelines every class that is named is a rule.

A word put into a list of what is forbidden forbids something; one taken out allows it. So what
comes and goes is told although no category's words stand in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from unicodedata import combining, normalize

from monitor.canonical import tokens
from monitor.findings.changes import Passage, Stream
from monitor.findings.evidence import Sides, cue_found
from monitor.findings.rules import finding, rule
from monitor.findings.words import shortened
from monitor.model import Direction, Finding

_MIN_LETTERS = 4
#: So much of a name is found in the words made of it.
_STEM = 5
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
    come = _telling(sides, sides.change.after, sides.change.before, sides.old_stream)
    gone = _telling(sides, sides.change.before, sides.change.after, sides.new_stream)
    least = 1 if sides.is_edit or sides.change.passage.clause.kind == "item" else _LEAST_ALONE
    if len(come) < least and len(gone) < least:
        return
    reading = sides.after or sides.before
    assert reading is not None
    if reading.says("formality") or reading.says("pointer"):
        return
    if reading.passage.text.rstrip().endswith(":") and not reading.says("forbids"):
        return  # what comes next is the rule
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


def _telling(
    sides: Sides, side: Passage | None, other: Passage | None, stream: Stream
) -> list[str]:
    """The longer words of one side that the whole other version does not use.

    A short entry of a list is a rule by itself: there the other side alone counts. Names that
    changed throughout, and the words by which people are addressed, tell nothing.
    """
    if side is None:
        return []
    entry = bool(side.clause.lead_in) and len(side.words) <= _ENTRY_WORDS
    known = set(other.words) if other else set()
    turned = any(_addresses(word, sides) for word in {*side.words} ^ known) if known else False
    words = tokens(_ADDRESS.sub(" ", side.text))
    return [
        word
        for word in dict.fromkeys(words)
        if word.isalpha()
        and len(word) >= _MIN_LETTERS
        and word not in known
        and not any(_same_word(word, other, 3 if turned else 4) for other in known)
        and (entry or word not in stream.vocabulary)
        and not any(name[:_STEM] in word for name in sides.renamed if len(name) >= _STEM)
        and word not in sides.renamed
        and not _addresses(word, sides)
    ]


def _addresses(word: str, sides: Sides) -> bool:
    return cue_found("address", word, sides.lexicon.language)


def _same_word(a: str, b: str, least: int) -> bool:
    """Whether two words are forms of one: "teile", "teilen"; ``least`` letters begin both."""
    alike = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(_bare(a), _bare(b), strict=False))
    )
    return alike >= max(least, min(len(a), len(b)) - 2) and max(len(a), len(b)) - alike <= 4


def _bare(word: str) -> str:
    """A word without its accents: "trägst" as "tragst"."""
    return "".join(char for char in normalize("NFKD", word) if not combining(char))
