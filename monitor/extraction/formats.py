"""From bytes to a Document: the format is recognized, read, dated and cut into clauses.

A format is one module with a function ``Source -> Extracted`` and one line in ``FORMATS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from monitor.errors import ExtractionError
from monitor.extraction import docx, html, pdf, plain
from monitor.extraction.dates import stated_dates
from monitor.extraction.language import language_of
from monitor.extraction.media import sniff
from monitor.extraction.source import Bounds, Extracted, Source
from monitor.model import Document
from monitor.segmentation import segment

#: Bump it whenever the text read from the same bytes changes: versions are stamped with it, and
#: stored ones are read again (a technical upgrade) instead of being compared across extractors.
EXTRACTOR = "policywatch/2"

FORMATS: dict[str, Callable[[Source], Extracted]] = {
    "text/html": html.read,
    "application/pdf": pdf.read,
    docx.MEDIA_TYPE: docx.read,
    "text/markdown": plain.read_markdown,
    "text/plain": plain.read_plain,
}


def extract(
    content: bytes,
    *,
    media_type: str = "text/html",
    url: str | None = None,
    select: Sequence[str] = (),
    remove: Sequence[str] = (),
    ranges: Sequence[Bounds] = (),
) -> tuple[Extracted, str]:
    """The text of a policy's bytes, not yet understood, and its kind.

    ``media_type`` may be a whole Content-Type header; where it is missing or contradicted by the
    bytes, the bytes decide. ``select``, ``remove`` (CSS selectors) and ``ranges`` narrow an HTML
    page. For Markdown and plain text the text is the one given. Raises ExtractionError where the
    bytes cannot be read or a selector matches nothing.
    """
    declared, charset = content_type(media_type)
    kind = sniff(content, declared, url or "")
    reader = FORMATS.get(kind)
    if reader is None:
        raise ExtractionError(
            f"{url or 'The document'} is {kind}, which cannot be read. Readable are: "
            f"{', '.join(FORMATS)}. Watch a page of one of these kinds instead."
        )
    source = Source(content, kind, charset, url, tuple(select), tuple(remove), tuple(ranges))
    return reader(source), kind


def read_document(
    content: bytes,
    *,
    media_type: str = "text/html",
    url: str | None = None,
    select: Sequence[str] = (),
    remove: Sequence[str] = (),
    ranges: Sequence[Bounds] = (),
) -> Document:
    """Read a policy from bytes: ``extract`` and ``understand`` in one. Raises ExtractionError."""
    extracted, kind = extract(
        content, media_type=media_type, url=url, select=select, remove=remove, ranges=ranges
    )
    return understand(extracted, kind)


def combine(documents: Sequence[Document]) -> Document:
    """Join the parts of a policy with several URLs, in the given order, into one Document.

    Title and language are those of the first part that has one; the dates are the latest stated.
    Raises ExtractionError without any part.
    """
    if not documents:
        raise ExtractionError("A policy needs at least one part: none was given.")
    if len(documents) == 1:
        return documents[0]
    text = combined_text([document.text for document in documents])
    plain_only = all(document.media_type == "text/plain" for document in documents)
    kind = "text/plain" if plain_only else "text/markdown"
    updated = [d.last_updated for d in documents if d.last_updated]
    effective = [d.effective for d in documents if d.effective]
    return Document(
        text=text,
        clauses=segment(text, kind),
        media_type=documents[0].media_type if plain_only else "text/markdown",
        title=next((d.title for d in documents if d.title), ""),
        language=next((d.language for d in documents if d.language), ""),
        last_updated=max(updated) if updated else None,
        effective=max(effective) if effective else None,
        dropped=tuple(item for document in documents for item in document.dropped),
        visible_chars=sum(document.visible_chars for document in documents),
        warnings=tuple(dict.fromkeys(w for document in documents for w in document.warnings)),
    )


def combined_text(texts: Sequence[str]) -> str:
    """The text of a policy of several parts."""
    return texts[0] if len(texts) == 1 else "\n\n".join(text.strip("\n") for text in texts)


def understand(extracted: Extracted, kind: str) -> Document:
    """Name the language of an extracted text, find its stated dates, cut it into clauses."""
    text = extracted.text
    language = language_of(text, extracted.language)
    claimed = extracted.language.strip().lower()
    dates = stated_dates(text, claimed if claimed.startswith(f"{language}-") else language)
    return Document(
        text=text,
        clauses=segment(text, extracted.text_type),
        media_type=kind,
        title=extracted.title,
        language=language,
        last_updated=dates.last_updated,
        effective=dates.effective,
        dropped=extracted.dropped,
        visible_chars=extracted.visible_chars,
        warnings=extracted.warnings,
    )


def content_type(header: str) -> tuple[str, str]:
    """The media type and the charset of a Content-Type header."""
    kind, _, parameters = header.partition(";")
    match = re.search(r"charset\s*=\s*[\"']?([^\s\"';]+)", parameters, re.IGNORECASE)
    return kind.strip().lower(), match[1] if match else ""
