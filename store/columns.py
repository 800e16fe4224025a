"""Column types: aware instants, hostile words and tagged JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from monitor.errors import StoreError
from store import codec

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
