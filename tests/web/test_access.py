"""Who may see and do what, once there are tokens."""

from __future__ import annotations

import re

import httpx
import pytest

from monitor.config import Settings
from monitor.config_web import ROLES, Role, WebOidc, WebSettings, WebToken
from monitor.errors import ConfigError
from tests.web.conftest import browser, page, words
from tests.web.test_deeds import HERE
from tests.web.test_proxied import proxied
from tests.web.test_signing import people
from tests.web.world import World
from web.access import Visitor, new_token, role_needed
from web.api import PREFIX
from web.app import create_app
from web.metrics import Metrics
from web.place import check_place


@pytest.fixture
def guarded(world: World) -> tuple[World, str, str]:
    """The world with a viewer's token and a reviewer's."""
    (viewer, one), (reviewer, two) = new_token(), new_token()
    tokens = (
        WebToken(name="vera", sha256=one),
        WebToken(name="rolf", role="reviewer", sha256=two),
    )
    world.settings = Settings(web=WebSettings(token=tokens))
    return world, viewer, reviewer


def every_path(world: World) -> list[tuple[str, str]]:
    """Each route of the application with each of its methods, parameters filled in."""
    app = create_app(world.backend, lambda: {"ok": True}, Metrics(world.store.counts))
    found = []
    for route in app.routes:
        path, methods = getattr(route, "path", ""), getattr(route, "methods", None) or ()
        for name, value in (("policy", "loom"), ("change", "loom@1-2"), ("number", "1")):
            path = path.replace(f"{{{name}}}", value)
        found += [(method, re.sub(r"\{\w+\}", "x", path)) for method in methods]
    assert any(path.startswith(PREFIX) for _, path in found)
    return found


async def test_no_route_answers_a_stranger(guarded: tuple[World, str, str]) -> None:
    """All routes there are, but for health, files and the way in."""
    world, _, _ = guarded
    walked = [
        (m, p)
        for m, p in every_path(world)
        if p != "/healthz" and not p.startswith(("/sign-in", "/review/"))
    ]
    assert {"/", "/ledger.csv", "/metrics", "/changes/loom@1-2"} <= {p for _, p in walked}
    async with browser(world) as client:
        for method, path in walked:
            answer = await client.request(method, path, headers=HERE)
            assert answer.status_code in (303, 401), (method, path)
            assert answer.headers.get("location", "/sign-in").partition("?")[0] == "/sign-in"
            assert "Loom" not in answer.text
    assert world.store.actions() == []


@pytest.mark.parametrize("token", ["", "pw_", "pw_" + "A" * 43, "Ωmega"])
async def test_what_is_no_token_opens_nothing(guarded: tuple[World, str, str], token: str) -> None:
    """Neither by header nor by cookie nor by the form."""
    world, _, _ = guarded
    async with browser(world) as client:
        given = {"authorization": b"Bearer " + token.encode()}
        assert (await client.get("/", headers=given)).status_code == 401  # type: ignore[arg-type]
        sent = await client.post("/sign-in", data={"token": token}, headers=HERE)
    assert sent.status_code == 403
    assert "set-cookie" not in sent.headers


async def test_a_viewer_reads_and_does_not_decide(guarded: tuple[World, str, str]) -> None:
    """No form is offered, and sending one is refused."""
    world, viewer, _ = guarded
    async with browser(world) as client:
        client.headers["authorization"] = f"Bearer {viewer}"
        answer = await client.get("/changes/loom@1-2")
        assert answer.status_code == 200
        assert not page(answer).css("form[method=post]")
        told = {"step": "acknowledge", "who": "rolf"}
        sent = await client.post("/changes/loom@1-2/review", data=told, headers=HERE)
    assert sent.status_code == 403
    assert world.store.actions() == []


async def test_a_reviewer_signs_in_and_decides_under_their_own_name(
    guarded: tuple[World, str, str],
) -> None:
    """Whatever name the form says."""
    world, _, reviewer = guarded
    async with browser(world) as client:
        sent = await client.post("/sign-in", data={"token": reviewer}, headers=HERE)
        cookie = sent.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        told = {"step": "acknowledge", "who": "vera"}
        done = await client.post("/changes/loom@1-2/review", data=told, headers=HERE)
        assert done.status_code == 303
        out = await client.post("/sign-out", headers=HERE, data={"x": "1"})
        assert out.status_code == 303
        assert (await client.get("/")).headers["location"] == "/sign-in"
    assert [action.who for action in world.store.actions()] == ["rolf"]


async def test_the_watch_list_is_an_admins(guarded: tuple[World, str, str]) -> None:
    """A reviewer is told which role it needs, on a page or as a problem."""
    world, _, reviewer = guarded
    async with browser(world) as client:
        client.headers["authorization"] = f"Bearer {reviewer}"
        assert not page(await client.get("/add")).css("form[method=post]")
        for path in ("/add", "/add/look"):
            asked = {"what": "https://harbourloom.example/privacy"}
            sent = await client.post(path, data=asked, headers=HERE | {"accept": "text/html"})
            assert sent.status_code == 403
            assert "needs the role admin, and yours is reviewer" in words(page(sent), ".lead")[0]


@pytest.mark.parametrize(
    ("role", "may"),
    [("viewer", ["viewer"]), ("reviewer", ["viewer", "reviewer"]), ("admin", list(ROLES))],
)
def test_each_role_may_what_those_below_it_may(role: Role, may: list[Role]) -> None:
    """And nothing of those above."""
    assert [each for each in ROLES if Visitor("x", role).may(each)] == may


def test_what_changes_something_needs_more_than_reading(world: World) -> None:
    """All routes there are; those of the watch list need the most."""
    needed = {(m, p): role_needed(m, p) for m, p in every_path(world)}
    assert {role for (method, _), role in needed.items() if method in ("GET", "HEAD")} == {"viewer"}
    changing = {p: role for (m, p), role in needed.items() if m not in ("GET", "HEAD")}
    assert changing.pop("/sign-out") == "viewer"
    assert set(changing.values()) == {"reviewer", "admin"}
    for_programs = {f"{PREFIX}/{noun}" for noun in ("policies", "discover", "preview")}
    watch_list = {p for p, role in changing.items() if role == "admin"}
    assert watch_list == {"/add", "/add/look"} | for_programs


async def test_a_session_ends_when_its_token_is_taken_out(
    guarded: tuple[World, str, str],
) -> None:
    """At the next request, and taking out the last one does not open the door."""
    world, viewer, _ = guarded
    async with browser(world) as client:
        await client.post("/sign-in", data={"token": viewer}, headers=HERE)
        assert (await client.get("/")).status_code == 200
        world.settings = Settings(web=WebSettings(token=world.settings.web.token[1:]))
        assert (await client.get("/")).status_code == 303


async def test_a_site_that_others_reach_is_never_open(world: World) -> None:
    """Not even when a reload takes the last token out, or moves the configured host."""
    place = {"host": "0.0.0.0", "public_url": "http://127.0.0.1"}
    world.settings = Settings(web=WebSettings(**place))  # type: ignore[arg-type]
    async with browser(world) as client:
        assert (await client.get("/")).status_code == 303
        world.settings = Settings()
        answer: httpx.Response = await client.get("/")
    assert answer.status_code == 303


def test_beyond_this_machine_tokens_and_a_name_are_needed() -> None:
    """Both, and then it is fine."""
    token = WebToken(name="vera", sha256="0" * 64)
    with pytest.raises(ConfigError, match="token new"):
        check_place(WebSettings(host="0.0.0.0"))
    with pytest.raises(ConfigError, match="public_url"):
        check_place(WebSettings(host="0.0.0.0", token=(token,)))
    url = "https://watch.example"
    check_place(WebSettings(host="0.0.0.0", token=(token,), public_url=url))
    check_place(people(host="0.0.0.0", public_url=url).web)
    oidc = WebOidc(issuer="https://id.example", client_id="x", role="viewer")
    check_place(WebSettings(host="0.0.0.0", oidc=oidc, public_url=url))
    check_place(WebSettings(host="0.0.0.0", proxy=proxied(), public_url=url))
