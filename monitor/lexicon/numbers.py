"""Periods, ages and dates, from the numbers and units of a pack.

A period is found from its unit backwards ("thirty (30) calendar days"): units are rare words, so
the cost does not depend on how many ways a language has to write a number.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from monitor.lexicon.pack import Pack
from monitor.lexicon.phrases import Hit

if TYPE_CHECKING:
    from monitor.lexicon.lexicon import Hits

Unit = Literal["hour", "day", "business_day", "month", "year"]
_WINDOW = 48
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_NUMERIC = re.compile(r"\b(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b")
_MEASURE = re.compile(
    r"(?:kg|g|km|m|cm|mm|kb|mb|gb|l|ml|lbs?|miles?|%|€|\$|£|eur|usd)(?!\w)", re.IGNORECASE
)
_MIN_AGE, _MAX_AGE = 10, 21
_YEARS = range(1990, 2100)
_AFTER_AGE = 12
#: Of months and years no more are a period; of hours and days they are ("1,095 days").
_MOST_MONTHS = 999


class Duration(NamedTuple):
    """A period: ``value`` ``unit``s; ``bound`` is "at least", "at most", "within" or "".

    Weeks count as seven days; months, years and business days stay what they are.
    """

    value: int
    unit: Unit
    bound: str
    start: int
    end: int


class Age(NamedTuple):
    """An age in years and the side of it that is meant: "under", "over" or ""."""

    value: int
    side: str
    start: int
    end: int


class Day(NamedTuple):
    """A calendar date as written at ``text[start:end]``."""

    value: date
    start: int
    end: int


class MonthDay(NamedTuple):
    """A day of a month without its year, as written at ``text[start:end]``; it may not exist."""

    month: int
    day: int
    start: int
    end: int


class Numbers:
    """The number words, units and month names of one language, compiled."""

    def __init__(self, pack: Pack) -> None:
        self._value = {_flat(word): number for word, number in pack.numbers.items()}
        self._articles = pack.articles
        self._month_first = pack.language == "en"
        words = sorted(pack.numbers, key=len, reverse=True)
        digits = r"\d{1,3}[.,\xa0\u202f]\d{3}|\d \d{3}|\d{1,5}|"
        number = digits + "|".join(_loose(word) for word in words)
        articles = "|".join(re.escape(word) for word in sorted(pack.articles)) or r"(?!)"
        fillers = "|".join(re.escape(word) for word in pack.fillers) or r"(?!)"
        ending = rf"\s*(?:\(\s*(?P<paren>[\w\s-]{{1,24}}?)\s*\))?[\s-]*(?:(?:{fillers})\s+)*$"
        self._before_unit = re.compile(
            rf"(?<![\w.,/§])(?:(?P<number>{number})|(?P<article>{articles})){ending}", re.IGNORECASE
        )
        self._number = re.compile(rf"(?:{number})(?!\w|[.,]\d|\s*[%€$£])", re.IGNORECASE)
        self._months = {
            name.lower(): place + 1 for place, names in enumerate(pack.months) for name in names
        }
        months = "|".join(
            re.escape(name) for name in sorted(self._months, key=lambda n: (-len(n), n))
        )
        self._named = re.compile(
            rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|°|\.)?(?:\s+(?:of|de|del))?\s*"
            rf"[\s\xa0.-]\s*(?P<month>{months})\.?,?(?:\s+(?:of|de|del))?[\s-]+(?P<year>\d{{4}})"
            rf"|(?P<month2>{months})\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year2>\d{{4}}))\b",
            re.IGNORECASE,
        )  # fmt: skip
        self._yearless = re.compile(
            rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|°|\.)?(?:\s+(?:of|de|del))?[\s\xa0]+"
            rf"(?P<month>{months})|(?P<month2>{months})\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?)"
            rf"(?!\w|[\s,.]{{1,3}}(?:(?:of|de|del)\s+)?\d{{4}})",
            re.IGNORECASE,
        )

    # --- periods -----------------------------------------------------------------------------

    def durations(self, text: str, hits: Hits) -> list[Duration]:
        """All periods of a text, in order; ages and frequencies are not periods."""
        out: list[Duration] = []
        for unit in hits.of("units"):
            found = self._duration(text, unit, hits)
            if found and not (out and found.start < out[-1].end):
                out.append(found)
        return out

    def _duration(self, text: str, unit: Hit, hits: Hits) -> Duration | None:
        low = max(0, unit.start - _WINDOW)
        while low > 0 and text[low - 1].isalnum():
            low -= 1
        found = self._before_unit.search(text[low : unit.start])
        if not found or _touches(hits.of("durations.not_after"), unit.start, unit.end):
            return None
        start = low + found.start()
        bound = _before(hits.of("bounds"), start)
        if found["article"]:
            if not bound and not _before(hits.of("durations.before_article"), start):
                return None
            value: int | None = 1
        else:
            value = self._int(found["number"])
            if found["paren"]:
                value = self._int(found["paren"]) or value
        name = unit.term
        if not value or (value > _MOST_MONTHS and name in ("month", "year")):
            return None  # "2024 years" is no period, "2024" is one of the years
        if name == "week":
            name, value = "day", value * 7
        return Duration(value, cast("Unit", name), bound, start, unit.end)

    def _int(self, written: str) -> int | None:
        digits = re.sub(r"[.,\s](?=\d{3}\b)", "", written.strip())
        return int(digits) if digits.isdecimal() else self._value.get(_flat(written))

    # --- ages --------------------------------------------------------------------------------

    def ages(self, text: str, hits: Hits) -> list[Age]:
        """Ages between 10 and 21 that a text speaks of as ages of people."""
        cued = [("under", h) for h in hits.of("ages.under")] + [
            ("over", h) for h in hits.of("ages.over")
        ]
        strong = {h.start for h in hits.of("ages.strong")}
        people = "ages.people" in hits
        out: dict[int, Age] = {}
        for side, cue in sorted(cued, key=lambda pair: (pair[1].start, pair[1].end)):
            found = self._number.match(text, _skip(text, cue.end))
            if found and (age := self._age(text, hits, found, side, cue.start in strong, people)):
                out[age.start] = age
        for after in hits.of("ages.after"):
            if not any(a.start <= after.start <= a.end + _AFTER_AGE for a in out.values()):
                age = self._age_before(text, after, after.start in strong)
                if age:
                    out[age.start] = age
        return self._joined(text, sorted(out.values(), key=lambda a: a.start))

    def _age(
        self, text: str, hits: Hits, found: re.Match[str], side: str, strong: bool, people: bool
    ) -> Age | None:
        value = self._int(found.group())
        if value is None or not _MIN_AGE <= value <= _MAX_AGE:
            return None
        after = _skip(text, found.end())
        if any(h.start == after and h.term != "year" for h in hits.of("units")):
            return None
        if _MEASURE.match(text, after):
            return None
        tail = [h for h in hits.of("ages.after") if after - 1 <= h.start <= after + 2]
        if not tail and any(h.start == after for h in hits.of("units")):
            return None
        certain = strong or any(h.start in {s.start for s in hits.of("ages.strong")} for h in tail)
        if not certain and not people:
            return None
        return Age(value, side, found.start(), tail[-1].end if tail else found.end())

    def _age_before(self, text: str, after: Hit, strong: bool) -> Age | None:
        """An age that only what follows it gives away: "16 years old", "18 or older"."""
        low = max(0, after.start - 24)
        found = re.search(rf"(?<!\w)({self._number.pattern})[\s-]*$", text[low : after.start], re.I)
        if not strong or not found:
            return None
        value = self._int(found[1])
        if value is None or not _MIN_AGE <= value <= _MAX_AGE:
            return None
        return Age(value, "", low + found.start(1), after.end)

    def _joined(self, text: str, ages: list[Age]) -> list[Age]:
        """Adds the second of "13 or 16", "13 (or 16 in the EEA)"."""
        out: list[Age] = []
        for age in ages:
            out.append(age)
            rest = re.match(
                rf"[^\w]{{1,3}}(?:or|o|ou|oder|and|e|et|y|und|bzw)\.?\s+({self._number.pattern})",
                text[age.end : age.end + 40],
                re.IGNORECASE,
            )
            value = self._int(rest[1]) if rest else None
            if rest and value and _MIN_AGE <= value <= _MAX_AGE:
                start = age.end + rest.start(1)
                if not any(other.start == start for other in ages):
                    out.append(Age(value, age.side, start, age.end + rest.end(1)))
        return out

    # --- dates -------------------------------------------------------------------------------

    def dates(self, text: str) -> list[Day]:
        """All full dates of a text, in order. 03/04/2025 is read day first but in English,
        where it is left alone unless only one reading is possible."""
        out: list[Day] = []
        for found in _ISO.finditer(text):
            _append(out, found, int(found[1]), int(found[2]), int(found[3]))
        for found in _NUMERIC.finditer(text):
            first, second = int(found[1]), int(found[3])
            if self._month_first and found[2] != "." and first <= 12 and second <= 12:
                if first != second:
                    continue
            elif self._month_first and second > 12:
                first, second = second, first
            _append(out, found, int(found[4]), second, first)
        for found in self._named.finditer(text):
            month = self._months[(found["month"] or found["month2"]).lower()]
            _append(out, found, int(found["year"] or found["year2"]), month,
                    int(found["day"] or found["day2"]))  # fmt: skip
        return sorted(out, key=lambda day: day.start)

    def month_days(self, text: str) -> list[MonthDay]:
        """Days of a month named without their year ("31 March"), in order."""
        return [
            MonthDay(
                self._months[(found["month"] or found["month2"]).lower()],
                int(found["day"] or found["day2"]),
                found.start(),
                found.end(),
            )
            for found in self._yearless.finditer(text)
        ]


def _append(out: list[Day], found: re.Match[str], year: int, month: int, day: int) -> None:
    if year not in _YEARS:
        return
    try:
        value = date(year, month, day)
    except ValueError:
        return
    out.append(Day(value, found.start(), found.end()))


def _before(hits: list[Hit], start: int) -> str:
    """The term of the phrase that ends just before ``start``, or ""."""
    near = [h for h in hits if h.end <= start <= h.end + 2]
    return near[-1].term if near else ""


def _touches(hits: list[Hit], start: int, end: int) -> bool:
    return any(start <= h.start <= end + 1 for h in hits)


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\n\xa0-":
        place += 1
    return place


def _flat(word: str) -> str:
    return re.sub(r"[\s-]+", " ", word.strip().lower())


def _loose(word: str) -> str:
    return re.sub(r"(?:\\ |\\-)", r"[\\s-]", re.escape(word))
