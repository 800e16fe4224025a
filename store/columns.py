"""Column types: aware instants, hostile words, tagged JSON, and digests as bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from monitor.errors import StoreError
from store import codec

_HEX = re.compile("[0-9a-f]{64}")
_PLACE = "#"
_UNSTORABLE = dict.fromkeys((0, *range(0xD800, 0xE000)), "\ufffd")


def storable(words: str) -> str:
    """Words without the characters that databases refuse (NUL, lone surrogates)."""
    return words.translate(_UNSTORABLE)


class Instant(TypeDecorator[datetime]):
    """A timezone-aware instant, at rest in UTC. A naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps no zone, so that its text sorts by time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise StoreError(f"{value!r} has no time zone: the store takes aware instants only")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Always aware, always UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text that a stranger may have written: NUL and lone surrogates become U+FFFD."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Databases refuse these characters; a title must not make a check fail."""
        return None if value is None else storable(value)


class Tagged(TypeDecorator[Any]):
    """A model value as JSON text (store.codec)."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        """Encode."""
        return None if value is None else codec.dumps(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        """Decode; damage is a StoreError."""
        if value is None:
            return None
        try:
            return codec.loads(value)
        except ValueError as error:
            raise StoreError(f"a stored JSON value is damaged: {error}") from error


class Hash(TypeDecorator[str]):
    """A SHA-256 in hex, at rest as its 32 bytes."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> bytes | None:
        """To bytes; what is no SHA-256 is refused."""
        if value is None:
            return None
        if not _HEX.fullmatch(value):
            raise StoreError(f"{value!r} is not a SHA-256 in lower-case hex")
        return bytes.fromhex(value)

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> str | None:
        """To hex; text that somebody put there stays what it is, and equals no hash."""
        return value.hex() if isinstance(value, bytes) else value


class Digests(TypeDecorator[Any]):
    """A model value with many SHA-256 in it: tagged JSON, a line's end, then 32 bytes for each.

    In the JSON "#" stands where a digest was; they follow in that order.
    """

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> bytes | None:
        """Take the digests out of the JSON."""
        if value is None:
            return None
        taken: list[bytes] = []
        frame = json.dumps(_without_digests(codec.encode(value), taken), separators=(",", ":"))
        return b"\n".join([frame.encode(), b"".join(taken)])

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> Any:
        """Put them back; damage is a StoreError."""
        if value is None:
            return None
        try:
            frame, _, raw = value.partition(b"\n")
            left = (raw[at : at + 32].hex() for at in range(0, len(raw), 32))
            return codec.decode(_with_digests(json.loads(frame), left))
        except (TypeError, ValueError, LookupError) as error:
            raise StoreError(f"stored digests are damaged: {error}") from error


def _without_digests(value: Any, taken: list[bytes]) -> Any:
    if isinstance(value, dict):
        return {key: _without_digests(item, taken) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_digests(item, taken) for item in value]
    if isinstance(value, str) and _HEX.fullmatch(value):
        taken.append(bytes.fromhex(value))
        return _PLACE
    if value == _PLACE:
        raise StoreError(f'cannot store "{_PLACE}" among digests: it stands for one')
    return value


def _with_digests(value: Any, left: Iterator[str]) -> Any:
    if isinstance(value, dict):
        return {key: _with_digests(item, left) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_digests(item, left) for item in value]
    if value != _PLACE:
        return value
    digest = next(left, "")
    if len(digest) != 64:
        raise ValueError("a digest is missing")
    return digest
