"""The redline of a changed clause: what was struck out and what was put in, word by word."""

from __future__ import annotations

import re
from typing import Literal

from diff_match_patch import diff_match_patch

Step = tuple[Literal["equal", "delete", "insert"], str]

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]", re.UNICODE)
_OPS: dict[int, Literal["equal", "delete", "insert"]] = {-1: "delete", 0: "equal", 1: "insert"}
#: Code points that stand for words: private use planes 15 and 16, then the rest above the BMP.
_FIRST, _LAST = 0x10000, 0x10FFFF


def redline(before: str, after: str, *, seconds: float = 1.0) -> list[Step]:
    """The steps from one text to the other, cut at words: ``[(op, text), ...]``.

    Joining "equal" and "delete" gives ``before``; "equal" and "insert" gives ``after``. After
    ``seconds`` the rest is struck out and put in whole; with 0 it takes the time it needs, and so
    gives the same steps on every machine.
    """
    if before == after:
        return [("equal", before)] if before else []
    words: dict[str, str] = {}
    left = _encode(before, words)
    right = _encode(after, words)
    if left is None or right is None:  # more distinct words than code points: no useful redline
        return [("delete", before), ("insert", after)]
    engine = diff_match_patch()
    engine.Diff_Timeout = seconds
    steps = engine.diff_main(left, right, False)
    if len(steps) > 2:
        engine.diff_cleanupSemantic(steps)
    spelled = {char: word for word, char in words.items()}
    return [(_OPS[op], "".join(spelled[char] for char in chars)) for op, chars in steps if chars]


def _encode(text: str, words: dict[str, str]) -> str | None:
    """One character for each word, sharing ``words`` between both sides."""
    out = []
    for token in _TOKEN.findall(text):
        char = words.get(token)
        if char is None:
            number = _FIRST + len(words)
            if number > _LAST:
                return None
            char = words[token] = chr(number)
        out.append(char)
    return "".join(out)
