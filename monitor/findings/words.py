"""Periods, terms and quotes put into the words of a summary: a mail subject, a line in Slack."""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import date

_UNITS = {"business_day": "business day"}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_QUOTED = 80
_MOST_TERMS = 5


def period(value: int, unit: str) -> str:
    """A period for people: "30 days"."""
    return f"{value} {_UNITS.get(unit, unit)}{'' if value == 1 else 's'}".strip()


def change_of_period(name: str, before: tuple[int, str], after: tuple[int, str]) -> str:
    """ "Notice of changes: 30 → 14 days"; each side has its unit where they differ."""
    if before[1] == after[1]:
        return f"{name}: {before[0]} → {period(*after)}"
    return f"{name}: {period(*before)} → {period(*after)}"


def day(value: date) -> str:
    """A date as people write it: "3 May 2026"."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def listed(terms: Iterable[str]) -> str:
    """Terms in the order of the alphabet, the first few of many, or "none"."""
    ordered = sorted(terms)
    more = len(ordered) - _MOST_TERMS
    if more > 1:
        return f"{', '.join(ordered[:_MOST_TERMS])} and {more} more"
    return ", ".join(ordered) or "none"


def came(name: str, terms: Set[str], known: Set[str]) -> str:
    """What is new of a kind; where the older version names it all elsewhere, that it moved in."""
    if terms - known:
        return f"New {name}: {listed(terms - known)}"
    return f"{name.capitalize()} now also in this passage: {listed(terms)}"


def went(name: str, terms: Set[str], kept: Set[str]) -> str:
    """What is gone of a kind; where the newer version still names it all elsewhere, from where."""
    if terms - kept:
        return f"{name.capitalize()} gone: {listed(terms - kept)}"
    return f"{name.capitalize()} no longer in this passage: {listed(terms)}"


def shortened(text: str, limit: int = _QUOTED) -> str:
    """A text cut at a word for a summary."""
    text = " ".join(text.split()).strip(" .,;:–-•*")
    if len(text) <= limit:
        return text
    return f"{text[:limit].rsplit(' ', 1)[0].rstrip(',;:')} …"
