"""The watch list: look at pages before they are watched, find those of a site, add them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from web.api.asking import Acting, Who, named
from web.api.paging import answer
from web.api.paths import router_for
from web.api.problems import CONFLICT
from web.backend import Backend
from web.watch_list import MOST_PAGES, MOST_ROWS, Row, add, look_around

Selectors = Annotated[tuple[str, ...], Field(max_length=20, description="CSS selectors")]


class Look(BaseModel):
    """Pages to fetch and read as a check would; the selectors hold for all of them."""

    urls: Annotated[tuple[str, ...], Field(min_length=1, max_length=MOST_PAGES)]
    select: Selectors = ()
    remove: Selectors = ()
    language: Annotated[str, Field(max_length=20, description="in which to ask for them")] = ""
    fetch: Literal["http", "browser"] = "http"


class Search(BaseModel):
    """A site to look around, by its domain or any address on it."""

    site: Annotated[str, Field(max_length=300, examples=["harbourloom.example"])]


class Declaration(BaseModel):
    """Policies to watch: each with the keys of a `[[policy]]` table, `id` and `url` at least."""

    policies: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=MOST_ROWS)]
    who: Who = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen: a row a page, and words on what was not found.

    ``table`` is what could be added, null where it cannot be; ``why`` speaks against adding it.
    """

    rows: tuple[Row, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """Ids that were added, and those that the configuration had already: they stay as they were."""

    added: tuple[str, ...]
    known: tuple[str, ...]


def watch_list(backend: Backend) -> APIRouter:
    """The routes of the watch list; web.access lets only admins ask for them."""
    router = router_for("watch list")

    @router.post("/preview", response_model=Seen, responses=CONFLICT)
    async def preview(asked: Look, _: Acting) -> Response:
        """What would be captured of some pages, with selectors to try. Takes as long as they do."""
        given = {key: value for key, value in asked if key != "urls" and value}
        rows, notes = await look_around(backend, asked.urls, (), given)
        return answer(Seen(tuple(rows), tuple(notes)))

    @router.post("/discover", response_model=Seen, responses=CONFLICT)
    async def discover(asked: Search, _: Acting) -> Response:
        """Find the policies of a site, each as it would be captured. May take half a minute."""
        rows, notes = await look_around(backend, (), (asked.site,), {})
        return answer(Seen(tuple(rows), tuple(notes)))

    @router.post("/policies", status_code=201, response_model=Added, responses=CONFLICT)
    async def add_policies(asked: Declaration, actor: Acting) -> Response:
        """Add policies to the configuration, all or none; a running daemon takes them up."""
        given = actor.given(asked.who)
        who = named(given["who"])
        known = await run_in_threadpool(add, backend, asked.policies, who, given["way"])
        ids = tuple(str(table["id"]) for table in asked.policies)
        return answer(Added(tuple(i for i in ids if i not in known), tuple(known)), 201)

    return router
