"""Whether the commitments of a text keep a demand. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from monitor.expectations.demands import (
    OTHERS,
    Bounds,
    Condition,
    Days,
    Demand,
    OneOf,
    Says,
    Terms,
    Truth,
)
from monitor.expectations.kinds import KINDS
from monitor.expectations.measures import Length, Op, days_of, holds
from monitor.expectations.mentions import is_scope
from monitor.findings.words import day, listed
from monitor.model import Commitment, Value

#: What one commitment says to a condition: it keeps it, breaks it, or leaves it open.
_Answer = Literal["kept", "broken", "open"]

_SHOWN = 3
#: The places within a place, of those that the vocabulary names.
_UNION = frozenset({
    "Austria", "Belgium", "Denmark", "Finland", "France", "Germany", "Ireland", "Italy",
    "Luxembourg", "Netherlands", "Poland", "Portugal", "Spain", "Sweden",
})  # fmt: skip
_WITHIN = {
    "European Union": _UNION,
    "European Economic Area": _UNION | {"European Union", "Norway"},
    "United States": frozenset({"California"}),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """How commitments stand to a demand: ``given`` proves it, ``said`` puts it in words.

    "absent" with words: they speak of it, and leave it open; without: there are none.
    """

    standing: Literal["met", "contrary", "absent"]
    said: str = ""
    given: tuple[Commitment, ...] = ()


def judge(
    demand: Demand, commitments: Iterable[Commitment], refusals: Iterable[Commitment]
) -> Judged:
    """Hold a text's commitments, and what it refuses, against a demand."""
    mine = _concerned(demand, [c for c in commitments if c.kind == demand.kind])
    if isinstance(demand.condition, Terms):
        denied = [c for c in refusals if c.kind == demand.kind]
        judged = _judge_terms(demand.condition, mine, denied)
    else:
        judged = _judge_each(demand.condition, mine)
    if judged.standing == "absent" and not mine and demand.silence:
        return Judged("met")
    return judged


def _concerned(demand: Demand, commitments: Sequence[Commitment]) -> list[Commitment]:
    """The commitments that a demand is about, by their scope."""
    if demand.scope not in ("", OTHERS):
        return [c for c in commitments if is_scope(c, demand.scope)]
    kind = KINDS[demand.kind]
    rest = [c for c in commitments if c.scope not in kind.aside]
    rest = [c for c in rest if not any(is_scope(c, scope) for scope in demand.others)]
    main = [c for c in rest if c.scope in kind.main]
    return main if main and demand.scope != OTHERS else rest


def _judge_each(condition: Condition, commitments: Sequence[Commitment]) -> Judged:
    answers = [(_answer(condition, c), c) for c in commitments]
    broken = tuple(c for answer, c in answers if answer == "broken")
    if broken:
        return Judged("contrary", _said(broken, condition), broken)
    kept = tuple(c for answer, c in answers if answer == "kept")
    if kept:
        return Judged("met", _said(kept, condition), kept)
    return Judged("absent", _said(commitments, condition), tuple(commitments))


def _answer(condition: Condition, commitment: Commitment) -> _Answer:
    value = commitment.value
    match condition:
        case Bounds(bounds):
            return _bounded(bounds, commitment)
        case OneOf(words, barred):
            kept = value not in barred and (not words or value in words)
        case Truth(wanted):
            kept = value == wanted
        case Says(words):
            text = str(value).casefold()
            kept = not words or any(word.casefold() in text for word in words)
        case Days(dates):
            if not isinstance(value, date):
                return "open"
            kept = all(_dated(value, op, bound) for op, bound in dates)
        case Terms():
            raise TypeError("sets are judged together, not one by one")
    return "kept" if kept else "broken"


def _bounded(bounds: Sequence[tuple[Op, Length]], commitment: Commitment) -> _Answer:
    if commitment.value == "indefinite":
        return "kept" if all(op in (">=", ">") for op, _ in bounds) else "broken"
    if not isinstance(commitment.value, int):
        return "open"
    given = Length(commitment.value, commitment.unit)
    if any(holds(given, op, bound) != "yes" for op, bound in bounds):
        return "broken"
    # "At least five years" keeps no upper bound, and need not break one.
    ends = all(op in (">=", ">") for op, _ in bounds)
    return "kept" if ends or commitment.condition != "at least" else "open"


def _dated(value: date, op: Op, bound: date) -> bool:
    match op:
        case ">=":
            return value >= bound
        case ">":
            return value > bound
        case "<=":
            return value <= bound
        case "<":
            return value < bound
        case "=":
            return value == bound


# --- sets ------------------------------------------------------------------------------------


def _judge_terms(
    terms: Terms, commitments: Sequence[Commitment], refusals: Sequence[Commitment]
) -> Judged:
    stated = frozenset[str]().union(*(_set(c.value) for c in commitments))
    unwanted = {t for t in stated if any(_is(t, barred) for barred in terms.none)}
    if terms.only:
        unwanted |= {t for t in stated if not any(_lies_in(t, place) for place in terms.only)}
    if unwanted:
        return Judged("contrary", listed(unwanted), _holding(commitments, unwanted))
    found = {t for t in stated if any(_is(t, w) for w in terms.any | terms.all | terms.only)}
    missing = {w for w in terms.all if not any(_is(t, w) for t in stated)}
    if terms.any and not any(_is(t, w) for t in stated for w in terms.any):
        missing |= terms.any
    if missing:
        denied = tuple(c for c in refusals if _set(c.value) & missing)
        if denied:
            return Judged("contrary", f"denied: {listed(missing)}", denied)
        said = f"{listed(missing)} not found in this text" if stated else ""
        return Judged("absent", said, tuple(commitments) if stated else ())
    if terms.asks and not stated:
        return Judged("absent")
    if not terms.asks:
        denied = tuple(c for c in refusals if _set(c.value) & terms.none)
        return Judged("met", f"denied: {listed(terms.none)}" if denied else "", denied)
    found |= {t for t in stated if any(_lies_in(t, place) for place in terms.only)}
    return Judged("met", listed(found), _holding(commitments, found))


def _set(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


def _is(stated: str, wanted: str) -> bool:
    """A term is that term; a name may be part of the name as written ("Meta Platforms, Inc.")."""
    if stated == wanted:
        return True
    named = wanted[:1].isupper() and stated[:1].isupper()
    return named and wanted.casefold() in stated.casefold()


def _lies_in(stated: str, place: str) -> bool:
    return _is(stated, place) or stated in _WITHIN.get(place, ())


def _holding(commitments: Sequence[Commitment], terms: Iterable[str]) -> tuple[Commitment, ...]:
    wanted = frozenset(terms)
    return tuple(c for c in commitments if _set(c.value) & wanted)


# --- in words --------------------------------------------------------------------------------


def _said(commitments: Sequence[Commitment], condition: Condition) -> str:
    """The values of commitments, the first few of them."""
    said = list(dict.fromkeys(_value(c, condition) for c in commitments))
    more = f" and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
    return ", ".join(said[:_SHOWN]) + more


def _value(commitment: Commitment, condition: Condition) -> str:
    value, about = commitment.value, f" ({commitment.scope})" if commitment.scope else ""
    if isinstance(value, bool):
        return ("yes" if value else "no") + about
    if isinstance(value, date):
        return day(value) + about
    if not isinstance(value, int):
        return str(value).replace("_", " ") + about
    length = Length(value, commitment.unit)
    if isinstance(condition, Bounds) and any(
        holds(length, op, bound) == "depends" for op, bound in condition.bounds
    ):
        return f"{length}, which is {days_of(length)}{about}"
    return f"{length}{about}"
