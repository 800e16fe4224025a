"""What the gate measures of a document: its words, its headings, and how two of them overlap.

Nearly all pairs are nearly equal, so whole clauses are compared first and only the rest word by
word; what is costly is computed when first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from monitor.model import Document

_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_BARE_URL = re.compile(r"https?://\S+")
_WORD = re.compile(r"[^\W_]+")
_SHINGLE = 3
#: Shorter clauses are labels, menu entries and addresses: their loss is no loss of policy.
_PROSE_WORDS = 8
_ENOUGH_PROSE = 100
#: Chinese, Japanese, Korean and Thai put no blanks between words: each character counts as one.
_DENSE = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

#: Marks and markup after the last word of a clause.
_TRAILING = " .:;*_"

Words = tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """A document as the gate sees it."""

    document: Document

    @cached_property
    def size(self) -> int:
        """About how many words a reader sees."""
        return sum(self.clauses.values())

    @cached_property
    def prose(self) -> dict[str, int]:
        """The distinct clauses that say something, with their words: sentences and table rows.

        A document of labels only (a list of companies) is measured by all of its clauses.
        """
        rows = {clause.text for clause in self.document.clauses if clause.kind == "row"}
        said = {
            text: count
            for text, count in self.clauses.items()
            if count >= _PROSE_WORDS or text in rows
        }
        words = sum(said.values())
        return said if words >= _ENOUGH_PROSE or words * 2 >= self.size else self.clauses

    @cached_property
    def clauses(self) -> dict[str, int]:
        """The distinct clauses, with the words of each; headings are counted elsewhere."""
        found = self.document.clauses
        return {clause.text: _count(clause.text) for clause in found if clause.kind != "heading"}

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word of the text, lower case."""
        return frozenset(words_of(self.document.text))

    @cached_property
    def headings(self) -> tuple[Words, ...]:
        """The headings, each as its words, numbering left out."""
        found = (
            tuple(word for word in words_of(clause.text) if not word.isdigit())
            for clause in self.document.clauses
            if clause.kind == "heading"
        )
        return tuple(heading for heading in found if heading)


def words_of(text: str) -> Words:
    """The lower-case words of a Markdown text, as a reader sees them: no link targets or images."""
    if "](" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub(" ", text))
    if "://" in text:
        text = _BARE_URL.sub(" ", text)
    if not text.isascii() and _DENSE.search(text):
        text = _DENSE.sub(lambda match: f" {match.group()} ", text)
    return tuple(_WORD.findall(text.lower()))


@lru_cache(maxsize=16384)
def _count(text: str) -> int:
    if "](" in text or "://" in text or (not text.isascii() and _DENSE.search(text)):
        return len(words_of(text))
    return len(text.split())


@dataclass(frozen=True, slots=True)
class Overlap:
    """How an older and a newer text overlap. All but ``ratio`` lie in 0..1.

    ``kept``: of the older prose, what the newer still has; ``shared``: of the newer prose, what the
    older already had; ``ratio``: words of prose in the newer for each in the older.
    """

    kept: float
    shared: float
    ratio: float


def overlap(old: Profile, new: Profile) -> Overlap:
    """Measure how much of the older text is in the newer, and the reverse."""
    before, after = old.prose, new.prose
    if (before is old.clauses) != (after is new.clauses):
        before, after = old.clauses, new.clauses  # of short texts all clauses, on both sides alike
    equal = before.keys() & after.keys()
    same = sum(before[text] for text in equal)
    rest_before = _shingles(text for text in before if text not in equal)
    rest_after = _shingles(text for text in after if text not in equal)
    common = len(rest_before & rest_after)
    return Overlap(
        kept=_share(same + common, same + len(rest_before)),
        shared=_share(same + common, same + len(rest_after)),
        ratio=sum(after.values()) / max(sum(before.values()), 1),
    )


def common_vocabulary(old: Profile, new: Profile) -> float:
    """Of the smaller vocabulary, the share of words that the other text uses too."""
    smaller = min(len(old.vocabulary), len(new.vocabulary))
    return _share(len(old.vocabulary & new.vocabulary), smaller)


def headings_repeat(profile: Profile) -> bool:
    """Whether a page holds its text twice, as where a coming version stands above the current."""
    headings = profile.headings
    return len(headings) >= 6 and len(set(headings)) < 0.75 * len(headings)


def largest_loss(old: Profile, new: Profile) -> float:
    """Of the prose that is gone, the share that stood in one uninterrupted stretch."""
    lost = run = longest = 0
    for clause in old.document.clauses:
        count = old.prose.get(clause.text, 0)
        if not count:
            continue
        if clause.text in new.prose:
            run = 0
            continue
        lost += count
        run += count
        longest = max(longest, run)
    return _share(longest, lost)


def ends_within(new: Profile, old: Profile) -> bool:
    """Whether the newer text ends inside a clause that the older one finishes.

    A full stop where the older text goes on was put there by a person: that is an edit.
    """
    if not new.document.clauses:
        return False
    whole = new.document.clauses[-1].text.rstrip()
    stopped = whole.endswith((".", "!", "?")) and not whole.endswith("...")
    if stopped and not any(clause.text.startswith(whole) for clause in old.document.clauses):
        return False
    last = whole.rstrip(_TRAILING)
    finished = [clause.text.rstrip(_TRAILING) for clause in old.document.clauses]
    if len(last) < 8 or last in finished:
        return False
    goes_on = (text[len(last) :] for text in finished if text.startswith(last))
    return any(words_of(rest) for rest in goes_on)  # a stray sign is no word that was cut off


_DATE = re.compile(
    r"\b(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}|"
    r"[^\W\d_]{3,10}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|"
    r"\d{1,2}(?:st|nd|rd|th|er|\.)?,? (?:de |of )?[^\W\d_]{3,10},?(?: de)? \d{4}|"
    r"[^\W\d_]{3,10} \d{4})\b"
)
_HEAD_CHARS, _TAIL_CHARS = 1500, 600


def states_a_later_date(old: Profile, new: Profile) -> bool:
    """Whether the newer text says that it is newer.

    By the dates the two state, where both do; else by a date at its head or end that the older text
    did not know.
    """
    before, after = old.document, new.document
    for one, other in (
        (before.last_updated, after.last_updated),
        (before.effective, after.effective),
    ):
        if one and other and one != other:
            return other > one
    shown = f"{after.text[:_HEAD_CHARS]} \n {after.text[-_TAIL_CHARS:]}"
    return any(found not in before.text for found in set(_DATE.findall(shown)))


def runs_of(text: str) -> set[Words]:
    """Every run of three words of a text."""
    return _shingles((text,))


def _shingles(texts: Iterable[str]) -> set[Words]:
    """Every run of three words within the given clauses."""
    found: set[Words] = set()
    for text in texts:
        words = words_of(text)
        if len(words) < _SHINGLE:
            found.add(words)
        found.update(zip(words, words[1:], words[2:], strict=False))
    return found


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
