"""What a text must mention: a phrase, or an element that is recognised whatever the words.

    "data protection officer"              these words, in any letter case
    "rights:portability"                   a commitment of this kind that holds this term
    "retention:*"                          any commitment of this kind
    "notice_period[subprocessors]:*"       one of this scope
    "category:dispute"                     a passage about this (as monitor.classify tells)

Pure.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, cast

from monitor.expectations.demands import term
from monitor.expectations.kinds import KINDS
from monitor.model import CATEGORIES, Category, Commitment, CommitmentKind

_ELEMENT = re.compile(r"([A-Za-z_]+)(?:\[([^\[\]]+)\])?:(\S.*)")
_ANY = "*"
_CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words as they stand."""

    words: str

    def __str__(self) -> str:
        return f"“{self.words}”"


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment of a kind: of a scope ("" for any), with a value or term ("*" for any)."""

    kind: CommitmentKind
    term: str = _ANY
    scope: str = ""

    def shown_by(self, commitment: Commitment) -> bool:
        """Whether a commitment is one."""
        if commitment.kind != self.kind or (self.scope and not is_scope(commitment, self.scope)):
            return False
        value = commitment.value
        if isinstance(value, frozenset):
            return self.term == _ANY or self.term in value
        return self.term in (_ANY, str(value).lower())

    def __str__(self) -> str:
        about = KINDS[self.kind].name + (f" ({self.scope})" if self.scope else "")
        return about if self.term == _ANY else f"{about}: {self.term}"


@dataclass(frozen=True, slots=True)
class Topic:
    """A passage that is about a category."""

    category: Category

    def __str__(self) -> str:
        return f"the subject “{self.category}”"


Element: TypeAlias = Promise | Topic


def is_scope(commitment: Commitment, scope: str) -> bool:
    """Whether a commitment is about a scope: "backups" is that of "backups from deletion"."""
    what, _, start = commitment.scope.casefold().partition(" from ")
    if what.startswith("from "):
        what, start = "", what.removeprefix("from ")
    wanted = scope.casefold()
    parts = {part.strip() for part in what.split(",")}
    return wanted in {commitment.scope.casefold(), what, f"from {start}", *parts}


def read_mention(text: str) -> Phrase | Element:
    """A phrase or an element. Raises ValueError for a misspelt element."""
    if not text.strip():
        raise ValueError("an empty phrase stands in every text; remove it")
    found = _ELEMENT.fullmatch(text.strip())
    return read_element(text) if found else Phrase(" ".join(text.split()))


def read_element(text: str) -> Element:
    """An element such as "rights:portability". Raises ValueError."""
    found = _ELEMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'"{text}" is no element; write for example "rights:portability"')
    name, scope, value = found[1], found[2] or "", found[3].strip()
    if name == _CATEGORY:
        if value not in CATEGORIES:
            raise ValueError(_unknown(value, CATEGORIES, "category"))
        return Topic(cast(Category, value))
    if name not in KINDS:
        raise ValueError(_unknown(name, (*KINDS, _CATEGORY), "kind of commitment"))
    kind = KINDS[cast(CommitmentKind, name)]
    if value != _ANY and kind.shape == "set":
        value = term(kind.terms, value)
    elif value != _ANY and kind.shape == "word" and value not in kind.words:
        raise ValueError(_unknown(value, kind.words, f"value of {name}"))
    return Promise(cast(CommitmentKind, name), value, scope)


def _unknown(word: str, known: Iterable[str], what: str) -> str:
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(names)}"
    return f'"{word}" is no {what}; {hint}'
