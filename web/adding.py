"""Adding to the watch list from the browser: paste addresses, sites or a CSV, look, and add.

Nothing is asked of the network, and nothing is written, but by a form that came from our own pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from fastapi import APIRouter, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from monitor.config import PolicyType
from monitor.discovering import discover, look_at
from monitor.discovery import Looked, Preview, Proposal, proposals
from monitor.errors import ConfigError, FetchError
from monitor.watchlist import Declared, declare, from_csv, to_toml
from monitor.watchlist import check as check_table
from web import rendering
from web.backend import Backend
from web.forms import form

#: What one form may ask for: addresses that are fetched, sites that are searched, rows.
_MOST_PAGES, _MOST_SITES, _MOST_ROWS = 20, 2, 200
#: Characters of a text that are shown before it is watched.
_SHOWN = 6_000
#: The keys of a row that people may set on the page; lists have one value a line.
_TEXTS = ("id", "service", "type", "url", "language", "every", "owner", "vendor", "fetch")
_LISTS = ("select", "remove", "tags")


@dataclass(frozen=True, slots=True)
class Row:
    """One page on the way to the watch list: what it would be, and the table proposed for it."""

    url: str
    table: Mapping[str, Any]
    preview: Preview | None
    why: str
    doubtful: bool


def adding(backend: Backend) -> APIRouter:
    """The routes of the page that adds."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)

    @router.get("/add")
    def empty(request: Request) -> Response:
        return _page(backend, request)

    @router.post("/add/look")
    async def looked(request: Request) -> Response:
        given = await form(request)
        asked = given.get("what", "").strip()
        if not asked:
            raise HTTPException(422, "Paste an address, a site or a watch list first.")
        rows, notes = await rows_of(backend, asked, _row(given, ""))
        return _page(backend, request, asked=asked, rows=rows, notes=notes)

    @router.post("/add")
    async def added(request: Request) -> Response:
        given = await form(request)
        tables = [
            table for n in range(_MOST_ROWS) if given.get(f"take-{n}") and (table := _row(given, n))
        ]
        if not tables:
            raise HTTPException(422, "Nothing was chosen: tick what is to be watched.")
        who = request.state.visitor.name or backend.user
        known = await run_in_threadpool(add, backend, tables, who)
        new = [table["id"] for table in tables if table["id"] not in known]
        return _page(backend, request, new=new, known=known)

    return router


def add(backend: Backend, tables: Sequence[Mapping[str, Any]], who: str) -> list[str]:
    """Write tables to the configuration file; the ids that it had already are given back.

    A comment says who added each and when: the store knows a policy only once the file has it.

    409 where it cannot be written from here, 422 for a table that is no policy.
    """
    if backend.file is None:
        raise HTTPException(409, "This server was started without a configuration file.")
    for table in tables:
        try:
            check_table(table)
        except ConfigError as error:
            raise HTTPException(422, "; ".join(error.problems)) from error
    note = f"added on the pages by {who or 'somebody'}, {backend.today().isoformat()}"
    declared = [Declared(table, (note,)) for table in tables]
    try:
        return declare(backend.file, declared)
    except ConfigError as error:
        told = f"{'; '.join(error.problems)}. Add it there by hand:\n\n{to_toml(declared)}"
        raise HTTPException(409, told) from error


async def rows_of(
    backend: Backend, asked: str, given: Mapping[str, Any]
) -> tuple[list[Row], list[str]]:
    """What was pasted, looked at: rows, and words on what was not found.

    409 where nothing can be fetched from here, 422 for what is neither address, site nor CSV.
    """
    lines = [line.strip() for line in asked.splitlines() if line.strip()]
    if "," in lines[0] and "id" in lines[0].split(","):
        return _rows_of_csv(asked), []
    if backend.lookout is None:
        raise HTTPException(409, "Nothing can be fetched from here: use a running daemon's pages.")
    ways = backend.lookout()
    pages = [line for line in lines if _is_page(line)]
    sites = [line for line in lines if not _is_page(line)]
    if len(pages) > _MOST_PAGES or len(sites) > _MOST_SITES:
        raise HTTPException(
            422, f"At most {_MOST_PAGES} addresses and {_MOST_SITES} sites at once."
        )
    try:
        for url in pages:
            check_table({"url": url, **given, "id": "new"})
        looked = await look_at(*ways, pages, given)
        notes: list[str] = []
        for site in sites:
            found = await discover(*ways, site)
            looked += [Looked(each.preview.url, each.preview) for each in found.found]
            missing = ", ".join(found.missing)
            notes += [f"{found.home}: no {missing} found." if missing else "", *found.problems]
    except ConfigError as error:
        raise HTTPException(422, "; ".join(error.problems)) from error
    except FetchError as error:
        raise HTTPException(422, str(error)) from error
    watched = backend.declared().policies.values()
    sure = proposals(looked, watched, given)
    bold = proposals(looked, watched, given, anyway=True)
    pairs = zip(looked, sure, bold, strict=True)
    return [_proposed(*each) for each in pairs], [note for note in notes if note]


def _proposed(looked: Looked, sure: Proposal, bold: Proposal) -> Row:
    table = bold.table or {}
    return Row(looked.url, table, looked.preview, sure.why, sure.table is None)


def _rows_of_csv(text: str) -> list[Row]:
    try:
        declared = from_csv(text + "\n", "the list")
    except ConfigError as error:
        raise HTTPException(422, "; ".join(error.problems)) from error
    return [
        Row(str(d.table.get("url", "")), d.table, None, "", False) for d in declared[:_MOST_ROWS]
    ]


def _is_page(line: str) -> bool:
    """Whether a line is the address of a page, and not the name of a site."""
    rest = line.partition("://")[2]
    return bool(rest) and bool(rest.partition("/")[2])


def _row(given: Mapping[str, str], number: int | str) -> dict[str, Any]:
    """The table that the fields of a row say, without what is empty."""
    end = f"-{number}" if number != "" else ""
    table: dict[str, Any] = {
        key: value for key in _TEXTS if (value := given.get(f"{key}{end}", "").strip())
    }
    for key in (*_LISTS, "urls"):
        values = [line.strip() for line in given.get(f"{key}{end}", "").splitlines()]
        if values := [value for value in values if value]:
            table[key] = values
    return table


def _page(backend: Backend, request: Request, **shown: Any) -> Response:
    usual: dict[str, Any] = {"asked": "", "rows": [], "notes": [], "new": [], "known": []}
    return rendering.page(
        "add.html",
        **(usual | shown),
        types_known=get_args(PolicyType),
        limit=_SHOWN,
        file=backend.file.name if backend.file else "",
        may=request.state.visitor.may_decide,
    )
