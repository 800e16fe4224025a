"""How things are called: words of strangers as they may be shown, kinds of documents. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Controls other than line feed and tab; lone surrogates; bidirectional and invisible formatting,
#: with which a page could make an alert read differently from what it says.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

TYPE_LABELS: Mapping[str, str] = {
    "privacy": "Privacy policy",
    "terms": "Terms",
    "dpa": "Data processing agreement",
    "subprocessors": "Sub-processors",
    "cookies": "Cookie policy",
    "other": "Other document",
}


def clean(text: str) -> str:
    """Take out what could harm or mislead when shown; line feeds and tabs stay."""
    return whole_characters(_HOSTILE.sub("", _NEWLINES.sub("\n", text)))


def whole_characters(text: str) -> str:
    """Put U+FFFD for each lone surrogate: such text cannot be encoded."""
    return _SURROGATE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """``clean``, on a single line with single spaces."""
    return " ".join(clean(text).split())
