"""Lists of the API, read as far as a page of them goes."""

from __future__ import annotations

from store import SourceRecord, Wanted
from web.api.paging import refused
from web.backend import Backend


def policies_after(backend: Backend, wanted: Wanted, cursor: str, limit: int) -> list[SourceRecord]:
    """The policies after a cursor by id, ``limit`` of them and one more. 400 for an unknown one."""
    if cursor and not backend.store.sources_of([cursor]):
        raise refused(cursor)
    return backend.store.lists.after(wanted, cursor, backend.clock(), limit=limit + 1)
