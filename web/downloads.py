"""What is taken along: reports on a change or a period, and the evidence of a change."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from starlette.responses import Response

from monitor.errors import ConfigError, StoreError
from store.archive import bundle
from web import rendering
from web.backend import Backend
from web.reports import periods
from web.reports.formats import FORMATS, Format, format_named, media_type, rendered
from web.reports.model import Report
from web.reports.reading import report_on_change
from web.reports.reading_period import Scope, report_on_period

Words = Annotated[str, Query(max_length=200)]
#: Laying out a long document takes seconds and memory: more at once would only be slower.
_AT_ONCE = 2


def downloads(backend: Backend) -> APIRouter:
    """The routes of reports."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)
    turns = threading.Semaphore(_AT_ONCE)

    def answer(make: Callable[[], Report], how: Format) -> Response:
        with turns:
            try:
                report = make()
                content = rendered(report, how)
            except StoreError as error:
                raise HTTPException(404, str(error)) from error
            except ConfigError as error:
                raise HTTPException(422, str(error).removeprefix("--")) from error
        name = f'attachment; filename="{report.stem}.{how}"'
        return Response(content, media_type=media_type(how), headers={"content-disposition": name})

    @router.get("/reports")
    def reports_page(month: Words = "", quarter: Words = "") -> Response:
        declared = backend.declared()
        tags = sorted({tag for policy in declared.policies.values() for tag in policy.tags})
        return rendering.page(
            "reports.html",
            usual=periods.last_month(backend.today()),
            formats=FORMATS,
            tags=tags,
            vendors=sorted(vendor.name for vendor in declared.settings.vendor),
            month=month,
            quarter=quarter,
        )

    @router.get("/reports/period")
    def on_period(
        month: Words = "",
        quarter: Words = "",
        since: Words = "",
        until: Words = "",
        policy: Words = "",
        tag: Words = "",
        vendor: Words = "",
        format: Words = "html",  # noqa: A002
    ) -> Response:
        def make() -> Report:
            today = backend.today()
            period = periods.chosen(
                today, month_=month, quarter_=quarter, since=since, until=until
            ) or periods.last_month(today)
            given = ((name,) if name else () for name in (policy, tag, vendor))
            return report_on_period(backend, period, Scope(*given))

        return answer(make, _format(format))

    @router.get("/changes/{change}/report.{ending}")
    def on_change(change: str, ending: str) -> Response:
        return answer(lambda: report_on_change(backend, change), _format(ending))

    @router.get("/changes/{change}/evidence.zip")
    def evidence(change: str) -> Response:
        try:
            policy = backend.store.change(change).policy
            content = bundle(backend.store.dossier(policy, change))
        except StoreError as error:
            raise HTTPException(404, str(error)) from error
        stem = re.sub(r"[^\w.@-]", "_", change, flags=re.ASCII)
        name = f'attachment; filename="{stem}.evidence.zip"'
        headers = {"content-disposition": name}
        return Response(content, media_type="application/zip", headers=headers)

    return router


def _format(text: str) -> Format:
    found = format_named(text)
    if found is None:
        raise HTTPException(404, f'There is no report as "{text}"; there are {", ".join(FORMATS)}.')
    return found
