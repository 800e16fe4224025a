"""An alert as people read it, decided once for every channel. Pure.

All text in a ``Message`` has been through ``wording``: one line each, nothing hidden in it. It is
not yet escaped: every channel does that for its own format.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from monitor.model import Alert, Direction, Finding, Purpose, Quote, Severity, Value
from notifiers import deadlines, notices, wording
from notifiers.redlines import Piece, mark
from notifiers.wording import one_line, shorten

Tone = Literal["high", "medium", "low", "source", "deadline", "test"]

_SUBJECT_LIMIT = 140
_SUMMARY_LIMIT = 600
_NAME_LIMIT = 80
_MOST_LINKS = 6
#: No channel shows more findings, and each costs a redline.
_MOST_ITEMS = 30
_BOUND = r"(?:at least |at most |within |up to )?"
_VALUES = re.compile(
    rf"(?P<topic>[^:]+): (?P<bound>{_BOUND})(?P<old>\d+)(?: (?P<unit>[a-z]+(?: [a-z]+)?))? → "
    rf"(?P<bound2>{_BOUND})(?P<new>\d+) (?P<units>[a-z ]+)"
)
#: The engine closes a summary with the direction; every channel shows that apart.
_DIRECTION = re.compile(r" \((?:weaker|stronger)\)$")
_WAYS: tuple[Direction, ...] = ("weaker", "stronger", "neutral")
_LINK_LABELS: Mapping[str, str] = {
    "policy": "Open the policy",
    "change": "See the whole change",
    "diff": "See the whole change",
    "dashboard": "Open the dashboard",
    "review": "Acknowledge or dismiss",
    "evidence": "Evidence",
    "ledger": "All its promises",
    "source": "State of the source",
}
_HEALTH_NOTE = (
    "This is about how well the page can be watched. It does not say that the policy changed."
)
_EXPECTATION_NOTE = (
    "“Not found” is about this text alone: it may stand in another document, or in other words."
)
_DEADLINE_NOTE = (
    "Counted from what the page, your configuration and the laws you named say; read your contract."
)
_NOTES: Mapping[str, str] = {
    "health": _HEALTH_NOTE, "expectation": _EXPECTATION_NOTE, "deadline": _DEADLINE_NOTE,
}  # fmt: skip
_AGAIN: Mapping[Purpose, str] = {
    "": "",
    "escalation": "Escalated: nobody has acknowledged this alert in time.",
    "snoozed": "Snoozed until now, and still open.",
}
#: What a reader most likely opens comes first: the change, then what to do about it.
_FIRST_LINKS = ("change", "diff", "dashboard", "review")
_FOOTER = "Sent by policywatch, which compares what policies promised with what they promise now."
_CLAIM = "An alert says that a change is worth reading; it is not legal advice."


@dataclass(frozen=True, slots=True)
class Fact:
    """A line such as "Takes effect: 1 March 2027 (in 12 days)"."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Link:
    """A named address, http(s) or mailto only."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Item:
    """One finding.

    ``values`` says what was promised and what is now, "" where the headline says it already.
    ``effect`` is the direction in words, with a sign that does not depend on colour; ``word`` the
    same in one or two words. Of an expectation both say how the text stands to it.
    """

    severity: Severity
    direction: Direction
    category: str
    headline: str
    values: str
    section: str
    context: str
    pieces: tuple[Piece, ...]
    effect: str
    word: str


@dataclass(frozen=True, slots=True)
class Message:
    """Everything a channel shows. ``tone`` decides badge and colour; ``note`` is an aside.

    ``lead`` stands above the findings: how many of which direction, or what happened.
    ``left_out`` counts findings that are not among ``items``.
    """

    subject: str
    tone: Tone
    service: str
    title: str
    policy: str
    lead: str
    facts: tuple[Fact, ...]
    items: tuple[Item, ...]
    left_out: int
    links: tuple[Link, ...]
    note: str = ""

    @property
    def said(self) -> str:
        """What it is about in one line, for a list of several."""
        more = len(self.items) + self.left_out - 1
        if self.tone == "deadline" or not self.items:
            return self.lead
        return self.items[0].headline + (f" (+{more} more)" if more > 0 else "")

    @property
    def badge(self) -> str:
        """The tone as a word in capitals."""
        return self.tone.upper()

    @property
    def heading(self) -> str:
        """Service and title of the policy, without saying the same twice."""
        if self.service.casefold() in self.title.casefold():
            return self.title
        return f"{self.service} · {self.title}" if self.title else self.service

    @property
    def footer(self) -> str:
        """Who sends this, and what an alert about a change claims."""
        return _FOOTER + (" " + _CLAIM if self.tone not in ("source", "test") else "")


def compose(alert: Alert, today: date, purpose: Purpose = "") -> Message:
    """Put an alert into words as of ``today`` (days left are counted from it)."""
    items = tuple(_items(alert))
    service = shorten(one_line(alert.service) or one_line(alert.policy), _NAME_LIMIT)
    return Message(
        subject=_subject(alert, service, today, purpose),
        tone=_tone(alert),
        service=service,
        title=_title(alert, service),
        policy=one_line(alert.policy),
        lead=" ".join(filter(None, (_AGAIN[purpose], _lead(alert, today)))),
        facts=tuple(_facts(alert, today)),
        items=items,
        left_out=len(alert.findings) - len(items),
        links=tuple(_links(alert.links)),
        note=_NOTES.get(alert.kind, "") if alert.policy else "",
    )


def _title(alert: Alert, service: str) -> str:
    """Which document of the service it is: its own title, or the id it is watched under."""
    title = one_line(alert.title) or one_line(alert.policy)
    return "" if title == service else shorten(title, 2 * _NAME_LIMIT)


def _tone(alert: Alert) -> Tone:
    match alert.kind:
        case "health":
            return "source"
        case "test":
            return "test"
        case "deadline":
            return "deadline"
        case "change" | "expectation":
            return alert.severity


def _subject(alert: Alert, service: str, today: date, purpose: Purpose) -> str:
    if alert.kind == "deadline" and alert.deadlines:
        return f"[deadline] {service}: {deadlines.countdown(alert.deadlines[0], today)}"
    count = len(alert.findings)
    said = _compact(_headline(alert.findings[0])) if count else _arrows(one_line(alert.summary))
    more = f" (+{count - 1} more)" if count > 1 else ""
    why = {"": "", "escalation": ", escalated", "snoozed": ", still open"}[purpose]
    head = f"[{_tone(alert)}{why}] {service}: "
    room = max(40, _SUBJECT_LIMIT - len(head) - len(more))
    return (head + shorten(_lower_first(said), room) + more).replace("→", "->")


def _lead(alert: Alert, today: date) -> str:
    if alert.kind == "deadline":
        return _sentence("; ".join(_countdown(deadline, today) for deadline in alert.deadlines))
    if not alert.findings:
        return shorten(_arrows(one_line(alert.summary)), _SUMMARY_LIMIT)
    if len(alert.findings) == 1:
        return ""
    if alert.kind == "expectation":
        return _sentence(shorten(one_line(alert.summary), _SUMMARY_LIMIT))
    tally = Counter(finding.direction for finding in alert.findings)
    counts = ", ".join(f"{tally[way]} {way}" for way in _WAYS if tally[way])
    return f"{len(alert.findings)} changes of meaning: {counts}"


def _countdown(deadline: Mapping[str, Any], today: date) -> str:
    about = deadlines.names(deadline)
    return deadlines.countdown(deadline, today) + (f": {about}" if about else "")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _compact(headline: str) -> str:
    """ "Notice of changes: at least 30 days → at least 14 days" as "... changes 30 → 14 days"."""
    found = _VALUES.fullmatch(headline)
    if found is None or found["bound"] != found["bound2"]:
        return headline
    if found["unit"] and found["unit"].rstrip("s") != found["units"].rstrip("s"):
        return headline
    return f"{found['topic']} {found['old']} → {found['new']} {found['units']}"


def _lower_first(text: str) -> str:
    """Lower the first letter, unless the word is written in capitals (EU, DPO) or a name's."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _arrows(text: str) -> str:
    return text.replace("->", "→")


# --- findings ------------------------------------------------------------------------------------


def _headline(finding: Finding) -> str:
    said = _DIRECTION.sub("", _arrows(one_line(finding.summary)).rstrip("."))
    return shorten(said, _SUMMARY_LIMIT)


def _items(alert: Alert) -> Iterator[Item]:
    findings = alert.findings[:_MOST_ITEMS]
    if alert.kind == "deadline":
        yield from (replace(_item(finding), pieces=(), values="") for finding in findings)
        return
    if len(alert.expectations) != len(alert.findings):
        yield from map(_item, findings)
        return
    for finding, expectation in zip(findings, alert.expectations, strict=False):
        standing = expectation.standing
        way: Direction = "weaker" if expectation.short else "stronger"
        effect = f"{wording.STANDING_SIGNS[standing]} {wording.STANDING_LABELS[standing]}"
        if expectation.source:
            effect += f" · {one_line(expectation.source)}"
        item = _item(finding)
        words = _words(finding.after)
        pieces = mark(words, words) if words else ()
        yield replace(item, direction=way, effect=effect, word=standing, values="", pieces=pieces)


def _item(finding: Finding) -> Item:
    headline = _headline(finding)
    quotes = [quote for quote in (finding.after, finding.before) if quote]
    sign = wording.DIRECTION_SIGNS[finding.direction]
    return Item(
        severity=finding.severity,
        direction=finding.direction,
        category=wording.CATEGORY_LABELS[finding.category],
        headline=headline,
        values=_values(finding.before_value, finding.after_value, headline),
        section=next((shorten(one_line(q.section), 200) for q in quotes if q.section), ""),
        context=next((shorten(wording.prose(q.context), 200) for q in quotes if q.context), ""),
        pieces=mark(_words(finding.before), _words(finding.after)),
        effect=f"{sign} {wording.DIRECTION_LABELS[finding.direction]}",
        word=finding.direction,
    )


def _values(before: Value | None, after: Value | None, headline: str) -> str:
    """What was promised and what is now; of two sets only what they do not share."""
    if isinstance(before, frozenset) and isinstance(after, frozenset):
        gone, new = _value(before - after, ""), _value(after - before, "")
        parts = ("No longer: " + gone if gone else "", "Now also: " + new if new else "")
        return "; ".join(part for part in parts if part)
    if isinstance(before, bool) or isinstance(after, bool):
        return ""  # "Denied" or "stated" is what the headline says.
    old, new = _value(before, headline), _value(after, headline)
    if old == new or (old and new and old in headline and new in headline):
        return ""
    return f"{old or 'nothing stated'} → {new or 'nothing stated'}"


def _value(value: Value | None, headline: str) -> str:
    return shorten(wording.with_unit(wording.value_words(value), headline), 200)


def _words(quote: Quote | None) -> str:
    return wording.prose(quote.text) if quote else ""


# --- facts and links -----------------------------------------------------------------------------


def _facts(alert: Alert, today: date) -> Iterator[Fact]:
    if alert.kind == "deadline":
        for deadline in alert.deadlines:
            yield from (Fact(*told) for told in deadlines.told(deadline, today))
    if alert.kind == "change":
        yield Fact("Takes effect", _effective(alert, today))
        yield from (Fact(*told) for told in deadlines.windows(alert.deadlines, today))
        for label, words in (
            ("Notice promised", notices.notice_words(alert.notice)),
            ("Counted", notices.counted(alert.notice)),
            ("Stated date", notices.dating(alert.notice)),
        ):
            if words:
                yield Fact(label, words)
    if alert.first_seen:
        yield Fact(_SEEN[alert.kind], _seen(alert))
    if alert.kind in ("change", "expectation") and alert.evidence:
        yield Fact("Chain head", one_line(alert.evidence))


_SEEN: Mapping[str, str] = {
    "change": "First seen", "health": "Since", "expectation": "Found", "test": "First seen",
    "deadline": "First seen",
}  # fmt: skip


def _seen(alert: Alert) -> str:
    return wording.instant(alert.first_seen) if alert.first_seen else ""


def _effective(alert: Alert, today: date) -> str:
    """From when the change applies; a date that did not move with it is not that day."""
    effective = notices.effective(alert.notice, alert.effective)
    if effective is None:
        return "no date stated"
    return f"{wording.day(effective)} ({wording.distance(effective, today)})"


def _links(links: Mapping[str, str]) -> Iterator[Link]:
    order = [name for name in _FIRST_LINKS if name in links]
    order += [name for name in links if name not in order]
    for name in order[:_MOST_LINKS]:
        if url := wording.safe_url(str(links[name])):
            label = _LINK_LABELS.get(name) or one_line(name).replace("_", " ").capitalize()
            yield Link(shorten(label, _NAME_LIMIT), url)
