"""What takes long says so, and is asked for once."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.config import FetchSettings
from monitor.fetch import Fetcher
from monitor.workers import Workers
from tests.web.chromium.conftest import Window, needs_chromium
from tests.web.world import LOOM, World
from web.server import listen, serving

pytestmark = needs_chromium

#: Presses the button as a person does; what is told then: signs of progress, and the words.
PRESSED_AND_TOLD = """() => {
  const form = document.querySelector("form[data-slow]");
  form.querySelector("button").click();
  const told = form.querySelector("[role=status]");
  const words = [...told.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
  const again = form.dispatchEvent(new Event("submit", { cancelable: true }));
  return [
    told.querySelectorAll("progress").length,
    words.map((w) => w.data).join("").trim(),
    again ? "sent again" : "not sent again",
  ];
}"""


async def test_a_look_that_takes_long_says_that_it_is_at_work(
    empty: World, window: Window, tmp_path: Path
) -> None:
    asked = []

    async def answer(request: Request) -> Response:
        asked.append(request.url.path)
        return Response(f"<main><h1>Privacy policy</h1><p>{LOOM}", media_type="text/html")

    bound = listen("127.0.0.1", 0, table="test")
    settings = FetchSettings(
        allow_networks=(ip_network("127.0.0.0/8"),), per_host_delay="0s", robots=False, retries=0
    )
    async with (
        serving(Starlette(routes=[Route("/{path:path}", answer)]), bound),
        Fetcher(settings) as fetcher,
        Workers() as workers,
    ):
        empty.file, empty.lookout = tmp_path / "config.toml", lambda: (fetcher, workers)
        async with window(empty) as page:
            await page.goto("/add")
            await page.fill("#what", f"http://127.0.0.1:{bound.getsockname()[1]}/policy")
            assert await page.evaluate(PRESSED_AND_TOLD) == [
                1, "Fetching and reading …", "not sent again",
            ]  # fmt: skip
            await page.get_by_role("heading", name="What was seen").wait_for()
    assert asked == ["/policy"]
