"""`make audit`: the advisory service is asked about what is locked, and may be out of reach."""

import importlib.util
import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.notifiers.loopback_http import LoopbackServer, Reply, Request
from tools import audit

ROOT = Path(__file__).parents[2]
LOCK = """
[[package]]
name = "policywatch"
source = { editable = "." }
[[package]]
name = "loom"
version = "1.0"
source = { registry = "somewhere" }
[[package]]
name = "loom"
version = "2.0"
source = { registry = "somewhere" }
[[package]]
name = "shuttle"
version = "3.1"
source = { registry = "somewhere" }
"""
needs_pip_audit = pytest.mark.skipif(
    importlib.util.find_spec("pip_audit") is None, reason="pip-audit comes with `make audit`"
)


def run(tmp_path: Path, url: str) -> subprocess.CompletedProcess[str]:
    lock = tmp_path / "uv.lock"
    lock.write_text(LOCK, encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / "audit.py"), str(lock), "--osv-url", url],
        check=False, capture_output=True, text=True,
    )  # fmt: skip


def osv(vulnerable: str) -> Callable[[Request], Reply]:
    """An advisory service that knows of one fault."""

    def answer(request: Request) -> Reply:
        asked = request.json
        if asked["package"]["name"] != vulnerable or asked["version"] != "2.0":
            return Reply(200, "{}")
        told = {
            "id": "PYSEC-0-0", "summary": "it unravels",
            "affected": [{
                "package": {"name": vulnerable, "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "2.1"}]}],
            }],
        }  # fmt: skip
        return Reply(200, json.dumps({"vulns": [told]}))

    return answer


def test_every_locked_version_is_asked_about() -> None:
    """Two versions of one package (for two versions of Python) stand in two lists."""
    assert audit.pinned(LOCK) == [["loom==1.0", "shuttle==3.1"], ["loom==2.0"]]


@needs_pip_audit
def test_an_advisory_fails_the_audit(tmp_path: Path) -> None:
    """Package, version, advisory, remedy."""
    with LoopbackServer(osv("loom")) as server:
        done = run(tmp_path, server.url)
    assert done.returncode == 1, done.stderr
    assert done.stdout == "loom 2.0: PYSEC-0-0, mended in 2.1\n"
    asked = sorted((r.json["package"]["name"], r.json["version"]) for r in server.requests)
    assert asked == [("loom", "1.0"), ("loom", "2.0"), ("shuttle", "3.1")]


@needs_pip_audit
def test_nothing_known_is_said(tmp_path: Path) -> None:
    """With how many versions were asked about."""
    with LoopbackServer(osv("nothing")) as server:
        done = run(tmp_path, server.url)
    assert (done.returncode, done.stdout) == (
        0, "No advisory is known against the 3 locked versions.\n"
    )  # fmt: skip


@needs_pip_audit
def test_a_service_out_of_reach_is_no_good_news(tmp_path: Path) -> None:
    """What was not asked must not pass for "nothing known"."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: closed
        done = run(tmp_path, f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert done.returncode == 3
    assert "Not audited: the advisory service cannot be reached" in done.stdout


@needs_pip_audit
def test_a_service_that_is_broken_is_no_good_news(tmp_path: Path) -> None:
    """An answer that is none must not pass for "nothing known"."""
    with LoopbackServer(lambda _: Reply(200, "<html>")) as server:
        assert run(tmp_path, server.url).returncode == 3


def test_what_is_no_result_is_no_good_news() -> None:
    """A tool that is not installed, or says something else."""
    verdict = audit.judged([("", "No module named pip_audit\n")])
    assert verdict == audit.Verdict(3, ("pip-audit failed: No module named pip_audit",))
    assert audit.judged([('{"dependencies": 3}', "")]).code == 3
    assert audit.judged([("", "urllib3: ReadTimeout\n")]).lines == (audit._NOT_ASKED,)
