"""What versions promise and what changed, written so that it costs little. Lossless, and proved so.

Commitments quote their own text: where a quote stands is found again by looking for its words, so
offsets, which move with every edit, are left out. Comparisons list every clause: a run of clauses
that were kept is one item. A condensed form is tried when it is made: if it does not give back the
very same bytes, the plain JSON stays. It begins with a mark that no JSON begins with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_MARK = b"~"
_QUOTE = ("$type", "text", "section", "start", "end", "context")


def condense_commitments(plain: bytes, text: str) -> bytes:
    """The JSON of commitments, without the offsets of their quotes in ``text`` if possible."""
    try:
        short = _MARK + _dumps([_without_place(item, text) for item in json.loads(plain)])
        return short if expand_commitments(short, text) == plain else plain
    except (LookupError, TypeError, ValueError):
        return plain


def expand_commitments(condensed: bytes, text: str) -> bytes:
    """The JSON that was condensed. ValueError if a quote does not stand in ``text``."""
    if not condensed.startswith(_MARK):
        return condensed
    return _dumps([_with_place(item, text) for item in json.loads(condensed[1:])])


def condense_comparison(plain: bytes) -> bytes:
    """The JSON of a comparison, each run of kept clauses as one item if possible."""
    try:
        found = json.loads(plain)
        short = _MARK + _dumps(found | {"edits": list(_runs(found["edits"]))})
        return short if expand_comparison(short) == plain else plain
    except (LookupError, TypeError, ValueError):
        return plain


def expand_comparison(condensed: bytes) -> bytes:
    """The JSON that was condensed."""
    if not condensed.startswith(_MARK):
        return condensed
    found = json.loads(condensed[1:])
    return _dumps(found | {"edits": list(_edits(found["edits"]))})


def _without_place(commitment: dict[str, Any], text: str) -> dict[str, Any]:
    """Offsets become "which occurrence", left out for the first one."""
    quote = dict(commitment["quote"])
    start = quote.pop("start")
    words = quote["text"]
    if quote.pop("end") != start + len(words) or not words:
        raise ValueError("a quote with an extent of its own")
    place, which = text.find(words), 0
    while -1 < place < start:
        place, which = text.find(words, place + 1), which + 1
    return commitment | {"quote": quote | ({"which": which} if which else {})}


def _with_place(commitment: dict[str, Any], text: str) -> dict[str, Any]:
    quote = dict(commitment["quote"])
    place = -1
    for _ in range(quote.pop("which", 0) + 1):
        place = text.index(quote["text"], place + 1)
    placed = quote | {"start": place, "end": place + len(quote["text"])}
    ordered = {name: placed.pop(name) for name in _QUOTE if name in placed}
    return commitment | {"quote": ordered | placed}


def _kept(before: int, after: int) -> dict[str, Any]:
    return {"$type": "Edit", "kind": "kept", "before": [before], "after": [after]}


def _runs(edits: list[dict[str, Any]]) -> Iterator[Any]:
    """Edits, runs of kept ones as ``[before, after, how many]``."""
    run: list[int] = []
    for edit in edits:
        if run and edit == _kept(run[0] + run[2], run[1] + run[2]):
            run[2] += 1
            continue
        if run:
            yield run
        run = []
        if edit["kind"] == "kept" and edit == _kept(edit["before"][0], edit["after"][0]):
            run = [edit["before"][0], edit["after"][0], 1]
        else:
            yield edit
    if run:
        yield run


def _edits(short: list[Any]) -> Iterator[dict[str, Any]]:
    for item in short:
        if isinstance(item, list):
            before, after, many = item
            yield from (_kept(before + step, after + step) for step in range(many))
        else:
            yield item


def _dumps(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
