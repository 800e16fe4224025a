"""Expectations over the life of a policy: raised once, closed when met, one alert a policy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from monitor.config import Policy
from monitor.expectations.declared import Expected
from monitor.model import Alert
from monitor.reassess import reassess
from store import CheckOutcome
from tests.check.world import World, page

WALL = "<html><body><h1>Just a moment...</h1><p>Checking your browser.</p></body></html>"


def told(outcome: CheckOutcome) -> list[Alert]:
    """The alerts about expectations of one check."""
    return [alert for alert, _ in outcome.alerts if alert.kind == "expectation"]


def expecting(policy: Policy, **table: Any) -> Policy:
    """The same policy with another [policy.expect]."""
    return policy.model_copy(update={"expect": Expected.model_validate(table)})


async def reassessed(world: World, policy: Policy) -> bool:
    """What the daemon does when it has read a configuration."""
    checker = world.checker
    return await reassess(
        world.settings, world.store, checker.workers, policy, "test:1", world.now, checker.unended
    )


async def test_a_shortfall_is_raised_once_and_closed_when_it_is_met(world: World) -> None:
    """Beside the change that caused it; what is stored says since when."""
    policy = expecting(world.declare("/privacy"), notice_days=">= 30", sale="never")
    world.pages["/privacy"] = (200, page(days=30))
    assert told(await world.check(policy)) == []
    assert [s.assessment.standing for s in world.store.stands("loom")] == ["met", "met"]
    world.pages["/privacy"] = (200, page(days=14))
    outcome = await world.check(policy)
    (alert,) = told(outcome)
    assert (alert.severity, alert.change, alert.verdict) == ("high", "loom@1-2", None)
    (expectation,), (finding,) = alert.expectations, alert.findings
    assert (expectation.name, expectation.standing) == ("notice_period", "contrary")
    assert (finding.rule, finding.after_value) == ("expect:notice_period", 14)
    assert finding.after is not None
    text = world.store.version_text("loom", 2)
    assert text[finding.after.start : finding.after.end] == finding.after.text
    assert alert.id in {d.alert.id for d in world.store.deliveries("pending")}
    short = next(s for s in world.store.stands("loom") if s.assessment.short)
    assert (short.raised, short.version, short.since) == (True, 2, outcome.started_at)

    world.pages["/privacy"] = (200, page(days=7))
    assert told(await world.check(policy)) == []
    world.pages["/privacy"] = (200, page(days=60))
    (alert,) = told(await world.check(policy))
    assert (alert.severity, alert.summary) == ("low", "1 expectation is met again")
    assert alert.id not in {d.alert.id for d in world.store.deliveries("pending")}
    world.pages["/privacy"] = (200, page(days=10))
    assert len(told(await world.check(policy))) == 1


async def test_many_shortfalls_are_one_alert(world: World) -> None:
    """A preset over a thin policy tells once, the gravest first."""
    policy = expecting(
        world.declare("/privacy"), preset="gdpr-art13", notice_days=">= 60", dpo=True
    )
    world.pages["/privacy"] = (200, page())
    (alert,) = told(await world.check(policy))
    assert len(alert.findings) == len(alert.expectations) > 5
    severities = [finding.severity for finding in alert.findings]
    assert severities == sorted(severities, key=["high", "medium", "low"].index)
    assert alert.severity == "high"
    assert "not met by this text" in alert.summary
    absent = [e.standing == "not found" for e in alert.expectations]
    assert any(absent)
    for finding, is_absent in zip(alert.findings, absent, strict=True):
        assert not (is_absent and finding.after), "a passage on the matter proves no absence"


async def test_a_capture_that_is_no_policy_says_nothing_of_expectations(world: World) -> None:
    """A bot wall is silent on everything; nobody is told so."""
    policy = expecting(world.declare("/privacy"), notice_days=">= 30")
    world.pages["/privacy"] = (200, page())
    await world.check(policy)
    world.pages["/privacy"] = (200, WALL)
    for _ in range(3):
        assert told(await world.check(policy)) == []
    assert [s.assessment.standing for s in world.store.stands("loom")] == ["met"]


async def test_another_expectation_is_assessed_without_a_look_at_the_source(world: World) -> None:
    """One alert, at once, on the text that is stored; doing it again changes nothing."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page(days=30))
    await world.check(policy)
    asked = len(world.requests)
    assert not await reassessed(world, policy)
    stricter = expecting(policy, notice_days=">= 60", minimum_age=">= 16", sale="never")
    assert await reassessed(world, stricter)
    assert not await reassessed(world, stricter)
    (delivery,) = world.store.deliveries("pending")
    assert [e.name for e in delivery.alert.expectations] == ["notice_period", "minimum_age"]
    assert delivery.alert.evidence == world.store.head("loom")
    assert await reassessed(world, policy)
    assert world.store.stands("loom") == ()
    assert len(world.requests) == asked


async def test_a_check_takes_over_what_is_expected_now(world: World) -> None:
    """Also where the page has not changed, and where it does not answer."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page(days=30))
    await world.check(policy)
    (alert,) = told(await world.check(expecting(policy, notice_days=">= 60")))
    assert alert.change is None
    assert told(await world.check(expecting(policy, notice_days=">= 60"))) == []
    world.pages.clear()
    (alert,) = told(await world.check(expecting(policy, notice_days=">= 90")))
    assert alert.summary == "1 expectation is not met by this text"


async def test_nobody_reassesses_a_policy_that_is_being_checked(world: World) -> None:
    """The check does it; two writers would tell twice."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page())
    await world.check(policy)
    stricter = expecting(policy, notice_days=">= 60")
    lease = world.settings.fetch.deadline
    assert world.store.lease("loom", "another", world.now, lease)
    assert not await reassessed(world, stricter)
    assert world.store.stands("loom") == ()
    world.store.release("loom", "another")
    assert await reassessed(world, stricter)


async def test_a_route_can_leave_expectations_out(world: World) -> None:
    """The alert is on record all the same."""
    (route,) = world.settings.route
    settings = world.settings.model_copy(
        update={"route": (route.model_copy(update={"expectations": False}),)}
    )
    world.checker = replace(world.checker, settings=settings)
    policy = expecting(world.declare("/privacy"), notice_days=">= 60")
    world.pages["/privacy"] = (200, page(days=30))
    assert len(told(await world.check(policy))) == 1
    assert world.store.deliveries() == []
    assert [record.alert.kind for record in world.store.alerts()] == ["expectation"]


async def test_a_check_is_stored_though_its_expectations_could_not_be_assessed(
    world: World,
) -> None:
    """The workers are gone: the check is on record all the same, and they are tried again later."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page())
    await world.check(policy)
    world.pages.clear()
    await world.checker.workers.close()
    outcome = await world.check(expecting(policy, notice_days=">= 60"))
    assert (outcome.result, outcome.stands) == ("failed", None)
    assert [record.result for record in world.store.checks("loom")] == ["failed", "first"]
