"""Who may see and do what: roles, and whose token or password is whose.

Only digests are configured, so a configuration file gives nobody access. A token or a person that
is taken out of it ends every session made with it at the next request.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from monitor import passwords
from monitor.config_web import ROLES, Role, WebSettings, WebToken, folded

#: How somebody showed who they are; "" where nobody has to.
Way = Literal["", "token", "password", "proxy", "oidc"]

#: Where Slack tells of a pressed button; its signature is checked there.
SLACK = "/slack/interactivity"
#: A signed link to decide on one alert is its own permission (docs/review.md).
REVIEW = "/review/"
#: A feed's address may hold a key of its own, which is checked there (web/feeds.py).
FEEDS = "/feeds/"
#: To the provider of single sign-on, and back from there.
OIDC, OIDC_BACK = "/sign-in/oidc", "/sign-in/oidc/back"
#: What is served to everybody: whether all is well, the look of the pages, and the way in.
_OPEN = ("/healthz", "/sign-in", OIDC, OIDC_BACK, SLACK)
#: What changes the watch list, or asks other sites on the way to it.
_WATCH_LIST = frozenset(
    {"/add", "/add/look", "/api/v1/preview", "/api/v1/discover", "/api/v1/policies"}
)
_READING = ("GET", "HEAD")
#: Stands in for the password of a name that nobody has: a guess of either takes as long.
_DECOY = "$scrypt$ln=15,r=8,p=3$" + "A" * 22 + "$" + "A" * 43


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. ``name`` is "" where nobody has to sign in: whoever asks may do everything."""

    name: str = ""
    role: Role = "admin"
    way: Way = ""

    def may(self, role: Role) -> bool:
        """Whether theirs is this role, or a higher one."""
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, slots=True)
class Credential:
    """What the configuration knows somebody by; ``digest`` is that of their token or password."""

    visitor: Visitor
    digest: str


def role_needed(method: str, path: str) -> Role:
    """The least role that may ask for this: the one place that says so, for pages and API."""
    if method in _READING or path == "/sign-out":
        return "viewer"
    return "admin" if path in _WATCH_LIST else "reviewer"


def is_open(path: str) -> bool:
    """Whether a path is served to everybody."""
    return path in _OPEN or path.startswith(("/static/", REVIEW, FEEDS))


def ways(settings: WebSettings) -> list[str]:
    """How people may show who they are, a few words each; none: nobody has to."""
    found = []
    if settings.person:
        found.append(f"name and password ({len(settings.person)})")
    if settings.token:
        found.append(f"token ({len(settings.token)})")
    if settings.oidc:
        found.append(f"single sign-on at {settings.oidc.issuer}")
    if settings.proxy:
        peers = ", ".join(str(network) for network in settings.proxy.peers)
        found.append(f"header {settings.proxy.header} from {peers}")
    return found


# --- tokens and passwords ------------------------------------------------------------------------


def new_token() -> tuple[str, str]:
    """A new token and the digest to configure; the token is told once and kept nowhere."""
    token = "pw_" + secrets.token_urlsafe(32)
    return token, digest_of(token)


def digest_of(token: str) -> str:
    """SHA-256, which is enough for what is random: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def credentials(settings: WebSettings) -> Iterator[Credential]:
    """All that the configuration knows people by."""
    for token in settings.token:
        yield Credential(Visitor(token.name, token.role, "token"), token.sha256)
    for person in settings.person:
        yield Credential(Visitor(person.name, person.role, "password"), person.password)


def holder(token: str, tokens: Iterable[WebToken]) -> Credential | None:
    """Whose token this is; None for nobody's. Takes as long for each."""
    found = None
    digest = digest_of(token)
    for known in tokens:
        if hmac.compare_digest(digest, known.sha256):
            found = Credential(Visitor(known.name, known.role, "token"), known.sha256)
    return found


def person_by(name: str, password: str, settings: WebSettings) -> Credential | None:
    """Who has this name and password; None for nobody, which takes as long to find out."""
    person = next((p for p in settings.person if folded(p.name) == folded(name)), None)
    usual = settings.person[0].password if settings.person else _DECOY
    right = passwords.fits(password, person.password if person else usual)
    if person is None or not right:
        return None
    return Credential(Visitor(person.name, person.role, "password"), person.password)
