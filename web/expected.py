"""The page of expectations: whose document meets what is expected of it, as a matrix and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from monitor.expected import expectations_of
from monitor.registers import Registers, answers_csv
from store import SourceRecord
from web import rendering
from web.backend import Backend
from web.pages import Words, policies_like
from web.views import matrix
from web.views.expected import board

#: What is listed: everything, or what is missed alone.
_MISSED = "missed"


def expected(backend: Backend) -> APIRouter:
    """The routes of what is expected."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)

    @router.get("/expectations")
    def expectations_page(
        q: Words = "", show: Words = "", page: Annotated[int, Query(ge=1, le=100_000)] = 1
    ) -> Response:
        missed = show == _MISSED
        asked = list(_asked(backend, q))
        total = max(1, -(-len(asked) // matrix.PAGE_SIZE))
        page = min(page, total)
        first = (page - 1) * matrix.PAGE_SIZE
        registers = _registers(backend)
        shown = asked[first : first + matrix.PAGE_SIZE]
        return rendering.page(
            "expectations.html",
            view=board(((s, list(registers.answers(s))) for s in shown), missed=missed),
            words=q,
            missed=missed,
            page=page,
            pages=total,
            any=bool(asked) or bool(q),
            parameters=lambda number: _query(q, missed, number),
        )

    @router.get("/expectations.csv")
    def expectations_csv(q: Words = "", show: Words = "") -> Response:
        registers = _registers(backend)
        rows = (
            answer
            for source in _asked(backend, q)
            for answer in registers.answers(source)
            if answer.assessment.short or show != _MISSED
        )
        return Response(
            answers_csv(rows),
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": 'attachment; filename="expectations.csv"'},
        )

    return router


def _asked(backend: Backend, words: str) -> Iterator[SourceRecord]:
    """Policies that hold all of the words, of which something is expected, by service."""
    declared = backend.declared()
    for source in sorted(
        policies_like(backend, words), key=lambda s: (s.service.casefold(), s.policy)
    ):
        if expectations_of(declared.settings, declared.policies.get(source.policy)):
            yield source


def _registers(backend: Backend) -> Registers:
    declared = backend.declared()
    return Registers(backend.store, declared.settings, declared.policies)


def _query(words: str, missed: bool, page: int | None) -> list[tuple[str, str]]:
    number = str(page) if page and page > 1 else ""
    given = [("q", words), ("show", _MISSED if missed else ""), ("page", number)]
    return [(name, value) for name, value in given if value]
