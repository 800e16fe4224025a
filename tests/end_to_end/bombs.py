"""Bodies that cost their sender little and their reader much: one function a kind."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator

import brotli
import zstandard

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MIB = 1 << 20
_SENTENCE = "<p>We may share your personal data with our partners for 30 days.</p>"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def unfolding(coding: str, mebibytes: int) -> bytes:
    """Zeros under a content coding: gzip, deflate, br or zstd."""
    piece = bytes(_MIB)
    if coding == "br":
        packer = brotli.Compressor(quality=3)
        return b"".join([*(packer.process(piece) for _ in range(mebibytes)), packer.finish()])
    if coding == "zstd":
        pack = zstandard.ZstdCompressor(level=1).compressobj()
        return b"".join([*(pack.compress(piece) for _ in range(mebibytes)), pack.flush()])
    wrap = {"gzip": 31, "deflate": 15}[coding]
    squeeze = zlib.compressobj(1, zlib.DEFLATED, wrap)
    return b"".join([*(squeeze.compress(piece) for _ in range(mebibytes)), squeeze.flush()])


def page(body: str) -> bytes:
    """A page whose body is sent compressed and is just within the fetcher's limit."""
    return gzip.compress(f"<html lang=en><title>Privacy</title><body>{body}".encode(), 6)


def _filled(piece: str, size: int = 9_500_000) -> str:
    return piece * (size // len(piece))


#: Pages that pass the fetcher's limit and are all the more for the reader, by name.
PAGES: dict[str, Callable[[], bytes]] = {
    "nested-divs": lambda: page("<div>" * 200_000 + _SENTENCE),
    "nested-spans": lambda: page("<span>" * 200_000 + _SENTENCE),
    "nested-lists": lambda: page("<ul><li>" * 100_000 + _SENTENCE),
    "nested-tables": lambda: page("<table><tr><td>" * 60_000 + _SENTENCE),
    "nested-quotes": lambda: page("<blockquote><b><i>" * 60_000 + _SENTENCE),
    "attributes": lambda: page(
        "<div " + " ".join(f"a{n}=x" for n in range(200_000)) + f">{_SENTENCE}"
    ),
    "spans": lambda: page("<p>" + "<span>x</span>" * 200_000 + _SENTENCE),
    "cells": lambda: page("<table>" + _filled("<tr><td>x<td>30 days") + "</table>"),
    "paragraphs": lambda: page(_filled(_SENTENCE)),
    "links": lambda: page(_filled("<a href=/x>You may</a> ")),
    "one-word": lambda: page(_filled("x")),
    "one-sentence": lambda: page(_filled("not share data for 30 days or ")),
    "digits": lambda: page(_filled("1")),
    "commas": lambda: page(_filled("a,")),
    "entities": lambda: page(_filled("&nbsp;&lt;")),
    "open-tags": lambda: page(_filled("<")),
    "brackets": lambda: page(_filled("[](")),
    "headings": lambda: page(_filled("<h2>1. Data</h2>")),
    "scripts": lambda: page("<script>" + _filled('{"a":[') + "</script>"),
    "colspan": lambda: page("<table>" + "<tr><td colspan=100000 rowspan=60000>x" * 3000),
}


def pdf(content: bytes, pages: int = 1, filters: int = 1) -> bytes:
    """A PDF whose pages all show one content stream, deflated so many times."""
    for _ in range(filters):
        content = zlib.compress(content, 9)
    chain = b"[" + b"/FlateDecode " * filters + b"]"
    kids = b" ".join(b"5 0 R" for _ in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
        b"<</Length %d/Filter%s>>stream\n%s\nendstream" % (len(content), chain, content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R"
        b"/Resources<</Font<</F1 4 0 R>>>>>>",
    ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, text in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj%s\nendobj\n" % (number, text))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n" % (len(objects) + 1, start))
    return out.getvalue() + b"%%EOF"


def _shown(times: int) -> bytes:
    return b"BT /F1 9 Tf 50 800 Td " + b"(We keep data for 30 days.) Tj 0 -9 Td " * times + b"ET"


def docx(pieces: Iterator[bytes], more: int = 0, head: bytes = b"") -> bytes:
    """A Word document whose body is made of these pieces; ``more`` empty entries beside it."""
    out = io.BytesIO()
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Override PartName="/word/document.xml" ContentType="{DOCX}.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r" Type="{relation}" Target="word/document.xml"/></Relationships>',
        )
        with archive.open("word/document.xml", "w", force_zip64=True) as body:
            body.write(head + f'<w:document xmlns:w="{_W}"><w:body>'.encode())
            for piece in pieces:
                body.write(piece)
            body.write(b"</w:body></w:document>")
        for number in range(more):
            archive.writestr(f"word/more{number}.xml", "")
    return out.getvalue()


_PARAGRAPH = b"<w:p><w:r><w:t>We keep your data for 30 days.</w:t></w:r></w:p>"
_LAUGHS = b"<!DOCTYPE x [<!ENTITY a0 'ha'>%s]>" % b"".join(
    b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
)

#: Documents that unfold to far more than they are, by name.
DOCUMENTS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "pdf-zeros": ("application/pdf", lambda: pdf(bytes(500 * _MIB))),
    "pdf-twice-packed": ("application/pdf", lambda: pdf(bytes(900 * _MIB), filters=2)),
    "pdf-text": ("application/pdf", lambda: pdf(_shown(400_000))),
    "pdf-pages": ("application/pdf", lambda: pdf(_shown(90), pages=200_000)),
    "docx-gigabyte": (DOCX, lambda: docx(iter([_PARAGRAPH * 16_000] * 1100))),
    "docx-within": (DOCX, lambda: docx(iter([_PARAGRAPH * 16_000] * 180))),
    "docx-nested": (DOCX, lambda: docx(iter([b"<w:tbl><w:tr><w:tc>" * 100_000]))),
    "docx-deep": (
        DOCX,
        lambda: docx(
            iter([b"<w:sdt><w:sdtContent>" * 50_000, b"</w:sdtContent></w:sdt>" * 50_000])
        ),
    ),
    "docx-entries": (DOCX, lambda: docx(iter([_PARAGRAPH]), more=50_000)),
    "docx-laughs": (
        DOCX,
        lambda: docx(iter([b"<w:p><w:r><w:t>&a11;</w:t></w:r></w:p>"]), head=_LAUGHS),
    ),
}
