"""Tracked changes in WordprocessingML: insertions and deletions, of words and of paragraph ends.

A deleted or inserted end of a paragraph (``w:rPr/w:del`` in the paragraph's own properties) is what
makes rejecting an added clause leave no empty line behind.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

from notifiers.redlines import Op, Piece
from notifiers.wording import clean
from web.reports.model import Paragraph, Redline

#: What XML 1.0 cannot say.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS: dict[Op, str] = {"gone": "w:del", "new": "w:ins"}
_STYLES = {"item": "List Bullet"}


def legal(text: str) -> str:
    """A text that XML can hold, with nothing hidden in it: U+FFFD for what XML cannot say."""
    return _ILLEGAL.sub("\ufffd", clean(text))


class Revisions:
    """Writes redlines into a document of python-docx; every revision has a number of its own."""

    def __init__(self, document: Any) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        self._document, self._element, self._qn = document, OxmlElement, qn
        self._number = 0

    def write(self, block: Redline) -> None:
        """The whole text, every change of it tracked, as the last thing in the document so far."""
        author = legal(block.author)
        at = block.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for paragraph in block.tracked:
            self._paragraph(paragraph, author, at, block.language)
        self._document.add_paragraph()  # the end of the last clause must have one to run into

    def _paragraph(self, paragraph: Paragraph, author: str, at: str, language: str) -> None:
        style = _STYLES.get(paragraph.kind)
        made = self._document.add_paragraph(style=style)
        element = made._p
        if paragraph.kind == "heading":
            made.paragraph_format.keep_with_next = True
        if paragraph.end != "same":
            properties = element.get_or_add_pPr()
            mark = self._element("w:rPr")
            mark.append(self._revision(_TAGS[paragraph.end], author, at))
            properties.append(mark)
        for piece in paragraph.pieces:
            run = self._run(piece, bold=paragraph.kind == "heading", language=language)
            if piece.op == "same":
                element.append(run)
            else:
                revision = self._revision(_TAGS[piece.op], author, at)
                revision.append(run)
                element.append(revision)

    def _revision(self, tag: str, author: str, at: str) -> Any:
        self._number += 1
        revision = self._element(tag)
        revision.set(self._qn("w:id"), str(self._number))
        revision.set(self._qn("w:author"), author)
        revision.set(self._qn("w:date"), at)
        return revision

    def _run(self, piece: Piece, *, bold: bool, language: str) -> Any:
        run = self._element("w:r")
        properties = self._element("w:rPr")
        if bold:
            properties.append(self._element("w:b"))
        if language:
            spoken = self._element("w:lang")
            spoken.set(self._qn("w:val"), language)
            properties.append(spoken)
        if len(properties):
            run.append(properties)
        text = self._element("w:delText" if piece.op == "gone" else "w:t")
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        text.text = legal(piece.text)
        run.append(text)
        return run
