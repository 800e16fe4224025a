"""Which recorded changes still stand: not taken back by a return to the text before them. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def standing(versions: Iterable[tuple[int, str]]) -> frozenset[int]:
    """The numbers of the versions whose change has not been undone.

    ``versions`` are number and digest of the text, oldest first. A text that comes back takes back
    all that came after it; the version that brings it back stands itself, as a change of its own.
    """
    line: list[tuple[int, str]] = []
    for number, digest in versions:
        place = next((i for i, (_, known) in enumerate(line) if known == digest), None)
        if place is not None:
            del line[place + 1 :]
        line.append((number, digest))
    return frozenset(number for number, _ in line)
