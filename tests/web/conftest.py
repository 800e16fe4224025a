"""Pages as a browser gets them: a real application on a real store, asked over ASGI."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from store import Store
from tests.store.conftest import migrated  # noqa: F401 - a fixture
from tests.web.world import LOOM, LOOM_LATER, LOOM_MOVED, START, TERMS, TERMS_LATER, World
from web.app import create_app
from web.metrics import Metrics


@pytest.fixture
def empty(tmp_path: Path, migrated: Path) -> Iterator[World]:  # noqa: F811
    """A store without policies."""
    shutil.copy(migrated, tmp_path / "store.db")
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=START) as store:
        yield World(store)


@pytest.fixture
def world(empty: World) -> World:
    """Two companies: one changed its notice, then moved a clause; the other added arbitration."""
    empty.declare("loom", service="Harbour Loom", tags=("shop", "eu"), owner="mira")
    empty.declare("ferries", service="Pell Ferries", type="terms", tags=("travel",))
    empty.publish("loom", LOOM, LOOM_LATER, LOOM_MOVED, title="Privacy policy")
    empty.publish("ferries", TERMS, TERMS_LATER, title="Terms of service")
    return empty


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a window."""
    async with browser(world) as opened:
        yield opened


def browser(world: World, **more: object) -> httpx.AsyncClient:
    """A client of the application on this world."""
    app = create_app(world.backend, lambda: {"ok": True}, Metrics(world.store.counts))
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", **more)  # type: ignore[arg-type]


def page(answer: httpx.Response) -> LexborHTMLParser:
    """The page of an answer, parsed."""
    return LexborHTMLParser(answer.text)


def words(tree: LexborHTMLParser, selector: str) -> list[str]:
    """The text of the elements that a selector finds, on one line each."""
    return [" ".join(node.text().split()) for node in tree.css(selector)]
