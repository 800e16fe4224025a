"""The way in: who asks, by a token, a session, or without any."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from monitor.config_web import WebSettings
from web.access import Credential, Visitor, holder, person_by, ways
from web.place import is_loopback
from web.proxied import vouched_for
from web.sessions import Sessions

#: Looking at a password takes memory and time: so many at once.
_AT_ONCE = 2


class Entrance:
    """``settings`` gives the running ``[web]`` table, ``key`` what sessions are sealed with.

    Where it listens is what was configured at the start: a reload moves no socket. Where only this
    machine reaches it, and nobody has to sign in, whoever asks is let in.
    """

    def __init__(
        self,
        settings: Callable[[], WebSettings],
        key: Callable[[], bytes],
        clock: Callable[[], datetime],
    ) -> None:
        self.settings = settings
        self.sessions = Sessions(key, clock)
        self._private = is_loopback(settings().host)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def visitor(self, connection: HTTPConnection) -> Visitor | None:
        """Who asks; None for somebody who has to sign in first. Raises StoreError."""
        settings = self.settings()
        if self._private and not ways(settings):
            return Visitor()
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        bears = scheme.lower() == "bearer"
        if bears and (found := holder(token.strip(), settings.token)):
            return found.visitor
        if settings.proxy and (vouched := vouched_for(connection, settings.proxy)):
            return vouched
        return None if bears else await self.sessions.visitor(connection, settings)

    async def knock(self, name: str, password: str, token: str) -> Credential | None:
        """Whose token, or whose name and password, was typed in; None for nobody's."""
        settings = self.settings()
        if token:
            return holder(token, settings.token)
        async with self._turns:
            return await run_in_threadpool(person_by, name, password, settings)
