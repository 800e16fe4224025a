"""What can be demanded of a commitment, as config.toml writes it.

    number   ">= 30", "<= 90 days", ">= 1 month", ">= 13 and <= 16"
    word     "never", ["never", "consent"], "not may"
    set      ["SCC", "adequacy"] (any of them), {any = [..], all = [..], none = [..], only = [..]}
    truth    true, false
    text     "Italy", ["Italy", "Ireland"] (any of them); true: stated at all
    date     ">= 2025-01-01", true

``read`` turns a value into demands, one a scope, or raises ValueError saying what to write. Any
condition may end in "or silent". Pure.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias, cast

from monitor.expectations.kinds import KINDS, Key, Kind
from monitor.expectations.measures import Length, Op
from monitor.findings.words import listed
from monitor.lexicon import load, vocabulary
from monitor.model import CommitmentKind

#: The scope of a table that stands for every statement that no other key is about.
OTHERS = "*"
_SET_KEYS = ("any", "all", "none", "only")
_COMPARISON = re.compile(
    r"(>=|<=|>|<|=)?\s*(\d{1,6})\s*"
    r"(hours?|days?|weeks?|(?:business|working)[ _]days?|(?:calendar )?months?|years?)?"
)
_DAY = re.compile(r"(>=|<=|>|<|=)?\s*(\d{4}-\d{2}-\d{2})")
_SILENT = re.compile(r"\s+or\s+silent$")
_OP_WORDS: Mapping[Op, str] = {
    ">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "=": "exactly",
}  # fmt: skip
_OP_DATES: Mapping[Op, str] = {
    ">=": "not before", "<=": "not after", ">": "after", "<": "before", "=": "on",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bounds:
    """Numbers must keep every bound; ``of`` is how people say it."""

    bounds: tuple[tuple[Op, Length], ...]

    def __str__(self) -> str:
        return " and ".join(f"{_OP_WORDS[op]} {length}" for op, length in self.bounds)


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value must be one of these words (any, where there are none), and none of ``barred``."""

    words: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = [*self.words] or [f"not {' or '.join(self.barred)}"]
        return " or ".join(said).replace("_", " ")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a text's sets, taken together, must hold: terms of the vocabulary, or names as written.

    Of ``any`` at least one, ``all`` of them, ``none`` of them, and nothing but ``only``.
    """

    any: frozenset[str] = frozenset()
    all: frozenset[str] = frozenset()
    none: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()

    @property
    def asks(self) -> bool:
        """Whether something must be stated (and not only left out)."""
        return bool(self.any or self.all or self.only)

    def __str__(self) -> str:
        parts = (
            (" or ".join(sorted(self.any)), self.any),
            (" and ".join(sorted(self.all)), self.all),
            (f"nothing but {listed(self.only)}", self.only),
            (f"none of: {listed(self.none)}", self.none),
        )
        return "; ".join(words for words, given in parts if given)


@dataclass(frozen=True, slots=True)
class Truth:
    """The statement must be made (true), or must not be (false)."""

    wanted: bool

    def __str__(self) -> str:
        return "yes" if self.wanted else "no"


@dataclass(frozen=True, slots=True)
class Says:
    """One of these must stand in the value; none given: anything must be stated."""

    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " or ".join(self.words) or "to be stated"


@dataclass(frozen=True, slots=True)
class Days:
    """Dates must keep every bound."""

    bounds: tuple[tuple[Op, date], ...] = ()

    def __str__(self) -> str:
        said = " and ".join(f"{_OP_DATES[op]} {day.isoformat()}" for op, day in self.bounds)
        return said or "to be stated"


Condition: TypeAlias = Bounds | OneOf | Terms | Truth | Says | Days


@dataclass(frozen=True, slots=True)
class Demand:
    """A condition on the commitments of one kind, in one scope ("": see ``Kind.main``).

    ``others`` are the scopes that have demands of their own, and that this one is not about.
    ``silence`` says whether a text that is silent meets it.
    """

    kind: CommitmentKind
    scope: str
    condition: Condition
    silence: bool = False
    others: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The kind, with the scope in brackets."""
        return f"{self.kind}[{self.scope}]" if self.scope else self.kind

    def __str__(self) -> str:
        about = f" ({self.scope})" if self.scope not in ("", OTHERS) else ""
        silent = " or silent" if self.silence and not _silent_anyway(self.condition) else ""
        return f"{KINDS[self.kind].name}{about}: {self.condition}{silent}"


def read(key: Key, value: Any) -> tuple[Demand, ...]:
    """The demands that a key's value states. Raises ValueError."""
    kind = KINDS[key.kind]
    # Of the sets only the channels of notice have scopes; a table of another states a set.
    scoped = kind.shape != "set" or (bool(kind.main) and not set(value) & {*_SET_KEYS})
    if isinstance(value, Mapping) and scoped:
        if not value:
            raise ValueError('is empty; write for example {"backups" = "<= 90"}')
        scopes = tuple(str(scope).strip() for scope in value)
        demands = []
        for scope, inner in zip(scopes, value.values(), strict=True):
            if not scope:
                raise ValueError(f'has an empty scope; write "{OTHERS}" for every other statement')
            others = tuple(s for s in scopes if s != scope) if scope == OTHERS else ()
            condition, silence = _condition(key, kind, inner)
            demands.append(Demand(key.kind, scope, condition, silence, others))
        return tuple(demands)
    condition, silence = _condition(key, kind, value)
    return (Demand(key.kind, "", condition, silence),)


def _condition(key: Key, kind: Kind, value: Any) -> tuple[Condition, bool]:
    """A condition, and whether silence meets it."""
    silence = False
    if isinstance(value, str) and _SILENT.search(value):
        value, silence = _SILENT.sub("", value), True
    condition = _CONDITIONS[kind.shape](key, kind, value)
    return condition, silence or _silent_anyway(condition)


def _silent_anyway(condition: Condition) -> bool:
    """What must only not be stated is met by silence."""
    return condition == Truth(False) or (isinstance(condition, Terms) and not condition.asks)


# --- numbers, words, truths ------------------------------------------------------------------


def _number(key: Key, kind: Kind, value: Any) -> Condition:
    if kind.words and _is_words(value):
        return _word(key, kind, value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(_numbers_wanted(key, kind, value))  # noqa: TRY004 - a fault of the file
    return Bounds(tuple(_bounds(key, kind, str(value))))


def _is_words(value: Any) -> bool:
    return isinstance(value, list | tuple) or (
        isinstance(value, str) and not re.match(r"\s*[<>=\d]", value)
    )


def _bounds(key: Key, kind: Kind, text: str) -> Iterator[tuple[Op, Length]]:
    for part in re.split(r"\s+and\s+", text.strip()):
        found = _COMPARISON.fullmatch(part.strip())
        if found is None:
            raise ValueError(_numbers_wanted(key, kind, text))
        unit = (found[3] or key.unit).removeprefix("calendar ").rstrip("s").replace(" ", "_")
        unit = unit.replace("working", "business")
        if (unit == "year") != (kind.unit == "year") and kind.unit == "year":
            raise ValueError(f'"{text}" is no age; write for example ">= 16"')
        yield cast(Op, found[1] or "="), Length(int(found[2]), unit)


def _numbers_wanted(key: Key, kind: Kind, value: Any) -> str:
    words = f", or one of {', '.join(kind.words)}" if kind.words else ""
    unit = "" if kind.unit == "year" else f' (in {key.unit}s) or ">= 1 month"'
    return f'{_shown(value)} is no comparison; write for example ">= 30"{unit}{words}'


def _word(_key: Key, kind: Kind, value: Any) -> Condition:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given:
        raise ValueError(f"{_shown(value)} is none of {', '.join(kind.words)}")
    wanted: list[str] = []
    barred: list[str] = []
    for word in given:
        text = str(word).strip().replace(" ", "_")
        (barred if text.startswith("not_") else wanted).append(text.removeprefix("not_"))
        if text.removeprefix("not_") not in kind.words:
            raise ValueError(f"{_shown(word)} is none of {', '.join(kind.words)}")
    if wanted and barred:
        raise ValueError(f'{_shown(value)} mixes words with "not"; write one or the other')
    return OneOf(tuple(dict.fromkeys(wanted)), tuple(dict.fromkeys(barred)))


def _truth(_key: Key, _kind: Kind, value: Any) -> Condition:
    if not isinstance(value, bool):
        raise ValueError(f"{_shown(value)} is neither true nor false")  # noqa: TRY004 - a fault of the file
    return Truth(value)


# --- texts and dates -------------------------------------------------------------------------


def _text(_key: Key, _kind: Kind, value: Any) -> Condition:
    if value is True:
        return Says()
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given or not all(map(_is_filled, given)):
        raise ValueError(
            f"{_shown(value)} is no text; write the words that must stand there, a list of which "
            "one must, or true"
        )
    return Says(tuple(given))


def _is_filled(text: Any) -> bool:
    return isinstance(text, str) and bool(text.strip())


def _date(_key: Key, _kind: Kind, value: Any) -> Condition:
    if value is True:
        return Days()
    if isinstance(value, date):
        value = value.isoformat()
    bounds: list[tuple[Op, date]] = []
    for part in re.split(r"\s+and\s+", str(value).strip()):
        found = _DAY.fullmatch(part.strip())
        try:
            bounds.append((cast(Op, found[1] or "="), date.fromisoformat(found[2])))  # type: ignore[index]
        except (TypeError, ValueError) as error:
            raise ValueError(
                f'{_shown(value)} is no date; write for example ">= 2025-01-01", or true'
            ) from error
    return Days(tuple(bounds))


# --- sets ------------------------------------------------------------------------------------


def _set(_key: Key, kind: Kind, value: Any) -> Condition:
    if isinstance(value, Mapping):
        unknown = [name for name in value if name not in _SET_KEYS]
        if unknown or not value:
            raise ValueError(f"takes {', '.join(_SET_KEYS)}, not {_shown(unknown or value)}")
        return Terms(**{str(name): _terms(kind, inner) for name, inner in value.items()})
    return Terms(any=_terms(kind, value))


def _terms(kind: Kind, value: Any) -> frozenset[str]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given or not all(map(_is_filled, given)):
        raise ValueError(f'{_shown(value)} is no list of terms; write for example ["one", "two"]')
    return frozenset(term(kind.terms, text) for text in given)


def term(table: str, text: str) -> str:
    """A term of the vocabulary, by its own word or by one that English texts use ("SCC").

    A recipient that begins with a capital may be a name. Raises ValueError.
    """
    known = vocabulary().words[table]
    text = " ".join(text.split())
    if text.casefold() in (by_case := {word.casefold(): word for word in known}):
        return by_case[text.casefold()]
    whole = [t.term for t in load("en").terms(table, text) if (t.start, t.end) == (0, len(text))]
    if whole:
        return whole[0]
    if table == "recipients" and text[0].isupper():
        return text
    near = difflib.get_close_matches(text.casefold(), known, n=1)
    hint = f'did you mean "{near[0]}"?' if near else "docs/vocabulary.md lists them"
    raise ValueError(f'"{text}" is no term of {table.replace("_", " ")}; {hint}')


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


_CONDITIONS = {
    "number": _number, "word": _word, "truth": _truth, "text": _text, "date": _date, "set": _set,
}  # fmt: skip
