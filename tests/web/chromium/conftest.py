"""Pages in a real Chromium, served by a real server on loopback; skipped where there is none."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from monitor.fetch.browser import find_chromium
from tests.web.world import World
from web.app import create_app
from web.metrics import Metrics
from web.server import listen, serving

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

needs_chromium = pytest.mark.skipif(
    not find_chromium() or importlib.util.find_spec("playwright") is None,
    reason="needs a Chromium on PATH and the extra `browser`",
)
#: A page of a window on a world: `async with window(world, width=390) as page`.
Window = Callable[..., AbstractAsyncContextManager["Page"]]


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A running Chromium."""
    from playwright.async_api import async_playwright  # the extra may not be installed

    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox"]
        )
        yield running
        await running.close()


@pytest.fixture
def window(chromium: Browser) -> Window:
    """Opens pages of a world; what goes wrong in their scripts fails the test."""
    return windows(chromium)


def windows(chromium: Browser) -> Window:
    """What opens pages of a world in a running Chromium."""

    @asynccontextmanager
    async def opened(
        world: World, *, width: int = 1280, height: int = 900, **more: Any
    ) -> AsyncIterator[Page]:
        bound = listen("127.0.0.1", 0, table="test")
        app = create_app(world.backend, lambda: {"ok": True}, Metrics(world.store.counts))
        async with serving(app, bound):
            context = await chromium.new_context(
                base_url=f"http://127.0.0.1:{bound.getsockname()[1]}",
                viewport={"width": width, "height": height},
                **more,
            )
            page = await context.new_page()
            faults: list[str] = []
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on(
                "console",
                lambda said: faults.append(said.text) if "Security Policy" in said.text else None,
            )
            yield page
            assert faults == []
            await context.close()

    return opened
