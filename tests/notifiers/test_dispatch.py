"""What is due is sent once, by whoever comes, and survives whoever dies over it."""

import asyncio
import dataclasses
from datetime import datetime

import pytest
from alert_samples import HOSTILE, change_alert, hostile_alert
from dispatching import (
    Channel,
    Clock,
    Swift,
    dispatcher,
    failing,
    mail_channel,
    put,
    put_many,
    slack_channel,
    states,
)
from loopback_http import LoopbackServer, Reply
from mail_servers import MailServer

from monitor.errors import NotifyError
from monitor.fetch import Fetcher
from monitor.model import Alert
from notifiers.base import Delivery
from notifiers.dispatch import Dispatcher
from store import Store


async def test_what_is_due_is_sent_once_and_marked(store: Store) -> None:
    """A second run has nothing to do."""
    clock, channel = Clock(), Channel()
    put(store, clock, "c")
    subject = dispatcher(store, clock, c=channel)
    assert await subject.run_once() == 1
    assert await subject.run_once() == 0
    assert [delivery.alert for delivery in channel.taken] == [change_alert()]
    assert states(store) == {"c": "sent"}


async def test_two_dispatchers_share_the_work(store: Store) -> None:
    """A lease belongs to one of them: nothing goes out twice."""
    clock, one, two = Clock(), Channel(), Channel()
    put_many(store, clock, 12, "c")
    sent = await asyncio.gather(
        dispatcher(store, clock, "one", c=one).run_once(),
        dispatcher(store, clock, "two", c=two).run_once(),
    )
    keys = [delivery.key for delivery in (*one.taken, *two.taken)]
    assert sum(sent) == len(keys) == len(set(keys)) == 12


async def test_a_crash_between_sending_and_marking_repeats_with_the_same_key(store: Store) -> None:
    """Nothing is lost; the lease runs out, and the receiver can tell the double."""
    clock, keys = Clock(), []

    class Killed(BaseException):
        pass

    async def act(delivery: Delivery) -> str:
        keys.append(delivery.key)
        raise Killed

    put(store, clock, "c")
    with pytest.raises(Killed):
        await dispatcher(store, clock, "first", c=Channel(act)).run_once()
    channel = Channel()
    second = dispatcher(store, clock, "second", c=channel)
    assert await second.run_once() == 0
    clock.advance(minutes=10)
    assert await second.run_once() == 1
    assert channel.taken[0].key == keys[0]


async def test_deliveries_of_a_channel_that_is_not_configured_stay(store: Store) -> None:
    """They go out when the channel is back."""
    clock = Clock()
    put(store, clock, "gone", "here")
    assert await dispatcher(store, clock, here=Channel()).run_once() == 1
    assert states(store) == {"gone": "pending", "here": "sent"}
    assert await dispatcher(store, clock, gone=Channel()).run_once() == 1


async def test_hostile_alerts_pass_every_channel_and_hold_up_none(
    store: Store, fetcher: Fetcher
) -> None:
    """The store, the mail server and Slack take whatever a page managed to say."""
    clock = Clock()
    for number, words in enumerate(HOSTILE):
        alert = dataclasses.replace(hostile_alert(words), id=f"alert-{number}", policy="lumora")
        put(store, clock, "mail", "slack", alert=alert)
    async with MailServer() as mail:
        with LoopbackServer(lambda _: Reply()) as slack:
            channels = mail_channel(mail.port) | slack_channel(slack.url, fetcher)
            swift = {name: Swift(channel) for name, channel in channels.items()}
            assert await dispatcher(store, clock, **swift).run_once() == 2 * len(HOSTILE)
    assert len(mail.mails) == len(slack.requests) == len(HOSTILE)


async def test_a_closed_dispatcher_finishes_what_is_under_way_and_starts_nothing_more(
    store: Store,
) -> None:
    """The rest stays due in the outbox, for whoever comes next."""
    clock = Clock()
    put_many(store, clock, 3, "c")

    async def act(_: Delivery) -> str:
        subject.close()
        return "ok"

    subject = dispatcher(store, clock, c=Channel(act))
    assert await subject.run_once() == 1
    assert sorted(record.state for record in store.deliveries()) == ["pending", "pending", "sent"]


async def test_what_is_sent_has_the_links_of_its_channel(store: Store) -> None:
    """Made from when the alert was raised, so that every attempt says the same."""
    clock, first, second = (
        Clock(),
        Channel(failing(NotifyError("busy", permanent=False))),
        Channel(),
    )

    def link(alert: Alert, channel: str, raised_at: datetime) -> Alert:
        return dataclasses.replace(alert, links={"review": f"{channel} {raised_at:%H:%M}"})

    put(store, clock, "a", "b")
    subject = Dispatcher(store, {"a": first, "b": second}, clock=clock, owner="one", link=link)
    await subject.run_once()
    clock.advance(hours=1)
    first._act = None
    await subject.run_once()
    assert [d.alert.links["review"] for d in (*first.taken, *second.taken)] == [
        "a 09:30", "b 09:30",
    ]  # fmt: skip
