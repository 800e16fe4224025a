"""Pictures of the pages, for people and for the README: `make screenshots`.

usage: python -m tests.web.chromium.screenshots FOLDER
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from monitor.fetch.browser import find_chromium
from store import Store
from tests.web.chromium.conftest import windows
from tests.web.showcase import CHANGE, POLICY, furnish
from tests.web.world import START, World

PAGES = {
    "overview": "/",
    "policy": f"/policies/{POLICY}",
    "change": f"/changes/{CHANGE}",
    "side-by-side": f"/changes/{CHANGE}?layout=side#words",
    "source": f"/policies/{POLICY}/versions/2/source?start=0&end=200",
    "version": f"/policies/{POLICY}/versions/2",
    "ledger": "/ledger",
    "expectations": "/expectations",
    "calendar": "/calendar?month=2026-06",
    "reports": "/reports",
    "deliveries": "/deliveries",
    "add": "/add",
    "preview": f"/alerts/{CHANGE}/preview",
    "sign-in": "/sign-in",
}
#: The last is that of the pictures in docs/images: the first screen alone.
SIZES = {"wide": (1280, 860), "phone": (390, 844), "readme": (1100, 640)}


async def take(folder: Path, only: str = "") -> None:
    """Write pictures of pages (those with ``only`` in their name) in all sizes and schemes."""
    with (
        tempfile.TemporaryDirectory() as place,
        Store.open("sqlite:///store.db", base_dir=Path(place), now=START) as store,
    ):
        world = World(store, user="Ines Faria")
        furnish(world)
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(
                executable_path=find_chromium(), args=["--no-sandbox"]
            )
            for size, (width, height) in SIZES.items():
                for scheme in ("light", "dark"):
                    window = windows(chromium)(
                        world, width=width, height=height, color_scheme=scheme
                    )
                    async with window as page:
                        for name, address in PAGES.items():
                            if only in name:
                                await page.goto(address)
                                await page.screenshot(
                                    path=folder / f"{name}-{size}-{scheme}.png",
                                    full_page=size != "readme",
                                )
            await chromium.close()


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1]), *sys.argv[2:]))
