"""Which commitments of two versions differ: read at the changed passages only, paired by scope.

    changes -> commitments of both sides -> pairs in the passage -> pairs across passages -> shifts

A commitment that stands in another passage of the other version is neither lost nor new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from monitor.commitments import promises_of, statements_of
from monitor.findings.changes import Change, Passage
from monitor.lexicon import Lexicon
from monitor.model import Commitment, CommitmentKind, Document

#: The kinds that hold one value, so that two of them can be held against each other.
SINGLE: frozenset[CommitmentKind] = frozenset({
    "notice_period", "objection_window", "minimum_age", "retention", "sale", "response_time",
    "breach_notice", "arbitration", "class_waiver", "arbitration_opt_out",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shift:
    """A commitment that has another value, is gone (``after`` None) or is new."""

    before: Commitment | None
    after: Commitment | None

    @property
    def kind(self) -> CommitmentKind:
        """The kind of both sides."""
        side = self.after or self.before
        assert side is not None
        return side.kind


@dataclass
class Shifts:
    """The shifts of each change, by its number, and the kinds that another change tells of."""

    of: dict[int, list[Shift]] = field(default_factory=lambda: defaultdict(list))
    told: dict[int, set[CommitmentKind]] = field(default_factory=lambda: defaultdict(set))


class Promises:
    """The commitments of single passages of a document, read with what surrounds them."""

    def __init__(self, document: Document, lexicon: Lexicon) -> None:
        self._document = document
        self._lexicon = lexicon
        self._places = {clause.start: place for place, clause in enumerate(document.clauses)}
        self._read: dict[int, tuple[Commitment, ...]] = {}

    def at(self, passage: Passage) -> list[Commitment]:
        """What one passage promises."""
        found = self._of(self._places[passage.clause.start])
        if not found:
            return []
        quote = passage.quote()
        here = [c for c in found if c.quote.start < quote.end and quote.start < c.quote.end]
        ages = {age.value for age in self._lexicon.ages(passage.in_context)} if here else ()
        return [c for c in here if c.kind != "retention" or c.unit != "year" or c.value not in ages]

    def states(self, wanted: Commitment) -> bool:
        """Whether a passage that shows the commitment's number makes the same commitment."""
        if isinstance(wanted.value, bool) or not isinstance(wanted.value, int):
            return False
        digits = str(wanted.value)
        places = (i for i, c in enumerate(self._document.clauses) if digits in c.text)
        return any(_same(wanted, found) for place in places for found in self._of(place))

    def _of(self, place: int) -> tuple[Commitment, ...]:
        """The commitments of a clause; the one before it is read too, as its context."""
        if place not in self._read:
            clauses = self._document.clauses[max(0, place - 1) : place + 1]
            part = replace(self._document, clauses=clauses)
            self._read[place] = tuple(
                commitment
                for statement in statements_of(part, self._lexicon)
                if statement.clause is clauses[-1]
                for commitment in promises_of(statement)
            )
        return self._read[place]


def shifts_of(changes: Sequence[Change], old: Promises, new: Promises) -> Shifts:
    """Pair the commitments of all changed passages and keep those that differ."""
    shifts = Shifts()
    gone: list[tuple[int, Commitment]] = []
    come: list[tuple[int, Commitment]] = []
    for number, change in enumerate(changes):
        before = _single(old.at(change.before)) if change.before else []
        after = _single(new.at(change.after)) if change.after else []
        if not before and not after:
            continue
        pairs, lost, won = _paired(before, after)
        shifts.of[number] += [Shift(b, a) for b, a in pairs if not _equal(b, a)]
        gone += [(number, c) for c in lost]
        come += [(number, c) for c in won]
    _across(gone, come, shifts)
    for number, commitment in gone:
        _alone(shifts, number, Shift(commitment, None), stated=new.states(commitment))
    for number, commitment in come:
        _alone(shifts, number, Shift(None, commitment), stated=old.states(commitment))
    return shifts


def _alone(shifts: Shifts, number: int, shift: Shift, *, stated: bool) -> None:
    if stated:
        shifts.told[number].add(shift.kind)
    else:
        shifts.of[number].append(shift)


def _across(
    gone: list[tuple[int, Commitment]], come: list[tuple[int, Commitment]], shifts: Shifts
) -> None:
    """Pair what one passage lost with what another won, and take both from the lists."""
    for same_value in (True, False):
        for number, lost in list(gone):
            matches = [item for item in come if _comparable(lost, item[1])]
            matches = [item for item in matches if _equal(lost, item[1])] or matches
            if not matches or (same_value and not _equal(lost, matches[0][1])):
                continue
            if not same_value and len(matches) > 1:
                continue
            place, won = matches[0]
            gone.remove((number, lost))
            come.remove((place, won))
            shifts.told[number].add(lost.kind)
            _alone(shifts, place, Shift(lost, won), stated=same_value)


def _paired(
    before: list[Commitment], after: list[Commitment]
) -> tuple[list[tuple[Commitment, Commitment]], list[Commitment], list[Commitment]]:
    """Pair what stands in one passage: equal ones first, then of one scope, then in order."""
    pairs: list[tuple[Commitment, Commitment]] = []
    for matches in (_same, _comparable, _same_kind):
        for lost in list(before):
            won = next((c for c in after if matches(lost, c)), None)
            if won is not None:
                before.remove(lost)
                after.remove(won)
                pairs.append((lost, won))
    return pairs, before, after


def _single(found: Iterable[Commitment]) -> list[Commitment]:
    return [c for c in found if c.kind in SINGLE]


def _same(a: Commitment, b: Commitment) -> bool:
    return _comparable(a, b) and _equal(a, b)


def _equal(a: Commitment, b: Commitment) -> bool:
    return (a.value, a.unit) == (b.value, b.unit)


def _comparable(a: Commitment, b: Commitment) -> bool:
    return (a.kind, a.scope) == (b.kind, b.scope)


def _same_kind(a: Commitment, b: Commitment) -> bool:
    return a.kind == b.kind
