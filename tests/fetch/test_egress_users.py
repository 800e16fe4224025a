"""Every part that connects to other machines, against every spelling of an inside address.

Pages and redirects are in test_fetch_egress, a real Chromium in test_fetch_browser; here are the
channels, the heartbeat's way, the browser's proxy, and the mail servers of IMAP and SMTP.
"""

import asyncio
import base64
import itertools
import re
import socket
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import pytest
from inside_hosts import HOSTS, NAMES, NOBODYS

from monitor.alerts import trial_alert
from monitor.config import EmailChannel, InboxSettings, SlackChannel, WebhookChannel
from monitor.errors import FetchError, InboxError, NotifyError
from monitor.fetch import Egress, dial
from monitor.fetch.forward import CheckingProxy
from monitor.inbox import Inbox
from notifiers.base import Delivery, Surroundings, build_notifier

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


async def known(host, port):
    """A name server that knows the names of NAMES."""
    if host not in NAMES:
        raise OSError("no such name")
    return NAMES[host]


def webhook(url):
    return WebhookChannel(id="c", kind="webhook", url=url)


def slack(url):
    return SlackChannel(id="c", kind="slack", url=url)


def slack_bot(url):
    return SlackChannel(id="c", kind="slack", token_env="TOKEN", channel="C1", api_url=url)


async def send(channel, surroundings):
    delivery = Delivery("a.c", trial_alert("console", NOW), NOW)
    return await build_notifier(channel, surroundings).send(delivery)


@pytest.mark.parametrize("kind", [webhook, slack, slack_bot])
@pytest.mark.parametrize("host", [*HOSTS, *NAMES])
async def test_channel_that_leads_inside(make_fetcher, kind, host):
    """A channel's address without an allowance is refused, however it is written."""
    fetcher = await make_fetcher(allow_networks=(), resolver=known)
    surroundings = Surroundings(ROOT, fetcher.post, {"TOKEN": "xoxb-1"})
    with pytest.raises(NotifyError, match=r"refused|\(blocked\)"):
        await send(kind(f"http://{host}/"), surroundings)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_webhook_that_is_redirected_inside(make_fetcher, site, status):
    """A receiver cannot send an alert on to another address: redirects are not followed."""
    fetcher = await make_fetcher()
    site.moves("/hook", site.url("/inside"), status)
    with pytest.raises(NotifyError, match=str(status)):
        await send(webhook(site.url("/hook")), Surroundings(ROOT, fetcher.post, {}))
    assert [request.path for request in site.requests] == ["/hook"]


@pytest.mark.parametrize("tunnel", [True, False])
@pytest.mark.parametrize("host", [*HOSTS, *NAMES])
async def test_browser_that_is_led_inside(host, tunnel):
    """Chromium's only way out answers 403 to every spelling, as CONNECT and as a plain URL."""
    egress = Egress(resolver=known)
    async with CheckingProxy(egress, most_bytes=1000, connect_seconds=2) as proxy:
        port = int(proxy.address.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        place = host if re.search(r":\d+$", host) else f"{host}:80"
        first = f"CONNECT {place}" if tunnel else f"GET http://{host}/"
        login = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        writer.write(
            f"{first} HTTP/1.1\r\nProxy-Authorization: Basic {login}\r\n\r\n".encode("latin-1")
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 403")
        writer.close()


@pytest.mark.parametrize("user", ["post", "browser"])
async def test_rebinding_for_every_user(make_fetcher, site, user):
    """A name that turns inside between look-ups is never reached there: 0 of 200."""
    answers = itertools.cycle([["127.0.0.9"], ["127.0.0.1"]])

    async def rebinding(host, port):
        return next(answers)

    silent = (ip_network("127.0.0.9/32"),)
    fetcher = await make_fetcher(allow_networks=silent, resolver=rebinding)
    egress = Egress(allow_networks=silent, resolver=rebinding)
    url = site.url("/", host="rebind.example")
    attempt = {
        "post": lambda: fetcher.post(url, content=b"", headers={}),
        "browser": lambda: egress.open("rebind.example", site.port, 5),
    }[user]
    for _ in range(200):
        with pytest.raises((FetchError, OSError)):
            await attempt()
    assert site.requests == []


# --- mail servers: named by the operator ---------------------------------------------------------


@pytest.mark.parametrize("host", NOBODYS)
async def test_mail_server_where_none_can_be(host):
    """Metadata services, this link, nobody and everybody are refused to SMTP and IMAP alike."""
    channel = EmailChannel.model_validate(
        {"id": "c", "kind": "email", "smtp_host": host, "security": "none",
         "from": "a@example.com", "to": ["b@example.com"], "timeout": "2s"}
    )  # fmt: skip
    with pytest.raises(NotifyError, match=r"is refused: .*never a server's"):
        await send(channel, Surroundings(ROOT, None, {}))
    inbox = Inbox(InboxSettings(host=host, user="u", password_env="P"), "secret", 1000)
    with pytest.raises(InboxError, match=r"is refused: .*never a server's"):
        next(inbox.look(NOW))


@pytest.mark.parametrize(
    "answer", [["169.254.169.254"], ["127.0.0.1", "169.254.169.254"], ["fe80::1%eth0"]]
)
def test_mail_servers_name_that_leads_there(answer):
    """A name is judged by all its addresses."""
    with pytest.raises(FetchError) as caught:
        dial("mail.example", 25, 1, names=lambda host, port: answer)
    assert caught.value.kind == "blocked"


def test_mail_server_inside_is_the_operators_choice(site_socket):
    """A mail server of one's own network needs no allowance."""
    port = site_socket.getsockname()[1]
    dial("mail.example", port, 5, names=lambda host, port: ["127.0.0.1"]).close()
    with pytest.raises(FetchError, match="Check its spelling"):
        dial("mail.example", port, 5, names=lambda host, port: [])


def test_mail_servers_address_is_looked_up_once(site_socket):
    """What was checked is what is connected to: a second answer is never asked for (0 of 200)."""
    port = site_socket.getsockname()[1]
    answers = itertools.cycle([["127.0.0.1"], ["169.254.169.254"]])
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return next(answers)

    reached = []
    for _ in range(200):
        try:
            with dial("rebind.example", port, 5, names=rebinding) as connected:
                reached.append(connected.getpeername()[0])
                site_socket.accept()[0].close()
        except FetchError as error:
            reached.append(error.kind)
    assert reached == ["127.0.0.1", "blocked"] * 100
    assert len(asked) == 200


def test_allowance_holds_for_mail_servers_too(site_socket):
    """allow_networks opens to mail what it opens to everything else."""
    port = site_socket.getsockname()[1]
    to = partial(dial, allow_networks=[ip_network("0.0.0.0/8")])
    to("0.0.0.0", port, 5).close()
    with pytest.raises(FetchError):
        dial("0.0.0.0", port, 5)


@pytest.fixture
def site_socket():
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield listening


# --- nothing else connects -----------------------------------------------------------------------

#: Modules that may name a way to other machines; all others go through these.
_WAYS_OUT = {
    "monitor/fetch/egress.py", "monitor/fetch/transport.py", "monitor/fetch/wire.py",
    "monitor/fetch/fetcher.py", "monitor/fetch/forward.py", "monitor/fetch/browser.py",
    "monitor/inbox.py", "notifiers/email.py", "web/server.py", "monitor/systemd.py",
    "monitor/workers/nursery.py",  # a pair of sockets within the machine
}  # fmt: skip
_CONNECTING = re.compile(
    r"^\s*(?:import|from) (?:httpx|httpcore|urllib\.request|urllib3|requests|smtplib|"
    r"imaplib|poplib|ftplib|aiosmtplib|aiohttp|http\.client|playwright)\b|"
    r"open_connection\(|create_connection\(|getaddrinfo\(|socket\.socket\(|slack_sdk\.(?:web|webhook)\b",
    re.M,
)


def test_no_other_module_connects():
    """A new user of the network must come through the egress, or be named here on purpose."""
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("monitor", "notifiers", "store", "web")
        for path in (ROOT / folder).rglob("*.py")
        if _CONNECTING.search(path.read_text("utf-8"))
    }
    assert found <= _WAYS_OUT
