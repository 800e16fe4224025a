"""How it is running: health, deliveries, and everything that people did."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from store import ActionRecord, DeliveryRecord
from store.records import DeliveryState
from web.api.asking import Acting, Who, Why
from web.api.paging import USUAL, Cursor, Limit, Page, answer, paged
from web.api.paths import router_for
from web.api.problems import CONFLICT
from web.api.shapes import Done, Health
from web.backend import Backend
from web.deeds import try_again

#: Of so many deliveries, the newest, a list is made.
_REACH = 10_000


class Retry(BaseModel):
    """Try a delivery again at once."""

    who: Who = ""
    why: Why = ""


def running(backend: Backend) -> APIRouter:
    """The routes of operation."""
    router = router_for("operation")

    @router.get("/health", response_model=Health)
    def health() -> Response:
        """Whether the store answers, and what it counts: sources by state, deliveries by state."""
        return answer(Health(True, backend.store.counts()))

    @router.get("/actions", response_model=Page[ActionRecord])
    def list_actions(request: Request, limit: Limit = USUAL, cursor: Cursor = "") -> Response:
        """The audit trail: what people did to all policies, newest first."""
        done = sorted(
            backend.store.actions(None), key=lambda a: (a.at, a.policy, a.number), reverse=True
        )
        return paged(request, done, lambda a: f"{a.policy}:{a.number}", limit, cursor)

    @router.get("/deliveries", response_model=Page[DeliveryRecord])
    def list_deliveries(
        request: Request,
        state: DeliveryState | None = None,
        alert: Annotated[str, Query(max_length=300, description="of one alert, by its id")] = "",
        limit: Limit = USUAL,
        cursor: Cursor = "",
    ) -> Response:
        """Alerts on their way to channels, newest first, and what became of them."""
        found = backend.store.deliveries(state, _REACH, alert=alert or None)
        return paged(request, found, lambda d: str(d.id), limit, cursor)

    @router.post(
        "/deliveries/{delivery}/retry", status_code=202, response_model=Done, responses=CONFLICT
    )
    def retry(
        delivery: Annotated[int, Path(ge=1, le=2**62)], asked: Retry, actor: Acting
    ) -> Response:
        """Give a delivery that failed or waits a fresh start."""
        try_again(backend, delivery, actor.given(asked.who, why=asked.why))
        return answer(Done("tried again"), 202)

    return router
