"""The letter within a mail: the mail itself, one attached to it, or one quoted as forwarded.

    Mail ──► an attached mail that announces something, else the first
         ──► the text below the header lines that a mail program writes when it forwards
         ──► the mail itself

Who forwarded it does not matter; what they forwarded says who wrote it and when, which is a claim.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Literal

from monitor.extraction.language import language_of
from monitor.lexicon import guess_language, load
from monitor.mail.announcing import announced
from monitor.mail.letter import Letter
from monitor.mail.parsing import Mail, first_address, instant_of, read_mail
from monitor.mail.phrases import FIELDS
from monitor.model import Document
from monitor.notice.calendar import Calendar
from monitor.segmentation import segment

#: How far into a mail a forwarded one can begin: below what the person who forwards it writes.
_REACH = 2_500
_QUOTATION = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_FIELD = re.compile(
    rf"^[*_#| \t]*(?P<label>{'|'.join(map(re.escape, FIELDS))})[*_]* ?:[*_]*[ \t]*(?P<value>.*)$",
    re.MULTILINE | re.IGNORECASE,
)
_FEWEST = 3
#: Lines between two fields: mail programs put each in a paragraph, or break a long one.
_APART = 3
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a letter's words and its claims about itself come from."""

    mail: Mail
    document: Document
    forwarded: Literal["", "attached", "inline"] = ""


def letter_of(content: bytes, calendar: Calendar, received: datetime | None = None) -> Letter:
    """Read a mail. Raises ExtractionError for bytes that are none.

    Args:
        content: the mail as it was sent, headers and all.
        calendar: how periods that it states are counted.
        received: when a mailbox took it in, where that is known.
    """
    mail = read_mail(content)
    if received is not None:
        mail = replace(mail, received=received, basis="mailbox")
    letters = [_letter(source, calendar) for source in _sources(mail)]
    return next((letter for letter in letters if letter.kind == "notice"), letters[0])


def _sources(mail: Mail, forwarded: Literal["", "attached"] = "") -> Iterator[_Source]:
    """The letters of a mail, the innermost first: who forwards seldom announces."""
    for inner in mail.attached:
        yield from _sources(inner, "attached")
    quoted = _quoted(mail)
    if quoted is not None:
        yield quoted
    yield _Source(mail, mail.document, forwarded)


def _letter(source: _Source, calendar: Calendar) -> Letter:
    mail, document = source.mail, source.document
    language = language_of(document.text, document.language) or guess_language(document.text)
    document = replace(document, language=language)
    came = calendar.day_of(mail.received) if mail.received else None
    found = announced(mail.subject, document, came, calendar)
    return Letter(
        kind="notice" if found.quotes else "no notice",
        why=found.why,
        sender=mail.sender,
        name=mail.name,
        subject=mail.subject,
        message_id=mail.message_id,
        received=mail.received,
        basis=mail.basis,
        sent=mail.sent,
        language=language,
        forwarded=source.forwarded,
        about=found.about,
        effective=min(found.days, default=None),
        days=found.days,
        how=found.how,
        deadlines=found.deadlines,
        quotes=found.quotes,
        links=mail.links,
        claims=mail.claims,
        attachments=mail.attachments,
        remarks=(*mail.remarks, *found.remarks),
        words=_digest(mail.subject, document.text),
    )


def _digest(subject: str, text: str) -> str:
    words = " ".join(f"{subject} {text}".split())
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


# --- quoted by a mail program ------------------------------------------------------------------


def _quoted(mail: Mail) -> _Source | None:
    """The mail that the text quotes below "From:, Date:, Subject:", in any of the languages."""
    text = _QUOTATION.sub("", mail.document.text)
    fields, end = _block(text[:_REACH])
    sender = first_address(fields.get("from", ""))
    if not sender or "subject" not in fields or len(fields) < _FEWEST:
        return None
    body = text[end:].strip("\n")
    kind = "text/plain" if mail.document.media_type == "text/plain" else "text/markdown"
    sent = _sent(fields.get("date", ""), body)
    quoted = replace(
        mail,
        sender=sender,
        name=fields["from"].partition("<")[0].strip(" \"'*_[")[:_LONGEST],
        subject=fields["subject"].strip(" *_")[:_LONGEST],
        received=sent,
        basis="forwarded" if sent else "",
        sent=sent,
        claims=(),
    )
    return _Source(quoted, Document(body, segment(body, kind), kind), "inline")


def _block(text: str) -> tuple[dict[str, str], int]:
    """The first run of lines like header fields that names a sender, and where it ends."""
    fields: dict[str, str] = {}
    end = 0
    for found in _FIELD.finditer(text):
        if fields and text[end : found.start()].count("\n") > _APART:
            if len(fields) >= _FEWEST and "from" in fields:
                break
            fields = {}
        fields.setdefault(FIELDS[found["label"].casefold()], found["value"].strip())
        end = found.end()
    return fields, end


def _sent(written: str, body: str) -> datetime | None:
    """A date as a forwarding program writes it; noon where only the day can be read."""
    whole = instant_of(written)
    if whole is not None:
        return whole
    day = _day(written, body)
    return datetime.combine(day, time(12), UTC) if day else None


def _day(written: str, body: str) -> date | None:
    tried = dict.fromkeys((guess_language(body), guess_language(written), "en", "it", "fr", "de"))
    for language in tried:
        days = load(language).dates(written)
        if days:
            return days[0].value
    return None
