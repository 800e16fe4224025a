"""The words of a clause that went and came, cut to what a reader of an alert needs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from monitor.redline import redline
from notifiers.wording import shorten

Op = Literal["same", "gone", "new"]

_OPS: dict[str, Op] = {"equal": "same", "delete": "gone", "insert": "new"}
_CONTEXT = 220
_CHANGED = 900
_WHOLE = 3000


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words that stayed, went or came."""

    op: Op
    text: str


def mark(before: str, after: str) -> tuple[Piece, ...]:
    """The redline of a clause, long unchanged stretches shortened; either side may be "".

    Both sides are words with single spaces, as ``wording.prose`` gives them.
    """
    old, new = before.split(" "), after.split(" ")
    start = _agreeing(old, new)
    end = _agreeing(old[start:][::-1], new[start:][::-1])
    # What both share costs nothing here, and only what can be shown is compared.
    gone, came = (
        shorten(" ".join(words[start : len(words) - end]), _WHOLE) for words in (old, new)
    )
    steps = [Piece(_OPS[op], text) for op, text in redline(gone, came)]
    head = " ".join(old[:start]) + " " * bool(start and (steps or end))
    tail = " " * bool(steps and end) + " ".join(old[len(old) - end :])
    pieces = [Piece("same", head), *steps, Piece("same", tail)]
    shown = tighten([piece for piece in pieces if piece.text], _CONTEXT)
    return tuple(cut(shown, _WHOLE))


def _agreeing(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words agree from the start."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (left, right) in pairs if left != right), min(len(old), len(new)))


def tighten(pieces: Sequence[Piece], context: int) -> Iterator[Piece]:
    """The same redline with no more than ``context`` unchanged characters beside each change."""
    last = len(pieces) - 1
    for index, piece in enumerate(pieces):
        if piece.op != "same":
            yield Piece(piece.op, shorten(piece.text, _CHANGED))
        elif len(pieces) > 1:
            text = _stretch(piece.text, context, first=index == 0, last=index == last)
            yield Piece("same", text)
        else:
            yield Piece("same", shorten(piece.text, 2 * context))


def _stretch(text: str, context: int, *, first: bool, last: bool) -> str:
    """Keep of an unchanged stretch what stands next to a change."""
    if len(text) <= context * (1 if first or last else 2):
        return text
    head = "" if first else shorten(text, context)
    tail = "" if last else "…" + text[-context:].partition(" ")[2]
    return f"{head} {tail}" if head and tail else head or tail


def as_text(pieces: Iterable[Piece]) -> str:
    """The redline in plain characters: ``[-gone-]`` and ``{+new+}``."""
    marks = {"same": ("", ""), "gone": ("[-", "-]"), "new": ("{+", "+}")}
    return "".join(f"{marks[p.op][0]}{p.text}{marks[p.op][1]}" for p in pieces)


def cut(pieces: Iterable[Piece], limit: int) -> Iterator[Piece]:
    """The pieces up to ``limit`` characters, the last one ending at a word."""
    left = limit
    for piece in pieces:
        if len(piece.text) > left:
            yield Piece(piece.op, shorten(piece.text, left) if left > 1 else "…")
            return
        yield piece
        left -= len(piece.text)
