"""Word documents, through mammoth (the extra ``docx``) and the HTML reader."""

from __future__ import annotations

import io
import zipfile
from xml.parsers.expat import ExpatError

from monitor.errors import ExtractionError
from monitor.extraction.html import read_markup
from monitor.extraction.plain import refuse_selectors
from monitor.extraction.source import Extracted, Source

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: Of its XML alone, which is what is read: pictures are not.
_MAX_UNPACKED = 50_000_000
_MAX_ENTRIES = 10_000
#: What mammoth and the parser below it say of documents that are none, or that nest too deeply.
_UNREADABLE = (
    zipfile.BadZipFile, KeyError, ValueError, AttributeError, SyntaxError, ExpatError,
    RecursionError, NotImplementedError, EOFError,
)  # fmt: skip


def read(source: Source) -> Extracted:
    """Read a .docx file: headings, lists, tables and links kept. Raises ExtractionError."""
    refuse_selectors(source)
    try:
        import mammoth
    except ImportError as error:
        raise ExtractionError(
            f"{source.url or 'The document'} is a Word document; reading it needs an extra that is "
            "not installed: pip install 'policywatch[docx]'."
        ) from error
    title = _title(source)
    try:
        converted = mammoth.convert_to_html(
            io.BytesIO(source.content),
            ignore_empty_paragraphs=True,
            convert_image=mammoth.images.img_element(lambda _: {}),
        )
    except _UNREADABLE as error:
        raise ExtractionError(
            f"{source.url or 'The document'} is not a Word document that can be read ({error}). "
            "Open it in a word processor and save it again as .docx, or watch another page."
        ) from error
    extracted = read_markup(converted.value, Source(b"", url=source.url), whole=True)
    return Extracted(extracted.text, title, "", (), extracted.visible_chars)


def _title(source: Source) -> str:
    """The document's own title property; also refuses archives that unpack to too much."""
    import re

    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            entries = archive.infolist()
            unpacked = sum(e.file_size for e in entries if e.filename.endswith((".xml", ".rels")))
            if unpacked > _MAX_UNPACKED or len(entries) > _MAX_ENTRIES:
                raise ExtractionError(
                    f"{source.url or 'The document'} unpacks to {unpacked // 1_000_000} MB of XML "
                    f"in {len(entries)} files and was not read: it would take up this machine. "
                    "Watch another page, or save what it says as a page and use "
                    "`policywatch capture`."
                )
            core = archive.read("docProps/core.xml").decode("utf-8", "replace")
    except KeyError:
        return ""
    except zipfile.BadZipFile as error:
        raise ExtractionError(
            f"{source.url or 'The document'} is a damaged Word document ({error})."
        ) from error
    match = re.search(r"<dc:title>([^<]*)</dc:title>", core)
    return match[1].strip() if match else ""
