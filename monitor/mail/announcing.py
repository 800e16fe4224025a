"""What a mail announces: changes of which documents, from when, and until when one can act.

    subject, sentences ──► announcing sentences ──► documents, effective days, deadlines

A sentence announces where it says, without "may" and without a denial, that a document of theirs
changes or is new. Dates and periods count where such a sentence, or one about taking effect, says
them. A mail without any such sentence is no notice, and what it was taken for is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from monitor.commitments import statements_of
from monitor.commitments.statements import Statement
from monitor.lexicon import Duration, Lexicon, load
from monitor.mail.letter import SUBJECT_WORDS, LastDay, Subject
from monitor.mail.phrases import DOCUMENTS, Phrases, phrases
from monitor.model import Document
from monitor.notice.calendar import Calendar, Period, as_unit
from monitor.segmentation import segment

#: Characters between "change" and what changes; German puts its verbs last.
_REACH, _REACH_VERB_LAST = 90, 170
#: Characters between a determiner ("our new ...") and the document.
_BESIDE = 30
#: Characters between a date or a period and the words that say what it is.
_AT_DATE, _NEAR_DATE = 4, 70
_LONGEST_CITE = 300
_MOST_QUOTES = 8
_PAST, _AHEAD = timedelta(days=90), timedelta(days=3 * 366)
Right = Literal["objection", "termination"]
_RIGHTS: tuple[tuple[str, Right], ...] = (("object", "objection"), ("terminate", "termination"))
_TWO_WAYS = re.compile(r"(?<!\d)(0?[1-9]|1[0-2])[/-](0?[1-9]|1[0-2])[/-]\d{4}(?!\d)")


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is announced; without ``quotes`` nothing is. ``how`` counts a day that is not written.

    ``about`` has "" where a document is meant that is not named.
    """

    why: str
    about: tuple[Subject, ...] = ()
    days: tuple[date, ...] = ()
    how: str = ""
    deadlines: tuple[LastDay, ...] = ()
    quotes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def announced(
    subject: str, document: Document, received: date | None, calendar: Calendar
) -> Announcement:
    """What a mail announces.

    Args:
        subject: its subject line.
        document: its text, with its language.
        received: the day it came in, from which "in 30 days" is counted.
        calendar: how days are counted.
    """
    lexicon = load(document.language)
    reader = _Reader(lexicon, phrases(lexicon.language), received, calendar)
    title = Document(subject, segment(subject, "text/plain"), "text/plain")
    heads = [(s, True) for s in statements_of(title, lexicon)]
    body = [(s, s.kind == "heading") for s in statements_of(document, lexicon)]
    for statement, prominent in (*heads, *body):
        reader.read(statement, prominent=prominent)
    return reader.result(f"{subject}\n{document.text}")


@dataclass(frozen=True, slots=True)
class _Day:
    """A date or the end of a period in a sentence, at ``start`` to ``end``; ``how`` counts it."""

    value: date
    start: int
    end: int
    how: str = ""


class _Reader:
    """Reads one mail sentence by sentence and keeps what counts."""

    def __init__(
        self, lexicon: Lexicon, words: Phrases, received: date | None, calendar: Calendar
    ) -> None:
        self._lexicon = lexicon
        self._words = words
        self._received = received
        self._calendar = calendar
        self._reach = _REACH_VERB_LAST if lexicon.noun_capitals else _REACH
        self._about: dict[Subject, None] = {}
        self._quotes: dict[str, None] = {}
        self._effective: dict[date, str] = {}
        self._deadlines: dict[tuple[str, date], LastDay] = {}

    def read(self, s: Statement, *, prominent: bool) -> None:
        """Take in one sentence; ``prominent`` is the subject line or a heading."""
        if self._words.unsubscribe.search(s.text):
            return
        about = self._announces(s, prominent=prominent)
        self._about.update(dict.fromkeys(about))
        deadlines = [*self._deadlines_in(s)]
        effective = [*self._effective_in(s, announcing=bool(about))]
        for deadline in deadlines:
            self._deadlines.setdefault((deadline.right, deadline.day), deadline)
        for day in effective:
            self._effective.setdefault(day.value, day.how)
        if about or ((deadlines or effective) and self._about):
            self._quotes[_cited(s)] = None

    def result(self, text: str) -> Announcement:
        """What was found in all."""
        days = tuple(sorted(self._effective))
        about = [*self._about]
        if set(about) == {"price"} and not days and not self._deadlines:
            about = []  # prices are advertised daily; without a day nothing is announced
        if not about:
            return Announcement(self._taken_for(text))
        ordered = [s for s in (*DOCUMENTS, "price") if s in self._about] or [""]
        remarks: tuple[str, ...] = ()
        if not days and self._lexicon.language == "en" and (odd := _TWO_WAYS.search(text)):
            remarks = (f'"{odd[0]}" can be read as two days, so it is not counted from',)
        if len(days) > 1:
            remarks = (f"several days are stated; {days[0]}, the earliest, is counted from",)
        return Announcement(
            "it announces a change of " + ", ".join(SUBJECT_WORDS[s] for s in ordered),
            tuple(ordered),
            days,
            self._effective[days[0]] if days else "",
            tuple(sorted(self._deadlines.values(), key=lambda d: (d.day, d.right))),
            tuple(self._quotes)[:_MOST_QUOTES],
            remarks,
        )

    def _taken_for(self, text: str) -> str:
        said = "no sentence says that a document, a price or a sub-processor changes"
        for kind, pattern in (
            ("a receipt or an invoice", self._words.receipt),
            ("a message about an account", self._words.account),
            ("a newsletter", self._words.newsletter),
            ("a mailing", self._words.unsubscribe),
        ):
            if found := pattern.search(text):
                return f'{said}; it reads like {kind} ("{" ".join(found[0].split())}")'
        return said

    # --- is something announced? -----------------------------------------------------------------

    def _announces(self, s: Statement, *, prominent: bool) -> tuple[Subject, ...]:
        """What a sentence says changes or is new; () where it says that of nothing."""
        changes = [*self._changes(s)]
        led = s.kind == "item" and self._led_by_change(s)
        if not changes and not led:
            return ()
        found: dict[Subject, None] = {}
        replacing = [(h.start, h.end) for h in s.cue("subprocessor_change")]
        others = [c for c in changes if all(_apart(c, r) for r in replacing)]
        for kind in DOCUMENTS:
            for match in self._words.documents[kind].finditer(s.text):
                near = led or any(_apart(c, match.span()) <= self._reach for c in others)
                if near and (prominent or led or self._is_theirs(s.text, match.start())):
                    found[kind] = None
        if "dpa" in found and "terms" in found and self._only_within_dpa(s.text):
            del found["terms"]
        if changes and replacing:
            found["subprocessors"] = None
        if any(_apart((h.start, h.end), c) <= self._reach for h in s.cue("price") for c in changes):
            found["price"] = None
        if not found and changes:
            own = [h for h in s.cue("document") if self._is_theirs(s.text, h.end)]
            if any(_apart((h.start, h.end), c) <= self._reach // 2 for h in own for c in changes):
                found[""] = None
        return tuple(found)

    def _changes(self, s: Statement) -> Iterator[tuple[int, int]]:
        """Where a sentence says "change" or "new" as a fact: no "may", no "not", no "if"."""
        for hit in s.cue("change"):
            modality = self._lexicon.modality(s.text, hit.start, hit.end)
            if modality not in ("not", "may", "can"):
                yield hit.start, hit.end
        for match in self._words.new.finditer(s.text):
            if self._lexicon.modality(s.text, *match.span()) not in ("not", "may", "can"):
                yield match.span()

    def _led_by_change(self, s: Statement) -> bool:
        return any(
            self._lexicon.modality(s.lead, hit.start, hit.end) not in ("not", "may", "can")
            for hit in s.lead_hits.of("cues.change")
        )

    def _is_theirs(self, text: str, place: int) -> bool:
        """Whether what begins at a place is "our ...", "the new ...": one in particular."""
        before = text[max(0, place - _BESIDE) : place]
        if before.rstrip().endswith(("'", "\N{RIGHT SINGLE QUOTATION MARK}")):
            return True
        return bool(self._words.own.search(before) or self._words.new.search(before))

    def _only_within_dpa(self, text: str) -> bool:
        """Whether "terms" stands only within the name of the data processing terms."""
        names = [m.span() for m in self._words.documents["dpa"].finditer(text)]
        return all(
            any(low <= m.start() < high for low, high in names)
            for m in self._words.documents["terms"].finditer(text)
        )

    # --- days ------------------------------------------------------------------------------------

    def _effective_in(self, s: Statement, *, announcing: bool) -> Iterator[_Day]:
        effects = [(h.start, h.end) for h in s.cue("effective")]
        if not (effects or announcing) or s.has("past_version"):
            return
        for day in self._days(s):
            if self._ends_a_right(s, day.start):
                continue
            near = any(_apart(e, (day.start, day.end)) <= _NEAR_DATE for e in effects)
            led = _ends_with(self._words.start, s.text[: day.start])
            if near or (announcing and (led or day.how)):
                yield day

    def _days(self, s: Statement) -> Iterator[_Day]:
        """Dates of a sentence, and periods that begin with the mail, as days."""
        for day in self._lexicon.dates(s.text):
            yield from self._plausible(_Day(day.value, day.start, day.end))
        for month, number, start, end in self._lexicon.month_days(s.text):
            value = self._next(month, number)
            if value is not None:
                yield _Day(value, start, end)
        for d in s.durations():
            last = self._from_mail(s, d)
            if last is not None:
                yield last

    def _plausible(self, day: _Day) -> Iterator[_Day]:
        came = self._received
        if came is None or came - _PAST <= day.value <= came + _AHEAD:
            yield day

    def _next(self, month: int, number: int) -> date | None:
        """The day that is meant where no year is written: the next one, or one just past."""
        if self._received is None:
            return None
        for year in (self._received.year - 1, self._received.year, self._received.year + 1):
            try:
                value = date(year, month, number)
            except ValueError:
                continue
            if value >= self._received - _PAST:
                return value
        return None

    def _from_mail(self, s: Statement, d: Duration) -> _Day | None:
        """The day on which a period ends that begins when the mail comes in."""
        after = self._words.from_mail.search(s.text, d.end, d.end + _NEAR_DATE)
        counted = after is not None and after.start() - d.end <= _BESIDE
        if not counted and not _ends_with(self._words.in_before, s.text[: d.start]):
            return None
        if self._received is None:
            return None
        period = Period(d.value, as_unit(d.unit))
        last = self._calendar.forward(self._received, period)
        how = f"e-mail received {self._received}, {period} later: {last}"
        return _Day(last, d.start, after.end() if counted and after else d.end, how)

    # --- deadlines -------------------------------------------------------------------------------

    def _deadlines_in(self, s: Statement) -> Iterator[LastDay]:
        """The last days on which a sentence lets one object or leave."""
        for cue, right in _RIGHTS:
            if not s.cue(cue):
                continue
            for day in self._days(s):
                if self._ends_a_right(s, day.start) or day.how:
                    yield self._deadline(s, day, right)
                    break
            else:
                yield from self._within(s, right)
            return

    def _within(self, s: Statement, right: Right) -> Iterator[LastDay]:
        """A period "within" which one can act, said without "of this e-mail"."""
        for d in s.durations():
            if d.bound == "within" and self._received is not None:
                period = Period(d.value, as_unit(d.unit))
                last = self._calendar.forward(self._received, period)
                how = f"e-mail received {self._received}, within {period}: {last}"
                yield self._deadline(s, _Day(last, d.start, d.end, how), right)
                return

    def _deadline(self, s: Statement, day: _Day, right: Right) -> LastDay:
        last = day.value
        if not day.how and _ends_with(self._words.before, s.text[: day.start]):
            last -= timedelta(days=1)
        return LastDay(right, last, _cited(s), day.how)

    def _ends_a_right(self, s: Statement, place: int) -> bool:
        """Whether "by" or "before" stands in front of a day, in a sentence on what one can do."""
        if not s.has("object", "terminate"):
            return False
        head = s.text[:place]
        return _ends_with(self._words.until, head) or _ends_with(self._words.before, head)


def _apart(one: tuple[int, int], other: tuple[int, int]) -> int:
    """Characters between two places of a text; 0 where they overlap."""
    return max(one[0] - other[1], other[0] - one[1], 0)


def _ends_with(pattern: re.Pattern[str], head: str) -> bool:
    """Whether a text ends with one of some phrases, but for a few characters."""
    low = max(0, len(head) - 40)
    found: Sequence[re.Match[str]] = [*pattern.finditer(head, low)]
    return bool(found) and len(head) - found[-1].end() <= _AT_DATE


def _cited(s: Statement) -> str:
    return " ".join(s.text.split())[:_LONGEST_CITE]
