"""Changes: those that were recorded, and any two versions compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from monitor.model import Verdict
from store import ChangeHead
from web.api.paging import USUAL, Cursor, Limit, Page, answer, paged_after, refused
from web.api.paths import router_for
from web.api.shapes import ChangeDetail
from web.backend import Backend
from web.pages import compared_pair, pair_named, source_of

Change = Annotated[
    str, Path(max_length=300, description="a change, POLICY@OLDER-NEWER; any two versions")
]


def changes(backend: Backend) -> APIRouter:
    """The routes of changes."""
    router = router_for("changes", "/changes")

    @router.get("", response_model=Page[ChangeHead])
    def list_changes(
        request: Request,
        policy: Annotated[str, Query(max_length=200)] = "",
        verdict: Verdict | None = None,
        since: datetime | None = None,
        limit: Limit = USUAL,
        cursor: Cursor = "",
    ) -> Response:
        """Recorded changes, newest first."""
        if policy:
            source_of(backend, policy)
        if since is not None and since.tzinfo is None:
            raise HTTPException(422, "since: name the zone, as in 2026-03-01T00:00:00Z")
        if cursor and backend.store.change_head(cursor) is None:
            raise refused(cursor)
        heads = backend.store.change_heads(
            since=since, policy=policy or None, limit=limit + 1, verdict=verdict, after=cursor
        )
        return paged_after(request, heads, lambda head: head.id, limit)

    @router.get("/{change}", response_model=ChangeDetail)
    def one_change(
        change: Change,
        edits: Annotated[bool, Query(description="also the alignment, clause by clause")] = False,
    ) -> Response:
        """A recorded change as it was decided, or two other versions compared now."""
        pair = pair_named(backend, change)
        comparison, stored = compared_pair(backend, pair, change)
        if not edits:
            comparison = replace(comparison, edits=())
        return answer(
            ChangeDetail(
                id=change,
                policy=pair.source.policy,
                from_version=pair.old.number,
                to_version=pair.new.number,
                stored=stored,
                verdict=comparison.verdict,
                comparison=comparison,
            )
        )

    return router
