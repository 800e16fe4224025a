"""Lists in pages.

A cursor is the key of the last item that was given, so a list may grow at its head or its end
meanwhile: nothing is given twice, and nothing that was there is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse

from monitor.model import to_json

Item = TypeVar("Item")

#: How many items a page has, unless asked otherwise, and at the most.
USUAL, MOST = 50, 200

Limit = Annotated[int, Query(ge=1, le=MOST, description="how many items at the most")]
Cursor = Annotated[
    str, Query(max_length=300, description="`next` of the page before; empty for the first page")
]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items in order; ``next`` is the cursor of the page after, null on the last one."""

    items: tuple[Item, ...]
    next: str | None


def paged(
    request: Request,
    items: Iterable[Item],
    key: Callable[[Item], str],
    limit: int,
    cursor: str,
    shape: Callable[[list[Item]], Iterable[Any]] = list,
) -> Response:
    """The page after a cursor, with a Link header to the next one.

    ``shape`` makes the items of one page into what is answered, so that only those are read in
    full. 400 for a cursor that names nothing (any more).
    """
    rest = list(items)
    if cursor:
        place = next((i for i, item in enumerate(rest) if key(item) == cursor), None)
        if place is None:
            raise refused(cursor)
        rest = rest[place + 1 :]
    return _page(request, rest[:limit], key, len(rest) > limit, shape)


def paged_after(
    request: Request,
    items: list[Item],
    key: Callable[[Item], str],
    limit: int,
    shape: Callable[[list[Item]], Iterable[Any]] = list,
) -> Response:
    """The items after a cursor, of which one more than ``limit`` was read if there are so many."""
    return _page(request, items[:limit], key, len(items) > limit, shape)


def refused(cursor: str) -> HTTPException:
    """400 for a cursor that names nothing (any more)."""
    return HTTPException(
        400, f'cursor: "{cursor}" names no item of this list (any more); begin without one.'
    )


def _page(
    request: Request,
    shown: list[Item],
    key: Callable[[Item], str],
    more: bool,
    shape: Callable[[list[Item]], Iterable[Any]],
) -> Response:
    following = key(shown[-1]) if more else None
    answered = answer({"items": list(shape(shown)), "next": following})
    if following is not None:
        given = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
        query = urlencode([*given, ("cursor", following)])
        answered.headers["link"] = f'<{request.url.path}?{query}>; rel="next"'
    return answered


def answer(value: Any, status: int = 200) -> Response:
    """Any of the nouns as JSON."""
    return JSONResponse(to_json(value), status)
