"""The page of expectations: whose document meets what is expected of it, as a matrix and as CSV."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from monitor.registers import Registers, answers_csv
from store import Wanted
from web import rendering
from web.backend import Backend
from web.pages import PageNumber, Words, as_csv, every, listed
from web.views import matrix
from web.views.expected import board

#: What is listed: everything, or what is missed alone.
_MISSED = "missed"


def expected(backend: Backend) -> APIRouter:
    """The routes of what is expected."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)

    @router.get("/expectations")
    def expectations_page(q: Words = "", show: Words = "", page: PageNumber = 1) -> Response:
        missed = show == _MISSED
        sources, page, total = listed(backend, _wanted(q, missed), page, matrix.PAGE_SIZE)
        registers = _registers(backend)
        return rendering.page(
            "expectations.html",
            view=board(((s, list(registers.answers(s))) for s in sources), missed=missed),
            words=q,
            missed=missed,
            page=page,
            pages=total,
            any=bool(sources or q or missed),
            parameters=lambda number: _query(q, missed, number),
        )

    @router.get("/expectations.csv")
    def expectations_csv(q: Words = "", show: Words = "") -> Response:
        registers, missed = _registers(backend), show == _MISSED
        rows = (
            answer
            for sources in every(backend, _wanted(q, missed))
            for source in sources
            for answer in registers.answers(source)
            if answer.assessment.short or not missed
        )
        return as_csv(answers_csv(rows), "expectations.csv")

    return router


def _wanted(words: str, missed: bool) -> Wanted:
    """Policies that hold all of the words, of whose text something is expected (and missed)."""
    return Wanted(words=words, versioned=True, asked=True, missed=missed)


def _registers(backend: Backend) -> Registers:
    declared = backend.declared()
    return Registers(backend.store, declared.settings, declared.policies)


def _query(words: str, missed: bool, page: int | None) -> list[tuple[str, str]]:
    number = str(page) if page and page > 1 else ""
    given = [("q", words), ("show", _MISSED if missed else ""), ("page", number)]
    return [(name, value) for name, value in given if value]
