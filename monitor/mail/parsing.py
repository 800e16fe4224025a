"""From the bytes of a mail to its parts, however broken, large or nested they are.

Headers are read by the standard library's parser where it can, and as they stand where it cannot.
Bodies go through the readers that pages go through. Nothing is fetched.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from monitor.errors import ExtractionError
from monitor.extraction import combine, read_document
from monitor.mail.letter import Basis, Claim
from monitor.model import Document

#: What the header parser of the standard library raises over headers that are none.
_UNPARSABLE = (ValueError, TypeError, LookupError, AttributeError, AssertionError)
_MOST_PARTS = 200
_DEEPEST = 8
_LONGEST_HEADER = 8_000
_LONGEST_SHOWN = 400
_MOST_CLAIMS = 20
_MOST_LINKS = 500
_ADDRESS = re.compile(r"[^\s<>\"'(),:;@\[\]]{1,64}@([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})")
_FORMED = re.compile(rb"\A(?:From [^\n]*\n)?[!-9;-~]{1,76}[ \t]*:", re.ASCII)
_RESULT = re.compile(r"(?<![\w-])(dkim|spf|dmarc|arc)\s*=\s*([a-z]{2,12})", re.IGNORECASE)
_RESULT_OF = re.compile(
    r"(?:header\.(?:d|i|from)|smtp\.(?:mailfrom|helo))\s*=\s*@?([^\s;()]{1,253})", re.IGNORECASE
)
_LINK = re.compile(r"https?://[^\s<>\"'()\[\]|\\^`{}]{3,2000}", re.IGNORECASE)
_BREAKS = re.compile(r"[\r\n\t]+")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail taken apart. ``document`` is its text as read; ``attached`` are mails within it."""

    message_id: str
    sender: str
    name: str
    subject: str
    received: datetime | None
    basis: Basis
    sent: datetime | None
    document: Document
    links: tuple[str, ...]
    claims: tuple[Claim, ...]
    attachments: tuple[str, ...]
    attached: tuple[Mail, ...]
    remarks: tuple[str, ...]


def read_mail(content: bytes) -> Mail:
    """Take a mail apart. Raises ExtractionError for what is none."""
    if not _FORMED.match(content.lstrip()):
        raise ExtractionError(
            "This is no e-mail: it does not begin with a header (Name: value). Save the message "
            "from your mail program as .eml (its whole source), and import that file."
        )
    try:
        message = email.message_from_bytes(content.lstrip(), policy=email.policy.default)
        return _mail(message, depth=0)
    except RecursionError as error:
        raise ExtractionError(
            "This e-mail holds mails within mails, too deeply to be read. Take out the one that "
            "matters and import that."
        ) from error
    except _UNPARSABLE as error:
        raise ExtractionError(f"This e-mail cannot be taken apart: {error}") from error


def links_in(text: str) -> tuple[str, ...]:
    """The web addresses in a text, in order, each once."""
    found = (match[0].rstrip(".,;:!?*_") for match in _LINK.finditer(text))
    return tuple(dict.fromkeys(found))[:_MOST_LINKS]


def instant_of(text: str) -> datetime | None:
    """A date as mails write it; UTC where no zone is said, None where it is none."""
    try:
        found = parsedate_to_datetime(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def first_address(text: str) -> str:
    """The first e-mail address in a text, in lower case; "" without one."""
    found = _ADDRESS.search(text)
    return found[0].lower() if found else ""


def _mail(message: EmailMessage, *, depth: int) -> Mail:
    remarks: list[str] = []
    name, sender = _sender(message, remarks)
    parts = _Parts(message, depth, remarks)
    sent = instant_of(header(message, "date"))
    received, basis = _received(message, sent)
    if sent and received and abs((received - sent).total_seconds()) > 2 * 86400:
        remarks.append(f"its own date ({sent:%Y-%m-%d}) is not the day it came in")
    document = parts.text()
    return Mail(
        message_id=header(message, "message-id").strip("<> "),
        sender=sender,
        name=name,
        subject=header(message, "subject"),
        received=received,
        basis=basis,
        sent=sent,
        document=document,
        links=links_in("\n".join([document.text, *(d.text for d in document.dropped)])),
        claims=tuple(_claims(message))[:_MOST_CLAIMS],
        attachments=tuple(parts.files),
        attached=tuple(parts.mails),
        remarks=tuple(dict.fromkeys(remarks)),
    )


def header(message: EmailMessage, name: str) -> str:
    """A header on one line, decoded; as it stands where it cannot be parsed, "" if missing."""
    return next(_headers(message, name), "")


def _headers(message: EmailMessage, name: str) -> Iterator[str]:
    wanted = name.lower()
    for key, raw in message.raw_items():
        if key.lower() != wanted:
            continue
        plain = str(raw)[:_LONGEST_HEADER]
        try:
            decoded = str(message.policy.header_fetch_parse(key, plain))
        except _UNPARSABLE:
            decoded = plain
        yield _shown(decoded, _LONGEST_HEADER)


def _shown(text: str, longest: int = _LONGEST_SHOWN) -> str:
    """A stranger's words on one line, without what a database or a terminal could not take."""
    flat = _BREAKS.sub(" ", text)[:longest]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in flat).strip()


def _sender(message: EmailMessage, remarks: list[str]) -> tuple[str, str]:
    given = [*_headers(message, "from")]
    if not given:
        remarks.append("it has no From header")
        return "", ""
    if len(given) > 1:
        remarks.append("it has several From headers; the first was read")
    name, address = parseaddr(given[0])
    found = first_address(address) or first_address(given[0])
    if len(set(_ADDRESS.findall(given[0]))) > 1:
        remarks.append("its From header names several domains; the first address was read")
    if not found:
        remarks.append("its From header holds no address")
    return _shown(name), found


def _received(message: EmailMessage, sent: datetime | None) -> tuple[datetime | None, Basis]:
    """When it came in: the topmost Received header is the one written last, at the end."""
    for line in _headers(message, "received"):
        found = instant_of(line.rpartition(";")[2])
        if found is not None:
            return found, "received"
    return (sent, "sent") if sent else (None, "")


def _claims(message: EmailMessage) -> Iterator[Claim]:
    for line in _headers(message, "authentication-results"):
        by = line.partition(";")[0].split(" ")[0][:100]
        for piece in line.split(";")[1:]:
            result = _RESULT.search(piece)
            if result:
                about = _RESULT_OF.search(piece)
                yield Claim(
                    result[1].lower(), result[2].lower(), about[1].lower() if about else "", by
                )


class _Parts:
    """The parts of one mail, walked once: texts, files, and mails within."""

    def __init__(self, message: EmailMessage, depth: int, remarks: list[str]) -> None:
        self._remarks = remarks
        self._depth = depth
        self._seen = 0
        self._texts: dict[str, list[Document]] = {"text/html": [], "text/plain": []}
        self.files: list[str] = []
        self.mails: list[Mail] = []
        if depth <= _DEEPEST:
            self._walk(message)
        else:
            remarks.append(f"mails within it beyond the {_DEEPEST}th were not read")
        if self._seen > _MOST_PARTS:
            remarks.append(f"it has more than {_MOST_PARTS} parts; the others were not read")

    def text(self) -> Document:
        """The text of the mail: HTML, or the plain alternative where that says clearly more."""
        html, plain = self._texts["text/html"], self._texts["text/plain"]
        best = plain if _words(plain) > 2 * _words(html) else html
        return combine(best) if best else Document("", (), "text/plain")

    def _walk(self, part: EmailMessage) -> None:
        self._seen += 1
        if self._seen > _MOST_PARTS:
            return
        kind = part.get_content_type()
        if kind == "message/rfc822":
            self._within(part)
        elif part.is_multipart():
            for inner in part.iter_parts():
                if isinstance(inner, EmailMessage):
                    self._walk(inner)
        else:
            name = _file_name(part)
            if name.lower().endswith(".eml"):
                self._file_within(part)
            elif kind in self._texts and not name:
                self._read(part, kind)
            else:
                self.files.append(name or kind)
        if part.defects:
            self._remarks.append("its MIME structure is broken; what could be read was read")

    def _within(self, part: EmailMessage) -> None:
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else None
        if isinstance(inner, EmailMessage):
            self.mails.append(_mail(inner, depth=self._depth + 1))

    def _file_within(self, part: EmailMessage) -> None:
        """A mail attached as a file of no type in particular."""
        content = self._content(part)
        if _FORMED.match(content):
            inner = email.message_from_bytes(content, policy=email.policy.default)
            self.mails.append(_mail(inner, depth=self._depth + 1))

    def _content(self, part: EmailMessage) -> bytes:
        try:
            content = part.get_payload(decode=True)
        except _UNPARSABLE:
            self._remarks.append("a part of it could not be decoded")
            return b""
        return content if isinstance(content, bytes) else b""

    def _read(self, part: EmailMessage, kind: str) -> None:
        content = self._content(part)
        if not content.strip():
            return
        try:
            charset = str(part.get_content_charset() or "")
        except _UNPARSABLE:
            charset = ""
        try:
            document = read_document(content, media_type=f"{kind}; charset={charset}")
        except ExtractionError as error:
            self._remarks.append(f"a part of it could not be read: {error}")
            return
        if "encoding" in document.warnings:
            self._remarks.append("some of its characters could not be decoded")
        self._texts[kind].append(document)


def _file_name(part: EmailMessage) -> str:
    """The name of an attachment; "" for a body, even one that says it is inline."""
    try:
        name = part.get_filename() or ""
        attached = part.get_content_disposition() == "attachment"
    except _UNPARSABLE:
        return "unnamed"
    return _shown(name) or ("unnamed" if attached else "")


def _words(found: list[Document]) -> int:
    return sum(len(document.text.split()) for document in found)
