"""What a language pack can say about a plain text: terms, polarity, modality, numbers, category.

All methods take text without markup (``monitor.segmentation.plain``) and answer with offsets into
it. One scan per text finds everything; it is remembered for the last few thousand texts.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from monitor.lexicon.numbers import Age, Day, Duration, MonthDay, Numbers
from monitor.lexicon.pack import (
    CUE_GROUPS,
    FOLDER,
    TERM_KINDS,
    function_words,
    known_group,
    languages,
    read_pack,
    vocabulary,
)
from monitor.lexicon.phrases import WORD, Hit, PhraseIndex
from monitor.model import CATEGORIES, Category

_SENTENCE_END = re.compile(r"[.!?;:](?=\s|$)|\n")
_LINK = re.compile(r"(?:https?://|www\.)[^\s)>\]]+")
_WAYS_TO_WRITE = (
    re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.\w"),
    re.compile(r"(?<![\w+])(?:\+\d{1,3}|\(\d{3}\))[\d ().-]{7,}\d"),
    re.compile(
        r"\b(?!(?:19|20)\d\d )(?:[A-Z]{1,2}-?)?\d{4,6} [A-ZÀ-Ý]\w+"
        r"|\b[A-Z]{1,2}\d{1,2}[A-Z]? \d[A-Z]{2}\b"
    ),
    re.compile(r"\b(?:GmbH|S\.r\.l|SARL|Ltd|Limited|Inc|LLC|SAS|S\.A\.|B\.V|S\.L)\b"),
)
_NAMED_IN: Mapping[Category, str] = {
    "collection": "data_categories",
    "sharing": "recipients",
    "rights": "rights",
    "purpose": "purposes",
    "security": "security_measures",
}
_MANY = 4
_SCOPE_WORDS = 14
_MODAL_CHARS = 60
_REMEMBERED = 4096
_HEADING_POINTS = 1
_STRONG_POINTS = 2
_THRESHOLD = 2


class Term(NamedTuple):
    """A word of the vocabulary found at ``text[start:end]``."""

    term: str
    start: int
    end: int


class Condition(NamedTuple):
    """A condition (``with consent``, ``unless you object``, ...) found at ``text[start:end]``."""

    term: str
    start: int
    end: int


class Hits:
    """The phrases of one text by group, each group in order of place."""

    def __init__(self, groups: Mapping[str, list[Hit]]) -> None:
        self._groups = groups

    def __contains__(self, group: str) -> bool:
        return group in self._groups or known_group(group) in self._groups

    def of(self, group: str, start: int = 0, end: int | None = None) -> list[Hit]:
        """The hits of a group that begin in ``[start, end)``; ValueError for an unknown group."""
        found = self._groups.get(group)
        if not found:
            known_group(group)
            return []
        if start == 0 and end is None:
            return found
        return [hit for hit in found if start <= hit.start and (end is None or hit.start < end)]

    def any_cue(self, names: Iterable[str]) -> bool:
        """Whether a phrase of one of these cues was found; KeyError for an unknown cue."""
        for name in names:  # noqa: SIM110 - a loop is twice as fast as any() here
            if CUE_GROUPS[name] in self._groups:
                return True
        return False

    def groups(self) -> Mapping[str, list[Hit]]:
        """All groups that were found."""
        return self._groups


class Lexicon:
    """One language. Immutable but for its memory of recent texts."""

    def __init__(self, path: Path) -> None:
        pack = read_pack(path)
        self.language = pack.language
        self.noun_capitals = pack.noun_capitals
        self.alternatives = pack.alternatives
        self._negation_after = pack.negation_after
        self._topics = [p for p in pack.phrases if p.group.startswith("categories.")]
        self._index = PhraseIndex(p for p in pack.phrases if not p.group.startswith("categories."))
        self._numbers = Numbers(pack)
        self.scan = lru_cache(maxsize=_REMEMBERED)(self._scan)
        self._points = lru_cache(maxsize=_REMEMBERED)(self._score)

    @cached_property
    def _about(self) -> PhraseIndex:
        return PhraseIndex(self._topics)

    def _scan(self, text: str) -> Hits:
        return Hits(self._index.grouped(_without_links(text)))

    # --- terms -------------------------------------------------------------------------------

    def terms(self, kind: str, text: str) -> list[Term]:
        """The words of the vocabulary of that kind (see docs/vocabulary.md) that a text uses."""
        if kind not in TERM_KINDS:
            raise ValueError(f"no such kind of terms: {kind!r}; there are {', '.join(TERM_KINDS)}")
        return [Term(hit.term, hit.start, hit.end) for hit in self.scan(text).of(kind)]

    def conditions(self, text: str) -> list[Condition]:
        """The conditions a text sets, as words of the vocabulary."""
        return [Condition(h.term, h.start, h.end) for h in self.scan(text).of("conditions")]

    @staticmethod
    def sensitive(term: str) -> bool:
        """Whether a category of data is a sensitive one."""
        return term in vocabulary().sensitive

    # --- polarity ----------------------------------------------------------------------------

    def negated(self, text: str, start: int, end: int) -> bool:
        """Whether ``text[start:end]`` stands in the scope of a negation.

        A negation reaches forward to the end of its sentence, to a word that turns the sentence
        (but, except, unless), or some fourteen words; where the language puts it last (German), it
        reaches back in its clause too. "Not only" negates nothing, "do not refuse" affirms.
        """
        hits = self.scan(text)
        negators = [h for h in hits.of("negation.words") if not self._excepted(hits, h)]
        if not negators:
            return False
        low, high = _sentence_around(text, start, end)
        before = [h for h in negators if low <= h.start < start and h.end <= end]
        reaching = [h for h in before if not self._stopped(hits, text, h.end, start)]
        if reaching:
            return not any(
                reaching[-1].start - 3 <= h.start <= reaching[-1].end and h.end <= end
                for h in hits.of("negation.double", low, high)
            )
        if any(start <= h.start and h.end <= end for h in negators):
            return True
        if self._negation_after:
            comma = text.find(",", end, high)
            limit = comma if comma >= 0 else high
            return any(end <= h.start < limit for h in negators)
        return False

    @staticmethod
    def _excepted(hits: Hits, negator: Hit) -> bool:
        return any(
            h.start <= negator.start and negator.end <= h.end
            for h in hits.of("negation.exceptions")
        )

    @staticmethod
    def _stopped(hits: Hits, text: str, start: int, end: int) -> bool:
        if any(start <= h.start < end for h in hits.of("negation.stops")):
            return True
        return len(WORD.findall(text, start, end)) > _SCOPE_WORDS

    def modality(self, text: str, start: int, end: int) -> str:
        """How firmly ``text[start:end]`` is said: "not", "will", "may", "must", "can" or ""."""
        if self.negated(text, start, end):
            return "not"
        low, _ = _sentence_around(text, start, end)
        low = max(low, start - _MODAL_CHARS)
        before = self.scan(text).of("modality", low, end)
        return before[-1].term if before else ""

    # --- numbers and dates -------------------------------------------------------------------

    def durations(self, text: str) -> list[Duration]:
        """Periods with their unit and bound: digits or words, "thirty (30) days", "un mese"."""
        return self._numbers.durations(text, self.scan(text))

    def ages(self, text: str) -> list[Age]:
        """Ages of people: "under 13", "16 years or older"; never "18 months"."""
        return self._numbers.ages(text, self.scan(text))

    def dates(self, text: str) -> list[Day]:
        """Calendar dates: 2021-09-30, 30/09/2021, 30 September 2021, September 30, 2021."""
        return self._numbers.dates(text)

    def month_days(self, text: str) -> list[MonthDay]:
        """Days of a month without their year: 30 September, September 30."""
        return self._numbers.month_days(text)

    # --- what a clause is about --------------------------------------------------------------

    def categories(self, text: str, section: tuple[str, ...] = ()) -> frozenset[Category]:
        """What a clause is about; where it does not say, what its nearest heading is about."""
        scores = self.category_scores(text, section)
        found = frozenset(name for name, score in scores.items() if score >= _THRESHOLD)
        if found or not section:
            return found
        heading = self._points(section[-1])
        return frozenset(name for name, score in heading.items() if score >= _THRESHOLD)

    def category_scores(self, text: str, section: tuple[str, ...] = ()) -> Mapping[Category, int]:
        """How much of a clause speaks of each category (two points make it one of them)."""
        scores = dict(self._points(text))
        heading = self._points(section[-1]) if section else {}
        for category, points in heading.items():
            if points >= _THRESHOLD:
                scores[category] = scores.get(category, 0) + _HEADING_POINTS
        return scores

    def _score(self, text: str) -> dict[Category, int]:
        groups = self._about.grouped(_without_links(text))
        scores: dict[Category, int] = {}
        for category in CATEGORIES:
            strong = groups.get(f"categories.{category}.strong", ())
            weak = {
                text[h.start : h.end].lower() for h in groups.get(f"categories.{category}.weak", ())
            }
            points = _STRONG_POINTS * len(strong) + (len(weak) if len(weak) > 1 else 0)
            if points:
                scores[category] = points
        self._add_evidence(text, scores)
        return scores

    def _add_evidence(self, text: str, scores: dict[Category, int]) -> None:
        """What is named counts too: several kinds of data, recipients, rights; ways to write."""
        hits = self.scan(text)
        for category, kind in _NAMED_IN.items():
            several = len({hit.term for hit in hits.of(kind)})
            if several > 1:
                scores[category] = scores.get(category, 0) + (1 if several < _MANY else 2)
        ways = sum(bool(pattern.search(text)) for pattern in _WAYS_TO_WRITE)
        if ways:
            scores["entity"] = scores.get("entity", 0) + ways


def _without_links(text: str) -> str:
    """Blanks out addresses of pages, whose words say nothing; offsets stay."""
    if "://" not in text and "www." not in text:
        return text
    return _LINK.sub(lambda found: " " * len(found.group()), text)


def _sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    ends = _sentence_ends(text)
    place = bisect_left(ends, start + 1)
    low = ends[place - 1] if place else 0
    place = bisect_left(ends, end)
    return low, ends[place] if place < len(ends) else len(text)


@lru_cache(maxsize=_REMEMBERED)
def _sentence_ends(text: str) -> list[int]:
    return [found.end() for found in _SENTENCE_END.finditer(text)]


@lru_cache(maxsize=len(languages()) + 1)
def _load(language: str) -> Lexicon:
    return Lexicon(FOLDER / f"{language}.toml")


def load(language: str) -> Lexicon:
    """The lexicon of a language (ISO 639-1); English where there is no pack for it."""
    code = language.lower().replace("_", "-").split("-")[0]
    return _load(code if code in languages() else "en")


def guess_language(text: str) -> str:
    """The language of our packs whose function words a text uses most; English when none."""
    words = [word.lower() for word in WORD.findall(text[:20_000])]
    best, language = 0, "en"
    for code, known in function_words().items():
        score = sum(word in known for word in words)
        if score > best:
            best, language = score, code
    return language
