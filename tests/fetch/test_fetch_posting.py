"""Webhooks and heartbeats leave through the same gate, and their secrets stay out of messages."""

import asyncio
import logging

import pytest

from monitor.errors import FetchError


async def test_delivery(fetcher, site):
    """The body and headers arrive as given, and the answer is read whatever its status."""
    site.page("/hook", b'{"ok": false}', "Content-Type: application/json", status="429 Slow")
    answer = await fetcher.post(
        site.url("/hook?x=1").replace("?x=1", ""),
        content=b'{"id": 1}',
        headers={"Content-Type": "application/json", "webhook-id": "m1"},
    )
    assert (answer.status_code, answer.text) == (429, '{"ok": false}')
    request = site.requests[0]
    assert (request.method, request.body) == ("POST", b'{"id": 1}')
    assert (request.headers["webhook-id"], request.headers["content-type"]) == (
        "m1",
        "application/json",
    )


async def test_redirect_is_not_followed(fetcher, site):
    """An alert goes where the operator said and nowhere else."""
    site.moves("/hook", "/elsewhere", 307)
    answer = await fetcher.post(site.url("/hook"), content=b"{}", headers={})
    assert (answer.status_code, answer.headers["location"]) == (307, "/elsewhere")
    assert not site.asked("/elsewhere")


async def test_heartbeat_without_a_body(fetcher, site):
    """A heartbeat may be a GET."""
    site.page("/ping", b"OK")
    answer = await fetcher.post(site.url("/ping"), content=b"", headers={}, method="GET")
    assert (answer.status_code, site.requests[0].method) == (200, "GET")


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.2:1/services/canary", "http://10.0.0.1/canary?t=canary",
     "http://name:canary@127.0.0.1/", "http://127.0.0.1\\canary", "canary"],
)  # fmt: skip
async def test_failure_tells_no_secret(fetcher, url, caplog):
    """The path of a webhook is a password: no message, attribute or log record shows it."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(FetchError) as caught:
        await fetcher.post(url, content=b"{}", headers={})
    error = caught.value
    assert "canary" not in f"{error} {error.url} {error.args} {caplog.text}"


async def test_header_that_cannot_be_sent(fetcher, site):
    """A header with a line break or beyond ASCII ends the delivery, and alters no other header."""
    for value in ("a\r\nX-Injected: 1", "größe"):
        with pytest.raises(FetchError) as caught:
            await fetcher.post(site.url("/"), content=b"", headers={"X-Title": value})
        assert caught.value.kind == "protocol"
    assert not site.requests


async def test_success_logs_no_secret(fetcher, site, caplog):
    """Nothing that we use logs the address of a channel."""
    caplog.set_level(logging.DEBUG)
    site.page("/services/canary", b"ok")
    await fetcher.post(site.url("/services/canary"), content=b"{}", headers={})
    assert "canary" not in caplog.text


DRIPS = {
    "head": b"HTTP/1.1 200 OK\r\n",
    "body": b"HTTP/1.1 200 OK\r\n\r\n",
}


@pytest.fixture
async def drip(site):
    """Routes whose answer goes on for ever from the head or from the body on."""
    for name, start in DRIPS.items():

        async def dripping(writer, start=start):
            writer.write(start)
            while True:
                writer.write(b"X: y\r\n")
                await writer.drain()
                await asyncio.sleep(0.02)

        site.routes[f"/{name}"] = dripping
    return site


async def test_receiver_that_never_decides(make_fetcher, drip):
    """A receiver that drips its headers holds up a delivery no longer than the deadline."""
    fetcher = await make_fetcher(deadline="0.3s")
    with pytest.raises(FetchError) as caught:
        await fetcher.post(drip.url("/head"), content=b"", headers={})
    assert (caught.value.kind, caught.value.transient) == ("timeout", True)


async def test_accepted_alert_stays_accepted(make_fetcher, drip):
    """After the status a dripping, swelling or broken body does not undo the acceptance."""
    fetcher = await make_fetcher(timeout="0.3s")
    drip.page("/swell", b"x" * 1_000_000)
    drip.page("/broken", b"no gzip", "Content-Encoding: gzip")
    drip.routes["/cut"] = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"
    for path in ("/body", "/swell", "/broken", "/cut"):
        answer = await fetcher.post(drip.url(path), content=b"", headers={})
        assert answer.status_code == 200
        assert len(answer.content) <= 256 * 1024
