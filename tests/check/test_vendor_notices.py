"""E-mails of a vendor answer what the page cannot: before a change shows, and after."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from monitor.announced import judged_anew, notices_of
from monitor.config import Policy
from monitor.deadlines import Almanac
from monitor.intake import Intake, Taken
from notifiers.message import compose
from store import NewNotice
from tests.check.test_reminding import reminded
from tests.check.world import World, page
from tests.mail.samples import raw

DATED = "<p>These changes are effective as of April 10, 2026.</p>"
LETTER = "We are updating our privacy policy. The changes take effect on April 10, 2026."
PATH = "/privacy"


async def take(world: World, policy: Policy, body: str = LETTER) -> Taken:
    """A mail that came in on 2 March, taken in now."""
    intake = Intake(world.settings, (policy,), world.store, world.checker.workers, "Ines Faria")
    mail = raw("Update of our privacy policy", body)
    return await intake.take(mail, "notice.eml", world.now, policy=policy.id)


async def changed(world: World, policy: Policy, extra: str = DATED) -> str:
    """The page now promises less and states when that applies; the change's id."""
    world.pages[PATH] = (200, page(days=14, extra=extra))
    outcome = await world.check(policy)
    assert outcome.change is not None
    return outcome.change.id


def verdict(world: World, policy: Policy) -> str:
    (change,) = world.store.changes(policy.id)
    return notices_of(world.store, world.settings, {policy.id: policy}, [change])[change.id].verdict


async def test_a_mail_that_comes_later_turns_the_answer(world: World) -> None:
    """It was not verifiable; the mail shows that people were told in time."""
    policy = world.declare(PATH)
    world.pages[PATH] = (200, page())
    await world.check(policy)
    change = await changed(world, policy)
    assert verdict(world, policy) == "not verifiable"
    taken = await take(world, policy)
    assert [(j.change, j.why) for j in taken.judged] == [
        (change, "notice consistent (was not verifiable): a notice of the vendor was received on "
                 "2026-03-02"),
    ]  # fmt: skip
    assert verdict(world, policy) == "consistent"
    (judgement,) = world.store.mail.judgements(policy.id)
    assert (judgement.change, judgement.notice["verdict"]) == (change, "consistent")
    assert world.store.verify() == []
    assert (await take(world, policy)).judged == ()  # the same mail says nothing new


async def test_a_mail_that_was_none_of_theirs_is_taken_out_again(world: World) -> None:
    """Withdrawn, it counts no more; both judgements stay on the record."""
    policy = world.declare(PATH)
    world.pages[PATH] = (200, page())
    await world.check(policy)
    await changed(world, policy)
    record = (await take(world, policy)).record
    assert record is not None
    said = NewNotice(world.now, record.seq, "Ines Faria", "withdrawn", "a forgery")
    _, judged = judged_anew(
        world.store, world.settings, {policy.id: policy}, [policy.id], world.now,
        partial(world.store.mail.relate, policy.id, said),
    )  # fmt: skip
    assert [j.notice["verdict"] for j in judged] == ["not verifiable"]
    assert verdict(world, policy) == "not verifiable"
    assert len(world.store.mail.judgements(policy.id)) == 2
    assert world.store.verify() == []


async def test_a_mail_that_came_before_the_page_is_counted_at_once(world: World) -> None:
    """The alert of the change says when people were told."""
    policy = world.declare(PATH)
    world.pages[PATH] = (200, page())
    await world.check(policy)
    assert (await take(world, policy)).judged == ()
    world.pages[PATH] = (200, page(days=14, extra=DATED))
    outcome = await world.check(policy, after=timedelta(days=36))
    (alert,) = (alert for alert, _ in outcome.alerts if alert.kind == "change")
    assert (alert.notice["verdict"], alert.notice["counted_from"]) == ("consistent", "notice")
    assert alert.notice["given_least_days"] == 39


async def test_the_days_ahead_know_what_only_a_mail_states(world: World) -> None:
    """The page gives no date; the mail does, and an almanac that was asked before learns of it."""
    policy = world.declare(PATH)
    world.pages[PATH] = (200, page())
    await world.check(policy)
    await changed(world, policy, extra="")
    almanac = Almanac(world.store, world.settings, {policy.id: policy})
    assert almanac.days() == []
    await take(world, policy)
    (ahead,) = almanac.days()
    assert (ahead.deadline.kind, ahead.deadline.source) == ("effect", "notice")
    assert ahead.deadline.until == date(2026, 4, 10)


async def test_what_only_a_mail_announces_is_reminded_of_until_it_is_withdrawn(
    world: World,
) -> None:
    """Without a change the reminder has no findings, names the mail, and waits for nothing."""
    policy = world.declare(PATH)
    world.pages[PATH] = (200, page())
    await world.check(policy)
    record = (await take(world, policy)).record
    assert record is not None
    (alert,) = reminded(world, policy, "2026-03-30")
    assert (alert.change, alert.findings, alert.severity) == (None, (), "medium")
    assert alert.deadlines[0]["notice"] == record.key
    message = compose(alert, date(2026, 3, 30))
    assert message.subject == "[deadline] Harbour Loom: takes effect in 11 days (2026-04-10)"
    facts = {fact.label: fact.value for fact in message.facts}
    assert f"policywatch notices --show {record.key}" in facts["Announced"]
    assert reminded(world, policy, "2026-03-31") == []
    said = NewNotice(world.now, record.seq, "Ines Faria", "withdrawn", "a forgery")
    world.store.mail.relate(policy.id, said)
    assert reminded(world, policy, "2026-04-03") == []


async def test_a_change_that_shows_takes_over_the_days_of_the_mail(world: World) -> None:
    """Two mails that state one day are one announcement; then the change has the days."""
    policy = world.declare(PATH)
    world.pages[PATH] = (200, page())
    await world.check(policy)
    await take(world, policy)
    await take(world, policy, LETTER + " This is our second letter about it.")
    almanac = Almanac(world.store, world.settings, {policy.id: policy})
    (before,) = almanac.days()
    assert (before.change, before.deadline.kind) == (None, "effect")
    assert before.what == "takes effect (announced by e-mail)"
    change = await changed(world, policy)
    (after,) = almanac.days()
    assert (after.change, after.deadline.until) == (change, date(2026, 4, 10))
