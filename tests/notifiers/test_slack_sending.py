import json

import pytest
from alert_samples import NOW, change_alert
from loopback_http import LoopbackServer, Reply, Request
from slack_rules import problems

from monitor.config import FetchSettings, SlackChannel
from monitor.errors import NotifyError
from monitor.fetch import Fetcher
from notifiers.base import Delivery, Notifier, Surroundings
from notifiers.slack import build

DELIVERY = Delivery("a1b2c3.slack", change_alert(), NOW)
SECRET_PATH = "/services/T0/B0/very-secret"


def strict(request: Request) -> Reply:
    """An incoming webhook that checks what Slack checks."""
    found = problems(request.json)
    return Reply(400, found[0]) if found else Reply()


def webhook(url: str, fetcher: Fetcher) -> Notifier:
    channel = SlackChannel(id="s", kind="slack", url_env="HOOK")
    return build(channel, Surroundings(None, fetcher.post, {"HOOK": url + SECRET_PATH}))  # type: ignore[arg-type]


def bot(url: str, fetcher: Fetcher) -> Notifier:
    channel = SlackChannel(
        id="s", kind="slack", token_env="TOKEN", channel="#privacy", api_url=f"{url}/api/"
    )
    return build(channel, Surroundings(None, fetcher.post, {"TOKEN": "xoxb-1"}))  # type: ignore[arg-type]


async def test_an_incoming_webhook_takes_an_alert(fetcher: Fetcher) -> None:
    """The message passes Slack's checks and goes to the secret path."""
    with LoopbackServer(strict) as server:
        receipt = await webhook(server.url, fetcher).send(DELIVERY)
    assert receipt == "200 ok"
    assert server.requests[0].path == SECRET_PATH
    assert server.requests[0].headers["content-type"].startswith("application/json")


async def test_a_bot_posts_to_its_channel_with_its_token(fetcher: Fetcher) -> None:
    """The receipt names the channel and the message's time stamp, which Slack uses as its id."""

    def answer(request: Request) -> Reply:
        found = problems(request.json)
        reply = {"ok": not found, "ts": "1700000000.1", "error": "".join(found)}
        return Reply(200, json.dumps(reply))

    with LoopbackServer(answer) as server:
        assert await bot(server.url, fetcher).send(DELIVERY) == "#privacy 1700000000.1"
    request = server.requests[0]
    assert request.path == "/api/chat.postMessage"
    assert request.headers["authorization"] == "Bearer xoxb-1"
    assert request.json["channel"] == "#privacy"


async def test_blocks_that_are_refused_go_again_as_text(fetcher: Fetcher) -> None:
    """An alert is never lost to a rule of layout."""

    def answer(request: Request) -> Reply:
        return Reply(400, "invalid_blocks") if "blocks" in request.json else Reply()

    with LoopbackServer(answer) as server:
        assert await webhook(server.url, fetcher).send(DELIVERY) == "200 ok"
    assert [("blocks" in r.json) for r in server.requests] == [True, False]
    assert "notice of changes 30 → 14 days" in server.requests[1].json["text"]


@pytest.mark.parametrize(
    ("reply", "permanent", "wait", "words"),
    [
        (Reply(429, "slow", {"Retry-After": "17"}), False, 17.0, "slow down"),
        (Reply(429, "slow"), False, 30.0, "slow down"),
        (Reply(503, "later", {"Retry-After": "5"}), False, 5.0, "503 later"),
        (Reply(500, "oops"), False, None, "500 oops"),
        (Reply(404, "no_service"), False, None, "make a new one"),
        (Reply(403, "action_prohibited"), False, None, "forbidden"),
        (Reply(410, "channel_is_archived"), False, None, "not archived"),
        (Reply(400, "invalid_payload"), True, None, "invalid_payload"),
        (Reply(302, "", {"Location": "https://evil.example"}), False, None, "status_302"),
    ],
)
async def test_a_refusal_is_classed_by_what_can_mend_it(
    fetcher: Fetcher, reply: Reply, permanent: bool, wait: float | None, words: str
) -> None:
    """Only a message that Slack will never take ends at once; the secret address is not shown."""
    with LoopbackServer(lambda _: reply) as server, pytest.raises(NotifyError) as caught:
        await webhook(server.url, fetcher).send(DELIVERY)
    assert caught.value.permanent is permanent
    assert caught.value.retry_after == wait
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "permanent", "remedy"),
    [
        ("invalid_auth", False, "check the bot token"),
        ("not_in_channel", False, "invite the app"),
        ("channel_not_found", False, "check the channel"),
        ("msg_too_long", True, ""),
        ("fatal_error", False, ""),
    ],
)
async def test_an_answer_that_is_not_ok_names_its_remedy(
    fetcher: Fetcher, error: str, permanent: bool, remedy: str
) -> None:
    """Status 200 with ok = false is a refusal."""
    reply = Reply(200, json.dumps({"ok": False, "error": error}))
    with LoopbackServer(lambda _: reply) as server, pytest.raises(NotifyError) as caught:
        await bot(server.url, fetcher).send(DELIVERY)
    assert caught.value.permanent is permanent
    assert error in str(caught.value)
    assert remedy in str(caught.value)


@pytest.mark.parametrize("body", ["<html>proxy</html>", "[]", "", '"ok"'])
async def test_something_that_is_not_slack_is_not_taken_for_it(fetcher: Fetcher, body: str) -> None:
    """A proxy's page with status 200 is no delivery."""
    with (
        LoopbackServer(lambda _: Reply(200, body)) as server,
        pytest.raises(NotifyError, match="check api_url") as caught,
    ):
        await bot(server.url, fetcher).send(DELIVERY)
    assert not caught.value.permanent


async def test_an_unreachable_webhook_is_tried_again_and_stays_secret(fetcher: Fetcher) -> None:
    """The message names the host alone."""
    with LoopbackServer(strict) as server:
        url = server.url
    with pytest.raises(NotifyError) as caught:
        await webhook(url, fetcher).send(DELIVERY)
    assert not caught.value.permanent
    assert "127.0.0.1 cannot be reached" in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_an_inside_address_is_refused_until_it_is_opened() -> None:
    """Webhooks leave through the same checked egress as pages, and the remedy is named."""
    with LoopbackServer(strict) as server:
        async with Fetcher(FetchSettings()) as closed:
            with pytest.raises(NotifyError, match="allow_networks"):
                await webhook(server.url, closed).send(DELIVERY)
    assert server.requests == []


async def test_probing_a_webhook_shows_nothing_to_anyone(fetcher: Fetcher) -> None:
    """An empty message is refused, which proves that the webhook lives."""
    with LoopbackServer(strict) as server:
        assert "answers" in await webhook(server.url, fetcher).probe()
    assert server.requests[0].json == {}


async def test_probing_a_removed_webhook_fails(fetcher: Fetcher) -> None:
    """`doctor` sees it before an alert is lost."""
    with (
        LoopbackServer(lambda _: Reply(404, "no_service")) as server,
        pytest.raises(NotifyError, match="make a new one"),
    ):
        await webhook(server.url, fetcher).probe()


async def test_probing_a_bot_asks_who_it_is(fetcher: Fetcher) -> None:
    """Nothing is posted."""
    reply = Reply(200, json.dumps({"ok": True, "user": "policywatch", "team": "Lumora"}))
    with LoopbackServer(lambda _: reply) as server:
        assert await bot(server.url, fetcher).probe() == (
            "signed in to Lumora as policywatch; posts to #privacy"
        )
    assert server.requests[0].path == "/api/auth.test"
