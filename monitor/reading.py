"""From the bytes of a policy's parts to a judged and compared text: what a worker does in one go.

Pure and picklable, so that it runs in a process that can be killed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from monitor.capture import judge
from monitor.commitments import commitments_of
from monitor.comparison import NO_TEAM_RULES, compare_documents
from monitor.config import Policy, Range
from monitor.expectations import Expectation, assess
from monitor.extraction import (
    combine,
    combined_text,
    extract,
    outline,
    read_document,
    understand,
)
from monitor.extraction.formats import content_type
from monitor.extraction.html import LITTLE_TEXT
from monitor.extraction.source import Extracted
from monitor.findings.team import TeamRules
from monitor.model import Assessment, Commitment, Comparison, Document, Part, text_digest


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a page is the policy, as declared."""

    select: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """A text, and what it means beside the baseline's.

    ``suspect`` holds the reasons why this is not the policy (empty: it passed the gate);
    ``comparison`` is None where there is nothing to compare with or nothing differs. Of a text
    that is the baseline's nothing is said but the text: it is known already. ``outlines`` let a
    later look know each part again without reading it.
    """

    text: str
    digest: str
    title: str = ""
    language: str = ""
    last_updated: date | None = None
    effective: date | None = None
    suspect: tuple[str, ...] = ()
    comparison: Comparison | None = None
    commitments: tuple[Commitment, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    outlines: tuple[str, ...] = ()


def selection_of(policy: Policy | None) -> Selection:
    """The declared selection; none for a policy that is not declared any more."""
    return Selection(policy.select, policy.remove, policy.range) if policy else Selection()


def read_parts(parts: tuple[Part, ...], selection: Selection) -> Document:
    """Read every part and combine them in order. Raises ExtractionError."""
    return _understood(_extracted(parts, selection))


def _extracted(parts: tuple[Part, ...], selection: Selection) -> list[tuple[Extracted, str]]:
    return [
        extract(
            part.content,
            media_type=part.media_type,
            url=part.final_url,
            select=selection.select,
            remove=selection.remove,
            ranges=selection.ranges,
        )
        for part in parts
    ]


def outlines_of(parts: tuple[Part, ...], selection: Selection) -> tuple[str, ...]:
    """The outline of each part; "" for one that has none and must be read."""
    bounds = [
        css
        for each in selection.ranges
        for css in (each.start_before, each.start_after, each.end_before, each.end_after)
        if css
    ]
    selectors = (*selection.select, *selection.remove, *bounds)
    return tuple(
        outline(part.content, content_type(part.media_type)[1], selectors)
        if content_type(part.media_type)[0] in ("text/html", "application/xhtml+xml")
        else ""
        for part in parts
    )


def _outlines(
    extracted: list[tuple[Extracted, str]], parts: tuple[Part, ...], selection: Selection
) -> tuple[str, ...]:
    """None where a text is so short that it may have come out of the page's scripts."""
    if any(kind != "text/html" or len(each.text) < LITTLE_TEXT for each, kind in extracted):
        return tuple("" for _ in parts)
    return outlines_of(parts, selection)


def _understood(extracted: list[tuple[Extracted, str]]) -> Document:
    return combine([understand(text, kind) for text, kind in extracted])


def examine(
    parts: tuple[Part, ...],
    selection: Selection,
    baseline: str | None,
    declared_language: str = "",
    trusted: bool = False,
    rules: TeamRules = NO_TEAM_RULES,
    expected: Sequence[Expectation] = (),
) -> Examined:
    """Read, judge and compare a capture with the baseline's text.

    ``trusted`` skips the gate: people have looked at this capture. A comparison may still say
    "capture": then it was the older text that was not the policy. ``rules`` are the team's own;
    a text that may become a version is held against what is ``expected`` of it.
    Raises ExtractionError.
    """
    extracted = _extracted(parts, selection)
    text = combined_text([each.text for each, _ in extracted])
    digest = text_digest(text)
    if baseline is not None and digest == text_digest(baseline):
        return Examined(text, digest, outlines=_outlines(extracted, parts, selection))
    document = _understood(extracted)
    before = read_document(baseline.encode(), media_type="text/markdown") if baseline else None
    suspect: tuple[str, ...] = ()
    comparison = None
    if not trusted:
        judgement = judge(
            document,
            before,
            parts=parts,
            declared_language=declared_language,
            url=parts[0].url,
        )
        suspect = () if judgement.ok else tuple(reason.detail for reason in judgement.reasons)
    if before is not None and not suspect:
        comparison = compare_documents(before, document, rules)
    commitments = () if suspect else commitments_of(document)
    return Examined(
        document.text,
        digest,
        document.title,
        document.language,
        document.last_updated,
        document.effective,
        suspect,
        comparison,
        commitments,
        () if suspect else assess(document, expected, commitments),
        _outlines(extracted, parts, selection),
    )


def assess_text(text: str, expected: Sequence[Expectation]) -> tuple[Assessment, ...]:
    """Hold a stored text against what is expected of it now."""
    return assess(read_document(text.encode(), media_type="text/markdown"), expected)
