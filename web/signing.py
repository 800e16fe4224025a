"""Signing in, and out again."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from monitor.config_web import folded
from web import rendering, sessions
from web.access import ways
from web.entrance import Entrance
from web.forms import form
from web.place import address_of, local
from web.proxied import vouched_name
from web.throttle import Throttle

log = structlog.get_logger(__name__)

#: So many failures in a quarter of an hour, under one name and from one address.
_OF_A_NAME, _OF_AN_ADDRESS = 10, 30


def signing(entrance: Entrance, clock: Callable[[], datetime]) -> APIRouter:
    """The routes of signing in and out."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)
    throttle = Throttle()

    @router.get("/sign-in")
    def ask(request: Request, next: str = "") -> Response:  # noqa: A002
        return _page(entrance, request, next)

    @router.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        given = await form(request)
        name, token = given.get("name", "").strip()[:200], given.get("token", "").strip()
        onward = given.get("next", "")
        address = address_of(request, entrance.settings())
        limits = {f"from {_whereabouts(address)}": _OF_AN_ADDRESS}
        limits |= {f"name {folded(name)}": _OF_A_NAME} if name else {}
        wait = throttle.admit(limits, clock())
        if wait:
            minutes = math.ceil(wait.total_seconds() / 60)
            told = f"Too many attempts. Wait {rendering.plural(minutes, 'minute')}, then try again."
            page = _page(entrance, request, onward, told=told, name=name, status=429)
            page.headers["retry-after"] = str(minutes * 60)
            return page
        found = await entrance.knock(name, given.get("password", ""), token)
        if found is None:
            log.warning("sign-in refused", address=address)
            told = "No token is like that." if token else "Name and password do not fit."
            return _page(entrance, request, onward, told=told, name=name, status=403)
        throttle.forgive(limits)
        settings = entrance.settings()
        who = found.visitor
        log.info("signed in", who=who.name, way=who.way, address=address)
        answer = RedirectResponse(local(onward), status_code=303)
        session = await entrance.sessions.begin(found, settings.session_valid)
        sessions.keep(answer, session, request, settings)
        return answer

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        await form(request)
        settings = entrance.settings()
        await entrance.sessions.end(request, settings)
        answer = RedirectResponse("/sign-in", status_code=303)
        sessions.forget(answer, request, settings)
        return answer

    return router


def _whereabouts(text: str) -> str:
    """The address that guesses come from; of IPv6 the network, for a household has many."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    wide = isinstance(address, IPv6Address) and not address.ipv4_mapped
    return str(ip_network((address, 64), strict=False) if wide else address)


def _page(
    entrance: Entrance,
    request: Request,
    onward: str,
    *,
    told: str = "",
    name: str = "",
    status: int = 200,
) -> Response:
    settings = entrance.settings()
    return rendering.page(
        "sign_in.html",
        status=status,
        who=request.state.visitor,
        stranger=vouched_name(request, settings.proxy) if settings.proxy else "",
        by_password=bool(settings.person),
        by_oidc=settings.oidc and (settings.oidc.label or urlsplit(settings.oidc.issuer).hostname),
        by_token=bool(settings.token),
        needed=bool(ways(settings)),
        onward=local(onward),
        told=told,
        name=name,
    )
