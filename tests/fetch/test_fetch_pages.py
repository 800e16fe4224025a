"""One page over real HTTP: captured, not modified, or an error that says what to do."""

import asyncio
import gzip
import tracemalloc
from datetime import UTC, datetime, timedelta

import brotli
import pytest
import zstandard
from hostile_site import response

from monitor.errors import FetchError
from monitor.fetch import Captured, NotModified, validator_of
from monitor.model import Validator

PAGE = b"<!doctype html><h1>Privacy</h1><p>We keep your data for 30 days.</p>"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


async def failure(fetcher, url, **options) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(url, **options)
    return caught.value


async def test_ordinary_page(make_fetcher, site):
    """A page is captured with its bytes, type, headers and the instant, and asked for honestly."""
    site.page("/privacy?a=b", PAGE, "Content-Type: text/html; charset=UTF-8", "ETag: \"v1\"",
              "Cache-Control: max-age=60", "Set-Cookie: id=canary")  # fmt: skip
    fetcher = await make_fetcher(clock=lambda: NOW)
    captured = await fetcher.fetch(site.url("/privacy?a=b#top"), language="it")
    assert isinstance(captured, Captured)
    part = captured.part
    assert (part.url, part.final_url) == (site.url("/privacy?a=b#top"), site.url("/privacy?a=b"))
    assert (part.status, part.content, part.redirects) == (200, PAGE, ())
    assert (part.media_type, part.fetched_at) == ("text/html; charset=utf-8", NOW)
    assert ("etag", '"v1"') in part.headers
    assert "canary" not in repr(part)
    assert captured.fresh_for == timedelta(minutes=1)
    asked = site.requests[0].headers
    assert asked["user-agent"].startswith("policywatch/")
    assert asked["accept-language"] == "it, en;q=0.5, *;q=0.3"
    assert asked["accept-encoding"] == "gzip, deflate, br, zstd"
    assert "if-none-match" not in asked


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("br", brotli.compress),
     ("zstd", zstandard.ZstdCompressor().compress), ("identity", bytes)],
)  # fmt: skip
async def test_compressed_page(fetcher, site, coding, pack):
    """The captured bytes are the page, however it travelled."""
    site.page("/", pack(PAGE), f"Content-Encoding: {coding}")
    assert (await fetcher.fetch(site.url("/"))).part.content == PAGE


async def test_page_not_modified(fetcher, site):
    """With a validator the request is conditional, and a 304 says that the bytes still hold."""
    site.page("/", PAGE, 'ETag: W/"v1"', "Last-Modified: Mon, 04 May 2026 08:00:00 GMT")
    captured = await fetcher.fetch(site.url("/"))
    validator = validator_of(captured.part, "digest")
    assert validator is not None
    site.page("/", b"", 'ETag: "v1"', "Cache-Control: max-age=9", status="304 Not Modified")
    answer = await fetcher.fetch(site.url("/"), validator=validator)
    assert isinstance(answer, NotModified)
    assert (answer.final_url, answer.fresh_for) == (site.url("/"), timedelta(seconds=9))
    assert site.requests[1].headers["if-none-match"] == 'W/"v1"'
    assert site.requests[1].headers["if-modified-since"] == "Mon, 04 May 2026 08:00:00 GMT"


async def test_not_modified_without_being_asked(fetcher, site):
    """A 304 to an unconditional request is a fault of the server, and no capture."""
    site.page("/", b"", status="304 Not Modified")
    error = await failure(fetcher, site.url("/"))
    assert (error.kind, error.status, error.transient) == ("status", 304, True)


async def test_not_modified_about_other_bytes(fetcher, site):
    """A 304 that names another ETag than ours is not believed: the page is fetched in full."""
    site.routes["/"] = [response(b"", 'ETag: "other"', status="304 No"), response(PAGE)]
    validator = Validator(site.url("/"), '"mine"', "", "digest", "text/html")
    captured = await fetcher.fetch(site.url("/"), validator=validator)
    assert isinstance(captured, Captured)
    assert "if-none-match" not in site.requests[1].headers


async def test_validator_of_another_document(fetcher, site):
    """After a redirect elsewhere no validator is sent there: its equal date would hide a change."""
    site.moves("/privacy", "/new")
    site.page("/new", PAGE)
    validator = Validator(
        site.url("/privacy"), "", "Mon, 04 May 2026 08:00:00 GMT", "d", "text/html"
    )
    captured = await fetcher.fetch(site.url("/privacy"), validator=validator)
    assert isinstance(captured, Captured)
    assert "if-modified-since" not in site.asked("/new")[0].headers


async def test_validator_follows_the_redirect_it_came_by(fetcher, site):
    """Bytes that came by a redirect are revalidated where they came from."""
    site.moves("/privacy", "/new")
    site.page("/new", PAGE, 'ETag: "v1"')
    captured = await fetcher.fetch(site.url("/privacy"))
    site.page("/new", b"", status="304 Not Modified")
    validator = validator_of(captured.part, "digest")
    assert isinstance(await fetcher.fetch(site.url("/privacy"), validator=validator), NotModified)


@pytest.mark.parametrize(
    ("status", "transient"),
    [(202, True), (204, True), (206, False), (300, False), (400, False), (401, False), (403, False),
     (404, False), (406, False), (408, True), (410, False), (421, True), (425, True), (429, True),
     (451, False), (500, True), (502, True), (503, True), (504, True), (520, True)],
)  # fmt: skip
async def test_status(fetcher, site, status, transient):
    """Every status but 200 and 203 is an error that knows whether trying again may help."""
    body = b"" if status == 204 else b"<p>try later</p>"
    site.page("/", body, "Retry-After: 7", status=f"{status} Word")
    error = await failure(fetcher, site.url("/"))
    assert (error.kind, error.status, error.transient) == ("status", status, transient)
    assert (error.retry_after, error.url) == (7.0, site.url("/"))
    assert f"status {status}" in str(error)


@pytest.mark.parametrize("body", [b"", b" \r\n\t "])
async def test_empty_page(fetcher, site, body):
    """A 200 without content is a failure that may pass, never a capture."""
    site.page("/", body)
    error = await failure(fetcher, site.url("/"))
    assert (error.kind, error.transient) == ("empty", True)


CUT = {
    "shorter than announced": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + PAGE,
    "chunks without an end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhello",
    "half a gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE)[:40],
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "nothing": b"",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "bad chunk size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello",
}


@pytest.mark.parametrize("situation", CUT)
async def test_damaged_answer(fetcher, site, situation):
    """An answer that is cut off or no HTTP is a transient error, never a shorter page."""

    async def cut(writer):
        writer.write(CUT[situation])
        await writer.drain()

    site.routes["/"] = cut
    error = await failure(fetcher, site.url("/"))
    assert (error.kind, error.transient) == ("protocol", True)


async def test_connection_reset(fetcher, site):
    """A connection that breaks in the middle is a transient network error."""

    async def reset(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nx")
        await writer.drain()
        writer.transport.abort()

    site.routes["/"] = reset
    error = await failure(fetcher, site.url("/"))
    assert (error.kind in ("network", "protocol"), error.transient) == (True, True)


async def test_nobody_listens(fetcher):
    """A closed port is a transient error that says where it was."""
    error = await failure(fetcher, "http://127.0.0.1:1/")
    assert (error.kind, error.transient) == ("refused", True)
    assert "http://127.0.0.1:1" in str(error)


@pytest.mark.parametrize("coding", ["gzip", "br"])
async def test_bomb_over_http(make_fetcher, site, coding):
    """A bomb ends in a clear error while memory stays near the limit."""
    zeros = bytes(64 << 20)
    bomb = gzip.compress(zeros) if coding == "gzip" else brotli.compress(zeros, quality=5)
    site.page("/", bomb, f"Content-Encoding: {coding}")
    fetcher = await make_fetcher(max_bytes=1_000_000)
    tracemalloc.start()
    error = await failure(fetcher, site.url("/"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (error.kind, error.transient) == ("too_large", False)
    assert "max_bytes" in str(error)
    assert peak < 12_000_000


async def test_endless_body(make_fetcher, site):
    """A body without end is left at the limit, though it announced no length."""
    sent = 0

    async def endless(writer):
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 1 << 30:
            writer.write(b"x" * 65536)
            sent += 65536
            await writer.drain()

    site.routes["/"] = endless
    fetcher = await make_fetcher(max_bytes=1_000_000)
    assert (await failure(fetcher, site.url("/"))).kind == "too_large"
    assert sent < 64 << 20


async def test_announced_gigabyte(make_fetcher, site):
    """A length beyond the limit is believed: nothing of the body is read."""
    site.routes["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\nx"
    fetcher = await make_fetcher(max_bytes=1_000_000)
    error = await failure(fetcher, site.url("/"))
    assert (error.kind, "1,073,741,824" in str(error)) == ("too_large", True)


HEADS = {
    "one huge header": b"X: " + b"x" * 200_000,
    "many headers": b"\r\n".join(b"X-%d: y" % n for n in range(500)),
    "large in all": b"\r\n".join(b"X-%d: " % n + b"y" * 1000 for n in range(90)),
}


@pytest.mark.parametrize("situation", HEADS)
async def test_huge_headers(fetcher, site, situation):
    """Headers beyond any reason end the fetch."""
    site.routes["/"] = b"HTTP/1.1 200 OK\r\n" + HEADS[situation] + b"\r\nContent-Length: 1\r\n\r\nx"
    assert (await failure(fetcher, site.url("/"))).kind == "protocol"


@pytest.mark.parametrize("drip", [b"x", b"X-More: y\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n"])
async def test_drip(make_fetcher, site, drip):
    """A byte, a header or a hint now and then never meets a read timeout, but the deadline."""

    async def dripping(writer):
        if drip == b"x":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        elif drip.startswith(b"X"):
            writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(drip)
            await writer.drain()
            await asyncio.sleep(0.02)

    site.routes["/"] = dripping
    fetcher = await make_fetcher(deadline="0.3s", timeout="5s")
    error = await failure(fetcher, site.url("/"))
    assert (error.kind, error.transient) == ("timeout", True)
    assert "deadline" in str(error)


async def test_silent_server(make_fetcher, site):
    """A server that accepts and says nothing meets the timeout of one step."""

    async def silent(writer):
        await asyncio.sleep(30)

    site.routes["/"] = silent
    fetcher = await make_fetcher(timeout="0.2s")
    assert (await failure(fetcher, site.url("/"))).kind == "timeout"


async def test_others_go_on_while_one_drips(make_fetcher, site):
    """A hostile host holds its own places only: other pages are fetched meanwhile."""

    async def silent(writer):
        await asyncio.sleep(30)

    site.routes["/slow"] = silent
    site.page("/", PAGE)
    fetcher = await make_fetcher(deadline="5s", per_host_concurrency=1)
    slow = asyncio.create_task(fetcher.fetch(site.url("/slow")))
    await asyncio.sleep(0.05)
    assert isinstance(await fetcher.fetch(site.url("/", host="localhost")), Captured)
    assert not slow.done()
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)


async def test_transient_failures_are_tried_again(make_fetcher, site):
    """A 503 that passes is waited out with growing pauses; the page is captured."""
    pauses = []

    async def note(seconds):
        pauses.append(seconds)

    site.routes["/"] = [
        response(b"", status="503 Busy"),
        response(b"", status="503 Busy"),
        response(PAGE),
    ]
    fetcher = await make_fetcher(retries=2, sleep=note)
    assert isinstance(await fetcher.fetch(site.url("/")), Captured)
    assert len(pauses) == 2
    assert 0.25 <= pauses[0] <= 0.75
    assert 0.5 <= pauses[1] <= 1.5


@pytest.mark.parametrize(
    ("answers", "requests"),
    [(["404 No"], 1), (["503 Busy"], 3), (["503 Busy\r\nRetry-After: 3600"], 1),
     (["503 Busy\r\nRetry-After: 2"], 3)],
)  # fmt: skip
async def test_how_often_it_is_tried(make_fetcher, site, answers, requests):
    """Permanent errors are not repeated, and a long Retry-After is left to the schedule."""

    async def note(seconds):
        pass

    site.routes["/"] = [response(b"", status=status) for status in answers]
    fetcher = await make_fetcher(retries=2, sleep=note)
    await failure(fetcher, site.url("/"))
    assert len(site.requests) == requests
