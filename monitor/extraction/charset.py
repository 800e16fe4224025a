"""From bytes to text, the way browsers do it: BOM, header, ``<meta>``, UTF-8, then Windows-1252."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]+)", re.IGNORECASE)
_PROLOG = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([a-zA-Z0-9_:.-]+)", re.IGNORECASE)
#: Labels that name a subset of Windows-1252, which is what pages so labelled are written in.
_LATIN = frozenset({"iso8859-1", "ascii", "cp1252"})
_ENCODED_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def decode(content: bytes, charset: str = "", *, markup: bool = False) -> tuple[str, bool]:
    """Decode a page; never fails. Returns the text and whether characters were lost.

    ``charset`` is the header's claim. A claim that the bytes contradict is not believed: bytes
    that are valid UTF-8 beyond ASCII are read as UTF-8 whatever they are said to be.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _decode(content[len(bom) :], encoding)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        claim = _codec(charset) or (_declared(content) if markup else "")
        if not claim or not content.isascii() or _is_ascii_superset(claim):
            return _scrub(text), False
    for claim in (charset, _declared(content) if markup else ""):
        encoding = _codec(claim)
        if encoding and encoding != "utf-8":
            text, lossy = _decode(content, encoding)
            if not lossy:
                return text, False
    if _mostly_utf8(content):
        return _decode(content, "utf-8")
    return _decode(content, "cp1252")


def _decode(content: bytes, encoding: str) -> tuple[str, bool]:
    text = content.decode(encoding, "replace")
    return _scrub(text), "\ufffd" in text


def _scrub(text: str) -> str:
    """Lone surrogates cannot be stored or sent: they become U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def _declared(content: bytes) -> str:
    """The encoding that the markup names in its first 4 KiB."""
    match = _META.search(content, 0, 4096) or _PROLOG.search(content, 0, 512)
    return match[1].decode("ascii") if match else ""


def _codec(label: str) -> str:
    """The Python codec for a web label, or "" if there is none that yields text."""
    label = label.strip().strip("\"'").lower()
    if not label:
        return ""
    try:
        info = codecs.lookup(label)
    except LookupError:
        return ""
    if not getattr(info, "_is_text_encoding", True) or info.name in ("unicode_escape", "idna"):
        return ""
    return "cp1252" if info.name in _LATIN else info.name


def _is_ascii_superset(encoding: str) -> bool:
    return not encoding.startswith(("utf-16", "utf-32", "utf-7", "utf_7", "cp037", "cp500"))


def _mostly_utf8(content: bytes) -> bool:
    """Whether broken bytes are stray ones in UTF-8 text, rather than another encoding."""
    if _ENCODED_SURROGATE.search(content):
        return True
    text = content[:200_000].decode("utf-8", "replace")
    broken = text.count("\ufffd")
    good = sum(1 for char in text if char > "\x7f") - broken
    return good > broken
