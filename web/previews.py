"""An alert as each channel says it: the page of `policywatch notify preview`. Nothing is sent.

The HTML of a mail is an answer of its own, shut into a frame: it may have styles, and no scripts,
forms or contents from anywhere. The link to decide is left out, for who reads this page may not be
one who decides.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from starlette.responses import HTMLResponse, Response

from monitor.alerts import alert_id
from monitor.model import Alert
from notifiers.base import Delivery
from notifiers.message import compose
from notifiers.preview import FORMATS, Format, preview
from web import rendering
from web.backend import Backend
from web.guard import PAGE_POLICY

_FORMATS: dict[Format, str] = {
    "html": "HTML", "text": "Plain text", "slack": "Slack", "json": "Webhook",
}  # fmt: skip
#: What a mail may do where it is shown: have styles.
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"

Words = Annotated[str, Query(max_length=200)]


def previews(backend: Backend) -> APIRouter:
    """The routes that show alerts as messages."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)

    @router.get("/alerts/{subject}/preview")
    def shown(subject: str, channel: Words = "", form: Words = "") -> Response:
        alert = _alert(backend, subject)
        kinds = {each.id: each.kind for each in backend.declared().settings.channel}
        if channel and channel not in kinds:
            raise HTTPException(404, f'There is no channel "{channel}" here.')
        chosen = _format(form) if form else FORMATS[kinds[channel]] if channel else "html"
        page = rendering.page(
            "preview.html",
            message=compose(alert, backend.today()),
            subject=subject,
            channels=kinds,
            channel=channel,
            forms=_FORMATS,
            form=chosen,
            said="" if chosen == "html" else _said(backend, alert, channel, chosen),
        )
        page.headers["content-security-policy"] = f"{PAGE_POLICY}; frame-src 'self'"
        return page

    @router.get("/alerts/{subject}/preview.html")
    def mail(subject: str, channel: Words = "") -> Response:
        said = _said(backend, _alert(backend, subject), channel, "html")
        headers = {"content-security-policy": _MAIL_POLICY, "x-frame-options": "SAMEORIGIN"}
        return HTMLResponse(said, headers=headers)

    return router


def _alert(backend: Backend, subject: str) -> Alert:
    """The alert about a change, or with an id. 404 if nobody was told of it."""
    store = backend.store
    record = store.alert(alert_id("change", subject)) or store.alert(subject)
    if record is None:
        raise HTTPException(404, f"Nobody was alerted of {subject}.")
    return record.alert


def _format(named: str) -> Format:
    found = next((form for form in _FORMATS if form == named), None)
    if found is None:
        raise HTTPException(404, f"There is no format {named}; there are {', '.join(_FORMATS)}.")
    return found


def _said(backend: Backend, alert: Alert, channel: str, form: Format) -> str:
    return preview(Delivery(f"{alert.id}.{channel}", alert, backend.clock()), form)
