"""The HTTP face: health for supervisors, metrics for Prometheus, and the pages for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from monitor.errors import StoreError
from web import rendering
from web.adding import adding
from web.api import api
from web.api.problems import is_for_programs, problem
from web.backend import Backend
from web.days import Days
from web.deeds import deeds
from web.delivering import delivering
from web.downloads import downloads
from web.entrance import Entrance
from web.expected import expected
from web.feeds import feeds
from web.guard import Guard
from web.links import links
from web.metrics import Metrics
from web.oidc.routes import single_sign_on
from web.pages import pages
from web.previews import previews
from web.signing import signing
from web.slack import slack
from web.sources import sources

#: Gives what /healthz shows; ``ok`` decides between 200 and 503.
Status = Callable[[], Mapping[str, Any]]


def create_app(backend: Backend, status: Status, metrics: Metrics) -> FastAPI:
    """Build the ASGI application."""
    app = FastAPI(title="policywatch", docs_url=None, redoc_url=None, openapi_url=None)
    entrance = Entrance(
        lambda: backend.declared().settings.web, backend.store.signing_key, backend.clock
    )

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> JSONResponse:
        shown = status()
        return JSONResponse(dict(shown), status_code=200 if shown["ok"] else 503)

    @app.get("/metrics", include_in_schema=False)
    def prometheus() -> Response:
        return Response(metrics.render(), media_type=CONTENT_TYPE_LATEST)

    days = Days(backend)
    for router in (
        *api(backend), pages(backend, days), expected(backend), feeds(backend, days),
        deeds(backend), adding(backend), delivering(backend), previews(backend),
        downloads(backend), sources(backend), links(backend), signing(entrance, backend.clock),
        single_sign_on(backend, entrance), slack(backend),
    ):  # fmt: skip
        # As they are: `include_router` would work out each of them a second time, which takes long.
        app.router.routes.extend(router.routes)
    app.mount("/static", StaticFiles(directory=rendering.STATIC), name="static")
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(StoreError, _unreadable)
    app.add_middleware(Guard, entrance=entrance)
    return app


_TITLES = {
    401: "A key is needed",
    403: "Not done",
    409: "Not done",
    404: "Not found",
    405: "Not possible here",
    422: "Not understood",
}


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if is_for_programs(request.url.path):
        headers = dict(error.headers) if error.headers else None
        unrouted = error.status_code == 404 and error.detail == "Not Found"
        told = "There is nothing at this path; /api/docs lists what there is."
        return problem(error.status_code, told if unrouted else str(error.detail), headers)
    title = _TITLES.get(error.status_code, "Not possible")
    return rendering.page(
        "error.html", status=error.status_code, title=title, told=str(error.detail)
    )


def _misunderstood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    told = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
    if is_for_programs(request.url.path):
        return problem(422, told)
    return rendering.page("error.html", status=422, title="Not understood", told=told)


def _unreadable(request: Request, error: Exception) -> Response:
    if is_for_programs(request.url.path):
        return problem(503, str(error))
    return rendering.page(
        "error.html", status=503, title="The store cannot answer", told=str(error)
    )
