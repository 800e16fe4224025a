"""What a document is, whatever its Content-Type says."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from monitor.extraction.docx import MEDIA_TYPE as DOCX

_HTML = re.compile(
    rb"\s*(?:<!--.{0,2000}?-->\s*|<\?xml[^>]{0,200}>\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|title|meta|link|script|style|div|main|article|section|h[1-6]|p)\b",
    re.IGNORECASE | re.DOTALL,
)
_TAGS = re.compile(
    rb"</?(?:p|div|h[1-6]|li|ul|ol|br|a|span|table|tr|td|strong|em|body|html)\b", re.I
)
_ALIASES = {
    "application/xhtml+xml": "text/html",
    "application/xml": "text/html",
    "text/xml": "text/html",
    "text/x-markdown": "text/markdown",
    "application/markdown": "text/markdown",
    "text/vnd.daringfireball.markdown": "text/markdown",
    "application/x-pdf": "application/pdf",
}
_VAGUE = frozenset(
    ("", "application/octet-stream", "binary/octet-stream", "application/download",
     "application/force-download", "application/unknown", "unknown/unknown", "text/plain",
     "application/zip", "application/x-download", "text/rtf")
)  # fmt: skip
_BOM = b"\xef\xbb\xbf"


def sniff(content: bytes, declared: str, url: str = "") -> str:
    """The media type of a document, from its first bytes, what is declared, and its URL."""
    head = content[:4096].removeprefix(_BOM)
    kind = _ALIASES.get(declared, declared)
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    if head.startswith(b"PK\x03\x04"):
        return DOCX if b"word/" in content else "application/zip"
    if kind == "application/pdf" or kind == DOCX:
        return "text/html" if _HTML.match(head) else kind
    if kind not in _VAGUE:
        return kind
    if _HTML.match(head.replace(b"\x00", b"")) or len(_TAGS.findall(head)) >= 5:
        return "text/html"
    path = urlsplit(url).path.lower()
    if path.endswith((".md", ".markdown", ".mdown")):
        return "text/markdown"
    if path.endswith((".html", ".htm")) and kind != "text/plain":
        return "text/html"
    if kind == "text/plain" or b"\x00" not in head:
        return "text/plain"
    return kind or "application/octet-stream"
