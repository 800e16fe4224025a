"""Presets: the elements that a document of a type must mention, as data files with their sources.

A preset is one TOML file in ``presets/``. What is wrong with it is reported when it is loaded, with
file, element and key. docs/expectations.md describes the format.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from monitor.errors import ConfigError
from monitor.expectations.mentions import Element, read_element
from monitor.lexicon import languages
from monitor.lexicon.phrases import PhraseIndex, parse
from monitor.model import CATEGORIES, SEVERITIES, Category, Severity

FOLDER = Path(__file__).parent / "presets"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TEXTS = ("title", "source", "note")
_KEYS = {
    "name", "says", "source", "category", "commitments", "phrases", "when", "contrary",
    "only_where", "severity", "deniable",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Required:
    """One element that a document must mention.

    It is recognised by any of ``commitments`` (or topics), or by a phrase in the document's
    language. ``when``: it is required only of a text that shows one of these. ``only_where``: it is
    required only in a case that no text shows, in words. ``contrary``: what says otherwise;
    ``deniable``: so does a phrase that is denied.
    """

    preset: str
    name: str
    says: str
    source: str
    category: Category
    severity: Severity
    commitments: tuple[Element, ...] = ()
    when: tuple[Element, ...] = ()
    contrary: tuple[Element, ...] = ()
    only_where: str = ""
    deniable: bool = False
    digest: str = ""


@dataclass(frozen=True)
class Preset:
    """A preset as read from its file; ``phrases`` by language, then by element."""

    name: str
    title: str
    source: str
    note: str
    types: tuple[str, ...]
    elements: tuple[Required, ...]
    phrases: Mapping[str, Mapping[str, tuple[str, ...]]]

    def index(self, language: str) -> PhraseIndex:
        """Finds the phrases of its elements; a hit's ``group`` is the element's name."""
        return _index(self.name, language)


@cache
def names() -> tuple[str, ...]:
    """The presets there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def load(name: str) -> Preset:
    """A preset by its name. Raises ConfigError for a faulty file."""
    return read_preset(FOLDER / f"{name}.toml")


@cache
def _index(name: str, language: str) -> PhraseIndex:
    phrases = load(name).phrases.get(language, {})
    return PhraseIndex(
        parse(element, element, source) for element, texts in phrases.items() for source in texts
    )


def read_preset(path: Path) -> Preset:
    """Read one file, or raise ConfigError with every fault in it."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name}: cannot be read as TOML: {error}") from error
    return _Reader(path, data).preset()


class _Reader:
    """Collects the faults of one file while turning its tables into a Preset."""

    def __init__(self, path: Path, data: Mapping[str, Any]) -> None:
        self.file, self.name, self.data = path.name, path.stem, data
        self.problems: list[str] = []
        self.phrases: dict[str, dict[str, tuple[str, ...]]] = {code: {} for code in languages()}

    def preset(self) -> Preset:
        for key in _TEXTS:
            if not isinstance(self.data.get(key), str) or not self.data[key].strip():
                self.problems.append(f"{self.file}: {key}: must be a text")
        for key in self.data.keys() - {*_TEXTS, "types", "element"}:
            self.problems.append(f"{self.file}: {key}: unknown key")
        elements = tuple(self._elements())
        seen: set[str] = set()
        for element in elements:
            if element.name in seen:
                self.problems.append(f"{self.file}: [{element.name}] name: is given twice")
            seen.add(element.name)
        if self.problems:
            raise ConfigError(self.problems)
        title, source, note = (self.data[key] for key in _TEXTS)
        types = tuple(self.data["types"])
        return Preset(self.name, title, source, note, types, elements, self.phrases)

    def _elements(self) -> Iterator[Required]:
        types = self.data.get("types")
        if not isinstance(types, list) or not types or not all(isinstance(t, str) for t in types):
            self.problems.append(f'{self.file}: types: must be a list, as in ["privacy"]')
        tables = self.data.get("element")
        if not isinstance(tables, list) or not tables:
            self.problems.append(f"{self.file}: element: write at least one [[element]]")
            return
        for number, table in enumerate(tables, start=1):
            name = str(table.get("name", ""))
            place = f"{self.file}: [{name or f'element no. {number}'}]"
            if not _NAME.fullmatch(name):
                self.problems.append(f'{place} name: must be words with "-" between them')
            yield self._element(place, name, table)

    def _element(self, place: str, name: str, table: Mapping[str, Any]) -> Required:
        for key in table.keys() - _KEYS:
            self.problems.append(f"{place} {key}: unknown key")
        for key in ("says", "source"):
            if not isinstance(table.get(key), str) or not table[key].strip():
                self.problems.append(f"{place} {key}: must be a text")
        category = table.get("category")
        if category not in CATEGORIES:
            self.problems.append(f"{place} category: must be one of {', '.join(CATEGORIES)}")
        severity = table.get("severity", "low" if table.get("only_where") else "medium")
        if severity not in SEVERITIES:
            self.problems.append(f"{place} severity: must be one of {', '.join(SEVERITIES)}")
        self._phrases(place, name, table)
        return Required(
            preset=self.name,
            name=name,
            says=str(table.get("says", "")),
            source=str(table.get("source", "")),
            category=cast(Category, category),
            severity=cast(Severity, severity),
            commitments=self._marks(place, table, "commitments"),
            when=self._marks(place, table, "when"),
            contrary=self._marks(place, table, "contrary"),
            only_where=str(table.get("only_where", "")),
            deniable=table.get("deniable") is True,
            digest=hashlib.sha256(repr(sorted(table.items())).encode()).hexdigest()[:16],
        )

    def _marks(self, place: str, table: Mapping[str, Any], key: str) -> tuple[Element, ...]:
        given = table.get(key, [])
        if not isinstance(given, list):
            self.problems.append(f'{place} {key}: must be a list, as in ["rights:erasure"]')
            return ()
        found: list[Element] = []
        for text in given:
            try:
                found.append(read_element(str(text)))
            except ValueError as error:
                self.problems.append(f"{place} {key}: {error}")
        return tuple(found)

    def _phrases(self, place: str, name: str, table: Mapping[str, Any]) -> None:
        """All languages or, where commitments show the element, none."""
        given = table.get("phrases", {})
        if not isinstance(given, dict) or not (given or table.get("commitments")):
            self.problems.append(f"{place} phrases: give phrases, or commitments that show it")
            return
        for code in given.keys() - set(languages()):
            self.problems.append(f"{place} phrases.{code}: there is no language pack for it")
        for code in languages() if given else ():
            texts = given.get(code)
            if not isinstance(texts, list) or not texts:
                self.problems.append(f"{place} phrases.{code}: must be a list of phrases")
                continue
            self.phrases[code][name] = tuple(map(str, texts))
            for text in texts:
                try:
                    parse(name, name, str(text))
                except ValueError as error:
                    self.problems.append(f"{place} phrases.{code}: {text!r} {error}")
