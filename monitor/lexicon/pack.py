"""Reads and checks language packs and the vocabulary they map to.

A pack that is wrong is refused with one line per fault, each naming file, table and entry.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from monitor.errors import ConfigError
from monitor.lexicon.phrases import Phrase, parse
from monitor.model import CATEGORIES

FOLDER = Path(__file__).parent
TERM_KINDS = (
    "recipients", "data_categories", "purposes", "legal_bases", "rights", "transfer_places",
    "transfer_mechanisms", "security_measures", "notice_channels",
)  # fmt: skip
CUES = (
    "document", "change", "price", "subprocessor_change", "minor", "material_change", "inform",
    "advance", "after_publishing", "continued_use", "accept", "no_change_without_consent", "object",
    "terminate", "retain", "delete", "retention_heading", "as_needed", "indefinite", "backups",
    "cookie_words", "personal_data", "sell", "sale_other", "sale_data", "sale_sharing",
    "sale_optout", "sale_definition", "disclose", "sharing_heading", "source", "shared_by_user",
    "collect", "collect_heading", "use", "use_heading", "use_lead", "basis", "basis_strong",
    "right", "right_heading", "respond", "request", "refund", "transfer", "transfer_heading",
    "transfer_data", "secure_heading", "breach", "notify", "arbitration", "arbitration_strong",
    "class_waiver", "class_action", "opt_out", "governing_law", "controller_strong", "operator",
    "address", "contact", "dpo", "last_updated", "effective", "child", "parental", "age_limit",
    "such_as", "resident", "past", "extend", "transfer_word", "not_controller", "laws_of",
    "past_version", "business_change", "right_word", "by_means", "lasting", "since",
    "retain_other", "receive", "leave", "customer", "provider",
    "user_acts", "other_party", "arbitration_denied", "arbitration_other", "controller",
)  # fmt: skip
UNITS = ("hour", "day", "business_day", "week", "month", "year")
BOUNDS = ("at least", "at most", "within")
WEIGHTS = ("strong", "weak")
MODALITIES = ("will", "may", "must", "can")


@dataclass(frozen=True)
class Vocabulary:
    """The documented words, by kind, and which of them are sensitive."""

    words: Mapping[str, Mapping[str, str]]
    sensitive: frozenset[str]


@dataclass(frozen=True)
class Pack:
    """A language as read from its file: phrases ready for an index, and the plain word lists."""

    language: str
    name: str
    months: tuple[tuple[str, ...], ...]
    noun_capitals: bool
    alternatives: frozenset[str]
    numbers: Mapping[str, int]
    articles: frozenset[str]
    fillers: tuple[str, ...]
    units: Mapping[str, tuple[str, ...]]
    negation_after: bool
    phrases: tuple[Phrase, ...]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of vocabulary.toml."""
    data = _read(FOLDER / "vocabulary.toml")
    sensitive = frozenset(data.pop("sensitive")["data_categories"])
    return Vocabulary(data, sensitive)


@cache
def languages() -> tuple[str, ...]:
    """The languages there is a pack for, English first."""
    found = sorted(p.stem for p in FOLDER.glob("*.toml") if p.stem != "vocabulary")
    return ("en", *(language for language in found if language != "en"))


@cache
def function_words() -> Mapping[str, frozenset[str]]:
    """The commonest words and the months of every language, from the heads of the packs."""
    out: dict[str, frozenset[str]] = {}
    for language in languages():
        path = FOLDER / f"{language}.toml"
        head = path.read_text(encoding="utf-8").partition("\n[")[0]
        try:
            plain = tomllib.loads(head)
            months = {name for names in plain["months"] for name in names.split("|")}
            long_ones = {month for month in months if len(month) > 4}
            out[language] = frozenset(plain["function_words"]) | long_ones
        except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise ConfigError(f"{path.name}: function_words: must come first, as a list") from error
    return out


def read_pack(path: Path) -> Pack:
    """Read one language file, or raise ConfigError with every fault in it."""
    return _Reader(path).pack()


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name}: cannot be read as TOML: {error}") from error


class _Reader:
    """Collects the faults of one file while turning its tables into a Pack."""

    def __init__(self, path: Path) -> None:
        self.file = path.name
        self.data = _read(path)
        self.problems: list[str] = []
        self.phrases: list[Phrase] = []

    def pack(self) -> Pack:
        data = self.data
        self._check_tables()
        for kind in TERM_KINDS:
            self._terms(f"terms.{kind}", self._table("terms").get(kind), vocabulary().words[kind])
        for name in ("conditions", "starts"):
            self._terms(name, data.get(name), vocabulary().words[name])
        self._terms("cues", data.get("cues"), dict.fromkeys(CUES, ""), every=True)
        self._terms("bounds", data.get("bounds"), dict.fromkeys(BOUNDS, ""), every=True)
        self._terms("modality", data.get("modality"), dict.fromkeys(MODALITIES, ""), every=True)
        self._terms("units", data.get("units"), dict.fromkeys(UNITS, ""), every=True)
        weights = dict.fromkeys(WEIGHTS, "")
        for category in CATEGORIES:
            table = self._table("categories").get(category)
            self._terms(f"categories.{category}", table, weights, every=True)
        for name, keys in _LISTS.items():
            for key in keys:
                self._add(name, key, self._table(name).get(key))
        pack = self._plain()
        if self.problems:
            raise ConfigError(self.problems)
        return pack

    def _check_tables(self) -> None:
        known = {"language", "name", "function_words", "months", "noun_capitals",
                 "alternatives", "numbers",
                 "units", "durations", "bounds", "ages", "negation", "modality", "conditions",
                 "starts", "terms", "cues", "categories"}  # fmt: skip
        for key in self.data:
            if key not in known:
                self.problems.append(f"{self.file}: [{key}]: no such table")
        for group, allowed in (("terms", TERM_KINDS), ("categories", CATEGORIES)):
            for key in self._table(group):
                if key not in allowed:
                    self.problems.append(f"{self.file}: [{group}.{key}]: no such table")
        for table, keys in _LISTS.items():
            for key in self._table(table):
                if key not in keys and key not in _PLAIN.get(table, ()):
                    self.problems.append(f"{self.file}: [{table}] {key}: no such entry")

    def _table(self, name: str) -> Mapping[str, Any]:
        table = self.data.get(name, {})
        if not isinstance(table, Mapping):
            self.problems.append(f"{self.file}: [{name}]: must be a table")
            return {}
        return table

    def _terms(
        self, name: str, table: object, allowed: Mapping[str, str], *, every: bool = False
    ) -> None:
        if not isinstance(table, Mapping):
            self.problems.append(f"{self.file}: [{name}]: this table is missing")
            return
        for term, phrases in table.items():
            if term not in allowed:
                fault = "no such entry" if every else "not a word of vocabulary.toml"
                self.problems.append(f"{self.file}: [{name}] {term}: {fault}")
                continue
            self._add(name, term, phrases)
        if every:
            for term in allowed:
                if term not in table:
                    self.problems.append(f"{self.file}: [{name}] {term}: this entry is missing")

    def _add(self, table: str, entry: str, phrases: object) -> None:
        if not isinstance(phrases, list) or not all(isinstance(p, str) for p in phrases):
            self.problems.append(f"{self.file}: [{table}] {entry}: must be a list of phrases")
            return
        group = table.removeprefix("terms.")
        if group in ("cues", *_LISTS) or group.startswith("categories."):
            group = f"{group}.{entry}"
        for source in phrases:
            try:
                self.phrases.append(parse(group, entry, source))
            except ValueError as error:
                self.problems.append(f"{self.file}: [{table}] {entry}: {source!r} {error}")

    def _plain(self) -> Pack:
        data, durations = self.data, self._table("durations")
        numbers = self._table("numbers")
        for word, value in numbers.items():
            if not isinstance(value, int):
                self.problems.append(f"{self.file}: [numbers] {word}: must be a whole number")
        months = data.get("months")
        if not isinstance(months, list) or len(months) != 12:
            self.problems.append(f"{self.file}: months: must list twelve names")
            months = []
        if data.get("language") != Path(self.file).stem:
            self.problems.append(f"{self.file}: language: must be {Path(self.file).stem!r}")
        alternatives = data.get("alternatives")
        if not isinstance(alternatives, list) or not alternatives:
            self.problems.append(f"{self.file}: alternatives: must list words such as 'or'")
            alternatives = []
        units = self._table("units")
        return Pack(
            language=str(data.get("language", "")),
            name=str(data.get("name", "")),
            months=tuple(tuple(str(names).split("|")) for names in months),
            noun_capitals=bool(data.get("noun_capitals", False)),
            alternatives=frozenset(map(str, alternatives)),
            numbers=dict(numbers),
            articles=frozenset(durations.get("articles", ())),
            fillers=tuple(durations.get("fillers", ())),
            units={unit: tuple(units.get(unit, ())) for unit in UNITS},
            negation_after=bool(self._table("negation").get("after", False)),
            phrases=tuple(self.phrases),
        )


#: The groups in which a scan may report phrases: asking for another is a mistake of the program.
CUE_GROUPS: Mapping[str, str] = {cue: f"cues.{cue}" for cue in CUES}


def known_group(name: str) -> str:
    """The name itself, or ValueError: no pack has such a group of phrases."""
    if name not in GROUPS:
        raise ValueError(f"no pack has phrases called {name!r}; see monitor/lexicon/pack.py")
    return name


#: Tables of plain phrase lists, and the entries of the same tables that are not phrases.
_LISTS = {
    "durations": ("before_article", "not_after"),
    "ages": ("under", "over", "after", "strong", "people"),
    "negation": ("words", "exceptions", "stops", "double"),
}
_PLAIN = {"durations": ("articles", "fillers"), "negation": ("after",)}
GROUPS = frozenset({
    *TERM_KINDS, "conditions", "starts", "bounds", "modality", "units", *CUE_GROUPS.values(),
    *(f"{table}.{entry}" for table, entries in _LISTS.items() for entry in entries),
    *(f"categories.{category}.{weight}" for category in CATEGORIES for weight in WEIGHTS),
})  # fmt: skip
