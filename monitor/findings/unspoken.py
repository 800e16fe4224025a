"""What changed without a changed sentence: the effective date, and where an opt-out leads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from monitor.canonical import effect_place, is_stamp, states_effect
from monitor.findings.evidence import cue_found
from monitor.findings.words import day
from monitor.lexicon import Lexicon
from monitor.model import Category, Clause, Document, Edit, Finding, Quote
from monitor.segmentation import plain

_LINK = re.compile(r"\[([^\]\n]{1,200})\]\(\s*<?([^()\s>]+)")
_FLUFF = re.compile(r"^(?:https?:)?//(?:www\.)?|[?#].*$|/+$")
_LOCALE = re.compile(r"/[a-z]{2}(?:[-_][a-zA-Z]{2})?(?=/|$)")


def unspoken(
    old: Document, new: Document, edits: Sequence[Edit], lexicon: Lexicon
) -> Iterator[tuple[Finding, int]]:
    """Low findings on steps that alignment kept, each with the index of its step."""
    for index, edit in enumerate(edits):
        if edit.kind not in ("kept", "moved") or not edit.note:
            continue
        before, after = old.clauses[edit.before[0]], new.clauses[edit.after[0]]
        moved = _effective_moved(before, after, lexicon) or _optout_moved(before, after, lexicon)
        if moved:
            yield moved, index


def _effective_moved(before: Clause, after: Clause, lexicon: Lexicon) -> Finding | None:
    old, new = _effective(before, lexicon), _effective(after, lexicon)
    if old is None or new is None or old == new:
        return None
    return _finding(
        "effective-date-moved",
        "notice",
        f"Effective date: {day(old)} → {day(new)}",
        before,
        after,
        old,
        new,
    )


def _effective(clause: Clause, lexicon: Lexicon) -> date | None:
    words = plain(clause.text).text
    if not is_stamp(words) or not states_effect(words):
        return None
    days = lexicon.dates(words)
    behind = [day for day in days if day.start >= effect_place(words)]
    return (behind or days)[0].value if days else None


def _optout_moved(before: Clause, after: Clause, lexicon: Lexicon) -> Finding | None:
    old, new = _optouts(before, lexicon), _optouts(after, lexicon)
    if not old or not new or old == new:
        return None
    said = f"Opt-out link: {', '.join(sorted(old - new))} → {', '.join(sorted(new - old))}"
    values = ", ".join(sorted(old)), ", ".join(sorted(new))
    return _finding("opt-out-link-changed", "rights", said, before, after, *values)


def _optouts(clause: Clause, lexicon: Lexicon) -> set[str]:
    if "](" not in clause.text:
        return set()
    return {
        _LOCALE.sub("", _FLUFF.sub("", target).rstrip("/"))
        for text, target in _LINK.findall(clause.text)
        if cue_found("optout_link", text, lexicon.language)
    }


def _finding(
    rule: str,
    category: Category,
    summary: str,
    before: Clause,
    after: Clause,
    old: date | str,
    new: date | str,
) -> Finding:
    return Finding(
        category, "neutral", "low", summary,
        _quote(before), _quote(after), old, new, rule, 0.9,
    )  # fmt: skip


def _quote(clause: Clause) -> Quote:
    section = " > ".join(clause.section)
    return Quote(clause.text, section, clause.start, clause.end, clause.lead_in)
