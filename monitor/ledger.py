"""What a policy said on each matter over time: since when it stands, and what it said before. Pure.

A *matter* is a kind of commitment with a scope ("notice of price changes"); a *term* is one value
that was stated on it during some consecutive versions. A version that says the same in other words
goes on with the term.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from monitor.model import COMMITMENT_KINDS, Commitment, CommitmentKind, Value


@dataclass(frozen=True, slots=True)
class Stated:
    """What one version states: its number, when it was first seen (UTC), and its commitments."""

    version: int
    at: datetime
    commitments: Sequence[Commitment]


@dataclass(frozen=True, slots=True)
class Term:
    """One value on one matter, ``since`` the version that began it until the one that ended it.

    ``commitment`` is as the newest of its versions puts it. ``until`` is None while it still
    stands. ``or_earlier``: it stood there when the policy was first seen.
    """

    commitment: Commitment
    since: datetime
    version: int
    or_earlier: bool
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """What is said now on a kind and scope, and what was said before (the newest first)."""

    kind: CommitmentKind
    scope: str
    now: tuple[Term, ...]
    before: tuple[Term, ...]

    def replaced_by(self, term: Term) -> tuple[Term, ...]:
        """The terms that ended where this one began: its value before."""
        return tuple(ended for ended in self.before if ended.until == term.since)


_Key: TypeAlias = tuple[CommitmentKind, str]
_Said: TypeAlias = tuple[Value, str]


def matters(versions: Iterable[Stated]) -> tuple[Matter, ...]:
    """Each matter that a policy ever spoke of, by kind and scope, from its versions in order."""
    running: dict[_Key, dict[_Said, Term]] = {}
    ended: dict[_Key, list[Term]] = {}
    for place, stated in enumerate(versions):
        said = _by_matter(stated.commitments)
        for key in {*running, *said}:
            terms, now = running.setdefault(key, {}), said.get(key, {})
            for value in [value for value in terms if value not in now]:
                ended.setdefault(key, []).append(replace(terms.pop(value), until=stated.at))
            for value, commitment in now.items():
                begun = terms.get(value) or Term(
                    commitment, stated.at, stated.version, or_earlier=place == 0
                )
                terms[value] = replace(begun, commitment=commitment)
    return tuple(
        Matter(
            kind, scope,
            tuple(running[kind, scope].values()),
            tuple(reversed(ended.get((kind, scope), []))),
        )
        for kind, scope in sorted(running, key=_place)
    )  # fmt: skip


def standing(found: Iterable[Matter]) -> Iterator[tuple[Matter, Term]]:
    """Every term that stands, beside its matter."""
    for matter in found:
        for term in matter.now:
            yield matter, term


def in_words(value: Value, unit: str = "") -> str:
    """A stated value as people read it: "30 days", "yes", "e-mail, website"; dates as ISO 8601."""
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)).replace("_", " ")
    if isinstance(value, bool):
        return "yes" if value else "no"
    plural = "s" if unit and value != 1 else ""
    return f"{value} {unit.replace('_', ' ')}{plural}".strip()


def _by_matter(commitments: Iterable[Commitment]) -> Mapping[_Key, dict[_Said, Commitment]]:
    found: dict[_Key, dict[_Said, Commitment]] = {}
    for commitment in commitments:
        key, said = (commitment.kind, commitment.scope), (commitment.value, commitment.unit)
        found.setdefault(key, {}).setdefault(said, commitment)
    return found


def _place(key: _Key) -> tuple[int, str]:
    kind, scope = key
    return COMMITMENT_KINDS.index(kind), scope
