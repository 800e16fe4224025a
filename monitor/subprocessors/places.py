"""Places by one English name, in whatever language or address they are written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).with_name("places.toml")
_UNION = frozenset({"European Union", "European Economic Area"})
_PARTS = re.compile(r"[,;/&()\n]+|\s[–—-]\s|\band\b|\bund\b|\bet\b|\be\b|\by\b")
_FILLER = re.compile(
    r"\b(?:the|in|at|of|and|or|only|based|located|hosted|region|area|within|sede|con|nel|nella|"
    r"negli|dans|en|au|aux|à|in|im|der|den|die|dem|mit|sitz|el|la|los|las|le|les|e|et|und|y|"
    r"data|cent(?:er|re)s?|rechenzentrum|servers?|serveurs?)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_STREET_WORDS = 6
# Letters that a pattern without case takes for i, s and k, though they do not fold to them.
_SAME_TO_RE = str.maketrans("\u0130\u0131\u017f\u212a", "iisk")


@dataclass(frozen=True, slots=True)
class Place:
    """A place named in a text: the English name of its country, the town or state if it is one."""

    name: str
    town: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Gazetteer:
    names: dict[str, tuple[str, str]]
    pattern: re.Pattern[str]
    codes: dict[str, str]
    eea: frozenset[str]


@lru_cache(maxsize=1)
def _gazetteer() -> _Gazetteer:
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    names: dict[str, tuple[str, str]] = {}
    for table in ("eea", "others"):
        for place, aliases in tables[table].items():
            names |= dict.fromkeys((_form(alias) for alias in (place, *aliases)), (place, ""))
    for place, towns in tables["towns"].items():
        for ways in (town.split("|") for town in towns):
            names |= dict.fromkeys(map(_form, ways), (place, ways[0]))
    ordered = sorted(names, key=len, reverse=True)
    bodies = [re.escape(n) if n.isupper() else f"(?i:{re.escape(n)})" for n in ordered]
    spaced = "|".join(body.replace(r"\ ", r"\s+") for body in bodies)
    pattern = re.compile(rf"(?<!\w)(?:{spaced})(?!\w)")
    return _Gazetteer(names, pattern, tables["codes"], frozenset(tables["eea"]))


def _form(alias: str) -> str:
    """How an alias is looked up: in capitals only where it is short and written so."""
    return alias if alias.isupper() and len(alias) <= 7 else alias.casefold()


def places_in(text: str) -> list[Place]:
    """Every place named in a text, in order."""
    known = _gazetteer()
    return [
        Place(*_lookup(match.group(), known), match.start(), match.end())
        for match in known.pattern.finditer(text)
    ]


def _lookup(written: str, known: _Gazetteer) -> tuple[str, str]:
    form = " ".join(written.split())
    return known.names.get(form) or known.names[form.translate(_SAME_TO_RE).casefold()]


def stated_places(text: str) -> tuple[str, ...]:
    """The places of a table cell or of a label: by English name, else as written; each once."""
    found = [place.name for place in places_in(text)]
    if not found:
        codes = _gazetteer().codes
        parts = [part.strip(" .") for part in _PARTS.split(text)]
        found = [codes[part] for part in parts if part in codes]
    if not found and any(char.isalpha() for char in text):
        found = [" ".join(text.split()).strip(" .,;")]
    return tuple(dict.fromkeys(found))


def is_place(text: str) -> bool:
    """Whether a piece of text names a place and nothing else."""
    if text.strip(" .") in _gazetteer().codes:
        return True
    return bool(places_in(text)) and not _WORD.search(without_places(text))


def is_address(text: str) -> bool:
    """Whether a piece has the shape of a street or a postal code."""
    return any(char.isdigit() for char in text) and len(text.split()) <= _STREET_WORDS


def without_places(text: str) -> str:
    """A text without the places in it and the small words around them."""
    rest, last = [], 0
    for place in places_in(text):
        rest.append(text[last : place.start])
        last = place.end
    rest.append(text[last:])
    return _FILLER.sub(" ", " ".join(rest))


def towns_in(text: str) -> frozenset[str]:
    """The towns and states named in a text."""
    return frozenset(place.town for place in places_in(text) if place.town)


def narrowest(places: Iterable[str]) -> frozenset[str]:
    """The places without the union that only says where a country among them lies."""
    given = frozenset(places)
    return given - _UNION if (given - _UNION) & _gazetteer().eea else given


def in_eea(places: Iterable[str]) -> bool:
    """Whether all of the places lie in the European Economic Area (none at all do not)."""
    given = list(places)
    return bool(given) and all(place in _gazetteer().eea for place in given)


def covers(places: Iterable[str], place: str) -> bool:
    """Whether a place is one of those given, or lies within them."""
    given = set(places)
    if place in given or "worldwide" in given:
        return True
    return bool(given & _UNION) and place in _gazetteer().eea
