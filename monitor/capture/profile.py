"""What the gate measures of a document: its words, its headings, and how two of them overlap."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from monitor.model import Document

_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_BARE_URL = re.compile(r"https?://\S+")
_WORD = re.compile(r"[^\W_]+")
_SHINGLE = 3
#: In scripts without spaces one "word" is a whole phrase; they are measured in characters instead.
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")

Shingle = tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """A document as the gate sees it. Everything is computed once, when first asked for."""

    document: Document

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words a reader sees, lower case: no link targets, images or markup."""
        return words_of(self.document.text)

    @cached_property
    def shingles(self) -> frozenset[Shingle]:
        """Every run of three words."""
        words = self.words
        if len(words) < _SHINGLE:
            return frozenset([words]) if words else frozenset()
        return frozenset(zip(*(words[at:] for at in range(_SHINGLE)), strict=False))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(self.words)

    @cached_property
    def headings(self) -> tuple[Shingle, ...]:
        """The headings, each as its words, numbering left out."""
        found = (
            tuple(word for word in words_of(clause.text) if not word.isdigit())
            for clause in self.document.clauses
            if clause.kind == "heading"
        )
        return tuple(heading for heading in found if heading)


def words_of(text: str) -> tuple[str, ...]:
    """The lower-case words of a Markdown text, as a reader sees them."""
    if "](" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub(" ", text))
    if "://" in text:
        text = _BARE_URL.sub(" ", text)
    if _DENSE.search(text):
        text = _DENSE.sub(lambda match: f" {match.group()} ", text)
    return tuple(_WORD.findall(text.lower()))


@dataclass(frozen=True, slots=True)
class Overlap:
    """How an older and a newer text overlap. Shares lie in 0..1.

    ``kept``: of the older text's shingles, those that the newer has; ``shared``: of the newer's,
    those that the older had; ``ratio``: words of the newer for each of the older;
    ``vocabulary``: distinct words in common, of the smaller vocabulary;
    ``headings_kept``: of the older headings (1.0 where it had none).
    """

    kept: float
    shared: float
    ratio: float
    vocabulary: float
    headings_kept: float


def overlap(old: Profile, new: Profile) -> Overlap:
    """Measure how much of the older text is in the newer, and the reverse."""
    common = len(old.shingles & new.shingles)
    smaller = min(len(old.vocabulary), len(new.vocabulary))
    return Overlap(
        kept=common / max(len(old.shingles), 1),
        shared=common / max(len(new.shingles), 1),
        ratio=len(new.words) / max(len(old.words), 1),
        vocabulary=len(old.vocabulary & new.vocabulary) / max(smaller, 1),
        headings_kept=_kept_share(old.headings, new.headings),
    )


def _kept_share(old: Sequence[Shingle], new: Sequence[Shingle]) -> float:
    if not old:
        return 1.0
    there = set(new)
    return sum(heading in there for heading in old) / len(old)
