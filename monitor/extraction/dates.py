# ruff: noqa: E501 - phrase tables read better one language a line
"""The dates a policy states about itself: when it was last updated, when it takes effect.

A date counts only right after words that claim it ("Last updated:", "in vigore dal"); a date
elsewhere in a policy is a date of something else. English, Italian, French, German and Spanish.
A month without a day ("Stand: März 2024") is read as its first day: the earliest it can mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice

_MONTHS = (
    "january jan gennaio gen gennaio janvier janv januar jänner jan enero ene",
    "february feb febbraio febb février fevrier févr fév februar feber febrero febr",
    "march mar marzo mars märz maerz mrz",
    "april apr aprile avril avr abril abr",
    "may maggio mag mai mayo",
    "june jun giugno giu juin juni junio",
    "july jul luglio lug juillet juil juli julio",
    "august aug agosto ago août aout agosto",
    "september sept sep settembre sett set septembre septiembre setiembre",
    "october oct ottobre ott octobre oktober okt octubre",
    "november nov novembre noviembre",
    "december dec dicembre dic décembre decembre déc dezember dez diciembre",
)
_MONTH_OF = {name: number for number, row in enumerate(_MONTHS, 1) for name in row.split()}
_MONTH = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_YEAR = r"(?:19[89]\d|20\d\d)"
_OF = r"(?:\s+(?:of|de|del|di)\s+|\s*[-,./]?\s*)"
_DATE = rf"""(?:
      (?P<iso_y>{_YEAR})\s?[-./年]\s?(?P<iso_m>\d{{1,2}})\s?[-./月]\s?(?P<iso_d>\d{{1,2}})日?(?!\d)
    | (?P<n1>\d{{1,2}})\s?(?P<sep>[./-])\s?(?P<n2>\d{{1,2}})\s?(?P=sep)\s?(?P<n_y>{_YEAR}|\d\d)(?!\d)
    | (?P<d1>\d{{1,2}})(?:st|nd|rd|th|er|º|°|ª|\.)?{_OF}(?P<m1>{_MONTH})\b\.?{_OF}(?P<y1>{_YEAR})(?!\d)
    | (?P<m2>\b(?:{_MONTH}))\b\.?\s*(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s*(?:,|\s|\bof\b)\s*(?P<y2>{_YEAR})(?!\d)
    | (?P<m3>\b(?:{_MONTH}))\b\.?(?:\s+(?:of|de|del|di))?,?\s*(?P<y3>{_YEAR})(?!\d)
)"""
_UPDATED = r"""
      (?:(?:date\s+of\s+(?:the\s+)?)?(?:last|latest|most\s+recent(?:ly)?)\s+
        (?:updated?|revis(?:ed|ion)|modif(?:ied|ication)|amend(?:ed|ment)|review(?:ed)?|changed?|edited)
        (?:\s+date)?)
    | (?:revision|update)\s+date | date\s+of\s+(?:revision|(?:last\s+)?update)
    | (?:policy|terms|notice|agreement|statement|conditions|document|use|service)\s+(?:last\s+)?(?:updated|revised|amended)
    | (?:was|were|been|is)\s+(?:last\s+)?(?:updated|revised|modified|amended)
    | ultim[oa]\s+(?:aggiornamento|modifica|revisione|versione) | data\s+(?:di|dell['’])\s*(?:ultimo\s+)?aggiornamento
    | (?:è\s+stat[ao]\s+)?(?:aggiornat|modificat|revisionat)[ao]\s+(?:in\s+data|il|al|a)\b
    | derni[èe]re\s+(?:mise\s+[àa]\s+jour|modification|r[ée]vision|actualisation|version)
    | (?:date\s+de\s+(?:la\s+)?(?:derni[èe]re\s+)?)?mise?\s+[àa]\s+jour | (?:modifi[ée]e?s?|r[ée]vis[ée]e?s?)\s+le
    | (?:zuletzt|letztmalig)\s+(?:aktualisiert|geändert|bearbeitet|überarbeitet)
    | (?:datum\s+der\s+)?letzten?\s+(?:aktualisierung|änderung|überarbeitung) | aktualisiert\s+am | fassung\s+vom
    | (?:fecha\s+de\s+(?:la\s+)?)?[úu]ltima\s+(?:actualizaci[óo]n|modificaci[óo]n|revisi[óo]n|versi[óo]n)
    | fecha\s+de\s+(?:actualizaci[óo]n|revisi[óo]n) | (?:actualizad|modificad|revisad)[oa]\s+(?:el|a|por\s+[úu]ltima\s+vez)
"""
#: These words claim a date only at the start of a line.
_UPDATED_AT_START = r"""
      (?:updated|revised|modified|amended|version|date|dated|published|posted|as\s+of)
    | (?:aggiornat[ao]|versione|data|pubblicat[ao])(?:\s+del)?
    | (?:version|date|publi[ée]e?)(?:\s+du)? | (?:stand|version|fassung|datum|aktualisiert)
    | (?:actualizad[oa]|versi[óo]n|fecha|publicad[oa])
"""
_EFFECTIVE = r"""
      effective(?:\s+(?:date|as\s+of|from|since|on|starting|beginning|immediately))?
    | (?:tak|com|go|enter)(?:e|es|ing|s)?\s+(?:in(?:to)?\s+)?(?:effect|force)
    | in\s+(?:effect|force)\s+(?:as\s+of|from|since|on) | (?:valid|appl(?:ies|y|icable)|binding)\s+(?:as\s+of|from|since|starting)
    | (?:entr(?:a|ano|er[àa]|eranno|at[aoie])|è)\s+in\s+vigore | in\s+vigore\s+(?:dal?l?['’]?|a\s+partire|da)
    | (?:data\s+(?:di|d['’])\s*)?(?:entrata\s+in\s+vigore|efficacia|decorrenza|validità)
    | (?:efficac[ei]|valid[aoie]|applicabil[ei]|con\s+(?:effetto|decorrenza))\s+(?:dal?l?['’]?|a\s+partire|a\s+decorrere)
    | (?:entre(?:nt|ra|ront)?|entr[ée]e)\s+en\s+vigueur | en\s+vigueur\s+(?:depuis|au|le|du|[àa]\s+(?:compter|partir)|d[èe]s)
    | applicables?\s+(?:[àa]\s+(?:compter|partir)|d[èe]s|au|depuis) | pren(?:d|nent|dra|dront)\s+effet
    | date\s+d['’](?:effet|application)
    | (?:gültig|wirksam|gilt|gelten)\s+(?:ab|seit|zum) | in\s+kraft\s+(?:ab|seit|getreten|zum|am)
    | (?:tritt|treten|trat|traten)\s+(?=(?:am|zum|ab)\s) | (?:datum\s+des\s+)?inkrafttretens? | gültigkeitsdatum
    | (?:entran?|entrar[áa]n?|entrada)\s+en\s+(?:vigor|vigencia) | en\s+vigor\s+(?:desde|a\s+partir|el)
    | vigentes?\s+(?:desde|a\s+partir|al?) | (?:fecha\s+de\s+)(?:vigencia|efectividad|entrada\s+en\s+vigor)
    | (?:efectiv[oa]s?|v[áa]lid[oa]s?|aplicables?)\s+(?:desde|a\s+partir|el)
"""
_GAP = r"[^\d.;!?\n]{0,45}?(?:\n{1,2}[^\d.;!?\n]{0,12}?)?(?<!\d)"
_FLAGS = re.IGNORECASE | re.VERBOSE
_MONTH_FIRST_REGIONS = frozenset(("us", "ph", "ca"))
#: Begins with what a search can skip to; looking behind comes after.
_NEAR_DATE = re.compile(
    r"[0-9](?:(?:(?<=1)9[89]\d|(?<=2)0\d\d)(?!\d)(?<!\d{5})|[./-]\d{1,2}[./-]\d\d(?!\d))"
)
_SLASHED = re.compile(r"/(\d{1,2})/\d{4}(?!\d)")
_BEFORE_SLASH = re.compile(r"(?<!\d)\d{1,2}\Z")
#: A claim has one of these in it; looking for them first is ten times as fast.
_UPDATED_STEMS = (
    "dat", "revis", "modif", "amend", "review", "chang", "edit", "version", "publi", "post", "as of",
    "aggiorn", "mise", "mis ", "stand", "fassung", "aktual", "änder", "bearb", "überarb",
    "actuali", "fecha", "révis", "versión",
)  # fmt: skip
_EFFECTIVE_STEMS = (
    "effect", "force", "valid", "appl", "bind", "vigor", "vigue", "efficac", "decorr", "effet",
    "gültig", "wirksam", "gilt", "gelt", "kraft", "tritt", "trat", "tret", "vigen", "efectiv",
    "válid",
)  # fmt: skip
_EDGE_CHARS = 4000
_REACH = 150
_MAX_CLAIMS = 100
_Claim = tuple[date, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class StatedDates:
    """The dates claimed, each with its range in the text (``text[start:end]`` is claim and date)."""

    last_updated: date | None = None
    effective: date | None = None
    last_updated_span: tuple[int, int] | None = None
    effective_span: tuple[int, int] | None = None


def stated_dates(text: str, language: str = "") -> StatedDates:
    """Find the stated dates of a policy given as Markdown or plain text.

    ``language`` is a tag such as ``en`` or ``en-GB``; it decides whether 03/04/2024 is in March or
    in April. Claims in the first or last 4,000 characters outrank those in between.
    """
    order = _order(text, language)
    years = tuple(_NEAR_DATE.finditer(text))
    updated = _choose(_claims(_updated(), _UPDATED_STEMS, text, order, years), len(text))
    effective = _choose(_claims(_effective(), _EFFECTIVE_STEMS, text, order, years), len(text))
    return StatedDates(
        updated[0] if updated else None,
        effective[0] if effective else None,
        updated[1] if updated else None,
        effective[1] if effective else None,
    )


def has_date_claim(text: str) -> bool:
    """Whether a short text claims a date ("Last updated: 3 March 2024", "gültig ab ...")."""
    if len(text) > 2000:
        return False
    years = tuple(_NEAR_DATE.finditer(text))
    return any(
        next(_claims(pattern, stems, text, "day", years), None) is not None
        for pattern, stems in ((_updated(), _UPDATED_STEMS), (_effective(), _EFFECTIVE_STEMS))
    )


@lru_cache(maxsize=1)
def _updated() -> re.Pattern[str]:
    start = rf"(?:^|(?<=\n))[\s#*_|>(-]*(?:{_UPDATED_AT_START})\b"
    return re.compile(rf"(?:\b(?:{_UPDATED})|{start}){_GAP}{_DATE}", _FLAGS)


@lru_cache(maxsize=1)
def _effective() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_EFFECTIVE}){_GAP}{_DATE}", _FLAGS)


def _claims(
    pattern: re.Pattern[str],
    stems: tuple[str, ...],
    text: str,
    order: str,
    years: Sequence[re.Match[str]],
) -> Iterator[_Claim]:
    """Claims around each year in the text: the patterns are too rich to try at every character."""
    done = 0
    for year in years:
        if year.end() <= done:
            continue
        start = max(done, text.rfind("\n", 0, max(0, year.start() - _REACH)) + 1)
        start = max(start, year.start() - 2 * _REACH)
        if not any(stem in text[start : year.start()].lower() for stem in stems):
            continue
        for match in pattern.finditer(text, start, min(len(text), year.end() + 12)):
            done = match.end()
            value = _date(match, order)
            if value is not None:
                begin = match.start() + len(match[0]) - len(match[0].lstrip(" \n#*_|>(-"))
                yield value, (begin, match.end())


def _choose(claims: Iterator[_Claim], size: int) -> _Claim | None:
    """The first claim at the top, else the last at the bottom, else the first of all."""
    first = next(claims, None)
    if first is None or first[1][0] < _EDGE_CHARS:
        return first
    last = first
    for claim in islice(claims, _MAX_CLAIMS):
        last = claim
    return last if last[1][0] > size - _EDGE_CHARS else first


def _order(text: str, language: str) -> str:
    """Whether 03/04/2024 puts the day or the month first: by region, by other dates, by language."""
    code, _, region = language.lower().replace("_", "-").partition("-")
    if region:
        return "month" if code == "en" and region in _MONTH_FIRST_REGIONS else "day"
    for slashed in _SLASHED.finditer(text):
        first = _BEFORE_SLASH.search(text[max(0, slashed.start() - 3) : slashed.start()])
        if first and int(first[0]) > 12:
            return "day"
        if first and int(slashed[1]) > 12:
            return "month"
    return "month" if code in ("en", "") else "day"


def _date(match: re.Match[str], order: str) -> date | None:
    part = match.groupdict()
    if part["iso_y"]:
        return _valid(part["iso_y"], part["iso_m"], part["iso_d"])
    if part["n_y"]:
        first, second = int(part["n1"]), int(part["n2"])
        month_first = second > 12 or (order == "month" and part["sep"] == "/" and first <= 12)
        day, month = (second, first) if month_first else (first, second)
        year = part["n_y"] if len(part["n_y"]) == 4 else f"20{part['n_y']}"
        return _valid(year, month, day)
    for day_key, month_key, year_key in (("d1", "m1", "y1"), ("d2", "m2", "y2"), ("", "m3", "y3")):
        if part[month_key]:
            day_text = part[day_key] if day_key else "1"
            return _valid(part[year_key], _MONTH_OF[part[month_key].lower()], day_text)
    return None


def _valid(year: str, month: str | int, day: str | int) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
