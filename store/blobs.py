"""Bytes at rest: addressed by their SHA-256, stored once, compressed, verified when read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import sqlalchemy as sa
import zstandard
from sqlmodel import Session, col, select

from monitor.errors import StoreError
from store.tables import BlobRow, MailRow, PartRow, ValidatorRow

_LEVEL = 6
#: The encoding of a row whose bytes were let go; their size is still known.
GONE = "gone"


def digest_of(content: bytes) -> str:
    """Lower-case SHA-256 hex of the plain bytes."""
    return hashlib.sha256(content).hexdigest()


def put(session: Session, content: bytes) -> str:
    """Store bytes unless they are there already; returns their digest."""
    digest = digest_of(content)
    if not exists(session, digest):
        encoding, data = _compress(content)
        if gone := session.get(BlobRow, digest):
            gone.encoding, gone.stored, gone.data = encoding, len(data), data
        else:
            session.add(
                BlobRow(
                    digest=digest, encoding=encoding, size=len(content), stored=len(data), data=data
                )
            )
        session.flush()
    return digest


def exists(session: Session, digest: str) -> bool:
    """Whether these bytes are kept."""
    kept = select(BlobRow.digest).where(BlobRow.digest == digest, BlobRow.encoding != GONE)
    return session.exec(kept).first() is not None


def let_go(session: Session, digests: Iterable[str]) -> None:
    """Forget bytes that were kept; their rows stay, for snapshots refer to them."""
    gone = {"encoding": GONE, "stored": 0, "data": b""}
    for digest in digests:
        session.exec(sa.update(BlobRow).where(col(BlobRow.digest) == digest).values(**gone))


def get(session: Session, digest: str) -> bytes:
    """The bytes; StoreError if they are unknown or not what was stored."""
    row = session.get(BlobRow, digest)
    if row is None or row.encoding == GONE:
        raise StoreError(f"blob {digest} is not in the store (pruned, or never kept)")
    return plain(row)


def plain(row: BlobRow) -> bytes:
    """Decompress and verify one row."""
    try:
        content = _decompress(row)
    except (zstandard.ZstdError, MemoryError) as error:
        raise StoreError(f"blob {row.digest} is damaged: {error}. Restore a backup") from error
    if digest_of(content) != row.digest:
        raise StoreError(
            f"blob {row.digest} is damaged: its bytes have another SHA-256. Restore a backup"
        )
    if (row.size, row.stored) != (len(content), len(row.data)):
        raise StoreError(
            f"blob {row.digest} is damaged: its row states other sizes. Restore a backup"
        )
    return content


def release(session: Session, digests: Iterable[str]) -> None:
    """Delete those of the blobs that no snapshot, validator or mail refers to."""
    for digest in set(digests):
        users = sa.or_(
            sa.exists().where(col(PartRow.body_digest) == digest),
            sa.exists().where(col(ValidatorRow.body_digest) == digest),
            sa.exists().where(col(MailRow.digest) == digest),
        )
        session.exec(sa.delete(BlobRow).where(col(BlobRow.digest) == digest, sa.not_(users)))


def _compress(content: bytes) -> tuple[str, bytes]:
    packed = zstandard.ZstdCompressor(level=_LEVEL).compress(content)
    return ("zstd", packed) if len(packed) < len(content) else ("plain", content)


def _decompress(row: BlobRow) -> bytes:
    if row.encoding == "plain":
        return row.data
    if row.encoding != "zstd":
        raise zstandard.ZstdError(f"nothing here is encoded as {row.encoding}")
    if zstandard.frame_content_size(row.data) != row.size:
        raise zstandard.ZstdError("the compressed frame states another size")
    return zstandard.ZstdDecompressor().decompress(row.data)
