"""What holds for every answer: only our own scripts and styles run, and only our names are served.

The check of the Host header keeps a stranger's page, whose name was made to point at this machine,
from reading what is here.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.config_web import Role
from monitor.errors import StoreError
from web import rendering
from web.access import Visitor, is_open, role_needed
from web.api.problems import is_for_programs, problem
from web.entrance import Entrance
from web.place import is_ours

#: What a page of ours may load and do.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """ASGI middleware; ``entrance`` says who asks."""

    def __init__(self, app: ASGIApp, entrance: Entrance) -> None:
        self._app = app
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a foreign Host, else answer with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        if not is_ours(Headers(scope=scope).get("host", ""), self._entrance.settings()):
            refusal = _refusal(
                scope["path"],
                421,
                "This name is not served here. Set [web] public_url to the address that people"
                " use.",
            )
            await refusal(scope, receive, with_headers)
            return
        turned_away = await self._admit(scope)
        await (turned_away or self._app)(scope, receive, with_headers)

    async def _admit(self, scope: Scope) -> Response | None:
        """Note who asks for the handlers; a refusal for those who may not."""
        path, method = scope["path"], scope["method"]
        try:
            who = await self._entrance.visitor(HTTPConnection(scope))
        except StoreError as error:
            return _refusal(path, 503, str(error))
        scope.setdefault("state", {})["visitor"] = who
        if is_open(path):
            return None
        if who is None and _is_a_reader(scope):
            return RedirectResponse(_sign_in(scope), status_code=303)
        if who is None:
            told = "A token is needed."
            return _refusal(path, 401, told, {"www-authenticate": "Bearer"})
        needed = role_needed(method, path)
        if not who.may(needed):
            return _not_permitted(scope, who, needed)
        return None


def _sign_in(scope: Scope) -> str:
    """The page to sign in on, which leads back to what was asked for."""
    query = scope["query_string"].decode("ascii", "replace")
    onward = quote(scope["path"], safe="/@") + (f"?{query}" if query else "")
    return rendering.path("sign-in", next="" if onward == "/" else onward)


def _is_a_reader(scope: Scope) -> bool:
    """Whether somebody asks with a browser, who may be sent to sign in."""
    token = "authorization" in Headers(scope=scope)
    return scope["method"] == "GET" and not token and not is_for_programs(scope["path"])


def _not_permitted(scope: Scope, who: Visitor, needed: Role) -> Response:
    told = (
        f"This needs the role {needed}, and yours is {who.role}. Ask whoever runs policywatch"
        " to do it, or for that role."
    )
    if "text/html" in Headers(scope=scope).get("accept", ""):
        return rendering.page("error.html", status=403, title="Not done", told=told)
    return _refusal(scope["path"], 403, told)


def _refusal(path: str, status: int, told: str, headers: dict[str, str] | None = None) -> Response:
    if is_for_programs(path):
        return problem(status, told, headers)
    return PlainTextResponse(f"{told}\n", status, headers)
