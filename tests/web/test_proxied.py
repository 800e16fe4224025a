"""A server before this one that says who asks: believed from its own address alone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from monitor.config import Settings
from monitor.config_web import WebProxy, WebSettings, WebToken
from tests.web.conftest import page, words
from tests.web.test_deeds import HERE
from tests.web.world import World
from web.access import new_token
from web.app import create_app
from web.metrics import Metrics
from web.server import listen, serving

MIRA = {"x-forwarded-user": "mira"}


def proxied(**more: Any) -> WebProxy:
    """A table that lets the header in from two networks."""
    usual = {"header": "X-Forwarded-User", "from": ["10.1.0.0/16", "127.0.0.1"], "role": "viewer"}
    return WebProxy.model_validate(usual | more)


def asking(world: World, address: str) -> httpx.AsyncClient:
    """A client whose connection comes from an address."""
    app = create_app(world.backend, lambda: {"ok": True}, Metrics(world.store.counts))
    transport = httpx.ASGITransport(app, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("10.1.2.3", 200), ("127.0.0.1", 200), ("::ffff:10.1.2.3", 200), ("10.2.0.1", 303),
        ("203.0.113.9", 303), ("::1", 303), ("", 303), ("testclient", 303),
    ],
)  # fmt: skip
async def test_the_header_counts_from_the_proxy_alone(
    world: World, address: str, status: int
) -> None:
    """Whatever else the request says of where it comes from."""
    world.settings = Settings(web=WebSettings(proxy=proxied()))
    more = {"x-forwarded-for": "10.1.2.3", "forwarded": "for=10.1.2.3", "x-real-ip": "10.1.2.3"}
    async with asking(world, address) as client:
        assert (await client.get("/", headers=MIRA | more)).status_code == status
        assert (await client.get("/")).status_code == 303


@pytest.mark.parametrize(
    ("more", "headers", "role"),
    [
        ({}, {}, "viewer"),
        ({"roles": {"Mira": "admin"}}, {}, "admin"),
        ({"role": None, "roles": {"vera": "admin"}}, {}, None),
        ({"groups_header": "X-Groups", "groups": {"legal": "reviewer"}},
         {"x-groups": "all, legal"}, "reviewer"),
        ({"groups_header": "X-Groups", "groups": {"legal": "reviewer"}}, {"x-groups": "lega"},
         "viewer"),
        ({"role": None, "groups_header": "X-Groups", "groups": {"ops": "admin", "all": "viewer"}},
         {"x-groups": "ops,all"}, "admin"),
        ({"role": None, "groups_header": "X-Groups", "groups": {"ops": "admin"}}, {}, None),
    ],
)  # fmt: skip
async def test_the_highest_role_that_fits_counts(
    world: World, more: dict[str, Any], headers: dict[str, str], role: str | None
) -> None:
    """By name, by group, or that of all others; nobody's is no way in."""
    world.settings = Settings(web=WebSettings(proxy=proxied(**more)))
    async with asking(world, "10.1.2.3") as client:
        told = (await client.get("/sign-in", headers=MIRA | headers)).text
        assert (f"with the role {role}" in told) == bool(role)
        assert ("who has no role here" in told) == (role is None)
        if role is None:
            assert (await client.get("/", headers=MIRA | headers)).status_code == 303


async def test_what_is_no_single_name_is_none(world: World) -> None:
    """A header that came twice, an empty one, one that would break a line."""
    world.settings = Settings(web=WebSettings(proxy=proxied()))
    async with asking(world, "10.1.2.3") as client:
        for said in (["mira", "vera"], ["mira", "mira"], [""], [" "], ["a\x01b"], ["m" * 201]):
            headers = [("x-forwarded-user", each) for each in said]
            assert (await client.get("/", headers=headers)).status_code == 303, said


async def test_what_is_done_through_the_proxy_says_so(world: World) -> None:
    """In the records, in the name that the proxy gave, however it is written."""
    table = proxied(roles={"miłka": "reviewer"})
    world.settings = Settings(web=WebSettings(proxy=table))
    async with asking(world, "127.0.0.1") as client:
        named = {"x-forwarded-user": "Miłka".encode()}
        told = {"step": "acknowledge", "who": "vera"}
        sent = await client.post("/changes/loom@1-2/review", data=told, headers=HERE | named)  # type: ignore[arg-type]
        assert sent.status_code == 303
        foreign = named | {"origin": "https://evil.example"}
        sent = await client.post("/changes/loom@1-2/review", data=told, headers=foreign)  # type: ignore[arg-type]
        assert sent.status_code == 403
        tree = page(await client.get("/sign-in", headers=named))  # type: ignore[arg-type]
        assert "sign out there" in words(tree, "main")[0]
        assert not tree.css("form[method=post]")
    assert [action.by for action in world.store.actions()] == ["Miłka (proxy)"]


async def test_a_token_of_ours_goes_before_the_proxy_and_one_of_others_does_not(
    world: World,
) -> None:
    """Some proxies pass a bearer token of their own on."""
    token, digest = new_token()
    bot = WebToken(name="bot", role="admin", sha256=digest)
    world.settings = Settings(web=WebSettings(proxy=proxied(), token=(bot,)))
    async with asking(world, "10.1.2.3") as client:
        for bearer, name in ((token, "bot"), ("eyJhbGciOi", "mira")):
            headers = MIRA | {"authorization": f"Bearer {bearer}"}
            assert (
                f"<strong>{name}</strong>" in (await client.get("/sign-in", headers=headers)).text
            )
    async with asking(world, "203.0.113.9") as client:
        headers = MIRA | {"authorization": "Bearer eyJhbGciOi"}
        assert (await client.get("/ledger", headers=headers)).status_code == 401


async def test_guesses_are_counted_by_the_address_that_the_proxy_names(world: World) -> None:
    """One guesser behind it locks no others out; what a stranger claims is not believed."""
    token, digest = new_token()
    bot = WebToken(name="bot", sha256=digest)
    world.settings = Settings(web=WebSettings(proxy=proxied(), token=(bot,)))
    for address, same, other in (
        ("10.1.2.3", "198.51.100.7, 203.0.113.9, 10.1.7.7", "203.0.113.8"),
        ("192.0.2.1", "203.0.113.9", None),
    ):
        async with asking(world, address) as client:
            client.headers.update(HERE)
            for n in range(30):
                said = same if other else f"203.0.113.{n}"
                sent = await client.post(
                    "/sign-in", data={"token": "x"}, headers={"x-forwarded-for": said}
                )
                assert sent.status_code == 403
            for said, status in ((same, 429), (other, 303)):
                if said:
                    sent = await client.post(
                        "/sign-in", data={"token": token}, headers={"x-forwarded-for": said}
                    )
                    assert sent.status_code == status, said


async def test_a_real_server_knows_its_peer_and_not_what_a_header_claims(world: World) -> None:
    """The address of the connection, not that of X-Forwarded-For."""
    world.settings = Settings(web=WebSettings(proxy=proxied(**{"from": ["203.0.113.0/24"]})))
    app = create_app(world.backend, lambda: {"ok": True}, Metrics(world.store.counts))
    bound = listen("127.0.0.1", 0, table="web")
    async with serving(app, bound), httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        claims = MIRA | {"x-forwarded-for": "203.0.113.9"}
        assert (await client.get(url, headers=claims)).status_code == 303
        world.settings = Settings(web=WebSettings(proxy=proxied()))
        assert (await client.get(url, headers=claims)).status_code == 200
