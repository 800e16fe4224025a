"""Documents in layouts that no text file shows: PDFs, made with reportlab."""

from __future__ import annotations

import io
from collections.abc import Sequence

from reportlab.lib import colors
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from monitor.extraction import read_document
from monitor.model import Document

_RULED = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
_WIDTH = 440


def pdf_of(blocks: Sequence[str | list[list[str]]]) -> Document:
    """A PDF read back: a title, then paragraphs (texts) and ruled tables (rows of cells)."""
    styles = getSampleStyleSheet()
    story: list[object] = [Paragraph(str(blocks[0]), styles["Title"])]
    for block in blocks[1:]:
        story.append(Spacer(1, 10))
        if isinstance(block, str):
            story.append(Paragraph(block, styles["BodyText"]))
            continue
        rows = [[Paragraph(cell, styles["BodyText"]) for cell in row] for row in block]
        story.append(Table(rows, colWidths=[_WIDTH / len(block[0])] * len(block[0]), style=_RULED))
    target = io.BytesIO()
    SimpleDocTemplate(target).build(story)
    return read_document(target.getvalue(), media_type="application/pdf")
