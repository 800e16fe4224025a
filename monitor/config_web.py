"""The table ``[web]`` of config.toml: where the pages are served, and who may see and do what."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from monitor.config_values import Network, Period, Table
from monitor.passwords import check_digest

#: What somebody may do: read; decide too; change the watch list too. From the least to the most.
Role = Literal["viewer", "reviewer", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$")]


def folded(name: str) -> str:
    """A person's name as it is looked for: however it is capitalised, spaced or composed."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


class WebToken(Table):
    """Somebody who may see the pages, by the SHA-256 of their token: ``[[web.token]]``."""

    name: str = Field(min_length=1, max_length=200)
    role: Role = "viewer"
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class WebPerson(Table):
    """Somebody who signs in by name and password, kept as a digest: ``[[web.person]]``."""

    name: str = Field(min_length=1, max_length=200)
    role: Role = "viewer"
    password: Annotated[str, AfterValidator(check_digest)]


class Vouched(Table):
    """What those may do whom somebody else knows: by name, by group, or ``role`` for all others.

    The highest of what fits counts; where nothing does, they have no way in.
    """

    role: Role | None = None
    roles: dict[str, Role] = Field(default_factory=dict)
    groups: dict[str, Role] = Field(default_factory=dict)

    def role_of(self, name: str, groups: Iterable[str]) -> Role | None:
        """The role of somebody in these groups, None for none."""
        known = {folded(each): role for each, role in self.roles.items()}
        found = {self.role, known.get(folded(name)), *(self.groups.get(each) for each in groups)}
        return max(found - {None}, key=ROLES.index, default=None)


class WebProxy(Vouched):
    """A server before this one that says who asks, in a header: ``[web.proxy]``."""

    header: HeaderName
    peers: tuple[Network, ...] = Field(alias="from", min_length=1)
    groups_header: HeaderName | None = None

    def trusts(self, address: str) -> bool:
        """Whether a connection from there may say who asks."""
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(found, IPv6Address) and found.ipv4_mapped:
            found = found.ipv4_mapped
        return any(found in network for network in self.peers)


class WebOidc(Vouched):
    """Single sign-on by OpenID Connect: ``[web.oidc]``. Domains are those of verified addresses."""

    issuer: str
    client_id: str = Field(min_length=1)
    client_secret_env: str | None = None
    client_secret_file: str | None = None
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    claim: str = "email"
    groups_claim: str = "groups"
    domains: dict[str, Role] = Field(default_factory=dict)
    label: str = Field(default="", max_length=60)

    def role_for(self, name: str, groups: Iterable[str], domain: str) -> Role | None:
        """The role of somebody in these groups whose address is of this domain; None for none."""
        domains = {folded(each): role for each, role in self.domains.items()}
        found = {self.role_of(name, groups), domains.get(folded(domain)) if domain else None}
        return max(found - {None}, key=ROLES.index, default=None)


class WebSettings(Table):
    """Where the pages are served, and who may see them (docs/web.md)."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(default=8377, ge=0, le=65535)
    public_url: str = ""
    token: tuple[WebToken, ...] = ()
    person: tuple[WebPerson, ...] = ()
    proxy: WebProxy | None = None
    oidc: WebOidc | None = None
    session_valid: Period = timedelta(hours=12)
    link_valid: Period = timedelta(days=30)
    link_secret_env: str = ""
