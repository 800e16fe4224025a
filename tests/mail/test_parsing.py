"""Mails are hostile: whatever the bytes are, they are read as far as they go, or refused."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ExtractionError
from monitor.mail.forwarding import letter_of
from monitor.mail.letter import Claim, Letter
from monitor.mail.parsing import read_mail
from monitor.notice.calendar import Calendar
from tests.mail.samples import raw

BODY = "We are updating our Privacy Policy. It takes effect on 1 April 2026.\n"
HEAD = (
    b"From: legal@quayside.example\r\nSubject: Privacy Policy update\r\n"
    b"Date: Mon, 02 Mar 2026 09:00:00 +0000\r\nMessage-ID: <a@quayside.example>\r\n"
)

FORWARD = b"From: a@ours.example\r\nSubject: Fwd\r\nContent-Type: message/rfc822\r\n\r\n"


def letter(content: bytes) -> Letter:
    return letter_of(content, Calendar())


def test_a_mail_says_who_when_and_where() -> None:
    """Sender, subject, arrival by the last server's header, and the links behind its words."""
    html = (
        "<p>We are updating our <a href='https://quayside.example/privacy'>Privacy Policy</a>.</p>"
    )
    mail = read_mail(raw("Update", html, html=True, received="Tue, 03 Mar 2026 10:00:00 +0100"))
    assert (mail.sender, mail.name) == ("legal@mail.quayside.example", "Quayside Ledger")
    assert (mail.received, mail.basis) == (datetime(2026, 3, 3, 9, tzinfo=UTC), "received")
    assert mail.links == ("https://quayside.example/privacy",)
    assert mail.message_id == "n1@quayside.example"


def test_without_a_server_the_senders_date_is_all_there_is() -> None:
    """And it is marked as the sender's."""
    mail = read_mail(raw("Update", BODY, received=""))
    assert (mail.received, mail.basis) == (datetime(2026, 3, 2, 9, tzinfo=UTC), "sent")


def test_a_senders_date_that_is_not_the_day_of_arrival_is_remarked() -> None:
    """Backdating is cheap."""
    mail = read_mail(raw("Update", BODY, received="Mon, 30 Mar 2026 09:00:00 +0000"))
    assert mail.received == datetime(2026, 3, 30, 9, tzinfo=UTC)
    assert mail.remarks == ("its own date (2026-03-02) is not the day it came in",)


def test_authentication_results_are_claims_with_their_author() -> None:
    """They are recorded as stated; a nameless one too."""
    stated = (
        "mx.ours.example; dkim=pass (2048-bit key) header.d=quayside.example; "
        "spf=softfail smtp.mailfrom=bounce@quayside.example; "
        "dmarc=fail header.from=quayside.example"
    )
    mail = read_mail(raw("Update", BODY, headers={"Authentication-Results": stated}))
    assert mail.claims == (
        Claim("dkim", "pass", "quayside.example", "mx.ours.example"),
        Claim("spf", "softfail", "bounce@quayside.example", "mx.ours.example"),
        Claim("dmarc", "fail", "quayside.example", "mx.ours.example"),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no e-mail"),
        (b"%PDF-1.7\n", "no e-mail"),
        (b"<html><body>We are updating our Privacy Policy</body></html>", "no e-mail"),
        (b"\x00\x01\x02", "no e-mail"),
    ],
)
def test_what_is_no_mail_is_refused_with_what_to_do(content: bytes, said: str) -> None:
    """A page, a PDF and noise have no headers."""
    with pytest.raises(ExtractionError, match=said):
        read_mail(content)


@pytest.mark.parametrize(
    ("charset", "encoded"),
    [
        ("iso-8859-1", "Änderung".encode("latin-1")),
        ("utf-8", "Änderung".encode("latin-1")),
        ("x-unknown", "Änderung".encode()),
        ("us-ascii", "Änderung".encode()),
        ("utf-16", "Änderung".encode("utf-16")),
    ],
)
def test_a_wrong_charset_is_read_all_the_same(charset: str, encoded: bytes) -> None:
    """The bytes decide where the header lies."""
    content = HEAD + f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + encoded
    assert "Änderung" in read_mail(content).document.text


def test_a_truncated_multipart_is_read_as_far_as_it_goes() -> None:
    """The closing boundary is missing, and the text is there."""
    content = HEAD + (
        b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\n'
        b"Content-Type: text/plain\r\n\r\n" + BODY.encode()
    )
    read = letter(content)
    assert read.kind == "notice"
    assert "its MIME structure is broken; what could be read was read" in read.remarks


def test_html_is_preferred_unless_the_plain_text_says_more() -> None:
    """A stub ("view this in a browser") of either kind is not the mail."""
    for stub, full in (("plain", "html"), ("html", "plain")):
        message = EmailMessage()
        message["From"], message["Subject"] = "legal@quayside.example", "Update"
        texts = {stub: "See the other part.", full: BODY}
        message.set_content(texts["plain"])
        message.add_alternative(f"<p>{texts['html']}</p>", subtype="html")
        assert letter(message.as_bytes()).about == ("privacy",)


def test_attachments_are_named_and_not_read() -> None:
    """A text file that is attached is not the mail's text."""
    message = EmailMessage()
    message["From"], message["Subject"] = "legal@quayside.example", "Hello"
    message.set_content("See the attached file.")
    message.add_attachment(BODY.encode(), maintype="text", subtype="plain", filename="new.txt")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="terms.pdf")
    read = letter(message.as_bytes())
    assert (read.kind, len(read.attachments)) == ("no notice", 2)
    assert read.attachments[0] == "new.txt"


def test_several_senders_are_remarked_and_the_first_is_read() -> None:
    """A second From header, or a second domain in it, is a trick as old as mail."""
    content = b"From: evil@elsewhere.example\r\n" + HEAD + b"\r\n" + BODY.encode()
    mail = read_mail(content)
    assert mail.sender == "evil@elsewhere.example"
    assert "it has several From headers; the first was read" in mail.remarks
    name = '"legal@quayside.example" <evil@elsewhere.example>'
    named = read_mail(b"From: " + name.encode() + b"\r\nSubject: x\r\n\r\nhello\r\n")
    assert named.sender == "evil@elsewhere.example"
    assert any("several domains" in remark for remark in named.remarks)


@pytest.mark.parametrize(("depth", "kind"), [(3, "notice"), (30, "no notice")])
def test_mails_within_mails_are_read_to_a_certain_depth(depth: int, kind: str) -> None:
    """Who forwards a forwarded mail is followed; what lies deeper is remarked."""
    content = HEAD + b"\r\n" + BODY.encode()
    for _ in range(depth):
        content = FORWARD + content
    read = letter(content)
    assert read.kind == kind
    assert any("mails within it" in remark for remark in read.remarks) == (kind != "notice")


def test_bottomless_nesting_is_refused() -> None:
    """Three thousand mails within each other are an attack on the stack."""
    with pytest.raises(ExtractionError, match="too deeply"):
        letter(FORWARD * 3000 + HEAD + b"\r\n" + BODY.encode())


def test_many_parts_are_cut() -> None:
    """A thousand parts are a mail of two hundred, and a remark."""
    parts = b"--b\r\nContent-Type: text/plain\r\n\r\nword\r\n" * 1000
    content = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--\r\n"
    assert any("more than 200 parts" in remark for remark in letter(content).remarks)


@pytest.mark.parametrize(
    "line",
    [
        b"From: " + b"<" * 50_000,
        b"From: =?utf-8?q?" + b"=?" * 5000 + b"?= <a@b.example>",
        b"Subject: " + b"=?utf-8?b?////?= " * 2000,
        b"Date: not a date at all",
        b"Date: Mon, 99 Foo 99999 99:99:99 +9999",
        b"Received: by x; " + b"(" * 20_000,
        b"Content-Type: " + b"a/" * 10_000,
        b"Content-Type: multipart/mixed; boundary=" + b"\xff" * 100,
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Disposition: attachment; filename*=utf-8''%ff%fe; filename*0*=x",
        b"Authentication-Results: " + b"dkim=pass;" * 5000,
        b"Message-ID: <\xff\x00 \r\n >",
    ],
)
def test_hostile_headers_are_survived(line: bytes) -> None:
    """Each is read as something, in the end."""
    read = letter(line + b"\r\n" + HEAD + b"\r\n" + BODY.encode())
    assert isinstance(read, Letter)
    assert all(c.isprintable() for c in f"{read.sender}{read.name}{read.subject}{read.message_id}")
    assert len(read.claims) <= 20


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.binary(max_size=400))
def test_no_bytes_crash_the_reader(head: bytes, body: bytes) -> None:
    """It is read, or refused in words."""
    with contextlib.suppress(ExtractionError):
        read = letter(b"Subject: x\r\n" + head + b"\r\n\r\n" + body)
        assert read.kind in ("notice", "no notice")
