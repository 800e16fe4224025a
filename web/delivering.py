"""The page of deliveries: what is on its way, what was given up, and a button to try again."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from notifiers.wording import DELIVERY_LABELS
from web import rendering
from web.backend import Backend
from web.deeds import signed, try_again

_SHOWN = 200


def delivering(backend: Backend) -> APIRouter:
    """The routes about the outbox."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)

    @router.get("/deliveries")
    def listed(request: Request) -> Response:
        store = backend.store
        counts = store.counts()
        return rendering.page(
            "deliveries.html",
            groups=[
                (state, counts[f"deliveries_{state}"], store.deliveries(state, _SHOWN))
                for state in ("dead", "pending", "leased")
            ],
            sent=store.deliveries("sent", 20),
            labels=DELIVERY_LABELS,
            channels={channel.id for channel in backend.declared().settings.channel},
            may=request.state.visitor.may("reviewer"),
        )

    @router.post("/deliveries/{delivery}/retry")
    async def retry(request: Request, delivery: int) -> Response:
        given = await signed(request)
        given = {**given, "who": given["who"] or backend.user or "somebody"}
        await run_in_threadpool(try_again, backend, delivery, given)
        return RedirectResponse("/deliveries", status_code=303)

    return router
