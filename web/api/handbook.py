"""The API's description (OpenAPI), and a page to read and try it.

The page is Swagger UI from an installed package, so nothing comes from another site. It styles
itself, which the Content-Security-Policy of this page alone allows.
"""

from __future__ import annotations

from importlib import metadata, resources
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter

from web import rendering
from web.api.problems import Problem

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
_ABOUT = """\
Everything that the pages of policywatch show and do, for programs. Lists come in pages: give the \
`next` of one as the `cursor` of the following. Errors are problem details (RFC 9457). Where \
tokens are configured, send `Authorization: Bearer TOKEN`; a viewer's token reads, a reviewer's \
also decides, an admin's also changes the watch list. Instants are in UTC.
"""


def handbook() -> APIRouter:
    """The routes of the description and its page."""
    router = APIRouter(prefix="/api", include_in_schema=False)

    @router.get("/openapi.json")
    def openapi(request: Request) -> Response:
        return JSONResponse(description(request.app))

    @router.get("/docs")
    def docs() -> Response:
        page = rendering.page("api.html")
        page.headers["content-security-policy"] = _CSP
        return page

    @router.get("/docs/{asset}")
    def asset(asset: str) -> Response:
        if asset not in _ASSETS:
            return rendering.page(
                "error.html", status=404, title="Not found", told="There is no such file."
            )
        content = resources.files("fastapi_offline").joinpath("static", asset).read_bytes()
        headers = {"cache-control": "max-age=86400"}
        return Response(content, media_type=_ASSETS[asset], headers=headers)

    return router


def description(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    if app.openapi_schema is None:
        found = get_openapi(
            title="policywatch",
            version=metadata.version("policywatch"),
            description=_ABOUT,
            routes=app.routes,
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        )
        found["components"]["schemas"][Problem.__name__] = TypeAdapter(Problem).json_schema()
        found["components"]["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer", "description": "a token of [[web.token]]"}
        }
        found["security"] = [{"token": []}, {}]
        app.openapi_schema = found
    return app.openapi_schema
