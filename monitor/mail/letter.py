"""The nouns: a vendor's mail as it was read, what it claims, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

#: What a mail may announce changes of: types of policies, and prices. "" is a document not named.
Subject = Literal["privacy", "terms", "dpa", "subprocessors", "cookies", "price", ""]
#: The same in words.
SUBJECT_WORDS: dict[Subject, str] = {
    "privacy": "the privacy policy",
    "terms": "the terms",
    "dpa": "the data processing agreement",
    "subprocessors": "sub-processors",
    "cookies": "the cookie policy",
    "price": "prices",
    "": "a document that it does not name",
}
#: What an instant of arrival rests on: the mailbox's own record, the header of the last server
#: that passed the mail on, the sender's own date, what a forwarding program wrote down, or nothing.
Basis = Literal["mailbox", "received", "sent", "forwarded", ""]


@dataclass(frozen=True, slots=True)
class Claim:
    """One authentication result that a header states ("dkim=pass"), and who is said to state it.

    Anybody can write such a header: it is recorded, and never a proof.
    """

    method: str
    result: str
    about: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last day on which one can object or leave, as a mail says it; ``how`` is the count."""

    right: Literal["objection", "termination"]
    day: date
    cite: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it was read.

    ``kind`` is "no notice" where nothing is announced, and ``why`` says what it was taken for, or
    which words announce. ``received`` is when it came in, resting on ``basis``; ``sent`` what the
    sender says. ``forwarded`` is how the letter came within another mail. ``effective`` is the
    earliest of ``days``; ``how`` counts it where no date is written. ``links`` hold addresses of
    pages, also those behind a tracking redirect. ``words`` is the digest of its text.
    """

    kind: Literal["notice", "no notice"]
    why: str
    sender: str = ""
    name: str = ""
    subject: str = ""
    message_id: str = ""
    received: datetime | None = None
    basis: Basis = ""
    sent: datetime | None = None
    language: str = ""
    forwarded: Literal["", "attached", "inline"] = ""
    about: tuple[Subject, ...] = ()
    effective: date | None = None
    days: tuple[date, ...] = ()
    how: str = ""
    deadlines: tuple[LastDay, ...] = ()
    quotes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    attachments: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    words: str = ""

    @property
    def domain(self) -> str:
        """The domain of the sender's address, "" without one."""
        return self.sender.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Watched:
    """A policy as mails are matched to it. ``domains`` are its vendor's and its own site's."""

    policy: str
    type: str
    urls: tuple[str, ...]
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Whose a mail is. ``candidates`` are the policies it may be about where people must say."""

    outcome: Literal["matched", "ambiguous", "unmatched", "no notice"]
    policies: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
