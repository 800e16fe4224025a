"""The captured source around a passage: found by its words, shown as words."""

from __future__ import annotations

import httpx
import pytest

from tests.web.conftest import page, words
from tests.web.world import World
from web.views.captured import excerpt


@pytest.mark.parametrize(
    ("source", "text", "passage"),
    [
        ("<p>We <b>tell</b>\nyou&nbsp;it.</p>", "We tell you it.", "We <b>tell</b>\nyou&nbsp;it"),
        ("<script>we tell you</script><i>We tell you</i>", "We tell you", "We tell you"),
        ("<!-- we tell you --><i>We tell you", "**We** tell you", "We tell you"),
        ("<p>at the caf&eacute; of ours</p>", "the café of", "the caf&eacute; of"),
        ("<ol><li>one day</ol> or thirty days", "1. thirty days", "thirty days"),
        ("x <a href=/dpa>our DPA</a> y", "see [our DPA](https://x.example/dpa)", "our DPA"),
    ],
)  # fmt: skip
def test_a_passage_is_found_between_tags(source: str, text: str, passage: str) -> None:
    found = excerpt(source, text, markup=True)
    assert found is not None
    assert found.passage == passage
    assert found.before + found.passage + found.after == source


@pytest.mark.parametrize(
    "source", ["", "<p>other words</p>", "<!-- " * 50_000, "<script>" * 50_000]
)
def test_what_is_not_there_is_not_guessed(source: str) -> None:
    assert excerpt(source, "We tell you thirty days before", markup=True) is None


def test_of_a_long_source_the_surroundings_are_shown() -> None:
    source = "<p>a</p>\n" * 5000 + "<p>the one promise</p>" + "\n<p>b</p>" * 5000
    found = excerpt(source, "the one promise", markup=True)
    assert found is not None
    assert found.line == 5001
    assert len(found.before + found.passage + found.after) < 2000


async def test_a_finding_leads_to_the_source_of_either_side(
    world: World, client: httpx.AsyncClient
) -> None:
    tree = page(await client.get("/changes/loom@1-2"))
    links = [a.attributes["href"] or "" for a in tree.css(".findings .place a[href*=source]")]
    assert len(links) == 2
    before, now = [words(page(await client.get(link)), ".raw mark")[0] for link in links]
    assert "at least <b>30</b>&nbsp;days before a change" in before
    assert "at least 14 days before a change" in now


async def test_programs_get_it_too_and_refusals_say_why(
    world: World, client: httpx.AsyncClient
) -> None:
    text = world.store.version_text("loom", 2)
    start = text.index("We will tell you")
    path = "/api/v1/policies/loom/versions/2/source"
    found = (await client.get(f"{path}?start={start}&end={start + 40}")).json()
    [part] = found["parts"]
    assert found["passage"] == text[start : start + 40]
    assert part["excerpt"]["passage"].startswith("We will tell you")
    assert part["excerpt"]["line"] == text.count("\n", 0, start) + 1
    assert part["excerpt"]["before"].startswith("<html><main># Privacy policy")
    assert (await client.get(f"{path}?start=9999999&end=10000000")).status_code == 422
    gone = "/api/v1/policies/loom/versions/9/source?start=0&end=10"
    assert (await client.get(gone)).status_code == 404
