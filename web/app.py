"""The HTTP face of the daemon: health for supervisors, metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from web.metrics import Metrics

#: Gives what /healthz shows; ``ok`` decides between 200 and 503.
Status = Callable[[], Mapping[str, Any]]


def create_app(status: Status, metrics: Metrics) -> FastAPI:
    """Build the ASGI application; it reads only, so nothing here changes state."""
    app = FastAPI(title="policywatch", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        shown = status()
        return JSONResponse(dict(shown), status_code=200 if shown["ok"] else 503)

    @app.get("/metrics")
    def prometheus() -> Response:
        return Response(metrics.render(), media_type=CONTENT_TYPE_LATEST)

    return app
