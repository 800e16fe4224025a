"""The unit that promises are read from: one sentence, with what surrounds it.

    Document -> Clause -> Statement -> (rules) -> Commitment

A statement knows its own phrases and those of its lead-in, its headings and the sentence before.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from monitor.lexicon import Duration, Hit, Hits, Lexicon
from monitor.model import Clause, Commitment, CommitmentKind, Document, Quote, Value
from monitor.segmentation import plain, sentences

_NEAR_HEADINGS = 2
_TOPICS = (
    "sharing_heading", "collect_heading", "use_heading", "right_heading", "retention_heading",
    "transfer_heading", "secure_heading", "basis_strong", "controller_strong", "change", "contact",
    "child", "cookie_words", "dpo", "breach", "arbitration",
)  # fmt: skip
_LONGEST = 4000


class Before(NamedTuple):
    """The sentence before: its words, its phrases, and the headings it stands under."""

    text: str
    hits: Hits
    section: tuple[str, ...]

    def has(self, *cues: str) -> bool:
        """Whether it uses a phrase of any of these cues."""
        return self.hits.any_cue(cues)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a clause, without markup, and the phrases found in it and around it."""

    text: str
    start: int
    end: int
    raw: str
    clause: Clause
    lexicon: Lexicon
    hits: Hits
    lead: str
    lead_hits: Hits
    heading: Hits
    before: Before | None

    # --- what is said ------------------------------------------------------------------------

    def has(self, *cues: str) -> bool:
        """Whether the sentence itself uses a phrase of any of these cues."""
        return self.hits.any_cue(cues)

    def near(self, *cues: str) -> bool:
        """Whether the sentence, its lead-in, its headings or the sentence before uses one."""
        if self.hits.any_cue(cues) or self.lead_hits.any_cue(cues):
            return True
        return self.heading.any_cue(cues) or self.follows(*cues)

    def follows(self, *cues: str) -> bool:
        """Whether the sentence before, in the same section, uses one."""
        before = self.before
        if before is None or before.section != self.clause.section:
            return False
        return before.has(*cues)

    def headed(self, *cues: str) -> bool:
        """Whether a heading above uses one."""
        return self.heading.any_cue(cues)

    def led(self, *cues: str) -> bool:
        """Whether the lead-in uses one."""
        return self.lead_hits.any_cue(cues)

    def cue(self, name: str) -> list[Hit]:
        """The phrases of one cue in the sentence."""
        return self.hits.of(f"cues.{name}")

    def negated(self, hit: Hit | Duration) -> bool:
        """Whether a phrase of the sentence is denied."""
        return self.lexicon.negated(self.text, hit.start, hit.end)

    def conditions(self) -> list[str]:
        """The conditions the sentence sets, in order, each once."""
        return list(dict.fromkeys(hit.term for hit in self.hits.of("conditions")))

    def condition(self, *wanted: str) -> str:
        """The first of these conditions that the sentence sets, or ""."""
        found = self.conditions()
        return next((word for word in wanted if word in found), "")

    def starting(self) -> str:
        """ " from account closure" and the like, or ""."""
        found = self.hits.of("starts")
        return f"from {found[0].term}" if found else ""

    def durations(self) -> list[Duration]:
        """The periods in the sentence."""
        return self.lexicon.durations(self.text) if "units" in self.hits else []

    @property
    def kind(self) -> str:
        """heading, paragraph, item or row."""
        return self.clause.kind

    # --- what it proves ----------------------------------------------------------------------

    def commitment(
        self,
        kind: CommitmentKind,
        value: Value,
        *,
        unit: str = "",
        scope: str = "",
        condition: str = "",
    ) -> Commitment:
        """A commitment proved by this sentence."""
        return Commitment(kind, value, unit, scope, self.quote, condition)

    @property
    def quote(self) -> Quote:
        """The sentence as the proof of what it promises."""
        section = " > ".join(self.clause.section)
        return Quote(self.raw, section, self.start, self.end, self.clause.lead_in)

    @property
    def key(self) -> Hashable:
        """All that what a sentence promises can depend on."""
        before, section = self.before, self.clause.section
        around = (before.text, before.section == section) if before else None
        near = section[-_NEAR_HEADINGS:]
        return self.lexicon.language, self.text, self.clause.kind, self.lead, near, around


def statements_of(document: Document, lexicon: Lexicon) -> Iterator[Statement]:
    """Every sentence of a document, in order; headings too (they may hold dates and names)."""
    before: Before | None = None
    headings: dict[tuple[str, ...], Hits] = {}
    for clause in document.clauses:
        stripped = plain(clause.text)
        if not stripped.text:
            continue
        lead = _last_sentence(clause.lead_in, lexicon.language) if clause.lead_in else ""
        lead_hits = lexicon.scan(lead)
        heading = headings.get(clause.section)
        if heading is None:
            heading = headings[clause.section] = _telling(clause.section, lexicon)
        for start, end in _ranges(clause, stripped.text, lexicon.language):
            text = stripped.text[start:end]
            low, high = stripped.raw(start, end)
            low, high = clause.start + low, clause.start + high
            statement = Statement(
                text, low, high, document.text[low:high], clause, lexicon, lexicon.scan(text),
                lead, lead_hits, heading, before,
            )  # fmt: skip
            before = Before(text, statement.hits, clause.section)
            if not text.endswith("?"):
                yield statement


def _telling(section: tuple[str, ...], lexicon: Lexicon) -> Hits:
    """The phrases of the innermost of the nearest headings that tells what its section is about."""
    for heading in reversed(section[-_NEAR_HEADINGS:]):
        hits = lexicon.scan(plain(heading).text)
        if hits.any_cue(_TOPICS):
            return hits
    return lexicon.scan(plain(section[-1]).text) if section else lexicon.scan("")


def _ranges(clause: Clause, text: str, language: str) -> tuple[tuple[int, int], ...]:
    if clause.kind in ("row", "heading") or len(text) > _LONGEST * 10:
        return ((0, len(text)),)
    return sentences(text, language)


@lru_cache(maxsize=2048)
def _last_sentence(lead_in: str, language: str) -> str:
    text = plain(lead_in).text
    found = sentences(text, language)
    return text[found[-1][0] : found[-1][1]] if found else text
