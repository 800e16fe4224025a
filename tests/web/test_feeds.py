"""Feeds: what a feed reader gets, and who may read which."""

from __future__ import annotations

import feedparser
import httpx
import pytest

from monitor.config import Settings
from monitor.config_web import WebSettings, WebToken
from tests.web.conftest import browser, page
from tests.web.world import LOOM, World
from web.access import new_token

CANARY = "<img src=x onerror=alert(1)>\x07\u202e&"


def read(answer: httpx.Response) -> feedparser.FeedParserDict:
    found = feedparser.parse(answer.content)
    assert not found.bozo, found.get("bozo_exception")
    return found


async def test_alerts_are_entries_newest_first(client: httpx.AsyncClient) -> None:
    answer = await client.get("/feeds/alerts.atom")
    found = read(answer)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert {e.link for e in found.entries} == {
        "http://127.0.0.1/changes/loom@1-2", "http://127.0.0.1/changes/ferries@1-2",
    }  # fmt: skip
    assert len({e.id for e in found.entries}) == 2
    assert all(e.id.startswith("urn:uuid:") for e in found.entries)
    first = next(e for e in found.entries if "loom" in e.link)
    assert "30" in first.title
    assert "14" in first.title
    assert "<del>" in first.content[0].value


@pytest.mark.parametrize(
    ("query", "services"),
    [("?tag=eu", ["loom"]), ("?policy=ferries", ["ferries"]), ("?tag=none", [])],
)
async def test_a_feed_may_be_of_a_tag_or_a_policy(
    client: httpx.AsyncClient, query: str, services: list[str]
) -> None:
    found = read(await client.get(f"/feeds/alerts.atom{query}"))
    assert [e.link.split("/")[-1].split("@")[0] for e in found.entries] == services


async def test_a_reader_that_has_it_gets_no_body(client: httpx.AsyncClient) -> None:
    first = await client.get("/feeds/alerts.atom")
    again = await client.get("/feeds/alerts.atom", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_an_unknown_policy_has_no_feed(client: httpx.AsyncClient) -> None:
    assert (await client.get("/feeds/alerts.atom?policy=none")).status_code == 404


async def test_strangers_words_stay_words(empty: World) -> None:
    empty.declare("loom", service=f"Loom {CANARY}")
    said = LOOM.replace("at least 30 days", f"at least 14 days {CANARY}")
    empty.publish("loom", LOOM, said, title=f"Policy {CANARY}")
    async with browser(empty) as client:
        found = read(await client.get("/feeds/alerts.atom"))
    entry = found.entries[0]
    assert "<img" not in entry.content[0].value
    assert "\u202e" not in entry.title
    assert "\x07" not in entry.title


@pytest.fixture
def guarded(world: World) -> tuple[World, str]:
    """The world, where one reader signs in."""
    token, digest = new_token()
    world.settings = Settings(web=WebSettings(token=(WebToken(name="vera", sha256=digest),)))
    return world, token


async def feed_address(client: httpx.AsyncClient, token: str, path: str, kind: str) -> str:
    shown = await client.get(path, headers={"authorization": f"Bearer {token}"})
    link = page(shown).css_first(f"link[type='{kind}']")
    return link.attributes["href"] or ""


ATOM = "application/atom+xml"


async def test_without_a_key_no_feed_is_served(guarded: tuple[World, str]) -> None:
    world, _ = guarded
    async with browser(world) as client:
        for path in (
            "/feeds/alerts.atom",
            "/feeds/days.ics",
            "/feeds/alerts.atom?reader=vera&key=x",
        ):
            answer = await client.get(path)
            assert answer.status_code == 401
            assert "Loom" not in answer.text


async def test_the_key_of_a_feed_reads_that_feed_alone(guarded: tuple[World, str]) -> None:
    world, token = guarded
    async with browser(world) as client:
        address = await feed_address(client, token, "/policies/loom", ATOM)
        assert (await client.get(address)).status_code == 200
        for other in (
            address.replace("policy=loom", "policy=ferries"),
            address.replace("policy=loom&", ""),
            address.replace("alerts.atom", "days.ics"),
            address.replace("reader=vera", "reader=rolf"),
        ):
            assert other != address
            assert (await client.get(other)).status_code == 401
        assert (
            await client.get("/policies/loom" + address[address.index("?") :])
        ).status_code == 303


async def test_a_feed_ends_with_the_token_it_was_made_from(guarded: tuple[World, str]) -> None:
    world, token = guarded
    async with browser(world) as client:
        address = await feed_address(client, token, "/", ATOM)
        assert (await client.get(address)).status_code == 200
        _, fresh = new_token()
        world.settings = Settings(web=WebSettings(token=(WebToken(name="vera", sha256=fresh),)))
        assert (await client.get(address)).status_code == 401
