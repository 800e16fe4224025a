"""All-day events as an iCalendar feed (RFC 5545). Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_LINE = 75


@dataclass(frozen=True, slots=True)
class Event:
    """A day in a calendar. ``key`` names it for good: a moved day is the same event elsewhere."""

    key: str
    day: date
    at: datetime
    summary: str
    description: str = ""
    url: str = ""


def feed(events: Iterable[Event], name: str) -> str:
    """The calendar, lines folded and ended as the standard asks; ``name`` is what it is called."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//policywatch//deadlines//EN"]
    lines += ["CALSCALE:GREGORIAN", "METHOD:PUBLISH", f"X-WR-CALNAME:{_text(name)}"]
    for event in events:
        lines += _event(event)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(event: Event) -> Iterator[str]:
    digest = hashlib.sha256(event.key.encode("utf-8", "surrogatepass")).hexdigest()
    yield "BEGIN:VEVENT"
    yield f"UID:{digest[:32]}@policywatch"
    yield f"DTSTAMP:{event.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    if event.day < date.max:
        yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_text(event.summary)}"
    if event.description:
        yield f"DESCRIPTION:{_text(event.description)}"
    if event.url:
        yield f"URL:{_uri(event.url)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _text(value: str) -> str:
    """A TEXT value: what has a meaning is escaped, and no control character remains."""
    value = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\\n".join("".join(c for c in line if c.isprintable() or c == "\t") for line in lines)


def _uri(value: str) -> str:
    return "".join(c for c in value if c.isprintable() and not c.isspace())


def _folded(line: str) -> str:
    """Lines of at most 75 octets; a character is never cut in two."""
    pieces, room, piece = [], _LINE, ""
    for char in line:
        size = len(char.encode("utf-8", "replace"))
        if size > room:
            pieces.append(piece)
            piece, room = "", _LINE - 1
        piece += char
        room -= size
    return "\r\n ".join([*pieces, piece])
