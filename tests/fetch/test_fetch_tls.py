"""https on loopback with an authority of our own, HTTP/2 included."""

import asyncio
import contextlib
import ssl
from ipaddress import ip_network

import h2.config
import h2.connection
import h2.events
import pytest
from hostile_site import Site

from monitor.config import FetchSettings
from monitor.errors import ConfigError, FetchError
from monitor.fetch import Captured, Egress, Fetcher
from monitor.fetch.forward import CheckingProxy

PAGE = b"<p>policy</p>"


@pytest.fixture
async def secure_site(authority):
    async with Site().run(authority[1]) as running:
        yield running


async def test_authority_of_the_settings(make_fetcher, secure_site, authority):
    """ca_file makes an authority of one's own trusted; the name is what is verified."""
    secure_site.page("/", PAGE)
    fetcher = await make_fetcher(ca_file=authority[0])
    assert isinstance(await fetcher.fetch(secure_site.url("/", host="localhost")), Captured)


async def test_unknown_authority(fetcher, secure_site):
    """A certificate that nobody vouches for is a permanent TLS error that names the remedy."""
    with pytest.raises(FetchError, match="ca_file") as caught:
        await fetcher.fetch(secure_site.url("/", host="localhost"))
    assert (caught.value.kind, caught.value.transient) == ("tls", False)
    assert not secure_site.requests


async def test_certificate_of_another_name(make_fetcher, secure_site, authority):
    """A certificate for another name is refused though the address is the right one."""

    async def look_up(host, port):
        return ["127.0.0.1"]

    fetcher = await make_fetcher(ca_file=authority[0], resolver=look_up)
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(secure_site.url("/", host="other.example"))
    assert (caught.value.kind, caught.value.transient) == ("tls", False)


async def test_no_tls_at_all(fetcher):
    """A plain server where https was expected is a TLS error that may pass."""

    async def greet(reader, writer):
        writer.write(b"220 mail.example ESMTP\r\n")
        await reader.read(1)
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(f"https://127.0.0.1:{port}/")
    assert (caught.value.kind, caught.value.transient) == ("tls", True)


async def test_step_down_to_http(make_fetcher, secure_site, site, authority):
    """A redirect from https to http on a special port is refused: the page could be forged."""
    secure_site.moves("/", site.url("/"))
    site.page("/", PAGE)
    fetcher = await make_fetcher(ca_file=authority[0])
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(secure_site.url("/"))
    assert (caught.value.kind, site.requests) == ("blocked", [])


async def test_step_up_to_https(make_fetcher, secure_site, site, authority):
    """A redirect from http to https is followed and recorded."""
    site.moves("/", secure_site.url("/"), 301)
    secure_site.page("/", PAGE)
    fetcher = await make_fetcher(ca_file=authority[0])
    part = (await fetcher.fetch(site.url("/"))).part
    assert part.redirects == (f"301 {secure_site.url('/')}",)


def test_unusable_authority(tmp_path):
    """A ca_file that is missing or no certificate is a fault of the configuration."""
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("missing.pem", "empty.pem"):
        with pytest.raises(ConfigError, match="ca_file"):
            Fetcher(FetchSettings(ca_file=str(tmp_path / name)))


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "127.0.0.1:3128", "http://", "http://["])
def test_unusable_proxy(proxy):
    """A proxy that cannot be used is a fault of the configuration."""
    with pytest.raises(ConfigError, match="proxy"):
        Fetcher(FetchSettings(proxy=proxy))


async def test_https_through_a_proxy(make_fetcher, secure_site, authority):
    """Through a proxy with a password https stays end to end: the site's name is verified."""
    secure_site.page("/", PAGE)
    gate = Egress(allow_networks=[ip_network("127.0.0.0/8")])
    async with CheckingProxy(gate, most_bytes=100_000, connect_seconds=2) as proxy:
        secret = proxy.address.replace("://", f"://{proxy.user}:{proxy.password}@")
        trusting = await make_fetcher(proxy=secret, ca_file=authority[0])
        assert isinstance(await trusting.fetch(secure_site.url("/")), Captured)
        with pytest.raises(FetchError) as caught:
            await (await make_fetcher(proxy=secret)).fetch(secure_site.url("/"))
        assert caught.value.kind == "tls"
        with pytest.raises(FetchError, match="The proxy does not connect") as caught:
            await (await make_fetcher(proxy=proxy.address)).fetch(secure_site.url("/"))
        assert proxy.password not in str(caught.value)
    assert len(secure_site.requests) == 1


class TwoServer:
    """An HTTP/2 server: ``respond`` is told the connection and the stream of each request."""

    def __init__(self, respond):
        self.respond = respond
        self.connections = 0

    async def serve(self, reader, writer):
        self.connections += 1
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        state.initiate_connection()
        writer.write(state.data_to_send())
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                for event in state.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        self.respond(state, event.stream_id, dict(event.headers))
                writer.write(state.data_to_send())
        writer.close()


@pytest.fixture
async def two(authority):
    """Starts HTTP/2 servers on loopback and says where they are."""
    context = authority[1]
    plain = ["http/1.1"]
    async with contextlib.AsyncExitStack() as stack:

        async def start(respond):
            context.set_alpn_protocols(["h2"])
            server = TwoServer(respond)
            listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
            stack.callback(listener.close)
            port = listener.sockets[0].getsockname()[1]
            return server, f"https://localhost:{port}/"

        yield start
    context.set_alpn_protocols(plain)


async def test_http2(make_fetcher, authority, two):
    """HTTP/2 is spoken where the server can, over one connection for all hops of a fetch."""

    def respond(state, stream, headers):
        if headers[b":path"] == b"/":
            state.send_headers(stream, [(":status", "302"), ("location", "/b")], end_stream=True)
            return
        state.send_headers(stream, [(":status", "200"), ("content-type", "text/html")])
        state.send_data(stream, PAGE, end_stream=True)

    server, url = await two(respond)
    fetcher = await make_fetcher(ca_file=authority[0])
    assert (await fetcher.fetch(url)).part.content == PAGE
    assert server.connections == 1


async def test_http2_body_shorter_than_announced(make_fetcher, authority, two):
    """A cut body is noticed on HTTP/2 as well."""

    def respond(state, stream, headers):
        state.send_headers(stream, [(":status", "200"), ("content-length", "500")])
        state.send_data(stream, PAGE)
        state.reset_stream(stream)

    _, url = await two(respond)
    fetcher = await make_fetcher(ca_file=authority[0])
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(url)
    assert (caught.value.kind, caught.value.transient) == ("protocol", True)


def test_old_tls_is_not_spoken():
    """The context that fetches share asks for TLS 1.2 at least and verifies names."""
    from monitor.fetch.transport import ssl_context

    context = ssl_context(FetchSettings())
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
