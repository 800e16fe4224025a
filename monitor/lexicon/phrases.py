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
from functools import cached_property, reduce
from operator import or_
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
        if self.source.startswith("=") or len(self.nodes) > 1:
            return False
        node = self.nodes[0]
        options = node.options if isinstance(node, Choice) else (self.nodes,)
        return all(
            len(option) == 1 and isinstance(option[0], Word) and option[0].text.isalnum()
            for option in options
        )


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
    following: dict[int, tuple[frozenset[Word], int]] = {}
    for first, rest in [*_heads(nodes)]:  # kept, for what follows is known by its identity
        known = following.get(id(rest))
        if known is None:
            known = following[id(rest)] = _next(rest)
        yield Opening(first, known[1], known[0])


def _heads(nodes: tuple[Node, ...]) -> Iterator[tuple[Word, tuple[Node, ...]]]:
    """Each word that may come first, with what is left of the phrase after it."""
    if not nodes:
        return
    node, rest = nodes[0], nodes[1:]
    match node:
        case Word(text, open_ended):
            if text.isalnum():
                yield Word(text.lower(), open_ended), rest
                return
            parts = WORD.findall(text.lower())
            words = [Word(part, False) for part in parts]
            words[-1] = Word(parts[-1], open_ended)
            yield words[0], (*words[1:], *rest)
            if "-" in text and len(parts) > 1:
                yield Word(parts[0] + parts[1], open_ended or len(parts) > 2), rest
        case Choice(options, optional):
            for option in options:
                head = option[0]
                if len(option) == 1 and isinstance(head, Word) and head.text.isalnum():
                    yield Word(head.text.lower(), head.open), rest
                else:
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


class _Known(NamedTuple):
    """What is known of a word: its bits as a follower, and the phrases that may begin at it.

    ``single`` are whole already, ``free`` may match whatever follows, ``adjacent`` want one certain
    next word, ``near`` and ``far`` a word within a few; their ``reach`` masks hold all those words.
    """

    mask: int
    starts: bool
    single: tuple[Phrase, ...]
    free: tuple[Phrase, ...]
    adjacent: tuple[_Entry, ...]
    near: tuple[tuple[int, Phrase], ...]
    far: tuple[tuple[int, Phrase], ...]
    near_reach: int
    far_reach: int


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
        self._known: dict[str, _Known] = {}
        self._pairs: dict[tuple[str, str], tuple[Phrase, ...]] = {}

    def scan(self, text: str) -> tuple[Hit, ...]:
        """All phrases in ``text``, by start; within a group the longest wins and none overlap."""
        hits = [hit for group in self.grouped(text).values() for hit in group]
        return tuple(sorted(hits, key=lambda hit: (hit.start, hit.end, hit.group, hit.term)))

    def grouped(self, text: str) -> dict[str, list[Hit]]:
        """The same by group, each in order of place."""
        lowered = text.lower()
        if len(lowered) != len(text):  # a few letters change their length with their case
            lowered = "".join(c if len(c.lower()) != 1 else c.lower() for c in text)
        words = WORD.findall(lowered)
        known = self._known
        infos = [known.get(word) or self._learn(word) for word in words]
        near, far = _windows([info.mask for info in infos])
        groups: dict[str, list[Hit]] = {}
        end = 0
        for place, info in enumerate(infos):
            start = lowered.find(words[place], end)
            end = start + len(words[place])
            if not info.starts:
                continue
            for phrase in info.single:
                groups.setdefault(phrase.group, []).append(
                    Hit(phrase.group, phrase.term, start, end)
                )
            phrases = info.free
            if info.adjacent and place + 1 < len(words):
                phrases += self._adjacent(words[place], words[place + 1], info)
            if info.near_reach & near[place]:
                phrases += tuple([phrase for mask, phrase in info.near if mask & near[place]])
            if info.far_reach & far[place]:
                phrases += tuple([phrase for mask, phrase in info.far if mask & far[place]])
            for phrase in phrases:
                match = phrase.pattern.match(text, start)
                if match:
                    groups.setdefault(phrase.group, []).append(
                        Hit(phrase.group, phrase.term, start, match.end())
                    )
        return {group: hits if len(hits) == 1 else _longest(hits) for group, hits in groups.items()}

    # --- remembered look-ups ------------------------------------------------------------------

    def _learn(self, word: str) -> _Known:
        found = list(self._exact.get(word, ()))
        mask = self._exact_bits.get(word, 0)
        for length in range(1, min(len(word), _PREFIX) + 1):
            found += self._prefix.get(word[:length], ())
            mask |= self._prefix_bits.get(word[:length], 0)
        kinds: dict[str, dict[int, _Entry]] = {}
        for phrase, opening in found:
            reach = 0
            for follower in opening.follow if opening.reach else ():
                reach |= self._bits[follower]
            of_kind = kinds.setdefault(_kind(phrase, opening), {})
            same = of_kind.get(id(phrase))
            follow = opening.follow | same.follow if same else opening.follow
            of_kind[id(phrase)] = _Entry(phrase, follow, reach | (same.mask if same else 0))
        entries = {kind: tuple(by_phrase.values()) for kind, by_phrase in kinds.items()}
        near, far = entries.get("near", ()), entries.get("far", ())
        result = _Known(
            mask, bool(found),
            tuple(entry.phrase for entry in entries.get("single", ())),
            tuple(entry.phrase for entry in entries.get("free", ())),
            entries.get("adjacent", ()),
            tuple((entry.mask, entry.phrase) for entry in near),
            tuple((entry.mask, entry.phrase) for entry in far),
            _union(near), _union(far),
        )  # fmt: skip
        _remember(self._known, word, result)
        return result

    def _adjacent(self, first: str, second: str, info: _Known) -> tuple[Phrase, ...]:
        known = self._pairs.get((first, second))
        if known is not None:
            return known
        result = tuple(
            entry.phrase
            for entry in info.adjacent
            if any(second.startswith(w.text) if w.open else second == w.text for w in entry.follow)
        )
        _remember(self._pairs, (first, second), result)
        return result


def _union(entries: Iterable[_Entry]) -> int:
    return reduce(or_, (entry.mask for entry in entries), 0)


def _windows(masks: list[int]) -> tuple[list[int], list[int]]:
    """For each word, the bits of the five and of the twelve words after it.

    Built by doubling (1, 2, 4, 8 words), so that the work is done by ``map``, not word by word.
    """
    one = [*masks[1:], *[0] * 12]
    two = list(map(or_, one, one[1:]))
    four = list(map(or_, two, two[2:]))
    eight = list(map(or_, four, four[4:]))
    return list(map(or_, four, one[4:])), list(map(or_, eight, four[8:]))


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


def _longest(hits: list[Hit]) -> list[Hit]:
    """The hits of one group without those that overlap a longer one."""
    hits.sort(key=lambda hit: (hit.start, -hit.end, hit.term))
    kept: list[Hit] = []
    end = -1
    for hit in hits:
        if hit.start >= end:
            kept.append(hit)
            end = hit.end if hit.end - hit.start <= _LONG else hit.start + 1
    return kept


def any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of some plain phrases: any letter case, "*" for any ending of a word.

    For short lists that are searched in short texts; the packs' own phrases have an index.
    """
    bodies = [
        re.escape(phrase).replace(r"\*", r"\w*").replace(r"\ ", r"\s+").replace("'", "['’]")
        for phrase in sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))
    ]
    return re.compile(rf"(?<!\w)(?:{'|'.join(bodies)})(?!\w)", re.IGNORECASE)
