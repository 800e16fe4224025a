"""A clause without its markup, and the sentences in it, with offsets that lead back."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import sentencex


@dataclass(frozen=True, slots=True)
class Plain:
    """Clause text without markup. ``offsets[i]`` is where ``text[i]`` stands in the raw text."""

    text: str
    offsets: Sequence[int]

    def raw(self, start: int, end: int) -> tuple[int, int]:
        """The raw half-open range of ``text[start:end]`` (of the nearest character if empty)."""
        if not self.offsets:
            return 0, 0
        first = self.offsets[min(start, len(self.offsets) - 1)]
        if end <= start:
            return first, first
        return first, self.offsets[min(end, len(self.offsets)) - 1] + 1


# --- markup ------------------------------------------------------------------------------------

_MARKUP = re.compile(
    r"""
      (?P<image>!\[[^\]]{0,2000}\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"]*")?\s*\))
    | (?P<open>\[(?=[^\[\]]{0,2000}\]\())
    | (?P<close>\]\((?:\#[^()\n]{0,200}|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"]*")?\s*)\))
    | (?P<escape>\\(?=[\\`*_{}\[\]()\#+\-.!|>~<&"']))
    | (?P<tag></?[a-zA-Z][a-zA-Z0-9]{0,15}(?:\s[^<>]{0,500})?/?>)
    | (?P<entity>&(?:[a-zA-Z]{2,8}|\#\d{1,6});)
    | (?P<quoted>\n[ \t]*(?:>[ \t]?)+)
    | (?P<emphasis>\*+|`+|(?<![^\W_])_+|_+(?![^\W_]))
    | (?P<invisible>[\u200b-\u200f\u2060\ufeff\u00ad]+)
    | (?P<space>[\s\u00a0]+)
    """,
    re.VERBOSE,
)
_NOTABLE = re.compile(r"[!\[\]\\<&\n*`_\u200b-\u200f\u2060\ufeff\u00ad\t\r\u00a0]|  |[^\S ]")


@lru_cache(maxsize=8192)
def plain(clause_text: str) -> Plain:
    """Strip Markdown markup, links, escapes and tags; runs of white space become one space."""
    if not _NOTABLE.search(clause_text):
        stripped = clause_text.strip()
        start = clause_text.find(stripped) if stripped else 0
        return Plain(stripped, range(start, start + len(stripped)))
    pieces: list[str] = []
    offsets: list[int] = []
    last = 0
    for match in _MARKUP.finditer(clause_text):
        start, end = match.span()
        if start > last:
            pieces.append(clause_text[last:start])
            offsets.extend(range(last, start))
        last = end
        if match.lastgroup in ("space", "quoted", "tag"):
            if pieces and not pieces[-1].endswith(" "):
                pieces.append(" ")
                offsets.append(start)
        elif match.lastgroup == "escape":
            pieces.append(clause_text[end : end + 1])
            offsets.append(end)
            last = end + 1
        elif match.lastgroup == "entity":
            decoded = html.unescape(match.group()).replace("\u00a0", " ")
            pieces.append(decoded)
            offsets.extend([start] * len(decoded))
    pieces.append(clause_text[last:])
    offsets.extend(range(last, len(clause_text)))
    text = "".join(pieces)
    kept = text.strip(" ")
    skipped = text.find(kept) if kept else 0
    return Plain(kept, tuple(offsets[skipped : skipped + len(kept)]))


# --- sentences ---------------------------------------------------------------------------------

_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[«“\"'])(?:art|artt|arts|abs|lett|lit|let|nr|no|núm|num|par|para|paras|sec|sect|§|cfr|cf|ss|segg|"
    r"p\.\s?es|p\.\s?ej|ej|es|e\.g|i\.e|z\.\s?b|u\.\s?a|d\.\s?h|bzw|ggf|inkl|gem|vgl|usw|bspw|"
    r"ex|p\.\s?ex|c\.-à-d|inc|ltd|co|corp|llc|vs|approx|incl|ca|dr|mr|mrs|ms|st|tel|prof|"
    r"n|v|u\.s|d\.lgs|reg|dir|cod|civ|pen|vol|fig|ref|apdo|dott|sig|avv|mme|ave|blvd)\.\s*$",
    re.IGNORECASE,
)
#: "das 16. Lebensjahr", "am 3. Werktag": in German a number with a full stop is an ordinal.
_GERMAN_ORDINAL = re.compile(
    r"\b(?:das|der|die|dem|den|des|zum|zur|am|im|vom|ab|bis|ihr|sein|jede[mnrs]?)\s+\d{1,3}\.\s*$",
    re.IGNORECASE,
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@lru_cache(maxsize=8192)
def sentences(text: str, language: str = "en") -> tuple[tuple[int, int], ...]:
    """Half-open ranges of the sentences of a plain text, without the white space between them.

    Cuts after abbreviations (Art. 6, Abs., lett., p. ej., e.g., Nr.) are healed.
    """
    cut = sentencex.segment(language or "en", _SURROGATE.sub("\ufffd", text))
    ranges: list[tuple[int, int]] = []
    position = 0
    for piece in cut:
        start, position = position, position + len(piece)
        if ranges and (
            _ABBREVIATION.search(before := text[max(ranges[-1][0], start - 24) : start])
            or (language == "de" and _GERMAN_ORDINAL.search(before))
            or text[start : start + 1].islower()
        ):
            start = ranges.pop()[0]
        ranges.append((start, position))
    if position != len(text):  # the splitter lost or added characters: one sentence is still true
        ranges = [(0, len(text))]
    trimmed = []
    for start, end in ranges:
        body = text[start:end]
        left = start + len(body) - len(body.lstrip())
        right = start + len(body.rstrip())
        if right > left:
            trimmed.append((left, right))
    return tuple(trimmed)
