"""No request leaves for an address that was not checked: by name, by redirect, by rebinding."""

import asyncio
import itertools
from ipaddress import ip_address, ip_network

import pytest
from hostile_site import Site
from inside_hosts import HOSTS

from monitor.config import FetchSettings
from monitor.errors import FetchError
from monitor.fetch import Captured, Egress, egress_client

PUBLIC = "93.184.215.14"


def names(**table):
    """A network whose name server knows these names; a list of lists answers in turn."""

    async def look_up(host, port):
        answer = table.get(host.replace(".", "_"), ())
        if answer and isinstance(answer[0], list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer

    return look_up


@pytest.mark.parametrize("mode", ["http", "post"])
@pytest.mark.parametrize("host", HOSTS)
async def test_restricted_host(make_fetcher, host, mode):
    """Without an allowance no spelling of an inside address is connected to."""
    fetcher = await make_fetcher(allow_networks=())
    url = f"http://{host}/"
    request = fetcher.fetch(url) if mode == "http" else fetcher.post(url, content=b"", headers={})
    with pytest.raises(FetchError) as caught:
        await request
    assert (caught.value.kind, caught.value.transient) == ("blocked", False)


@pytest.mark.parametrize(
    "addresses",
    [["169.254.169.254"], [PUBLIC, "10.0.0.1"], ["10.0.0.1", PUBLIC], ["fd00::1", PUBLIC],
     ["::ffff:10.0.0.1"], ["fe80::1%eth0"], [PUBLIC, "fe80::1%eth0"], ["0.0.0.0"]],
)  # fmt: skip
async def test_name_that_leads_inside(make_fetcher, addresses):
    """A name with one restricted address is refused as a whole, public addresses or not."""
    fetcher = await make_fetcher(allow_networks=(), resolver=names(trap_example=addresses))
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch("https://trap.example/")
    assert caught.value.kind == "blocked"


async def test_metadata_service_by_its_name(make_fetcher):
    """A cloud's metadata name is refused by the address it has, whatever it is called."""
    resolver = names(metadata_google_internal=["169.254.169.254"])
    fetcher = await make_fetcher(allow_networks=(), resolver=resolver)
    with pytest.raises(FetchError, match=r"169\.254\.169\.254") as caught:
        await fetcher.fetch("http://metadata.google.internal/computeMetadata/v1/")
    assert caught.value.kind == "blocked"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.2:{port}/", "//127.0.0.2:{port}/", "http://[::1]:{port}/", "http://10.0.0.1/",
     "http://169.254.169.254/latest/meta-data/", "http://2130706434:{port}/", "file:///etc/passwd",
     "gopher://127.0.0.1:{port}/", "http://inside.example:{port}/"],
)  # fmt: skip
async def test_redirect_inside(make_fetcher, site, status, location):
    """Every redirect is checked anew: only the one allowed endpoint is ever asked."""
    fetcher = await make_fetcher(
        allow_networks=(),
        endpoints=[("127.0.0.1", site.port)],
        resolver=names(inside_example=["127.0.0.2"]),
    )
    site.moves("/", location.format(port=site.port), status)
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(site.url("/"))
    assert (caught.value.kind, len(site.requests)) == ("blocked", 1)


async def test_rebinding_name(make_fetcher, site):
    """A name that turns inside between look-ups is never reached there: 0 of 200."""
    silent, inside = "127.0.0.9", "127.0.0.1"
    answers = itertools.cycle([[silent], [inside]])

    async def rebinding(host, port):
        return next(answers)

    fetcher = await make_fetcher(allow_networks=(ip_network(f"{silent}/32"),), resolver=rebinding)
    kinds = []
    for _ in range(200):
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(site.url("/", host="rebind.example"))
        kinds.append(caught.value.kind)
    assert site.requests == []
    assert kinds == ["refused", "blocked"] * 100


async def test_address_is_looked_up_once_and_pinned(make_fetcher, site):
    """The connection goes to the address that was checked, though the next answer differs."""
    asked = []

    async def changing(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else [PUBLIC]

    site.page("/", b"<p>policy</p>", "Content-Type: text/html")
    fetcher = await make_fetcher(resolver=changing)
    captured = await fetcher.fetch(site.url("/", host="policy.example"))
    assert isinstance(captured, Captured)
    assert asked == ["policy.example"]
    assert site.requests[0].headers["host"] == f"policy.example:{site.port}"


async def test_allowed_network_opens_all_its_ports(make_fetcher, site):
    """allow_networks opens any port of a network, for pages and for webhooks alike."""
    site.page("/", b"<p>policy</p>")
    fetcher = await make_fetcher(allow_networks=(ip_network("127.0.0.1/32"),))
    assert isinstance(await fetcher.fetch(site.url("/")), Captured)
    assert (await fetcher.post(site.url("/"), content=b"{}", headers={})).status_code == 200


async def test_allowed_endpoint_opens_one_port(make_fetcher, site):
    """An endpoint that the program opened for itself opens neither other ports nor addresses."""
    site.page("/", b"<p>policy</p>")
    async with Site().run() as other:
        fetcher = await make_fetcher(allow_networks=(), endpoints=[("127.0.0.1", site.port)])
        assert isinstance(await fetcher.fetch(site.url("/")), Captured)
        for url in (other.url("/"), site.url("/", host="127.0.0.2")):
            with pytest.raises(FetchError):
                await fetcher.fetch(url)
        assert other.requests == []


async def test_name_with_allowed_and_other_inside_addresses(make_fetcher, site):
    """localhost works when only its IPv4 side is allowed; the other side is left alone."""
    site.page("/", b"<p>policy</p>")
    fetcher = await make_fetcher()
    assert isinstance(await fetcher.fetch(site.url("/", host="localhost")), Captured)


async def test_unknown_name(make_fetcher):
    """A name without an address is a transient failure of DNS that says what to check."""
    fetcher = await make_fetcher(resolver=names())
    with pytest.raises(FetchError, match="Check its spelling") as caught:
        await fetcher.fetch("https://unknown.example/")
    assert (caught.value.kind, caught.value.transient) == ("dns", True)


async def test_next_address_is_tried(make_fetcher, site):
    """When the first address of a name does not listen, the next one is used."""
    site.page("/", b"<p>policy</p>")
    fetcher = await make_fetcher(resolver=names(two_example=["127.0.0.9", "127.0.0.1"]))
    assert isinstance(await fetcher.fetch(site.url("/", host="two.example")), Captured)


async def test_egress_client_is_checked_too(site):
    """The plain client for channels refuses what the fetcher refuses, and keeps no cookies."""
    async with egress_client(FetchSettings()) as client:
        with pytest.raises(FetchError) as caught:
            await client.get(site.url("/"))
    assert (caught.value.kind, site.requests) == ("blocked", [])
    site.page("/", b"x", "Set-Cookie: a=b")
    settings = FetchSettings(allow_networks=(ip_network("127.0.0.0/8"),))
    async with egress_client(settings) as client:
        await client.get(site.url("/"))
        await client.get(site.url("/"))
    assert "cookie" not in site.requests[-1].headers


async def test_environment_proxies_are_ignored(make_fetcher, site, monkeypatch):
    """Only the proxy of the settings counts: the environment must not lead requests elsewhere."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    site.page("/", b"<p>policy</p>")
    fetcher = await make_fetcher()
    assert isinstance(await fetcher.fetch(site.url("/")), Captured)


async def test_proxy_of_the_settings(make_fetcher, site):
    """With a proxy the request goes there with its absolute URL; its address is not checked."""
    site.routes["http://policy.example/terms"] = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
    fetcher = await make_fetcher(
        allow_networks=(),
        proxy=f"http://user:secret@127.0.0.1:{site.port}",
        resolver=names(policy_example=[PUBLIC]),
    )
    assert isinstance(await fetcher.fetch("http://policy.example/terms"), Captured)
    assert site.requests[0].headers["proxy-authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("url", "known"),
    [("http://127.0.0.1/", []), ("http://inside.example/", ["10.0.0.1"]), ("http://intranet/", []),
     ("http://metadata.google.internal/", []), ("http://[::1]/", [])],
)  # fmt: skip
async def test_inside_target_behind_a_proxy(make_fetcher, site, url, known):
    """A proxy is no way around the table: inside addresses and names are refused before it."""
    fetcher = await make_fetcher(
        allow_networks=(),
        proxy=f"http://127.0.0.1:{site.port}",
        resolver=names(inside_example=known),
    )
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(url)
    assert (caught.value.kind, site.requests) == ("blocked", [])


async def test_name_that_only_the_proxy_knows(make_fetcher, site):
    """Where this machine has no DNS of the world, an ordinary name is left to the proxy."""
    site.routes["http://policy.example/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
    fetcher = await make_fetcher(
        allow_networks=(), proxy=f"http://127.0.0.1:{site.port}", resolver=names()
    )
    assert isinstance(await fetcher.fetch("http://policy.example/"), Captured)


async def test_open_connection_for_the_browser(site):
    """The browser's proxy connects through the same gate."""
    refused = Egress(resolver=names(trap_example=["127.0.0.1"]))
    with pytest.raises(FetchError):
        await refused.open("trap.example", site.port, 5)
    allowed = Egress(allow_networks=[ip_network("127.0.0.0/8")])
    reader, writer = await allowed.open("127.0.0.1", site.port, 5)
    writer.close()
    assert isinstance(reader, asyncio.StreamReader)
    assert allowed.refusal(ip_address("8.8.8.8"), 25) != ""
