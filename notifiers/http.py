"""What the channels that speak HTTP share: posting, and classing what goes wrong on the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from monitor.errors import ConfigError, FetchError, NotifyError
from monitor.secrecy import mask
from notifiers.base import Answer, Post
from notifiers.wording import one_line, shorten

_TOO_MANY_REQUESTS = 429
_DEFAULT_WAIT = 30.0


def checked_url(url: str, key: str) -> str:
    """An http(s) address to post to. Raises ConfigError, without showing it: it may be a secret."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good or url != one_line(url) or " " in url:
        raise ConfigError(f"{key}: is not an http(s) address; write it in full, with https://")
    return url


async def post(send: Post, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
    """POST and return the answer, unless the server wants us to come again later.

    Raises NotifyError, transient: where there is no answer, for 429 and for 5xx. The address is not
    repeated in the message, since the path of a webhook is a secret.
    """
    host = urlsplit(url).hostname or "the server"
    try:
        answer = await send(url, content=content, headers=headers)
    except FetchError as error:
        raise NotifyError(
            f"{host} cannot be reached ({error.kind}){_remedy(error)}",
            permanent=False,
            retry_after=error.retry_after,
        ) from error
    wait = retry_after(answer.headers)
    if answer.status_code == _TOO_MANY_REQUESTS:
        wait = _DEFAULT_WAIT if wait is None else wait
        raise NotifyError(f"{host} asks to slow down (429)", permanent=False, retry_after=wait)
    if answer.status_code >= 500 or answer.status_code == 408:
        raise NotifyError(f"{host} answered {said(answer)}", permanent=False, retry_after=wait)
    return answer


def said(answer: Answer) -> str:
    """Status and first words of an answer, which may repeat what it was sent."""
    return shorten(f"{answer.status_code} {one_line(mask(answer.text))}".strip(), 200)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds from a Retry-After header (a number or a date), or None."""
    value = (headers.get("retry-after") or "").strip()
    if not value:
        return None
    if value.replace(".", "", 1).isdecimal():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


def _remedy(error: FetchError) -> str:
    if error.kind == "blocked":
        return "; if it stands inside your network, open it in [fetch] allow_networks"
    return ""
