"""To the provider of single sign-on, and back from there with a code."""

from __future__ import annotations

import hmac
import re

import structlog
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from monitor.errors import ConfigError
from notifiers.base import Surroundings
from web import rendering, sessions
from web.access import OIDC, OIDC_BACK
from web.backend import Backend
from web.entrance import Entrance
from web.oidc.journey import LONGEST, Journey
from web.oidc.provider import Arrival, OidcError, Provider, client_secret
from web.place import address_of, base_of, is_secure, local

log = structlog.get_logger(__name__)

_JOURNEY = b"policywatch single sign-on 1\0"
_AGAIN = "That sign-in was begun in another browser, too long ago, or is done already. Begin anew."


def single_sign_on(backend: Backend, entrance: Entrance) -> APIRouter:
    """The routes of ``[web.oidc]``; without that table they lead nowhere."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)
    desk = _Desk(backend, entrance)

    @router.get(OIDC)
    async def leave(request: Request, next: str = "") -> Response:  # noqa: A002
        try:
            return await desk.send_off(request, local(next))
        except OidcError as error:
            return _refused(503, str(error))

    @router.get(OIDC_BACK)
    async def back(request: Request) -> Response:
        try:
            return await desk.welcome(request)
        except OidcError as error:
            log.warning("sign-in refused", way="oidc", why=str(error))
            return _refused(403, str(error))

    return router


class _Desk:
    """The provider of the configuration that runs, and the journeys that came to an end."""

    def __init__(self, backend: Backend, entrance: Entrance) -> None:
        self._backend = backend
        self._entrance = entrance
        self._provider: Provider | None = None
        self._done: dict[str, int] = {}

    async def send_off(self, request: Request, onward: str) -> Response:
        """To the provider. Raises OidcError."""
        provider = await self._provider_now()
        journey = Journey.begin(onward, self._backend.clock())
        place = await provider.way_there(journey, self._back(request))
        answer = RedirectResponse(place, status_code=303)
        kept = await self._entrance.sessions.sealed(_JOURNEY, journey.fields)
        secure = is_secure(request, self._entrance.settings())
        answer.set_cookie(
            self._cookie(request), kept, httponly=True, samesite="lax", path="/", secure=secure,
            max_age=int(LONGEST.total_seconds()),
        )  # fmt: skip
        return answer

    async def welcome(self, request: Request) -> Response:
        """From the provider, into a session. Raises OidcError."""
        provider = await self._provider_now()
        journey = await self._journey(request)
        given = request.query_params
        if given.get("iss", provider.oidc.issuer) != provider.oidc.issuer:  # RFC 9207
            raise OidcError("Another provider than the one of this site answered.")
        if error := given.get("error"):
            shown = error if re.fullmatch(r"[a-z_]{1,60}", error) else "an error"
            raise OidcError(f"The provider did not let you in: {shown}.")
        found = await provider.arrival(given.get("code", ""), journey, self._back(request))
        role = provider.oidc.role_for(found.name, found.groups, found.domain)
        if role is None:
            raise OidcError(
                f"You are {found.name} at the provider, and have no role here. Ask whoever runs"
                " policywatch."
            )
        return await self._let_in(request, found, journey.onward)

    async def _let_in(self, request: Request, found: Arrival, onward: str) -> Response:
        settings = self._entrance.settings()
        assert settings.oidc is not None
        log.info("signed in", who=found.name, way="oidc", address=address_of(request, settings))
        answer = RedirectResponse(local(onward), status_code=303)
        text = await self._entrance.sessions.begin_vouched(
            settings.oidc, found.name, found.groups, found.domain, settings.session_valid
        )
        sessions.keep(answer, text, request, settings)
        secure = is_secure(request, settings)
        answer.delete_cookie(
            self._cookie(request), path="/", httponly=True, samesite="lax", secure=secure
        )
        return answer

    async def _journey(self, request: Request) -> Journey:
        """The journey that this browser began and that ends here, once."""
        kept = request.cookies.get(self._cookie(request), "")
        fields = await self._entrance.sessions.unsealed(_JOURNEY, kept)
        if fields is None:
            raise OidcError(_AGAIN)
        journey, now = Journey.read(fields), int(self._backend.clock().timestamp())
        said = request.query_params.get("state", "").encode("utf-8", "replace")
        if not hmac.compare_digest(said, journey.state.encode()) or now >= journey.until:
            raise OidcError(_AGAIN)
        self._done = {state: until for state, until in self._done.items() if until > now}
        if journey.state in self._done:
            raise OidcError(_AGAIN)
        self._done[journey.state] = journey.until
        return journey

    async def _provider_now(self) -> Provider:
        oidc = self._entrance.settings().oidc
        post, file = self._backend.post, self._backend.file
        if oidc is None or post is None or file is None:
            raise OidcError("There is no single sign-on here.")
        if self._provider is None or self._provider.oidc != oidc:
            try:
                around = Surroundings(file.resolve().parent, post, self._backend.environ)
                secret = await run_in_threadpool(client_secret, oidc, around)
            except ConfigError as error:
                log.error("single sign-on is not configured", faults=error.problems)
                raise OidcError("Single sign-on is not configured; the log says why.") from error
            self._provider = Provider(oidc, secret, post, self._backend.clock)
        return self._provider

    def _back(self, request: Request) -> str:
        return base_of(request, self._entrance.settings()) + OIDC_BACK

    def _cookie(self, request: Request) -> str:
        return sessions.cookie_name(request, self._entrance.settings()) + "-away"


def _refused(status: int, told: str) -> Response:
    return rendering.page("error.html", status=status, title="Not signed in", told=told)
