"""Looking at pages before they are watched, and adding them: for the page that adds and the API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException

from monitor.config import Policy
from monitor.discovering import discover, look_at
from monitor.discovery import Looked, Preview, proposals
from monitor.errors import ConfigError, FetchError
from monitor.model import to_json
from monitor.watchlist import Declared, check, declare, from_csv, to_toml
from store import NewAction
from store.actions import LONGEST_NAME
from web.backend import Backend

#: What one request may ask for: addresses that are fetched, sites that are searched, rows.
MOST_PAGES, MOST_SITES, MOST_ROWS = 20, 2, 200


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


async def look_around(
    backend: Backend, pages: Sequence[str], sites: Sequence[str], given: Mapping[str, Any]
) -> tuple[list[Row], list[str]]:
    """What pages would be as policies, and those of sites; words on what was not found.

    ``given`` are keys of ``[[policy]]`` that somebody chose for all of the pages.
    409 where nothing can be fetched from here, 422 for what is no address or too much.
    """
    if backend.lookout is None:
        raise HTTPException(409, "Nothing can be fetched from here: use a running daemon's pages.")
    if len(pages) > MOST_PAGES or len(sites) > MOST_SITES:
        raise HTTPException(422, f"At most {MOST_PAGES} addresses and {MOST_SITES} sites at once.")
    ways = backend.lookout()
    given = {} if sites else given  # selectors were tried on a page; a site has several
    try:
        for url in pages:
            check({"url": url, **given, "id": "new"})
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


def rows_of_csv(text: str) -> list[Row]:
    """A watch list in CSV; nothing is fetched. 422 for what is none, or is too long."""
    try:
        declared = from_csv(text + "\n", "the list")
    except ConfigError as error:
        raise HTTPException(422, "; ".join(error.problems)) from error
    if len(declared) > MOST_ROWS:
        told = f"{len(declared)} policies are more than {MOST_ROWS}: use `policywatch import csv`."
        raise HTTPException(422, told)
    return [Row(str(each.table.get("url", "")), each.table, None, "") for each in declared]


def add(
    backend: Backend, tables: Sequence[Mapping[str, Any]], who: str, way: str = ""
) -> list[str]:
    """Write tables to the configuration file, on the record; ids that it had already are given.

    409 where it cannot be written from here, 422 for a table that is no policy.
    """
    if backend.file is None:
        raise HTTPException(409, "This server was started without a configuration file.")
    who = who.strip()[:LONGEST_NAME] or "somebody"
    for table in tables:
        try:
            check(table)
        except ConfigError as error:
            raise HTTPException(422, "; ".join(error.problems)) from error
    note = f"added by {who}, {backend.today().isoformat()}"
    declared = [Declared(table, (note,)) for table in tables]
    try:
        known = declare(backend.file, declared)
    except ConfigError as error:
        told = f"{'; '.join(error.problems)}. Add it there by hand:\n\n{to_toml(declared)}"
        raise HTTPException(409, told) from error
    for table in tables:
        if table["id"] not in known:
            _record(backend, Policy.model_validate(table), who, way)
    return known


def _record(backend: Backend, policy: Policy, who: str, way: str) -> None:
    """Let the store know a policy before the daemon reads the file, for the action to have a place.

    It is not watched until the daemon does.
    """
    now = backend.clock()
    backend.store.add_policy(policy, now)
    action = NewAction(now, who, "declare", ", ".join(policy.all_urls)[:LONGEST_NAME], way=way)
    backend.store.record_action(policy.id, action)
