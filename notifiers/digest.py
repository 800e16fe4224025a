"""Several alerts as one message: what it says above them, decided once for every channel. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from monitor.model import SEVERITIES
from notifiers.base import Delivery
from notifiers.message import Message, compose
from notifiers.wording import shorten

_TONES = (*SEVERITIES, "deadline", "source", "test")
_WORDS = {"deadline": "about deadlines", "source": "about sources"}
_SUBJECT_LIMIT = 140
_NAMED = 3


@dataclass(frozen=True, slots=True)
class DigestMessage:
    """The gravest entries come first. ``title`` counts them, ``lead`` says what of."""

    subject: str
    title: str
    lead: str
    entries: tuple[Message, ...]

    @property
    def footer(self) -> str:
        """That of its gravest entry."""
        return self.entries[0].footer


def compose_digest(deliveries: Sequence[Delivery], today: date) -> DigestMessage:
    """Put several alerts into words as of ``today``."""
    composed = [compose(d.alert, today, d.purpose) for d in deliveries]
    entries = tuple(sorted(composed, key=_gravity))
    tally = Counter(entry.tone for entry in entries)
    counts = ", ".join(
        f"{tally[tone]} {_WORDS.get(tone, tone)}" for tone in sorted(tally, key=_rank)
    )
    title = f"{len(entries)} alert{'s' if len(entries) != 1 else ''}"
    names = list(dict.fromkeys(entry.service for entry in entries))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    whose = ", ".join(names[:_NAMED]) + more
    subject = shorten(f"[digest] {title} ({counts}): {whose}", _SUBJECT_LIMIT)
    return DigestMessage(subject, title, f"{counts}. {whose}.", entries)


def _rank(tone: str) -> int:
    return _TONES.index(tone) if tone in _TONES else len(_TONES)


def _gravity(message: Message) -> tuple[int, str]:
    return _rank(message.tone), message.heading.casefold()
