"""Fills the placeholders of a sample page.

    {{date+30}}           a date, counted in days from the day the samples were first published
    {{nonce}}             another token on every load
    {{number}}            another number on every load
    {{pick:one|another}}  one of several texts, on every load

The last three are what real pages do around their policy, and what must never make a version.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from random import Random

_PLACEHOLDER = re.compile(r"\{\{(?:date(?P<days>[+-]\d+)|pick:(?P<texts>[^{}]+)|(?P<word>\w+))\}\}")
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
}


def render(template: str, *, language: str, day: date, noise: Random) -> str:
    """Return the page as one load of it shows it. Raises ValueError for an unknown placeholder."""

    def fill(match: re.Match[str]) -> str:
        if match["days"]:
            return _date(day + timedelta(days=int(match["days"])), language)
        if match["texts"]:
            return noise.choice(str(match["texts"]).split("|"))
        match match["word"]:
            case "nonce":
                return f"{noise.getrandbits(64):016x}"
            case "number":
                return str(noise.randint(100, 9999))
            case word:
                raise ValueError(f"there is no placeholder {{{{{word}}}}}")

    return _PLACEHOLDER.sub(fill, template)


def _date(day: date, language: str) -> str:
    return f"{day.day} {_MONTHS[language].split()[day.month - 1]} {day.year}"
