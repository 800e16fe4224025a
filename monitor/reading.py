"""From the bytes of a policy's parts to a judged and compared text: what a worker does in one go.

Pure and picklable, so that it runs in a process that can be killed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from monitor.capture import judge
from monitor.commitments import commitments_of
from monitor.comparison import NO_TEAM_RULES, compare_documents
from monitor.config import Policy, Range
from monitor.expectations import Expectation, assess
from monitor.extraction import combine, read_document
from monitor.findings.team import TeamRules
from monitor.model import Assessment, Commitment, Comparison, Document, Part


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
    ``comparison`` is None where there is nothing to compare with or nothing differs.
    """

    text: str
    digest: str
    title: str
    language: str
    last_updated: date | None
    effective: date | None
    suspect: tuple[str, ...] = ()
    comparison: Comparison | None = None
    commitments: tuple[Commitment, ...] = ()
    assessments: tuple[Assessment, ...] = ()


def selection_of(policy: Policy | None) -> Selection:
    """The declared selection; none for a policy that is not declared any more."""
    return Selection(policy.select, policy.remove, policy.range) if policy else Selection()


def read_parts(parts: tuple[Part, ...], selection: Selection) -> Document:
    """Read every part and combine them in order. Raises ExtractionError."""
    documents = [
        read_document(
            part.content,
            media_type=part.media_type,
            url=part.final_url,
            select=selection.select,
            remove=selection.remove,
            ranges=selection.ranges,
        )
        for part in parts
    ]
    return documents[0] if len(documents) == 1 else combine(documents)


def text_digest(text: str) -> str:
    """The digest by which a text is known again."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


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
    document = read_parts(parts, selection)
    digest = text_digest(document.text)
    before = read_document(baseline.encode(), media_type="text/markdown") if baseline else None
    suspect: tuple[str, ...] = ()
    comparison = None
    same = baseline is not None and digest == text_digest(baseline)
    if not same and not trusted:
        judgement = judge(
            document,
            before,
            parts=parts,
            declared_language=declared_language,
            url=parts[0].url,
        )
        suspect = () if judgement.ok else tuple(reason.detail for reason in judgement.reasons)
    if before is not None and not same and not suspect:
        comparison = compare_documents(before, document, rules)
    commitments = () if same or suspect else commitments_of(document)
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
        () if same or suspect else assess(document, expected, commitments),
    )


def assess_text(text: str, expected: Sequence[Expectation]) -> tuple[Assessment, ...]:
    """Hold a stored text against what is expected of it now."""
    return assess(read_document(text.encode(), media_type="text/markdown"), expected)
