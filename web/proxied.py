"""Who asks, as a trusted server before this one says (``[web.proxy]``).

The header counts from the proxy's own address alone: anybody else who sends it is not believed. It
must come once: a proxy that adds its own beside what it was sent would leave open which is true.
"""

from __future__ import annotations

from starlette.requests import HTTPConnection

from monitor.config_web import WebProxy
from web.access import Visitor
from web.place import peer_of

_LONGEST = 200


def vouched_for(connection: HTTPConnection, proxy: WebProxy) -> Visitor | None:
    """Whoever the proxy says asks, if they have a role here."""
    name = vouched_name(connection, proxy)
    groups = _said(connection, proxy, proxy.groups_header) if proxy.groups_header else ""
    role = proxy.role_of(name, (each.strip() for each in groups.split(","))) if name else None
    return Visitor(name, role, "proxy") if role else None


def vouched_name(connection: HTTPConnection, proxy: WebProxy) -> str:
    """The name that the proxy says, "" where it says none or another one says it."""
    name = _said(connection, proxy, proxy.header)
    return name if len(name) <= _LONGEST and name.isprintable() else ""


def _said(connection: HTTPConnection, proxy: WebProxy, header: str) -> str:
    said = connection.headers.getlist(header)
    if len(said) != 1 or not proxy.trusts(peer_of(connection)):
        return ""
    return said[0].encode("latin-1").decode("utf-8", "replace").strip()
