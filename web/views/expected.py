"""Expectations as a matrix: whose document meets what is expected of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.model import Assessment, Severity, Standing
from monitor.naming import TYPE_LABELS
from monitor.registers import Answer
from notifiers.wording import one_line, prose, shorten
from store import SourceRecord
from web.views.labels import KIND_LABELS

_WORDS: Mapping[Standing, str] = {
    "met": "✓ met",
    "contrary": "✗ otherwise",
    "not found": "✗ not found",
    "silent": "✗ silent",
    "not applicable": "not needed",
}
_QUOTE = 300
_NAME = re.compile(r"(?:(?P<preset>[^/\[]+)/)?(?P<matter>[^\[]+)(?:\[(?P<scope>.*)\])?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one text says to one expectation, in two words; ``told`` says it whole."""

    word: str
    short: bool
    severity: Severity
    told: str


@dataclass(frozen=True, slots=True)
class Line:
    """One policy: how many of its expectations it meets, and each by the column's name."""

    policy: str
    service: str
    type_label: str
    version: int
    met: int
    asked: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """An expectation: its name, in words, and the preset or the scope that it belongs to."""

    name: str
    label: str
    of: str


@dataclass(frozen=True, slots=True)
class Board:
    """Lines by service; the columns are all that is expected of any of them."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]


def board(answers: Iterable[tuple[SourceRecord, Sequence[Answer]]], *, missed: bool) -> Board:
    """Arrange answers by policy and expectation; ``missed``: only what some text falls short of."""
    found = [(source, given) for source, given in answers if given]
    names = dict.fromkeys(
        answer.assessment.name
        for _, given in found
        for answer in given
        if answer.assessment.short or not missed
    )
    lines = [_line(source, given) for source, given in found]
    shown = [line for line in lines if line.met < line.asked or not missed]
    shown.sort(key=lambda line: (line.service.casefold(), line.type_label))
    return Board(tuple(map(column, sorted(names))), tuple(shown))


def column(name: str) -> Column:
    """The heading for an expectation: "retention[backups]" is Retention, of backups."""
    parts = _NAME.fullmatch(name)
    if parts is None:
        return Column(name, name, "")
    label = {str(kind): words for kind, words in KIND_LABELS.items()}.get(parts["matter"])
    words = label or re.sub(r"[-_:]+", " ", parts["matter"]).strip()
    return Column(name, words, parts["scope"] or parts["preset"] or "")


def _line(source: SourceRecord, answers: Sequence[Answer]) -> Line:
    asked = [a.assessment for a in answers if a.assessment.standing != "not applicable"]
    return Line(
        policy=source.policy,
        service=one_line(source.service) or source.policy,
        type_label=TYPE_LABELS.get(source.type, source.type),
        version=answers[0].version,
        met=sum(not each.short for each in asked),
        asked=len(asked),
        cells={answer.assessment.name: _cell(answer.assessment) for answer in answers},
    )


def _cell(of: Assessment) -> Cell:
    quote = f" “{shorten(prose(of.quotes[0].text), _QUOTE)}”" if of.quotes else ""
    told = f"Expected: {one_line(of.expected)}. {one_line(of.summary)}{quote}"
    return Cell(_WORDS[of.standing], of.short, of.severity, told)
