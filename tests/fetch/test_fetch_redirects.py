"""Redirects are followed by ourselves, recorded, and end."""

import pytest
from hostile_site import response

from monitor.errors import FetchError
from monitor.fetch import Captured, permanent_target

PAGE = b"<p>policy</p>"


async def failure(fetcher, url) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(url)
    return caught.value


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_each_kind_of_redirect(fetcher, site, status):
    """Every redirecting status is followed, and the record says which one led where."""
    site.moves("/old", "/new?x=1#part", status)
    site.page("/new?x=1", PAGE)
    part = (await fetcher.fetch(site.url("/old"))).part
    assert (part.url, part.final_url) == (site.url("/old"), site.url("/new?x=1"))
    assert part.redirects == (f"{status} {site.url('/new?x=1')}",)


async def test_permanent_part_of_a_chain(fetcher, site):
    """Only the permanent steps at the start of a chain say where the document has moved."""
    site.moves("/a", "/b", 301)
    site.moves("/b", "/c", 308)
    site.moves("/c", "/d", 302)
    site.moves("/d", "/e", 301)
    site.page("/e", PAGE)
    part = (await fetcher.fetch(site.url("/a"))).part
    assert permanent_target(part.redirects) == site.url("/c")
    assert permanent_target(part.redirects[2:]) == ""
    assert permanent_target(()) == ""


async def test_longest_chain(make_fetcher, site):
    """max_redirects hops are followed; one more ends in an error that keeps the record."""
    for hop in range(11):
        site.moves(f"/{hop}", f"/{hop + 1}")
    site.page("/11", PAGE)
    fetcher = await make_fetcher(max_redirects=8)
    assert isinstance(await fetcher.fetch(site.url("/3")), Captured)
    error = await failure(fetcher, site.url("/0"))
    assert (error.kind, error.transient, len(error.redirects)) == ("redirect", False, 8)
    assert error.url == site.url("/0")


@pytest.mark.parametrize("second", ["/a", "/b"])
async def test_circle(fetcher, site, second):
    """A circle is noticed at its first closing."""
    site.moves("/a", second)
    site.moves("/b", "/a")
    error = await failure(fetcher, site.url("/a"))
    assert (error.kind, "circle" in str(error)) == ("redirect", True)
    assert len(site.requests) <= 2


async def test_cookie_wall(fetcher, site):
    """A page that sets a cookie and comes back to itself is no circle; others never see it."""
    site.routes["/a"] = [
        response(b"", "Location: /a", "Set-Cookie: seen=1; Path=/", status="302 Again"),
        response(PAGE),
    ]
    assert isinstance(await fetcher.fetch(site.url("/a")), Captured)
    assert site.requests[1].headers["cookie"] == "seen=1"
    await fetcher.fetch(site.url("/a"))
    assert "cookie" not in site.requests[2].headers


async def test_cookie_flood(fetcher, site):
    """More cookies than a server could take back end the fetch."""
    flood = [f"Set-Cookie: c{n}={'x' * 900}" for n in range(30)]
    site.page("/a", b"", "Location: /b", *flood, status="302 Again")
    assert (await failure(fetcher, site.url("/a"))).kind == "protocol"


@pytest.mark.parametrize(
    "headers", [[], ["Location:"], ["Location:  "], ["Location: /b", "Location: /c"]]
)
async def test_redirect_to_nowhere(fetcher, site, headers):
    """A redirect without a target is an error and no page, though it has a body."""
    site.page("/a", PAGE, *headers, status="302 Somewhere")
    error = await failure(fetcher, site.url("/a"))
    assert (error.kind, error.transient) == ("redirect", False)


async def test_meta_refresh_is_a_page(fetcher, site):
    """A meta refresh is not followed: it is what the server sent."""
    page = b'<meta http-equiv="refresh" content="0; url=http://127.0.0.1:1/">'
    site.page("/a", page)
    assert (await fetcher.fetch(site.url("/a"))).part.content == page
    assert len(site.requests) == 1


async def test_body_of_a_redirect_is_not_read(make_fetcher, site):
    """A redirect may carry a huge body: it is left unread."""
    site.routes["/a"] = (
        b"HTTP/1.1 302 Elsewhere\r\nLocation: /b\r\nContent-Length: 99999999999\r\n\r\nx"
    )
    site.page("/b", PAGE)
    fetcher = await make_fetcher(max_bytes=1000)
    assert isinstance(await fetcher.fetch(site.url("/a")), Captured)
