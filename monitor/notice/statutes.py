"""Periods that laws set: a data file, of which nothing applies unless a configuration names it.

``statutes.toml`` says what each one gives, to whom it applies, with which exceptions, since when,
and where it stands. A law that names no number gives no days, only the sentence that says so. What
is wrong with the file is reported when it is loaded, with law and key. Pure.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, get_args

from monitor.errors import ConfigError
from monitor.notice.calendar import Period, parse_period
from monitor.notice.standards import UNBOUND, Right, Standard, Starts

FILE = Path(__file__).parent / "statutes.toml"
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TEXTS = ("title", "applies_if", "exceptions", "source")
_KEYS = {"id", *_TEXTS, "about", "types", "gives", "each", "number", "valid_from", "valid_to"}
_GIVEN = {"right", "starts", "period", "says"}
_ABOUT = ("policy", "price", "subprocessors")
_EACH = frozenset({"direct notice"})
_TYPES = ("privacy", "terms", "dpa", "subprocessors", "cookies", "other")


@dataclass(frozen=True, slots=True)
class Given:
    """One right that a law gives, and ``says`` how in words."""

    right: Right
    starts: Starts
    period: Period
    says: str

    @property
    def length(self) -> str:
        """ "15 days from the notice", as people read it."""
        match self.starts:
            case "notice":
                return f"{self.period} from the notice"
            case "effect":
                return f"{self.period} from the effect"
            case "later":
                return f"{self.period} from the notice or the effect, whichever is later"
            case "until effect":
                return "until the day before the effect"


@dataclass(frozen=True, slots=True)
class Statute:
    """A provision that speaks of changes: whom it is for, what it gives, since when, and where.

    ``gives`` is empty where it names no number; then ``number`` says what it names instead.
    ``each``: everybody must be told, on paper or another durable medium; a page is none.
    """

    id: str
    title: str
    applies_if: str
    exceptions: str
    about: str
    types: tuple[str, ...]
    gives: tuple[Given, ...]
    each: bool
    number: str
    valid_from: date
    valid_to: date | None
    source: str

    def is_in_force(self, day: date) -> bool:
        """Whether a notice given on this day falls under it."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@cache
def statutes() -> Mapping[str, Statute]:
    """All of them by id, in the order of the file. Raises ConfigError for a faulty file."""
    return read_statutes(FILE)


def legal(names: Iterable[str], day: date) -> tuple[Standard, ...]:
    """The periods of these laws for a notice given on ``day``; unknown names give none."""
    known = statutes()
    return tuple(
        Standard(
            given.right, "law", given.period, statute.about, given.starts,
            channels=_EACH if statute.each else frozenset(),
            cite=f"{statute.title}: {given.says}",
        )
        for statute in (known[name] for name in dict.fromkeys(names) if name in known)
        if statute.is_in_force(day)
        for given in statute.gives
    )  # fmt: skip


def read_statutes(path: Path) -> Mapping[str, Statute]:
    """Read a file of statutes, or raise ConfigError with every fault in it."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name}: cannot be read as TOML: {error}") from error
    tables = data.get("statute")
    problems = [f"{path.name}: {key}: unknown key" for key in data if key != "statute"]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError([*problems, f"{path.name}: statute: write at least one [[statute]]"])
    found: dict[str, Statute] = {}
    for number, table in enumerate(tables, start=1):
        name = str(table.get("id", ""))
        place = f'{path.name}: "{name}"' if name else f"{path.name}: statute no. {number}"
        faults = [f"{place} {fault}" for fault in _faults(table)]
        if name in found:
            faults.append(f"{place} id: is given twice")
        if not faults:
            found[name] = _statute(table)
        problems += faults
    if problems:
        raise ConfigError(problems)
    return found


def _statute(table: Mapping[str, Any]) -> Statute:
    gives = (
        Given(g["right"], g["starts"], parse_period(g["period"]) if "period" in g else UNBOUND,
              g["says"])
        for g in table.get("gives", ())
    )  # fmt: skip
    return Statute(
        id=table["id"],
        title=table["title"],
        applies_if=table["applies_if"],
        exceptions=table["exceptions"],
        about=table["about"],
        types=tuple(table["types"]),
        gives=tuple(gives),
        each=table.get("each", False),
        number=table.get("number", ""),
        valid_from=table["valid_from"],
        valid_to=table.get("valid_to"),
        source=table["source"],
    )


# --- what can be wrong ---------------------------------------------------------------------------


def _faults(table: Mapping[str, Any]) -> Iterator[str]:
    for key in table.keys() - _KEYS:
        yield f"{key}: unknown key; known keys: {', '.join(sorted(_KEYS))}"
    if not _ID.fullmatch(str(table.get("id", ""))):
        yield 'id: must be words in small letters with "-" between them'
    for key in _TEXTS:
        if not _is_text(table.get(key)):
            yield f"{key}: must be a text"
    if not str(table.get("source", "")).startswith("https://"):
        yield "source: must be an https address where the text can be read"
    if table.get("about") not in _ABOUT:
        yield f"about: must be one of {', '.join(_ABOUT)}"
    types = table.get("types")
    if not isinstance(types, list) or not types or not set(map(str, types)) <= set(_TYPES):
        yield f"types: must be a list of {', '.join(_TYPES)}"
    if not isinstance(table.get("each", False), bool):
        yield "each: must be true or false"
    yield from _date_faults(table)
    if bool(table.get("gives")) == bool(table.get("number")):
        yield "gives: give either gives or number (a sentence on why there are no days)"
    if "number" in table and not _is_text(table["number"]):
        yield "number: must be a text"
    gives = table.get("gives", [])
    if not isinstance(gives, list) or not all(isinstance(each, dict) for each in gives):
        yield "gives: must be a list of tables"
        return
    for number, given in enumerate(gives, start=1):
        for fault in _given_faults(given):
            yield f"gives no. {number} {fault}"


def _date_faults(table: Mapping[str, Any]) -> Iterator[str]:
    begins, ends = table.get("valid_from"), table.get("valid_to")
    if not _is_day(begins):
        yield "valid_from: must be a date, as in 2020-07-12"
    if ends is not None and not _is_day(ends):
        yield "valid_to: must be a date, as in 2027-12-31"
    elif ends is not None and _is_day(begins) and ends < begins:
        yield "valid_to: is before valid_from"


def _given_faults(given: Mapping[str, Any]) -> Iterator[str]:
    for key in given.keys() - _GIVEN:
        yield f"{key}: unknown key"
    for key, known in (("right", get_args(Right)), ("starts", get_args(Starts))):
        if given.get(key) not in known:
            yield f"{key}: must be one of {', '.join(known)}"
    if not _is_text(given.get("says")):
        yield "says: must be a text"
    if (given.get("starts") == "until effect") == ("period" in given):
        yield 'period: is needed, but for starts = "until effect", which has none'
    if "period" in given:
        try:
            parse_period(str(given["period"]))
        except ValueError as error:
            yield f"period: {error}"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_day(value: object) -> bool:
    """A TOML date; one with a time is no day."""
    return type(value) is date
