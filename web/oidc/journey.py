"""What a browser keeps while its person is at the provider: sealed, for ten minutes, good once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

LONGEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Journey:
    """``state`` comes back by the browser, ``nonce`` in the ID token; ``verifier`` is PKCE's.

    ``onward`` is the page that was asked for, ``until`` seconds since 1970.
    """

    state: str
    nonce: str
    verifier: str
    onward: str
    until: int

    @classmethod
    def begin(cls, onward: str, now: datetime) -> Journey:
        """A new one; nothing of it can be guessed."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, onward, int((now + LONGEST).timestamp()))

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Journey:
        """One that ``fields`` made."""
        return cls(**fields)

    @property
    def fields(self) -> Mapping[str, Any]:
        """As a cookie holds it."""
        return asdict(self)
