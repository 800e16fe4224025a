"""The texts of a policy at rest: each distinct one once, in runs that are compressed together.

A policy's distinct texts are numbered from 0 in the order in which they came. A row of ``text`` is
a run of consecutive ones, as one zstd frame over their lengths and their bytes::

    b"65012 65020 64987\n" + text 0 + text 1 + text 2

So what a text shares with any other of its run costs next to nothing. The frame's dictionary is the
first text of the run before (of every 16th run: none), so a text is read back by opening at most 16
frames, all but its own at their beginning only.

The last run is packed anew when a text is added, and read back before it takes the place of what
was there; a full run (``MOST`` texts, or ``LARGEST`` bytes) is never written again. A text's
SHA-256 stands in its versions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import zstandard
from sqlmodel import Session, col, select

from monitor.errors import StoreError
from store.packing import opened, pack, unpack
from store.tables import TextRow, VersionRow

#: A run has at most this many texts, and none is added to a run of this many plain bytes.
MOST = 128
LARGEST = 4_000_000
#: This many runs in a row build on one another.
SPAN = 16

_UNREADABLE = (zstandard.ZstdError, ValueError, TypeError, IndexError)


def encoded(text: str) -> bytes:
    """A text's plain bytes: UTF-8, in which a lone surrogate survives."""
    return text.encode("utf-8", "surrogatepass")


def put(session: Session, policy: str, text: str) -> int:
    """Store a text unless a version of the policy has it already; returns its number."""
    content = encoded(text)
    digest = hashlib.sha256(content).hexdigest()
    mine = select(VersionRow.text).where(VersionRow.policy == policy)
    known = session.exec(mine.where(VersionRow.text_digest == digest)).first()
    return _add(session, policy, content) if known is None else known


def get(session: Session, row: VersionRow) -> str:
    """A version's text, verified. StoreError names the row that is missing or damaged."""
    runs = _chain(session, row.policy, row.text)
    place = row.text - runs[-1].first if runs else 0
    if not runs or place >= runs[-1].number:
        raise StoreError(f"{row.policy}: text {row.text} is missing; restore a backup")
    base = b""
    for run in runs[:-1]:
        base = _one(run, base, 0)
    content = _one(runs[-1], base, place)
    if hashlib.sha256(content).hexdigest() != row.text_digest:
        raise StoreError(
            f"{row.policy}: text {row.text} is damaged: it has another SHA-256 than version "
            f"{row.number} says; restore a backup"
        )
    return content.decode("utf-8", "surrogatepass")


def runs(session: Session, policy: str) -> Iterator[tuple[TextRow, list[bytes], str]]:
    """Every run of a policy in order, its texts (none if damaged) and what is wrong with it."""
    first_texts: dict[int | None, bytes] = {None: b""}
    rows = select(TextRow).where(TextRow.policy == policy).order_by(col(TextRow.first))
    for run in session.exec(rows):
        if run.base not in first_texts:
            yield run, [], f"the texts from {run.base} on, which it builds on, are not readable"
            continue
        try:
            contents = _all(run, first_texts[run.base])
        except StoreError as error:
            yield run, [], str(error)
        else:
            first_texts = {None: b"", run.first: contents[0]}
            yield run, contents, ""


def _add(session: Session, policy: str, content: bytes) -> int:
    """Into the last run, or as the first text of a new one."""
    chain = _chain(session, policy, None)
    last = chain[-1] if chain else None
    base = b""
    for run in chain[:-1]:
        base = _one(run, base, 0)
    contents: list[bytes] = []
    if last is not None and last.number < MOST and last.size < LARGEST:
        contents = _all(last, base)
    elif last is not None and len(chain) < SPAN:
        base = _one(last, base, 0)
        last = _new_run(policy, last.first + last.number, last.first)
    else:
        base = b""
        last = _new_run(policy, last.first + last.number if last else 0, None)
    contents.append(content)
    last.data = _packed(contents, base)
    last.number, last.size, last.stored = len(contents), sum(map(len, contents)), len(last.data)
    session.add(last)
    session.flush()
    return last.first + last.number - 1


def _new_run(policy: str, first: int, base: int | None) -> TextRow:
    return TextRow(policy=policy, first=first, base=base, number=0, size=0, stored=0, data=b"")


def _chain(session: Session, policy: str, number: int | None) -> list[TextRow]:
    """The run that holds a text (None: the last run) and those it builds on, itself last."""
    wanted = select(TextRow).where(TextRow.policy == policy)
    if number is not None:
        wanted = wanted.where(TextRow.first <= number)
    rows = session.exec(wanted.order_by(col(TextRow.first).desc()).limit(SPAN)).all()
    found = list(rows[:1])
    for before in rows[1:]:
        if found[-1].base is None:
            break
        if before.first != found[-1].base:
            raise _damaged(found[-1], "what it builds on is missing")
        found.append(before)
    if found and found[-1].base is not None:
        raise _damaged(found[-1], "what it builds on is missing")
    return found[::-1]


def _one(run: TextRow, base: bytes, place: int) -> bytes:
    """One text of a run, the frame being read no further. StoreError if it is damaged."""
    try:
        with opened(run.data, base) as frame:
            head = frame.read(MOST * 10)  # more than the lengths, which nine digits bound
            told, _, known = head.partition(b"\n")
            lengths = _lengths(told)
            start, end = sum(lengths[:place]), sum(lengths[: place + 1])
            if start > len(known):  # what is before is opened piece by piece, and not kept
                frame.seek(len(head) + start - len(known))
                return frame.read(lengths[place])
            plain = known + frame.read(max(0, end - len(known)))
        return plain[start:end]
    except _UNREADABLE as error:
        raise _damaged(run, str(error)) from error


def _all(run: TextRow, base: bytes) -> list[bytes]:
    """Every text of a run. StoreError if it is damaged, or not as its row says."""
    try:
        told, _, joined = unpack(run.data, base).partition(b"\n")
        lengths = _lengths(told)
    except _UNREADABLE as error:
        raise _damaged(run, str(error)) from error
    if (len(lengths), sum(lengths), len(run.data)) != (run.number, len(joined), run.stored):
        raise _damaged(run, "it has not the lengths that it says")
    if run.size != len(joined) or not isinstance(run.first, int):
        raise _damaged(run, "it has not the size that its row says")
    contents, at = [], 0
    for length in lengths:
        contents.append(joined[at : at + length])
        at += length
    return contents


def _lengths(told: bytes) -> list[int]:
    lengths = [int(length) for length in told.split(b" ")]
    if min(lengths) < 0:
        raise ValueError("a length below zero")
    return lengths


def _packed(contents: Sequence[bytes], base: bytes) -> bytes:
    """The data of a run, read back. StoreError for what no machine in order should ever do."""
    lengths = b" ".join(b"%d" % len(content) for content in contents)
    plain = lengths + b"\n" + b"".join(contents)
    data = pack(plain, base)
    if unpack(data, base) != plain:
        raise StoreError("what was compressed does not read back: nothing was written")
    return data


def _damaged(run: TextRow, why: str) -> StoreError:
    return StoreError(
        f"{run.policy}: the texts from {run.first} on are damaged ({why}); restore a backup"
    )
