"""robots.txt over real HTTP: obeyed, remembered, and no trap."""

from datetime import UTC, datetime, timedelta

import pytest
from hostile_site import response

from monitor.errors import FetchError
from monitor.fetch import Captured
from monitor.fetch.robots import Robots
from monitor.fetch.urls import parse_url

PAGE = b"<p>policy</p>"


class Clock:
    now = datetime(2026, 5, 4, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
async def polite(make_fetcher):
    """Makes fetchers that read robots.txt; ``pauses`` collects what they would have waited."""

    async def make(**options):
        pauses = []

        async def note(seconds):
            pauses.append(seconds)

        fetcher = await make_fetcher(robots=True, sleep=note, **options)
        fetcher.pauses = pauses
        return fetcher

    return make


async def test_closed_page(polite, site):
    """A page that robots.txt closes is not asked for; the error says what can be done."""
    site.page("/robots.txt", b"User-agent: *\nDisallow: /private/\n")
    site.page("/private/terms", PAGE)
    site.page("/terms", PAGE)
    fetcher = await polite()
    with pytest.raises(FetchError, match="robots = false") as caught:
        await fetcher.fetch(site.url("/private/terms"))
    assert (caught.value.kind, caught.value.transient) == ("robots", False)
    assert isinstance(await fetcher.fetch(site.url("/terms")), Captured)
    assert not site.asked("/private/terms")


async def test_rules_for_us_by_name(polite, site):
    """Rules that name us count before those for all."""
    site.page("/robots.txt", b"User-agent: *\nDisallow: /\n\nUser-agent: policywatch\nAllow: /\n")
    site.page("/terms", PAGE)
    assert isinstance(await (await polite()).fetch(site.url("/terms")), Captured)


async def test_switched_off(make_fetcher, site):
    """With robots = false the file is not even asked for."""
    site.page("/robots.txt", b"User-agent: *\nDisallow: /\n")
    site.page("/terms", PAGE)
    fetcher = await make_fetcher(robots=False)
    assert isinstance(await fetcher.fetch(site.url("/terms")), Captured)
    assert not site.asked("/robots.txt")


async def test_redirect_to_a_closed_page(polite, site):
    """Each hop of a redirect is looked up in the rules."""
    site.page("/robots.txt", b"User-agent: *\nDisallow: /private\n")
    site.moves("/terms", "/private")
    with pytest.raises(FetchError) as caught:
        await (await polite()).fetch(site.url("/terms"))
    assert (caught.value.kind, len(caught.value.redirects)) == ("robots", 1)
    assert caught.value.url == site.url("/terms")


@pytest.mark.parametrize("status", ["401 No", "403 No", "404 No", "410 Gone"])
async def test_no_robots_file(polite, site, status):
    """A robots.txt that is not there, or not for us, closes nothing."""
    site.page("/robots.txt", b"User-agent: *\nDisallow: /\n", status=status)
    site.page("/terms", PAGE)
    assert isinstance(await (await polite()).fetch(site.url("/terms")), Captured)


async def test_robots_behind_a_redirect(polite, site):
    """robots.txt may be redirected; a circle of redirects counts as unreadable."""
    site.moves("/robots.txt", "/rules")
    site.page("/rules", b"User-agent: *\nDisallow: /terms\n")
    site.page("/terms", PAGE)
    with pytest.raises(FetchError):
        await (await polite()).fetch(site.url("/terms"))
    site.moves("/robots.txt", "/robots.txt")
    assert isinstance(await (await polite()).fetch(site.url("/terms")), Captured)


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "429 Slow down"])
async def test_unreadable_robots_file(polite, site, status):
    """With robots.txt out of order the page is fetched slowly, the file asked again soon."""
    site.page("/robots.txt", b"", status=status)
    site.page("/terms", PAGE)
    clock = Clock()
    fetcher = await polite(clock=clock)
    for _ in range(2):
        assert isinstance(await fetcher.fetch(site.url("/terms")), Captured)
    assert max(fetcher.pauses) > 9
    assert len(site.asked("/robots.txt")) == 1
    clock.now += timedelta(minutes=11)
    await fetcher.fetch(site.url("/terms"))
    assert len(site.asked("/robots.txt")) == 2


async def test_last_known_rules_stay_in_force(polite, site):
    """When robots.txt breaks, what it last said still holds."""
    clock = Clock()
    site.routes["/robots.txt"] = [
        response(b"User-agent: *\nDisallow: /private\n"),
        response(b"", status="500 Oops"),
    ]
    fetcher = await polite(clock=clock)
    for _ in range(2):
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(site.url("/private"))
        assert caught.value.kind == "robots"
        clock.now += timedelta(hours=25)
    assert len(site.asked("/robots.txt")) == 2


async def test_asked_once_a_day(polite, site):
    """robots.txt is asked for once a day, not once a page."""
    clock = Clock()
    site.page("/robots.txt", b"User-agent: *\nDisallow:\n")
    site.page("/terms", PAGE)
    fetcher = await polite(clock=clock)
    for hours in (0, 1, 22, 2):
        clock.now += timedelta(hours=hours)
        await fetcher.fetch(site.url("/terms"))
    assert len(site.asked("/robots.txt")) == 2


@pytest.mark.parametrize(("asked", "least", "most"), [("7", 6, 7), ("86400", 29, 30), ("x", 0, 0)])
async def test_crawl_delay(polite, site, asked, least, most):
    """Crawl-delay is honoured up to half a minute."""
    site.page("/robots.txt", f"User-agent: *\nCrawl-delay: {asked}\n".encode())
    site.page("/terms", PAGE)
    fetcher = await polite()
    await fetcher.fetch(site.url("/terms"))
    await fetcher.fetch(site.url("/terms"))
    assert least <= max(fetcher.pauses, default=0) <= most


async def test_host_that_is_down(polite):
    """A host that cannot be reached fails at once: its page is not tried after robots.txt."""
    asked = []

    async def look_up(host, port):
        asked.append(host)
        return []

    with pytest.raises(FetchError) as caught:
        await (await polite(resolver=look_up)).fetch("http://down.example/")
    assert (caught.value.kind, asked) == ("dns", ["down.example"])


async def test_huge_robots_file(polite, site):
    """Of a robots.txt without end the first 512 KiB count."""
    rules = b"User-agent: *\nDisallow: /private\n" + b"# filler\n" * 400_000
    site.page("/robots.txt", rules)
    site.page("/terms", PAGE)
    fetcher = await polite()
    assert isinstance(await fetcher.fetch(site.url("/terms")), Captured)
    with pytest.raises(FetchError):
        await fetcher.fetch(site.url("/private"))


async def test_patterns_meant_to_explode():
    """Rules full of wildcards are matched to an end against a long URL, and the others hold."""
    rules = "User-agent: *\nDisallow: /private\nDisallow: /" + "*a" * 1000 + "*b\n"
    robots = Robots("policywatch/1", clock=Clock())

    async def read(target):
        return 200, rules

    assert await robots.admit(parse_url("http://h.example/" + "a" * 4000 + "c"), read) == 0.0
    with pytest.raises(FetchError):
        await robots.admit(parse_url("http://h.example/private"), read)


async def test_memory_over_many_origins():
    """Rules of many origins are kept within bounds, oldest forgotten first."""
    robots = Robots("policywatch/1", clock=Clock())

    async def read(target):
        return 200, "User-agent: *\nDisallow: /x\n" + "#" * 400_000

    for number in range(50):
        await robots.admit(parse_url(f"http://h{number}.example/"), read)
    assert 10 < len(robots) < 25
