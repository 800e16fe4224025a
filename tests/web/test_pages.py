"""The pages as a reader uses them: overview, policy, version, change, ledger."""

from __future__ import annotations

from datetime import date, timedelta

import httpx
import pytest

from monitor import review
from monitor.model import SourceMemory
from tests.web.conftest import browser, page, words
from tests.web.world import LOOM, LOOM_LATER, START, World


async def test_overview_shows_what_waits_with_the_gravest_first(client: httpx.AsyncClient) -> None:
    """Each with its headline, whose it is, and a link to the change."""
    tree = page(await client.get("/"))
    assert {a.attributes["href"] for a in tree.css(".queue .headline")} == {
        "/changes/loom@1-2",
        "/changes/ferries@1-2",
    }
    mine = next(item for item in words(tree, ".queue li") if "mira" in item)
    assert "Notice of changes: 30 → 14 days" in mine
    ranks = [{"high": 0, "medium": 1}[word] for word in words(tree, ".queue .severity")]
    assert ranks == sorted(ranks)


async def test_a_closed_alert_waits_no_more(world: World, client: httpx.AsyncClient) -> None:
    """What somebody acknowledged or dismissed leaves the queue."""
    review.decide(world.store, "loom@1-2", "acknowledge", who="mira", at=world.now)
    tree = page(await client.get("/"))
    assert [a.attributes["href"] for a in tree.css(".queue .headline")] == ["/changes/ferries@1-2"]


async def test_overview_lists_policies_with_state_owner_and_last_change(
    client: httpx.AsyncClient,
) -> None:
    """One row each, by name."""
    tree = page(await client.get("/"))
    rows = words(tree, ".cards tbody tr")
    assert len(rows) == 2
    assert "Harbour Loom" in rows[0]
    assert "mira" in rows[0]
    assert "material" in rows[0]
    assert "Pell Ferries" in rows[1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=HARBOUR", ["Harbour Loom"]),
        ("q=harbour+ferries", []),
        ("tag=travel", ["Pell Ferries"]),
        ("owner=mira", ["Harbour Loom"]),
        ("type=terms", ["Pell Ferries"]),
        ("state=watched", ["Harbour Loom", "Pell Ferries"]),
        ("sort=change", ["Harbour Loom", "Pell Ferries"]),
        ("sort=nonsense&page=99", ["Harbour Loom", "Pell Ferries"]),
    ],
)
async def test_overview_filters_and_sorts(
    client: httpx.AsyncClient, query: str, found: list[str]
) -> None:
    """Every filter that is given must hold; what is not understood is not applied."""
    assert words(page(await client.get(f"/?{query}")), ".cards tbody th a") == found


async def test_a_source_in_trouble_is_named_with_the_reason(
    world: World, client: httpx.AsyncClient
) -> None:
    """At the top, and on the policy's own page."""
    memory = SourceMemory(
        health="unreachable", health_since=START, last_error="the name does not resolve"
    )
    world.remember("ferries", memory)
    tree = page(await client.get("/"))
    assert "the name does not resolve" in words(tree, "[aria-labelledby=trouble] li")[0]
    own = page(await client.get("/policies/ferries"))
    assert "the name does not resolve" in words(own, ".notice.bad")[0]


async def test_policy_page_tells_the_history_of_a_promise(client: httpx.AsyncClient) -> None:
    """What it says now and since when; what it said before and until when."""
    tree = page(await client.get("/policies/loom"))
    notice = next(t for t in words(tree, ".promises > div") if t.startswith("Notice of changes"))
    assert "14 days" in notice
    assert "since 8 Mar 2026" in notice
    assert "30 days until 8 Mar 2026" in notice
    sale = next(t for t in words(tree, ".promises > div") if t.startswith("Sale of data"))
    assert "since" not in sale  # it stood in the first version


async def test_policy_page_draws_every_change_on_the_timeline(client: httpx.AsyncClient) -> None:
    """Each mark is a link that says what it is; its shape says how grave."""
    tree = page(await client.get("/policies/loom"))
    marks = tree.css(".timeline a")
    assert [mark.attributes["href"] for mark in marks] == ["/changes/loom@1-2", "/changes/loom@2-3"]
    assert "30" in (marks[0].attributes["aria-label"] or "")
    assert marks[0].css_first(".high") is not None
    assert marks[1].css_first(".wording") is not None


async def test_change_page_shows_findings_first_with_both_promises(
    client: httpx.AsyncClient,
) -> None:
    """Before and now side by side, the words that differ marked, and a link to their place."""
    tree = page(await client.get("/changes/loom@1-2"))
    assert words(tree, ".findings h3") == ["Notice of changes: 30 → 14 days"]
    before, now = tree.css(".findings .sides blockquote")
    assert [d.text() for d in before.css("del")] == ["30"]
    assert [i.text() for i in now.css("ins")] == ["14"]
    link = next(a for a in tree.css(".findings a") if a.text().startswith("in the text"))
    place = tree.css_first(f"[id={(link.attributes['href'] or '')[1:]}]")
    assert place is not None
    assert "meaning" in (place.attributes["class"] or "")
    assert place.css_first("a[href='#f1']") is not None


async def test_wording_is_folded_away_and_grey(client: httpx.AsyncClient) -> None:
    """It can be opened, and is not counted as a passage with findings."""
    tree = page(await client.get("/changes/loom@1-2"))
    folded = tree.css(".sheet details .row.wording")
    assert any("if you have a question" in row.text() for row in folded)
    assert "1 passage with findings, 1 changed in wording" in words(tree, ".legend")[0]


async def test_moved_text_is_shown_as_moved(client: httpx.AsyncClient) -> None:
    """Not as struck out here and put in there."""
    tree = page(await client.get("/changes/loom@2-3"))
    moved = tree.css_first(".row.moved")
    assert moved is not None
    assert "five years" in moved.text()
    assert "moved here from Privacy policy › Sharing" in " ".join(moved.text().split())
    assert not tree.css(".sheet del")
    assert not tree.css(".sheet ins")


async def test_whole_text_and_side_by_side_show_every_clause(client: httpx.AsyncClient) -> None:
    """By address, without a script."""
    tree = page(await client.get("/changes/loom@1-2?view=whole&layout=side"))
    rows = tree.css(".sheet .row:not(.heads)")
    assert len(rows) == 9
    assert all(len(row.css("p.theirs")) == 2 for row in rows)
    assert not tree.css(".gap")


async def test_any_two_versions_are_compared_by_address(client: httpx.AsyncClient) -> None:
    """Also backwards, and over several changes; it says that this was not stored."""
    answer = await client.get("/compare", params={"policy": "loom", "a": 3, "b": 1})
    assert (answer.status_code, answer.headers["location"]) == (303, "/changes/loom@3-1")
    tree = page(await client.get("/changes/loom@3-1"))
    assert "compared just now" in words(tree, ".meta")[0]
    assert words(tree, ".findings h3") == ["Notice of changes: 14 → 30 days"]


async def test_changes_lead_to_those_beside_them(client: httpx.AsyncClient) -> None:
    """For reading a history by the keyboard."""
    tree = page(await client.get("/changes/loom@1-2"))
    assert tree.css_first("a[rel=prev]") is None
    later = tree.css_first("a[rel=next]")
    assert later is not None
    assert later.attributes["href"] == "/changes/loom@2-3"


async def test_version_page_shows_the_text_and_its_digest(
    world: World, client: httpx.AsyncClient
) -> None:
    """With the digest that the store vouches for."""
    answer = await client.get("/policies/loom/versions/1")
    assert "at least 30 days" in answer.text
    assert world.store.version("loom", 1).text_digest in answer.text


async def test_ledger_says_who_promises_what_at_a_date(client: httpx.AsyncClient) -> None:
    """Now by default."""
    now = page(await client.get("/ledger?kind=notice_period"))
    assert "14 days" in words(now, ".matrix tbody tr")[0]
    early = page(await client.get("/ledger?kind=notice_period&at=2026-03-02"))
    assert "30 days" in words(early, ".matrix tbody tr")[0]
    before = await client.get("/ledger?at=2001-01-01")
    assert "at that date" in words(page(before), ".empty")[0]


async def test_ledger_as_csv_has_one_line_a_promise(client: httpx.AsyncClient) -> None:
    """With the words that make it."""
    answer = await client.get("/ledger.csv?kind=notice_period")
    head, *lines = answer.text.splitlines()
    assert head.startswith("policy,service,")
    assert len(lines) == 1
    assert "loom,Harbour Loom" in lines[0]
    assert "at least 14 days" in lines[0]
    assert ",14 days,,2026-03-08T10:00:00+00:00,2,30 days,3," in lines[0]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/policies/nobody", 404),
        ("/policies/loom/versions/99", 404),
        ("/policies/loom/versions/x", 422),
        ("/policies/loom/versions/99999999999999999999999", 422),
        ("/changes/loom", 404),
        ("/changes/loom@1-9", 404),
        ("/changes/loom@0-1", 404),
        ("/changes/loom@1-²", 404),
        ("/changes/@1-2", 404),
        ("/ledger?at=soon", 422),
        ("/?page=0", 422),
        ("/nothing/here", 404),
    ],
)
async def test_what_is_not_there_is_said_on_a_page(
    client: httpx.AsyncClient, path: str, status: int
) -> None:
    """With a way back, and never as a fault of the server."""
    answer = await client.get(path)
    assert answer.status_code == status
    assert words(page(answer), "main a")[-1] == "To the overview"


async def test_an_empty_store_says_how_to_begin(empty: World) -> None:
    """Instead of empty tables."""
    async with browser(empty) as client:
        tree = page(await client.get("/"))
    assert "Add a policy" in words(tree, ".empty")[0]
    assert not tree.css("table")


async def test_a_policy_without_a_version_has_a_page(empty: World) -> None:
    """Before its first check."""
    empty.declare("loom")
    async with browser(empty) as client:
        answer = await client.get("/policies/loom")
    assert answer.status_code == 200
    assert "No version was captured yet" in answer.text
    assert "not captured yet" in answer.text


async def test_a_history_that_alerted_nobody_is_shown_all_the_same(empty: World) -> None:
    """An imported change has findings but no alert."""
    empty.declare("loom", service="Harbour Loom")
    empty.publish("loom", LOOM, LOOM_LATER, told=False, every=timedelta(days=400))
    async with browser(empty) as client:
        tree = page(await client.get("/changes/loom@1-2"))
        front = page(await client.get("/"))
    assert words(tree, ".findings h3") == ["Notice of changes: 30 → 14 days"]
    assert not front.css(".queue li")


async def test_days_ahead_are_those_that_are_counted(empty: World) -> None:
    """A date that a new text states, with the days that are left and the arithmetic."""
    empty.declare("loom", service="Harbour Loom")
    later = LOOM_LATER.replace(
        "This policy says", "Effective date: 15 April 2026\n\nThis policy says"
    )
    empty.publish("loom", LOOM, later, effective=date(2026, 4, 15))
    async with browser(empty) as client:
        tree = page(await client.get("/"))
        empty.now = START + timedelta(days=90)
        after = page(await client.get("/"))
    told = words(tree, "[aria-labelledby=ahead] li")[0]
    assert told.startswith("15 Apr 2026 takes effect in 15 days")
    assert not after.css("[aria-labelledby=ahead]")
