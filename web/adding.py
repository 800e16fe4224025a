"""Adding to the watch list from the browser: paste addresses, sites or a CSV, look, and add.

Nothing is asked of the network, and nothing is written, but by a form that came from our own pages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from fastapi import APIRouter, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from monitor.config import PolicyType
from web import rendering
from web.backend import Backend
from web.forms import form
from web.watch_list import MOST_ROWS, Row, add, look_around, rows_of_csv

#: Characters of a text that are shown before it is watched.
_SHOWN = 6_000
#: Bytes of a form: a watch list of so many rows fits.
_LONGEST = 500_000
#: The keys of a row that people may set on the page; lists have one value a line.
_TEXTS = ("id", "service", "type", "every", "owner")
_LISTS = ("tags",)
_PARTS = ("select", "remove")


def adding(backend: Backend) -> APIRouter:
    """The routes of the page that adds."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)

    @router.get("/add")
    def empty(request: Request) -> Response:
        return _page(backend, request)

    @router.post("/add/look")
    async def looked(request: Request) -> Response:
        given = await form(request, _LONGEST)
        asked = given.get("what", "").strip()
        if not asked:
            raise HTTPException(422, "Paste an address, a site or a watch list first.")
        rows, notes = await rows_of(backend, asked, _lists(given, _PARTS))
        return _page(backend, request, asked=asked, rows=rows, notes=notes)

    @router.post("/add")
    async def added(request: Request) -> Response:
        given = await form(request, _LONGEST)
        tables = [_row(given, n) for n in range(MOST_ROWS) if given.get(f"take-{n}")]
        if not tables:
            raise HTTPException(422, "Nothing was chosen: tick what is to be watched.")
        visitor = request.state.visitor
        who = visitor.name or backend.user
        known = await run_in_threadpool(add, backend, tables, who, visitor.way)
        new = [table["id"] for table in tables if table["id"] not in known]
        return _page(backend, request, new=new, known=known)

    return router


async def rows_of(
    backend: Backend, asked: str, given: Mapping[str, Any]
) -> tuple[list[Row], list[str]]:
    """What was pasted, looked at: rows, and words on what was not found.

    409 where nothing can be fetched from here, 422 for what is neither address, site nor CSV.
    """
    lines = [line.strip() for line in asked.splitlines() if line.strip()]
    if "," in lines[0] and "id" in lines[0].split(","):
        return rows_of_csv(asked), []
    pages = [line for line in lines if _is_page(line)]
    sites = [line for line in lines if not _is_page(line)]
    return await look_around(backend, pages, sites, given)


def _is_page(line: str) -> bool:
    """Whether a line is the address of a page, and not the name of a site."""
    rest = line.partition("://")[2]
    return bool(rest) and bool(rest.partition("/")[2])


def _row(given: Mapping[str, str], number: int) -> dict[str, Any]:
    """The table that a row of the form says: what it carries, as people changed it. 422."""
    try:
        carried = json.loads(given.get(f"table-{number}", "{}"))
    except (ValueError, RecursionError):
        carried = None
    if not isinstance(carried, dict):
        raise HTTPException(422, "This is no form of the page that adds: look again.")
    fields = {key: given.get(f"{key}-{number}", "") for key in (*_TEXTS, *_LISTS)}
    changed = {key: fields[key].strip() for key in _TEXTS} | _lists(fields, _LISTS)
    kept = {key: value for key, value in carried.items() if key not in (*_TEXTS, *_LISTS)}
    return {key: value for key, value in (changed | kept).items() if value not in ("", [])}


def _lists(given: Mapping[str, str], keys: Sequence[str]) -> dict[str, list[str]]:
    """Fields of one value a line, without those that are empty."""
    lines = {key: [line.strip() for line in given.get(key, "").splitlines()] for key in keys}
    found = {key: [value for value in values if value] for key, values in lines.items()}
    return {key: values for key, values in found.items() if values}


def _page(backend: Backend, request: Request, **shown: Any) -> Response:
    usual: dict[str, Any] = {"asked": "", "rows": [], "notes": [], "new": [], "known": []}
    return rendering.page(
        "add.html",
        **(usual | shown),
        types_known=get_args(PolicyType),
        limit=_SHOWN,
        file=backend.file.name if backend.file else "",
        may=request.state.visitor.may("admin"),
    )
