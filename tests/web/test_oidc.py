"""Single sign-on with a real provider: who gets in, and every way in which one must not."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

pytest.importorskip("authlib")

from joserfc.jwk import OctKey

from monitor.config import FetchSettings, Settings
from monitor.config_web import WebOidc, WebSettings
from monitor.doctor import examine
from monitor.fetch import Fetcher
from tests.web.conftest import browser, page, words
from tests.web.provider import CLIENT, SECRET, Provider, key_named, provided
from tests.web.test_deeds import HERE
from tests.web.world import World

MIRA = {"email": "mira@harbourloom.example", "email_verified": True, "name": "Mira Sand"}


@dataclass
class Street:
    """A browser between this site and the provider."""

    world: World
    provider: Provider
    here: httpx.AsyncClient
    there: httpx.AsyncClient

    def configure(self, **more: Any) -> None:
        """Set ``[web.oidc]``."""
        usual: dict[str, Any] = {
            "issuer": self.provider.issuer, "client_id": CLIENT,
            "client_secret_env": "OIDC_SECRET", "domains": {"harbourloom.example": "reviewer"},
        }  # fmt: skip
        oidc = WebOidc.model_validate(usual | more)
        self.world.settings = Settings(web=WebSettings(oidc=oidc))

    async def way_back(self, onward: str = "/ledger") -> str:
        """To the provider and, from there, the address that it sends the browser to."""
        away = await self.here.get("/sign-in/oidc", params={"next": onward})
        assert away.status_code == 303, away.text
        answer = await self.there.get(away.headers["location"])
        assert answer.status_code == 302
        back = answer.headers["location"]
        assert back.startswith("http://127.0.0.1/sign-in/oidc/back?")
        return str(back)

    async def sign_in(self) -> httpx.Response:
        """All the way."""
        return await self.here.get(await self.way_back())


@pytest.fixture
async def street(world: World, tmp_path: Path) -> AsyncIterator[Street]:
    settings = FetchSettings(allow_networks=(ip_network("127.0.0.0/8"),), retries=0)
    async with (
        provided(int(world.now.timestamp())) as provider,
        Fetcher(settings) as fetcher,
        httpx.AsyncClient(trust_env=False) as there,
    ):
        world.post, world.file = fetcher.post, tmp_path / "config.toml"
        world.environ = {"OIDC_SECRET": SECRET}
        provider.claims = dict(MIRA)
        made = Street(world, provider, browser(world), there)
        made.configure()
        async with made.here:
            yield made


async def test_a_person_of_the_provider_gets_in_and_is_on_the_record(street: Street) -> None:
    """By the button of the page, back to what was asked for, under the name vouched for."""
    tree = page(await street.here.get("/sign-in?next=/ledger"))
    button = tree.css_first("a.button")
    assert button is not None
    assert button.attributes["href"] == "/sign-in/oidc?next=%2Fledger"
    sent = await street.sign_in()
    assert (sent.status_code, sent.headers["location"]) == (303, "/ledger")
    assert "with the role reviewer" in (await street.here.get("/sign-in")).text
    done = await street.here.post(
        "/changes/loom@1-2/review", data={"step": "acknowledge", "who": "x"}, headers=HERE
    )
    assert done.status_code == 303
    assert [a.by for a in street.world.store.actions()] == ["mira@harbourloom.example (oidc)"]
    assert (await street.here.post("/add", data={"x": "1"}, headers=HERE)).status_code == 403


OTHER = key_named("first")
PAST = -600


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        ({"lies": {"nonce": "another"}}, "nonce"),
        ({"lies": {"nonce": None}}, "nonce"),
        ({"lies": {"aud": "another client"}}, "aud"),
        ({"lies": {"aud": None}}, "aud"),
        ({"lies": {"aud": [CLIENT, "another"]}}, "azp"),
        ({"lies": {"azp": "another"}}, "azp"),
        ({"lies": {"iss": "https://evil.example"}}, "iss"),
        ({"lies": {"iss": None}}, "iss"),
        ({"lies": {"exp": PAST}}, "exp"),
        ({"lies": {"exp": None}}, "exp"),
        ({"lies": {"iat": 600}}, "in the future"),
        ({"lies": {"at_hash": "AAAA"}}, "at_hash"),
        ({"signer": OTHER}, "signature"),
        ({"signer": OTHER, "header": {"kid": "unheard-of"}}, "does not hold"),
        ({"header": {"alg": "HS256"}, "signer": OctKey.import_key(SECRET)}, "does not hold"),
        ({"claims": {"email": MIRA["email"]}}, "not verified"),
        ({"claims": MIRA | {"email_verified": "true"}}, "not verified"),
        ({"claims": {"sub": "42"}}, "to call you by"),
        ({"claims": MIRA | {"email": "mira@evil.example"}}, "have no role here"),
        ({"claims": MIRA | {"email": "x@harbourloom.example@evil.example"}}, "have no role here"),
        ({"refuses": "access_denied"}, "access_denied"),
        ({"refuses": "<img src=x>"}, "an error"),
        ({"metadata": {"issuer": "https://evil.example"}}, "says that it is"),
        ({"metadata": {"token_endpoint": "file:///etc/passwd"}}, "names no token_endpoint"),
        ({"metadata": {"jwks_uri": None}}, "names no jwks_uri"),
    ],
)
async def test_what_does_not_hold_lets_nobody_in(
    street: Street, lie: dict[str, Any], told: str
) -> None:
    """And says to the person what was wrong."""
    provider = street.provider
    for name, value in lie.items():
        if name == "lies":
            value = {
                k: v + provider.now if k in ("exp", "iat") and v else v for k, v in value.items()
            }
        setattr(provider, name, value)
    away = await street.here.get("/sign-in/oidc")
    if away.status_code == 303:
        back = (await street.there.get(away.headers["location"])).headers["location"]
        away = await street.here.get(back)
    assert away.status_code in (403, 503)
    assert told in " ".join(words(page(away), ".lead"))
    assert not page(away).css("main img")
    assert "policywatch" not in street.here.cookies
    assert (await street.here.get("/")).status_code == 303


async def test_an_unsigned_token_lets_nobody_in(street: Street) -> None:
    """Even from a provider that says it supports "none"."""
    provider, real = street.provider, street.provider.token

    def unsigned(given: dict[str, str], authorization: str) -> dict[str, Any] | None:
        answer = real(given, authorization)
        assert answer is not None
        _, payload, _ = answer["id_token"].split(".")
        head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
        return answer | {"id_token": f"{head}.{payload}."}

    provider.token = unsigned  # type: ignore[method-assign]
    assert (await street.sign_in()).status_code == 403
    assert (await street.here.get("/")).status_code == 303


async def test_an_answer_is_good_once_and_in_one_browser(street: Street) -> None:
    """Not replayed, nor with another state, after ten minutes, or in somebody else's browser."""
    back = await street.way_back()
    kept = dict(street.here.cookies)
    async with browser(street.world) as another:
        assert (await another.get(back)).status_code == 403
    other = back.replace("state=", "state=x")
    assert (await street.here.get(other)).status_code == 403
    street.world.now += timedelta(minutes=10)
    assert (await street.here.get(back)).status_code == 403
    street.world.now -= timedelta(minutes=10)
    assert "token" not in street.provider.asked
    assert (await street.here.get(back)).status_code == 303
    street.here.cookies.clear()
    street.here.cookies.update(kept)
    replayed = await street.here.get(back)
    assert replayed.status_code == 403
    assert "done already" in replayed.text
    assert street.provider.asked.count("token") == 1
    assert (await street.here.get("/")).status_code == 303


async def test_nothing_is_said_twice_to_the_provider_and_nothing_of_ours_is_told(
    street: Street,
) -> None:
    """State, nonce and verifier are new each time, and the verifier stays here."""
    seen: list[dict[str, str]] = []
    for _ in range(2):
        away = await street.here.get("/sign-in/oidc?next=//evil.example")
        place = urlsplit(away.headers["location"])
        assert place.path == "/authorize"
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        assert asked["tenant"] == "1"  # what the provider's own address holds stays
        assert SECRET not in away.headers["location"]
        assert "code_verifier" not in asked
        cookie = away.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "max-age=600" in cookie
        seen.append(asked)
    for name in ("state", "nonce", "code_challenge"):
        assert seen[0][name] != seen[1][name]
        assert len(seen[0][name]) >= 43
    sent = await street.here.get(
        (await street.there.get(away.headers["location"])).headers["location"]
    )
    assert sent.headers["location"] == "/"


@pytest.mark.parametrize(
    ("more", "claims", "role"),
    [
        ({"domains": {}, "role": "viewer"}, {}, "viewer"),
        ({"domains": {"HarbourLoom.example": "admin"}}, {}, "admin"),
        ({"domains": {}, "roles": {"Mira@Harbourloom.example": "admin"}}, {}, "admin"),
        ({"domains": {}, "groups": {"legal": "reviewer", "ops": "admin"}},
         {"groups": ["legal", "all"]}, "reviewer"),
        ({"domains": {}, "groups": {"legal": "reviewer"}, "groups_claim": "teams"},
         {"teams": "legal"}, "reviewer"),
        ({"claim": "name", "domains": {}, "roles": {"mira sand": "viewer"}},
         {"email_verified": False}, "viewer"),
    ],
)  # fmt: skip
async def test_roles_follow_from_what_is_vouched_for(
    street: Street, more: dict[str, Any], claims: dict[str, Any], role: str
) -> None:
    """By name, group or domain; and end, at the next request, with what gave them."""
    street.configure(**more)
    street.provider.claims |= claims
    assert (await street.sign_in()).status_code == 303
    assert f"with the role {role}" in (await street.here.get("/sign-in")).text
    street.configure(
        **more | {"domains": {}, "role": None, "roles": {"vera": "viewer"}, "groups": {}}
    )
    assert (await street.here.get("/")).status_code == 303
    street.configure(**more | {"client_id": "another"})
    assert (await street.here.get("/")).status_code == 303
    street.configure(**more)
    assert (await street.here.get("/")).status_code == 200
    await street.here.post("/sign-out", data={"x": "1"}, headers=HERE)
    assert (await street.here.get("/")).status_code == 303


async def test_a_provider_may_change_its_keys(street: Street) -> None:
    """They are asked for again, but at most once a minute, whoever sends what."""
    assert (await street.sign_in()).status_code == 303
    street.provider.key = key_named("second")
    street.world.now += timedelta(minutes=2)
    street.provider.now += 120
    assert (await street.sign_in()).status_code == 303
    assert street.provider.asked.count("keys") == 2
    street.provider.header = {"kid": "unheard-of"}
    for _ in range(3):
        assert (await street.sign_in()).status_code == 403
    assert street.provider.asked.count("keys") == 2
    assert street.provider.asked.count("metadata") == 1


async def test_the_provider_is_reached_by_the_checked_way_out_alone(street: Street) -> None:
    """An address inside is refused, unless [fetch] allows its network."""
    async with Fetcher(FetchSettings(retries=0)) as closed:
        street.world.post = closed.post
        async with browser(street.world) as client:
            refused = await client.get("/sign-in/oidc")
    assert refused.status_code == 503
    assert "allow_networks" in refused.text
    assert street.provider.asked == []


async def test_doctor_asks_the_provider(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it answers, and as the one that is configured."""
    monkeypatch.setenv("OIDC_SECRET", SECRET)
    config = tmp_path / "config.toml"
    for issuer, state in ((street.provider.issuer, "ok"), (f"{street.provider.issuer}/x", "fault")):
        config.write_text(
            f'[store]\nurl = "sqlite:///other.db"\n[fetch]\nallow_networks = ["127.0.0.0/8"]\n'
            f'[web.oidc]\nissuer = "{issuer}"\nclient_id = "x"\nrole = "viewer"\n'
            'client_secret_env = "OIDC_SECRET"\n',
            encoding="utf-8",
        )
        examined = {each.name: each for each in await examine(config)}
        assert examined["single sign-on"].state == state
        assert issuer in examined["access"].message
    monkeypatch.delenv("OIDC_SECRET")
    (told,) = (e.message for e in await examine(config) if e.state == "fault")
    assert "[web.oidc] client_secret_env: the environment variable OIDC_SECRET is not set" in told


async def test_without_a_table_or_a_secret_there_is_no_way_there(street: Street) -> None:
    """It is said, and nothing is asked of anybody."""
    street.world.environ.clear()
    assert "the log says why" in (await street.here.get("/sign-in/oidc")).text
    street.world.settings = Settings()
    assert (await street.here.get("/sign-in/oidc")).status_code == 503
    assert (await street.here.get("/sign-in/oidc/back?code=x&state=y")).status_code == 403
    assert street.provider.asked == []
