"""The world as a fixture: everything in it is real."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor.check import Checker
from monitor.config_file import from_tables
from monitor.fetch import Fetcher
from monitor.workers import Workers
from store import Store
from tests.check.world import START, World
from web.server import listen, serving


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A site, a store and a checker, all real."""
    settings = from_tables(
        {
            "fetch": {
                "allow_networks": ["127.0.0.0/8"],
                "per_host_delay": "0s",
                "retries": 0,
                "robots": False,
            },
            "channel": [{"id": "terminal", "kind": "console"}],
            "route": [{"channel": "terminal", "severity": "medium"}],
        }
    )
    held: list[World] = []

    async def answer(request: Request) -> Response:
        made = held[0]
        content = made.pages.get(request.url.path, (404, "<p>Not found</p>"))
        made.requests.append((request.url.path, "if-none-match" in request.headers))
        if isinstance(content, str):
            return RedirectResponse(content, 301)
        status, body = content
        headers = {"etag": f'"{hash(body)}"'} if made.etags and status == 200 else {}
        if headers and request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return Response(body, status, headers, "text/html; charset=utf-8")

    bound = listen("127.0.0.1", 0, table="test")
    base = f"http://127.0.0.1:{bound.getsockname()[1]}"
    app = Starlette(routes=[Route("/{path:path}", answer)])
    clock = lambda: held[0].now  # noqa: E731
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=START) as store:
        async with (
            serving(app, bound),
            Fetcher(settings.fetch, clock=clock) as fetcher,
            Workers(settings.extraction) as workers,
        ):
            checker = Checker(settings, store, fetcher, workers, clock=clock, owner="test:1")
            held.append(World(store, checker, base, settings))
            yield held[0]
