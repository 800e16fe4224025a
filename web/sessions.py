"""Sessions: what a browser keeps after signing in, and for how long it counts.

A session is a sealed text in a cookie, so nothing is stored and a restart signs nobody out. It says
who, how and until when, and carries a mark of the credential it was made with: that one changed or
taken away, it counts no more. Signing out is remembered until the session would have ended.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import Response

from monitor.config_web import WebSettings
from monitor.sealed import SealError, seal, unseal
from web.access import Credential, Visitor, credentials
from web.place import is_secure

_SESSION, _CREDENTIAL = b"policywatch session 1\0", b"policywatch credential 1\0"


@dataclass(frozen=True, slots=True)
class _Session:
    id: str
    name: str
    way: str
    mark: str
    until: datetime


class Sessions:
    """``key`` gives the store's signing key; it may wait for a server, and is asked for once."""

    def __init__(self, key: Callable[[], bytes], clock: Callable[[], datetime]) -> None:
        self._ask_for_key = key
        self._clock = clock
        self._key = b""
        self._ended: dict[str, datetime] = {}

    async def begin(self, credential: Credential, valid: timedelta) -> str:
        """A new session, as a cookie holds it."""
        await self._ready()
        who = credential.visitor
        fields = {
            "i": secrets.token_hex(12), "n": who.name, "w": who.way,
            "m": self._mark(credential.digest),
            "e": int((self._clock() + valid).timestamp()),
        }  # fmt: skip
        return seal(self._key, _SESSION, fields)

    async def visitor(self, connection: HTTPConnection, settings: WebSettings) -> Visitor | None:
        """Who has a session that counts; None for nobody."""
        text = connection.cookies.get(cookie_name(connection, settings), "")
        session = await self._read(text) if text else None
        if session is None:
            return None
        for known in credentials(settings):
            who = known.visitor
            same = (who.name, who.way) == (session.name, session.way)
            if same and hmac.compare_digest(self._mark(known.digest), session.mark):
                return who
        return None

    async def end(self, connection: HTTPConnection, settings: WebSettings) -> None:
        """Let the session of whoever asks count no more, wherever its cookie may still be."""
        session = await self._read(connection.cookies.get(cookie_name(connection, settings), ""))
        now = self._clock()
        self._ended = {key: until for key, until in self._ended.items() if until > now}
        if session is not None:
            self._ended[session.id] = session.until

    async def _read(self, text: str) -> _Session | None:
        await self._ready()
        try:
            fields = unseal(self._key, _SESSION, text)
        except SealError:
            return None
        until = datetime.fromtimestamp(fields["e"], UTC)
        if self._clock() >= until or fields["i"] in self._ended:
            return None
        return _Session(fields["i"], fields["n"], fields["w"], fields["m"], until)

    async def _ready(self) -> None:
        if not self._key:
            self._key = await run_in_threadpool(self._ask_for_key)

    def _mark(self, digest: str) -> str:
        about = _CREDENTIAL + digest.encode("utf-8", "replace")
        return hmac.digest(self._key, about, hashlib.sha256).hex()[:32]


def cookie_name(connection: HTTPConnection, settings: WebSettings) -> str:
    """The cookie of a session; behind https its name keeps other hosts of a domain from it."""
    return "__Host-policywatch" if is_secure(connection, settings) else "policywatch"


def keep(response: Response, text: str, connection: HTTPConnection, settings: WebSettings) -> None:
    """Give a browser its session. Lax: a link in a message finds its reader signed in."""
    response.set_cookie(
        cookie_name(connection, settings), text, httponly=True, samesite="lax", path="/",
        secure=is_secure(connection, settings),
        max_age=int(settings.session_valid.total_seconds()),
    )  # fmt: skip


def forget(response: Response, connection: HTTPConnection, settings: WebSettings) -> None:
    """Take a browser's session away."""
    secure = is_secure(connection, settings)
    name = cookie_name(connection, settings)
    response.delete_cookie(name, httponly=True, samesite="lax", secure=secure, path="/")
