"""Reminders over the life of a policy: announced, reminded of, put off, taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from monitor.config import Policy, Settings
from monitor.config_file import from_tables
from monitor.deadlines import Almanac
from monitor.model import Alert
from monitor.reminding import Reminding
from store import NewAction
from tests.check.world import World, page

#: The world begins on 2 March 2026.
EFFECT = "<p>Effective date: {}</p>"
WINDOW = (
    "<p>If you do not accept a change of this policy, you may terminate the contract by giving "
    "notice within 60 days.</p>"
)
PATH = "/privacy"


def day(text: str) -> datetime:
    """Noon of a day."""
    return datetime.fromisoformat(f"{text}T12:00:00+00:00").astimezone(UTC)


def settings(world: World, **more: Any) -> Settings:
    """The world's channels, and what a test sets."""
    table = {"channel": [{"id": "terminal", "kind": "console"}], "route": [{"channel": "terminal"}]}
    return from_tables({**table, **more})


def reminded(world: World, policy: Policy, at: str, **more: Any) -> list[Alert]:
    """The reminders that one look raises, as they stand in the outbox."""
    before = {d.alert.id for d in world.store.deliveries(limit=1000)}
    reminding = Reminding(world.store, settings(world, **more), {policy.id: policy})
    count = reminding.look(day(at))
    fresh = [d.alert for d in world.store.deliveries(limit=1000) if d.alert.id not in before]
    assert count >= len(fresh)
    assert {alert.kind for alert in fresh} <= {"deadline"}
    return fresh


async def announced(world: World, effective: str, *, days: int = 14, extra: str = "") -> Policy:
    """A policy that announced on 2 March what applies from a day in spring."""
    policy = world.declare(PATH)
    world.pages[PATH] = (200, page(days=30, extra=EFFECT.format("1 January 2020") + extra))
    await world.check(policy)
    world.pages[PATH] = (200, page(days=days, extra=EFFECT.format(effective) + extra))
    outcome = await world.check(policy)
    assert outcome.change is not None
    return policy


async def test_three_reminders_each_once(world: World) -> None:
    """However often somebody looks; each says how many days are left."""
    policy = await announced(world, "14 April 2026")
    assert reminded(world, policy, "2026-03-30") == []
    (first,) = reminded(world, policy, "2026-03-31")
    assert (first.change, first.severity) == ("loom@1-2", "high")
    assert first.deadlines[0]["until"] == "2026-04-14"
    assert first.deadlines[0]["as_of"] == "2026-03-31"
    assert reminded(world, policy, "2026-03-31") == []
    assert reminded(world, policy, "2026-04-05") == []
    assert len(reminded(world, policy, "2026-04-07")) == 1
    assert len(reminded(world, policy, "2026-04-13")) == 1
    assert reminded(world, policy, "2026-04-14") == []
    assert reminded(world, policy, "2026-04-18") == []


async def test_after_a_long_silence_one_late_reminder(world: World) -> None:
    """Nothing ran from March to the eve of the day, or beyond it."""
    policy = await announced(world, "14 April 2026")
    assert len(reminded(world, policy, "2026-04-13")) == 1
    assert reminded(world, policy, "2026-04-14") == []
    again = await announced_again(world, policy, "20 May 2026")
    assert len(reminded(world, again, "2026-05-22")) == 1
    assert reminded(world, again, "2026-05-23") == []


async def announced_again(world: World, policy: Policy, effective: str) -> Policy:
    """Another change of the same policy, announced now."""
    world.now = day("2026-04-20")
    world.pages[PATH] = (200, page(days=7, extra=EFFECT.format(effective)))
    assert (await world.check(policy)).change is not None
    return policy


async def test_a_day_that_was_put_off_is_reminded_of_anew(world: World) -> None:
    """The page states 30 April now: nobody is reminded of the 14th."""
    policy = await announced(world, "14 April 2026")
    assert len(reminded(world, policy, "2026-03-31")) == 1
    world.now = day("2026-04-01")
    world.pages[PATH] = (200, page(days=14, extra=EFFECT.format("30 April 2026")))
    await world.check(policy)
    assert reminded(world, policy, "2026-04-13") == []
    low = {"route": [{"channel": "terminal", "severity": "low"}]}
    assert [a.deadlines[0]["until"] for a in reminded(world, policy, "2026-04-23", **low)] == [
        "2026-04-30"
    ]


async def test_a_change_that_was_taken_back_is_not_reminded_of(world: World) -> None:
    """The old text came back and stayed: neither its day nor the right to leave is left."""
    policy = await announced(world, "14 April 2026", extra=WINDOW)
    sources = [world.store.source("loom")]
    known = {"loom": policy}
    days = Almanac(world.store, settings(world), known).days({source.policy for source in sources})
    assert [(d.deadline.kind, str(d.deadline.until)) for d in days] == [
        ("effect", "2026-04-14"),
        ("termination", "2026-05-01"),
    ]
    old = page(days=30, extra=EFFECT.format("1 January 2020") + WINDOW)
    world.pages[PATH] = (200, old)
    await world.check(policy)
    reverted = await world.check(policy, timedelta(hours=30))
    assert reverted.result == "reverted"
    assert reminded(world, policy, "2026-04-13") == []


async def test_a_reminder_that_waits_is_cancelled_with_its_day(world: World) -> None:
    """The channel is down since the reminder was raised; the page puts the day off meanwhile."""
    policy = await announced(world, "14 April 2026")
    (alert,) = reminded(world, policy, "2026-04-07")
    assert reminded(world, policy, "2026-04-08") == []
    (waiting,) = [d for d in world.store.deliveries("pending") if d.alert.id == alert.id]
    world.now = day("2026-04-08")
    world.pages[PATH] = (200, page(days=14, extra=EFFECT.format("30 June 2026")))
    await world.check(policy)
    assert reminded(world, policy, "2026-04-09") == []
    assert [d.id for d in world.store.deliveries("cancelled")] == [waiting.id]


async def test_a_dismissed_change_is_not_reminded_of(world: World) -> None:
    """Somebody said that it does not concern us; who acknowledged it still has the day ahead."""
    policy = await announced(world, "14 April 2026")
    decide = partial(world.store.record_action, policy.id)
    step = NewAction(day("2026-03-03"), "mira", "acknowledge", "loom@1-2")
    decide(step)
    assert len(reminded(world, policy, "2026-04-01")) == 1
    grounds = {"grounds": "not relevant"}
    decide(replace(step, what="dismiss", detail=grounds))
    assert reminded(world, policy, "2026-04-07") == []
    assert len(world.store.deliveries("cancelled")) == 1
    decide(replace(step, what="reopen"))
    assert len(reminded(world, policy, "2026-04-07")) == 1


async def test_two_rights_that_end_on_one_day_are_one_reminder(world: World) -> None:
    """60 days from 2 March are 1 May, from which the change applies, too."""
    policy = await announced(world, "1 May 2026", extra=WINDOW)
    (alert,) = reminded(world, policy, "2026-04-24")
    assert [d["kind"] for d in alert.deadlines] == ["termination", "effect"]


@pytest.mark.parametrize(
    ("more", "own", "expected"),
    [
        ({"notice": {"remind": [30]}}, {}, ["2026-03-15"]),
        ({"notice": {"remind": []}}, {}, []),
        ({"vendor": [{"name": "Harbour Loom", "remind": [3]}]}, {}, ["2026-04-11"]),
        (
            {"vendor": [{"name": "Harbour Loom", "remind": [3]}]},
            {"remind": (2, 5)},
            ["2026-04-09", "2026-04-12"],
        ),
        ({"route": [{"channel": "terminal", "deadlines": False}]}, {}, []),
    ],
)
async def test_how_far_ahead_is_as_configured(
    world: World, more: dict[str, Any], own: dict[str, Any], expected: list[str]
) -> None:
    """By all policies, by a vendor's, by one; and a channel may want none."""
    policy = (await announced(world, "14 April 2026")).model_copy(update=own)
    days = [(day("2026-03-04") + timedelta(days=n)).date().isoformat() for n in range(45)]
    assert [d for d in days if reminded(world, policy, d, **more)] == expected


async def test_a_policy_that_is_not_watched_any_more_reminds_nobody(world: World) -> None:
    """Its history stays."""
    policy = await announced(world, "14 April 2026")
    world.store.sync_policies([], world.now)
    assert reminded(world, policy, "2026-04-13") == []


async def test_a_new_channel_gets_no_old_reminders(world: World) -> None:
    """What was raised once goes to those who were meant then."""
    policy = await announced(world, "14 April 2026")
    assert len(reminded(world, policy, "2026-04-13")) == 1
    more = {
        "channel": [{"id": "other", "kind": "console"}],
        "route": [{"channel": "other", "severity": "low"}],
    }
    assert reminded(world, policy, "2026-04-13", **more) == []
    assert {d.channel for d in world.store.deliveries(limit=1000)} == {"terminal"}
