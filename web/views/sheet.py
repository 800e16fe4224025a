"""The redline of two versions, clause by clause. Pure.

The alignment is the comparison's own; here it becomes rows to read: what stayed, went, came or
moved, which rows a finding speaks of, and which differ in wording alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from monitor.alignment import align
from monitor.model import Clause, ClauseKind, Document, Edit, Finding, Quote
from monitor.redline import redline
from notifiers.redlines import Op, Piece
from notifiers.wording import one_line, prose, shorten

Tone = Literal["same", "meaning", "wording"]
Kind = Literal["kept", "moved", "edited", "split", "merged", "added", "removed"]

_OPS: Mapping[str, Op] = {"equal": "same", "delete": "gone", "insert": "new"}
#: Longer clauses are shown struck out and put in whole: their redline would say no more.
_LONGEST = 20_000
#: Unchanged rows shown on either side of a changed one.
_AROUND = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One step of the alignment. ``findings`` are the numbers (from 1) of those that quote it.

    ``inline`` holds the whole redline; ``before`` and ``after`` one side each. ``moved_from`` is
    the section in which a moved clause stood.
    """

    number: int
    kind: Kind
    shape: ClauseKind
    level: int
    tone: Tone
    inline: tuple[Piece, ...]
    findings: tuple[int, ...] = ()
    note: str = ""
    moved_from: str = ""

    @property
    def before(self) -> tuple[Piece, ...]:
        """The older side."""
        return tuple(piece for piece in self.inline if piece.op != "new")

    @property
    def after(self) -> tuple[Piece, ...]:
        """The newer side."""
        return tuple(piece for piece in self.inline if piece.op != "gone")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows shown together.

    A ``folded`` stretch lies between passages that matter: ``left_out`` unchanged rows that only
    the whole text shows, and as ``rows`` those that differ in wording alone, closed until opened.
    """

    rows: tuple[Row, ...]
    first: int
    folded: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows; ``places`` maps a finding's number to the first row that shows it."""

    rows: tuple[Row, ...]
    places: Mapping[int, int]

    def stretches(self, *, whole: bool) -> Iterator[Stretch]:
        """The rows as they are shown: whole, or the ones that matter with what is around them."""
        shown = set(range(len(self.rows))) if whole else _with_context(self.rows)
        for is_shown, group in groupby(enumerate(self.rows), key=lambda pair: pair[0] in shown):
            rows = tuple(row for _, row in group)
            if is_shown:
                yield Stretch(rows, rows[0].number)
            else:
                wording = tuple(row for row in rows if row.tone != "same")
                yield Stretch(wording, rows[0].number, True, len(rows) - len(wording))

    def count(self, tone: Tone) -> int:
        """How many rows have this tone."""
        return sum(row.tone == tone for row in self.rows)


def sheet(
    old: Document, new: Document, edits: Sequence[Edit], findings: Sequence[Finding]
) -> Sheet:
    """The redline of two documents under an alignment of theirs.

    An alignment that does not fit (its clauses were cut otherwise) is made anew.
    """
    if not _fits(edits, len(old.clauses), len(new.clauses)):
        edits = align(old.clauses, new.clauses)
    quoted = _Quoted(findings)
    rows = tuple(_row(number, edit, old, new, quoted) for number, edit in enumerate(edits, start=1))
    places: dict[int, int] = {}
    for row in rows:
        for finding in row.findings:
            places.setdefault(finding, row.number)
    return Sheet(rows, places)


def _fits(edits: Sequence[Edit], before: int, after: int) -> bool:
    """Whether every clause of either side stands in exactly one edit."""
    old = sorted(i for edit in edits for i in edit.before)
    new = sorted(j for edit in edits for j in edit.after)
    return old == list(range(before)) and new == list(range(after))


class _Quoted:
    """Which findings quote which stretch of either text."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._old = [(n, f.before) for n, f in enumerate(findings, 1) if f.before]
        self._new = [(n, f.after) for n, f in enumerate(findings, 1) if f.after]
        self._made = [
            (n, f.rule, quote.section)
            for n, f in enumerate(findings, 1)
            if (quote := f.after or f.before)
        ]

    def by_rule(self, note: str, clauses: Sequence[Clause]) -> tuple[int, ...]:
        """The numbers of the findings that a rule of a note made in the section of a clause.

        A finding may stand for several clauses, and quotes one of them.
        """
        rules, sections = note.split(", "), {" > ".join(clause.section) for clause in clauses}
        return tuple(
            number for number, rule, section in self._made if rule in rules and section in sections
        )

    def on(self, before: Iterable[Clause], after: Iterable[Clause]) -> tuple[int, ...]:
        """The numbers of the findings that quote any of these clauses."""
        found = {*self._in(self._old, before), *self._in(self._new, after)}
        return tuple(sorted(found))

    @staticmethod
    def _in(quotes: Sequence[tuple[int, Quote]], clauses: Iterable[Clause]) -> Iterator[int]:
        for clause in clauses:
            for number, quote in quotes:
                if quote.start < clause.end and clause.start < quote.end:
                    yield number


def _row(number: int, edit: Edit, old: Document, new: Document, quoted: _Quoted) -> Row:
    before = [old.clauses[i] for i in edit.before]
    after = [new.clauses[j] for j in edit.after]
    shown = (after or before)[0]
    pieces = _pieces(_words(before), _words(after))
    changed = any(piece.op != "same" for piece in pieces)
    findings = quoted.on(before, after) if changed or edit.kind not in ("kept",) else ()
    moved = edit.kind == "moved"
    if changed and not findings:
        findings = quoted.by_rule(edit.note, after or before)
    tone: Tone = "same"
    if findings and changed:
        tone = "meaning"
    elif changed or moved or edit.kind != "kept":
        tone = "wording"
    return Row(
        number=number,
        kind=edit.kind,
        shape=shown.kind,
        level=shown.level,
        tone=tone,
        inline=pieces,
        findings=findings,
        note=one_line(edit.note) if tone == "wording" else "",
        moved_from=_section(before) if moved else "",
    )


def _words(clauses: Iterable[Clause]) -> str:
    return " ".join(prose(clause.text) for clause in clauses)


def _section(clauses: Sequence[Clause]) -> str:
    path = clauses[0].section if clauses else ()
    return shorten(one_line(" › ".join(path)), 160) or "the beginning"


def _pieces(before: str, after: str) -> tuple[Piece, ...]:
    if len(before) + len(after) > _LONGEST and before != after:
        sides = (Piece("gone", before), Piece("new", after))
        return tuple(piece for piece in sides if piece.text)
    return tuple(Piece(_OPS[op], text) for op, text in redline(before, after, seconds=0.2))


def _with_context(rows: Sequence[Row]) -> set[int]:
    """The rows that matter, their neighbours, and the headings under which they stand.

    A heading that follows opens something else, and is no neighbour. Where nothing matters,
    everything that differs does.
    """
    telling: Tone = "meaning" if any(row.tone == "meaning" for row in rows) else "wording"
    shown: set[int] = set()
    heading = -1
    for index, row in enumerate(rows):
        if row.shape == "heading":
            heading = index
        if row.tone != telling:
            continue
        shown.update(range(max(0, index - _AROUND), index + 1))
        after = rows[index + 1 : index + 1 + _AROUND]
        shown.update(index + n for n, near in enumerate(after, 1) if near.shape != "heading")
        if heading >= 0:
            shown.add(heading)
    return shown
