"""One check after another, on a real site, a real store and real workers."""

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.config import Override
from monitor.errors import StoreError
from monitor.model import Alert
from store import CheckOutcome, SourceRecord
from tests.check.world import World, page

WALL = "<html><body><h1>Just a moment...</h1><p>Checking your browser.</p></body></html>"
MINUTES = timedelta(minutes=1)


def alerts(outcome: CheckOutcome) -> list[Alert]:
    """The alerts of one check."""
    return [alert for alert, _ in outcome.alerts]


async def test_the_first_capture_is_a_version_and_no_alert(world: World) -> None:
    """There is nothing to compare with yet."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page())
    outcome = await world.check(policy)
    assert (outcome.result, outcome.alerts) == ("first", ())
    assert "at least 30 days" in world.store.version_text("loom", 1)
    kinds = {commitment.kind for commitment in world.store.commitments("loom", 1)}
    assert "notice_period" in kinds


async def test_a_shorter_notice_alerts_with_both_quotes(world: World) -> None:
    """The alert says what was promised and what is promised now, and is in the outbox."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page(days=30))
    await world.check(policy)
    world.pages["/privacy"] = (200, page(days=14))
    outcome = await world.check(policy)
    assert outcome.result == "changed"
    (alert,) = alerts(outcome)
    assert (alert.verdict, alert.change) == ("material", "loom@1-2")
    (finding,) = [f for f in alert.findings if f.category == "notice"]
    assert (finding.before_value, finding.after_value) == (30, 14)
    assert (finding.direction, finding.severity) == ("weaker", "high")
    assert finding.before is not None
    before = world.store.version_text("loom", 1)
    assert before[finding.before.start : finding.before.end] == finding.before.text
    assert [d.alert.id for d in world.store.deliveries("pending")] == [alert.id]


async def test_what_a_team_ignores_is_stored_and_alerts_nobody(world: World) -> None:
    """The change is on record with the rule that held it back."""
    settings = world.settings.model_copy(
        update={"override": (Override(name="agreed", categories=("notice",), ignore=True),)}
    )
    world.checker = replace(world.checker, settings=settings)
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page(days=30))
    await world.check(policy)
    world.pages["/privacy"] = (200, page(days=14))
    outcome = await world.check(policy)
    assert (outcome.result, outcome.alerts) == ("changed", ())
    (change,) = world.store.changes("loom")
    assert change.comparison.verdict == "cosmetic"
    assert [held.rule for held in change.comparison.held] == ["agreed"]


async def test_noise_on_every_load_is_no_version(world: World) -> None:
    """Other bytes, same policy: nothing is stored but that it was seen."""
    policy = world.declare("/privacy")
    for load in range(3):
        world.pages["/privacy"] = (200, page(noise=f"n{load}"))
        outcome = await world.check(policy)
    assert outcome.result == "unchanged"
    assert len(world.store.versions("loom")) == 1
    assert len(world.store.snapshots("loom")) == 1


async def test_a_304_counts_as_seen(world: World) -> None:
    """The second request is conditional, and the old text was seen until then."""
    world.etags = True
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page())
    await world.check(policy)
    outcome = await world.check(policy)
    assert outcome.result == "unchanged"
    assert world.requests == [("/privacy", False), ("/privacy", True)]
    assert world.store.versions("loom")[0].last_seen == outcome.started_at


async def test_two_urls_make_one_document_even_where_one_answers_304(world: World) -> None:
    """The unchanged part comes from the stored bytes."""
    world.etags = True
    policy = world.declare("/privacy", "/more")
    world.pages["/privacy"] = (200, page())
    world.pages["/more"] = (200, page().replace("order", "parcel"))
    await world.check(policy)
    world.pages["/more"] = (200, page(days=14).replace("order", "parcel"))
    outcome = await world.check(policy)
    assert outcome.result == "changed"
    text = world.store.version_text("loom", 2)
    assert "at least 30 days" in text
    assert "at least 14 days" in text


async def test_a_failed_part_fails_the_check(world: World) -> None:
    """Half a document is no document."""
    policy = world.declare("/privacy", "/more")
    world.pages["/privacy"] = (200, page())
    outcome = await world.check(policy)
    assert (outcome.result, outcome.error_kind) == ("failed", "status")
    assert world.store.versions("loom") == []


async def test_a_bot_wall_never_becomes_a_version(world: World) -> None:
    """Status 200 proves nothing: the wall is kept as evidence, and the policy comes back."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page())
    await world.check(policy)
    world.pages["/privacy"] = (200, WALL)
    outcome = await world.check(policy)
    assert (outcome.result, outcome.alerts, outcome.validators) == ("suspect", (), None)
    assert [s.state for s in world.store.snapshots("loom")].count("suspect") == 1
    world.pages["/privacy"] = (200, page(noise="again"))
    outcome = await world.check(policy, 15 * MINUTES)
    assert (outcome.result, outcome.memory.health) == ("unchanged", "ok")
    assert len(world.store.versions("loom")) == 1


async def test_a_wall_that_stays_asks_people_once(world: World) -> None:
    """One health alert names the snapshot and how to accept it."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page())
    await world.check(policy)
    world.pages["/privacy"] = (200, WALL)
    told = [alerts(await world.check(policy, 20 * MINUTES)) for _ in range(5)]
    assert [len(each) for each in told] == [0, 1, 0, 0, 0]
    (alert,) = told[1]
    assert alert.kind == "health"
    assert "policywatch accept loom" in alert.summary


async def test_people_accept_what_the_gate_doubted(world: World) -> None:
    """A policy may really shrink: accepted, it is a version, compared and told."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page())
    await world.check(policy)
    world.pages["/privacy"] = (
        200,
        "<html lang=en><title>Privacy</title><p>We may sell your personal data.</p></html>",
    )
    suspect = await world.check(policy)
    assert suspect.result == "suspect"
    assert suspect.snapshot is not None
    outcome = await world.checker.accept(
        policy, suspect.snapshot.id, who="Ines", why="the page was rebuilt"
    )
    assert outcome.version is not None
    assert outcome.version.origin == "accepted"
    (action,) = world.store.actions("loom")
    assert (action.who, action.what, action.subject) == ("Ines", "accept", suspect.snapshot.id)
    assert world.store.source("loom").memory.health == "ok"
    assert "may sell" in world.store.version_text("loom", 2)
    assert (await world.check(policy)).result == "unchanged"


async def test_only_waiting_snapshots_can_be_accepted(world: World) -> None:
    """A version's own snapshot is refused with a hint."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page())
    outcome = await world.check(policy)
    assert outcome.snapshot is not None
    with pytest.raises(StoreError, match="history loom"):
        await world.checker.accept(policy, outcome.snapshot.id, who="Ines")


async def test_an_earlier_text_that_returns_is_held_then_a_revert(world: World) -> None:
    """A flap alerts nobody; a text that stays for a day is a real return."""
    policy = world.declare("/privacy")
    for days in (30, 14):
        world.pages["/privacy"] = (200, page(days=days))
        await world.check(policy)
    world.pages["/privacy"] = (200, page(days=30))
    assert (await world.check(policy)).result == "held"
    results = [await world.check(policy) for _ in range(5)]
    assert [r.result for r in results][:3] == ["held"] * 3
    (revert,) = [r for r in results if r.result == "reverted"]
    (alert,) = alerts(revert)
    assert [(f.before_value, f.after_value) for f in alert.findings if f.category == "notice"] == [
        (14, 30)
    ]


async def test_a_page_that_flaps_is_named_unstable_once(world: World) -> None:
    """However often it goes back and forth."""
    policy = world.declare("/privacy")
    told = []
    for turn in range(12):
        world.pages["/privacy"] = (200, page(days=30 if turn % 2 == 0 else 14))
        told += alerts(await world.check(policy, timedelta(hours=2)))
    assert [alert.kind for alert in told] == ["change", "health"]
    assert world.store.source("loom").memory.health == "unstable"


async def test_a_page_that_is_gone_is_told_once(world: World) -> None:
    """A 404 is confirmed before anyone is told."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page())
    await world.check(policy)
    world.pages["/privacy"] = (404, "<p>Not found</p>")
    told = [len(alerts(await world.check(policy, 20 * MINUTES))) for _ in range(4)]
    assert told == [0, 1, 0, 0]
    assert world.store.source("loom").memory.health == "gone"


async def test_a_permanent_move_is_followed_and_told(world: World) -> None:
    """The policy is still watched where it went."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page())
    await world.check(policy)
    world.pages["/privacy"] = "/legal/privacy"
    world.pages["/legal/privacy"] = (200, page())
    outcomes = [await world.check(policy, 20 * MINUTES) for _ in range(3)]
    assert [o.result for o in outcomes] == ["unchanged"] * 3
    told = [alert for outcome in outcomes for alert in alerts(outcome)]
    assert len(told) == 1
    assert "/legal/privacy" in told[0].summary


async def test_a_changed_declaration_is_a_technical_upgrade(world: World) -> None:
    """The reader changed, not the policy: both sides are made anew, and nobody is alerted."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page(extra="<div class=x><p>We may sell your data.</p></div>"))
    await world.check(policy)
    narrower = world.declare("/privacy", remove=(".x",))
    outcome = await world.check(narrower)
    assert (outcome.result, outcome.alerts, outcome.change) == ("upgraded", (), None)
    assert "may sell" not in world.store.version_text("loom", 2)
    assert (await world.check(narrower)).result == "unchanged"


async def test_another_url_rebases_in_silence(world: World) -> None:
    """Without bytes of the new address the next good capture becomes the baseline."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page(days=30))
    await world.check(policy)
    moved = world.declare("/new")
    world.pages["/new"] = (200, page(days=14))
    outcome = await world.check(moved)
    assert (outcome.result, outcome.alerts) == ("upgraded", ())
    assert (await world.check(moved)).result == "unchanged"


async def test_a_selector_that_matches_nothing_is_a_suspect_capture(world: World) -> None:
    """A redesign must not silently become an empty policy."""
    policy = world.declare("/privacy", select=("article.policy",))
    world.pages["/privacy"] = (200, page())
    outcome = await world.check(policy)
    assert outcome.result == "suspect"
    assert outcome.snapshot is not None
    assert "article.policy" in outcome.snapshot.reasons[0]


async def test_a_saved_page_is_taken_by_hand(world: World) -> None:
    """For walled sites: the file passes the same gate."""
    policy = world.declare("/privacy")
    outcome = await world.checker.capture(policy, page().encode(), "text/html", who="Ines")
    assert outcome.version is not None
    assert outcome.version.origin == "manual"
    wall = await world.checker.capture(policy, WALL.encode(), "text/html", who="Ines")
    assert wall.result == "suspect"


async def test_a_policy_being_checked_is_left_alone(world: World) -> None:
    """The lease keeps two processes apart."""
    policy = world.declare("/privacy")
    assert world.store.lease("loom", "other:2", world.now, timedelta(hours=1))
    assert await world.checker.check(policy) is None


async def test_notice_given_follows_from_the_interval_between_checks(world: World) -> None:
    """The old text was last seen less than the promised 30 days before the effective date."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page().replace("tell you by e-mail", "post a notice here"))
    await world.check(policy)
    dated = "<p>These changes are effective as of March 10, 2026.</p>"
    world.pages["/privacy"] = (200, page(days=14, extra=dated))
    (alert,) = alerts(await world.check(policy))
    assert alert.effective is not None
    assert alert.notice["verdict"] == "shorter on this page"
    assert (alert.notice["promised"], alert.notice["given_most_days"]) == ("30 days", 8)
    assert alert.notice["arithmetic"][0] == (
        "2026-03-10 less 30 days is 2026-02-08, the last day in time."
    )


async def test_a_promised_e_mail_cannot_be_told_from_the_page(world: World) -> None:
    """The page came late; whether an e-mail came earlier, it does not say."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page())
    await world.check(policy)
    dated = "<p>These changes are effective as of March 10, 2026.</p>"
    world.pages["/privacy"] = (200, page(days=14, extra=dated))
    (alert,) = alerts(await world.check(policy))
    assert alert.notice["verdict"] == "not verifiable"
    assert alert.notice["reason"] == "an e-mail was promised and none was imported"


async def test_an_undated_change_is_named(world: World) -> None:
    """The words changed, the stated date did not; it is no day to count from."""
    policy = world.declare("/privacy")
    dated = "<p>Effective date: January 1, 2026.</p>"
    world.pages["/privacy"] = (200, page(extra=dated))
    await world.check(policy)
    world.pages["/privacy"] = (200, page(days=14, extra=dated))
    (alert,) = alerts(await world.check(policy))
    assert alert.notice["dating"] == "undated"
    assert alert.notice["effective"] is None


async def test_a_page_that_differs_in_what_nobody_reads_is_not_read_again(world: World) -> None:
    """Its outline is known: the check needs neither the stored text nor a reading."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page(noise="a"))
    await world.check(policy)
    (validator,) = world.store.source("loom").validators
    assert validator.outline
    world.pages["/privacy"] = (200, page(noise="b"))
    assert (await world.check(policy)).result == "unchanged"
    world.pages["/privacy"] = (200, page(days=14, noise="c"))
    assert (await world.check(policy)).result == "changed"
    assert world.store.source("loom").validators[0].outline != validator.outline


async def test_a_check_that_is_cancelled_while_it_takes_its_lease_gives_it_back(
    world: World,
) -> None:
    """The taking goes on in its thread; the policy must not wait until the lease runs out."""
    policy = world.declare("/privacy")
    world.pages["/privacy"] = (200, page())
    taken, may_answer = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    class Slow:
        """The store, which takes its time between the lease and the word of it."""

        def take(self, *words: Any, **more: Any) -> SourceRecord | None:
            source = world.store.take(*words, **more)
            loop.call_soon_threadsafe(taken.set)
            may_answer.wait()
            return source

        def __getattr__(self, name: str) -> Any:
            return getattr(world.store, name)

    checking = asyncio.create_task(replace(world.checker, store=Slow()).check(policy))
    await taken.wait()
    checking.cancel()
    may_answer.set()
    with pytest.raises(asyncio.CancelledError):
        await checking
    assert (await world.check(policy, MINUTES)).result == "first"
