"""Two versions as one text whose changes are tracked. Pure.

Accepting every change gives the newer version, rejecting every change the older one, clause by
clause: that holds for any alignment, because what does not fit into both orders is struck out where
it stood and put in where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from monitor.model import Clause, Document, Edit
from monitor.redline import redline
from notifiers.redlines import Op, Piece
from notifiers.wording import prose
from web.reports.model import Paragraph

_OPS: dict[str, Op] = {"equal": "same", "delete": "gone", "insert": "new"}
#: Longer passages are struck out and put in whole: their redline would say no more.
_LONGEST = 20_000
_SECONDS = 0.2


def tracked(old: Document, new: Document, edits: Sequence[Edit]) -> Iterator[Paragraph]:
    """The paragraphs of both versions, in an order that either keeps."""
    i = j = 0
    for edit in _spine(edits):
        yield from _whole(old.clauses[i : edit.before[0]], "gone")
        yield from _whole(new.clauses[j : edit.after[0]], "new")
        before = [old.clauses[index] for index in edit.before]
        after = [new.clauses[index] for index in edit.after]
        yield from _changed(before, after)
        i, j = edit.before[-1] + 1, edit.after[-1] + 1
    yield from _whole(old.clauses[i:], "gone")
    yield from _whole(new.clauses[j:], "new")


def accepted(paragraphs: Iterable[Paragraph]) -> list[str]:
    """The newer text, a line a clause."""
    return _read(paragraphs, without="gone")


def rejected(paragraphs: Iterable[Paragraph]) -> list[str]:
    """The older text, a line a clause."""
    return _read(paragraphs, without="new")


def _read(paragraphs: Iterable[Paragraph], *, without: Op) -> list[str]:
    lines, line = [], ""
    for paragraph in paragraphs:
        line += "".join(piece.text for piece in paragraph.pieces if piece.op != without)
        if paragraph.end != without:
            lines.append(line)
            line = ""
    return [*lines, line] if line else lines


def _spine(edits: Sequence[Edit]) -> Iterator[Edit]:
    """The edits that stand in the same order in both versions, what was kept before all others."""
    bounds, bound = [], float("inf")
    for edit in reversed(edits):
        bounds.append(bound)
        if edit.kind == "kept":
            bound = min(bound, edit.before[0])
    last_old = last_new = -1
    for edit, bound in zip(edits, reversed(bounds), strict=True):
        if edit.kind == "moved" or not (_in_one(edit.before) and _in_one(edit.after)):
            continue
        if last_old < edit.before[0] and edit.before[-1] < bound and last_new < edit.after[0]:
            last_old, last_new = edit.before[-1], edit.after[-1]
            yield edit


def _in_one(places: Sequence[int]) -> bool:
    """Whether there are clauses, and they stand one after the other."""
    return bool(places) and list(places) == list(range(places[0], places[0] + len(places)))


def _whole(clauses: Iterable[Clause], op: Op) -> Iterator[Paragraph]:
    for clause in clauses:
        yield Paragraph(clause.kind, clause.level, (Piece(op, prose(clause.text)),), op)


def _changed(before: Sequence[Clause], after: Sequence[Clause]) -> Iterator[Paragraph]:
    """Clauses that became other clauses; a line feed stands for the end of one."""
    old, new = ("\n".join(prose(c.text) for c in side) for side in (before, after))
    if len(old) + len(new) > _LONGEST and old != new:
        yield from _whole(before, "gone")
        yield from _whole(after, "new")
        return
    shapes = iter(after)
    shape = next(shapes)
    pieces: list[Piece] = []
    for step, text in redline(old, new, seconds=_SECONDS):
        op = _OPS[step]
        first, *rest = text.split("\n")
        pieces += [Piece(op, first)] if first else []
        for line in rest:
            yield Paragraph(shape.kind, shape.level, tuple(pieces), op)
            shape = next(shapes, shape) if op != "gone" else shape
            pieces = [Piece(op, line)] if line else []
    yield Paragraph(shape.kind, shape.level, tuple(pieces))
