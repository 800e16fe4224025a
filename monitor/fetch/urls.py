"""Strict reading of URLs: one spelling in, one target out, and anything ambiguous refused.

Two parsers that disagree about the host of a URL are the root of most request forgeries. So what
could be read in two ways (userinfo, backslashes, control characters, numbers in disguise, digits
of other scripts) is refused with a reason and never repaired.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin

import idna

from monitor.errors import FetchError

_MAX_URL = 8192
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<rest>[^#]*)", re.I | re.A)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.I | re.A)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.A)
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*", re.A)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SAFE = "/?:@!$&'()*+,;=-._~%[]|^{}`\"<>"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. ``host`` is ASCII and lower-case, an IPv6 literal without brackets.

    ``path`` holds path and query, percent-encoded, and begins with "/".
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port, as in a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        return self.origin + self.path

    @property
    def lane(self) -> str:
        """What requests are paced by: the host, whichever of its two standard ports is used."""
        return self.host if self.port in _PORTS.values() else f"{self.host}:{self.port}"

    @property
    def shown(self) -> str:
        """The URL for people and logs: a query may carry a secret and is left out."""
        path, question, _ = self.path.partition("?")
        return self.origin + path + ("?…" if question else "")


def parse_url(text: str) -> Target:
    """Read an absolute http or https URL. Raises FetchError (``blocked``, permanent)."""
    if len(text) > _MAX_URL:
        raise _refused(text, f"it is longer than {_MAX_URL} characters")
    if _CONTROL.search(text) or any(character.isspace() for character in text):
        raise _refused(text, "it holds a space or a control character; write %20 for a space")
    if "\\" in text:
        raise _refused(text, "it holds a backslash, which programs read in different ways")
    match = _URL.match(text)
    if match is None:
        raise _refused(text, "only addresses that begin with http:// or https:// are fetched")
    scheme = match["scheme"].lower()
    host, port = _host_and_port(text, match["authority"], _PORTS[scheme])
    rest = match["rest"]
    path = rest if rest.startswith("/") else "/" + rest
    return Target(scheme, host, port, quote(path, safe=_SAFE))


def follow(base: Target, location: str) -> Target:
    """Where a redirect leads. Spaces are encoded as browsers do; fragments are dropped.

    A step down from https to http is answered by staying with https (standard ports), or refused.
    """
    location = location.strip(" ").replace(" ", "%20")
    if _CONTROL.search(location) or "\\" in location or location.startswith("///"):
        raise _refused(location, f"{base.shown} redirects to an address that is not well formed")
    if _SCHEME.match(location) and not _URL.match(location):
        raise _refused(location, f"{base.shown} redirects to something that is not a web address")
    target = parse_url(urljoin(base.url, location))
    if base.scheme == "https" and target.scheme == "http":
        if target.port != _PORTS["http"]:
            raise _refused(location, f"{base.shown} redirects from https to http on a special port")
        return Target("https", target.host, _PORTS["https"], target.path)
    return target


def _host_and_port(url: str, authority: str, default_port: int) -> tuple[str, int]:
    if "@" in authority:
        raise _refused(url, "it carries a user name before the host; remove everything up to '@'")
    if authority.startswith("["):
        literal, bracket, port = authority[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise _refused(url, "its IPv6 address is not closed by a bracket")
        return _ipv6(url, literal), _port(url, port[1:], default_port)
    host, _, port = authority.partition(":")
    return _name(url, host), _port(url, port, default_port)


def _port(url: str, text: str, default: int) -> int:
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise _refused(url, "its port is not a number from 1 to 65535")
    return int(text)


def _ipv6(url: str, text: str) -> str:
    if "%" in text:
        raise _refused(url, "its IPv6 address names a network interface")
    try:
        return str(IPv6Address(text))
    except AddressValueError as error:
        raise _refused(url, "its IPv6 address is not well formed") from error


def _name(url: str, host: str) -> str:
    if "%" in host or "\u3002" in host or unicodedata.normalize("NFKC", host) != host:
        raise _refused(url, "its host is written in disguised characters")
    name = _ascii(url, host)
    labels = name.removesuffix(".").split(".")
    if _NUMERIC.fullmatch(labels[-1]):
        return _ipv4(url, name)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused(url, "its host is not a valid name")
    return name


def _ascii(url: str, host: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host.lower()).decode("ascii")
    except idna.IDNAError as error:
        raise _refused(url, "its host is not a valid international name") from error


def _ipv4(url: str, host: str) -> str:
    try:
        return str(IPv4Address(host))
    except AddressValueError as error:
        raise _refused(
            url, "its host is a number; write an address as four plain decimals (192.0.2.1)"
        ) from error


def _refused(url: str, reason: str) -> FetchError:
    shown = ascii(url.partition("?")[0].rpartition("@")[2][:120])
    return FetchError(
        f"The address {shown} is refused: {reason}.", kind="blocked", transient=False, url=url
    )
