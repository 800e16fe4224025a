"""The captured source around a passage: where the words of a text stand in the bytes. Pure.

A text is found in its markup by its words alone: tags, comments, scripts and entities lie between
them. What cannot be found (a PDF, a text that a script made of data) is not guessed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from notifiers.wording import prose

#: Characters of source shown on either side, and of the passage itself.
_AROUND, _LONGEST = 900, 6_000
#: Of a source, so many characters are looked through.
_REACH = 4_000_000
#: So many words in a row are looked for first, then fewer.
_RUNS = (8, 4, 2, 1)
#: Stands for characters of an entity: belongs to the word around it, and is left out of it.
_FILLER = "\ue000"
#: What is not closed reaches to the end, so that no source is read twice.
_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)|<[^>]*(?:>|\Z)"
    r"|&(?:#\w{1,8}|\w{2,31});?",
    re.DOTALL | re.IGNORECASE,
)
_WORD = re.compile(rf"[\w{_FILLER}]+")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Source before, of and after a passage, which begins on ``line`` (from 1)."""

    line: int
    before: str
    passage: str
    after: str


def excerpt(source: str, text: str, *, markup: bool) -> Excerpt | None:
    """Where the words of a text (Markdown) stand in a source; None where they are not found.

    ``markup`` says whether the source has tags and entities, as HTML does.
    """
    source = source[:_REACH]
    plain = _HIDDEN.sub(_blanked, source) if markup else source
    wanted = [word.casefold() for word in re.findall(r"\w+", prose(text))]
    words = [
        (found[0].replace(_FILLER, "").casefold(), found.start(), found.end())
        for found in _WORD.finditer(plain)
    ]
    place = _place(wanted, [word for word, _, _ in words])
    if place is None:
        return None
    first, last = place
    start, end = words[first][1], min(words[last][2], words[first][1] + _LONGEST)
    return Excerpt(
        line=source.count("\n", 0, start) + 1,
        before=source[max(0, start - _AROUND) : start],
        passage=source[start:end],
        after=source[end : end + _AROUND],
    )


def _blanked(hidden: re.Match[str]) -> str:
    """As many characters as before: the letter that an entity is, else spaces."""
    letter = html.unescape(hidden[0]) if hidden[0].startswith("&") else ""
    return letter.ljust(len(hidden[0]), _FILLER) if letter.isalnum() else " " * len(hidden[0])


def _place(wanted: Sequence[str], words: Sequence[str]) -> tuple[int, int] | None:
    """The first and the last place of a run of the words; a short one only of a short text."""
    for size in _RUNS:
        if size > len(wanted) or size < min(_RUNS[1], len(wanted)) // 2 + 1:
            continue
        where = _runs(words, size)
        for begin in range(len(wanted) - size + 1):
            at = where.get(tuple(wanted[begin : begin + size]))
            if at is not None:
                return _grown(wanted, words, begin, at, size)
    return None


def _runs(words: Sequence[str], size: int) -> Mapping[tuple[str, ...], int]:
    """Where each run of so many words stands first."""
    found: dict[tuple[str, ...], int] = {}
    for at in range(len(words) - size + 1):
        found.setdefault(tuple(words[at : at + size]), at)
    return found


def _grown(
    wanted: Sequence[str], words: Sequence[str], begin: int, at: int, size: int
) -> tuple[int, int]:
    """A run with the words around it that are the same too."""
    back = 0
    while back < min(begin, at) and wanted[begin - back - 1] == words[at - back - 1]:
        back += 1
    on = size
    while (
        begin + on < len(wanted) and at + on < len(words) and wanted[begin + on] == words[at + on]
    ):
        on += 1
    return at - back, at + on - 1
