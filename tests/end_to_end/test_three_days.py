"""Seventy-two hours in some minutes: a bad network, a clock that goes back, sleep, DST, restarts.

The parts are those of the daemon on one store, the clock is moved by hand. In these three days the
mail server is away for six hours, Slack asks for time, each connection may be spoiled
(tests/end_to_end/chaos.py), the night of the 29th has no 02:30 in Rome, the clock is set back by
two hours once, the machine sleeps for eight, and the process ends and starts again every half day.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from monitor import config_file
from monitor.services import Services, running
from monitor.setbacks import Setbacks, bring_forward
from store import Store
from tests.check.world import page
from tests.end_to_end.chaos import FAULTS, Received, mail_server, spoiled
from web.server import listen, serving

START = datetime(2026, 3, 27, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROME = ZoneInfo("Europe/Rome")
STEP = timedelta(minutes=5)
NAMES = ("loom", "harbour", "quill")
DAILY = "lantern"
#: A policy's text stays for so long; the machine sleeps for less, so that every one is seen.
SPELL = 9 * HOUR
WALL = "<html><title>Just a moment</title><body><p>Checking your browser.</p></body></html>"


class Days:
    """The clock, and what is on the sites at that time."""

    def __init__(self, seed: int, bad: float) -> None:
        self.now, self.lived = START, timedelta(0)
        self.chance, self.bad = random.Random(seed), bad
        self.received = Received()
        self.looks: dict[str, list[timedelta]] = {name: [] for name in NAMES}
        self.nights: list[datetime] = []

    def __call__(self) -> datetime:
        return self.now

    def step(self) -> None:
        """Five minutes; once two hours back, once eight hours on."""
        before, self.lived = self.lived, self.lived + STEP
        self.now += STEP
        if before < 30 * HOUR <= self.lived:
            self.now -= 2 * HOUR
        if before < 52 * HOUR <= self.lived:
            self.now += 8 * HOUR

    def hour(self) -> float:
        """Hours since the beginning, by the clock."""
        return (self.now - START) / HOUR

    def revision(self, name: str) -> int:
        """Which text a policy has now; they do not change at the same moment."""
        return int((self.now - START + NAMES.index(name) * 3 * HOUR) / SPELL)

    def weather(self, place: str) -> str:
        """What happens to the next connection."""
        drawn = self.chance.choice(FAULTS) if self.chance.random() < self.bad else "clear"
        if place == "mail" and 10 <= self.hour() < 16:
            drawn = "refused"
        self.received.weather[f"{place}: {drawn}"] += 1
        return drawn

    async def answer(self, request: Request) -> Response:
        """The sites, Slack and the webhook's receiver."""
        name = request.url.path.strip("/")
        if request.method == "GET":
            if name == DAILY:
                self.nights.append(self.now)
                return HTMLResponse(page())
            self.looks[name].append(self.lived)
            walled = name == "quill" and 40 <= self.hour() < 43
            return HTMLResponse(WALL if walled else page(days=30 + self.revision(name)))
        body = await request.body()
        if name == "hook":
            self.received.webhooks.append((request.headers["webhook-id"], json.loads(body)))
            return Response(status_code=204)
        if 20 <= self.hour() < 22:
            return PlainTextResponse("rate_limited", 429, {"retry-after": "1800"})
        self.received.slack.append(body.decode())
        return PlainTextResponse("ok")


@asynccontextmanager
async def neighbours(days: Days) -> AsyncIterator[tuple[int, int, int]]:
    """Ports of the sites, of Slack and the webhook, and of the mail server: each behind chaos."""
    async with AsyncExitStack() as stack:
        app = Starlette(routes=[Route("/{path:path}", days.answer, methods=["GET", "POST"])])
        bound = listen("127.0.0.1", 0, table="test")
        await stack.enter_async_context(serving(app, bound))
        web = bound.getsockname()[1]
        mail = await stack.enter_async_context(mail_server(days.received))
        ports = [
            await stack.enter_async_context(
                spoiled(port, lambda place=place: days.weather(place), days.chance)
            )
            for place, port in (("site", web), ("chat", web), ("mail", mail))
        ]
        yield ports[0], ports[1], ports[2]


def write_config(folder: Path, ports: tuple[int, int, int]) -> Path:
    """Three policies looked at every hour, one by the clock of Rome, and three channels."""
    site, chat, mail = ports
    every = {**dict.fromkeys(NAMES, "1h"), DAILY: "30 2 * * * Europe/Rome"}
    policies = "".join(
        f'[[policy]]\nid = "{name}"\nurl = "http://127.0.0.1:{site}/{name}"\nevery = "{often}"\n'
        for name, often in every.items()
    )
    routes = "".join(
        f'[[route]]\nchannel = "{name}"\nseverity = "low"\nhealth = false\n'
        for name in ("hook", "slack", "mail")
    )
    path = folder / "config.toml"
    path.write_text(
        f"""
[web]
enabled = false
[extraction]
processes = 1
[fetch]
timeout = "1s"
deadline = "4s"
per_host_delay = "0s"
robots = false
allow_networks = ["127.0.0.0/8"]
{policies}{routes}
[[channel]]
id = "hook"
kind = "webhook"
url = "http://127.0.0.1:{chat}/hook"
timeout = "1s"
[[channel]]
id = "slack"
kind = "slack"
url = "http://127.0.0.1:{chat}/slack"
timeout = "1s"
[[channel]]
id = "mail"
kind = "email"
smtp_host = "127.0.0.1"
smtp_port = {mail}
security = "none"
timeout = "1s"
from = "policywatch@example.com"
to = ["privacy@example.com"]
"""
    )
    return path


async def live(days: Days, services: Services, until: timedelta) -> None:
    """What the daemon's ticker does, each five minutes."""
    setbacks = Setbacks()
    while days.lived < until:
        if back := setbacks.since_last(days.now):
            bring_forward(services, days.now, back)
        due = [services.policies[name] for name in services.store.due(days.now, 100)]
        await asyncio.gather(*(services.checker.check(policy, only_due=True) for policy in due))
        await services.dispatcher.run_once()
        if days.lived % HOUR < STEP:
            services.troubles.look(days.now)
            bring_forward(services, days.now)
        days.step()


@pytest.mark.parametrize(
    ("hours", "seed"),
    [(6, 1), *(pytest.param(72, seed, marks=pytest.mark.campaign) for seed in (1, 2, 3))],
)
async def test_days_of_bad_weather(tmp_path: Path, hours: int, seed: int) -> None:
    """Every text is a version, every change is told once on each channel, every slot is kept."""
    days = Days(seed, bad=0.15 if hours > 24 else 0.3)
    with capture_logs():
        await spend(days, hours, tmp_path)
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=days.now) as store:
        figures = assert_whole(store, days)
    print("\n" + json.dumps({"hours": hours, "seed": seed, **figures}, indent=1))


async def spend(days: Days, hours: int, tmp_path: Path) -> None:
    """So many hours in bad weather and some in fair, in processes of twelve hours at most."""
    each, fair = min(hours, 12), 24 if hours > 24 else 6
    async with neighbours(days) as ports:
        configuration = config_file.load(write_config(tmp_path, ports))
        for ended in range(each, hours + fair + 1, each):
            if ended > hours:
                days.bad = 0  # some fair hours for what is still on its way
            with Store.open(
                "sqlite:///store.db", base_dir=tmp_path, exclusive=True, now=days.now
            ) as store:
                store.release_dead(lambda _: True, days.now)
                async with running(configuration, store, clock=days) as services:
                    await live(days, services, ended * HOUR)


def assert_whole(store: Store, days: Days) -> dict[str, Any]:
    """Returns the figures."""
    assert store.verify() == []
    days.now -= 2 * HOUR  # what came last may not have been looked at yet
    expected = {name: days.revision(name) for name in NAMES}
    for name, last in expected.items():
        first = NAMES.index(name) * 3 * HOUR // SPELL
        assert len(store.versions(name)) == last - first + 1, name
        assert len(store.changes(name)) == last - first
        assert_pace(days, name)
    assert_daily(days)
    deliveries = store.deliveries(limit=100_000)
    by_state = Counter(delivery.state for delivery in deliveries)
    assert set(by_state) == {"sent"}, by_state
    alerts = {delivery.alert.id for delivery in deliveries}
    changes = {delivery.alert.change for delivery in deliveries}
    assert changes == {change.id for name in NAMES for change in store.changes(name)}
    assert len(deliveries) == 3 * len(changes)
    received = days.received
    assert {body["id"] for _, body in received.webhooks} == alerts
    assert len({key for key, _ in received.webhooks}) == len(alerts)
    assert len(set(received.mails)) == len(alerts)
    assert len(received.slack) >= len(alerts)
    return {
        "alerts": len(alerts),
        "deliveries": len(deliveries),
        "lost": 0,
        "repeated": {
            "webhook": len(received.webhooks) - len(alerts),
            "mail": len(received.mails) - len(alerts),
            "slack": len(received.slack) - len(alerts),
        },
        "spoiled": {k: n for k, n in sorted(received.weather.items()) if "clear" not in k},
        "connections": received.weather.total(),
    }


def assert_pace(days: Days, name: str) -> None:
    """Looked at once an hour of those that were lived, but for retries."""
    at = sorted(set(days.looks[name]))
    gaps = [later - earlier for earlier, later in pairwise(at)]
    assert max(gaps) <= HOUR + 2 * STEP, (name, max(gaps))
    assert len(at) <= 1.3 * (days.lived / HOUR), (name, len(at))


def assert_daily(days: Days) -> None:
    """The policy of 02:30 in Rome is looked at once each night, that without a 02:30 included."""
    at = [instant.astimezone(ROME) for instant in days.nights]
    nights = Counter(instant.date() for instant in at if 2 <= instant.hour < 6)
    first, last = min(nights), max(nights)
    assert len(nights) == (last - first).days + 1, nights
