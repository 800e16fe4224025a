"""Buttons pressed in Slack, as Slack sends them: signed, in a form, once or more than once."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from monitor import review
from monitor.config import Settings, SlackChannel
from notifiers.base import Answer
from tests.web.conftest import world  # noqa: F401 - a fixture
from tests.web.world import World
from web.app import create_app
from web.metrics import Metrics

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CHANGE = "loom@1-2"
REPLY_TO = "https://hooks.slack.example/actions/T1/2/3"


@dataclass
class Workspace:
    """Presses buttons as Slack does, and keeps what is answered to its address."""

    world: World
    answers: list[dict[str, Any]] = field(default_factory=list)

    async def post(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> Answer:
        """The way out of the pages."""
        assert url == REPLY_TO
        assert headers["content-type"] == "application/json"
        self.answers.append(json.loads(content))
        return httpx.Response(200, text="ok")

    async def press(
        self, button: str, value: str = CHANGE, *, secret: str = SECRET, late: int = 0
    ) -> httpx.Response:
        """A request of Slack's about one pressed button, now; ``late`` seconds after signing."""
        at = int(self.world.now.timestamp()) - late
        payload = {
            "type": "block_actions",
            "user": {"id": "U024BE7LH", "username": "mira"},
            "container": {"type": "message", "message_ts": "1700.2", "thread_ts": "1700.1"},
            "response_url": REPLY_TO,
            "actions": [{"action_id": button, "value": value, "action_ts": f"{at}.5"}],
        }
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return await self.request(body, at, secret)

    async def request(self, body: bytes, at: int, secret: str = SECRET) -> httpx.Response:
        """Any body with Slack's headers."""
        signed = hmac.new(secret.encode(), b"v0:%d:%s" % (at, body), hashlib.sha256)
        headers = {
            "x-slack-request-timestamp": str(at),
            "x-slack-signature": "v0=" + signed.hexdigest(),
            "content-type": "application/x-www-form-urlencoded",
        }
        async with self._client() as client:
            return await client.post("/slack/interactivity", content=body, headers=headers)

    def _client(self) -> httpx.AsyncClient:
        backend = replace(self.world.backend, environ={"SIGNING": SECRET}, post=self.post)
        app = create_app(backend, lambda: {"ok": True}, Metrics(self.world.store.counts))
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")

    @property
    def state(self) -> review.Review:
        """How it stands with the change."""
        return review.find(self.world.store, CHANGE).review


@pytest.fixture
def slack(world: World) -> Workspace:  # noqa: F811
    """An app whose signing secret is configured."""
    channel = SlackChannel(
        id="s", kind="slack", token_env="TOKEN", channel="#c", signing_secret_env="SIGNING"
    )
    world.settings = Settings(channel=(channel,))
    return Workspace(world)


async def test_a_press_is_a_step_on_the_record_and_the_thread_is_told(slack: Workspace) -> None:
    """Who it was is what Slack says; the reply stands where the alert does."""
    assert (await slack.press("policywatch.acknowledge")).status_code == 200
    state = slack.state
    assert (state.state, state.who, state.why) == (
        "acknowledged",
        "mira (Slack U024BE7LH)",
        "in Slack",
    )
    [answer] = slack.answers
    assert answer["text"] == "Acknowledged by mira (Slack U024BE7LH)."
    assert (answer["thread_ts"], answer["replace_original"]) == ("1700.1", False)


async def test_a_snooze_counts_from_the_press(slack: Workspace) -> None:
    """The alert stays open, and is told again when the time ends."""
    await slack.press("policywatch.snooze.week")
    assert slack.state.snoozed_until == slack.world.now + timedelta(weeks=1)
    assert "Snoozed until" in slack.answers[0]["text"]


@pytest.mark.parametrize("button", ["policywatch.acknowledge", "policywatch.snooze.day"])
async def test_a_repeated_request_changes_nothing_more(slack: Workspace, button: str) -> None:
    """Slack may ask again, and people press twice."""
    await slack.press(button)
    assert (await slack.press(button)).status_code == 200
    assert len(slack.state.steps) == len(slack.answers) == 1


@pytest.mark.parametrize(
    ("secret", "late"), [("another secret", 0), (SECRET, 301), (SECRET, -301), ("", 0)]
)
async def test_what_slack_did_not_sign_just_now_is_refused(
    slack: Workspace, secret: str, late: int
) -> None:
    """Neither a stranger nor a recording of yesterday decides anything."""
    answer = await slack.press("policywatch.acknowledge", secret=secret, late=late)
    assert answer.status_code == 401
    assert slack.state.state == "new"


async def test_without_a_signing_secret_nothing_is_taken(slack: Workspace) -> None:
    """An empty secret is none: nobody can sign with it."""
    slack.world.settings = Settings()
    assert (await slack.press("policywatch.acknowledge", secret="")).status_code == 401


async def test_what_cannot_be_done_is_said_in_the_thread(slack: Workspace) -> None:
    """As of a settled alert that somebody wants to snooze."""
    await slack.press("policywatch.acknowledge")
    await slack.press("policywatch.snooze.day")
    assert slack.answers[-1]["text"].startswith("Not done: loom")
    await slack.press("policywatch.acknowledge", "nobody@1-2")
    assert "nobody was alerted" in slack.answers[-1]["text"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload=",
        b"payload=[]",
        urlencode({"payload": '{"actions": [{"action_id": "policywatch.acknowledge"}]}'}).encode(),
        b"\xff",
        b"payload=1",
    ],
)
async def test_a_signed_body_that_is_no_interaction_is_refused(
    slack: Workspace, body: bytes
) -> None:
    """Also what only looks like one."""
    answer = await slack.request(body, int(slack.world.now.timestamp()))
    assert answer.status_code == 422
    assert slack.state.state == "new"


async def test_a_button_of_another_app_is_passed_over(slack: Workspace) -> None:
    """Links count as buttons, too."""
    assert (await slack.press("open.link")).status_code == 200
    assert slack.answers == []
