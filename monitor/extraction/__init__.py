"""Documents from bytes: HTML, PDF, Word, Markdown and plain text as normalized Markdown.

bytes -> media.sniff -> a format (html, pdf, docx, plain) -> text -> dates, language, clauses
html:   charset -> dom -> (select, remove, ranges) -> pruning -> rendering
"""

from __future__ import annotations

from monitor.extraction.dates import StatedDates, stated_dates
from monitor.extraction.dom import check_selector
from monitor.extraction.formats import (
    EXTRACTOR,
    combine,
    combined_text,
    extract,
    read_document,
    understand,
)
from monitor.extraction.outlines import outline

__all__ = [
    "EXTRACTOR",
    "StatedDates",
    "check_selector",
    "combine",
    "combined_text",
    "extract",
    "outline",
    "read_document",
    "stated_dates",
    "understand",
]
