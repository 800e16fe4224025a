"""The commitments of versions at rest: most versions promise what the one before promised.

A row of ``version_commitments`` is one of three, told apart by how it begins::

    =7            condensed, they are those of version 7
    ^7:3 frame    a delta on those of version 7, itself the 2nd in a row of deltas
    frame         alone, compressed against the version's own text (their quotes stand in it)

No row is ever rewritten, and reading one follows at most ``_MOST`` deltas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, MutableMapping
from typing import cast

import zstandard
from sqlmodel import Session, col, select

from monitor.errors import StoreError
from monitor.model import Commitment
from store import codec, texts
from store.condensed import (
    chosen_commitments,
    condense_commitments,
    expand_commitments,
    placeless_commitments,
)
from store.packing import pack, unpack
from store.tables import CommitmentsRow, VersionRow

_MOST = 16
_SAME = re.compile(rb"=([0-9]{1,12})")
_DELTA = re.compile(rb"\^([0-9]{1,12}):([0-9]{1,2})\n")

#: Condensed commitments by version, kept by a caller who reads many versions of one policy.
Known = MutableMapping[int, bytes]


def put(session: Session, policy: str, number: int, plain: bytes, text: str) -> None:
    """Store the JSON of a version's commitments; ``text`` is the version's."""
    condensed = condense_commitments(plain, text)
    data = _on_the_one_before(session, policy, number, condensed)
    if data is None:
        data = pack(condensed, texts.encoded(text))
    session.add(CommitmentsRow(policy=policy, number=number, data=data))


def get(session: Session, policy: str, number: int, text: str, known: Known | None = None) -> bytes:
    """The JSON that was stored. StoreError names the row that is missing or damaged."""
    condensed = _condensed(session, policy, number, {} if known is None else known)
    try:
        return expand_commitments(condensed, text)
    except (ValueError, LookupError, TypeError) as error:
        raise StoreError(
            f"{policy}: the commitments of version {number} are damaged: {error}"
        ) from error


def some(
    session: Session,
    policy: str,
    number: int,
    kinds: Collection[str],
    text: Callable[[], str],
    known: Known,
) -> bytes:
    """The JSON of those of some kinds; ``text`` is asked for only where there are such."""
    condensed = _condensed(session, policy, number, known)
    if not any(f'"{kind}"'.encode() in condensed for kind in kinds):
        return b"[]"
    try:
        chosen = chosen_commitments(condensed, kinds)
        return expand_commitments(chosen, text()) if chosen != b"[]" else chosen
    except (ValueError, LookupError, TypeError) as error:
        raise StoreError(
            f"{policy}: the commitments of version {number} are damaged: {error}"
        ) from error


def stated(session: Session, policy: str, number: int) -> tuple[Commitment, ...]:
    """The commitments of a version, read without its text: their quotes have no place (-1)."""
    return _placeless(policy, number, _condensed(session, policy, number, {}))


def over_time(session: Session, policy: str) -> list[tuple[int, tuple[Commitment, ...]]]:
    """The commitments of each version, oldest first, as ``stated`` gives them.

    Versions that promise the same share one tuple.
    """
    known: Known = {}
    read: dict[bytes, tuple[Commitment, ...]] = {}
    mine = select(CommitmentsRow).where(CommitmentsRow.policy == policy)
    found = []
    # One query for all rows, which the session then knows.
    for row in session.exec(mine.order_by(col(CommitmentsRow.number))).all():
        number = row.number
        condensed = _condensed(session, policy, number, known)
        if condensed not in read:
            read[condensed] = _placeless(policy, number, condensed)
        found.append((number, read[condensed]))
    return found


def _placeless(policy: str, number: int, condensed: bytes) -> tuple[Commitment, ...]:
    try:
        return cast(tuple[Commitment, ...], codec.loads(placeless_commitments(condensed)))
    except (ValueError, LookupError, TypeError) as error:
        raise StoreError(
            f"{policy}: the commitments of version {number} are damaged: {error}"
        ) from error


def _on_the_one_before(
    session: Session, policy: str, number: int, condensed: bytes
) -> bytes | None:
    """The row as a delta; None where there is nothing to build on, or too much already."""
    base = number - 1
    row = session.get(CommitmentsRow, (policy, base))
    if row is None:
        return None
    if same := _SAME.fullmatch(row.data):
        base = int(same[1])
        row = session.get(CommitmentsRow, (policy, base))
        if row is None:
            return None
    try:
        before = _condensed(session, policy, base, {})
    except StoreError:
        return None
    if before == condensed:
        return b"=%d" % base
    delta = _DELTA.match(row.data)
    depth = int(delta[2]) + 1 if delta else 1
    return None if depth > _MOST else b"^%d:%d\n%b" % (base, depth, pack(condensed, before))


def _nearby(session: Session, policy: str, number: int) -> Mapping[int, CommitmentsRow]:
    """The rows that one is likely to build on, in one query."""
    near = col(CommitmentsRow.number).between(number - _MOST, number)
    rows = session.exec(select(CommitmentsRow).where(CommitmentsRow.policy == policy, near))
    return {row.number: row for row in rows}


def _condensed(session: Session, policy: str, number: int, known: Known) -> bytes:
    """Follow the rows down to one that stands alone, then build up again."""
    frames: list[tuple[int, bytes]] = []
    near: Mapping[int, CommitmentsRow] = {}
    place = number
    content = known.get(place)
    while content is None:
        row = near.get(place) or session.get(CommitmentsRow, (policy, place))
        if row is None:
            raise StoreError(f"{policy}: the commitments of version {place} are missing")
        base, frame = _read(row)
        if base is not None and not near and not known:
            near = _nearby(session, policy, base)
        if base is None:
            content = _unpacked(policy, place, frame, _own_text(session, policy, place))
        elif base >= place or len(frames) > _MOST + 1:
            raise StoreError(f"{policy}: the commitments of version {place} are damaged")
        else:
            frames.append((place, frame))
            place = base
            content = known.get(place)
    known[place] = content
    for place, frame in reversed(frames):
        content = _unpacked(policy, place, frame, content) if frame else content
        known[place] = content
    return content


def _read(row: CommitmentsRow) -> tuple[int | None, bytes]:
    """What a row builds on, and its frame (b"": the same)."""
    if same := _SAME.fullmatch(row.data):
        return int(same[1]), b""
    if delta := _DELTA.match(row.data):
        return int(delta[1]), row.data[delta.end() :]
    return None, row.data


def _own_text(session: Session, policy: str, number: int) -> bytes:
    version = session.get(VersionRow, (policy, number))
    if version is None:
        raise StoreError(f"{policy} has no version {number}")
    return texts.encoded(texts.get(session, version))


def _unpacked(policy: str, number: int, frame: bytes, base: bytes) -> bytes:
    try:
        return unpack(frame, base)
    except zstandard.ZstdError as error:
        raise StoreError(
            f"{policy}: the commitments of version {number} are damaged: {error}"
        ) from error
