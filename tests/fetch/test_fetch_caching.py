"""Headers about time and type, as strangers write them."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.fetch.caching import fresh_for, media_type, retry_after

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MONTH = 30 * 86400


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), (" 0 ", 0), ("99999999999999", MONTH), ("Mon, 04 May 2026 12:02:00 GMT", 120),
        ("Mon, 04 May 2026 14:02:00 +0200", 120), ("Mon, 04 May 2026 11:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MONTH), ("-5", None), ("1.5", None), ("soon", None),
        ("１２", None), ("", None), ("9" * 400, None), ("Mon, 99 May 2026 12:02:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after(value, seconds):
    """Retry-After is read as seconds or a date, kept within 30 days, and never trusted blindly."""
    assert retry_after((("retry-after", value),), NOW) == seconds
    assert retry_after((), NOW) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": 'public, Max-Age="600"', "age": "100"}, 500),
        ({"cache-control": "max-age=600", "age": "900"}, 0),
        ({"cache-control": "max-age=600", "expires": "0"}, 600),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "no-cache, max-age=600"}, 0),
        ({"cache-control": "no-store"}, 0),
        ({"cache-control": "max-age=99999999999999999"}, MONTH),
        ({"cache-control": "max-age=-1"}, None),
        ({"expires": "Mon, 04 May 2026 13:00:00 GMT"}, 3600),
        ({"expires": "Mon, 04 May 2026 13:00:00 GMT", "date": "Mon, 04 May 2026 12:30:00 GMT"},
         1800),
        ({"expires": "0"}, 0),
        ({"expires": "Fri, 31 Dec 9999 23:59:59 GMT"}, MONTH),
        ({"age": "100"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_freshness(headers, seconds):
    """Cache-Control wins over Expires, Age is taken off, and nothing exceeds 30 days."""
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert fresh_for(tuple(headers.items()), NOW) == expected


@pytest.mark.parametrize(
    ("given", "content", "expected"),
    [
        ("text/html", b"x", "text/html"),
        ("Text/HTML; Charset=\"ISO-8859-15\"; x=y", b"x", "text/html; charset=iso-8859-15"),
        ("text/html;charset=", b"x", "text/html"),
        ("text/html; charset=<script>", b"x", "text/html"),
        ("application/pdf", b"x", "application/pdf"),
        (None, b"%PDF-1.7", "application/pdf"),
        ("application/octet-stream", b"%PDF-1.7", "application/pdf"),
        ("nonsense", b"\xef\xbb\xbf <!doctype html>", "text/html"),
        (None, b"Terms of use", "text/plain"),
        (None, b"\x00\x01", "application/octet-stream"),
        (None, b"PK\x03\x04....word/document.xml",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)  # fmt: skip
def test_media_type(given, content, expected):
    """The type is the server's with its charset; the bytes decide only where it names none."""
    headers = (("content-type", given),) if given is not None else ()
    assert media_type(headers, content) == expected
