"""What response headers say about time and type. Pure; a header is a stranger's text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: Nothing that a server asks for moves our plans by more than this.
LONGEST = timedelta(days=30)

Headers = tuple[tuple[str, str], ...]

_SECONDS = re.compile(r"\d{1,18}", re.A)
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,18})", re.I | re.A)
_UNSTORED = re.compile(r"(?:^|[,\s])no-(?:cache|store)(?:$|[,\s=])", re.I)
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+", re.A)
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([A-Za-z0-9._:+-]{1,40})", re.I | re.A)


def header(headers: Headers, name: str) -> str:
    """All values of a header joined by ", " (names are lower-case), or ""."""
    return ", ".join(value for key, value in headers if key == name)


def read_instant(text: str) -> datetime | None:
    """An HTTP date as an aware UTC instant, or None."""
    try:
        instant = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, OverflowError):
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def retry_after(headers: Headers, now: datetime) -> float | None:
    """Retry-After in seconds from now, within 0 and 30 days; None when absent or unreadable."""
    text = header(headers, "retry-after").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST.total_seconds())
    instant = read_instant(text) if text else None
    if instant is None:
        return None
    return max(0.0, min((instant - now).total_seconds(), LONGEST.total_seconds()))


def fresh_for(headers: Headers, now: datetime) -> timedelta | None:
    """How long the answer says that it stays fresh: Cache-Control before Expires, less Age.

    None when the answer says nothing; zero for no-cache, no-store and dates of the past.
    """
    control = header(headers, "cache-control")
    if _UNSTORED.search(control):
        return timedelta(0)
    age_match = _SECONDS.match(header(headers, "age").strip())
    age = timedelta(seconds=min(int(age_match[0]), LONGEST.total_seconds()) if age_match else 0)
    match = _MAX_AGE.search(control)
    if match:
        lifetime = timedelta(seconds=min(int(match[1]), LONGEST.total_seconds()))
    elif text := header(headers, "expires"):
        expires = read_instant(text)
        if expires is None:
            return timedelta(0)  # RFC 9111 5.3: an unreadable date, such as "0", is in the past
        lifetime = expires - (read_instant(header(headers, "date")) or now)
    else:
        return None
    return max(timedelta(0), min(lifetime - age, LONGEST))


def media_type(headers: Headers, content: bytes) -> str:
    """The media type in lower case with its charset ("text/html; charset=utf-8").

    Without a usable Content-Type the first bytes decide.
    """
    text = next((value for key, value in headers if key == "content-type"), "")
    name = text.partition(";")[0].strip().lower()
    if not _TYPE.fullmatch(name) or name == "application/octet-stream":
        return _sniff(content)
    charset = _CHARSET.search(text)
    return f"{name}; charset={charset[1].lower()}" if charset else name


def _sniff(content: bytes) -> str:
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"%PDF-"):
        return "application/pdf"
    if start.startswith(b"PK\x03\x04") and b"word/" in content:
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    if start.startswith(b"<"):
        return "text/html"
    return "application/octet-stream" if b"\0" in start else "text/plain"


def header_bytes(values: Iterable[tuple[str, str]]) -> int:
    """The size of headers in bytes, as they stand on the wire (about)."""
    return sum(len(key) + len(value) + 4 for key, value in values)
