"""Lists in pages, as plain links: policies, what waits, the ledger, and tables as CSV."""

from __future__ import annotations

import csv
import io

import httpx

from monitor import review
from tests.web.conftest import page, words
from tests.web.world import World


async def test_what_waits_has_a_page_of_its_own(world: World, client: httpx.AsyncClient) -> None:
    """With how many there are; what somebody settles leaves it."""
    tree = page(await client.get("/waiting"))
    assert words(tree, ".tally") == ["high 2"]
    assert len(tree.css(".queue li")) == 2
    for change in ("loom@1-2", "ferries@1-2"):
        review.decide(world.store, change, "acknowledge", who="mira", at=world.now)
    tree = page(await client.get("/waiting?page=9"))
    assert not tree.css(".queue")
    assert "Nothing waits" in tree.text()


async def test_many_policies_are_read_in_pages(world: World, client: httpx.AsyncClient) -> None:
    """Each policy once; links lead back and forth and keep what was asked for."""
    for number in range(120):
        world.policies[f"p{number}"] = world.policies["loom"].model_copy(
            update={"id": f"p{number}", "service": f"Company {number:03}", "tags": ("many",)}
        )
    world.settle()
    seen, address = [], "/?tag=many&sort=check"
    while address:
        tree = page(await client.get(address))
        seen += [a.text() for a in tree.css(".cards tbody th a")]
        link = tree.css_first("a[rel=next]")
        address = str(link.attributes["href"]) if link else ""
    assert seen == [f"Company {number:03}" for number in range(120)]
    assert words(tree, ".pager span") == ["Page 2 of 2"]
    assert "tag=many" in str(tree.css_first("a[rel=prev]").attributes["href"])


async def test_the_ledger_is_in_order_from_page_to_page(
    world: World, client: httpx.AsyncClient
) -> None:
    """By name, not by id; the CSV has all of it."""
    for number in range(30):
        name = f"p{29 - number:02}"
        world.declare(name, service=f"Company {number:02}")
        world.publish(name, "# Privacy\n\nYou must be at least 16 years old to use this.\n")
    shown = []
    for address in ("/ledger?q=company", "/ledger?q=company&page=2"):
        shown += [a.text() for a in page(await client.get(address)).css(".matrix tbody th a")]
    assert shown == [f"Company {number:02}" for number in range(30)]
    answer = await client.get("/ledger.csv?q=company")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["service"] for row in rows] == shown
