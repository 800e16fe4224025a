"""deploy/compose.yaml: its services, started as it says but without containers, do their work."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from monitor.passwords import digest_of
from store import Store
from tests.cluster.swarm import COMMAND, PATIENCE, Site, serving
from tests.end_to_end.test_daemon import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
CONFIG = """
[fetch]
allow_networks = ["127.0.0.0/8"]
per_host_delay = "0s"
robots = false
[daemon]
tick = "0.2s"
[[web.person]]
name = "Ada"
role = "viewer"
password = "{digest}"
"""


def services() -> dict[str, Any]:
    """What is started, with anchors and merges resolved."""
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return found


def test_every_service_of_ours_is_closed_and_waits_for_the_database() -> None:
    """What the image asks for; the pages are for this machine, the database for nobody else."""
    found = services()
    assert found["worker"]["deploy"]["replicas"] == 2
    for name in ("daemon", "worker"):
        service = found[name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["depends_on"]["postgresql"] == {"condition": "service_healthy"}
    assert all(port.startswith("127.0.0.1:") for port in found["daemon"]["ports"])
    assert "ports" not in found["postgresql"]
    assert "ports" not in found["worker"]


def test_no_password_is_written_down() -> None:
    """Where there is none, nothing starts."""
    for name, service in services().items():
        for variable, value in service["environment"].items():
            if "PASSWORD" in variable:
                assert value.startswith("${POSTGRES_PASSWORD:?"), name


def test_the_services_share_the_work(tmp_path: Path, empty_postgresql: str) -> None:
    """A daemon and two workers, all started at once on an empty database."""
    with ExitStack() as stack:
        site = stack.enter_context(serving(Site()))
        config = tmp_path / "config.toml"
        declared = "".join(
            f'[[policy]]\nid = "p{n}"\nurl = "{site.url(n)}"\nevery = "1d"\n' for n in range(12)
        )
        config.write_text(CONFIG.format(digest=digest_of("a password")) + declared)
        port = free_port()
        started = []
        for name, service in services().items():
            if name == "postgresql":
                continue
            for number in range(service.get("deploy", {}).get("replicas", 1)):
                given = {
                    **service["environment"],
                    "POLICYWATCH_STORE__URL": empty_postgresql,
                    "POLICYWATCH_WEB__PORT": str(port),
                    "POLICYWATCH_FETCH__USER_AGENT": f"{name}-{number}",
                }
                started.append(
                    stack.enter_context(
                        subprocess.Popen(
                            [*COMMAND, "--config", str(config), *service["command"]],
                            env={**os.environ, **given},
                            stdout=sys.stderr,
                        )
                    )
                )
        try:
            site.until(lambda: len(site.gets) >= 12)
            assert healthy(port)
        finally:
            for process in started:
                process.terminate()
        assert [process.wait(PATIENCE) for process in started] == [0, 0, 0]
    assert {agent.partition("-")[0] for agent, _, _ in site.gets} == {"worker"}
    assert Counter(path for _, _, path in site.gets) == Counter(f"/p{n}" for n in range(12))
    with Store.open(empty_postgresql, base_dir=tmp_path, now=datetime.now(UTC)) as store:
        assert store.counts()["versions"] == 12


def healthy(port: int) -> bool:
    """Whether the pages say so, asked like the image's health check; they may still be starting."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=4) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.2)
    return False
