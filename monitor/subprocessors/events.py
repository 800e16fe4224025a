"""What happened to a list of sub-processors between two versions.

Entities are matched by name, whatever their order or layout: in full, then without the legal form,
by the former name that an entry gives, by a longer or shorter name, by the site it links to. What
is left on both sides and does the same, or stands between the same neighbours, was replaced.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal
from urllib.parse import urlsplit

from monitor.canonical import tokens
from monitor.lexicon import Lexicon
from monitor.subprocessors.places import covers, narrowest, towns_in, without_places
from monitor.subprocessors.reading import Listed, Listing

EventKind = Literal["added", "replaced", "removed", "relocated", "repurposed", "renamed"]

#: What a sub-processor does that is grave wherever it is new.
GRAVE = frozenset({
    "ai training", "profiling", "advertising", "targeted advertising", "automated decisions",
})  # fmt: skip
_ALIKE = 0.9
_LONG = 8
_MOST_ALIKE = 60
_MOST_PAIRS = 10_000
_SAME_PURPOSE = 0.6
_OTHER_PURPOSE = 0.5
_STEM = 5


@dataclass(frozen=True)
class Event:
    """One thing that happened to one entity; ``new`` are the places or purposes it won."""

    kind: EventKind
    before: Listed | None
    after: Listed | None
    new: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Matches:
    """Entities of both versions that are the same (with whether it was renamed), and the rest."""

    pairs: tuple[tuple[Listed, Listed, bool], ...]
    gone: tuple[Listed, ...]
    come: tuple[Listed, ...]


@dataclass(frozen=True)
class Events:
    """All events; ``lost``: the newer version lists nobody any more."""

    events: tuple[Event, ...]
    pairs: tuple[tuple[Listed, Listed, bool], ...]
    lost: bool = False


def events_between(old: Listing, new: Listing, lexicon: Lexicon) -> Events:
    """What happened, in the order of the newer list, what went last."""
    found = matched(old.listed, new.listed)
    gone = [listed for listed in found.gone if not _named(listed, new)]
    come = [listed for listed in found.come if not _named(listed, old)]
    replaced = _replaced(gone, come, found, old.listed, new.listed)
    events = [event for pair in found.pairs for event in _changed(*pair, lexicon)]
    events += [Event("replaced", a, b) for a, b in replaced]
    done = {id(listed) for pair in replaced for listed in pair}
    events += [Event("added", None, b) for b in come if id(b) not in done]
    events += [Event("removed", a, None) for a in gone if id(a) not in done]
    return Events(tuple(events), found.pairs, bool(old.listed and gone and not new.listed))


def _named(listed: Listed, other: Listing) -> bool:
    """Whether the other version names a company outside of what was read as its list."""
    words = listed.name.words
    if len(words) < 2 and not listed.name.form:
        return False
    return f" {' '.join(words if len(words) > 1 else tokens(listed.name.written))} " in other.rest


# --- which is which ------------------------------------------------------------------------------


def matched(old: Sequence[Listed], new: Sequence[Listed]) -> Matches:
    """Pair the entities that are the same."""
    gone, come = list(old), list(new)
    pairs: list[tuple[Listed, Listed, bool]] = []
    steps: tuple[tuple[Callable[[Listed], Hashable], Callable[[Listed], Hashable], bool], ...] = (
        (_full, _full, False),
        (_words, _words, False),
        (_letters, _letters, False),
        (_words, _former, True),
        (_site, _site, True),
    )
    for key_old, key_new, renamed in steps:
        for a, b in _equal(gone, come, key_old, key_new):
            pairs.append((a, b, renamed or _other_form(a, b)))
        gone, come = _left(gone, come, pairs)
    for alike, renamed in ((_misspelled, False), (_shortened, True)):
        pairs += [(a, b, renamed) for a, b in _alike(gone, come, alike)]
        gone, come = _left(gone, come, pairs)
    return Matches(tuple(pairs), tuple(gone), tuple(come))


def _left(
    gone: Iterable[Listed], come: Iterable[Listed], pairs: Iterable[tuple[Listed, Listed, bool]]
) -> tuple[list[Listed], list[Listed]]:
    done = {id(listed) for a, b, _ in pairs for listed in (a, b)}
    return [a for a in gone if id(a) not in done], [b for b in come if id(b) not in done]


def _equal(
    gone: Iterable[Listed],
    come: Iterable[Listed],
    key_old: Callable[[Listed], Hashable],
    key_new: Callable[[Listed], Hashable],
) -> list[tuple[Listed, Listed]]:
    """Those of equal keys, where the key is unique on both sides."""
    left, right = defaultdict(list), defaultdict(list)
    for listed in gone:
        left[key_old(listed)].append(listed)
    for listed in come:
        right[key_new(listed)].append(listed)
    return [
        (left[key][0], right[key][0])
        for key in left
        if key and len(left[key]) == 1 and len(right.get(key, ())) == 1
    ]


def _alike(
    gone: Iterable[Listed], come: Iterable[Listed], alike: Callable[[Listed, Listed], bool]
) -> list[tuple[Listed, Listed]]:
    """Those that begin with the same letter and are alike, where each has one such other."""
    by_letter: dict[str, list[Listed]] = defaultdict(list)
    for listed in come:
        by_letter[_letter(listed)].append(listed)
    found: dict[int, list[tuple[Listed, Listed]]] = defaultdict(list)
    for listed in gone:
        others = by_letter[_letter(listed)]
        matches = [o for o in others if alike(listed, o)] if len(others) <= _MOST_ALIKE else []
        if len(matches) == 1:
            found[id(matches[0])].append((listed, matches[0]))
    return [pairs[0] for pairs in found.values() if len(pairs) == 1]


def _letter(listed: Listed) -> str:
    return "".join(listed.name.words)[:1]


def _full(listed: Listed) -> Hashable:
    return listed.name.full


def _words(listed: Listed) -> Hashable:
    return listed.name.words


def _letters(listed: Listed) -> Hashable:
    return "".join(listed.name.words)


def _former(listed: Listed) -> Hashable:
    return listed.name.former


def _site(listed: Listed) -> Hashable:
    """The host that an entry links to."""
    try:
        host = urlsplit(listed.subprocessor.url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def _other_form(a: Listed, b: Listed) -> bool:
    return bool(a.name.form and b.name.form) and a.name.form != b.name.form


def _misspelled(a: Listed, b: Listed) -> bool:
    left, right = "".join(a.name.words), "".join(b.name.words)
    if min(len(left), len(right)) < _LONG or _other_form(a, b):
        return False
    if any(char.isdigit() for char in left + right):
        return False
    return SequenceMatcher(None, left, right, autojunk=False).ratio() >= _ALIKE


def _shortened(a: Listed, b: Listed) -> bool:
    """Whether one name is the other one with more words, and the entries say nothing against it."""
    few, many = sorted((a.name.words, b.name.words), key=len)
    if few[:1] != many[:1] or not set(few) <= set(many):
        return False
    same_place = not a.subprocessor.places or not b.subprocessor.places or (
        set(a.subprocessor.places) & set(b.subprocessor.places)
    )  # fmt: skip
    purposes = _stems(a.subprocessor.purpose), _stems(b.subprocessor.purpose)
    return bool(same_place) and (not all(purposes) or _overlap(*purposes) >= _OTHER_PURPOSE)


def _replaced(
    gone: Sequence[Listed],
    come: Sequence[Listed],
    found: Matches,
    old: Sequence[Listed],
    new: Sequence[Listed],
) -> list[tuple[Listed, Listed]]:
    """Pairs of which one took the other's task, or its place in the list."""
    if len(gone) * len(come) > _MOST_PAIRS:
        return []  # another list altogether
    neighbours = _Neighbours(found, old, new)
    tasks = {id(listed): _stems(listed.subprocessor.purpose) for listed in (*gone, *come)}
    scored = []
    for i, a in enumerate(gone):
        for j, b in enumerate(come):
            before, after = tasks[id(a)], tasks[id(b)]
            alike = _overlap(before, after)
            beside = not before and not after and neighbours.same(a, b)
            if alike >= _SAME_PURPOSE or beside:
                scored.append((-alike, i, j))
    taken: dict[int, int] = {}
    for _, i, j in sorted(scored):
        if i not in taken and j not in taken.values():
            taken[i] = j
    return [(gone[i], come[j]) for i, j in taken.items()]


class _Neighbours:
    """What stands before and after each entry, to tell whether one took another's place."""

    def __init__(self, found: Matches, old: Sequence[Listed], new: Sequence[Listed]) -> None:
        self.partner = {id(a): id(b) for a, b, _ in found.pairs}
        self.equal = len(old) == len(new)
        self.old, self.new = _beside(old), _beside(new)

    def same(self, a: Listed, b: Listed) -> bool:
        """Whether two entries stand between the same two others (or the ends of the list)."""
        sides = zip(self.old[id(a)], self.new[id(b)], strict=True)
        return self.equal and all(
            before is after is None
            or (before is not None and after is not None and self.partner.get(before) == after)
            for before, after in sides
        )


def _beside(listed: Sequence[Listed]) -> dict[int, tuple[int | None, int | None]]:
    ids: list[int | None] = [None, *map(id, listed), None]
    return {id(one): (ids[i], ids[i + 2]) for i, one in enumerate(listed)}


# --- what changed about one ----------------------------------------------------------------------


def _changed(a: Listed, b: Listed, renamed: bool, lexicon: Lexicon) -> Iterator[Event]:
    if renamed:
        yield Event("renamed", a, b)
    one, other = _where_they_differ(a, b)
    come, gone = _moves(one, other)
    if come or gone:
        yield Event("relocated", one, other, frozenset(come))
    purposes = _won_purposes(a, b, lexicon)
    if purposes is not None:
        yield Event("repurposed", a, b, purposes)


def _moves(a: Listed, b: Listed) -> tuple[set[str], set[str]]:
    """The places that came and went. A place newly stated is none; a town may stand for one."""
    old, new = narrowest(a.subprocessor.places), narrowest(b.subprocessor.places)
    if not old:
        return set(), set()
    come = {place for place in new if not covers(old | a.mentions, place)}
    gone = {place for place in old if not covers(new | b.mentions, place)}
    if not come and not gone and old == new:
        before, after = towns_in(a.detail), towns_in(b.detail)
        if before and after and not before & after:
            return set(), {*before}
    come = {place for place in come if set(tokens(place)) - a.words}
    gone = {place for place in gone if set(tokens(place)) - b.words}
    return come, gone


def _where_they_differ(a: Listed, b: Listed) -> tuple[Listed, Listed]:
    """An entity that several lists name, with the places of the one list that changed."""
    left, right = Counter(a.each), Counter(b.each)
    gone, come = list((left - right).elements()), list((right - left).elements())
    if not len(gone) == len(come) == 1 or len(a.each) == 1:
        return a, b
    return _placed(a, gone[0]), _placed(b, come[0])


def _placed(listed: Listed, places: tuple[str, ...]) -> Listed:
    subprocessor = replace(listed.subprocessor, places=places)
    return replace(listed, subprocessor=subprocessor, mentions=frozenset(), words=frozenset())


def _won_purposes(a: Listed, b: Listed, lexicon: Lexicon) -> frozenset[str] | None:
    """The purposes of the vocabulary that an entry won, maybe none; None: it says the same."""
    old, new = _stems(a.subprocessor.purpose), _stems(b.subprocessor.purpose)
    if not old or not new:
        return None
    won = _terms(b, lexicon) - _terms(a, lexicon)
    unseen = new - _stems(" ".join(a.words))
    lost = old - _stems(" ".join(b.words))
    rewritten = len(unseen) >= _OTHER_PURPOSE * len(new) and len(lost) >= _OTHER_PURPOSE * len(old)
    return frozenset(won) if (won and unseen) or rewritten else None


def _terms(listed: Listed, lexicon: Lexicon) -> set[str]:
    found = lexicon.terms("purposes", listed.subprocessor.purpose)
    return {term.term for term in found}


def _stems(text: str) -> frozenset[str]:
    """The beginnings of the longer words of a purpose, without its places."""
    return frozenset(word[:_STEM] for word in tokens(without_places(text)) if len(word) > 3)


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0
