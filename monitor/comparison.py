"""Two versions in, one verdict out: what changed in meaning, for whom, and why we say so.

    texts -> documents -> capture? -> alignment -> changed passages -> findings -> verdict

Pure and deterministic; the cost grows about linearly with the length of the texts.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from monitor.alignment import align
from monitor.capture import capture_verdict
from monitor.extraction import read_document
from monitor.extraction.language import identified
from monitor.findings import Findings, find
from monitor.findings.changes import Stream, changes_of
from monitor.findings.team import TeamRules
from monitor.model import Comparison, Document, Edit, Verdict
from monitor.segmentation import plain, segment

_LANGUAGE_SAMPLE = 3000
_SHORT_WORDS = 60
NO_TEAM_RULES = TeamRules()


def compare(old: str, new: str, *, media_type: str = "text/markdown") -> Comparison:
    """Compare two versions given as text of one media type (Markdown, plain text or HTML).

    Offsets in the findings index the texts as given (for HTML: ``read_document(...).text``).
    """
    return compare_documents(as_document(old, media_type), as_document(new, media_type))


def as_document(text: str, media_type: str = "text/markdown") -> Document:
    """A document made of a text as it stands; HTML is read by the extractor."""
    if media_type == "text/html":
        return read_document(text.encode("utf-8", "replace"), media_type=media_type)
    return Document(
        text=text,
        clauses=segment(text, media_type),
        media_type=media_type,
        language=language_of(text),
        visible_chars=len(text),
    )


@lru_cache(maxsize=64)
def language_of(text: str) -> str:
    """The ISO 639-1 code of the language a text is most likely in, "" if it has no letters."""
    sample = plain(text[: 2 * _LANGUAGE_SAMPLE]).text[:_LANGUAGE_SAMPLE]
    if sum(char.isalpha() for char in sample) < 12:
        return ""
    return identified(sample)[0]


def compare_documents(old: Document, new: Document, rules: TeamRules = NO_TEAM_RULES) -> Comparison:
    """Compare two versions that were read before; ``rules`` are a team's own, over the findings."""
    language = new.language or old.language or "en"
    if old.text == new.text:
        return Comparison("cosmetic", language, reason="The two texts are identical.")
    failure = None if _both_short(old, new) else capture_verdict(old, new)
    if failure is not None:
        return Comparison("capture", language, reason=failure.detail)
    edits = align(old.clauses, new.clauses)
    streams = Stream(old), Stream(new)
    changes = changes_of(old, new, edits, streams)
    found = find(old, new, edits, changes, streams, rules)
    return Comparison(
        _verdict(found),
        language,
        found.findings,
        _annotated(edits, found),
        _reason(found, len(changes)),
        found.held,
    )


def _both_short(old: Document, new: Document) -> bool:
    """Single clauses are compared as such: what is this short is no page at all."""
    return all(len(side.text.split(maxsplit=_SHORT_WORDS)) < _SHORT_WORDS for side in (old, new))


def _verdict(found: Findings) -> Verdict:
    severities = {finding.severity for finding in found.findings}
    if severities & {"high", "medium"}:
        return "material"
    return "minor" if severities else "cosmetic"


def _annotated(edits: tuple[Edit, ...], found: Findings) -> tuple[Edit, ...]:
    """The alignment with what was made of each step, for ``--explain``."""
    notes = (
        found.notes.get(index, edit.note) or _default_note(edit) for index, edit in enumerate(edits)
    )
    return tuple(
        edit if note == edit.note else replace(edit, note=note)
        for edit, note in zip(edits, notes, strict=True)
    )


def _default_note(edit: Edit) -> str:
    if edit.kind in ("edited", "split", "merged"):
        return "same sentences, cut differently"
    if edit.kind in ("added", "removed"):
        return "these words stand elsewhere in the other version"
    return ""


def _reason(found: Findings, changes: int) -> str:
    if found.findings:
        top = found.findings[0]
        others = len(found.findings) - 1
        more = f", and {others} more finding{'s' if others > 1 else ''}" if others else ""
        return f"{top.summary}{more}."
    if found.held:
        names = ", ".join(sorted({f'"{item.rule}"' for item in found.held}))
        return f"Only what your own rules ignore: {names} (--explain shows it)."
    if not changes:
        return "No sentence says anything new: only order, layout, numbering or dates differ."
    passages = "1 passage differs" if changes == 1 else f"{changes} passages differ"
    return f"{passages} in wording, none in what is promised or practised."
