"""Adding to the watch list from the browser: paste addresses, sites or a CSV, look, and add.

Nothing is asked of the network, and nothing is written, but by a form that came from our own pages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from fastapi import APIRouter, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from monitor.config import PolicyType
from monitor.discovering import discover, look_at
from monitor.discovery import Looked, Preview, proposals
from monitor.errors import ConfigError, FetchError
from monitor.model import to_json
from monitor.watchlist import Declared, declare, from_csv, to_toml
from monitor.watchlist import check as check_table
from web import rendering
from web.backend import Backend
from web.forms import form

#: What one form may ask for: addresses that are fetched, sites that are searched, rows.
_MOST_PAGES, _MOST_SITES, _MOST_ROWS = 20, 2, 200
#: Characters of a text that are shown before it is watched.
_SHOWN = 6_000
#: Bytes of a form: a watch list of so many rows fits.
_LONGEST = 500_000
#: The keys of a row that people may set on the page; lists have one value a line.
_TEXTS = ("id", "service", "type", "every", "owner")
_LISTS = ("tags",)
_PARTS = ("select", "remove")


@dataclass(frozen=True, slots=True)
class Row:
    """One page on the way to the watch list: what it would be, and the table proposed for it.

    ``why`` speaks against it (monitor.discovery.Proposal).
    """

    url: str
    table: Mapping[str, Any] | None
    preview: Preview | None
    why: str

    @property
    def carried(self) -> str:
        """The whole table as JSON, which the form carries beside the fields to change."""
        return json.dumps(to_json(self.table))

    def cell(self, key: str) -> str:
        """A value of the table as a field shows it."""
        value = (self.table or {}).get(key, "")
        return value if isinstance(value, str) else "\n".join(value)


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
        tables = [_row(given, n) for n in range(_MOST_ROWS) if given.get(f"take-{n}")]
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
    given = {} if sites else given  # selectors were tried on a page; a site has several
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
            try:
                found = await discover(*ways, site)
            except FetchError as error:
                notes.append(str(error))
                continue
            looked += [Looked(each.preview.url, each.preview) for each in found.found]
            missing = ", ".join(found.missing)
            notes += [f"{found.home}: no {missing} found." if missing else "", *found.problems]
    except ConfigError as error:
        raise HTTPException(422, "; ".join(error.problems)) from error
    made = proposals(looked, backend.declared().policies.values(), given)
    rows = [
        Row(one.url, one.table, seen.preview, one.why)
        for one, seen in zip(made, looked, strict=True)
    ]
    return rows, [note for note in notes if note]


def _rows_of_csv(text: str) -> list[Row]:
    try:
        declared = from_csv(text + "\n", "the list")
    except ConfigError as error:
        raise HTTPException(422, "; ".join(error.problems)) from error
    if len(declared) > _MOST_ROWS:
        told = f"{len(declared)} policies are more than {_MOST_ROWS}: use `policywatch import csv`."
        raise HTTPException(422, told)
    return [Row(str(each.table.get("url", "")), each.table, None, "") for each in declared]


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
