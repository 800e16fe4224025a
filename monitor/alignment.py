"""Which clause of the old version became which of the new: kept, moved, edited, split, merged.

Three steps, each linear but for bounded candidate lists: clauses that say the same words are
matched wherever they stand (those in the longest common order are *kept*, the others *moved*);
what is left is paired by weighted word overlap, rare words weighing more, neighbours first; what
still is left is tried as a part of a clause that was split or merged, and is otherwise added or
removed.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from monitor.canonical import key, tokens
from monitor.model import Clause, Edit
from monitor.segmentation import plain

_MAX_DF = 60
_RARE_WORDS = 12
_MAX_CANDIDATES = 24
_PAIR_NEAR = 0.42
_PAIR_ALONE = 0.2
_PAIR_FAR = 0.58
_PART = 0.7


@dataclass(frozen=True, slots=True)
class Unit:
    """A clause as alignment sees it: its canonical key and its set of words."""

    key: str
    words: frozenset[str]
    count: int


def units(clauses: Sequence[Clause]) -> list[Unit]:
    """The comparable form of each clause."""
    return [_unit(clause.text) for clause in clauses]


@lru_cache(maxsize=16384)
def _unit(text: str) -> Unit:
    bare = plain(text).text
    words = tokens(bare)
    return Unit(key(bare), frozenset(words), len(words))


def align(old: Sequence[Clause], new: Sequence[Clause]) -> tuple[Edit, ...]:
    """Align two versions. Every clause of either side stands in exactly one edit.

    Edits come in the order of the new version; what was removed follows its old predecessor.
    """
    return _Aligner(old, new).edits()


class _Aligner:
    """The state of one alignment: ``to_new[i] == j`` where old clause i became new clause j."""

    def __init__(self, old: Sequence[Clause], new: Sequence[Clause]) -> None:
        self.old, self.new = old, new
        self.a, self.b = units(old), units(new)
        self.to_new: dict[int, int] = {}
        self.to_old: dict[int, int] = {}
        self.same: set[int] = set()
        self.kept: set[int] = set()
        self.parts: dict[tuple[Literal["old", "new"], int], int] = {}

    def edits(self) -> tuple[Edit, ...]:
        self.match_equal()
        self.kept = set(_longest_increasing(sorted(self.to_new.items())))
        self.pair_rest()
        self.attach_parts()
        return self.listed()

    # --- equal keys ---

    def match_equal(self) -> None:
        """Match equal keys: unique ones first, then neighbours of matches, then in order."""
        where_a, where_b = _positions(self.a), _positions(self.b)
        for word, places in where_a.items():
            others = where_b.get(word, [])
            if len(places) == len(others):
                for i, j in zip(places, others, strict=True):
                    self.join(i, j, same=True)
        self.extend(1)
        self.extend(-1)
        for word, places in where_a.items():
            free_a = [i for i in places if i not in self.to_new]
            free_b = [j for j in where_b.get(word, ()) if j not in self.to_old]
            for i, j in zip(free_a, free_b, strict=False):
                self.join(i, j, same=True)

    def extend(self, step: int) -> None:
        order = sorted(self.to_new.items(), reverse=step < 0)
        for i, j in order:
            i, j = i + step, j + step
            while (
                0 <= i < len(self.a)
                and 0 <= j < len(self.b)
                and i not in self.to_new
                and j not in self.to_old
                and self.a[i].key == self.b[j].key
            ):
                self.join(i, j, same=True)
                i, j = i + step, j + step

    def join(self, i: int, j: int, *, same: bool) -> None:
        self.to_new[i] = j
        self.to_old[j] = i
        if same:
            self.same.add(i)

    # --- similar words ---

    def pair_rest(self) -> None:
        """Pair what is left by weighted overlap, best pairs first, neighbours before strangers."""
        free_a = [i for i in range(len(self.a)) if i not in self.to_new]
        free_b = [j for j in range(len(self.b)) if j not in self.to_old]
        if not free_a or not free_b:
            return
        self.weights = _weights(self.a, self.b)
        gap_a, gap_b = self.gaps(free_a, free_b)
        sizes = Counter(gap_a.values()), Counter(gap_b.values())
        scored = []
        for j, candidates in self.candidates(free_a, free_b, gap_a, gap_b).items():
            for i in candidates:
                near = gap_a[i] == gap_b[j]
                alone = near and sizes[0][gap_a[i]] == sizes[1][gap_b[j]] == 1
                score = self.similarity(i, j)
                needed = _PAIR_ALONE if alone else _PAIR_NEAR if near else _PAIR_FAR
                same_kind = self.new[j].kind == self.old[i].kind
                if score >= (max(needed, 0.34) if self.old[i].kind == "heading" else needed) and (
                    same_kind or self.old[i].kind != "heading"
                ):
                    scored.append((-(score + (0.15 if near else 0.0)), i, j))
        for _, i, j in sorted(scored):
            if i not in self.to_new and j not in self.to_old:
                self.join(i, j, same=False)

    def gaps(
        self, free_a: Sequence[int], free_b: Sequence[int]
    ) -> tuple[dict[int, int], dict[int, int]]:
        """In which gap between kept clauses each free clause stands."""
        kept_a = sorted(self.kept)
        kept_b = [self.to_new[i] for i in kept_a]
        return (
            {i: bisect_left(kept_a, i) for i in free_a},
            {j: bisect_left(kept_b, j) for j in free_b},
        )

    def candidates(
        self,
        free_a: Sequence[int],
        free_b: Sequence[int],
        gap_a: Mapping[int, int],
        gap_b: Mapping[int, int],
    ) -> dict[int, list[int]]:
        """For each free new clause the few old ones worth scoring: rare words or same gap."""
        holders: dict[str, list[int]] = defaultdict(list)
        by_gap: dict[int, list[int]] = defaultdict(list)
        for i in free_a:
            by_gap[gap_a[i]].append(i)
            for word in self.a[i].words:
                holders[word].append(i)
        result = {}
        for j in free_b:
            votes: Counter[int] = Counter()
            rare = sorted(
                (word for word in self.b[j].words if 0 < len(holders.get(word, ())) <= _MAX_DF),
                key=lambda word: (-self.weights[word], word),
            )
            for word in rare[:_RARE_WORDS]:
                for i in holders[word]:
                    votes[i] += 1
            near = by_gap.get(gap_b[j], ())
            if len(near) <= _MAX_CANDIDATES:
                votes.update(near)
            best = sorted(votes.items(), key=lambda item: (-item[1], item[0]))
            result[j] = [i for i, _ in best[:_MAX_CANDIDATES]]
        return result

    def similarity(self, i: int, j: int) -> float:
        a, b = self.a[i].words, self.b[j].words
        total = self.weight(a) + self.weight(b)
        return 2 * self.weight(a & b) / total if total else 0.0

    def weight(self, words: frozenset[str]) -> float:
        return sum(map(self.weights.__getitem__, words))

    # --- parts ---

    def attach_parts(self) -> None:
        """Join a free clause to the edited neighbour it was split from or merged into."""
        for j in range(len(self.b)):
            if j not in self.to_old and self.b[j].count >= 3:
                for near in (j - 1, j + 1):
                    i = self.to_old.get(near)
                    if (
                        i is not None
                        and i not in self.same
                        and self.is_part(self.b[j], self.a[i], self.b[near])
                    ):
                        self.parts["new", j] = i
                        break
        for i in range(len(self.a)):
            if i not in self.to_new and self.a[i].count >= 3:
                for near in (i - 1, i + 1):
                    j = self.to_new.get(near, -1)
                    if (
                        j >= 0
                        and near not in self.same
                        and self.is_part(self.a[i], self.b[j], self.a[near])
                    ):
                        self.parts["old", i] = j
                        break

    def is_part(self, part: Unit, whole: Unit, rest: Unit) -> bool:
        """Whether the words of ``part`` come from what ``rest`` left of ``whole``."""
        return self.weight(part.words & (whole.words - rest.words)) >= _PART * 0.6 * self.weight(
            part.words
        ) and self.weight(part.words & whole.words) >= _PART * self.weight(part.words)

    # --- result ---

    def listed(self) -> tuple[Edit, ...]:
        split: dict[int, list[int]] = defaultdict(list)
        merged: dict[int, list[int]] = defaultdict(list)
        for (side, index), target in self.parts.items():
            (split if side == "new" else merged)[target].append(index)
        made: list[tuple[int, int, Edit]] = []
        last = -1
        for i in range(len(self.a)):
            if i in self.to_new:
                last = self.to_new[i]
            elif ("old", i) not in self.parts:
                made.append((last, i + 1, Edit("removed", (i,), ())))
        for j in range(len(self.b)):
            if ("new", j) in self.parts:
                continue
            if j in self.to_old:
                made.append((j, 0, self.edit(self.to_old[j], j, split, merged)))
            else:
                made.append((j, 0, Edit("added", (), (j,))))
        made.sort(key=lambda item: item[:2])
        return tuple(edit for _, _, edit in made)

    def edit(
        self, i: int, j: int, split: Mapping[int, list[int]], merged: Mapping[int, list[int]]
    ) -> Edit:
        if i in self.same:
            kind: Literal["kept", "moved"] = "kept" if i in self.kept else "moved"
            changed = self.old[i].text != self.new[j].text
            return Edit(kind, (i,), (j,), "same words" if changed else "")
        befores = tuple(sorted([i, *merged.get(j, ())]))
        afters = tuple(sorted([j, *split.get(i, ())]))
        if len(afters) > 1:
            return Edit("split", befores, afters)
        return Edit("merged" if len(befores) > 1 else "edited", befores, afters)


def _positions(side: Sequence[Unit]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for index, unit in enumerate(side):
        places[unit.key].append(index)
    return places


def _weights(a: Sequence[Unit], b: Sequence[Unit]) -> dict[str, float]:
    seen: Counter[str] = Counter()
    for unit in (*a, *b):
        seen.update(unit.words)
    total = len(a) + len(b)
    return {word: math.log(1 + total / count) for word, count in seen.items()}


def _longest_increasing(pairs: Sequence[tuple[int, int]]) -> list[int]:
    """The old indexes of the longest run of pairs in the order of both sides."""
    tails: list[int] = []
    ends: list[int] = []
    back: list[int] = []
    for position, (_, j) in enumerate(pairs):
        place = bisect_left(tails, j)
        if place == len(tails):
            tails.append(j)
            ends.append(position)
        else:
            tails[place] = j
            ends[place] = position
        back.append(ends[place - 1] if place else -1)
    chain = []
    position = ends[-1] if ends else -1
    while position >= 0:
        chain.append(pairs[position][0])
        position = back[position]
    return chain
