"""Sessions: what a browser keeps after signing in, and for how long it counts.

A session is a sealed text in a cookie, so nothing is stored and a restart signs nobody out. It says
who, how and until when, and carries a mark of the credential it was made with: that one changed or
taken away, it counts no more. Signing out is remembered until the session would have ended.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import Response

from monitor.config_web import WebOidc, WebSettings
from monitor.sealed import SealError, seal, unseal
from web.access import Credential, Visitor, Way, credentials
from web.place import is_secure

_SESSION, _CREDENTIAL = b"policywatch session 1\0", b"policywatch credential 1\0"


@dataclass(frozen=True, slots=True)
class _Session:
    id: str
    name: str
    way: str
    mark: str
    until: datetime
    groups: tuple[str, ...] = ()
    domain: str = ""


class Sessions:
    """``key`` gives the store's signing key; it may wait for a server, and is asked for once."""

    def __init__(self, key: Callable[[], bytes], clock: Callable[[], datetime]) -> None:
        self._ask_for_key = key
        self._clock = clock
        self._key = b""
        self._ended: dict[str, datetime] = {}

    async def begin(self, credential: Credential, valid: timedelta) -> str:
        """A new session, as a cookie holds it."""
        who = credential.visitor
        return await self._begin(who.name, who.way, credential.digest, valid)

    async def begin_vouched(
        self, oidc: WebOidc, name: str, groups: Sequence[str], domain: str, valid: timedelta
    ) -> str:
        """A new session of somebody whom a provider vouches for; what gives them a role is kept."""
        return await self._begin(name, "oidc", _named(oidc), valid, g=list(groups), d=domain)

    async def sealed(self, context: bytes, fields: Mapping[str, Any]) -> str:
        """Fields as a text that only this store's key can have made."""
        await self._ready()
        return seal(self._key, context, fields)

    async def unsealed(self, context: bytes, text: str) -> Mapping[str, Any] | None:
        """The fields of such a text, None for any other."""
        await self._ready()
        try:
            return unseal(self._key, context, text)
        except SealError:
            return None

    async def _begin(self, name: str, way: Way, digest: str, valid: timedelta, **more: Any) -> str:
        await self._ready()  # for the mark
        fields = {
            "i": secrets.token_hex(12), "n": name, "w": way, "m": self._mark(digest),
            "e": int((self._clock() + valid).timestamp()),
        }  # fmt: skip
        return await self.sealed(_SESSION, {**fields, **more})

    async def visitor(self, connection: HTTPConnection, settings: WebSettings) -> Visitor | None:
        """Who has a session that counts; None for nobody."""
        text = connection.cookies.get(cookie_name(connection, settings), "")
        session = await self._read(text) if text else None
        if session is None:
            return None
        if session.way == "oidc":
            return self._vouched(session, settings.oidc)
        for known in credentials(settings):
            who = known.visitor
            same = (who.name, who.way) == (session.name, session.way)
            if same and hmac.compare_digest(self._mark(known.digest), session.mark):
                return who
        return None

    def _vouched(self, session: _Session, oidc: WebOidc | None) -> Visitor | None:
        """Whom a provider vouched for, if it still is ours; the role as it is given now."""
        if oidc is None or not hmac.compare_digest(self._mark(_named(oidc)), session.mark):
            return None
        role = oidc.role_for(session.name, session.groups, session.domain)
        return Visitor(session.name, role, "oidc") if role else None

    async def end(self, connection: HTTPConnection, settings: WebSettings) -> None:
        """Let the session of whoever asks count no more, wherever its cookie may still be."""
        session = await self._read(connection.cookies.get(cookie_name(connection, settings), ""))
        now = self._clock()
        self._ended = {key: until for key, until in self._ended.items() if until > now}
        if session is not None:
            self._ended[session.id] = session.until

    async def _read(self, text: str) -> _Session | None:
        fields = await self.unsealed(_SESSION, text)
        if fields is None:
            return None
        until = datetime.fromtimestamp(fields["e"], UTC)
        if self._clock() >= until or fields["i"] in self._ended:
            return None
        i, n, w, m = (fields[key] for key in "inwm")
        return _Session(i, n, w, m, until, tuple(fields.get("g", ())), fields.get("d", ""))

    async def _ready(self) -> None:
        if not self._key:
            self._key = await run_in_threadpool(self._ask_for_key)

    def _mark(self, digest: str) -> str:
        about = _CREDENTIAL + digest.encode("utf-8", "replace")
        return hmac.digest(self._key, about, hashlib.sha256).hex()[:32]


def _named(oidc: WebOidc) -> str:
    """What a session by a provider ends with: another provider, or another registration there."""
    return f"{oidc.issuer}\0{oidc.client_id}"


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
