"""Pages rendered by a real Chromium behind our proxy."""

import asyncio
import base64
import importlib.util
import sys

import pytest
from hostile_site import Site

from monitor.errors import FetchError
from monitor.fetch import RENDERED, Captured, Egress, validator_of
from monitor.fetch.browser import find_chromium
from monitor.fetch.forward import CheckingProxy

real_browser = pytest.mark.skipif(
    not find_chromium() or importlib.util.find_spec("playwright") is None,
    reason="needs a Chromium on PATH and the extra `browser`",
)
SCRIPTED = b"""<!doctype html><html><body><div id=root></div><script>
root.innerHTML = "<h1>Privacy</h1><p>We keep data for " + 30 + " days.</p>";
</script></body></html>"""


async def failure(fetcher, url) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(url, mode="browser")
    return caught.value


@real_browser
async def test_page_made_by_a_script(fetcher, site):
    """What scripts write is captured as UTF-8 HTML with the server's status and headers."""
    site.moves("/", "/app", 301)
    site.page("/app", SCRIPTED, "Content-Type: text/html", 'ETag: "shell"', "Set-Cookie: a=canary")
    captured = await fetcher.fetch(site.url("/"), mode="browser", language="it")
    assert isinstance(captured, Captured)
    part = captured.part
    assert b"<p>We keep data for 30 days.</p>" in part.content
    assert (part.url, part.final_url, part.status) == (site.url("/"), site.url("/app"), 200)
    assert part.redirects == (f"301 {site.url('/app')}",)
    assert part.media_type == "text/html; charset=utf-8"
    assert dict(part.headers)[RENDERED].startswith("Chromium/")
    assert "canary" not in repr(part)
    assert validator_of(part, "digest") is None
    asked = site.asked("/app")[0].headers
    assert asked["user-agent"].startswith("policywatch/")
    assert asked["accept-language"].startswith("it")


@real_browser
async def test_text_inside_web_components(fetcher, site):
    """What open shadow roots show, nested ones included, is part of the captured page."""
    page = b"""<policy-text><span slot=x>outside</span></policy-text><script>
    const fill = (host, html) => {
      host.attachShadow({mode: "open"}).innerHTML = html;
      return host.shadowRoot;
    };
    const outer = fill(document.querySelector("policy-text"), "<p>first clause</p><inner-text>");
    fill(outer.querySelector("inner-text"), "<p>second clause</p>");
    </script>"""
    site.page("/", page, "Content-Type: text/html")
    content = (await fetcher.fetch(site.url("/"), mode="browser")).part.content
    body = content.partition(b"<script>")[0]
    assert body.count(b"<p>first clause</p>") == 1
    assert body.count(b"<p>second clause</p>") == 1
    assert b"outside" in body


@real_browser
async def test_hostile_page(make_fetcher, site):
    """Scripts, frames, images, redirects and sockets of a page reach nothing but its own host."""
    async with Site().run() as inside:
        inside.page("/secret", b"secret", "Access-Control-Allow-Origin: *")
        target = inside.url("/secret")
        site.page(
            "/",
            f"""<iframe src="{target}"></iframe><iframe src="file:///etc/passwd"></iframe>
            <iframe src="http://169.254.169.254/latest/"></iframe>
            <link rel=stylesheet href="{target}">
            <script src="{target.replace("127.0.0.1", "localhost")}"></script><p id=out>nothing</p>
            <script>
            for (const url of ["{target}", "file:///etc/passwd"])
              fetch(url).then(r => r.text()).then(t => out.textContent = t).catch(() => 0);
            try {{ new WebSocket("ws://127.0.0.1:{inside.port}/secret") }} catch (e) {{}}
            navigator.sendBeacon("{target}", "x");
            new EventSource("{target}");
            </script>""".encode(),
            "Content-Type: text/html",
        )
        fetcher = await make_fetcher(allow_networks=(), endpoints=[("127.0.0.1", site.port)])
        captured = await fetcher.fetch(site.url("/"), mode="browser")
        assert inside.requests == []
    assert b"nothing" in captured.part.content
    assert b"root:" not in captured.part.content


@real_browser
async def test_page_that_leads_inside(make_fetcher, site):
    """A redirect or a script that moves the whole page inside is refused as such."""
    async with Site().run() as inside:
        inside.page("/", b"<p>secret</p>", "Content-Type: text/html")
        site.moves("/redirect", inside.url("/"))
        for path, url in (("/http", inside.url("/")), ("/https", "https://10.0.0.1/")):
            page = f"<p>policy</p><script>location = '{url}'</script>".encode()
            site.page(path, page, "Content-Type: text/html")
        fetcher = await make_fetcher(allow_networks=(), endpoints=[("127.0.0.1", site.port)])
        paths = ("/redirect", "/http", "/https")
        errors = await asyncio.gather(*(failure(fetcher, site.url(path)) for path in paths))
        assert [(error.kind, error.transient) for error in errors] == [("blocked", False)] * 3
        assert inside.requests == []


@real_browser
async def test_page_that_loads_for_ever(make_fetcher, site):
    """The deadline ends a rendering for certain."""

    async def silent(writer):
        await asyncio.sleep(60)

    site.routes["/"] = silent
    fetcher = await make_fetcher(deadline="3s", timeout="1s")
    error = await failure(fetcher, site.url("/"))
    assert (error.kind, error.transient) == ("timeout", True)


@real_browser
async def test_page_that_grows(make_fetcher, site):
    """A page that writes more than max_bytes is refused before it comes over."""
    grow = b"<script>document.write('x'.repeat(300000))</script>"
    site.page("/", grow, "Content-Type: text/html")
    fetcher = await make_fetcher(max_bytes=100_000)
    error = await failure(fetcher, site.url("/"))
    assert (error.kind, error.transient) == ("too_large", False)


@real_browser
async def test_status_of_a_rendered_page(fetcher, site):
    """An error page stays an error, however well it renders."""
    site.page("/", b"<h1>Gone</h1>", "Content-Type: text/html", status="410 Gone")
    error = await failure(fetcher, site.url("/"))
    assert (error.kind, error.status, error.transient) == ("status", 410, False)


async def test_no_browser_on_the_machine(make_fetcher, site):
    """Without Chromium the error says what to install, and nothing is fetched."""
    fetcher = await make_fetcher(chromium="/no/such/chromium")
    error = await failure(fetcher, site.url("/"))
    assert (error.kind, error.transient) == ("browser", False)
    assert "chromium" in str(error).lower()
    assert not site.requests


async def test_extra_not_installed(make_fetcher, site, monkeypatch):
    """Without the extra the error names the command that installs it."""
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)
    fetcher = await make_fetcher(chromium=sys.executable)
    error = await failure(fetcher, site.url("/"))
    assert (error.kind, error.transient) == ("browser", False)
    assert "policywatch[browser]" in str(error)


@real_browser
async def test_browser_that_does_not_start(make_fetcher, site):
    """A program that is no browser is a permanent error that names it."""
    fetcher = await make_fetcher(chromium="false")
    error = await failure(fetcher, site.url("/"))
    assert (error.kind, error.transient) == ("browser", False)
    assert "/false does not start" in str(error)


async def talk(proxy, text: str) -> bytes:
    """Say something to the proxy and read all that it answers."""
    port = int(proxy.address.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text.encode())
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


def allowed(proxy) -> str:
    token = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
    return f"Proxy-Authorization: Basic {token}\r\n"


@pytest.fixture
async def proxy(site):
    egress = Egress(allow_endpoints=[("127.0.0.1", site.port)])
    async with CheckingProxy(egress, most_bytes=100_000, connect_seconds=2) as running:
        yield running


async def test_proxy_without_its_password(proxy, site):
    """Other programs on the machine cannot use the proxy as a way out."""
    for header in ("", "Proxy-Authorization: Basic eDp5\r\n"):
        answer = await talk(proxy, f"GET {site.url('/')} HTTP/1.1\r\n{header}\r\n")
        assert answer.startswith(b"HTTP/1.1 407")
    assert not site.requests


@pytest.mark.parametrize(
    "line",
    ["CONNECT 127.0.0.2:{port}", "CONNECT [::1]:{port}", "CONNECT 2130706433:{port}",
     "CONNECT 127.0.0.1:22", "CONNECT user@127.0.0.1:{port}", "CONNECT", "CONNECT /",
     "GET http://127.0.0.2:{port}/", "GET /", "GET file:///etc/passwd", "GET http://10.0.0.1/",
     "GET http://127.0.0.2:{port}@127.0.0.1:{port}/"],
)  # fmt: skip
async def test_proxy_refuses(proxy, site, line):
    """Whatever the browser asks of the proxy, only checked addresses are connected to."""
    request = f"{line.format(port=site.port)} HTTP/1.1\r\n{allowed(proxy)}\r\n"
    assert (await talk(proxy, request)).startswith(b"HTTP/1.1 403")
    assert not site.requests


async def test_proxy_remembers_why(proxy):
    """The reason of a refusal is kept for the error that people read."""
    await talk(proxy, f"CONNECT 10.0.0.1:443 HTTP/1.1\r\n{allowed(proxy)}\r\n")
    refusal = proxy.refusal("https://10.0.0.1/x")
    assert refusal is not None
    assert "private network" in str(refusal)
    assert proxy.refusal("https://example.com/") is None


async def test_proxy_passes_on(proxy, site):
    """An allowed request arrives with its path and its own host, without the proxy's password."""
    site.page("/a?b", b"hello")
    request = (
        f"GET {site.url('/a?b')} HTTP/1.1\r\nHost: liar.example\r\n{allowed(proxy)}X: y\r\n\r\n"
    )
    assert (await talk(proxy, request)).endswith(b"hello")
    headers = site.requests[0].headers
    assert headers["host"] == f"127.0.0.1:{site.port}"
    assert headers["x"] == "y"
    assert "proxy-authorization" not in headers


async def test_proxy_serves_one_plain_request_a_connection(proxy, site):
    """A second request on a connection never reaches the first one's host, which may be another."""
    site.page("/a", b"hello", "Connection: keep-alive")
    site.page("/b", b"stolen")
    request = f"GET {site.url('/a')} HTTP/1.1\r\n{allowed(proxy)}\r\nGET /b HTTP/1.1\r\n\r\n"
    answer = await talk(proxy, request)
    assert b"Connection: close" in answer
    assert b"keep-alive" not in answer
    assert [asked.path for asked in site.requests] == ["/a"]


async def test_proxy_tunnels_up_to_its_limit(proxy, site):
    """A tunnel passes bytes until the limit of the whole rendering is used up."""
    site.page("/big", b"x" * 1_000_000)
    request = (
        f"CONNECT 127.0.0.1:{site.port} HTTP/1.1\r\n{allowed(proxy)}\r\n"
        "GET /big HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    answer = await talk(proxy, request)
    assert b"200 Connection established" in answer
    assert 10_000 < len(answer) < 110_000
    assert proxy.overrun
