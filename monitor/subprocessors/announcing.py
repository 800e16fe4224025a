"""Sentences that name sub-processors: enumerations, and announcements of new ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.plain_text import sentences
from monitor.subprocessors.entries import Entry, read_entry
from monitor.subprocessors.names import begins_with_form, companies_in
from monitor.subprocessors.places import places_in
from monitor.subprocessors.vocabulary import first_of, speaks_of

_AND = re.compile(r"(?<=[)\w.])\s+(?:and|sowie|und|et|ed|e|y)\s+(?=[A-ZÀ-Ý])")
_REACH = 60


def enumerated(words: str) -> list[Entry]:
    """ "Our sub-processors are: Alder GmbH (Germany) and Birch Inc. (USA)": all or none."""
    head, colon, tail = words.partition(":")
    if not colon or not speaks_of("list", head):
        return []
    entries = [read_entry(piece) for piece in _pieces(tail)]
    found = [entry for entry in entries if entry is not None and entry.evident]
    return found if len(found) == len(entries) else []


def _pieces(text: str) -> list[str]:
    """The pieces of an enumeration: at semicolons, else at commas and "and" outside brackets."""
    text = text.strip(" .")
    if ";" in text:
        return [part.strip(" .") for part in re.split(r";(?:\s*(?:and|et|e|und|y)\s)?", text)]
    pieces: list[str] = []
    for piece in re.split(r",(?![^()]*\))", text):
        first, *others = _AND.split(piece)
        if pieces and begins_with_form(piece):
            pieces[-1] += f",{first}"  # "Alder, Inc."
        else:
            pieces.append(first)
        pieces += others
    return [piece.strip() for piece in pieces if piece.strip()]


def announced(words: str, language: str) -> Iterator[tuple[Entry, int, int]]:
    """Companies that a sentence says will be sub-processors, with the range of that sentence.

    "From 1 June we will engage Juniper Voice LLC (USA) as a sub-processor".
    """
    if first_of("joins", words) < 0:
        return
    for start, end in sentences(words, language):
        sentence = words[start:end]
        joins = first_of("joins", sentence)
        if joins < 0 or speaks_of("leaves", sentence) or not speaks_of("list", sentence):
            continue
        for left, right in companies_in(sentence):
            if joins <= left < joins + _REACH:
                where = tuple(dict.fromkeys(place.name for place in places_in(sentence[right:])))
                yield Entry(sentence[left:right], where, text=sentence), start, end
