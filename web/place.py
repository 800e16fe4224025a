"""Where the pages are: under which names they are served, and whether others reach them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from monitor.config_web import WebSettings
from monitor.errors import ConfigError
from web.access import ways

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_ours(host: str, settings: WebSettings) -> bool:
    """Whether a Host header names this site: its public name, or the one that it listens on."""
    name = _name_in(host)
    if name is None:
        return False
    public = urlsplit(settings.public_url).hostname
    return name in LOOPBACK or name in (settings.host, public)


def is_secure(connection: HTTPConnection, settings: WebSettings) -> bool:
    """Whether the browser came by https, which a server before this one speaks."""
    public = urlsplit(settings.public_url)
    asked = _name_in(connection.headers.get("host", ""))
    return public.scheme == "https" and asked == public.hostname


def local(address: str) -> str:
    """Where to go on after signing in: a path of this site, or else the overview."""
    ours = re.fullmatch(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}", address)
    return address if ours and not address.startswith("/sign-") else "/"


def base_of(connection: HTTPConnection, settings: WebSettings) -> str:
    """Where whoever asks reaches these pages, without a slash at the end."""
    public = urlsplit(settings.public_url)
    if _name_in(connection.headers.get("host", "")) == public.hostname:
        return settings.public_url.rstrip("/")
    return str(connection.base_url).rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a server bound there can be reached from this machine alone."""
    return host in LOOPBACK or host.startswith("127.")


def peer_of(connection: HTTPConnection) -> str:
    """From where the connection comes, "" where that is not known."""
    return connection.client.host if connection.client else ""


def address_of(connection: HTTPConnection, settings: WebSettings) -> str:
    """From where somebody asks: behind the proxy of ``[web.proxy]``, from where it says."""
    address = peer_of(connection)
    proxy = settings.proxy
    said = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
    while proxy and proxy.trusts(address) and said and said[-1].strip():
        address = said.pop().strip()
    return address


def check_place(settings: WebSettings) -> None:
    """Refuse to show what is watched to a whole network. Raises ConfigError."""
    if is_loopback(settings.host):
        return
    if not ways(settings):
        raise ConfigError(
            f'[web] host: "{settings.host}" can be reached from other machines, and nobody has to'
            ' sign in. Listen on "127.0.0.1", or let people in one by one: `policywatch password'
            " new NAME`, `policywatch token new NAME`."
        )
    if not settings.public_url:
        raise ConfigError(
            f'[web] public_url: is needed with host "{settings.host}"; write the address under'
            " which people reach the pages, so that no other name is served."
        )


def _name_in(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
