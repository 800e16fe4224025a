"""The words by which lists, their columns and their labels are known, in all languages at once.

A list of sub-processors is often in another language than its page, and too short to tell.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from monitor.lexicon.phrases import any_of

Column = Literal["name", "place", "purpose", "role", "ignored", "change"]
Cue = Literal["list", "past", "affiliate", "joins", "leaves"]

COLUMNS: tuple[Column, ...] = get_args(Column)
_FILE = Path(__file__).with_name("words.toml")
_MOST_HEADER_WORDS = 9
_LONG = 2000
_BOTH = re.compile(r"\s(?:and|e|et|und|y)\s|[&/,(]")


@lru_cache(maxsize=1)
def _tables() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def languages() -> tuple[str, ...]:
    """The languages that have a table."""
    return tuple(name for name in _tables() if name != "forms")


def legal_forms() -> Iterator[tuple[str, str]]:
    """Every way of writing a legal form, with its one name."""
    for form, written in _tables()["forms"].items():
        for way in written:
            yield way, form


@lru_cache(maxsize=16)
def _phrases(name: str) -> re.Pattern[str]:
    found = [phrase for language in languages() for phrase in _tables()[language][name]]
    return any_of(found)


@lru_cache(maxsize=16)
def _stems(name: str) -> frozenset[str]:
    """The longest word of every phrase, without its ending: looked for first, it is found fast."""
    stems = (
        max(re.findall(r"\w+", phrase), key=len).lower()
        for language in languages()
        for phrase in _tables()[language][name]
    )
    return frozenset(stems)


def speaks_of(cue: Cue, text: str) -> bool:
    """Whether one of the words of a cue stands in a text."""
    if len(text) > _LONG and not _may_speak_of(cue, text):
        return False
    return _phrases(cue).search(text) is not None


@lru_cache(maxsize=8)
def _may_speak_of(cue: Cue, text: str) -> bool:
    lowered = text.lower()
    return any(stem in lowered for stem in _stems(cue))


def first_of(cue: Cue, text: str) -> int:
    """Where the first word of a cue ends in a text, -1 if there is none."""
    found = _phrases(cue).search(text)
    return found.end() if found else -1


def formerly() -> re.Pattern[str]:
    """What stands before a former name."""
    return _phrases("formerly")


def columns_of(header: str) -> frozenset[Column]:
    """What a column holds by its header; two kinds for "Name and address", none if not known.

    The longest phrase at a place counts, so that "service provider" is no service.
    """
    if not header or len(header.split()) > _MOST_HEADER_WORDS:
        return frozenset()
    found = _leading(header)
    kinds = {kind for _, kind in found}
    if "change" in kinds and not kinds & {"name", "place", "purpose"}:
        return frozenset({"change"})
    if {"name", "place"} <= kinds and _BOTH.search(header):
        return frozenset({"name", "place"})
    for kind in ("place", "purpose", "name", "role", "ignored"):
        if kind in kinds:
            return frozenset({kind if kind != "purpose" else _used(found)})
    return frozenset()


def _used(found: list[tuple[int, Column]]) -> Column:
    """Purpose, unless the header begins with a name: "Name of the service"."""
    return "name" if found[0][1] == "name" and found[0][0] == 0 and len(found) == 2 else "purpose"


def _leading(header: str) -> list[tuple[int, Column]]:
    """The phrases of a header with their kinds, in order; longer ones hide what they contain."""
    spans = sorted(
        (
            (-(match.end() - match.start()), match.start(), match.end(), kind)
            for kind in COLUMNS
            for match in _phrases(kind).finditer(header)
        ),
        key=lambda span: (span[0], span[1], COLUMNS.index(span[3])),
    )
    taken: list[tuple[int, int, Column]] = []
    for _, start, end, kind in spans:
        if all(end <= other or start >= last for other, last, _ in taken):
            taken.append((start, end, kind))
    return [(start, kind) for start, _, kind in sorted(taken)]


def label_of(text: str) -> tuple[Column, str] | None:
    """The kind and the value of a labelled line ("Location: Ireland"), or None."""
    head, colon, value = text.partition(":")
    if not colon or not value.strip() or value.startswith("//") or len(head.split()) > 5:
        return None
    kinds = columns_of(head.strip(" *_"))
    covered = _phrases_cover(head)
    if len(kinds) != 1 or not covered:
        return None
    return next(iter(kinds)), value.strip(" *_")


def _phrases_cover(head: str) -> bool:
    """Whether a label begins with one of the words: "Alder Location Services:" is no label."""
    found = _leading(head.strip(" *_"))
    return bool(found) and found[0][0] == 0
