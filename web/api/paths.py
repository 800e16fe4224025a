"""Where the API is, and what each of its routes may answer instead."""

from __future__ import annotations

from fastapi import APIRouter

from web.api.problems import explained

PREFIX = "/api/v1"

_ALWAYS = explained(
    s400="The request cannot be read",
    s401="A token is needed",
    s403="The token does not allow this",
    s404="There is no such thing",
    s405="This cannot be done here",
    s421="This name is not served here",
    s422="A value is not understood",
    s503="The store cannot answer",
)


def router_for(tag: str, path: str = "") -> APIRouter:
    """A router whose routes lie below ``path`` of the API, and say so themselves."""
    return APIRouter(prefix=PREFIX + path, tags=[tag], responses=_ALWAYS)
