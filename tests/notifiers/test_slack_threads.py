"""An app in Slack: a thread for each policy, and buttons under what people decide on."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from alert_samples import HOSTILE, NOW, change_alert, health_alert
from loopback_http import LoopbackServer
from slack_rules import problems
from slack_workspace import Workspace

from monitor.config import SlackChannel
from monitor.errors import NotifyError
from monitor.fetch import Fetcher
from monitor.model import Alert
from notifiers.base import Delivery, Digest, Surroundings
from notifiers.dispatch import Dispatcher
from notifiers.slack import SlackNotifier, build
from store import NewDelivery, Store


def bot(server: LoopbackServer, fetcher: Fetcher, **more: object) -> SlackNotifier:
    """The channel as configured, without the second between two messages."""
    channel = SlackChannel.model_validate(
        {"id": "s", "kind": "slack", "token_env": "TOKEN", "channel": "#privacy",
         "signing_secret_env": "SIGNING", "api_url": f"{server.url}/api/", **more}
    )  # fmt: skip
    environ = {"TOKEN": "xoxb-1", "SIGNING": "8f742231b10e8888abcd99yyyzzz85a5"}
    made = build(channel, Surroundings(None, fetcher.post, environ))  # type: ignore[arg-type]
    made.limits = dataclasses.replace(made.limits, interval=timedelta(0))
    return made


async def tell(store: Store, channel: SlackNotifier, *alerts: Alert) -> None:
    """One alert after the other, each on its way before the next is raised."""
    sender = Dispatcher(store, {"s": channel}, clock=lambda: NOW, owner="one")
    for alert in alerts:
        store.add_alert(alert, [NewDelivery("s", NOW)], NOW)
        assert await sender.run_once() == 1


def numbered(number: int, **changes: object) -> Alert:
    own = {"id": f"n{number}", "change": f"lumora-privacy@{number}-{number + 1}"}
    return change_alert(**own | changes)


async def test_all_about_a_policy_stands_in_one_thread(store: Store, fetcher: Fetcher) -> None:
    """The first message begins it; other policies have their own."""
    workspace = Workspace()
    with LoopbackServer(workspace) as server:
        channel = bot(server, fetcher)
        other = numbered(9, policy="quay-terms")
        await tell(store, channel, numbered(1), numbered(2), other, numbered(3))
    first = workspace.posted[0]["ts"]
    assert workspace.threads == [None, first, None, first]


async def test_what_is_worth_an_interruption_shows_in_the_channel_too(
    store: Store, fetcher: Fetcher
) -> None:
    """A thread is read only by those who know of it."""
    workspace = Workspace()
    with LoopbackServer(workspace) as server:
        low = numbered(3, severity="low", verdict="minor")
        await tell(store, bot(server, fetcher), numbered(1), numbered(2), low)
    assert [message.get("reply_broadcast") for message in workspace.posted] == [None, True, False]


async def test_a_thread_that_was_deleted_is_begun_anew(store: Store, fetcher: Fetcher) -> None:
    """No alert is lost with somebody's tidying, and the next ones find the new thread."""
    workspace = Workspace()
    with LoopbackServer(workspace) as server:
        channel = bot(server, fetcher)
        await tell(store, channel, numbered(1))
        workspace.forget()
        await tell(store, channel, numbered(2), numbered(3))
    assert workspace.threads == [None, workspace.posted[0]["ts"]]


async def test_another_channel_begins_its_own_threads(store: Store, fetcher: Fetcher) -> None:
    """A time stamp of one Slack channel means nothing in another."""
    workspace = Workspace()
    with LoopbackServer(workspace) as server:
        await tell(store, bot(server, fetcher), numbered(1))
        await tell(store, bot(server, fetcher, channel="#legal"), numbered(2))
    assert workspace.threads == [None, None]


async def test_without_threads_every_alert_stands_by_itself(store: Store, fetcher: Fetcher) -> None:
    """`threads = false`."""
    workspace = Workspace()
    with LoopbackServer(workspace) as server:
        await tell(store, bot(server, fetcher, threads=False), numbered(1), numbered(2))
    assert workspace.threads == [None, None]


async def test_a_digest_begins_no_thread(fetcher: Fetcher) -> None:
    """It is about many policies: its receipt is not one that a thread is looked up by."""
    with LoopbackServer(Workspace()) as server:
        channel = bot(server, fetcher)
        pair = tuple(Delivery(f"k{n}", numbered(n), NOW) for n in (1, 2))
        receipt = await channel.send_digest(Digest("d", pair, NOW))
    assert not receipt.startswith(channel.limits.thread)


async def test_slack_says_how_long_to_wait(fetcher: Fetcher) -> None:
    """429 is a wish for the whole channel, and the alert goes afterwards."""
    workspace = Workspace(slow_down=1)
    with LoopbackServer(workspace) as server:
        channel = bot(server, fetcher)
        with pytest.raises(NotifyError) as caught:
            await channel.send(Delivery("k", numbered(1), NOW))
        assert (caught.value.retry_after, caught.value.permanent) == (7.0, False)
        await channel.send(Delivery("k", numbered(1), NOW))
    assert len(workspace.posted) == 1


async def test_there_are_buttons_under_what_people_decide_on_alone(fetcher: Fetcher) -> None:
    """Trouble with a source is not reviewed; a channel without a signing secret has no buttons."""
    workspace = Workspace()
    with LoopbackServer(workspace) as server:
        await bot(server, fetcher).send(Delivery("a", numbered(1), NOW))
        await bot(server, fetcher).send(Delivery("b", health_alert(), NOW))
        await bot(server, fetcher, signing_secret_env=None).send(Delivery("c", numbered(2), NOW))
    rows = [[b for b in m["blocks"] if b["type"] == "actions"] for m in workspace.posted]
    assert [len(found) for found in rows] == [1, 0, 0]
    pressed = rows[0][0]["elements"]
    assert [each["text"]["text"] for each in pressed] == [
        "Acknowledge", "Snooze for a day", "Snooze for a week",
    ]  # fmt: skip
    assert {each["value"] for each in pressed} == {"lumora-privacy@1-2"}


@pytest.mark.parametrize("words", [*HOSTILE, "x" * 5000])
async def test_any_name_fits_under_a_button_or_has_none(fetcher: Fetcher, words: str) -> None:
    """Slack refuses a message for a value that is too long."""
    workspace = Workspace()
    with LoopbackServer(workspace) as server:
        await bot(server, fetcher).send(Delivery("a", numbered(1, change=f"{words}@1-2"), NOW))
    assert problems(workspace.posted[0]) == []


async def test_a_route_calls_people_and_a_page_never_does(store: Store, fetcher: Fetcher) -> None:
    """Whom the configuration names is called in the message and its fallback, and nobody else."""
    workspace = Workspace()
    hostile = numbered(1, service="<!channel> <@U999> @here", summary="<!everyone>")
    with LoopbackServer(workspace) as server:
        channel = bot(server, fetcher)
        sender = Dispatcher(store, {"s": channel}, clock=lambda: NOW, owner="one")
        mention = ("here", "U024BE7LH", "S012AB34C")
        store.add_alert(hostile, [NewDelivery("s", NOW, mention=mention)], NOW)
        for number in (2, 3):
            named = ("U024BE7LH", f"U00000{number}")
            gathered = NewDelivery("s", NOW, batch="digest", mention=named)
            store.add_alert(numbered(number), [gathered], NOW)
        while await sender.run_once():
            pass
    single, digest = workspace.posted
    assert [problems(single), problems(digest)] == [[], []]
    for posted, calls in (
        (single, "<!here> <@U024BE7LH> <!subteam^S012AB34C>"),
        (digest, "<@U024BE7LH> <@U000002> <@U000003>"),
    ):
        sections = [b["text"]["text"] for b in posted["blocks"] if b["type"] == "section"]
        assert calls in sections
        assert posted["text"].endswith(f"\n{calls}")
        others = str(posted).replace(calls, "")
        assert not [mark for mark in ("<!", "<@", "<#") if mark in others]
