"""Errors as problem details (RFC 9457), for every path below ``/api``."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"
#: The paths whose errors are for programs.
ROOT = "/api/"


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong: ``title`` names the status, ``detail`` says what happened and what to do."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"


def is_for_programs(path: str) -> bool:
    """Whether the errors of a path are answered as problem details."""
    return path.startswith(ROOT)


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """A problem as an answer."""
    told = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return JSONResponse(told, status, headers, MEDIA_TYPE)


def explained(**told: str) -> dict[int | str, dict[str, Any]]:
    """What a route answers with a problem, for its description: ``s409="why"``."""
    shape = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}}
    return {
        int(status.removeprefix("s")): {"content": shape, "description": why}
        for status, why in told.items()
    }


CONFLICT = explained(s409="Not possible as it stands")
