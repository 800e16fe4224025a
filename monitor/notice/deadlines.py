"""The dates that matter about one change: when it applies, and until when one may act on it. Pure.

    Standards (policy, contract, law)  ┐
    Publication (page, e-mails)        ├─►  readings of each right  ─►  the one that counts
    Findings (what changed, for whom)  ┘

A right runs from the notice. When the page gave notice lies between the last good capture without
the change and the first with it; the earlier day is taken, which is the cautious reading, unless
the time would have run out before anybody could see the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from monitor.model import Finding
from monitor.notice.calendar import Calendar
from monitor.notice.clock import Publication, may_be_told_by
from monitor.notice.happenings import OPENS, affected
from monitor.notice.standards import Happening, Precedence, Right, Standard, applying

DeadlineKind = Literal["effect", "objection", "termination"]
Origin = Literal["page", "notice", "policy", "contract", "law"]

_RIGHTS: tuple[Right, ...] = ("objection", "termination")
#: Of equal dates the one whose source is written by both sides counts, then the publisher's own.
_WEIGHT: dict[Origin, int] = {"contract": 0, "policy": 1, "law": 2, "page": 3, "notice": 4}


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to count a deadline.

    ``counted`` is the arithmetic in a sentence, ``start`` the day it begins with (None: it does
    not depend on one), ``cite`` the sentence, the clause or the article that gives the right.
    """

    until: date
    source: Origin
    counted: str
    start: date | None = None
    cite: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day to act, or (``effect``) the day from which a change applies.

    ``names`` are the sub-processors it is about; ``also`` the other readings, the earliest first.
    """

    kind: DeadlineKind
    until: date
    source: Origin
    counted: str
    start: date | None = None
    cite: str = ""
    names: tuple[str, ...] = ()
    also: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """What a day follows from: a recorded change, or a vendor's e-mail that no change shows yet.

    ``id`` is the change's, or the mail's key; ``at`` when the one was recorded, the other received.
    """

    kind: Literal["change", "notice"]
    id: str
    at: datetime


def deadlines_of(
    standards: Iterable[Standard],
    publication: Publication,
    findings: Sequence[Finding],
    *,
    scopes: frozenset[str],
    precedence: Precedence = "earliest",
    calendar: Calendar | None = None,
) -> tuple[Deadline, ...]:
    """The dates of one change, in the order effect, objection, termination.

    Args:
        standards: the *older* text's promises, the contract's, and those of laws named.
        publication: what is known of how the change came out.
        findings: of the change; without any there is nothing to object to.
        scopes: what the change is about (``standards.scopes_of``).
        precedence: whose word counts where policy and contract differ.
        calendar: how days are counted (UTC, no holidays, by default).
    """
    days = calendar or Calendar()
    given = list(standards)
    found = list(_effect(publication))
    windows = (
        _window(right, given, publication, findings, scopes, precedence, days)
        for right in (_RIGHTS if findings else ())
    )
    found += [window for window in windows if window is not None]
    return tuple(found)


def announced(
    standards: Iterable[Standard],
    publication: Publication,
    stated: Iterable[Deadline],
    *,
    scopes: frozenset[str],
    precedence: Precedence = "earliest",
    calendar: Calendar | None = None,
) -> tuple[Deadline, ...]:
    """The dates of a change that a vendor's notice announces and that no page shows yet.

    Args:
        standards: the promises of the text in force, the contract's, and those of laws named.
        publication: of the notice: ``told`` holds it, ``first_seen`` is when it was received.
        stated: the last days to object or to leave that the notice itself names.
        scopes: what it says will change (``policy``, ``price``, ``subprocessors``). Whom a window
            about sub-processors concerns is not known: it is about all that are announced.
        precedence: whose word counts where policy and contract differ.
        calendar: how days are counted (UTC, no holidays, by default).
    """
    days = calendar or Calendar()
    given, said = list(standards), list(stated)
    found = list(_effect(publication))
    for right in _RIGHTS:
        readings: list[tuple[Reading, tuple[str, ...]]] = [
            (reading, ())
            for standard in applying(given, right, scopes)
            if may_be_told_by(standard.channels, "mail")
            and (reading := _reading(standard, publication, days)) is not None
        ]
        readings += [
            (Reading(day.until, day.source, day.counted, day.start, day.cite), ())
            for day in said
            if day.kind == right
        ]
        if window := _counting(right, readings, precedence):
            found.append(window)
    return tuple(found)


def _effect(publication: Publication) -> Iterator[Deadline]:
    effective = publication.effective
    if effective is None:
        return
    if effective == publication.new.effective:
        yield Deadline("effect", effective, "page", f"The page states {effective}.")
        return
    keys = ", ".join(t.key for t in publication.told if t.effective == effective)
    yield Deadline("effect", effective, "notice", f"A notice of the vendor states it ({keys}).")


def _window(
    right: Right,
    standards: Sequence[Standard],
    publication: Publication,
    findings: Sequence[Finding],
    scopes: frozenset[str],
    precedence: Precedence,
    days: Calendar,
) -> Deadline | None:
    """The earliest of all readings of one right, or of those that the contract puts first."""
    readings: list[tuple[Reading, tuple[str, ...]]] = []
    scopes = _open_scopes(scopes, findings, standards)
    for standard in applying(standards, right, scopes):
        names = _affected(standard, findings, scopes)
        reading = None if names is None else _reading(standard, publication, days)
        if names is not None and reading is not None:
            readings.append((reading, names))
    return _counting(right, readings, precedence)


def _counting(
    right: Right, readings: list[tuple[Reading, tuple[str, ...]]], precedence: Precedence
) -> Deadline | None:
    """The one reading that counts, with all others beside it; None where there is none."""
    if not readings:
        return None
    readings.sort(key=lambda pair: (pair[0].until, _WEIGHT[pair[0].source]))
    preferred = [pair for pair in readings if pair[0].source == precedence] or readings
    counts, names = preferred[0]
    also = tuple(reading for reading, _ in readings if reading is not counts)
    kind: DeadlineKind = "objection" if right == "objection" else "termination"
    return Deadline(
        kind, counts.until, counts.source, counts.counted, counts.start, counts.cite, names, also
    )


def _open_scopes(
    scopes: frozenset[str], findings: Sequence[Finding], standards: Sequence[Standard]
) -> frozenset[str]:
    """What is open to objection: of sub-processors only what happened to one.

    Sentences about them that changed are changes of the policy; a list has no such sentences.
    """
    if "subprocessors" not in scopes or _opened(findings, standards):
        return scopes
    listed = all(f.rule.startswith("subprocessor") for f in findings)
    return scopes - {"subprocessors"} | (frozenset() if listed else frozenset({"policy"}))


def _opened(findings: Iterable[Finding], standards: Iterable[Standard]) -> bool:
    """Whether what happened to a sub-processor opens a window under any standard."""
    happened = {OPENS[finding.rule] for finding in findings if finding.rule in OPENS}
    opening: set[Happening] = {on for standard in standards for on in standard.on}
    return bool(happened & opening)


def _affected(
    standard: Standard, findings: Sequence[Finding], scopes: frozenset[str]
) -> tuple[str, ...] | None:
    """Whom a standard is about; None where nothing happened that it is about."""
    if standard.about != "subprocessors" and scopes != {"subprocessors"}:
        return ()
    return affected(findings, standard.on) or None


# --- counting ------------------------------------------------------------------------------------


def _reading(standard: Standard, publication: Publication, days: Calendar) -> Reading | None:
    """A standard counted; None where it runs from a day that is not known."""
    effective = publication.effective
    if standard.starts == "until effect":
        if effective is None:
            return None
        until = effective - timedelta(days=1)
        counted = f"{until} is the day before the change applies."
        return Reading(until, standard.source, counted, effective, standard.cite)
    if standard.starts == "effect":
        if effective is None:
            return None
        return _counted(standard, effective, "from which the change applies", days)
    start, why = _notice(standard, publication, days)
    if standard.starts == "later" and effective is not None and effective > start:
        return _counted(standard, effective, "from which the change applies", days)
    return _counted(standard, start, why, days)


def _counted(standard: Standard, start: date, why: str, days: Calendar) -> Reading:
    until = days.forward(start, standard.period)
    verb = "ends" if standard.period.amount == 1 else "end"
    counted = f"{standard.period} from {start} ({why}) {verb} on {until}."
    return Reading(until, standard.source, counted, start, standard.cite)


def _notice(standard: Standard, publication: Publication, days: Calendar) -> tuple[date, str]:
    """The day on which the time begins, and what happened then."""
    first = days.day_of(publication.first_seen)
    page = _page(standard, publication, days)
    if not publication.told and not may_be_told_by(standard.channels, "page"):
        return page[0], f"{page[1]}; no notice of the vendor was imported"
    if not publication.told or not may_be_told_by(standard.channels, "mail"):
        return page
    told = min(days.day_of(t.at) for t in publication.told)
    if may_be_told_by(standard.channels, "page") and first < told:
        return page
    return told, "when the vendor's notice was received"


def _page(standard: Standard, publication: Publication, days: Calendar) -> tuple[date, str]:
    first, last = days.day_of(publication.first_seen), publication.last_seen_old
    if last is None:
        return first, "when it was first seen; the page was not seen before"
    before = days.day_of(last)
    if before == first:
        return first, "when the page showed it"
    if not publication.is_gap and days.forward(before, standard.period) >= first:
        return before, "when the page was last seen without it"
    gap = (first - before).days
    return first, f"when it was first seen, {gap} day{'' if gap == 1 else 's'} after the last look"
