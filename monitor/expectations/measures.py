"""Periods held against each other without ever being converted into what they are not.

A month has 28 to 31 days and five business days fill five to seven days, so a period in one unit
and a bound in another are compared as what they can come to. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Op = Literal[">=", "<=", ">", "<", "="]
#: Whether a comparison holds in every case, in none, or depends on the month or weekday.
Answer = Literal["yes", "no", "depends"]

_HOURS = {"hour": 1, "day": 24, "week": 168}
_MONTHS = {"month": 1, "year": 12}
#: The least and most days that so many consecutive months have (no 29 February; leap days below).
_LEAST = (0, 28, 59, 89, 120, 150, 181, 212, 242, 273, 303, 334)
_MOST = (0, 31, 62, 92, 123, 153, 184, 215, 245, 276, 306, 337)
_WORKING_WEEK = 5


@dataclass(frozen=True, slots=True)
class Length:
    """A number with its unit: a period, or an age in years."""

    amount: int
    unit: str

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.replace('_', ' ')}{'' if self.amount == 1 else 's'}"


def holds(given: Length, op: Op, bound: Length) -> Answer:
    """Whether ``given op bound`` is so."""
    given_least, given_most = _range(given, bound)
    least, most = _range(bound, given)
    match op:
        case ">=":
            sure, never = given_least >= most, given_most < least
        case ">":
            sure, never = given_least > most, given_most <= least
        case "<=":
            sure, never = given_most <= least, given_least > most
        case "<":
            sure, never = given_most < least, given_least >= most
        case "=":
            sure = given_least == given_most == least == most
            never = given_most < least or given_least > most
    return "yes" if sure else "no" if never else "depends"


def days_of(length: Length) -> str:
    """What a period can come to, in words: "28 to 31 days"."""
    least, most = _hours(length)
    low, high = least / 24, most / 24
    return f"{low:g} days" if low == high else f"{low:g} to {high:g} days"


def _range(length: Length, beside: Length) -> tuple[int, int]:
    """Least and most, in the finest unit that both share exactly, else in hours."""
    if length.unit == beside.unit:
        return length.amount, length.amount
    if length.unit in _MONTHS and beside.unit in _MONTHS:
        months = length.amount * _MONTHS[length.unit]
        return months, months
    return _hours(length)


def _hours(length: Length) -> tuple[int, int]:
    amount, unit = length.amount, length.unit
    if unit in _HOURS:
        return amount * _HOURS[unit], amount * _HOURS[unit]
    if unit == "business_day":
        # Within the week at best, over every weekend at worst; public holidays are not counted.
        least = amount + 2 * ((amount - 1) // _WORKING_WEEK) if amount else 0
        most = amount + 2 * -(-amount // _WORKING_WEEK)
        return least * 24, most * 24
    years, months = divmod(amount * _MONTHS.get(unit, 1), 12)
    least = years * 365 + years // 4 + _LEAST[months]
    most = years * 365 + -(-years // 4) + _MOST[months]
    return least * 24, most * 24
