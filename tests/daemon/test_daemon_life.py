"""The daemon's life inside one process: start, health, reload, stop, and what it refuses."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from monitor import config_file
from monitor.alerts import trial_alert
from monitor.daemon import Daemon
from monitor.errors import ConfigError, StoreError
from monitor.jobs import cut_short
from monitor.services import open_store, utc_now
from store import NewDelivery
from tests.check.world import page
from tests.end_to_end.test_daemon import free_port
from web.server import listen, serving

Logs = list[dict[str, object]]


@pytest.fixture
def port() -> int:
    """Where the daemon serves its health."""
    return free_port()


@pytest.fixture
async def site() -> AsyncIterator[tuple[str, list[str]]]:
    """A site with two policies, and the paths that were asked for (a heartbeat among them)."""
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        asked.append(request.url.path)
        return HTMLResponse(page())

    bound = listen("127.0.0.1", 0, table="test")
    route = Route("/{path:path}", answer, methods=["GET", "POST"])
    async with serving(Starlette(routes=[route]), bound):
        yield f"http://127.0.0.1:{bound.getsockname()[1]}", asked


def write(folder: Path, base: str, port: int, *paths: str, more: str = "") -> Path:
    """A configuration that watches these paths."""
    path = folder / "config.toml"
    policies = "".join(
        f'[[policy]]\nid = "{name}"\nurl = "{base}/{name}"\nevery = "1h"\n' for name in paths
    )
    text = f"""
[web]
port = {port}
[daemon]
tick = "0.05s"
heartbeat_url = "{base}/heartbeat"
heartbeat_every = "1s"
[fetch]
per_host_delay = "0s"
robots = false
allow_networks = ["127.0.0.0/8"]
[extraction]
processes = 1
{policies}{more}
"""
    draft = folder / "config.draft"
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return path


@asynccontextmanager
async def running(path: Path) -> AsyncIterator[tuple[Daemon, Logs]]:
    """A daemon that serves until the context ends."""
    with structlog.testing.capture_logs() as logs:
        daemon = Daemon(config_file.load(path))
        task = asyncio.create_task(daemon.serve())
        try:
            await until(lambda: any("is running" in str(line["event"]) for line in logs), task)
            yield daemon, logs  # type: ignore[misc]
        finally:
            daemon.stop()
            await asyncio.wait_for(task, 30)


async def until(condition: Callable[[], bool], task: asyncio.Task[None] | None = None) -> None:
    """Wait for something the daemon does; fail after half a minute."""
    async with asyncio.timeout(30):
        while not condition():
            if task is not None and task.done():
                task.result()
            await asyncio.sleep(0.02)


async def test_health_metrics_and_heartbeat(
    tmp_path: Path, site: tuple[str, list[str]], port: int
) -> None:
    """A supervisor sees that it is well, Prometheus what it did, a dead man's switch a pulse."""
    base, asked = site
    async with running(write(tmp_path, base, port, "one", "two")) as (_, logs):
        await until(lambda: sum(line.get("result") == "first" for line in logs) == 2)
        await until(lambda: "/heartbeat" in asked)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            health = await client.get("/healthz")
            metrics = (await client.get("/metrics")).text
    assert health.status_code == 200
    assert health.json()["policies"] == 2
    assert 'policywatch_checks_total{result="first"} 2.0' in metrics
    assert 'policywatch_policies{state="ok"} 2.0' in metrics
    assert "policywatch_versions 2.0" in metrics


async def test_a_saved_file_is_taken_over(
    tmp_path: Path, site: tuple[str, list[str]], port: int
) -> None:
    """A policy added while the daemon runs is checked without a restart."""
    base, asked = site
    path = write(tmp_path, base, port, "one")
    async with running(path) as (_, logs):
        await until(lambda: "/one" in asked)
        write(tmp_path, base, port, "one", "two")
        await until(lambda: "/two" in asked)
    assert any(line["event"] == "configuration reloaded" for line in logs)


async def test_a_new_expectation_is_assessed_when_the_file_is_saved(
    tmp_path: Path, site: tuple[str, list[str]], port: int
) -> None:
    """It does not wait for the next check, and asks no source."""
    base, asked = site
    path = write(tmp_path, base, port, "one")
    async with running(path) as (_, logs):
        await until(lambda: any(line.get("result") == "first" for line in logs))
        looked = asked.count("/one")
        wanted = '[[expect]]\nname = "all"\nnotice_days = ">= 60"\n'
        write(tmp_path, base, port, "one", more=wanted)
        await until(lambda: any(line["event"] == "expectations assessed anew" for line in logs))
    assert asked.count("/one") == looked
    with closing(open_store(config_file.load(path), exclusive=False, now=utc_now())) as store:
        (record,) = store.alerts()
        assert store.counts()["shortfalls"] == 1
    assert (record.alert.kind, record.severity) == ("expectation", "high")


async def test_a_bad_file_leaves_the_old_configuration_running(
    tmp_path: Path, site: tuple[str, list[str]], port: int
) -> None:
    """SIGHUP on a faulty file is answered with its faults, and the watching goes on."""
    base, asked = site
    path = write(tmp_path, base, port, "one")
    async with running(path) as (daemon, logs):
        await until(lambda: "/one" in asked)
        write(tmp_path, base, port, "one", more="[fetch2]\n")
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: any("not reloaded" in str(line["event"]) for line in logs))
        assert daemon.status()["ok"]
        write(tmp_path, base, port, "one", "three")
        await until(lambda: "/three" in asked)
    (refused, *_) = [line for line in logs if "not reloaded" in str(line["event"])]
    assert "fetch2" in json.dumps(refused["faults"])


async def test_a_channel_whose_secret_is_missing_leaves_the_old_configuration_running(
    tmp_path: Path, site: tuple[str, list[str]], port: int
) -> None:
    """A file can be in order while its surroundings are not; that must not end the daemon."""
    base, asked = site
    slack = '[[channel]]\nid = "team"\nkind = "slack"\nurl_env = "NO_SUCH_VARIABLE_HERE"\n'
    async with running(write(tmp_path, base, port, "one")) as (daemon, logs):
        await until(lambda: "/one" in asked)
        write(tmp_path, base, port, "one", "two", more=slack)
        await until(lambda: any("not reloaded" in str(line["event"]) for line in logs))
        assert daemon.status()["ok"]
        write(tmp_path, base, port, "one", "three")
        await until(lambda: "/three" in asked)
    (refused, *_) = [line for line in logs if "not reloaded" in str(line["event"])]
    assert "NO_SUCH_VARIABLE_HERE" in json.dumps(refused["faults"])
    assert "/two" not in asked


async def test_a_message_on_its_way_survives_a_reload(tmp_path: Path, port: int) -> None:
    """Cut off, it would be sent a second time."""
    arrived: list[str] = []
    may_answer = asyncio.Event()

    async def answer(request: Request) -> Response:
        if request.url.path != "/hook":
            return HTMLResponse(page())
        arrived.append(request.headers["webhook-id"])
        await may_answer.wait()
        return Response(status_code=204)

    bound = listen("127.0.0.1", 0, table="test")
    base = f"http://127.0.0.1:{bound.getsockname()[1]}"
    hook = f'[[channel]]\nid = "hook"\nkind = "webhook"\nurl = "{base}/hook"\n'
    site = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    async with serving(site, bound):
        path = write(tmp_path, base, port, "one", more=hook)
        now = utc_now()
        with open_store(config_file.load(path), exclusive=False, now=now) as store:
            store.add_alert(trial_alert("hook", now), [NewDelivery("hook", now)], now)
            async with running(path) as (_, logs):
                await until(lambda: len(arrived) == 1)
                write(tmp_path, base, port, "one", "two", more=hook)
                await until(lambda: any("reloaded" in str(line["event"]) for line in logs))
                may_answer.set()
                await until(lambda: sum("is running" in str(line["event"]) for line in logs) == 2)
                assert [delivery.state for delivery in store.deliveries()] == ["sent"]
    assert len(arrived) == 1


async def test_a_store_that_takes_nothing_does_not_make_the_daemon_hammer_the_site(
    tmp_path: Path, site: tuple[str, list[str]], port: int
) -> None:
    """A check that cannot be stored (a full disk) is due at once, and yet is given a rest."""
    base, asked = site
    path = write(tmp_path, base, port, "one")
    with open_store(config_file.load(path), exclusive=False, now=utc_now()):
        pass
    with closing(sqlite3.connect(tmp_path / "policywatch.db")) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON check_log BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        database.commit()
    async with running(path) as (daemon, logs):
        await until(lambda: any("not stored" in str(line["event"]) for line in logs))
        await asyncio.sleep(0.5)  # ten ticks
        assert daemon.status()["ok"]
    assert asked.count("/one") == 1


async def test_a_second_daemon_on_the_same_store_is_refused(
    tmp_path: Path, site: tuple[str, list[str]], port: int
) -> None:
    """The message says who holds it."""
    base, _ = site
    path = write(tmp_path, base, port, "one")
    async with running(path):
        with pytest.raises(StoreError, match=str(os.getpid())):
            await Daemon(config_file.load(path)).serve()


async def test_a_port_in_use_is_a_fault_of_configuration(
    tmp_path: Path, site: tuple[str, list[str]], port: int
) -> None:
    """Before anything is checked, with the table that asked for the port."""
    base, asked = site
    with listen("127.0.0.1", port, table="test"), pytest.raises(ConfigError, match=r"\[web\]"):
        await Daemon(config_file.load(write(tmp_path, base, port, "one"))).serve()
    assert asked == []


async def test_a_restart_continues_and_repeats_nothing(
    tmp_path: Path, site: tuple[str, list[str]], port: int
) -> None:
    """What was checked an hour ago at most is not due."""
    base, asked = site
    path = write(tmp_path, base, port, "one")
    async with running(path) as (_, logs):
        await until(lambda: any(line.get("result") == "first" for line in logs))
    before = asked.count("/one")
    async with running(path):
        await asyncio.sleep(0.5)
    assert asked.count("/one") == before == 1


async def test_a_stop_in_the_middle_of_a_job_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    """The scheduler cuts its jobs off when it ends; without the wrapping it logs a traceback."""

    async def logged(wrapped: bool) -> bool:
        begun = asyncio.Event()

        async def job() -> None:
            begun.set()
            await asyncio.Event().wait()

        caplog.clear()
        scheduler = AsyncIOScheduler()
        scheduler.add_job(cut_short(job) if wrapped else job)
        scheduler.start()
        await begun.wait()
        scheduler.shutdown(wait=False)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait([task for task in others if "run_coroutine_job" in repr(task)])
        return "raised an exception" in caplog.text

    assert await logged(wrapped=False)
    assert not await logged(wrapped=True)
