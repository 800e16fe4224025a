"""A report as a Word document whose redline is true tracked changes. Needs the extra `docx`.

The document is python-docx's; the revisions are written here, for it knows none. Word and
LibreOffice show who made a change and when, and accept or reject them one by one.
"""

from __future__ import annotations

import importlib
import io
from datetime import UTC
from typing import Any

from monitor.errors import ConfigError
from notifiers.wording import DIRECTION_SIGNS, instant
from web.reports.model import (
    CLAIM,
    Block,
    Facts,
    Findings,
    Grid,
    Heading,
    Points,
    Prose,
    Redline,
    Report,
)
from web.reports.revisions import Revisions, legal
from web.views.change import Told

MISSING = (
    "DOCX needs python-docx, which is not installed here: pip install 'policywatch[docx]'. HTML "
    "needs nothing."
)
_INK, _QUIET, _RULE = (0x1F, 0x23, 0x27), (0x56, 0x5E, 0x66), "D9D5CB"
_TONES = {"high": (0xA8, 0x20, 0x1A), "medium": (0x8A, 0x4B, 0x00), "low": (0x4A, 0x55, 0x60)}
_LABEL_CM, _WIDTH_CM = 4.5, 17.0


def as_docx(report: Report) -> bytes:
    """The document. Raises ConfigError where python-docx is absent."""
    try:
        docx = importlib.import_module("docx")
    except ImportError as error:
        raise ConfigError(MISSING) from error
    document = docx.Document()
    _Writer(document).write(report)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


class _Writer:
    """Writes the blocks of a report into a document of python-docx."""

    def __init__(self, document: Any) -> None:
        from docx import shared

        self._document, self._shared = document, shared
        self._revisions = Revisions(document)

    def write(self, report: Report) -> None:
        self._set_up(report)
        self._line(report.kind, quiet=True)
        self._document.add_heading(legal(report.title), level=0)
        self._line(report.subtitle, quiet=True)
        if report.lead:
            self._line(report.lead)
        self._facts(report.facts)
        for section in report.sections:
            self._document.add_heading(legal(section.title), level=1)
            for block in section.blocks:
                self._block(block)
        self._line(f"{CLAIM} Made on {instant(report.made_at)}.", quiet=True)

    def _set_up(self, report: Report) -> None:
        from docx.oxml.ns import qn

        document, points = self._document, self._shared.Pt
        core = document.core_properties
        core.title = legal(f"{report.title}: {report.subtitle}")[:255]
        core.author, core.language = "policywatch", "en"
        core.comments, core.keywords = "", ""
        core.created = core.modified = report.made_at.astimezone(UTC).replace(tzinfo=None)
        page = document.sections[0]
        page.page_width, page.page_height = self._shared.Cm(21), self._shared.Cm(29.7)
        page.left_margin = page.right_margin = self._shared.Cm(2)
        normal = document.styles["Normal"]
        normal.font.name, normal.font.size = "Liberation Sans", points(10)
        normal.element.rPr.rFonts.set(qn("w:eastAsia"), "Liberation Sans")
        normal.paragraph_format.space_after = points(4)
        for name in ("Title", "Heading 1", "Heading 2", "Heading 3"):
            font = document.styles[name].font
            font.color.rgb = self._shared.RGBColor(*_INK)
            fonts = document.styles[name].element.rPr.rFonts
            fonts.attrib.clear()
            font.name = "Liberation Sans"
        document.styles["Title"].font.size = points(20)

    def _block(self, block: Block) -> None:
        match block:
            case Prose():
                self._line(block.text, quiet=block.quiet)
            case Heading():
                heading = self._document.add_heading(legal(block.text), level=2)
                self._run(heading, f"  {block.remark}" if block.remark else "", quiet=True)
            case Facts():
                self._facts(block)
            case Points():
                for row in block.rows:
                    self._document.add_paragraph(legal(row), style="List Bullet")
            case Grid():
                self._grid(block)
            case Findings():
                for told in block.told:
                    self._finding(told)
            case Redline():
                self._line(
                    "Every change is tracked: accept all for the newer version, reject all for "
                    "the older one.",
                    quiet=True,
                )
                self._revisions.write(block)

    def _line(self, text: str, *, quiet: bool = False) -> Any:
        paragraph = self._document.add_paragraph()
        self._run(paragraph, text, quiet=quiet)
        return paragraph

    def _run(self, paragraph: Any, text: str, *, quiet: bool = False, bold: bool = False) -> Any:
        run = paragraph.add_run(legal(text))
        run.bold = bold or None
        if quiet:
            run.font.color.rgb = self._shared.RGBColor(*_QUIET)
            run.font.size = self._shared.Pt(9)
        return run

    def _table(self, rows: int, widths: list[float]) -> Any:
        table = self._document.add_table(rows, len(widths), style="Table Grid")
        table.autofit = False
        self._pale(table)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = self._shared.Cm(width)
        return table

    def _pale(self, table: Any) -> None:
        """Lines that do not shout."""
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        borders = OxmlElement("w:tblBorders")
        for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
            line = OxmlElement(f"w:{side}")
            for name, value in (("val", "single"), ("sz", "4"), ("color", _RULE)):
                line.set(qn(f"w:{name}"), value)
            borders.append(line)
        table._tbl.tblPr.append(borders)

    def _gap(self) -> None:
        """A little room below a table; one that ends a page would have no paragraph after it."""
        gap = self._document.add_paragraph().paragraph_format
        gap.space_after, gap.line_spacing = self._shared.Pt(0), self._shared.Pt(8)

    def _fill(self, cell: Any, text: str, width: float, *, quiet: bool, bold: bool = False) -> None:
        cell.width = self._shared.Cm(width)
        run = self._run(cell.paragraphs[0], text, quiet=quiet, bold=bold)
        run.font.size = self._shared.Pt(9)

    def _facts(self, facts: Facts) -> None:
        widths = [_LABEL_CM, _WIDTH_CM - _LABEL_CM]
        table = self._table(len(facts.rows), widths)
        for row, (label, value) in zip(table.rows, facts.rows, strict=True):
            self._fill(row.cells[0], label, widths[0], quiet=True)
            self._fill(row.cells[1], value, widths[1], quiet=False)
        self._gap()

    def _grid(self, grid: Grid) -> None:
        from docx.oxml import OxmlElement

        self._line(grid.caption, quiet=True).paragraph_format.keep_with_next = True
        widths = _widths(grid)
        table = self._table(len(grid.rows) + 1, widths)
        rows = list(table.rows)
        rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for row, cells in zip(rows, (grid.headers, *grid.rows), strict=True):
            for cell, text, width in zip(row.cells, cells, widths, strict=True):
                self._fill(cell, text, width, quiet=False, bold=row is rows[0])
        self._gap()

    def _finding(self, told: Told) -> None:
        item = told.item
        kicker = self._document.add_paragraph()
        kicker.paragraph_format.keep_with_next = True
        severity = self._run(kicker, f"{item.severity.upper()}  ", bold=True)
        severity.font.color.rgb = self._shared.RGBColor(*_TONES[item.severity])
        way = item.effect.removeprefix(DIRECTION_SIGNS[item.direction]).strip()
        self._run(kicker, f"{item.category}  {DIRECTION_SIGNS[item.direction]} {way}", quiet=True)
        self._document.add_heading(legal(f"{told.number}. {item.headline}"), level=3)
        if item.values:
            self._line(item.values)
        if item.pieces:
            half = _WIDTH_CM / 2
            cells = self._table(2, [half, half])
            for index, label in enumerate(("Promised before", "Promised now")):
                self._fill(cells.cell(0, index), label, half, quiet=True)
            for index, without in enumerate(("new", "gone")):
                left = "".join(p.text for p in item.pieces if p.op != without)
                words = f"{item.context} {left}".strip() if left else "No such words."
                self._fill(cells.cell(1, index), words, half, quiet=not left)
        self._line(f"{item.section + ' · ' if item.section else ''}rule {told.rule}", quiet=True)


def _widths(grid: Grid) -> list[float]:
    """Columns as wide as their longest words ask for, in centimetres."""
    asked = [
        min(max(len(cell) for cell in column), 60) ** 0.5
        for column in zip(grid.headers, *grid.rows, strict=True)
    ]
    return [_WIDTH_CM * each / sum(asked) for each in asked]
