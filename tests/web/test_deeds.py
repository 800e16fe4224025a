"""What people do on the pages: it happens once, from our own pages only, and is on the record."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from monitor import review
from monitor.alerts import alert_id
from monitor.expectations import Settled
from monitor.model import Assessment, Stand
from monitor.standings import expectation_alert
from monitor.telling import mutes_of
from tests.web.conftest import browser, page, words
from tests.web.world import World

HERE = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}


async def test_a_change_is_acknowledged_on_its_page(
    world: World, client: httpx.AsyncClient
) -> None:
    """The form of the page is enough; the page then says who decided, and why."""
    tree = page(await client.get("/changes/loom@1-2"))
    form = tree.css_first(".decide form")
    assert form is not None
    told = {"step": "acknowledge", "who": "mira", "why": "objected by mail"}
    answer = await client.post(form.attributes["action"] or "", data=told, headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/changes/loom@1-2#decide")
    after = words(page(await client.get("/changes/loom@1-2")), ".decide > p")[0]
    assert "acknowledged by mira" in after
    assert "objected by mail" in after
    action = world.store.actions("loom")[0]
    assert (action.what, action.who, action.subject) == ("acknowledge", "mira", "loom@1-2")
    assert world.store.verify("loom") == []


async def test_a_dismissal_says_on_what_grounds_and_can_be_reopened(
    world: World, client: httpx.AsyncClient
) -> None:
    """Both are steps of the record; pressing a button twice is one."""
    dismiss = {"step": "dismiss", "grounds": "not relevant", "who": "mira"}
    for _ in range(2):
        await client.post("/changes/loom@1-2/review", data=dismiss, headers=HERE)
    assert review.find(world.store, "loom@1-2").review.grounds == "not relevant"
    reopen = {"step": "reopen", "who": "tove", "why": "it is"}
    await client.post("/changes/loom@1-2/review", data=reopen, headers=HERE)
    found = review.find(world.store, "loom@1-2").review
    assert [(step.what, step.who) for step in found.steps] == [
        ("dismiss", "mira"),
        ("reopen", "tove"),
    ]
    assert "2 steps" in (await client.get("/changes/loom@1-2")).text


async def test_a_check_is_asked_for(world: World, client: httpx.AsyncClient) -> None:
    """The next tick does it, and the records say who asked."""
    assert "loom" not in world.store.due(world.now.replace(year=2026, month=3, day=1), 10)
    answer = await client.post("/policies/loom/check", data={"who": "mira"}, headers=HERE)
    assert answer.status_code == 303
    assert world.store.source("loom").next_check_at == world.now
    assert world.store.actions("loom")[0].why == "asked for a check now"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1", "sec-fetch-site": "cross-site"},
        {"origin": "http://127.0.0.1:1", "sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
@pytest.mark.parametrize("path", ["/changes/loom@1-2/review", "/policies/loom/check"])
async def test_other_sites_cannot_act_for_a_reader(
    world: World, path: str, headers: dict[str, str]
) -> None:
    """Nothing is done, whatever a browser was made to send."""
    before = world.store.source("loom").next_check_at
    async with browser(world) as client:
        told = {"step": "acknowledge", "who": "mira"}
        answer = await client.post(path, data=told, headers=headers)
    assert answer.status_code == 403
    assert world.store.actions("loom") == []
    assert world.store.source("loom").next_check_at == before


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("/changes/loom@1-2/review", {"step": "acknowledge"}, 422),
        ("/changes/loom@1-2/review", {"step": "dismiss", "who": "mira"}, 422),
        ("/changes/loom@1-2/review", {"step": "approve", "who": "mira"}, 422),
        ("/changes/loom@1-2/review", {"step": "reopen", "who": "m" * 201}, 422),
        ("/changes/loom@1-2/review", {"step": "reopen", "who": "m", "why": "x" * 5000}, 422),
        ("/changes/loom@1-2/review", {"step": "reopen", "who": "m", "why": "x" * 40_000}, 413),
        ("/changes/loom@2-3/review", {"step": "acknowledge", "who": "mira"}, 404),
        ("/changes/nobody@1-2/review", {"step": "acknowledge", "who": "mira"}, 404),
        ("/policies/nobody/check", {"who": "mira"}, 404),
    ],
)
async def test_what_cannot_be_done_is_said(
    world: World, client: httpx.AsyncClient, path: str, data: dict[str, str], status: int
) -> None:
    """And leaves no trace in the records."""
    answer = await client.post(path, data=data, headers=HERE)
    assert answer.status_code == status
    assert world.store.actions() == []


async def test_fields_come_as_a_form(world: World, client: httpx.AsyncClient) -> None:
    """Other kinds, which need no permission to cross sites, are refused."""
    answer = await client.post("/policies/loom/check", content=b"who=mira", headers=HERE)
    assert answer.status_code == 415
    assert world.store.actions() == []


async def test_no_address_changes_anything_by_get(world: World, client: httpx.AsyncClient) -> None:
    """A link in a mail or a prefetching browser acts for nobody."""
    for path in ("/changes/loom@1-2/review", "/policies/loom/check"):
        assert (await client.get(path)).status_code == 405
    assert world.store.actions() == []


async def test_an_alert_about_expectations_is_decided_on_its_own_page(world: World) -> None:
    """It waits on the overview, without a direction, and leaves it once it is settled."""
    assessment = Assessment(
        "sale", "d", "Selling of data: never", "sale", "contrary", "high", "may be sold"
    )
    settled = Settled((Stand(assessment, 3, world.now),), (assessment,), ())
    alert = expectation_alert(
        world.policies["loom"], settled, change=None, version=3, at=world.now, links={}, title="x"
    )
    assert alert is not None
    world.store.add_alert(alert, (), world.now)
    async with browser(world) as client:
        front = page(await client.get("/"))
        link = front.css_first(f".queue a[href='/alerts/{alert.id}']")
        assert link is not None
        shown = await client.get(f"/alerts/{alert.id}")
        assert "may be sold" in shown.text
        told = {"step": "dismiss", "grounds": "duplicate", "who": "mira"}
        sent = await client.post(f"/alerts/{alert.id}/review", data=told, headers=HERE)
        assert sent.headers["location"] == f"/alerts/{alert.id}#decide"
        after = page(await client.get("/"))
        about_change = await client.get(f"/alerts/{alert_id('change', 'loom@1-2')}")
    assert after.css_first(f".queue a[href='/alerts/{alert.id}']") is None
    assert about_change.headers["location"] == "/changes/loom@1-2"


async def test_a_snooze_takes_an_alert_off_the_overview_until_it_ends(world: World) -> None:
    """It is still there a week later, and nobody has lost sight of it."""
    told = {"step": "snooze", "for": "7", "who": "mira", "why": "waiting for their answer"}
    async with browser(world) as client:
        sent = await client.post("/changes/loom@1-2/review", data=told, headers=HERE)
        assert sent.status_code == 303
        assert not page(await client.get("/")).css(".queue a[href='/changes/loom@1-2']")
        shown = page(await client.get("/changes/loom@1-2"))
        assert "snoozed until 2026-04-07" in words(shown, ".decide > p")[0]
        world.now += timedelta(days=7)
        assert page(await client.get("/")).css(".queue a[href='/changes/loom@1-2']")


@pytest.mark.parametrize("days", ["", "0", "-1", "367", "9" * 40, "1.5", "²"])
async def test_a_snooze_without_a_sensible_end_is_refused(
    world: World, client: httpx.AsyncClient, days: str
) -> None:
    """With what to write instead; nothing is recorded."""
    told = {"step": "snooze", "for": days, "who": "mira"}
    answer = await client.post("/changes/loom@1-2/review", data=told, headers=HERE)
    assert answer.status_code == 422
    assert "1 to 366" in answer.text
    assert world.store.actions() == []


async def test_what_is_settled_cannot_be_snoozed(world: World, client: httpx.AsyncClient) -> None:
    """It says to reopen it, and is no fault of the store."""
    for told in ({"step": "acknowledge"}, {"step": "snooze", "for": "7"}):
        answer = await client.post(
            "/changes/loom@1-2/review", data={**told, "who": "mira"}, headers=HERE
        )
    assert answer.status_code == 409
    assert "reopen it before" in answer.text
    assert [action.what for action in world.store.actions()] == ["acknowledge"]


async def test_a_policy_is_muted_with_a_reason_and_told_of_again(
    world: World, client: httpx.AsyncClient
) -> None:
    """The page says that it is silent, until when and why; routing knows the same mute."""
    mute = {"who": "mira", "why": "their relaunch", "for": "30"}
    unexplained = await client.post("/policies/loom/mute", data={**mute, "why": ""}, headers=HERE)
    assert unexplained.status_code == 422
    await client.post("/policies/loom/mute", data=mute, headers=HERE)
    shown = page(await client.get("/policies/loom"))
    [said] = words(shown, "section[aria-labelledby=telling] .notice")
    assert "until 2026-04-30" in said
    assert "their relaunch" in said
    held = mutes_of(world.settings, world.policies["loom"], world.store.actions("loom"))
    assert [mute.reason for mute in held] == ["their relaunch"]

    await client.post("/policies/loom/unmute", data={"who": "tom"}, headers=HERE)
    after = page(await client.get("/policies/loom"))
    assert not after.css("section[aria-labelledby=telling] .notice")
    again = await client.post("/policies/loom/unmute", data={"who": "tom"}, headers=HERE)
    assert again.status_code == 409
    unknown = await client.post("/policies/nobody/mute", data=mute, headers=HERE)
    assert unknown.status_code == 404


async def test_a_policy_is_paused_with_a_reason_and_resumed(
    world: World, client: httpx.AsyncClient
) -> None:
    """Meanwhile it is not checked, and pages and API say until when and why."""
    paused = {"who": "mira", "for": "7"}
    refused = await client.post("/policies/loom/pause", data=paused, headers=HERE)
    assert (refused.status_code, world.store.actions()) == (422, [])
    await client.post("/policies/loom/pause", data=paused | {"why": "a relaunch"}, headers=HERE)
    assert world.store.source("loom").next_check_at == world.now + timedelta(days=7)
    told = words(page(await client.get("/policies/loom")), "#health ~ .notice")
    assert told == ["Paused until 2026-04-07 10:00: a relaunch mira"]
    listed = page(await client.get("/?state=paused"))
    assert words(listed, "tbody .state") == ["paused"]
    shown = (await client.get("/api/v1/policies/loom")).json()["policy"]
    assert (shown["state"], shown["paused_until"]) == ("paused", "2026-04-07T10:00:00+00:00")
    asked = await client.post("/policies/loom/check", data={"who": "mira"}, headers=HERE)
    assert (asked.status_code, "resume it" in asked.text) == (409, True)
    await client.post("/policies/loom/resume", data={"who": "tove"}, headers=HERE)
    assert world.store.source("loom").next_check_at == world.now
    again = await client.post("/policies/loom/resume", data={"who": "tove"}, headers=HERE)
    assert again.status_code == 409
    assert [action.what for action in world.store.actions("loom")] == ["resume", "pause"]


async def test_programs_pause_and_resume(world: World, client: httpx.AsyncClient) -> None:
    asked = {"who": "mira", "days": 2, "why": "a relaunch"}
    assert (await client.post("/api/v1/policies/loom/pause", json=asked)).status_code == 200
    assert world.store.source("loom").paused(world.now + timedelta(days=1))
    resumed = await client.post("/api/v1/policies/loom/resume", json={"who": "mira"})
    assert (resumed.status_code, world.store.source("loom").paused(world.now)) == (200, False)


async def test_a_pause_ends_by_itself(world: World, client: httpx.AsyncClient) -> None:
    asked = {"who": "mira", "days": 2, "why": "a relaunch"}
    await client.post("/api/v1/policies/loom/pause", json=asked)
    world.now += timedelta(days=2)
    assert world.store.due(world.now, 10) == ["ferries", "loom"]
    assert "Paused until" not in (await client.get("/policies/loom")).text
