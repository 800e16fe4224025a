"""A newcomer's way: from what needs attention to a change, and to a decision with a reason."""

from __future__ import annotations

from monitor import review
from tests.web.chromium.conftest import Window, needs_chromium
from tests.web.showcase import CHANGE, furnish
from tests.web.world import World

pytestmark = needs_chromium
WHY = "objected by mail on 20 May"


async def test_a_newcomer_acknowledges_a_change(empty: World, window: Window) -> None:
    furnish(empty)
    async with window(empty) as page:
        await page.goto("/")
        queue = page.get_by_role("region", name="Needs attention")
        before = await queue.get_by_role("listitem").count()
        told = await queue.locator(f'a[href="/changes/{CHANGE}"]').inner_text()
        await queue.get_by_role("link", name=told).click()
        await page.get_by_role("heading", name="Promised before").first.wait_for()
        await page.get_by_label("Who").first.fill("Ines Faria")
        await page.get_by_label("Reason").first.fill(WHY)
        await page.get_by_role("button", name="Acknowledge").click()
        await page.get_by_text(WHY).first.wait_for()
        await page.get_by_role("link", name="Overview").first.click()
        after = page.get_by_role("region", name="Needs attention")
        assert await after.get_by_role("listitem").count() == before - 1
        assert await after.locator(f'a[href="/changes/{CHANGE}"]').count() == 0
    found = review.find(empty.store, CHANGE).review
    assert (found.state, found.who, found.why) == ("acknowledged", "Ines Faria", WHY)


async def test_the_same_way_with_the_keyboard_alone(empty: World, window: Window) -> None:
    furnish(empty)
    async with window(empty) as page:
        await page.goto("/")
        at = ""
        while at != f"/changes/{CHANGE}":
            await page.keyboard.press("j")
            last, at = at, await page.evaluate("document.activeElement.getAttribute('href')")
            assert at != last
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Promised before").first.wait_for()
        for field, words in (("who", "Ines Faria"), ("why", WHY)):
            while await page.evaluate("document.activeElement.name") != field:
                await page.keyboard.press("Tab")
            await page.keyboard.type(words)
        while "Acknowledge" not in await page.evaluate("document.activeElement.innerText"):
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.get_by_text(WHY).first.wait_for()
    assert review.find(empty.store, CHANGE).review.why == WHY


async def test_all_can_be_read_without_a_script(empty: World, window: Window) -> None:
    furnish(empty)
    async with window(empty, java_script_enabled=False) as page:
        await page.goto("/")
        await page.locator(f'a[href="/changes/{CHANGE}"]').click()
        await page.get_by_role("heading", name="Promised before").first.wait_for()
        await page.get_by_role("link", name="Side by side").click()
        assert await page.locator(".side .row.meaning ins").count() > 0
