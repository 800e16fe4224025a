"""A site of many hosts that notes who asks, and the processes that watch it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.check.world import page

COMMAND = [sys.executable, "-c", "from monitor.cli import main; main()"]
#: How long anything that must come may take on a busy machine, in s.
PATIENCE = 120.0


@dataclass
class Site:
    """Policies on all addresses 127.0.0.0/8 of one port, and a webhook at ``/hook``.

    ``days`` is what the policies promise; ``hold`` keeps answers back while it is set.
    """

    port: int = 0
    days: int = 30
    hold: threading.Event | None = None
    gets: list[tuple[str, str, str]] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    crowded: set[str] = field(default_factory=set)
    _asking: Counter[tuple[str, str]] = field(default_factory=Counter)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def url(self, number: int, hosts: int = 50) -> str:
        """The address of a policy; one host has every ``hosts``-th."""
        host = number % hosts
        return f"http://127.0.{1 + host // 7}.{1 + host % 7}:{self.port}/p{number}"

    def asked_by(self, agent: str) -> int:
        """How many pages a process asked for."""
        return sum(who == agent for who, _, _ in self.gets)

    def until(self, happened: Callable[[], bool]) -> None:
        """Wait for something that requests bring about."""
        with self._news:
            assert self._news.wait_for(happened, PATIENCE)

    def got(self, agent: str, host: str, path: str) -> str:
        """Answer a request for a page; two processes at one host at once are noted."""
        with self._news:
            self.gets.append((agent, host, path))
            self._asking[host, agent] += 1
            if sum(1 for (where, _), many in self._asking.items() if where == host and many) > 1:
                self.crowded.add(host)
            self._news.notify_all()
        if self.hold is not None:
            assert self.hold.wait(PATIENCE)
        with self._news:
            self._asking[host, agent] -= 1
        return page(days=self.days, extra=f"<p>This is policy {path} of {host}.</p>")

    def posted(self, body: bytes) -> None:
        """Take what a channel sends."""
        with self._news:
            self.posts.append(json.loads(body))
            self._news.notify_all()


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve a site while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = self.headers["host"].partition(":")[0]
            body = site.got(self.headers["user-agent"], host, self.path).encode()
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            site.posted(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Keep the test's output clean."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, *_: Any) -> None:
            """A client that was killed."""

    server = Server(("0.0.0.0", site.port), Handler)
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_config(
    folder: Path, site: Site, store: str, policies: int, *, hosts: int = 50, more: str = ""
) -> Path:
    """A configuration that leaves the checks of a site's policies to workers.

    A worker takes no more than sixteen batches at once, so that there is work for two.
    """
    declared = "".join(
        f'[[policy]]\nid = "p{number}"\nurl = "{site.url(number, hosts)}"\nevery = "30d"\n'
        for number in range(policies)
    )
    path = folder / "config.toml"
    draft = folder / "config.draft"
    draft.write_text(
        f"""
[store]
url = "{store}"
[web]
enabled = false
[daemon]
tick = "0.2s"
log_format = "json"
[workers]
enabled = true
lost_after = "4s"
[fetch]
concurrency = 4
per_host_delay = "0.02s"
robots = false
retries = 0
allow_networks = ["127.0.0.0/8"]
[extraction]
processes = 1
[[channel]]
id = "hook"
kind = "webhook"
url = "http://127.0.0.1:{site.port}/hook"
[[route]]
channel = "hook"
severity = "medium"
{more}{declared}""",
        encoding="utf-8",
    )
    draft.replace(path)
    return path


@dataclass
class Process:
    """A running `policywatch COMMAND`; sites know it by ``agent``."""

    agent: str
    popen: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """As when a machine dies: it, and what it had started."""
        os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def stop(self) -> int:
        """As a supervisor stops it; its exit code."""
        self.popen.terminate()
        return self.popen.wait(PATIENCE)

    def lines(self) -> list[dict[str, Any]]:
        """What it logged."""
        text = self.log.read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@contextmanager
def running(config: Path, command: str, agent: str) -> Iterator[Process]:
    """A process in a group of its own; it ends with the context at the latest."""
    log = config.parent / f"{agent}.log"
    with log.open("wb") as stream:
        popen = subprocess.Popen(
            [*COMMAND, "--config", str(config), command],
            stdout=stream,
            stderr=stream,
            env={**os.environ, "POLICYWATCH_FETCH__USER_AGENT": agent},
            start_new_session=True,
        )
    process = Process(agent, popen, log)
    try:
        yield process
    finally:
        if popen.poll() is None:
            process.kill()
