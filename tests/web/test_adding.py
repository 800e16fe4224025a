"""Adding from the browser: pasted, looked at on a real site, and written to a real file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from monitor.config import FetchSettings, Settings
from monitor.fetch import Fetcher
from monitor.workers import Workers
from tests.discovery.site import Site, document, served
from tests.web.conftest import browser, page, words
from tests.web.test_deeds import HERE
from tests.web.world import World
from web.access import digest_of

BEFORE = '# ours\n[[policy]]\nid = "old"\nurl = "https://old.example/p"  # kept\n'


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with served() as running:
        yield running


@pytest.fixture
async def client(empty: World, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on pages that may fetch from loopback and write to a file."""
    settings = FetchSettings(
        allow_networks=(ip_network("127.0.0.0/8"),), per_host_delay="0s", retries=0
    )
    async with Fetcher(settings) as fetcher, Workers() as workers:
        empty.file = tmp_path / "config.toml"
        empty.file.write_text(BEFORE, encoding="utf-8")
        empty.lookout = lambda: (fetcher, workers)
        async with browser(empty) as opened:
            yield opened


def fields(tree: LexborHTMLParser) -> dict[str, str]:
    """What a browser would send of the form of rows as it stands."""
    sent: dict[str, str] = {}
    for node in tree.css('form[action="/add"] input, form[action="/add"] textarea'):
        name, kind = node.attributes.get("name") or "", node.attributes.get("type")
        if name and (kind != "checkbox" or "checked" in node.attributes):
            sent[name] = node.attributes.get("value") or node.text()
    for select in tree.css('form[action="/add"] select'):
        chosen = select.css_first("option[selected]")
        assert chosen is not None
        sent[select.attributes["name"] or ""] = chosen.attributes["value"] or ""
    return sent


def tables(world: World) -> list[dict[str, object]]:
    assert world.file is not None
    return list(tomllib.loads(world.file.read_text(encoding="utf-8"))["policy"])


async def test_an_address_is_looked_at_and_then_watched(
    empty: World, client: httpx.AsyncClient, site: Site
) -> None:
    url = f"{site.base}/papers/dpa"
    tree = page(await client.post("/add/look", data={"what": url}, headers=HERE))
    assert "within 48 hours" in words(tree, "pre.text")[0]
    assert words(tree, "details code") == ["main", "#app"]
    sent = fields(tree) | {"owner-0": "mira", "tags-0": "core\r\neu"}
    answer = await client.post("/add", data=sent, headers=HERE)
    assert "Added: harbour-loom-dpa." in words(page(answer), "[role=status]")[0]
    assert tables(empty)[1] == {
        "id": "harbour-loom-dpa", "service": "Harbour Loom", "type": "dpa", "url": url,
        "owner": "mira", "tags": ["core", "eu"],
    }  # fmt: skip
    assert empty.file is not None
    text = empty.file.read_text(encoding="utf-8")
    assert text.startswith(BEFORE)
    assert "# added by somebody, 2026-" in text


async def test_a_selector_is_tried_before_it_is_declared(
    empty: World, client: httpx.AsyncClient, site: Site
) -> None:
    asked = {"what": f"{site.base}/papers/dpa", "select": "h1", "remove": ""}
    tree = page(await client.post("/add/look", data=asked, headers=HERE))
    assert words(tree, "pre.text") == ["# Data processing addendum"]
    await client.post("/add", data=fields(tree) | {"take-0": "1"}, headers=HERE)
    assert tables(empty)[1]["select"] == ["h1"]
    wrong = await client.post("/add/look", data=asked | {"select": "p:has("}, headers=HERE)
    assert wrong.status_code == 422
    assert "not a CSS selector" in wrong.text


async def test_a_site_gives_rows_and_what_it_lacks(
    empty: World, client: httpx.AsyncClient, site: Site
) -> None:
    answer = await client.post("/add/look", data={"what": site.base}, headers=HERE)
    tree = page(answer)
    assert len(tree.css("fieldset.seen")) == 4
    assert "no cookies found" in answer.text
    await client.post("/add", data=fields(tree), headers=HERE)
    assert len(tables(empty)) == 5


async def test_doubtful_pages_are_not_ticked_and_lost_ones_not_offered(
    empty: World, client: httpx.AsyncClient, site: Site
) -> None:
    wall = "Checking your browser. Enable JavaScript and cookies to continue."
    site.pages["/wall"] = ("text/html", document("Just a moment &lt;img src=x&gt;", wall))
    asked = {"what": f"{site.base}/wall\n{site.base}/gone"}
    tree = page(await client.post("/add/look", data=asked, headers=HERE))
    assert len(tree.css("input[type=checkbox]")) == 1
    assert not tree.css("input[checked]")
    assert not tree.css("main img")
    assert "looks like no policy" in words(tree, "fieldset")[0]
    assert "404" in words(tree, "fieldset")[1]
    nothing = await client.post("/add", data=fields(tree), headers=HERE)
    assert nothing.status_code == 422
    assert len(tables(empty)) == 1


async def test_a_watch_list_in_csv_is_taken_whole(empty: World, client: httpx.AsyncClient) -> None:
    listed = (
        "id,type,url,tags,enabled,range\nloom-tos,terms,https://loom.example/tos,core,false,"
        '"[{""start_after"": ""h1""}]"\nold,,https://x.example/,,,\n'
    )
    tree = page(await client.post("/add/look", data={"what": listed}, headers=HERE))
    answer = await client.post("/add", data=fields(tree), headers=HERE)
    assert [table["id"] for table in tables(empty)] == ["old", "loom-tos"]
    assert tables(empty)[1] == {
        "id": "loom-tos", "type": "terms", "url": "https://loom.example/tos", "tags": ["core"],
        "enabled": False, "range": [{"start_after": "h1"}],
    }  # fmt: skip
    assert "Declared already, and left as it was: old" in " ".join(words(page(answer), ".notice"))


async def test_a_site_that_does_not_answer_costs_the_others_nothing(
    empty: World, client: httpx.AsyncClient, site: Site
) -> None:
    del site.pages["/"]
    asked = {"what": f"{site.base}\n{site.base}/papers/dpa"}
    answer = await client.post("/add/look", data=asked, headers=HERE)
    assert len(page(answer).css("input[checked]")) == 1
    assert "404" in answer.text


@pytest.mark.parametrize("carried", ["[", "[]", "[" * 50_000, '{"url": 5}', '{"secret": "x"}'])
async def test_a_form_that_is_not_ours_adds_nothing(
    empty: World, client: httpx.AsyncClient, carried: str
) -> None:
    sent = {"take-0": "1", "id-0": "loom", "table-0": carried}
    assert (await client.post("/add", data=sent, headers=HERE)).status_code == 422
    assert len(tables(empty)) == 1


async def test_a_list_that_is_too_long_is_refused_whole(
    empty: World, client: httpx.AsyncClient
) -> None:
    listed = "id,url\n" + "".join(f"p{n},https://loom.example/{n}\n" for n in range(201))
    answer = await client.post("/add/look", data={"what": listed}, headers=HERE)
    assert (answer.status_code, "import csv" in answer.text) == (422, True)
    fitting = {"what": listed[: listed.index("p200")]}
    tree = page(await client.post("/add/look", data=fitting, headers=HERE))
    await client.post("/add", data=fields(tree), headers=HERE)
    assert len(tables(empty)) == 201


async def test_only_our_own_pages_can_make_it_fetch_or_write(
    empty: World, client: httpx.AsyncClient, site: Site
) -> None:
    for path, data in (("/add/look", {"what": site.base}), ("/add", {"take-0": "1"})):
        answer = await client.post(path, data=data, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403
    assert site.asked == []
    assert len(tables(empty)) == 1


async def test_a_file_that_cannot_be_written_gives_the_lines_to_add_by_hand(
    empty: World, client: httpx.AsyncClient
) -> None:
    assert empty.file is not None
    empty.file.write_text("not = [valid", encoding="utf-8")
    sent = {"take-0": "1", "id-0": "loom", "table-0": '{"url": "https://loom.example/p"}'}
    answer = await client.post("/add", data=sent, headers=HERE)
    assert answer.status_code == 409
    assert "is not valid TOML" in answer.text
    assert "[[policy]]" in answer.text
    assert empty.file.read_text(encoding="utf-8") == "not = [valid"


async def test_programs_look_find_and_add_as_the_page_does(
    empty: World, client: httpx.AsyncClient, site: Site
) -> None:
    url = f"{site.base}/papers/dpa"
    [seen] = (await client.post("/api/v1/preview", json={"urls": [url]})).json()["rows"]
    assert "within 48 hours" in seen["preview"]["text"]
    assert [choice["selector"] for choice in seen["preview"]["choices"]] == ["main", "#app"]
    found = (await client.post("/api/v1/discover", json={"site": site.base})).json()
    assert url in [row["url"] for row in found["rows"]]
    assert any("no cookies found" in note for note in found["notes"])
    asked = {"policies": [seen["table"], {"id": "old", "url": url}], "who": "mira"}
    answer = await client.post("/api/v1/policies", json=asked)
    assert answer.status_code == 201
    assert answer.json() == {"added": ["harbour-loom-dpa"], "known": ["old"]}
    assert tables(empty)[1] == seen["table"]
    assert (await client.get("/api/v1/policies/harbour-loom-dpa")).json()["policy"]["urls"] == [url]


@pytest.mark.parametrize("by", ["page", "program"])
async def test_what_is_added_is_on_the_record(
    empty: World, client: httpx.AsyncClient, by: str
) -> None:
    table = {"id": "loom", "url": "https://loom.example/p"}
    if by == "page":
        sent = {"take-0": "1", "id-0": "loom", "table-0": json.dumps(table)}
        await client.post("/add", data=sent, headers=HERE)
    else:
        await client.post("/api/v1/policies", json={"policies": [table], "who": "somebody"})
    [action] = empty.store.actions("loom")
    assert (action.what, action.who, action.subject) == ("declare", "somebody", table["url"])
    assert not empty.store.source("loom").enabled  # until a daemon has read the file
    assert empty.store.verify() == []


async def test_whatever_keys_a_table_has_the_file_stays_what_it_says(
    empty: World, client: httpx.AsyncClient
) -> None:
    told = {"*": ">= 30", 'a" = 1 }\n[web]\n#': ">= 1"}
    table = {
        "id": "loom", "url": "https://loom.example/p", "language": None,
        "expect": {"minimum_age": 16, "notice_days": {"*": told["*"]}},
    }  # fmt: skip
    answer = await client.post("/api/v1/policies", json={"policies": [table], "who": "mira"})
    assert answer.status_code == 422  # null is no language
    del table["language"]
    answer = await client.post("/api/v1/policies", json={"policies": [table], "who": "mira"})
    assert (answer.status_code, tables(empty)[1]) == (201, table)
    table |= {"id": "tern", "expect": {"notice_days": told}}
    await client.post("/api/v1/policies", json={"policies": [table], "who": "mira"})
    assert empty.file is not None
    assert "web" not in tomllib.loads(empty.file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", ["preview", "discover", "policies"])
async def test_the_watch_list_is_an_admins_also_for_programs(
    empty: World, client: httpx.AsyncClient, path: str
) -> None:
    body = {"urls": ["https://x.example/"], "site": "x.example", "policies": [{"id": "x"}]}
    elsewhere = await client.post(
        f"/api/v1/{path}", json=body, headers={"origin": "https://evil.example"}
    )
    assert elsewhere.status_code == 403
    token = {"name": "otto", "role": "reviewer", "sha256": digest_of("pw_otto")}
    empty.settings = Settings.model_validate({"web": {"token": [token]}})
    bearer = {"authorization": "Bearer pw_otto"}
    refused = await client.post(f"/api/v1/{path}", json=body, headers=bearer)
    assert (refused.status_code, "role admin" in refused.json()["detail"]) == (403, True)
