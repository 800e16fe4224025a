"""What a fetch gives back, and how answers of servers are judged. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.errors import FetchError
from monitor.fetch.caching import Headers, header, retry_after
from monitor.fetch.urls import Target
from monitor.model import Part, Validator

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GOOD = frozenset({200, 203})
_PERMANENT_REDIRECTS = ("301 ", "308 ")
_TRANSIENT = frozenset({202, 204, 205, 304, 408, 409, 421, 425, 429})
_ADVICE = {
    401: "The page asks for a login; save it by hand and use `policywatch capture`.",
    402: "The page asks for payment.",
    403: "The server refuses us; open the page in a browser, and if it is walled use "
    "`policywatch capture`.",
    404: "Check whether the document has moved, and correct its url.",
    410: "The document was taken down; find where it went, and correct its url.",
    429: "The server asks for fewer requests; raise per_host_delay or `every`.",
    451: "The page is withheld for legal reasons where this machine stands.",
}


@dataclass(frozen=True, slots=True)
class Captured:
    """The page as it is now. ``fresh_for`` is what its cache headers promise, for scheduling."""

    part: Part
    fresh_for: timedelta | None


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that the bytes behind the validator still hold (304)."""

    url: str
    final_url: str
    status: int
    headers: Headers
    fetched_at: datetime
    redirects: tuple[str, ...]
    fresh_for: timedelta | None


Fetched = Captured | NotModified


def validator_of(part: Part, body_digest: str) -> Validator | None:
    """What makes the next request for ``part.url`` conditional; None where the server gave none.

    A rendered page has none: its text is made by scripts that its own ETag says nothing of.
    """
    etag, last_modified = header(part.headers, "etag"), header(part.headers, "last-modified")
    if not (etag or last_modified) or header(part.headers, RENDERED):
        return None
    return Validator(part.url, etag, last_modified, body_digest, part.media_type, part.final_url)


#: Marks a part whose bytes were rendered by a browser; its value names the browser.
RENDERED = "policywatch-rendered"


def permanent_target(redirects: tuple[str, ...]) -> str:
    """Where permanent redirects (301, 308) alone lead from the requested URL, or ""."""
    target = ""
    for step in redirects:
        if not step.startswith(_PERMANENT_REDIRECTS):
            break
        target = step.partition(" ")[2]
    return target


def conditional_headers(target: Target, validator: Validator | None) -> dict[str, str]:
    """If-None-Match and If-Modified-Since, for the URL that the stored bytes came from only."""
    if validator is None or target.url != (validator.final_url or validator.url):
        return {}
    pairs = {"if-none-match": validator.etag, "if-modified-since": validator.last_modified}
    return {name: value for name, value in pairs.items() if value}


def same_etag(sent: str, received: str) -> bool:
    """Weak comparison of RFC 9110 8.8.3.2; an answer without an ETag agrees with any."""
    return not (sent and received) or sent.removeprefix("W/") == received.removeprefix("W/")


def check_status(target: Target, status: int, headers: Headers, now: datetime) -> None:
    """Pass 200 and 203. Raises FetchError (``status``) with the transience of all others."""
    if status in _GOOD:
        return
    transient = status in _TRANSIENT or status >= 500
    advice = _ADVICE.get(
        status, "It is tried again later." if transient else "Look at the page in a browser."
    )
    raise FetchError(
        f"{target.shown} answered with status {status}. {advice}",
        kind="status",
        transient=transient,
        url=target.url,
        status=status,
        retry_after=retry_after(headers, now),
    )


def kept_headers(headers: Headers) -> Headers:
    """The headers worth keeping as evidence: cookies may identify us, and our own mark is ours."""
    return tuple(pair for pair in headers if pair[0] not in ("set-cookie", RENDERED))
