"""Who may see and do what: tokens of ``[[web.token]]``, sent by programs or kept in a cookie.

Only digests are configured, so a configuration file gives nobody access. A token that is taken out
of it ends every session made with it at the next request.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from starlette.requests import HTTPConnection

from monitor.config_web import Role, WebSettings, WebToken

COOKIE = "policywatch"
#: Where Slack tells of a pressed button; its signature is checked there.
SLACK = "/slack/interactivity"
#: What is served to everybody: whether all is well, the look of the pages, and the way in.
_OPEN = ("/healthz", "/sign-in", SLACK)
#: A signed link to decide on one alert is its own permission (docs/review.md).
REVIEW = "/review/"
#: A feed's address may hold a key of its own, which is checked there (web/feeds.py).
FEEDS = "/feeds/"
_READING = ("GET", "HEAD")
#: What changes the watch list, or asks other sites on the way to it.
_WATCH_LIST = frozenset({"/add", "/add/look"})
#: From the least to the most; each may what those before it may.
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. ``name`` is "" where nobody has to sign in: whoever asks may do everything."""

    name: str = ""
    role: Role = "admin"

    def may(self, role: Role) -> bool:
        """Whether theirs is this role, or a higher one."""
        return ROLES.index(self.role) >= ROLES.index(role)


def new_token() -> tuple[str, str]:
    """A new token and the digest to configure; the token is told once and kept nowhere."""
    token = "pw_" + secrets.token_urlsafe(32)
    return token, digest_of(token)


def digest_of(token: str) -> str:
    """SHA-256, which is enough for what is random: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def holder(token: str, tokens: Iterable[WebToken]) -> Visitor | None:
    """Whose token this is; None for nobody's. Takes as long for each."""
    found = None
    digest = digest_of(token)
    for known in tokens:
        if hmac.compare_digest(digest, known.sha256):
            found = Visitor(known.name, known.role)
    return found


def visitor(connection: HTTPConnection, settings: WebSettings, *, private: bool) -> Visitor | None:
    """Who asks; None for somebody who has to sign in first.

    ``private``: the server was bound where only this machine reaches it, so that without tokens
    whoever asks is let in.
    """
    if not settings.token and private:
        return Visitor()
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    token = given.strip() if scheme.lower() == "bearer" else connection.cookies.get(COOKIE, "")
    return holder(token, settings.token) if token else None


def is_open(path: str) -> bool:
    """Whether a path is served to everybody."""
    return path in _OPEN or path.startswith(("/static/", REVIEW, FEEDS))


def role_needed(method: str, path: str) -> Role:
    """The least role that may ask for this: the one place that says so, for pages and API."""
    if method in _READING or path == "/sign-out":
        return "viewer"
    return "admin" if path in _WATCH_LIST else "reviewer"
