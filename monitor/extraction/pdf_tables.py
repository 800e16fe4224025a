"""Tables of a PDF page, found by where its pieces of text stand: columns that begin at one place.

A table is a run of lines that have two pieces or more, well apart, each beginning at the left edge
of a column; a line of a cell that goes on has fewer. Lines close above one another are one row.
A page set in columns looks alike, but all of its columns are prose.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

_APART = 0.9
_SAME_EDGE = 4.0
_WIDER = 0.25
_PROSE_WORDS = 4
_LEAST_LINES = 2
_MOST_COLUMNS = 8


class Box(Protocol):
    """A piece of text and its box in points from the bottom left of the page."""

    @property
    def text(self) -> str: ...
    @property
    def left(self) -> float: ...
    @property
    def right(self) -> float: ...
    @property
    def top(self) -> float: ...
    @property
    def bottom(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, and where on the page they stand."""

    rows: tuple[tuple[str, ...], ...]
    top: float
    bottom: float

    def markdown(self) -> str:
        """The rows as a Markdown table; the first one is its header."""
        escaped = ([cell.replace("|", r"\|") for cell in row] for row in self.rows)
        lines = [f"| {' | '.join(cells)} |" for cells in escaped]
        lines.insert(1, f"|{' --- |' * len(self.rows[0])}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Line:
    """Pieces at one height, joined where they touch, from left to right."""

    cells: tuple[tuple[float, float, str], ...]
    top: float
    bottom: float


def tables_of(pieces: Sequence[Box]) -> list[Table]:
    """The tables of one page, from the top."""
    lines = _lines(pieces)
    found: list[Table] = []
    at = 0
    while at < len(lines):
        edges = [left for left, _, _ in lines[at].cells]
        end = at + 1
        if 2 <= len(edges) <= _MOST_COLUMNS:
            while end < len(lines) and _fits(lines[end], edges, lines[end - 1]):
                end += 1
        end = _without_text_below(lines, at, end)
        full = sum(len(line.cells) > 1 for line in lines[at:end])
        if full > _LEAST_LINES and not _is_prose(lines[at:end], edges):
            found.append(_table(lines[at:end], edges))
            at = end
        else:
            at += 1
    return found


def _without_text_below(lines: Sequence[_Line], at: int, end: int) -> int:
    """The end of a table without a paragraph below it that happens to begin at its first column."""
    while end - at > _LEAST_LINES and len(lines[end - 1].cells) == 1:
        *inside, last = _gaps(lines[at:end])
        if last <= max(inside) + _WIDER * (lines[at].top - lines[at].bottom):
            break
        end -= 1
    return end


def _is_prose(lines: Sequence[_Line], edges: Sequence[float]) -> bool:
    """Whether every column has as many words in a line as running text."""
    words: dict[int, list[int]] = {}
    for line in lines:
        for left, _, text in line.cells:
            words.setdefault(_column(left, edges) or 0, []).append(len(text.split()))
    return all(statistics.mean(counts) >= _PROSE_WORDS for counts in words.values())


def _gaps(lines: Sequence[_Line]) -> list[float]:
    return [above.bottom - below.top for above, below in pairwise(lines)]


def _lines(pieces: Sequence[Box]) -> list[_Line]:
    """The lines of a page from the top, whatever the order in which the file draws them."""
    rows: list[list[Box]] = []
    for piece in sorted(pieces, key=lambda p: (-p.top - p.bottom, p.left)):
        middle = (piece.top + piece.bottom) / 2
        if rows and rows[-1][0].bottom <= middle <= rows[-1][0].top:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [_line(sorted(row, key=lambda p: p.left)) for row in rows]


def _line(row: Sequence[Box]) -> _Line:
    cells: list[tuple[float, float, str]] = []
    for piece in row:
        height = piece.top - piece.bottom
        if cells and piece.left - cells[-1][1] < _APART * height:
            left, right, text = cells[-1]
            space = " " if piece.left - right > 0.15 * height else ""
            cells[-1] = (left, piece.right, f"{text}{space}{piece.text}")
        else:
            cells.append((piece.left, piece.right, piece.text))
    return _Line(tuple(cells), max(p.top for p in row), min(p.bottom for p in row))


def _fits(line: _Line, edges: Sequence[float], above: _Line) -> bool:
    """Whether every piece of a line begins at a column and ends before the next one."""
    if above.bottom - line.top > 2.5 * (above.top - above.bottom):
        return False
    for left, right, _ in line.cells:
        column = _column(left, edges)
        if column is None:
            return False
        following = edges[column + 1] if column + 1 < len(edges) else right
        if right > following + _SAME_EDGE:
            return False
    return True


def _column(left: float, edges: Sequence[float]) -> int | None:
    return next((i for i, edge in enumerate(edges) if abs(edge - left) <= _SAME_EDGE), None)


def _table(lines: Sequence[_Line], edges: Sequence[float]) -> Table:
    rows: list[list[str]] = []
    for line, opens in zip(lines, _openings(lines, edges), strict=True):
        if opens:
            rows.append([""] * len(edges))
        for left, _, text in line.cells:
            column = _column(left, edges)
            if column is not None:
                rows[-1][column] = f"{rows[-1][column]} {text}".strip()
    return Table(tuple(map(tuple, rows)), lines[0].top, lines[-1].bottom)


def _openings(lines: Sequence[_Line], edges: Sequence[float]) -> list[bool]:
    """Which lines begin a row: those after a wide gap; if all gaps are alike, by the first cell."""
    gaps = _gaps(lines)
    height = statistics.median(line.top - line.bottom for line in lines)
    jump, limit = max(((b - a, (a + b) / 2) for a, b in pairwise(sorted(gaps))), default=(0.0, 0.0))
    if jump > _WIDER * height:
        return [True, *(gap > limit for gap in gaps)]
    return [True, *(_column(line.cells[0][0], edges) == 0 for line in lines[1:])]
