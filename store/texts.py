"""The texts of a policy at rest: content hash first, then a delta on an earlier text.

A policy's distinct texts are numbered from 0, and each is compressed with another one as its
dictionary. Which one follows from the number alone (``base_of``)::

    0 <- 1 <- 2 ... <- 15      each on the one before
    0 <- 16 <- 32 ... <- 240   every 16th on the 16th before
    256                        every 256th on none

so reading any text decodes at most 31 rows, storing one never rewrites another, and a long
history pays for a whole text once in 256 versions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
import zstandard
from sqlmodel import Session, col, select

from monitor.errors import StoreError
from store.packing import pack, unpack
from store.tables import TextRow

SPAN = 16


def encoded(text: str) -> bytes:
    """A text's plain bytes: UTF-8, in which a lone surrogate survives."""
    return text.encode("utf-8", "surrogatepass")


def text_digest(text: str) -> str:
    """What ``NewVersion.text_digest`` must be: SHA-256 hex of the text in UTF-8."""
    return hashlib.sha256(encoded(text)).hexdigest()


def base_of(ordinal: int) -> int | None:
    """The text on which a text is a delta, if any."""
    if ordinal % (SPAN * SPAN) == 0:
        return None
    return ordinal - SPAN if ordinal % SPAN == 0 else ordinal - 1


def chain(ordinal: int) -> list[int]:
    """The texts to decode for one, itself last."""
    links = [ordinal]
    while (base := base_of(links[-1])) is not None:
        links.append(base)
    return links[::-1]


def put(session: Session, policy: str, text: str) -> str:
    """Store a text unless the policy had it before; returns its digest."""
    content = encoded(text)
    digest = hashlib.sha256(content).hexdigest()
    known = select(TextRow.ordinal).where(TextRow.policy == policy, TextRow.digest == digest)
    if session.exec(known).first() is not None:
        return digest
    last = session.exec(select(sa.func.max(TextRow.ordinal)).where(TextRow.policy == policy)).one()
    ordinal = 0 if last is None else last + 1
    base = base_of(ordinal)
    data = pack(content, b"" if base is None else _read(session, policy, base))
    row = TextRow(policy=policy, ordinal=ordinal, digest=digest, size=len(content),
                  stored=len(data), data=data)  # fmt: skip
    session.add(row)
    session.flush()
    return digest


def get(session: Session, policy: str, digest: str) -> str:
    """A text by its digest, verified. StoreError names the row that is missing or damaged."""
    wanted = select(TextRow.ordinal).where(TextRow.policy == policy, TextRow.digest == digest)
    ordinal = session.exec(wanted).first()
    if ordinal is None:
        raise StoreError(f"{policy} has no text with the digest {digest}")
    return _read(session, policy, ordinal).decode("utf-8", "surrogatepass")


def verified(session: Session, policy: str) -> Iterator[tuple[TextRow, bytes | None, str]]:
    """Every text row of a policy, its plain bytes (None if damaged) and what is wrong with it.

    In order, each decoded once.
    """
    decoded: dict[int, bytes] = {}
    rows = select(TextRow).where(TextRow.policy == policy).order_by(col(TextRow.ordinal))
    for row in session.exec(rows):
        base = base_of(row.ordinal)
        if base is not None and base not in decoded:
            yield row, None, f"the text it builds on ({base}) is missing or damaged"
            continue
        try:
            content = _unpack_row(row, b"" if base is None else decoded[base])
        except StoreError as error:
            yield row, None, str(error)
            continue
        # Later texts build on this one, or on the last one whose number SPAN divides.
        key = row.ordinal // SPAN * SPAN
        decoded = {ordinal: text for ordinal, text in decoded.items() if ordinal == key}
        decoded[row.ordinal] = content
        yield row, content, ""


def _read(session: Session, policy: str, ordinal: int) -> bytes:
    links = chain(ordinal)
    statement = (
        select(TextRow)
        .where(TextRow.policy == policy, col(TextRow.ordinal).in_(links))
        .order_by(col(TextRow.ordinal))
    )
    rows = session.exec(statement).all()
    if len(rows) != len(links):
        missing = sorted(set(links) - {row.ordinal for row in rows})
        raise StoreError(f"{policy}: text {missing[0]} is missing; restore a backup")
    try:
        content = b""
        for row in rows:
            content = unpack(row.data, content)
        if hashlib.sha256(content).hexdigest() == rows[-1].digest:
            return content
    except zstandard.ZstdError:
        pass
    return _locate(rows)


def _locate(rows: Sequence[TextRow]) -> bytes:
    """Decode once more, verifying each link, to name the first one that is damaged."""
    content = b""
    for row in rows:
        content = _unpack_row(row, content)
    return content


def _unpack_row(row: TextRow, base: bytes) -> bytes:
    try:
        if zstandard.frame_content_size(row.data) != row.size:
            raise zstandard.ZstdError("its frame states another size")
        content = unpack(row.data, base)
    except zstandard.ZstdError as error:
        raise StoreError(f"{row.policy}: text {row.ordinal} is damaged: {error}") from error
    if hashlib.sha256(content).hexdigest() != row.digest:
        raise StoreError(f"{row.policy}: text {row.ordinal} is damaged: another SHA-256")
    return content
