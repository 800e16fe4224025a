"""A site, its receivers, and daemons that are killed at named points and at random ones.

The points are seen from outside, so that nothing of the daemon is changed for them:

    asked       the page was asked for, and is not answered
    half        half of the page was sent
    sent        the page was sent whole: reading, comparing and storing lie ahead
    stored      the log says that what was seen is stored, none of its messages is taken
    taken       the webhook's message arrived, and is not answered
    answered    the webhook's message was answered: our mark lies ahead
    mail        the mail server said "accepted": our mark lies ahead
    random      whatever happens at that moment
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from tests.check.world import page

ROOT = Path(__file__).parents[2]
POINTS = ("stored", "asked", "half", "sent", "taken", "answered", "mail", "random")

#: Forks daemons out of one process that has loaded everything: a start costs a tenth of a second.
NURSERY = """
import os, sys
import monitor.daemon, monitor.doctor, monitor.services
from monitor.cli import main
from monitor.cli.commands import app
for line in iter(sys.stdin.readline, ""):
    child = os.fork()
    if child == 0:
        os.setsid()
        log = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for stream in (1, 2):
            os.dup2(log, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        main(["--config", sys.argv[1], "run"])
        os._exit(0)
    print(child, flush=True)
    status = os.waitpid(child, 0)[1]
    print("ended", status, flush=True)
"""


@dataclass
class Site:
    """A policy whose notice changes with every revision, and receivers that remember.

    ``reached`` is called with the name of each point when it is reached.
    """

    port: int = 0
    smtp_port: int = 0
    revision: int = 0
    webhooks: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    reached: Callable[[str], None] = lambda _point: None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """The mail server: everything is accepted."""
        self.mails.append(str(message_from_bytes(envelope.content)["Message-ID"]))
        threading.Timer(0.002, self.reached, ("mail",)).start()
        return "250 OK"


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        self.site.reached("asked")
        body = page(days=30 + self.site.revision).encode()
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.site.reached("half")
            self.wfile.write(body[len(body) // 2 :])
            self.site.reached("sent")

    def do_POST(self) -> None:
        size = int(self.headers["content-length"])
        body = self.rfile.read(size)
        if len(body) < size:  # its sender was killed while sending
            return
        self.site.webhooks.append((self.headers["webhook-id"], json.loads(body)))
        self.site.reached("taken")
        with suppress(OSError):
            self.send_response(204)
            self.end_headers()
            self.site.reached("answered")

    def log_message(self, *_: Any) -> None:
        """Keep the test's output clean."""


@contextmanager
def serving() -> Iterator[Site]:
    """Real servers on loopback."""
    site = Site()
    handler = type("Handler", (_Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        site.smtp_port = int(probe.getsockname()[1])
    mail = Controller(site, hostname="127.0.0.1", port=site.smtp_port)
    mail.start()
    try:
        yield site
    finally:
        mail.stop()
        server.shutdown()
        server.server_close()
        thread.join()


def write_config(folder: Path, site: Site, store: str = "sqlite:///policywatch.db") -> Path:
    """A policy checked all the time, a webhook and a mailbox for whatever changes."""
    path = folder / "config.toml"
    path.write_text(
        f"""
[store]
url = "{store}"
[web]
enabled = false
[daemon]
tick = "0.05s"
log_format = "json"
[extraction]
processes = 1
[fetch]
per_host_delay = "0s"
robots = false
allow_networks = ["127.0.0.0/8"]
[[policy]]
id = "loom"
url = "http://127.0.0.1:{site.port}/privacy"
every = "1s"
[[channel]]
id = "hook"
kind = "webhook"
url = "http://127.0.0.1:{site.port}/hook"
[[channel]]
id = "mail"
kind = "email"
smtp_host = "127.0.0.1"
smtp_port = {site.smtp_port}
security = "none"
from = "policywatch@example.com"
to = ["privacy@example.com"]
[[route]]
channel = "hook"
severity = "low"
[[route]]
channel = "mail"
severity = "low"
""",
        encoding="utf-8",
    )
    return path


class Killer:
    """Kills the running daemon when its point is reached, or after a while at the latest."""

    def __init__(self, site: Site, chance: random.Random) -> None:
        self.point, self.pid = "", 0
        self.killed_at: Counter[str] = Counter()
        self._chance, self._site = chance, site
        self._lock = threading.Lock()
        site.reached = self.reached

    def aim(self, pid: int, point: str) -> None:
        """Take this process for the next victim."""
        with self._lock:
            self.pid, self.point = pid, point

    def reached(self, point: str) -> None:
        """A point was reached: kill, at once or some milliseconds later."""
        if point == self.point and point in ("sent", "answered", "stored"):
            time.sleep(self._chance.choice([0, 0.001, 0.005, 0.02, 0.06]))
        if point == self.point:
            self.kill(point)

    def kill(self, point: str) -> None:
        """Without warning."""
        with self._lock:
            if not self.pid:
                return
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.killed_at[point] += 1
            self.pid, self.point = 0, ""


def kill_again_and_again(
    config: Path, log: Path, site: Site, kills: int, chance: random.Random
) -> Counter[str]:
    """Run one daemon after the other on one store and kill each; returns where they were killed.

    A point that is not reached within half a minute is "late"; what is killed there is so too.
    """
    killer = Killer(site, chance)
    command = [sys.executable, "-c", NURSERY, str(config), str(log)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for round_ in range(kills):
            site.revision += 1
            point = POINTS[round_ % len(POINTS)]
            start = log.stat().st_size if log.exists() else 0
            print("next", file=nursery.stdin, flush=True)
            killer.aim(int(nursery.stdout.readline()), point)
            _wait_to_kill(killer, point, log, start, chance)
            said = nursery.stdout.readline()
            assert said == "ended 9\n", (said, log.read_text()[-4000:])
        nursery.stdin.close()
    return killer.killed_at


def _wait_to_kill(killer: Killer, point: str, log: Path, start: int, chance: random.Random) -> None:
    """Until the victim is dead: its point, a random moment, or half a minute."""
    seconds = chance.uniform(0, 3) if point == "random" else 30.0
    end = time.monotonic() + seconds
    while killer.pid and time.monotonic() < end:
        if point == "stored" and log.exists():
            with log.open("rb") as stream:
                stream.seek(start)
                if b'"result": ' in stream.read():
                    killer.reached("stored")
        time.sleep(0.003)
    killer.kill("random" if point == "random" else f"late for {point}")
