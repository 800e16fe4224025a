"""What versions promise and what changed, written so that it costs little. Lossless, and proved so.

Commitments quote their own text: where a quote stands is found again by looking for its words, so
offsets, which move with every edit, are left out. Comparisons align every clause: a run of clauses
that were kept in step is one number. A condensed form is tried when it is made: if it does not
give back the very same bytes, the plain JSON stays. It begins with a mark that no JSON begins with.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

_MARK = b"~"
#: Of a run of edits: note, kind, and how many clauses it skips on either side.
_USUAL: list[Any] = ["", "kept", 0, 0]
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


def chosen_commitments(condensed: bytes, kinds: Collection[str]) -> bytes:
    """The condensed form of those of some kinds alone; ``[]`` where there is none."""
    mark = _MARK if condensed.startswith(_MARK) else b""
    chosen = [item for item in json.loads(condensed[len(mark) :]) if item["kind"] in kinds]
    return mark + _dumps(chosen) if chosen else b"[]"


def condense_comparison(plain: bytes) -> bytes:
    """The JSON of a comparison, its alignment as runs if possible."""
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


def findings_of(condensed: bytes) -> bytes:
    """The JSON of a comparison's findings alone."""
    found = json.loads(condensed.removeprefix(_MARK))
    return _dumps(found.get("findings", []))


def placeless_commitments(condensed: bytes) -> bytes:
    """The JSON of commitments without their text: quotes that were condensed stand at -1 to -1."""
    if not condensed.startswith(_MARK):
        return condensed
    items = json.loads(condensed[1:])
    for item in items:
        item["quote"].pop("which", None)
        item["quote"] |= {"start": -1, "end": -1}
    return _dumps(items)


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


def _edit(kind: str, note: str, before: int, after: int) -> dict[str, Any]:
    edit = {"$type": "Edit", "kind": kind, "before": [before], "after": [after]}
    return edit | ({"note": note} if note else {})


def _runs(edits: list[dict[str, Any]]) -> Iterator[Any]:
    """Edits of one clause each as runs: ``[how many, note, kind, skipped before, skipped after]``.

    What is usual is left out from the end; a run of kept clauses in step is its number alone.
    """
    place = _Place()
    run: list[Any] = []
    for edit in edits:
        kind, note = edit["kind"], edit.get("note", "")
        alone = len(edit["before"]) == len(edit["after"]) == 1
        if alone and edit != _edit(kind, note, edit["before"][0], edit["after"][0]):
            raise ValueError("an edit with a field of its own")
        if alone and run[1:3] == [note, kind] and place.follows(edit):
            run[0] += 1
        else:
            if run:
                yield _trimmed(run)
            run = [1, note, kind, *place.skipped(edit)] if alone else []
            if not alone:
                yield edit
        place.pass_by(edit)
    if run:
        yield _trimmed(run)


def _trimmed(run: list[Any]) -> Any:
    usual = [None, *_USUAL]
    while len(run) > 1 and run[-1] == usual[len(run) - 1]:
        run = run[:-1]
    return run[0] if len(run) == 1 else run


def _edits(short: list[Any]) -> Iterator[dict[str, Any]]:
    place = _Place()
    for item in short:
        if isinstance(item, dict):
            place.pass_by(item)
            yield item
            continue
        told = item if isinstance(item, list) else [item]
        many, note, kind, before, after = [*told, *_USUAL[len(told) - 1 :]]
        for step in range(many):
            skipped = (before, after) if step == 0 else (0, 0)
            edit = _edit(kind, note, place.before + skipped[0], place.after + skipped[1])
            place.pass_by(edit)
            yield edit


class _Place:
    """Where the next clause on either side would stand."""

    def __init__(self) -> None:
        self.before = self.after = 0

    def skipped(self, edit: dict[str, Any]) -> tuple[int, int]:
        """How far an edit of one clause each lies from there."""
        return edit["before"][0] - self.before, edit["after"][0] - self.after

    def follows(self, edit: dict[str, Any]) -> bool:
        """Whether it stands right there."""
        return self.skipped(edit) == (0, 0)

    def pass_by(self, edit: dict[str, Any]) -> None:
        """Go on behind an edit."""
        if edit["before"]:
            self.before = edit["before"][-1] + 1
        if edit["after"]:
            self.after = edit["after"][-1] + 1


def _dumps(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
