"""The little language in which packs write phrases, and the index that finds them in text.

    share with             words in that order, any case, any white space between them
    advertis*              a word with any ending
    (share|disclose) with  alternatives; ``(...)?`` is optional
    not .. sell            up to three words may stand between
    notify ... changes     up to ten words may stand between, within the sentence
    widgets .... cookies   up to thirty words
    e-mail                 the hyphen may be a hyphen, a space or nothing
    =US                    case matters

A phrase begins with a word, never with something optional. The index looks up each word of a text
once, then asks whether a word that may come second is really near; only then is the regular
expression of the phrase tried. Scanning so stays linear, and fast, however large the packs grow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, TypeAlias, TypeVar

WORD = re.compile(r"\w+")
_PART = re.compile(r"\(|\)\??|\||\.{2,4}|[^\s()|]+")
_REACH = {"..": 3, "...": 10, "....": 30}
_LETTER = {"'": "['’]", "’": "['’]", "-": r"[-‐‑–\s]?"}
_SPACE = r"\s+"
_AFTER_GAP = r"[^\w.;:!?]+"
_MEMO_LIMIT = 100_000
_BITS = 512
_PREFIX = 48  # no open-ended word of a phrase is longer
_LONG = 60  # a match that spans so much must not hide the words within it
_Key = TypeVar("_Key")
_Result = TypeVar("_Result")


class Hit(NamedTuple):
    """A phrase found at ``text[start:end]``; ``group`` names its table, ``term`` its key."""

    group: str
    term: str
    start: int
    end: int


class Word(NamedTuple):
    """One word of a phrase; ``open`` when any ending will do."""

    text: str
    open: bool


class Gap(NamedTuple):
    """Up to ``reach`` words that do not matter."""

    reach: int


class Choice(NamedTuple):
    """Alternatives, all of which may be missing if ``optional``."""

    options: tuple[tuple[Node, ...], ...]
    optional: bool


Node: TypeAlias = "Word | Gap | Choice"


class Opening(NamedTuple):
    """How a phrase may begin: a word, and which words follow it within ``reach`` others.

    ``follow`` is empty where the first word may already be the whole phrase.
    """

    first: Word
    reach: int
    follow: frozenset[Word]


@dataclass(frozen=True)
class Phrase:
    """One phrase of a pack, compiled when a text first needs it."""

    group: str
    term: str
    source: str
    nodes: tuple[Node, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression, to be matched where a word begins."""
        exact = self.source.startswith("=")
        return re.compile(_pattern(self.nodes) + r"(?!\w)", 0 if exact else re.IGNORECASE)

    @property
    def single(self) -> bool:
        """Whether the phrase is one plain word, which needs no regular expression."""
        return self.source.isalnum()


# --- reading a phrase --------------------------------------------------------------------------


def parse(group: str, term: str, source: str) -> Phrase:
    """Read a phrase, or raise ValueError saying what is wrong with it."""
    parts = _PART.findall(source.removeprefix("="))
    options, rest = _options(parts, 0, 0)
    if rest < len(parts):
        raise ValueError("has unbalanced parentheses")
    if len(options) > 1:
        raise ValueError("has alternatives outside parentheses")
    nodes = options[0]
    if not nodes:
        raise ValueError("is empty")
    first, last = nodes[0], nodes[-1]
    fault = ""
    if isinstance(first, Gap) or isinstance(last, Gap):
        fault = "begins or ends with a gap"
    elif isinstance(first, Choice) and first.optional:
        fault = "begins with an optional group"
    if fault:
        raise ValueError(fault)
    return Phrase(group, term, source, nodes)


def _options(parts: list[str], place: int, depth: int) -> tuple[list[tuple[Node, ...]], int]:
    """The alternatives up to the closing parenthesis, and where that stands."""
    options: list[list[Node]] = [[]]
    while place < len(parts):
        part = parts[place]
        if part in (")", ")?"):
            break
        if part == "|":
            options.append([])
        elif part == "(":
            inner, place = _options(parts, place + 1, depth + 1)
            if place >= len(parts):
                raise ValueError("has unbalanced parentheses")
            if not all(inner):
                raise ValueError("has an empty alternative")
            options[-1].append(Choice(tuple(inner), parts[place] == ")?"))
        elif part in _REACH:
            options[-1].append(Gap(_REACH[part]))
        else:
            if not WORD.match(part) or "?" in part or "*" in part[:-1]:
                raise ValueError(f"has {part!r}, which is not a word")
            options[-1].append(Word(part.removesuffix("*"), part.endswith("*")))
        place += 1
    return [tuple(option) for option in options], place


# --- its regular expression ----------------------------------------------------------------------


def _pattern(nodes: Iterable[Node]) -> str:
    out, glue = "", ""
    for node in nodes:
        match node:
            case Gap(reach):
                out += rf"(?:[^\w.;:!?]+\w+){{0,{reach}}}?"
                glue = _AFTER_GAP
                continue
            case Choice(options, optional):
                body = "(?:" + "|".join(_pattern(option) for option in options) + ")"
                if optional:
                    out += f"(?:{glue}{body})?"
                    continue
                out += glue + body
            case Word(text, open_ended):
                out += glue + "".join(_LETTER.get(letter, re.escape(letter)) for letter in text)
                out += r"\w*" if open_ended else ""
        glue = _SPACE
    return out


# --- how it may begin ----------------------------------------------------------------------------


def _openings(nodes: tuple[Node, ...]) -> Iterator[Opening]:
    """Every first word of the phrase with what may follow it."""
    for first, rest in _heads(nodes):
        follow, reach = _next(rest)
        yield Opening(first, reach, follow)


def _heads(nodes: tuple[Node, ...]) -> Iterator[tuple[Word, tuple[Node, ...]]]:
    """Each word that may come first, with what is left of the phrase after it."""
    if not nodes:
        return
    node, rest = nodes[0], nodes[1:]
    match node:
        case Word(text, open_ended):
            parts = WORD.findall(text.lower())
            words = [Word(part, False) for part in parts]
            words[-1] = Word(parts[-1], open_ended)
            yield words[0], (*words[1:], *rest)
            if "-" in text and len(parts) > 1:
                yield Word(parts[0] + parts[1], open_ended or len(parts) > 2), rest
        case Choice(options, optional):
            for option in options:
                yield from _heads((*option, *rest))
            if optional:
                yield from _heads(rest)
        case Gap():
            yield from _heads(rest)


def _next(nodes: tuple[Node, ...]) -> tuple[frozenset[Word], int]:
    """The words that may come next and within how many others; none where nothing must come."""
    reach = 0
    required = False
    words: set[Word] = set()
    for node in nodes:
        match node:
            case Gap(length):
                reach = max(reach, length)
            case Choice(_, True):
                words.update(word for word, _ in _heads((node,)))
                reach = max(reach, 1) if reach else 0
            case _:
                words.update(word for word, _ in _heads((node,)))
                required = True
                break
    return (frozenset(words), reach) if required else (frozenset(), 0)


# --- finding phrases in a text --------------------------------------------------------------------


class _Entry(NamedTuple):
    phrase: Phrase
    follow: frozenset[Word]
    mask: int


class _Candidates(NamedTuple):
    """What may begin at a word: at once, before one certain next word, before a word near."""

    single: tuple[Phrase, ...]
    free: tuple[Phrase, ...]
    adjacent: tuple[_Entry, ...]
    near: tuple[_Entry, ...]
    far: tuple[_Entry, ...]


_NOTHING = _Candidates((), (), (), (), ())


class PhraseIndex:
    """Finds all phrases of a pack in one pass over a text."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._exact: dict[str, list[tuple[Phrase, Opening]]] = {}
        self._prefix: dict[str, list[tuple[Phrase, Opening]]] = {}
        self._bits: dict[Word, int] = {}
        for phrase in phrases:
            for opening in _openings(phrase.nodes):
                table = self._prefix if opening.first.open else self._exact
                table.setdefault(opening.first.text, []).append((phrase, opening))
                if opening.reach:
                    for word in opening.follow:
                        self._bits.setdefault(word, 1 << (len(self._bits) % _BITS))
        self._prefix_bits: dict[str, int] = {w.text: b for w, b in self._bits.items() if w.open}
        self._exact_bits: dict[str, int] = {w.text: b for w, b in self._bits.items() if not w.open}
        self._first: dict[str, _Candidates] = {}
        self._pairs: dict[tuple[str, str], tuple[Phrase, ...]] = {}
        self._masks: dict[str, int] = {}

    def scan(self, text: str) -> tuple[Hit, ...]:
        """All phrases in ``text``, by start; within a group the longest wins and none overlap."""
        lowered = text.lower()
        if len(lowered) != len(text):  # a few letters change their length with their case
            lowered = "".join(c if len(c.lower()) != 1 else c.lower() for c in text)
        words = WORD.findall(lowered)
        hits: list[Hit] = []
        first, end = self._first, 0
        for place, word in enumerate(words):
            start = lowered.find(word, end)
            end = start + len(word)
            candidates = first.get(word)
            if candidates is None:
                candidates = self._candidates(word)
            if candidates is _NOTHING:
                continue
            for phrase in candidates.single:
                hits.append(Hit(phrase.group, phrase.term, start, end))  # noqa: PERF401
            for phrase in self._likely(words, place, candidates):
                match = phrase.pattern.match(text, start)
                if match:
                    hits.append(Hit(phrase.group, phrase.term, start, match.end()))
        return _longest(hits)

    def _likely(
        self, words: list[str], place: int, candidates: _Candidates
    ) -> tuple[Phrase, ...] | list[Phrase]:
        """The phrases beginning here whose next word is really there, or near."""
        phrases = candidates.free
        if candidates.adjacent and place + 1 < len(words):
            pair = (words[place], words[place + 1])
            adjacent = self._pairs.get(pair)
            if adjacent is None:
                adjacent = self._adjacent(pair, candidates)
            phrases += adjacent
        if candidates.near or candidates.far:
            return [*phrases, *self._reachable(words, place, candidates)]
        return phrases

    def _reachable(self, words: list[str], place: int, candidates: _Candidates) -> list[Phrase]:
        masks = self._masks
        window = 0
        for word in words[place + 1 : place + 6]:
            mask = masks.get(word)
            window |= self._mask(word) if mask is None else mask
        out = [entry.phrase for entry in candidates.near if entry.mask & window]
        if candidates.far:
            for word in words[place + 6 : place + 13]:
                mask = masks.get(word)
                window |= self._mask(word) if mask is None else mask
            out += [entry.phrase for entry in candidates.far if entry.mask & window]
        return out

    # --- remembered look-ups ------------------------------------------------------------------

    def _candidates(self, word: str) -> _Candidates:
        found = list(self._exact.get(word, ()))
        for length in range(1, min(len(word), _PREFIX) + 1):
            found += self._prefix.get(word[:length], ())
        kinds: dict[str, dict[str, _Entry]] = {}
        for phrase, opening in found:
            kind = _kind(phrase, opening)
            mask = 0
            for follower in opening.follow if opening.reach else ():
                mask |= self._bits[follower]
            entry = _Entry(phrase, opening.follow, mask)
            key = f"{phrase.group}\t{phrase.term}\t{phrase.source}"
            known = kinds.setdefault(kind, {}).get(key)
            if known:
                entry = _Entry(phrase, known.follow | entry.follow, known.mask | entry.mask)
            kinds[kind][key] = entry
        entries = {kind: tuple(by_key.values()) for kind, by_key in kinds.items()}
        result = _Candidates(
            tuple(entry.phrase for entry in entries.get("single", ())),
            tuple(entry.phrase for entry in entries.get("free", ())),
            entries.get("adjacent", ()), entries.get("near", ()), entries.get("far", ()),
        ) if found else _NOTHING  # fmt: skip
        _remember(self._first, word, result)
        return result

    def _adjacent(self, pair: tuple[str, str], candidates: _Candidates) -> tuple[Phrase, ...]:
        second = pair[1]
        result = tuple(
            entry.phrase
            for entry in candidates.adjacent
            if any(second.startswith(w.text) if w.open else second == w.text for w in entry.follow)
        )
        _remember(self._pairs, pair, result)
        return result

    def _mask(self, word: str) -> int:
        mask = self._exact_bits.get(word, 0)
        for length in range(1, min(len(word), _PREFIX) + 1):
            mask |= self._prefix_bits.get(word[:length], 0)
        _remember(self._masks, word, mask)
        return mask


def _kind(phrase: Phrase, opening: Opening) -> str:
    if phrase.single:
        return "single"
    if not opening.follow:
        return "free"
    if not opening.reach:
        return "adjacent"
    if opening.reach > _REACH["..."]:
        return "free"
    return "near" if opening.reach <= _REACH[".."] else "far"


def _remember(memo: dict[_Key, _Result], key: _Key, result: _Result) -> None:
    if len(memo) >= _MEMO_LIMIT:
        memo.clear()
    memo[key] = result


def _longest(hits: list[Hit]) -> tuple[Hit, ...]:
    hits.sort(key=lambda hit: (hit.group, hit.start, -hit.end, hit.term))
    kept: list[Hit] = []
    for _, group in groupby(hits, key=attrgetter("group")):
        end = -1
        for hit in group:
            if hit.start >= end:
                kept.append(hit)
                end = hit.end if hit.end - hit.start <= _LONG else hit.start + 1
    kept.sort(key=lambda hit: (hit.start, hit.end, hit.group, hit.term))
    return tuple(kept)
