"""axe-core finds nothing serious on any kind of page, in light and dark, wide and narrow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.web.chromium.conftest import Window, needs_chromium
from tests.web.showcase import CHANGE, POLICY, furnish
from tests.web.world import World

_AXE = Path(os.environ.get("AXE_CORE", "node_modules/axe-core")) / "axe.min.js"
pytestmark = [
    needs_chromium,
    pytest.mark.skipif(
        not _AXE.exists(),
        reason="needs axe-core: npm install --no-save --no-package-lock axe-core",
    ),
]
PAGES = (
    "/", "/?q=nothing+like+this", "/?state=paused", f"/policies/{POLICY}", "/policies/tarn",
    f"/policies/{POLICY}/versions/2", f"/policies/{POLICY}/versions/2/source?start=0&end=200",
    f"/changes/{CHANGE}", f"/changes/{CHANGE}?layout=side", f"/changes/{CHANGE}?view=whole",
    f"/alerts/{CHANGE}/preview", "/ledger", "/expectations", "/calendar", "/calendar?month=2026-06",
    "/reports", "/deliveries", "/add", "/nothing/here", "/sign-in",
)  # fmt: skip
CSV = "id,service,url\nloom,Harbour Loom,https://loom.example/privacy\n"
OPENED = "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })"
#: Rules of WCAG 2.2 up to AA; what matters to somebody who reads.
RUN = """async () => {
  const found = await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    rules: { "target-size": { enabled: true } },
  });
  return found.violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes[0].html} ${each.nodes[0].failureSummary}`);
}"""


async def faults_of(page: Any) -> list[str]:
    await page.evaluate(_AXE.read_text(encoding="utf-8"))
    return list(await page.evaluate(RUN))


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 390)], ids=["light and wide", "dark and narrow"]
)
async def test_nothing_serious_stands_in_anybodys_way(
    empty: World, window: Window, scheme: str, width: int
) -> None:
    furnish(empty)
    found: dict[str, list[str]] = {}
    async with window(empty, width=width, color_scheme=scheme) as page:
        for address in PAGES:
            await page.goto(address)
            await page.evaluate(OPENED)
            found[address] = await faults_of(page)
        await page.goto("/add")
        await page.fill("#what", CSV)
        await page.get_by_role("button", name="Look").click()
        await page.get_by_role("heading", name="What was seen").wait_for()
        found["/add/look"] = await faults_of(page)
    told = [f"{address} {fault}" for address, faults in found.items() for fault in faults]
    assert not told, "\n".join(told)


async def test_no_page_is_wider_than_a_phone(empty: World, window: Window) -> None:
    """Tables and timelines scroll in their own boxes."""
    furnish(empty)
    wide = {}
    async with window(empty, width=390) as page:
        for address in PAGES:
            await page.goto(address)
            wide[address] = await page.evaluate("document.documentElement.scrollWidth")
    assert {address: width for address, width in wide.items() if width > 390} == {}
