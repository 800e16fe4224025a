"""What pages that stand in for a policy say, and how policies speak (``stand_ins.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_STEM = 3


@dataclass(frozen=True, slots=True)
class Wording:
    """``phrases``: kind of stand-in page to phrases, each as its words joined and padded by blanks.

    ``stems``: beginnings of words that mark legal prose, by their first three letters.
    """

    phrases: Mapping[str, tuple[str, ...]]
    stems: Mapping[str, tuple[str, ...]]

    def legal_terms(self, vocabulary: Iterable[str]) -> int:
        """How many different beginnings of legal words a vocabulary has."""
        found = set()
        for word in vocabulary:
            for stem in self.stems.get(word[:_STEM], ()):
                if word.startswith(stem):
                    found.add(stem)
        return len(found)

    def hits(self, words: Iterable[str]) -> dict[str, list[str]]:
        """The phrases, by kind, that a run of words contains."""
        text = f" {' '.join(words)} "
        found: dict[str, list[str]] = {}
        for kind, phrases in self.phrases.items():
            here = [phrase.strip() for phrase in phrases if phrase in text]
            if here:
                found[kind] = here
        return found


@cache
def wording(language: str) -> Wording:
    """The wording of a language together with that of English, which error pages mix in.

    For a language without wording of its own: that of all languages together.
    """
    tables = _tables()
    chosen = ["en", language] if language in tables else list(tables)
    phrases: dict[str, dict[str, None]] = {}
    stems: dict[str, dict[str, None]] = {}
    for name in dict.fromkeys(chosen):
        for kind, entries in tables[name].items():
            if kind == "policy":
                for stem in entries:
                    stems.setdefault(stem[:_STEM], {})[stem] = None
            else:
                phrases.setdefault(kind, {}).update(dict.fromkeys(f" {p} " for p in entries))
    return Wording(
        {kind: tuple(found) for kind, found in phrases.items()},
        {key: tuple(found) for key, found in stems.items()},
    )


def languages() -> tuple[str, ...]:
    """The languages whose wording is known."""
    return tuple(_tables())


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    data = files("monitor.capture").joinpath("stand_ins.toml").read_text(encoding="utf-8")
    return tomllib.loads(data)
