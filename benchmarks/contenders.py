"""Whom benchmarks/peers.py compares: each checks every policy once when told to, and is measured.

Each is made with a folder of its own, the site's address, the number of policies and the folder of
its programs. ``check_all`` returns what the round cost all of its processes.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import yaml

from benchmarks.site import address
from benchmarks.trees import Watch
from store import Store

_PATIENCE = 1800.0
_API_PORT = 18290


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of wall and processor time, peak PSS in MB, and the policies it alerted about."""

    wall: float
    cpu: float
    peak_mb: float
    alerts: int


class Contender(Protocol):
    """One that can be raced."""

    def check_all(self) -> Spent:
        """Check every policy once."""

    def close(self) -> None:
        """End its processes."""


class BareLoop:
    """benchmarks/bareloop.py, alive over the rounds; "alerts" are bodies that were new."""

    def __init__(self, site: str, policies: int, *extra: str) -> None:
        command = [sys.executable, "-m", "benchmarks.bareloop", site, str(policies), *extra]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def check_all(self) -> Spent:
        """One round."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with Watch(self._process.pid) as watch:
            self._process.stdin.write("go\n")
            self._process.stdin.flush()
            new = int(self._process.stdout.readline())
        return Spent(watch.wall, watch.cpu, watch.peak_mb, new)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


_CONFIG = """
[store]
url = "sqlite:///watch.db"
[web]
enabled = false
[fetch]
allow_networks = ["127.0.0.0/8"]
per_host_delay = "0s"
[daemon]
log_level = "error"
"""
_POLICY = """
[[policy]]
id = "p{number}"
service = "Brindle {number}"
type = "privacy"
url = "{url}"
every = "1d"
"""


class Policywatch:
    """The daemon as it ships, but for politeness: all hosts here are this machine."""

    def __init__(self, folder: Path, site: str, policies: int) -> None:
        self._ids = [f"p{number}" for number in range(policies)]
        declared = (_POLICY.format(number=n, url=address(site, n)) for n in range(policies))
        config = folder / "config.toml"
        config.write_text(_CONFIG + "".join(declared))
        program = "from monitor.cli import main; main()"
        self._command = [sys.executable, "-c", program, "--config", str(config), "run"]
        self._process: subprocess.Popen[bytes] | None = None
        self._store = Store.open("sqlite:///watch.db", base_dir=folder, now=datetime.now(UTC))

    def check_all(self) -> Spent:
        """Make every policy due, and wait until each was checked."""
        began = datetime.now(UTC)
        if self._process is None:
            self._process = subprocess.Popen(self._command)
        with Watch(self._process.pid) as watch:
            for policy in self._ids if self._store.sources() else ():
                self._store.make_due(policy, began)
            while not self._all_checked(began):
                time.sleep(0.2)
                if watch.running > _PATIENCE or self._process.poll() is not None:
                    raise RuntimeError("policywatch did not finish its round")
        alerts = [a for a in self._store.alerts(10_000) if a.created_at >= began]
        return Spent(watch.wall, watch.cpu, watch.peak_mb, len({a.alert.policy for a in alerts}))

    def _all_checked(self, began: datetime) -> bool:
        sources = self._store.sources()
        checked = [s for s in sources if s.last_check_at and s.last_check_at >= began]
        return len(checked) == len(self._ids)

    def close(self) -> None:
        """Stop the daemon as a person would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait()
        self._store.close()


class OneShot:
    """urlwatch or webchanges: a command that checks all and prints what changed."""

    def __init__(self, name: str, folder: Path, site: str, policies: int, programs: Path) -> None:
        jobs = [
            {
                "name": f"p{n}",
                "url": address(site, n),
                "filter": [{"html2text": {"method": method}}],
            }
            for method in ["strip_tags" if name == "webchanges" else "re"]
            for n in range(policies)
        ]
        listed = folder / "jobs.yaml"
        listed.write_text(yaml.safe_dump_all(jobs))
        own = {
            "urlwatch": ["--urls", str(listed), "--cache", str(folder / "cache.db")],
            "webchanges": ["--jobs", str(listed), "--database", str(folder / "snapshots.db")],
        }[name]
        config = folder / "settings.yaml"
        home = {**os.environ, "HOME": str(folder)}
        self._command = [str(programs / name), *own, "--config", str(config)]
        self._environment = home
        config.write_text(_settings(name))

    def check_all(self) -> Spent:
        """Run it once."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self._environment,
        )
        with Watch(process.pid) as watch:
            said, _ = process.communicate(timeout=_PATIENCE)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        changed = set(re.findall(r"^\d+\. CHANGED: (\S+)", said, re.M | re.I))
        return Spent(watch.wall, cpu, watch.peak_mb, len(changed))

    def close(self) -> None:
        """Nothing lives on."""


def _settings(name: str) -> str:
    report = {"stdout": {"enabled": True, "color": False}, "text": {"line_length": 200}}
    settings = {"report": report, "display": {"new": False, "error": True, "unchanged": False}}
    return yaml.safe_dump(settings) if name == "urlwatch" else yaml.safe_dump({"report": report})


class ChangeDetection:
    """changedetection.io, a server; driven by its API."""

    def __init__(self, folder: Path, site: str, policies: int, programs: Path) -> None:
        self._count = policies
        environment = {
            **os.environ,
            "ALLOW_IANA_RESTRICTED_ADDRESSES": "true",
            "FETCH_WORKERS": "10",
            "DISABLE_VERSION_CHECK": "true",
            "LOGGER_LEVEL": "ERROR",
        }
        data = folder / "data"
        data.mkdir()
        self._process = subprocess.Popen(
            [str(programs / "changedetection.io"), "-d", str(data), "-p", str(_API_PORT), "-C"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._token = self._read_token(data)
        lines = "\n".join(address(site, n) for n in range(policies))
        self._lines: str | None = lines

    def _read_token(self, data: Path) -> str:
        for _ in range(600):
            time.sleep(0.2)
            for file in data.glob("*.json"):
                found = re.search(r'"api_access_token":\s*"(\w+)"', file.read_text("utf-8"))
                if found:
                    time.sleep(3)
                    return found[1]
        raise RuntimeError("changedetection.io did not start")

    def check_all(self) -> Spent:
        """Import the list, or have all of it checked again; wait until each was."""
        began = int(time.time())
        with Watch(self._process.pid) as watch:
            if self._lines is not None:
                self._ask("import", self._lines.encode())
                self._lines = None
            else:
                time.sleep(1.1)  # its clock is in whole seconds
                began = int(time.time())
                self._ask("watch?recheck_all=1")
            while True:
                time.sleep(1)
                watches = json.loads(self._ask("watch")).values()
                if sum((w.get("last_checked") or 0) >= began for w in watches) >= self._count:
                    break
                if watch.running > _PATIENCE:
                    raise RuntimeError("changedetection.io did not finish its round")
        changed = sum((w.get("last_changed") or 0) >= began for w in watches)
        return Spent(watch.wall, watch.cpu, watch.peak_mb, changed)

    def _ask(self, path: str, content: bytes | None = None) -> bytes:
        request = urllib.request.Request(
            f"http://127.0.0.1:{_API_PORT}/api/v1/{path}",
            data=content,
            headers={"x-api-key": self._token, "content-type": "text/plain"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return bytes(answer.read())

    def close(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.wait()
