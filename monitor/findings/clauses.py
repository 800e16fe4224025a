"""Rules on passages that are new or gone, whole sentences and longer insertions alike."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.findings.changes import Passage
from monitor.findings.evidence import Reading, Sides, known
from monitor.findings.rules import MORE, finding, opposite, rule, shortened
from monitor.model import Category, Direction, Finding, Severity

_MIN_WORDS = 5
_MIN_RUN_WORDS = 5
_MIN_ITEM_WORDS = 2
_CONTENT = re.compile(r"[^\W\d_]{4,}")
_LOW: tuple[Category, ...] = ("entity", "scope")
_GRAVE_PURPOSES = frozenset(
    {"ai training", "profiling", "targeted advertising", "automated decisions"}
)
_ACT_OF: dict[Category, str] = {
    "sharing": "share",
    "sale": "sell",
    "collection": "collect",
    "purpose": "use",
    "transfer": "transfer",
    "retention": "retain",
}
#: Categories of contracts, which in a privacy notice are seldom what a sentence is about.
CONTRACTUAL: tuple[Category, ...] = ("conduct", "payment", "liability", "dispute")


@rule("clause-added", "a sentence or a longer insertion speaks of a category")
def clause_added(sides: Sides) -> Iterator[Finding]:
    """What is new, by what it is about and whether it does or denies it."""
    if sides.after is None:
        return
    for part in _parts(sides.change.after, sides.runs[1]):
        if not _rewords(sides, part, 0):
            yield from _judge(sides, part, added=True)


@rule("clause-removed", "a sentence or a longer passage about a category is gone")
def clause_removed(sides: Sides) -> Iterator[Finding]:
    """What is gone and stands nowhere else in the new version."""
    if sides.before is None:
        return
    for part in _parts(sides.change.before, sides.runs[0]):
        if not _rewords(sides, part, 1):
            yield from _judge(sides, part, added=False)


def _parts(passage: Passage | None, runs: list[tuple[int, int]]) -> Iterator[Passage]:
    """The changed runs of a passage that are long enough to say something of their own."""
    if passage is None:
        return
    for start, end in runs:
        text = passage.text[start:end]
        whole = start == 0 and end == len(passage.text)
        needed = _MIN_RUN_WORDS
        if whole:
            needed = _MIN_ITEM_WORDS if passage.clause.lead_in else _MIN_WORDS
        if len(text.split()) >= needed:
            yield Passage(passage.clause, text, passage.start + start, passage.start + end)


def _rewords(sides: Sides, part: Passage, other: int) -> bool:
    """Whether a run in an edited sentence replaces about as many words of the other side."""
    if not sides.is_edit:
        return False
    facing = sum(end - start for start, end in sides.runs[other])
    return facing > 0.6 * len(part.text)


def _judge(sides: Sides, part: Passage, *, added: bool) -> Iterator[Finding]:
    if part.clause.kind == "heading":
        return
    stream = sides.old_stream if added else sides.new_stream
    reading = Reading(part, sides.lexicon)
    if len(_CONTENT.findall(part.text)) < 2 or known(stream, part.text) and sides.is_edit:
        return
    for category in about(reading):
        direction = _direction(reading, category, added)
        severity = _severity(sides, reading, category, direction, added)
        verb = "New" if added else "Gone"
        yield finding(
            sides, "clause-added" if added else "clause-removed", category, direction, severity,
            f"{verb} about {category}: “{shortened(part.text)}”", confidence=0.6,
        )  # fmt: skip


def about(reading: Reading) -> list[Category]:
    """The one or two categories that a passage is mostly about, best first."""
    scores = dict(reading.scores)
    ranked = sorted(scores, key=lambda name: (-scores[name], name))
    best = [name for name in ranked if scores[name] >= 2][:2]
    if len(best) == 2 and (scores[best[1]] < 4 or scores[best[1]] < 0.7 * scores[best[0]]):
        best.pop()
    return best


def _direction(reading: Reading, category: Category, added: bool) -> Direction:
    more = MORE[category]
    act = _ACT_OF.get(category)
    if act and reading.act(act) == "denied":
        more = opposite(more)
    if category == "retention" and reading.act("delete") == "done":
        more = "stronger"
    if category == "notice" and (reading.cue("continued_use") or reading.cue("indefinite")):
        more = "weaker"
    return more if added else opposite(more)


def _severity(
    sides: Sides, reading: Reading, category: Category, direction: Direction, added: bool
) -> Severity:
    if reading.says("pointer") or reading.says("reading_aid") or category in _LOW:
        return "low"
    if added and direction == "weaker":
        if category == "purpose" and reading.terms("purposes").keys() & _GRAVE_PURPOSES:
            return "high"
        if category == "collection" and any(
            map(sides.lexicon.sensitive, reading.terms("data_categories"))
        ):
            return "high"
        if category == "dispute" and (reading.cue("arbitration") or reading.cue("class_waiver")):
            return "high"
        if category == "sale":
            return "high"
    if not added and direction == "weaker" and category in ("sale", "age"):
        return "high"
    return "medium"
