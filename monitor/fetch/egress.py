"""The one gate through which policywatch reaches other machines.

    name -> resolve -> every address against the table -> connect to the address that was checked

The name is resolved once per connection and the connection goes to the checked address, so that
a name which changes its answer between look-ups gains nothing (docs/fetching.md has the rules).

``Egress`` is for addresses that strangers may have a hand in: pages and where they redirect, web
hooks, the browser. ``dial`` is for the mail servers that the operator names: they stand inside more
often than not, so only addresses at which nobody's server can be are refused.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, ip_address

from monitor.errors import FetchError
from monitor.fetch.addresses import (
    Address,
    Network,
    read_address,
    refusal,
    refusal_of_named,
    within,
)

#: Looks a name up: (host, port) -> addresses in plain notation. Raises OSError.
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
#: The same for ``dial``, which blocks.
LookUp = Callable[[str, int], Sequence[str]]
#: A connected socket to (host, port), within so many seconds. Raises FetchError or OSError.
Dial = Callable[[str, int, float], socket.socket]
#: One address and port that the program itself opened, such as the sample site.
Endpoint = tuple[str, int]

#: The ports of public addresses that are reached; networks the operator allows have them all.
PUBLIC_PORTS = frozenset({80, 443, 8080, 8443})

#: How many addresses of a name are tried, and for how long while another one is left.
MOST_TRIED = 6
FIRST_TRY_SECONDS = 5.0
#: RFC 6761, RFC 6762, RFC 8375 and ICANN's private-use domain: never names of public hosts.
_INSIDE_NAMES = ("localhost", "local", "internal", "arpa", "lan", "intranet", "corp", "home")


async def resolve(host: str, port: int) -> list[str]:
    """The system's resolver, off the event loop."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(info[4][0]) for info in found]


def look_up(host: str, port: int) -> list[str]:
    """The system's resolver; it blocks."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def dial(
    host: str,
    port: int,
    seconds: float,
    *,
    allow_networks: Sequence[Network] = (),
    names: LookUp = look_up,
) -> socket.socket:
    """A connection to a server that the configuration names; it blocks.

    Looked up once, and connected to an address that was checked. Raises FetchError (``dns``,
    ``blocked``) or OSError.
    """
    literal = read_address(host)
    texts = [host] if literal else _looked_up(host, port, names)
    for text in texts:
        address = read_address(text)
        if address is not None and within(address, allow_networks):
            continue
        reason = refusal_of_named(address) if address else f"{text} is bound to one interface"
        if reason:
            raise _blocked(host, port, reason)
    error: OSError | None = None
    for text in texts[:MOST_TRIED]:
        try:
            return socket.create_connection((text, port), seconds)
        except OSError as failed:  # TimeoutError is one: the next address may answer
            error = failed
    assert error is not None
    raise error


def _looked_up(host: str, port: int, names: LookUp) -> list[str]:
    try:
        found = list(dict.fromkeys(names(host, port)))
    except (OSError, UnicodeError) as error:
        raise _unknown(host, str(error)) from error
    if not found:
        raise _unknown(host, "no address")
    return found


class Egress:
    """Decides which addresses may be connected to, and lists those of a name.

    ``allow_networks`` opens every port of those networks, ``allow_endpoints`` single ones.
    """

    def __init__(
        self,
        *,
        allow_networks: Sequence[Network] = (),
        allow_endpoints: Sequence[Endpoint] = (),
        resolver: Resolver = resolve,
    ) -> None:
        self._networks = tuple(allow_networks)
        self._endpoints = frozenset(allow_endpoints)
        self._resolver = resolver

    def refusal(self, address: Address, port: int) -> str:
        """Why this address and port may not be connected to, or ""."""
        if self._opened(address, port):
            return ""
        reason = refusal(address)
        if reason:
            return f"{address} is {reason}"
        if port not in PUBLIC_PORTS:
            return f"port {port} is none of {', '.join(map(str, sorted(PUBLIC_PORTS)))}"
        return ""

    async def addresses(self, host: str, port: int) -> list[Address]:
        """The addresses of a host that may be connected to, in the resolver's order.

        A name that mixes public addresses with refused ones is refused as a whole: it is either
        an attack or a broken zone. Raises FetchError (``dns`` transient, ``blocked`` permanent).
        """
        found = await self._look_up(host, port)
        refused = {address: self.refusal(address, port) for address in found}
        permitted = [address for address in found if not refused[address]]
        reasons = [reason for reason in refused.values() if reason]
        mixed = any(not self._opened(address, port) for address in permitted)
        if reasons and (mixed or not permitted):
            raise _blocked(host, port, reasons[0])
        return permitted

    async def check_behind_proxy(self, host: str, port: int) -> None:
        """The same check where a proxy will connect: as far as the name can be resolved here."""
        try:
            await self.addresses(host, port)
        except FetchError as error:
            if error.kind != "dns":
                raise
            name = host.removesuffix(".")
            if "." not in name or name.rpartition(".")[2] in _INSIDE_NAMES:
                reason = "it is a name of an inside network, and has no address here"
                raise _blocked(host, port, reason) from error

    async def open(
        self, host: str, port: int, seconds: float
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A TCP connection to a checked address. Raises FetchError, OSError or TimeoutError."""
        async with asyncio.timeout(seconds):
            candidates = (await self.addresses(host, port))[:MOST_TRIED]
            for address in candidates[:-1]:
                try:
                    async with asyncio.timeout(FIRST_TRY_SECONDS):
                        return await asyncio.open_connection(str(address), port)
                except OSError:  # TimeoutError is one: the next address may answer
                    continue
            return await asyncio.open_connection(str(candidates[-1]), port)

    def _opened(self, address: Address, port: int) -> bool:
        return within(address, self._networks) or (str(address), port) in self._endpoints

    async def _look_up(self, host: str, port: int) -> list[Address]:
        literal = read_address(host)
        if literal is not None:
            return [literal]
        name = host.removesuffix(".")
        if name == "localhost" or name.endswith(".localhost"):  # RFC 6761: never asked of DNS
            return [ip_address("127.0.0.1"), ip_address("::1")]
        try:
            texts = await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise _unknown(host, str(error)) from error
        found = [read_address(text) for text in dict.fromkeys(texts)]
        if not found:
            raise _unknown(host, "no address")
        # An address with a zone is a link-local one: it reads as None and stands for a refusal.
        return [address or IPv4Address("169.254.0.0") for address in found]


def _unknown(host: str, reason: str) -> FetchError:
    return FetchError(
        f"The host {host} was not found ({reason}). Check its spelling and this machine's DNS.",
        kind="dns",
        transient=True,
    )


def _blocked(host: str, port: int, reason: str) -> FetchError:
    return FetchError(
        f"Connecting to {host} port {port} is refused: {reason}. If it is meant, "
        "add its network to allow_networks under [fetch].",
        kind="blocked",
        transient=False,
    )
