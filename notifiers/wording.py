"""Words from strangers made safe to show, and values and dates put into words. Pure.

Everything a page says (titles, quotes, headers) passes ``clean`` or ``one_line`` before any channel
sees it; escaping for HTML, Slack or a terminal comes on top, in the channel.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from urllib.parse import urlsplit

from monitor.model import Category, Direction, Standing, Value
from monitor.naming import clean as clean
from monitor.naming import one_line as one_line
from monitor.naming import whole_characters as whole_characters

_LINK = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)")
_EMPHASIS = re.compile(r"(?<![\w\\])(\*{1,3}|_{1,2})(?=\S)(.+?)(?<=[^\s\\])\1(?!\w)")
_BLOCK_MARK = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+)", re.MULTILINE)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")

#: An invisible character that separates without a space.
JOINER = "\u2060"
_ACTIVE = re.compile(r"@(?=\w)|:(?=//)")

_URL_LIMIT = 2000

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

CATEGORY_LABELS: dict[Category, str] = {
    "sharing": "Sharing",
    "sale": "Sale of data",
    "collection": "Collection",
    "purpose": "Purposes",
    "notice": "Notice of changes",
    "age": "Age and children",
    "retention": "Retention",
    "rights": "Rights",
    "consent": "Consent",
    "transfer": "Transfers",
    "security": "Security",
    "dispute": "Disputes",
    "liability": "Liability",
    "conduct": "Conduct and content",
    "payment": "Payment",
    "entity": "Who is responsible",
    "scope": "Scope",
}
DIRECTION_LABELS: dict[Direction, str] = {
    "weaker": "weaker protection",
    "stronger": "stronger protection",
    "neutral": "neither weaker nor stronger",
}
DELIVERY_LABELS = {
    "pending": "waiting",
    "leased": "under way",
    "sent": "sent",
    "dead": "given up",
    "cancelled": "cancelled",
}
STANDING_LABELS: dict[Standing, str] = {
    "met": "met now",
    "contrary": "the text says otherwise",
    "not found": "not found in this text",
    "silent": "this text is silent on it",
    "not applicable": "does not apply any more",
}
STANDING_SIGNS: dict[Standing, str] = {
    "met": "✓", "contrary": "✗", "not found": "✗", "silent": "✗", "not applicable": "✓",
}  # fmt: skip
DIRECTION_SIGNS: dict[Direction, str] = {"weaker": "▼", "stronger": "▲", "neutral": "◆"}


def prose(markdown: str) -> str:
    """Markdown of a policy as words to read on one line: links become their labels."""
    text = _LINK.sub(r"\1", clean(markdown))
    text = _BLOCK_MARK.sub("", text)
    text = _EMPHASIS.sub(r"\2", text)
    return " ".join(_ESCAPED.sub(r"\1", text).split())


def inert(text: str) -> str:
    """Words that no messenger takes for a mention or a link: ``@`` and ``://`` are broken up."""
    return _ACTIVE.sub(lambda found: found[0] + JOINER, text)


def shorten(text: str, limit: int) -> str:
    """Cut at a word border so that at most ``limit`` characters remain, the ellipsis included."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    cut = head.rfind(" ")
    return (head[:cut] if cut > limit // 2 else head).rstrip(" ,;:.-") + "…"


def safe_url(url: str) -> str:
    """The address if it is a plain http(s) or mailto one that can be shown as a link, else ""."""
    if len(url) > _URL_LIMIT or url != one_line(url) or any(c in url for c in " <>\"'`{}|\\^"):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme == "mailto" and "@" in parts.path:
        return url
    return url if parts.scheme in ("http", "https") and parts.hostname else ""


# --- values and dates ----------------------------------------------------------------------------


def value_words(value: Value | None) -> str:
    """A commitment's value as people write it; "" for none."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value}"
        case date():
            return day(value)
        case frozenset():
            return ", ".join(sorted(_term(term) for term in value))
        case str():
            return _term(value)


def with_unit(value: str, sentence: str) -> str:
    """Add to a bare number the unit of time that follows it in ``sentence``."""
    if not value.isdecimal():
        return value
    unit = r"(?:business |calendar |working )?(?:hour|day|week|month|year)s?"
    found = re.search(rf"\b{value}[ -]({unit})\b", sentence)
    return f"{value} {found[1]}" if found else value


def _term(term: str) -> str:
    text = one_line(term)
    return text.replace("_", " ") if re.fullmatch(r"[a-z0-9_]+", text) else text


def day(when: date) -> str:
    """A date in words: 1 March 2027."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def instant(when: datetime) -> str:
    """An instant in words, to the minute, with its zone: 1 March 2027, 14:05 UTC."""
    return f"{day(when)}, {when:%H:%M} {when.tzname() or 'UTC'}".replace("UTC+00:00", "UTC")


def distance(when: date, today: date) -> str:
    """How far a date is from today: "today", "in 12 days", "3 days ago"."""
    days = (when - today).days
    if days == 0:
        return "today"
    count = f"{abs(days)} day{'s' if abs(days) != 1 else ''}"
    return f"in {count}" if days > 0 else f"{count} ago"
