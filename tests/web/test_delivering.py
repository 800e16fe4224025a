"""The outbox on the pages: a dead letter is seen at once, and tried again with a button."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from store import NewDelivery
from tests.store.recorded import alert
from tests.web.conftest import browser, page, words
from tests.web.test_deeds import HERE
from tests.web.test_escaping import EVIL
from tests.web.world import World
from web.metrics import Metrics


@pytest.fixture
def dead(world: World) -> int:
    """A delivery that a channel refused, with markup for a reason; its id."""
    store, now = world.store, world.now
    store.add_alert(alert("refused", policy="loom"), [NewDelivery("mail", now)], now)
    leased = store.lease_deliveries("x", now, 10, timedelta(minutes=1), channel="mail")
    for taken in leased:
        store.mark_failed(taken.id, "x", now, EVIL, retry_at=None)
    return leased[-1].id


async def test_a_dead_letter_is_on_the_overview_and_in_the_metrics(
    world: World, client: httpx.AsyncClient, dead: int
) -> None:
    """Nobody has to go looking for what was not delivered."""
    assert "could not be delivered" in words(page(await client.get("/")), ".notice.bad")[0]
    assert b'policywatch_deliveries{state="dead"} 1.0' in Metrics(world.store.counts).render()


async def test_a_dead_letter_is_tried_again_with_a_button(
    world: World, client: httpx.AsyncClient, dead: int
) -> None:
    """The reason is shown as the words it is."""
    tree = page(await client.get("/deliveries"))
    assert "<img src=x onerror=alert(1)>" in " ".join(words(tree, "[aria-labelledby=dead] li"))
    assert not tree.css("img")
    form = tree.css_first("[aria-labelledby=dead] form")
    assert form is not None
    answer = await client.post(form.attributes["action"] or "", data={}, headers=HERE | FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/deliveries")
    assert world.store.deliveries("dead") == []
    assert "could not be delivered" not in (await client.get("/")).text


FORM = {"content-type": "application/x-www-form-urlencoded"}


async def test_only_what_can_be_tried_again_is(
    world: World, client: httpx.AsyncClient, dead: int
) -> None:
    """Another site cannot, and a number that is none is said to be so."""
    elsewhere = FORM | {"origin": "https://evil.example"}
    assert (await client.post(f"/deliveries/{dead}/retry", headers=elsewhere)).status_code == 403
    assert (await client.post("/deliveries/999/retry", headers=HERE | FORM)).status_code == 404
    assert len(world.store.deliveries("dead")) == 1


async def test_without_dead_letters_the_overview_is_silent(world: World) -> None:
    """An alarm that always shows is none."""
    async with browser(world) as client:
        assert "could not be delivered" not in (await client.get("/")).text
        assert "None was given up." in (await client.get("/deliveries")).text
