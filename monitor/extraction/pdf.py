"""PDF, through pypdfium2 (PDFium): lines from their places on the page, paragraphs from lines.

PDFium is not thread-safe: call this in a process of its own, as ``monitor.workers`` does.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from monitor.errors import ExtractionError
from monitor.extraction.pdf_tables import tables_of
from monitor.extraction.plain import refuse_selectors
from monitor.extraction.source import Extracted, Source
from monitor.model import Dropped

if TYPE_CHECKING:
    import pypdfium2

_PAGE_NUMBER = re.compile(
    r"(?:page|pagina|pag\.|seite|página|p\.)?\s*[-–—]?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*[-–—]?"
    r"(?:\s*(?:of|/|di|de|sur|von|\|)\s*\d{1,4})?",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[•●▪◦‣■○∙⁃·►➢✓]\s*")
_ITEM = re.compile(r"(?:\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]|[-–•])\s+\S")
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2})*\.?\s+\S")
_MAX_PAGES = 1000


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a page: its text, its box in points from the bottom left, its letter height.

    ``table`` is a whole table in Markdown, which then stands for its lines.
    """

    text: str
    page: int
    left: float
    right: float
    top: float
    bottom: float
    table: bool = False

    @property
    def height(self) -> float:
        return self.top - self.bottom


def read(source: Source) -> Extracted:
    """Read a PDF's text as Markdown. Raises ExtractionError (damaged, locked, or only images)."""
    import pypdfium2  # late: PDFium takes a tenth of a second to load

    refuse_selectors(source)
    name = source.url or "The document"
    try:
        document = pypdfium2.PdfDocument(source.content)
    except pypdfium2.PdfiumError as error:
        raise ExtractionError(
            f"{name} is a PDF that cannot be opened ({error}): it is damaged or needs a password. "
            "Watch another page, or save an unlocked copy and use `policywatch capture`."
        ) from error
    try:
        title = str(document.get_metadata_dict().get("Title") or "").strip()
        count = len(document)
        pages = [_lines(document[number], number) for number in range(min(count, _MAX_PAGES))]
    except pypdfium2.PdfiumError as error:
        raise ExtractionError(f"{name} is a PDF with damaged pages ({error}).") from error
    finally:
        document.close()
    visible = sum(len(line.text) for page in pages for line in page)
    if not visible:
        raise ExtractionError(
            f"{name} is a PDF without text: its pages are images. Watch a page with text instead."
        )
    furniture = _furniture(pages)
    dropped = tuple(
        Dropped(text, "page edge", "repeated header, footer or page number")
        for text in dict.fromkeys(line.text for line in furniture)
    )
    kept = [line for page in pages for line in page if line not in furniture]
    warnings = ("truncated",) if count > _MAX_PAGES else ()
    return Extracted("\n\n".join(_blocks(kept)), title, "", dropped, visible, warnings)


def _lines(page: pypdfium2.PdfPage, number: int) -> list[_Line]:
    """The lines of a page, top to bottom as PDFium orders its text."""
    textpage = page.get_textpage()
    try:
        pieces: list[_Line] = []
        for index in range(textpage.count_rects()):
            left, bottom, right, top = textpage.get_rect(index)
            text = textpage.get_text_bounded(left, bottom, right, top)
            text = " ".join(text.replace("\ufffe", "-").replace("\x02", "-").split())
            if text:
                pieces.append(_Line(text, number, left, right, top, bottom))
    finally:
        textpage.close()
        page.close()
    return _with_tables(pieces, number)


def _with_tables(pieces: Sequence[_Line], number: int) -> list[_Line]:
    """The lines of a page, each table as one."""
    tables = tables_of(pieces)
    inside = [
        next((t for t in tables if t.bottom <= (p.top + p.bottom) / 2 <= t.top), None)
        for p in pieces
    ]
    lines: list[_Line] = []
    for table, group in groupby(zip(inside, pieces, strict=True), key=itemgetter(0)):
        mine = [piece for _, piece in group]
        if table is None:
            lines += _joined_pieces(mine)
        elif not any(line.table and line.top == table.top for line in lines):
            left, right = min(p.left for p in mine), max(p.right for p in mine)
            lines.append(
                _Line(table.markdown(), number, left, right, table.top, table.bottom, table=True)
            )
    return lines


def _joined_pieces(pieces: Sequence[_Line]) -> list[_Line]:
    """PDFium gives one box a font and line: boxes on one line become one line."""
    lines: list[_Line] = []
    for piece in pieces:
        last = lines[-1] if lines else None
        middle = (piece.top + piece.bottom) / 2
        if last and last.bottom <= middle <= last.top and piece.left >= last.right - 2:
            gap = piece.left - last.right
            space = " " if gap > 0.15 * last.height else ""
            lines[-1] = _Line(
                last.text + space + piece.text, last.page, last.left, piece.right,
                max(last.top, piece.top), min(last.bottom, piece.bottom),
            )  # fmt: skip
        else:
            lines.append(piece)
    return lines


def _furniture(pages: Sequence[Sequence[_Line]]) -> set[_Line]:
    """Lines at page edges that repeat word for word or count the pages, and page numbers."""
    heights = [line.height for page in pages for line in page if not line.table] or [1.0]
    body = statistics.median(heights)
    ranked = [
        sorted((line for line in page if not line.table), key=lambda line: -line.top)
        for page in pages
    ]
    edges = [[*page[:3], *page[-3:]] for page in ranked]
    texts = Counter(text for edge in edges for text in {line.text for line in edge})
    shapes = Counter(shape for edge in edges for shape in {_shape(line) for line in edge})
    often = max(2, (len(pages) + 1) // 2)
    found: set[_Line] = set()
    for page, edge in zip(ranked, edges, strict=True):
        outer = (*page[:1], *page[-1:])
        for line in edge:
            numbered = shapes[_shape(line)] >= often and line.height <= 1.15 * body
            if (len(page) > 1 and line in outer and _PAGE_NUMBER.fullmatch(line.text)) or (
                len(line.text) < 200
                and (
                    texts[line.text] >= often
                    or (numbered and line in outer and "#" in _shape(line))
                )
            ):
                found.add(line)
    return found


def _shape(line: _Line) -> str:
    """A line's text with the number of its page (counted from any start) taken out."""
    return re.sub(r"\d+", lambda m: f"#{int(m[0]) - line.page}", line.text, count=1)


def _blocks(lines: Sequence[_Line]) -> Iterator[str]:
    """Paragraphs, items and headings from lines."""
    if not lines:
        return
    body = statistics.median([line.height for line in lines if not line.table] or [1.0])
    width = max(line.right for line in lines)
    gaps = [a.bottom - b.top for a, b in pairwise(lines) if a.page == b.page and a.bottom > b.top]
    usual = statistics.median(gaps) if gaps else body
    block = [lines[0]]
    for line in lines[1:]:
        if _continues(block[-1], line, usual=usual, body=body, width=width):
            block.append(line)
        else:
            yield _block(block, body)
            block = [line]
    yield _block(block, body)


def _continues(last: _Line, line: _Line, *, usual: float, body: float, width: float) -> bool:
    """Whether a line goes on with the paragraph of the line before it."""
    if last.table or line.table or abs(last.height - line.height) > 0.2 * body:
        return False
    if _BULLET.match(line.text) or _ITEM.match(line.text):
        return last.text[-1] not in ".;:,!?" and line.page == last.page and not (
            _BULLET.match(line.text) or last.right < 0.8 * width
        )  # fmt: skip
    if last.page == line.page:
        return last.bottom - line.top <= usual + 0.45 * body and (
            last.right > 0.6 * width or line.text[0].islower()
        )
    return last.text[-1] not in ".:!?" and (line.text[0].islower() or last.right > 0.85 * width)


def _block(lines: Sequence[_Line], body: float) -> str:
    text = lines[0].text
    if lines[0].table:
        return text
    for line in lines[1:]:
        if re.search(r"[^\W\d_]-$", text) and line.text[0].islower():
            text = text[:-1] + line.text
        else:
            text = f"{text} {line.text}"
    bullet = _BULLET.match(text)
    if bullet:
        return f"- {text[bullet.end() :]}"
    height = statistics.median(line.height for line in lines)
    short = len(text) <= 120 and text[-1] not in ".;,:" and len(lines) <= 2
    if short and height > 1.15 * body:
        return f"{'#' if height > 1.6 * body else '##'} {text}"
    return f"\\{text}" if text[0] in "#>|" else text
