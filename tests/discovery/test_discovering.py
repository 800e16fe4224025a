"""Looking around a real site on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from monitor.config import FetchSettings, Policy
from monitor.discovering import discover, home_of, look_at, preview
from monitor.discovery import proposals
from monitor.errors import ConfigError, ExtractionError
from monitor.fetch import Fetcher
from monitor.workers import Workers
from tests.discovery.site import SUBPROCESSORS, Site, document, served


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with served() as running:
        yield running


@pytest.fixture
async def ways() -> AsyncIterator[tuple[Fetcher, Workers]]:
    """A way out that may reach loopback, and readers."""
    settings = FetchSettings(
        allow_networks=(ip_network("127.0.0.0/8"),), per_host_delay="0s", retries=0
    )
    async with Fetcher(settings) as fetcher, Workers() as workers:
        yield fetcher, workers


async def test_policies_are_found_by_links_hub_sitemap_and_well_known_paths(
    site: Site, ways: tuple[Fetcher, Workers]
) -> None:
    found = await discover(*ways, site.base)
    seen = [(f.preview.type, f.preview.url, f.link.place) for f in found.found]
    assert [(kind, url.removeprefix(site.base), place) for kind, url, place in seen] == [
        ("privacy", "/legal/privacy-policy", "the footer"),
        ("terms", "/legal/terms.html", "the page"),
        ("dpa", "/papers/dpa", "the sitemap"),
        ("subprocessors", "/subprocessors", "a well-known path"),
    ]
    assert not any(f.preview.doubts for f in found.found)
    assert found.missing == ("cookies",)
    assert found.problems == ()
    assert "/blog/privacy" not in site.asked
    assert len(site.asked) == len(set(site.asked))


async def test_a_site_that_answers_everything_with_its_start_page_has_no_policies(
    site: Site, ways: tuple[Fetcher, Workers]
) -> None:
    home = ("text/html", "<title>Loom</title><h1>Cloth by sea</h1><p>We weave cloth.</p>")
    site.pages = dict.fromkeys(("/", "/privacy", "/terms", "/legal", "/dpa", "/cookies"), home)
    found = await discover(*ways, f"{site.base}/some/page")
    assert found.found == ()
    assert found.missing == ("privacy", "terms", "dpa", "subprocessors", "cookies")


async def test_robots_are_heeded(site: Site, ways: tuple[Fetcher, Workers]) -> None:
    site.pages["/robots.txt"] = ("text/plain", "User-agent: *\nDisallow: /legal/")
    found = await discover(*ways, site.base)
    assert "/legal/privacy-policy" not in site.asked
    assert any("robots.txt" in problem for problem in found.problems)


async def test_a_preview_says_what_a_check_would_capture(
    site: Site, ways: tuple[Fetcher, Workers]
) -> None:
    seen = await preview(*ways, Policy(id="x", url=f"{site.base}/papers/dpa"))
    assert (seen.type, seen.site, seen.language) == ("dpa", "Harbour Loom", "en")
    assert seen.text.startswith("# Data processing addendum")
    assert "Copyright" not in seen.text
    assert dict(seen.commitments)["breach_notice"] == 1
    assert [choice.selector for choice in seen.choices] == ["main", "#app"]
    assert seen.choices[0].share == pytest.approx(1, abs=0.05)
    tried = await preview(*ways, Policy(id="x", url=f"{site.base}/papers/dpa", select=("h1",)))
    assert tried.text.strip() == "# Data processing addendum"
    with pytest.raises(ExtractionError, match="#gone"):
        await preview(*ways, Policy(id="x", url=f"{site.base}/papers/dpa", select=("#gone",)))


async def test_proposals_have_ids_of_their_own_and_leave_out_what_is_watched_or_doubtful(
    site: Site, ways: tuple[Fetcher, Workers]
) -> None:
    site.pages["/wall"] = (
        "text/html",
        document(
            "Just a moment", "Checking your browser. Enable JavaScript and cookies to continue."
        ),
    )
    site.pages["/again"] = ("text/html", SUBPROCESSORS)
    urls = [
        f"{site.base}{path}"
        for path in ("/subprocessors", "/again", "/wall", "/gone", "/papers/dpa")
    ]
    looked = await look_at(*ways, urls, {})
    watched = Policy(id="harbour-loom-subprocessors", url=urls[4])
    made = proposals(looked, [watched], {"owner": "mira"})
    assert made[0].table == {
        "id": "harbour-loom-subprocessors-2", "service": "Harbour Loom", "type": "subprocessors",
        "url": urls[0], "owner": "mira",
    }  # fmt: skip
    assert made[1].table is not None
    assert made[1].table["id"] == "harbour-loom-subprocessors-3"
    assert made[2].table is not None
    assert "looks like no policy" in made[2].why
    assert "404" in made[3].why
    assert made[4].why == 'is watched already, as "harbour-loom-subprocessors"'
    twice = proposals([looked[0], looked[0]], [], {})
    assert [bool(each.table) for each in twice] == [True, False]
    taken = proposals([looked[0]], [watched], {"id": watched.id})[0]
    assert (taken.table, "is in use" in taken.why) == (None, True)


@pytest.mark.parametrize(
    ("given", "home"),
    [
        ("harbourloom.example", "https://harbourloom.example/"),
        (" http://harbourloom.example:81/a?b ", "http://harbourloom.example:81/"),
        ("[::1]:8080", "https://[::1]:8080/"),
    ],
)
def test_a_site_is_named_by_its_domain_or_an_address_on_it(given: str, home: str) -> None:
    assert home_of(given) == home


@pytest.mark.parametrize("given", ["", "ftp://a.example", "a b.example", "u@a.example", "a:x", "["])
def test_what_names_no_site_is_refused(given: str) -> None:
    with pytest.raises(ConfigError, match="no domain"):
        home_of(given)
