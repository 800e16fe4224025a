"""Findings on lists of sub-processors: one for each kind of thing that happened, with all names.

The passages that only list somebody are taken from the other rules, which would read an entry as a
sentence; cells that say something else (which data, which safeguards) are left to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from monitor.canonical import is_stamp, tokens
from monitor.findings.changes import Change, Passage
from monitor.findings.words import shortened
from monitor.lexicon import Lexicon
from monitor.model import Category, Direction, Document, Edit, Finding, Severity
from monitor.plain_text import plain
from monitor.subprocessors import (
    GRAVE,
    Event,
    EventKind,
    Events,
    Listed,
    Listing,
    events_between,
    in_eea,
    listing_of,
)

#: The rule of each kind of event.
RULE_OF: Mapping[EventKind, str] = {
    "added": "subprocessor-added",
    "replaced": "subprocessor-replaced",
    "removed": "subprocessor-removed",
    "relocated": "subprocessor-relocated",
    "repurposed": "subprocessor-purpose-changed",
    "renamed": "subprocessor-renamed",
}
LIST_GONE = "subprocessor-list-gone"
_CATEGORY: Mapping[EventKind, Category] = {
    "added": "sharing", "replaced": "sharing", "removed": "sharing", "relocated": "transfer",
    "repurposed": "purpose", "renamed": "entity",
}  # fmt: skip
_SAID: Mapping[EventKind, str] = {
    "added": "added", "replaced": "replaced", "removed": "removed", "relocated": "relocated",
    "repurposed": "with another purpose", "renamed": "renamed",
}  # fmt: skip
_NAMED = 3
_PURPOSE = 60
_ENTRY_WORDS = 40
#: A purpose that begins so is a sentence about the company: "Provides hosting".
_VERBS = frozenset(
    [
        "provides",
        "provide",
        "delivers",
        "enables",
        "hosts",
        "sends",
        "stores",
        "processes",
        "supports",
        "handles",
        "we",
        "used",
    ]
)


@dataclass(frozen=True)
class Told:
    """Findings on the lists, notes by alignment step, and the changes left to other rules."""

    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: dict[int, list[str]] = field(default_factory=dict)


def told_of_lists(
    old: Document, new: Document, edits: Sequence[Edit], changes: Sequence[Change], lexicon: Lexicon
) -> Told:
    """Compare the lists of two versions, whatever their order and layout."""
    lists = listing_of(old), listing_of(new)
    if not any(side.listed for side in lists):
        return Told(changes=tuple(changes))
    events = events_between(*lists, lexicon)
    step = _Steps(edits)
    notes: dict[int, list[str]] = {}
    for index in step.of_lists(lists):
        notes.setdefault(index, [])
    for event in events.events:
        for index in step.of_event(event):
            notes.setdefault(index, []).append(RULE_OF[event.kind])
    left = [change for change in map(_Left(old, new, lists), changes) if change is not None]
    left += _other_cells(old, new, events, step)
    return Told(
        tuple(_findings(events, lexicon)),
        tuple(left),
        {index: names or ["the list names the same"] for index, names in notes.items()},
    )


# --- what is left to other rules -----------------------------------------------------------------


class _Steps:
    """Which alignment step a clause of either version belongs to."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self.before = {i: index for index, edit in enumerate(edits) for i in edit.before}
        self.after = {j: index for index, edit in enumerate(edits) for j in edit.after}
        self.same = {i for i, e in enumerate(edits) if e.kind in ("kept", "moved")}

    def of_lists(self, lists: tuple[Listing, Listing]) -> Iterator[int]:
        """The steps in which entries differ as texts."""
        for clauses, steps in zip((lists[0].clauses, lists[1].clauses), (self.before, self.after),
                                  strict=True):  # fmt: skip
            yield from (steps[i] for i in sorted(clauses) if steps[i] not in self.same)

    def of_event(self, event: Event) -> Iterator[int]:
        if event.after is not None:
            yield self.after[event.after.clauses[0]]
        if event.before is not None:
            yield self.before[event.before.clauses[0]]


class _Left:
    """Takes from a change the sides that only list somebody."""

    def __init__(self, old: Document, new: Document, lists: tuple[Listing, Listing]) -> None:
        self.listing = {
            id(document.clauses[i])
            for document, listing in zip((old, new), lists, strict=True)
            for i in listing.clauses
        }
        self.announced = {
            (id(document.clauses[i]), start, end)
            for document, listing in zip((old, new), lists, strict=True)
            for i, start, end in listing.announced
        }
        self.names = [listed.name.words for listing in lists for listed in listing.listed]

    def __call__(self, change: Change) -> Change | None:
        sides = change.before, change.after
        claimed = [side is not None and self.claims(side) for side in sides]
        if not any(claimed):
            return change
        before, after = (
            None if side is None or taken or self.lists(side) else side
            for side, taken in zip(sides, claimed, strict=True)
        )
        return replace(change, before=before, after=after) if before or after else None

    def claims(self, passage: Passage) -> bool:
        """Whether a passage was read as an entry, or as the announcement of one."""
        place = id(passage.clause), passage.start, passage.end
        return place[0] in self.listing or place in self.announced

    def lists(self, passage: Passage) -> bool:
        """Whether what stands against an entry is one too, in a layout that was not read."""
        words = passage.words
        return len(words) <= _ENTRY_WORDS and any(
            words[i : i + len(name)] == name for name in self.names for i in range(len(words))
        )


def _other_cells(old: Document, new: Document, events: Events, step: _Steps) -> Iterator[Change]:
    """The cells of the same entity in columns that the list does not need, where they differ."""
    for a, b, _ in events.pairs:
        if len(a.others) != len(b.others):
            continue
        for left, right in zip(a.others, b.others, strict=True):
            before, after = _cell(old, left), _cell(new, right)
            if before.words != after.words and not (is_stamp(before.text) and is_stamp(after.text)):
                yield Change(before, after, step.after[right[0]])


def _cell(document: Document, place: tuple[int, int, int]) -> Passage:
    index, start, end = place
    clause = document.clauses[index]
    return Passage(clause, plain(clause.text).text[start:end], start, end)


# --- what is told --------------------------------------------------------------------------------


def _findings(events: Events, lexicon: Lexicon) -> Iterator[Finding]:
    english = lexicon.language == "en"
    kinds = list(RULE_OF)
    ordered = sorted(events.events, key=lambda event: kinds.index(event.kind))
    for kind, group in groupby(ordered, key=lambda event: event.kind):
        found = list(group)
        if kind == "removed" and events.lost:
            yield _list_gone(found)
            continue
        plural = "s" if len(found) > 1 else ""
        summary = f"Sub-processor{plural} {_SAID[kind]}: {_names(found, english=english)}"
        first = found[0]
        yield Finding(
            _CATEGORY[kind], _direction(kind, found), _severity(kind, found), summary,
            first.before.subprocessor.quote if first.before else None,
            first.after.subprocessor.quote if first.after else None,
            _values(kind, (event.before for event in found)),
            _values(kind, (event.after for event in found)), RULE_OF[kind], 0.9,
        )  # fmt: skip


def _list_gone(found: Sequence[Event]) -> Finding:
    """A page that names nobody any more tells less, whoever left."""
    gone = [event.before for event in found if event.before]
    return Finding(
        "sharing", "weaker", "medium",
        f"The list of sub-processors is gone: it named {_listed(e.name.written for e in gone)}",
        gone[0].subprocessor.quote, None, _values("removed", gone), None, LIST_GONE, 0.8,
    )  # fmt: skip


def _severity(kind: EventKind, found: Sequence[Event]) -> Severity:
    match kind:
        case "added" | "replaced":
            return "high"
        case "relocated":
            return "medium" if any(event.new for event in found) else "low"
        case "repurposed":
            return "high" if any(event.new & GRAVE for event in found) else "medium"
        case "removed" | "renamed":
            return "low"


def _direction(kind: EventKind, found: Sequence[Event]) -> Direction:
    match kind:
        case "added" | "replaced" | "repurposed":
            return "weaker"
        case "removed":
            return "stronger"
        case "renamed":
            return "neutral"
        case "relocated":
            outside = any(event.new and not in_eea(event.new) for event in found)
            return "weaker" if outside else "neutral"


def _values(kind: EventKind, entities: Iterable[Listed | None]) -> frozenset[str] | None:
    """The names of a side; with the places or the purposes, where those are what changed."""
    said: Callable[[Listed], str] = {
        "relocated": _placed, "repurposed": _purposed,
    }.get(kind, lambda listed: listed.subprocessor.name)  # fmt: skip
    return frozenset(said(listed) for listed in entities if listed) or None


def _names(found: Sequence[Event], *, english: bool) -> str:
    return _listed(_said(event, english=english, alone=len(found) == 1) for event in found)


def _listed(names: Iterable[str]) -> str:
    """The first few of many names, in the order of the list."""
    given = list(names)
    if len(given) <= _NAMED + 1:
        return "; ".join(given) if any("," in name for name in given) else ", ".join(given)
    return f"{', '.join(given[:_NAMED])} and {len(given) - _NAMED} more"


def _said(event: Event, *, english: bool, alone: bool) -> str:
    """What happened to one entity, in a few words."""
    before, after = event.before, event.after
    if before is None or after is None:
        listed = after or before
        assert listed is not None
        return _placed(listed) + (_purpose(listed, english=english) if alone and after else "")
    match event.kind:
        case "relocated":
            where = ", ".join(after.subprocessor.places) or "not stated any more"
            if event.new or before.subprocessor.places != after.subprocessor.places:
                return f"{_name(after)}, {', '.join(before.subprocessor.places)} → {where}"
            return f"{_name(after)}, {before.detail} → {after.detail}"
        case "repurposed":
            old, new = before.subprocessor.purpose, after.subprocessor.purpose
            return f"{_name(after)}, {shortened(old, _PURPOSE)} → {shortened(new, _PURPOSE)}"
        case "renamed":
            return f"{_name(before)} → {_name(after)}"
        case _:
            tail = _purpose(after, english=english) if alone else ""
            return f"{_placed(before)} → {_placed(after)}{tail}"


def _name(listed: Listed) -> str:
    name = listed.subprocessor.name
    return name if len(name) <= _PURPOSE else shortened(name)


def _placed(listed: Listed) -> str:
    places = ", ".join(listed.subprocessor.places)
    return f"{_name(listed)} ({shortened(places, _PURPOSE)})" if places else _name(listed)


def _purposed(listed: Listed) -> str:
    return f"{_name(listed)}: {listed.subprocessor.purpose}"


def _purpose(listed: Listed, *, english: bool) -> str:
    """ ", for backups"; in other languages, and where it is a sentence: ": invio di e-mail"."""
    said = shortened(listed.subprocessor.purpose, _PURPOSE)
    if not said:
        return ""
    if not english or (tokens(said)[:1] and tokens(said)[0] in _VERBS):
        return f": {said}"
    return f", for {said[0].lower() + said[1:] if said[1:2].islower() else said}"
