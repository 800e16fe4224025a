"""Signed links that messages carry: a page that asks, and the decision made on it.

A link is its own permission, for one alert. Opening it decides nothing: mail scanners and previews
open every link there is.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from monitor import review
from monitor.errors import StoreError
from monitor.model import Alert, subject_of
from monitor.review.keys import linker_of
from monitor.review.tokens import Grant, TokenError, verify
from notifiers.message import compose
from web import rendering
from web.backend import Backend
from web.deeds import known_as, take_step
from web.forms import form


def links(backend: Backend) -> APIRouter:
    """The routes of review links."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)

    @router.get("/review/{token}")
    def ask(request: Request, token: str) -> Response:
        grant = _granted(backend, token)
        try:
            found = review.find(backend.store, grant.subject)
        except StoreError as error:
            raise HTTPException(404, str(error)) from error
        visitor = request.state.visitor
        return rendering.page(
            "alert.html",
            message=compose(found.record.alert, backend.today()),
            back=page_of(found.record.alert),
            action=rendering.path("review", token),
            decision=found.review,
            user=visitor.name if visitor else "",
            signed=bool(visitor and visitor.name),
            may=True,
        )

    @router.post("/review/{token}")
    async def decide(request: Request, token: str) -> Response:
        given = await form(request)
        grant = await run_in_threadpool(_granted, backend, token)
        visitor = request.state.visitor
        named = known_as(visitor, given)
        named = {**named, "way": named["way"] or "link"}
        await run_in_threadpool(_decide, backend, grant, named)
        return RedirectResponse(rendering.path("review", token) + "#decide", status_code=303)

    return router


def page_of(alert: Alert) -> str:
    """Where an alert is shown with all that is known about it."""
    if alert.kind == "change":
        return rendering.path("changes", subject_of(alert))
    return rendering.path("policies", alert.policy) + "#stands"


def _granted(backend: Backend, token: str) -> Grant:
    """What a link permits. 403 for one that is not ours, was altered or has ended."""
    linker = linker_of(backend.declared().settings, backend.store, backend.environ)
    if linker is None:
        raise HTTPException(403, "No links are made here: [web] public_url is not set.")
    try:
        return verify(linker.key, token, backend.clock())
    except TokenError as error:
        said = str(error)
        raise HTTPException(403, f"{said[:1].upper()}{said[1:]}.") from error


def _decide(backend: Backend, grant: Grant, given: Mapping[str, str]) -> None:
    take_step(backend, grant.subject, given, f"by the link sent to {grant.channel}")
