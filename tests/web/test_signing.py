"""Signing in by name and password: sessions, how they end, guesses, and where it leads to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from monitor.config import Settings
from monitor.config_web import WebPerson, WebSettings, WebToken
from tests.web.conftest import browser, page, words
from tests.web.test_deeds import HERE
from tests.web.world import World
from web.access import new_token
from web.signing import local

#: Of "correct horse battery", made once with the least numbers that are taken.
DIGEST = "$scrypt$ln=14,r=8,p=1$EgM80IV4czP5alrGqTIfCw$lSielaZEjTe7cgfztzUmhGLpt/0o400ia05V95j1uA0"
OTHER = "$scrypt$ln=14,r=8,p=1$wFWcDDxonY/3BeOtdmIdxQ$ljn+Sb7WJ/Kr7tNaII96RcunqyVF51joEvwdpEjwlSo"
RIGHT = {"name": "Mira Sand", "password": "correct horse battery"}


def people(**more: object) -> Settings:
    """A configuration in which Mira decides and Vera reads."""
    mira = WebPerson(name="Mira Sand", role="reviewer", password=DIGEST)
    vera = WebPerson(name="Vera", password=OTHER)
    return Settings(web=WebSettings(person=(mira, vera), **more))  # type: ignore[arg-type]


@pytest.fixture
async def door(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser before the sign-in page."""
    world.settings = people()
    async with browser(world) as client:
        client.headers.update(HERE)
        yield client


async def test_a_name_and_a_password_let_in_and_are_on_the_record(
    world: World, door: httpx.AsyncClient
) -> None:
    """Under the name of the configuration, however it was typed; a form claims nothing else."""
    sent = await door.post("/sign-in", data=RIGHT | {"name": " mira  sand"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/")
    assert {"httponly", "samesite=lax", "path=/", "max-age=43200"} <= {
        part.strip() for part in sent.headers["set-cookie"].lower().split(";")
    }
    assert "secure" not in sent.headers["set-cookie"].lower()
    assert "signed in" in words(page(await door.get("/sign-in")), "h1")[0]
    told = {"step": "acknowledge", "who": "vera"}
    assert (await door.post("/changes/loom@1-2/review", data=told)).status_code == 303
    assert [action.who for action in world.store.actions()] == ["Mira Sand"]


@pytest.mark.parametrize(
    "given",
    [
        {"name": "Mira Sand", "password": "wrong horse battery"},
        {"name": "Mira Sand", "password": ""},
        {"name": "Nobody", "password": "correct horse battery"},
        {"name": "Vera", "password": "correct horse battery"},
        {"name": "", "password": ""},
        {"name": "Mira Sand", "password": "x" * 5000},
    ],
)
async def test_what_does_not_fit_is_told_alike(
    door: httpx.AsyncClient, given: dict[str, str]
) -> None:
    """Whether the name is known or not."""
    sent = await door.post("/sign-in", data=given)
    assert (sent.status_code, "set-cookie" in sent.headers) == (403, False)
    assert words(page(sent), "[role=alert]") == ["Name and password do not fit."]


@pytest.mark.parametrize("change", ["expiry", "password", "taken out", "sign-out", "role"])
async def test_a_session_ends(world: World, door: httpx.AsyncClient, change: str) -> None:
    """By time, with the password, with the person, by signing out; a role changes at once."""
    await door.post("/sign-in", data=RIGHT)
    kept = dict(door.cookies)
    world.now += timedelta(hours=11, minutes=59)
    assert (await door.get("/")).status_code == 200
    mira, vera = world.settings.web.person
    match change:
        case "expiry":
            world.now += timedelta(minutes=1)
        case "password":
            fresh = mira.model_copy(update={"password": OTHER})
            world.settings = Settings(web=WebSettings(person=(fresh, vera)))
        case "taken out":
            world.settings = Settings(web=WebSettings(person=(vera,)))
        case "sign-out":
            assert (await door.post("/sign-out", data={"x": "1"})).status_code == 303
            assert not door.cookies
        case "role":
            fresh = mira.model_copy(update={"role": "viewer"})
            world.settings = Settings(web=WebSettings(person=(fresh, vera)))
    door.cookies.update(kept)  # a copy of the cookie, kept by somebody else, is worth no more
    expected = 200 if change == "role" else 303
    assert (await door.get("/")).status_code == expected
    sent = await door.post("/policies/loom/check", data={"why": "now"})
    assert sent.status_code == (403 if change == "role" else 401)


async def test_no_cookie_but_ours_counts(world: World, door: httpx.AsyncClient) -> None:
    """Not one that was altered, nor a review link's seal, nor anything else."""
    await door.post("/sign-in", data=RIGHT)
    (name, kept), *_ = door.cookies.items()
    payload, _, seal = kept.partition(".")
    for forged in (f"{payload[:-1]}.{seal}", f"{payload}.{seal[:-2]}AA", payload, "", "."):
        door.cookies.clear()
        door.cookies.set(name, forged, domain="127.0.0.1")
        assert (await door.get("/")).status_code == 303


async def test_guesses_are_slowed_down_by_name_and_by_address(
    world: World, door: httpx.AsyncClient
) -> None:
    """The right password waits too; what was right before does not count as a guess."""
    wrong = RIGHT | {"password": "x"}
    for _ in range(2):
        assert (await door.post("/sign-in", data=RIGHT)).status_code == 303
    for _ in range(10):
        assert (await door.post("/sign-in", data=wrong)).status_code == 403
    for given in (wrong, RIGHT, RIGHT | {"name": "MIRA SAND"}):
        sent = await door.post("/sign-in", data=given)
        assert (sent.status_code, sent.headers["retry-after"]) == (429, "900")
        assert "Wait 15 minutes" in words(page(sent), "[role=alert]")[0]
    token, digest = new_token()
    world.settings = people(token=(WebToken(name="x", sha256=digest),))
    for _ in range(20):
        await door.post("/sign-in", data={"token": "pw_wrong"})
    sent = await door.post("/sign-in", data={"token": token})
    assert sent.status_code == 429  # from this address there were thirty, under whatever name
    world.now += timedelta(minutes=16)
    assert (await door.post("/sign-in", data=RIGHT)).status_code == 303


async def test_signing_in_leads_to_what_was_asked_for(door: httpx.AsyncClient) -> None:
    """The page that was wanted, with its query."""
    away = await door.get("/policies/loom?tag=a%20b&q=%2F")
    assert away.status_code == 303
    form = page(await door.get(away.headers["location"])).css_first("form.door")
    onward = form.css_first("[name=next]").attributes["value"]  # type: ignore[union-attr]
    sent = await door.post("/sign-in", data=RIGHT | {"next": onward or ""})
    assert sent.headers["location"] == "/policies/loom?tag=a%20b&q=%2F"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example",
        "/%0d%0aset-cookie: x=y\r\n", "\\/evil.example", "javascript:alert(1)", "", "ledger",
        "/a\\b", "/\u2215evil.example", "/sign-out", "/" + "a" * 3000, " /", "/ledger\n",
    ],
)  # fmt: skip
async def test_no_address_leads_away_from_this_site(door: httpx.AsyncClient, address: str) -> None:
    """Whatever the form says."""
    assert local(address) == "/"
    sent = await door.post("/sign-in", data=RIGHT | {"next": address})
    assert sent.headers["location"] == "/"


async def test_behind_https_the_cookie_never_travels_in_the_clear(world: World) -> None:
    """And its name keeps other hosts of the domain from setting it."""
    world.settings = people(public_url="https://watch.example/")
    here = {"origin": "https://watch.example", "sec-fetch-site": "same-origin"}
    async with browser(world) as client:
        client.base_url = httpx.URL("https://watch.example")
        sent = await client.post("/sign-in", data=RIGHT, headers=here)
        cookie = sent.headers["set-cookie"]
        assert cookie.startswith("__Host-policywatch=")
        assert "secure" in cookie.lower()
        assert (await client.get("/")).status_code == 200


async def test_the_form_offers_the_ways_there_are(world: World) -> None:
    """And says so where nobody has to sign in."""
    async with browser(world) as client:
        assert "Nobody has to" in (await client.get("/sign-in")).text
        token = WebToken(name="x", sha256="0" * 64)
        for settings, names in (
            (WebSettings(token=(token,)), {"token", "next"}),
            (people().web, {"name", "password", "next"}),
            (people(token=(token,)).web, {"name", "password", "token", "next"}),
        ):
            world.settings = Settings(web=settings)
            tree = page(await client.get("/sign-in"))
            assert {node.attributes["name"] for node in tree.css("main input")} == names
            assert all(node.parent.tag == "label" or node.attributes["type"] == "hidden"
                       for node in tree.css("main input"))  # fmt: skip


async def test_a_page_elsewhere_signs_nobody_in_or_out(door: httpx.AsyncClient) -> None:
    """Not even with the right password."""
    foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert (await door.post("/sign-in", data=RIGHT, headers=foreign)).status_code == 403
    await door.post("/sign-in", data=RIGHT)
    assert (await door.post("/sign-out", data={"x": "1"}, headers=foreign)).status_code == 403
    assert (await door.get("/")).status_code == 200


async def test_every_deed_is_recorded_with_who_did_it_and_how_they_were_known(
    world: World, door: httpx.AsyncClient
) -> None:
    """By password or by token, on a page or by the API; no form can claim a way."""
    token, digest = new_token()
    world.settings = people(token=(WebToken(name="bot", role="reviewer", sha256=digest),))
    await door.post("/sign-in", data=RIGHT)
    claims = {"who": "Vera", "way": "oidc", "why": "x", "for": "3"}
    (sent,) = world.store.deliveries(None, 1)[:1]
    for path, more in (
        ("/changes/loom@1-2/review", {"step": "acknowledge"}),
        ("/policies/loom/check", {}),
        ("/policies/loom/mute", {}),
        ("/policies/loom/unmute", {}),
        (f"/deliveries/{sent.id}/retry", {}),
    ):
        assert (await door.post(path, data=claims | more)).status_code == 303, path
    on_pages = world.store.actions()
    assert {action.by for action in on_pages} == {"Mira Sand (password)"}
    assert len(on_pages) == 5
    world.now += timedelta(minutes=1)
    door.cookies.clear()
    door.headers["authorization"] = f"Bearer {token}"
    change = world.store.change("loom@1-2").comparison.findings[0]
    for path, body in (
        ("alerts/loom@1-2/decisions", {"step": "reopen"}),
        ("alerts/loom@1-2/rules", {"category": change.category}),
        ("alerts/loom@1-2/rules/undo", {}),
        ("policies/loom/check", {}),
        ("policies/loom/mute", {"days": 2, "why": "x"}),
        ("policies/loom/unmute", {}),
    ):
        answer = await door.post(f"/api/v1/{path}", json=body | {"who": "Vera"})
        assert answer.is_success, (path, answer.text)
    new = world.store.actions()[: -len(on_pages)]
    assert len(new) >= 6
    assert {action.by for action in new} == {"bot (token)"}
    listed = (await door.get("/api/v1/actions")).json()["items"]
    assert {each["detail"]["way"] for each in listed} == {"password", "token"}
    assert world.store.verify("loom") == []


async def test_without_signing_in_a_name_is_a_claim(world: World) -> None:
    """Also one that says how it was known; a link in a message is a way of its own."""
    async with browser(world) as client:
        given = {"who": "Vera", "way": "password", "step": "acknowledge"}
        await client.post("/changes/loom@1-2/review", data=given, headers=HERE)
    assert [action.by for action in world.store.actions()] == ["Vera"]
