"""Where a request ended up: redirected to a start page, a login, or another edition."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from monitor.capture.evidence import Reason
from monitor.capture.wording import languages
from monitor.model import Part

_LOGIN_PATH = re.compile(
    r"(?i)(?:^|[/_.-])(?:log-?in|sign-?in|sso|oauth2?|authorize|authenticate)(?:[/_.?-]|$)"
)
_WALL_PATH = re.compile(
    r"(?i)(?:^|/)(?:captcha|challenge|consent|blocked|403|404|error|not-?found)(?:[/_.-]|$)"
)
_LOCALE = re.compile(r"(?i)^(?:[a-z]{2}[-_][a-z]{2}|[a-z]{2})$")
_LEGAL_PATH = re.compile(
    r"(?i)privac|legal|terms|tos|polic|cookie|dpa|processor|agb|datenschutz|condi|mention|confidential|informativ|aviso"
)


def landing(parts: Sequence[Part], declared_language: str = "") -> tuple[Reason, ...]:
    """What the addresses of the answers say, beside their text."""
    found: dict[str, Reason] = {}
    for part in parts:
        for reason in _of_part(part, declared_language):
            found.setdefault(reason.code, reason)
    return tuple(found.values())


def _of_part(part: Part, declared_language: str) -> list[Reason]:
    asked, got = urlsplit(part.url), urlsplit(part.final_url or part.url)
    if (asked.netloc, asked.path.rstrip("/")) == (got.netloc, got.path.rstrip("/")):
        return []
    reasons = []
    if _LOGIN_PATH.search(got.path) and not _LOGIN_PATH.search(asked.path):
        reasons.append(
            Reason("login", f"the request was redirected to a login ({_shown(got.path)})")
        )
    elif _WALL_PATH.search(got.path) and not _LEGAL_PATH.search(got.path):
        reasons.append(
            Reason("blocked", f"the request was redirected to a stand-in page ({_shown(got.path)})")
        )
    elif asked.path.strip("/") and _is_start(got.path) and not _LEGAL_PATH.search(got.netloc):
        reasons.append(Reason("home", "the request was redirected to the start page of the site"))
    one, other = _locale(asked.path), _locale(got.path)
    wanted = bool(declared_language) and other[:2] == declared_language[:2].lower()
    if not reasons and not wanted and _differ(one, other):
        reasons.append(
            Reason("edition", f'the request for the "{one}" edition was redirected to "{other}"')
        )
    return reasons


def _differ(one: str, other: str) -> bool:
    """Whether two locales differ; "en" does not differ from "en-gb", nor does having none."""
    length = min(len(one), len(other))
    return one[:length] != other[:length]


def languages_of_path(url: str) -> frozenset[str]:
    """The languages an address names in its path ("/it/privacy"), of those whose wording we know.

    A country that shares a language's code ("/be/fr/") does no harm: any of them may be right.
    """
    pieces = [piece[:2].lower() for piece in urlsplit(url).path.split("/") if _LOCALE.match(piece)]
    return frozenset(pieces) if set(pieces) <= set(languages()) else frozenset()


def _is_start(path: str) -> bool:
    """Whether a path is that of a start page: "/", "/en", "/en-gb/", "/index.html"."""
    rest = [piece for piece in path.split("/") if piece and not _LOCALE.match(piece)]
    return not rest or rest in (["index.html"], ["index.php"], ["home"])


def _locale(path: str) -> str:
    """The first piece of a path that names a locale, as "en-us", or ""."""
    for piece in path.split("/")[:4]:
        if _LOCALE.match(piece):
            return piece.lower().replace("_", "-")
    return ""


def _shown(path: str) -> str:
    return path[:80]
