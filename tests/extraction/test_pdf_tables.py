"""Tables in PDFs: rows and cells from places on the page, and columns of prose left alone."""

from __future__ import annotations

import io

from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from monitor.extraction import read_document

STYLE = getSampleStyleSheet()["BodyText"]
ROWS = [
    ["Name", "Purpose", "Place"],
    ["Alder Mail GmbH", "Delivery of e-mails that customers send to their members", "Germany"],
    ["Cedar | Desk Ltd", "Help desk", "United Kingdom"],
]
BELOW = "Customers may object to a new entry of this list."


def read(*story: object) -> str:
    target = io.BytesIO()
    SimpleDocTemplate(target).build(list(story))
    return read_document(target.getvalue(), media_type="application/pdf").text


def test_wrapped_cells_stay_in_their_row() -> None:
    """A table without lines, and with a cell of two lines, is read row by row."""
    cells = [[Paragraph(cell, STYLE) for cell in row] for row in ROWS]
    text = read(
        Paragraph("Who works for us.", STYLE),
        Table(cells, colWidths=[120, 150, 120]),
        Spacer(1, 20),
        Paragraph(BELOW, STYLE),
    )
    assert text.split("\n\n")[-2:] == [
        "| Name | Purpose | Place |\n"
        "| --- | --- | --- |\n"
        "| Alder Mail GmbH | Delivery of e-mails that customers send to their members | Germany |\n"
        "| Cedar \\| Desk Ltd | Help desk | United Kingdom |",
        BELOW,
    ]


def test_a_page_in_two_columns_is_no_table() -> None:
    """Running text side by side is read column by column."""
    target = io.BytesIO()
    frames = [Frame(60, 60, 220, 700), Frame(310, 60, 220, 700)]
    document = BaseDocTemplate(target, pageTemplates=[PageTemplate(frames=frames)])
    sentence = "We keep the orders of our customers for ten years, since tax law asks for that. "
    document.build([Paragraph(f"Part {n}. {sentence * 4}", STYLE) for n in range(1, 25)])
    text = read_document(target.getvalue(), media_type="application/pdf").text
    assert "|" not in text
    assert text.index("Part 9.") < text.index("Part 10.") < text.index("Part 24.")
