"""Buttons pressed in Slack: the one address that Slack calls, open to nobody without its signature.

A press is a step on the record like any other, in the name that Slack gives; the thread is told.
"""

from __future__ import annotations

import json
from datetime import datetime

import structlog
from fastapi import APIRouter, HTTPException, Request
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from monitor import review
from monitor.errors import NotifyError, StoreError
from notifiers.blocks import neutral
from notifiers.http import checked_url, post
from notifiers.slack_actions import Press, is_from_slack, presses, signing_secrets
from notifiers.wording import instant
from web.access import SLACK
from web.backend import Backend
from web.forms import read

log = structlog.get_logger(__name__)


def slack(backend: Backend) -> APIRouter:
    """The route of the interactivity of a Slack app."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)

    @router.post(SLACK)
    async def pressed(request: Request) -> Response:
        body = await read(request)
        settings = backend.declared().settings
        secrets = signing_secrets(settings.channel, backend.environ)
        stamp, signature = (
            request.headers.get(f"x-slack-{name}", "")
            for name in ("request-timestamp", "signature")
        )
        if not is_from_slack(secrets, stamp, signature, body, backend.clock()):
            return PlainTextResponse("Slack did not sign this, or not just now.\n", 401)
        try:
            found = presses(body)
        except NotifyError as error:
            raise HTTPException(422, str(error)) from error
        answers = [(press, await run_in_threadpool(_decide, backend, press)) for press in found]
        return Response(background=BackgroundTask(_answer, backend, answers))

    return router


def _decide(backend: Backend, press: Press) -> str:
    """Take the step; what to say of it in Slack, "" where nothing was to be done."""
    try:
        found, new = review.decide(
            backend.store, press.subject, press.step,
            who=press.who, at=backend.clock(), why="in Slack", until=press.until, way="slack",
        )  # fmt: skip
    except StoreError as error:
        return f"Not done: {error}"
    return _said(press.step, press.who, found.review.snoozed_until) if new else ""


def _said(step: str, who: str, until: datetime | None) -> str:
    if step == "snooze" and until:
        return f"Snoozed until {instant(until)} by {who}."
    return f"Acknowledged by {who}."


async def _answer(backend: Backend, answers: list[tuple[Press, str]]) -> None:
    """Tell the thread; a reply that does not arrive changes nothing."""
    for press, said in answers:
        if not (said and press.answer_url and backend.post):
            continue
        body = {
            "text": neutral(said), "response_type": "in_channel", "replace_original": False,
            "thread_ts": press.thread,
        }  # fmt: skip
        try:
            url = checked_url(press.answer_url, "response_url")
            content = json.dumps(body).encode()
            await post(backend.post, url, content, {"content-type": "application/json"})
        except NotifyError as error:
            log.warning("slack_reply_failed", subject=press.subject, error=str(error))
