import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from alert_samples import HOSTILE, NOW, change_alert, hostile_alert
from loopback_http import LoopbackServer, Reply
from mail_servers import BrokenMailServer, MailServer

from monitor.config import EmailChannel, SlackChannel
from monitor.errors import NotifyError
from monitor.fetch import Fetcher
from monitor.model import Alert
from notifiers.base import Delivery, Digest, Limits, Notifier, build_notifiers
from notifiers.dispatch import Dispatcher, DispatchSettings, backoff
from store import NewDelivery, Store

SETTINGS = DispatchSettings()


class Clock:
    """The time, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


class Channel:
    """A channel of our own that does what it is told and keeps what it took."""

    def __init__(
        self,
        act: Callable[[Delivery], Awaitable[str]] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits(timeout=timedelta(seconds=5))
        self.taken: list[Delivery] = []
        self._act = act

    async def send(self, delivery: Delivery) -> str:
        receipt = await self._act(delivery) if self._act else "ok"
        self.taken.append(delivery)
        return receipt

    async def probe(self) -> str:
        return ""


def failing(error: BaseException) -> Callable[[Delivery], Awaitable[str]]:
    async def act(_: Delivery) -> str:
        raise error

    return act


def dispatcher(store: Store, clock: Clock, owner: str = "one", **channels: Notifier) -> Dispatcher:
    return Dispatcher(store, channels, clock=clock, owner=owner, draw=lambda: 0.5)


def put(store: Store, clock: Clock, *channels: str, alert: Alert | None = None) -> None:
    deliveries = [NewDelivery(channel, clock.now) for channel in channels]
    store.add_alert(alert or change_alert(), deliveries, clock.now)


def put_many(store: Store, clock: Clock, count: int, *channels: str) -> None:
    for number in range(count):
        put(store, clock, *channels, alert=change_alert(id=f"alert-{number:03}"))


def states(store: Store) -> dict[str, str]:
    return {record.channel: record.state for record in store.deliveries()}


async def test_what_is_due_is_sent_once_and_marked(store: Store) -> None:
    """A second run has nothing to do."""
    clock, channel = Clock(), Channel()
    put(store, clock, "c")
    subject = dispatcher(store, clock, c=channel)
    assert await subject.run_once() == 1
    assert await subject.run_once() == 0
    assert [delivery.alert for delivery in channel.taken] == [change_alert()]
    assert states(store) == {"c": "sent"}


async def test_a_failure_that_may_pass_is_tried_again_later_with_the_same_key(store: Store) -> None:
    """Not before its time, and the receiver can tell that it is the same delivery."""
    clock, keys = Clock(), []

    async def act(delivery: Delivery) -> str:
        keys.append(delivery.key)
        if len(keys) == 1:
            raise NotifyError("busy", permanent=False)
        return "ok"

    put(store, clock, "c")
    subject = dispatcher(store, clock, c=Channel(act))
    assert await subject.run_once() == 0
    clock.advance(seconds=29)
    assert await subject.run_once() == 0
    assert len(keys) == 1
    clock.advance(seconds=2)
    assert await subject.run_once() == 1
    assert keys[0] == keys[1]
    assert states(store) == {"c": "sent"}


async def test_a_final_refusal_ends_the_delivery_and_says_why(store: Store) -> None:
    """The dead letter keeps the reason for people to read."""
    clock = Clock()
    put(store, clock, "c")
    refusal = NotifyError("no such\r\nuser\ud800", permanent=True)
    await dispatcher(store, clock, c=Channel(failing(refusal))).run_once()
    record = store.deliveries()[0]
    assert (record.state, record.last_error) == ("dead", "no such user\ufffd")


async def test_a_delivery_that_never_succeeds_ends_after_about_two_days(store: Store) -> None:
    """The number of attempts is capped, and so is the time."""
    clock, attempts = Clock(), 0

    async def act(_: Delivery) -> str:
        nonlocal attempts
        attempts += 1
        raise NotifyError("down", permanent=False)

    put(store, clock, "c")
    subject = dispatcher(store, clock, c=Channel(act))
    while states(store) != {"c": "dead"}:
        await subject.run_once()
        clock.advance(minutes=5)
    assert attempts == SETTINGS.attempts
    assert timedelta(hours=36) < clock.now - NOW < timedelta(hours=60)


async def test_a_dead_letter_that_is_revived_is_sent(store: Store) -> None:
    """People decide that the fault is mended."""
    clock, channel = Clock(), Channel()
    put(store, clock, "c")
    await dispatcher(
        store, clock, c=Channel(failing(NotifyError("gone", permanent=True)))
    ).run_once()
    assert store.retry_delivery(store.deliveries()[0].id, clock.now)
    assert await dispatcher(store, clock, c=channel).run_once() == 1


@pytest.mark.parametrize(
    "error", [ValueError("bad \ud800"), UnicodeEncodeError("a", "b", 0, 1, "c")]
)
async def test_a_poisoned_message_does_not_stop_the_others(store: Store, error: Exception) -> None:
    """Whatever one delivery raises, the rest of its channel goes on, and it ends by itself."""
    clock = Clock()

    async def act(delivery: Delivery) -> str:
        if delivery.alert.id == "alert-001":
            raise error
        return "ok"

    put_many(store, clock, 4, "c")
    subject = dispatcher(store, clock, c=Channel(act))
    assert await subject.run_once() == 3
    for _ in range(SETTINGS.unexpected_attempts):
        clock.advance(hours=5)
        await subject.run_once()
    dead = [record for record in store.deliveries() if record.state == "dead"]
    assert [record.alert.id for record in dead] == ["alert-001"]
    assert type(error).__name__ in dead[0].last_error


async def test_a_channel_that_does_not_answer_in_time_is_left(store: Store) -> None:
    """A send has a time limit, after which the delivery waits for its next turn."""
    clock = Clock()

    async def act(_: Delivery) -> str:
        await asyncio.Event().wait()
        return ""

    put(store, clock, "c")
    slow = Channel(act, Limits(timeout=timedelta(seconds=0.05)))
    assert await dispatcher(store, clock, c=slow).run_once() == 0
    assert store.deliveries()[0].state == "pending"
    assert "no answer within 0.05 seconds" in store.deliveries()[0].last_error


async def test_a_stuck_channel_delays_no_other(store: Store) -> None:
    """While one channel hangs, later calls deliver what became due for the others."""
    clock, stuck, entered = Clock(), asyncio.Event(), asyncio.Event()

    async def act(_: Delivery) -> str:
        entered.set()
        await stuck.wait()
        return "late"

    quick = Channel()
    put_many(store, clock, 5, "mail", "slack")
    subject = dispatcher(store, clock, mail=Channel(act), slack=quick)
    first = asyncio.create_task(subject.run_once())
    await entered.wait()
    put(store, clock, "slack", alert=change_alert(id="later"))
    while len(quick.taken) < 6:
        await subject.run_once()
        await asyncio.sleep(0)
    assert not first.done()
    stuck.set()
    assert await first + len(quick.taken) >= 10
    assert {record.state for record in store.deliveries()} == {"sent"}


async def test_a_wish_to_wait_holds_for_the_whole_channel(store: Store) -> None:
    """After one 429 no further message is tried until the time the server named."""
    clock, starts = Clock(), []

    async def act(delivery: Delivery) -> str:
        starts.append(delivery.at)
        if len(starts) == 1:
            raise NotifyError("slow down", permanent=False, retry_after=120)
        return "ok"

    put_many(store, clock, 3, "c")
    subject = dispatcher(store, clock, c=Channel(act))
    assert await subject.run_once() == 0
    clock.advance(seconds=119)
    assert await subject.run_once() == 0
    clock.advance(seconds=2)
    assert await subject.run_once() == 3
    assert len(starts) == 4


async def test_an_absurd_wish_to_wait_is_cut_to_a_day(store: Store) -> None:
    """No server can silence a channel for good."""
    clock = Clock()
    error = NotifyError("slow down", permanent=False, retry_after=10**12)
    put(store, clock, "c")
    await dispatcher(store, clock, c=Channel(failing(error))).run_once()
    assert store.deliveries()[0].not_before == NOW + timedelta(days=1)


async def test_starts_keep_their_distance(store: Store) -> None:
    """With a pause of an hour between messages, the second one waits, however many workers."""
    clock, started, starts = Clock(), asyncio.Event(), 0

    async def act(_: Delivery) -> str:
        nonlocal starts
        starts += 1
        started.set()
        return "ok"

    put_many(store, clock, 4, "c")
    channel = Channel(act, Limits(concurrency=3, interval=timedelta(hours=1)))
    running = asyncio.create_task(dispatcher(store, clock, c=channel).run_once())
    await started.wait()
    await asyncio.sleep(0.1)
    running.cancel()
    assert starts == 1
    assert [r.state for r in store.deliveries()].count("pending") == 3


async def test_no_more_than_the_allowed_number_at_once(store: Store) -> None:
    """Concurrency is used, and kept."""
    clock, running, most = Clock(), 0, 0
    both = asyncio.Barrier(2)

    async def act(_: Delivery) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await both.wait()
        running -= 1
        return "ok"

    put_many(store, clock, 6, "c")
    channel = Channel(act, Limits(concurrency=2))
    assert await dispatcher(store, clock, c=channel).run_once() == 6
    assert most == 2


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


def test_waits_grow_and_stay_within_their_cap() -> None:
    """Each wait is three times the one before, up to four hours, and spread by a fifth."""
    middle = [backoff(n, SETTINGS, lambda: 0.5).total_seconds() for n in range(1, 9)]
    assert middle == [30, 90, 270, 810, 2430, 7290, 14400, 14400]
    assert backoff(1, SETTINGS, lambda: 0.0).total_seconds() == pytest.approx(24)
    assert backoff(1, SETTINGS, lambda: 1.0).total_seconds() == pytest.approx(36)
    assert backoff(10**9, SETTINGS, lambda: 1.0) <= SETTINGS.longest_delay * 1.2


async def test_a_mail_server_that_is_down_for_six_hours_loses_nothing(store: Store) -> None:
    """Alerts of a night arrive in the morning, each once, over real SMTP."""
    clock = Clock()
    put_many(store, clock, 5, "mail")
    async with BrokenMailServer() as port:
        pass
    while clock.now < NOW + timedelta(hours=6):
        await dispatcher(store, clock, **mail_channel(port)).run_once()
        clock.advance(minutes=20)
    assert {record.state for record in store.deliveries()} == {"pending"}
    async with MailServer() as server:
        while any(record.state != "sent" for record in store.deliveries()):
            assert clock.now < NOW + timedelta(hours=12)
            await dispatcher(store, clock, **mail_channel(server.port)).run_once()
            clock.advance(minutes=20)
    ids = [mail["Message-ID"] for mail in server.mails]
    assert len(ids) == len(set(ids)) == 5


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


class Swift:
    """A channel without its pause between messages, so that tests need not wait for Slack's."""

    def __init__(self, channel: Notifier) -> None:
        self.limits = dataclasses.replace(channel.limits, interval=timedelta(0))
        self.send = channel.send
        self.probe = channel.probe


def mail_channel(port: int) -> dict[str, Notifier]:
    channel = EmailChannel.model_validate(
        {"id": "mail", "kind": "email", "smtp_host": "127.0.0.1", "smtp_port": port,
         "security": "none", "from": "watch@example.org", "to": ["anna@example.org"]}
    )  # fmt: skip
    return build_notifiers([channel], base_dir=None, post=None)  # type: ignore[arg-type]


def slack_channel(url: str, fetcher: Fetcher) -> dict[str, Notifier]:
    channel = SlackChannel(id="slack", kind="slack", url=url)
    return build_notifiers([channel], base_dir=None, post=fetcher.post)  # type: ignore[arg-type]


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


class DigestChannel(Channel):
    """The same, which can take several at once."""

    def __init__(self, refuse: NotifyError | None = None) -> None:
        super().__init__()
        self.digests: list[Digest] = []
        self.called = asyncio.Event()
        self._refuse = refuse

    async def send_digest(self, digest: Digest) -> str:
        self.digests.append(digest)
        self.called.set()
        if self._refuse:
            raise self._refuse
        return "ok"


def put_digest(store: Store, clock: Clock, count: int, *, batch: str = "digest 09:00") -> None:
    for number in range(count):
        alert = change_alert(id=f"alert-{number:03}")
        store.add_alert(alert, [NewDelivery("c", clock.now, batch)], clock.now)


async def test_what_belongs_to_a_digest_goes_as_one_message(store: Store) -> None:
    """Other alerts of the channel go by themselves; a digest of one is an ordinary message."""
    clock, channel = Clock(), DigestChannel()
    put_digest(store, clock, 3)
    put(store, clock, "c", alert=change_alert(id="alone"))
    alert = change_alert(id="of-another")
    store.add_alert(alert, [NewDelivery("c", clock.now, "digest 10:00")], clock.now)
    assert await dispatcher(store, clock, c=channel).run_once() == 5
    assert [len(digest.deliveries) for digest in channel.digests] == [3]
    assert [d.alert.id for d in channel.taken] == ["alone", "of-another"]
    assert {record.state for record in store.deliveries()} == {"sent"}


async def test_a_channel_without_digests_gets_its_alerts_one_by_one(store: Store) -> None:
    """At the digest's time, but each in its own form."""
    clock, channel = Clock(), Channel()
    put_digest(store, clock, 3)
    assert await dispatcher(store, clock, c=channel).run_once() == 3
    assert len(channel.taken) == 3


async def test_a_digest_that_is_put_off_goes_again_whole_with_the_same_key(store: Store) -> None:
    """The jitter is drawn once for all of it."""
    clock, channel = Clock(), DigestChannel(NotifyError("busy", permanent=False))
    put_digest(store, clock, 3)
    draws = iter((0.1, 0.9, 0.5, 0.3))
    subject = Dispatcher(store, {"c": channel}, clock=clock, owner="one", draw=lambda: next(draws))
    await subject.run_once()
    clock.advance(hours=1)
    await subject.run_once()
    assert [len(digest.deliveries) for digest in channel.digests] == [3, 3]
    assert channel.digests[0].key == channel.digests[1].key


async def test_one_alert_that_nobody_takes_does_not_bury_its_digest(store: Store) -> None:
    """A digest refused for good is taken apart, and the others arrive."""
    clock = Clock()
    refusal = NotifyError("this text is refused", permanent=True)

    async def act(delivery: Delivery) -> str:
        if delivery.alert.id == "alert-001":
            raise refusal
        return "ok"

    channel = DigestChannel(refusal)
    channel._act = act
    put_digest(store, clock, 3)
    await dispatcher(store, clock, c=channel).run_once()
    assert len(channel.digests) == 1
    found = {record.alert.id: record.state for record in store.deliveries()}
    assert found == {"alert-000": "sent", "alert-001": "dead", "alert-002": "sent"}


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


def paced(store: Store, clock: Clock, channel: Channel, owner: str = "one") -> Dispatcher:
    """A dispatcher that may send 6000 messages a minute: one every ten milliseconds."""
    return Dispatcher(store, {"c": channel}, clock=clock, owner=owner, per_minute={"c": 6000})


async def test_a_pace_holds_for_every_dispatcher_and_after_a_restart(store: Store) -> None:
    """The store knows when the next message may start; who asks does not matter."""
    clock, channel = Clock(), Channel()
    put_many(store, clock, 4, "c")
    assert await paced(store, clock, channel).run_once() == 1
    assert await paced(store, clock, channel, "another").run_once() == 0
    clock.advance(milliseconds=9)
    assert await paced(store, clock, channel, "restarted").run_once() == 0
    clock.advance(milliseconds=1)
    assert await paced(store, clock, channel, "restarted").run_once() == 1
    assert [r.state for r in store.deliveries()].count("pending") == 2


async def test_one_run_sends_all_at_the_pace_of_the_channel(store: Store) -> None:
    """Where time goes on, `check` delivers what it raised, only slower."""
    clock = Clock()

    async def act(_: Delivery) -> str:
        clock.advance(milliseconds=10)
        return "ok"

    channel = Channel(act)
    put_many(store, clock, 4, "c")
    assert await paced(store, clock, channel).run_once() == 4


async def test_a_digest_is_one_message_to_the_pace(store: Store) -> None:
    """Its alerts are leased together, whatever the pace."""
    clock, channel = Clock(), DigestChannel()
    put_digest(store, clock, 3)
    subject = Dispatcher(store, {"c": channel}, clock=clock, owner="one", per_minute={"c": 1})
    running = asyncio.create_task(subject.run_once())
    await channel.called.wait()
    subject.close()
    assert await running == 3


async def test_a_wish_to_wait_outlives_the_process_that_heard_it(store: Store) -> None:
    """A restarted daemon does not ask a server again that said when."""
    clock, channel = Clock(), Channel()
    error = NotifyError("slow down", permanent=False, retry_after=120)
    put_many(store, clock, 2, "c")
    assert await dispatcher(store, clock, c=Channel(failing(error))).run_once() == 0
    assert await dispatcher(store, clock, "restarted", c=channel).run_once() == 0
    clock.advance(seconds=121)
    assert await dispatcher(store, clock, "restarted", c=channel).run_once() == 2


async def test_a_clock_that_is_put_back_silences_no_channel(store: Store) -> None:
    """What lies further ahead than anybody may ask for was written by a clock that was wrong."""
    clock, channel = Clock(), Channel()
    store.hold_lane("c", clock.now + timedelta(hours=1), clock.now)
    clock.advance(days=-30)
    put(store, clock, "c")
    assert await dispatcher(store, clock, c=channel).run_once() == 1


async def test_a_dispatcher_that_is_closed_waits_for_no_turn(store: Store) -> None:
    """A reload or a stop is not held up by a slow pace."""
    clock, called = Clock(), asyncio.Event()

    async def act(_: Delivery) -> str:
        called.set()
        return "ok"

    channel = Channel(act)
    put_many(store, clock, 2, "c")
    subject = Dispatcher(store, {"c": channel}, clock=clock, owner="one", per_minute={"c": 0.001})
    running = asyncio.create_task(subject.run_once())
    await called.wait()
    subject.close()
    assert await running == 1
