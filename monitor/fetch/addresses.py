"""Which network addresses may be reached, as an explicit table.

The table is ours on purpose: ``ipaddress.is_private`` and its relatives changed meaning between
Python releases and pass many restricted networks (source of the rows: the IANA special-purpose
address registries, and the documentation of the cloud providers for their metadata services).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REFUSED_V4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "this host"),
        ("10.0.0.0/8", "a private network"),
        ("100.64.0.0/10", "shared carrier or cloud metadata space"),
        ("127.0.0.0/8", "this machine (loopback)"),
        ("168.63.129.16/32", "a cloud platform's host agent"),
        ("169.254.0.0/16", "link-local or cloud metadata space"),
        ("172.16.0.0/12", "a private network"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "reserved for documentation"),
        ("192.31.196.0/24", "reserved for AS112"),
        ("192.52.193.0/24", "reserved for multicast tunnels"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "a private network"),
        ("192.175.48.0/24", "reserved for AS112"),
        ("198.18.0.0/15", "reserved for benchmarks"),
        ("198.51.100.0/24", "reserved for documentation"),
        ("203.0.113.0/24", "reserved for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved or broadcast"),
    )
)
_REFUSED_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), reason)
    for network, reason in (
        ("2001::/23", "reserved for protocols (Teredo and others)"),
        ("2001:db8::/32", "reserved for documentation"),
        ("2620:4f:8000::/48", "reserved for AS112"),
        ("3fff::/20", "reserved for documentation"),
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, NAT64, 6to4), else the address."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    value = int(address)
    if address in _NAT64:
        return IPv4Address(value & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address((value >> 80) & 0xFFFFFFFF)
    return address


def refusal(address: Address) -> str:
    """Why a public service must not make us connect there; "" when the address is public."""
    real = embedded(address)
    if isinstance(real, IPv4Address):
        return next((reason for network, reason in _REFUSED_V4 if real in network), "")
    if real not in _GLOBAL_V6:
        return "not a public IPv6 address"
    return next((reason for network, reason in _REFUSED_V6 if real in network), "")


#: Where no server of anybody stands, whoever names it: what a cloud tells its machines, this link,
#: nobody and everybody. The other inside networks are where teams have their mail servers.
_NOBODYS: tuple[Network, ...] = (
    *(
        IPv4Network(network)
        for network in (
            "0.0.0.0/8", "100.100.100.200/32", "168.63.129.16/32", "169.254.0.0/16", "192.0.0.0/24",
            "224.0.0.0/4", "240.0.0.0/4",
        )
    ),
    *(IPv6Network(network) for network in ("::/128", "fd00:ec2::254/128", "fe80::/10", "ff00::/8")),
)  # fmt: skip


def refusal_of_named(address: Address) -> str:
    """Why not even the operator's own word leads there; "" for public and inside servers."""
    return f"{address} is never a server's" if within(address, _NOBODYS) else ""


def within(address: Address, networks: Iterable[Network]) -> bool:
    """Whether an address, or the IPv4 address that it stands for, lies in one of the networks."""
    real = embedded(address)
    return any(address in network or real in network for network in networks)


def read_address(text: str) -> Address | None:
    """An address in its plain notation (no zone, no octal, no brackets), else None."""
    if "%" in text:
        return None
    try:
        return ip_address(text)
    except ValueError:
        return None
