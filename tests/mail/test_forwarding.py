"""A notice that a colleague forwarded: attached, or quoted by their mail program."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from monitor.mail.forwarding import letter_of
from monitor.mail.letter import Letter
from monitor.notice.calendar import Calendar
from tests.mail.samples import raw

BODY = "We are updating our Privacy Policy. It takes effect in 30 days.\n"
COLLEAGUE = "Ines Faria <ines@ours.example>"
LATER = "Thu, 12 Mar 2026 15:00:00 +0000"


def letter(content: bytes) -> Letter:
    return letter_of(content, Calendar())


def quoted(lines: str, *, html: bool = False) -> Letter:
    return letter(raw("FW: news", lines, sender=COLLEAGUE, html=html, stamp=LATER, received=LATER))


@pytest.mark.parametrize("as_file", [False, True])
def test_an_attached_mail_is_the_letter_with_its_own_day_of_arrival(as_file: bool) -> None:
    """The thirty days run from when the vendor's mail came in, not from when it was forwarded."""
    outer = EmailMessage()
    outer["From"], outer["Subject"], outer["Date"] = COLLEAGUE, "Fwd: look", LATER
    outer.set_content("FYI")
    inner = raw("Privacy Policy update", BODY)
    if as_file:
        outer.add_attachment(inner, maintype="application", subtype="octet-stream",
                             filename="notice.eml")  # fmt: skip
    else:
        outer.add_attachment(message_from_bytes(inner, policy=policy.default))
    read = letter(outer.as_bytes())
    assert (read.kind, read.forwarded) == ("notice", "attached")
    assert read.sender == "legal@mail.quayside.example"
    assert str(read.effective) == "2026-04-01"
    assert read.basis == "received"


FORWARDS = [
    (
        "en",
        "See below.\n\n---------- Forwarded message ---------\n"
        "From: Quayside Ledger <legal@mail.quayside.example>\n"
        "Date: Mon, Mar 2, 2026 at 9:00 AM\nSubject: Privacy Policy update\n"
        "To: <ines@ours.example>\n\n" + BODY,
    ),
    (
        "it",
        "Da: Quayside Ledger <legal@mail.quayside.example>\nInviato: lunedì 2 marzo 2026 09:00\n"
        "A: Ines Faria\nOggetto: Privacy Policy update\n\n" + BODY,
    ),
    (
        "fr",
        "> De : Quayside Ledger <legal@mail.quayside.example>\n> Envoyé : lundi 2 mars 2026 09:00\n"
        "> À : Ines Faria\n> Objet : Privacy Policy update\n>\n> " + BODY,
    ),
    (
        "de",
        "Zur Kenntnis\n\n-----Ursprüngliche Nachricht-----\n"
        "Von: Quayside Ledger <legal@mail.quayside.example>\n"
        "Gesendet: Montag, 2. März 2026 09:00\nAn: Ines Faria\nBetreff: Privacy Policy update\n\n"
        + BODY,
    ),
    (
        "es",
        "De: Quayside Ledger <legal@mail.quayside.example>\n"
        "Enviado el: lunes, 2 de marzo de 2026 9:00\nPara: Ines Faria\n"
        "Asunto: Privacy Policy update\n\n" + BODY,
    ),
]


@pytest.mark.parametrize("lines", [f[1] for f in FORWARDS], ids=[f[0] for f in FORWARDS])
def test_a_quoted_mail_is_the_letter_with_what_the_program_wrote_down(lines: str) -> None:
    """Sender, subject and day are read from the lines above it, whose labels are in any language;
    the day is a claim.
    """
    read = quoted(lines)
    assert (read.kind, read.forwarded, read.basis) == ("notice", "inline", "forwarded")
    assert (read.sender, read.subject) == ("legal@mail.quayside.example", "Privacy Policy update")
    assert read.received is not None
    assert read.received.date() == datetime(2026, 3, 2, tzinfo=UTC).date()
    assert str(read.effective) == "2026-04-01"
    assert read.claims == ()


def test_a_quoted_mail_in_html() -> None:
    """Bold labels and linked addresses, as mail programs write them."""
    read = quoted(
        "<div>FYI</div><div><b>From:</b> Quayside Ledger &lt;<a href='mailto:legal@mail.quayside."
        "example'>legal@mail.quayside.example</a>&gt;<br><b>Sent:</b> Monday, March 2, 2026 9:00 AM"
        "<br><b>To:</b> Ines Faria<br><b>Subject:</b> Privacy Policy update</div>"
        f"<div><p>{BODY}</p></div>",
        html=True,
    )
    assert (read.kind, read.forwarded) == ("notice", "inline")
    assert read.sender == "legal@mail.quayside.example"
    assert str(read.effective) == "2026-04-01"


def test_a_sentence_with_a_colon_is_no_forwarded_mail() -> None:
    """ "From: 1 April" is what the vendor itself writes."""
    read = letter(raw("Terms", "Our new Terms of Service.\nFrom: 1 April 2026\nTo: everybody\n"))
    assert read.forwarded == ""
    assert read.sender == "legal@mail.quayside.example"


def test_of_several_attached_mails_the_one_that_announces_is_read() -> None:
    """A digest of a receipt and a notice is a notice."""
    outer = EmailMessage()
    outer["From"], outer["Subject"] = COLLEAGUE, "Fwd: two"
    outer.set_content("FYI")
    for inner in (raw("Receipt", "Amount paid: 3 EUR"), raw("Privacy Policy update", BODY)):
        outer.add_attachment(message_from_bytes(inner, policy=policy.default))
    assert letter(outer.as_bytes()).subject == "Privacy Policy update"
