"""Links from messages: they ask, they decide on one alert, and on nothing else."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from monitor import review
from monitor.config import Settings
from monitor.config_web import WebSettings, WebToken
from monitor.review.keys import linker_of
from tests.web.conftest import browser, page, words
from tests.web.test_deeds import HERE
from tests.web.world import World
from web.access import new_token

ADDRESS = "https://watch.example"


@pytest.fixture
def guarded(world: World) -> World:
    """A world where people sign in, and messages carry links."""
    _, digest = new_token()
    token = WebToken(name="rolf", role="reviewer", sha256=digest)
    world.settings = Settings(web=WebSettings(public_url=ADDRESS, token=(token,)))
    return world


def link_to(world: World, subject: str) -> str:
    """The path of the link that the message about a change carries."""
    linker = linker_of(world.settings, world.store, {})
    assert linker is not None
    alert = review.find(world.store, subject).record.alert
    return linker(alert, "ops", world.now).links["review"].removeprefix(ADDRESS)


async def test_a_link_asks_and_then_decides_on_its_alert(guarded: World) -> None:
    """Without signing in; the record names who, and the channel that the link was sent to."""
    path = link_to(guarded, "loom@1-2")
    async with browser(guarded) as client:
        asked = await client.get(path)
        assert asked.status_code == 200
        assert any("14 days" in said for said in words(page(asked), ".findings"))
        assert guarded.store.actions() == []
        told = {"step": "acknowledge", "who": "mira", "why": "read"}
        sent = await client.post(path, data=told, headers=HERE)
        assert sent.headers["location"] == f"{path}#decide"
        assert "acknowledged" in words(page(await client.get(path)), ".decide")[0]
    [action] = guarded.store.actions()
    assert (action.who, action.why) == ("mira", "read (by the link sent to ops)")
    assert action.subject == "loom@1-2"


async def test_a_link_opens_no_other_page_and_no_other_alert(guarded: World) -> None:
    """What else there is still asks who one is."""
    path = link_to(guarded, "loom@1-2")
    async with browser(guarded) as client:
        await client.get(path)
        for other in ("/", "/changes/loom@1-2", "/changes/ferries@1-2", "/policies/loom"):
            away = (await client.get(other)).headers["location"]
            assert away.partition("?")[0] == "/sign-in"
        told = {"step": "acknowledge", "who": "mira"}
        for other in ("/changes/ferries@1-2/review", "/policies/loom/check"):
            assert (await client.post(other, data=told, headers=HERE)).status_code == 401
    assert guarded.store.actions() == []


@pytest.mark.parametrize("spoil", [lambda t: t[:-2], lambda t: f"{t}AA", lambda t: "x", str.upper])
async def test_a_link_that_was_not_made_here_is_refused(guarded: World, spoil: object) -> None:
    """In words, whether one asks or decides."""
    assert callable(spoil)
    path = "/review/" + spoil(link_to(guarded, "loom@1-2").removeprefix("/review/"))
    async with browser(guarded) as client:
        answers: list[httpx.Response] = [
            await client.get(path),
            await client.post(path, data={"step": "acknowledge", "who": "m"}, headers=HERE),
        ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert all("link" in answer.text and "Loom" not in answer.text for answer in answers)
    assert guarded.store.actions() == []


async def test_a_link_ends(guarded: World) -> None:
    """With the day on which it did."""
    path = link_to(guarded, "loom@1-2")
    guarded.now += guarded.settings.web.link_valid + timedelta(seconds=1)
    async with browser(guarded) as client:
        answer = await client.get(path)
    assert answer.status_code == 403
    assert "ended on" in answer.text


async def test_another_site_cannot_use_a_link(guarded: World) -> None:
    """Also where it knows the link."""
    path = link_to(guarded, "loom@1-2")
    elsewhere = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
    async with browser(guarded) as client:
        answer = await client.post(
            path, data={"step": "acknowledge", "who": "m"}, headers=elsewhere
        )
    assert answer.status_code == 403
    assert guarded.store.actions() == []


async def test_no_link_is_served_where_none_are_made(world: World) -> None:
    """Without an address there is nothing that a message could point to."""
    async with browser(world) as client:
        assert (await client.get("/review/x.y")).status_code == 403
