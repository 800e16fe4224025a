"""A canary in every setting that holds a secret, and servers that repeat what they are told.

Each channel fails in its own way; the servers put all that they were sent into their answers, as
careless ones do.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.check.world import page

#: Every secret begins or ends so, or holds it: none of it may ever be seen.
CANARY = "Kanari7Vogel"
SIGNING = "whsec_" + base64.b64encode(CANARY.encode() * 3).decode()
ENVIRONMENT = {
    "SMTP_PASSWORD": f"{CANARY} smtp&pa/ss",
    "IMAP_PASSWORD": f"{CANARY}imap",
    "SLACK_TOKEN": f"xoxb-{CANARY}-token",
    "SLACK_SIGNING": f"{CANARY}signing",
    "HOOK_URL": "{base}/hooks/" + CANARY,
    "HOOK_SECRET": SIGNING,
    "APPRISE_URL": "json://{user}:" + CANARY + "apprise@127.0.0.1:{port}/hooks/" + CANARY,
    "LINK_SECRET": f"{CANARY} is a long random text for links",
}
#: What else must not be seen: pieces that a mask of the whole alone would let through.
TELLTALES = (CANARY, CANARY.lower(), SIGNING, base64.b64encode(CANARY.encode()).decode()[:-4])


@dataclass
class Servers:
    """Where they listen, and how often the page was revised. ``heard`` names what was asked."""

    port: int
    tls_port: int
    smtp_port: int
    imap_port: int
    silent_port: int
    closed_port: int
    revision: int = 0
    heard: set[str] = field(default_factory=set)

    @property
    def base(self) -> str:
        """The plain server's address."""
        return f"http://127.0.0.1:{self.port}"


class _Echo(BaseHTTPRequestHandler):
    """GET is the policy; POST repeats everything with a status that the path begins with."""

    servers: Servers

    def do_GET(self) -> None:
        self.servers.heard.add("GET")
        self._answer(200, page(days=30 + self.servers.revision), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        status = next((int(p) for p in self.path.split("/") if p in ("200", "401", "500")), 500)
        sent = self.rfile.read(int(self.headers["content-length"] or 0)).decode()
        self.servers.heard.add(self.path)
        shown = sorted(self.headers.items(), key=lambda each: each[0].lower() != "authorization")
        headers = " ".join(f"{name}: {value}" for name, value in shown)
        self._answer(status, f"{status} for {self.path}: {headers} {sent}", "text/plain")

    def _answer(self, status: int, body: str, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body.encode())))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Keep the test's output clean."""


class _SmtpEcho(socketserver.StreamRequestHandler):
    """Refuses every login, and says with what."""

    def handle(self) -> None:
        self.wfile.write(b"220 mail.example\r\n")
        while line := self.rfile.readline():
            words = line.decode().split()
            if words[0].upper() == "EHLO":
                self.wfile.write(b"250-mail.example\r\n250 AUTH PLAIN\r\n")
            elif words[0].upper() == "AUTH":
                given = words[2] if len(words) > 2 else ""
                clear = base64.b64decode(given).decode().replace("\0", " ").strip()
                self.wfile.write(f"535 5.7.8 wrong: {clear}\r\n".encode())
            else:
                self.wfile.write(b"530 log in first\r\n")


class _ImapEcho(socketserver.StreamRequestHandler):
    """Refuses every login, and says with what."""

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            if rest.startswith("CAPABILITY"):
                self.wfile.write(f"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n".encode())
            else:
                self.wfile.write(f"{tag} NO not with {rest}\r\n".encode())


class _Threaded(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextlib.contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def serving(tls: ssl.SSLContext) -> Iterator[Servers]:
    """All of them; ``tls`` is a context that nobody trusts."""
    echo = type("Echo", (_Echo,), {})
    secure = ThreadingHTTPServer(("127.0.0.1", 0), echo)
    secure.handle_error = lambda *_: None  # type: ignore[method-assign]
    secure.socket = tls.wrap_socket(secure.socket, server_side=True)
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        with socket.create_server(("127.0.0.1", 0)) as probe:
            closed = int(probe.getsockname()[1])
        silent = enter(socket.create_server(("127.0.0.1", 0)))
        servers = Servers(
            port=enter(_serving(ThreadingHTTPServer(("127.0.0.1", 0), echo))),
            tls_port=enter(_serving(secure)),
            smtp_port=enter(_serving(_Threaded(("127.0.0.1", 0), _SmtpEcho))),
            imap_port=enter(_serving(_Threaded(("127.0.0.1", 0), _ImapEcho))),
            silent_port=int(silent.getsockname()[1]),
            closed_port=closed,
        )
        echo.servers = servers  # type: ignore[attr-defined]
        yield servers


def environment(servers: Servers) -> Mapping[str, str]:
    """The variables that the configuration names."""
    given = {"base": f"{servers.base}/500", "port": servers.port, "user": "bot"}
    return {name: value.format(**given) for name, value in ENVIRONMENT.items()}


#: Channels and what each runs into.
CHANNELS = (
    "login", "slow_mail", "tls_mail", "slack_500", "slack_bot", "hook_500", "refused", "tls",
    "silent", "unauthorized", "taken", "apprise",
)  # fmt: skip


def write_config(
    folder: Path, servers: Servers, store: str, *, proxy: str = "", web_port: int = 0
) -> Path:
    """Canaries everywhere."""
    (folder / "smtp.secret").write_text(f"{CANARY}file\n")
    secure = f"https://127.0.0.1:{servers.tls_port}"
    routes = "\n".join(f'[[route]]\nchannel = "{name}"\nseverity = "low"' for name in CHANNELS)
    path = folder / "config.toml"
    path.write_text(
        f"""
[store]
url = "{store}"
[web]
port = {web_port}
public_url = "http://policywatch.example"
link_secret_env = "LINK_SECRET"
[daemon]
tick = "0.1s"
heartbeat_url = "{servers.base}/500/ping/{CANARY}"
heartbeat_every = "0.2s"
[evidence]
timestamp_url = "{servers.base}/500/stamp/{CANARY}?key={CANARY}"
timestamp_ca_file = "ca.pem"
[extraction]
processes = 1
[fetch]
per_host_delay = "0s"
retries = 0
robots = false
allow_networks = ["127.0.0.0/8"]
{f'proxy = "{proxy}"' if proxy else ""}
[inbox]
host = "127.0.0.1"
port = {servers.imap_port}
security = "none"
user = "reader"
password_env = "IMAP_PASSWORD"
[[policy]]
id = "loom"
url = "{servers.base}/privacy"
every = "1s"
[[channel]]
id = "login"
kind = "email"
smtp_host = "127.0.0.1"
smtp_port = {servers.smtp_port}
security = "none"
username = "sender"
password_env = "SMTP_PASSWORD"
from = "policywatch@example.com"
to = ["privacy@example.com"]
[[channel]]
id = "slow_mail"
kind = "email"
smtp_host = "127.0.0.1"
smtp_port = {servers.silent_port}
security = "none"
username = "sender"
password_file = "smtp.secret"
from = "policywatch@example.com"
to = ["privacy@example.com"]
timeout = "0.3s"
[[channel]]
id = "tls_mail"
kind = "email"
smtp_host = "127.0.0.1"
smtp_port = {servers.tls_port}
security = "tls"
username = "sender"
password_file = "smtp.secret"
from = "policywatch@example.com"
to = ["privacy@example.com"]
[[channel]]
id = "slack_500"
kind = "slack"
url = "{servers.base}/services/500/{CANARY}"
[[channel]]
id = "slack_bot"
kind = "slack"
token_env = "SLACK_TOKEN"
signing_secret_env = "SLACK_SIGNING"
channel = "#privacy"
api_url = "{servers.base}/api/401/"
[[channel]]
id = "hook_500"
kind = "webhook"
url_env = "HOOK_URL"
secret_env = "HOOK_SECRET"
[[channel]]
id = "refused"
kind = "webhook"
url = "http://127.0.0.1:{servers.closed_port}/hooks/{CANARY}"
[[channel]]
id = "tls"
kind = "webhook"
url = "{secure}/hooks/{CANARY}"
[[channel]]
id = "silent"
kind = "webhook"
url = "http://user:{CANARY}@127.0.0.1:{servers.silent_port}/hooks/{CANARY}"
timeout = "0.3s"
[[channel]]
id = "unauthorized"
kind = "webhook"
url = "{servers.base}/unauthorized/401/{CANARY}"
[[channel]]
id = "taken"
kind = "webhook"
url = "{servers.base}/taken/200/{CANARY}"
[[channel]]
id = "apprise"
kind = "apprise"
url_env = "APPRISE_URL"
timeout = "5s"
{routes}
""",
        encoding="utf-8",
    )
    return path
