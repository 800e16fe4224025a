"""Signing in with a token, and out again."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from web import rendering
from web.access import COOKIE, holder
from web.backend import Backend
from web.forms import form


def signing(backend: Backend) -> APIRouter:
    """The routes of signing in and out."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)

    @router.get("/sign-in")
    def ask() -> Response:
        return rendering.page("sign_in.html")

    @router.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        token = (await form(request)).get("token", "").strip()
        settings = backend.declared().settings.web
        if holder(token, settings.token) is None:
            raise HTTPException(403, "No token is like that. Ask whoever runs policywatch for one.")
        answer = RedirectResponse("/", status_code=303)
        secure = settings.public_url.startswith("https:")
        answer.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=secure, path="/")
        return answer

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        await form(request)
        answer = RedirectResponse("/sign-in", status_code=303)
        answer.delete_cookie(COOKIE, path="/")
        return answer

    return router
