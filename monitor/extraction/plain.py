"""Markdown and plain text: kept exactly as given after decoding."""

from __future__ import annotations

import re

from monitor.errors import ExtractionError
from monitor.extraction.charset import decode
from monitor.extraction.source import Extracted, Source

_TITLE = re.compile(r"^\s{0,3}#\s+(.+?)\s*#*\s*$", re.MULTILINE)
_FRONT_MATTER_TITLE = re.compile(r"\A---\n(?:.*\n)*?title:\s*[\"']?(.+?)[\"']?\s*\n", re.IGNORECASE)


def read_markdown(source: Source) -> Extracted:
    """Read Markdown; the title is its first top heading. Raises ExtractionError on selectors."""
    text, lossy = _text(source)
    match = _FRONT_MATTER_TITLE.match(text) or _TITLE.search(text)
    title = match[1] if match else ""
    return Extracted(text, title, "", (), len(text), ("encoding",) if lossy else ())


def read_plain(source: Source) -> Extracted:
    """Read plain text; the title is its first line if that is short. Raises ExtractionError."""
    text, lossy = _text(source)
    first = text.lstrip().split("\n", 1)[0].strip()
    title = first if len(first) <= 120 else ""
    warnings = ("encoding",) if lossy else ()
    return Extracted(text, title, "", (), len(text), warnings, text_type="text/plain")


def _text(source: Source) -> tuple[str, bool]:
    refuse_selectors(source)
    return decode(source.content, source.charset)


def refuse_selectors(source: Source) -> None:
    """CSS selectors cannot be applied to a document that is not HTML."""
    if source.select or source.ranges:
        raise ExtractionError(
            f"The page{' ' + source.url if source.url else ''} is {source.media_type}, not HTML: "
            "select and range cannot be applied. Remove them from the policy's declaration."
        )
