"""What people do on the pages: decide on alerts, ask for checks, pause, mute; all on the record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from fastapi import APIRouter, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from monitor import review
from monitor.errors import StoreError
from monitor.review.states import STEPS
from monitor.telling import MUTING, standing_mutes
from store import NewAction, SourceRecord
from store.actions import LONGEST_NAME, LONGEST_REASON
from web import rendering
from web.access import Visitor
from web.backend import Backend
from web.forms import LONGEST_FORM, form

#: Days; what should be silent for longer is a matter of the configuration.
_LONGEST_SILENCE = 366
#: Of so many deliveries, the newest, one can be tried again.
_REACH = 10_000


def deeds(backend: Backend) -> APIRouter:
    """The routes that change something; all others answer GET alone."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)

    @router.post("/changes/{change}/review")
    async def decide(request: Request, change: str) -> Response:
        given = await signed(request)
        await run_in_threadpool(take_step, backend, change, given)
        return RedirectResponse(rendering.path("changes", change) + "#decide", status_code=303)

    @router.post("/alerts/{alert}/review")
    async def decide_on_alert(request: Request, alert: str) -> Response:
        given = await signed(request)
        await run_in_threadpool(take_step, backend, alert, given)
        return RedirectResponse(rendering.path("alerts", alert) + "#decide", status_code=303)

    @router.post("/policies/{policy}/check")
    async def ask_for_check(request: Request, policy: str) -> Response:
        given = await signed(request)
        await run_in_threadpool(check_now, backend, policy, given)
        return RedirectResponse(rendering.path("policies", policy) + "#health", status_code=303)

    @router.post("/policies/{policy}/mute")
    async def silence(request: Request, policy: str) -> Response:
        given = await signed(request)
        await run_in_threadpool(mute, backend, policy, given)
        return RedirectResponse(rendering.path("policies", policy) + "#telling", status_code=303)

    @router.post("/policies/{policy}/unmute")
    async def tell_again(request: Request, policy: str) -> Response:
        given = await signed(request)
        await run_in_threadpool(unmute, backend, policy, given)
        return RedirectResponse(rendering.path("policies", policy) + "#telling", status_code=303)

    @router.post("/policies/{policy}/pause")
    async def stop_checking(request: Request, policy: str) -> Response:
        given = await signed(request)
        await run_in_threadpool(pause, backend, policy, given)
        return RedirectResponse(rendering.path("policies", policy) + "#health", status_code=303)

    @router.post("/policies/{policy}/resume")
    async def go_on_checking(request: Request, policy: str) -> Response:
        given = await signed(request)
        await run_in_threadpool(resume, backend, policy, given)
        return RedirectResponse(rendering.path("policies", policy) + "#health", status_code=303)

    return router


async def signed(request: Request, longest: int = LONGEST_FORM) -> Mapping[str, str]:
    """The fields of a form; whoever signed in is who acts, whatever the form says."""
    return known_as(request.state.visitor, await form(request, longest))


def known_as(visitor: Visitor | None, given: Mapping[str, str]) -> Mapping[str, str]:
    """Fields with ``who`` acts and by which ``way`` they are known; without a way, as claimed."""
    who = visitor or Visitor()
    return {**given, "who": who.name or given.get("who", ""), "way": who.way}


def take_step(backend: Backend, subject: str, given: Mapping[str, str], where: str = "") -> None:
    """Decide on an alert as a form says; ``where`` they came here from, for the records.

    404 for an unknown one, 409 for a step that is not possible as it stands, 422 for a form that
    leaves open what is meant.
    """
    step = next((step for step in STEPS if step == given.get("step")), None)
    grounds: review.Grounds | Literal[""] = next(
        (each for each in review.GROUNDS if each == given.get("grounds")), ""
    )
    if step is None:
        raise HTTPException(422, f"step: write one of {', '.join(STEPS)}")
    if step == "dismiss" and not grounds:
        raise HTTPException(422, f"Say why it is dismissed: {', '.join(review.GROUNDS)}.")
    who, why = _words(given)
    now = backend.clock()
    until = _end(given, now) if step == "snooze" else None
    try:
        review.find(backend.store, subject)
    except StoreError as error:
        raise HTTPException(404, str(error)) from error
    why = f"{why} ({where})" if why and where else why or where
    try:
        review.decide(
            backend.store, subject, step, who=who, at=now, why=why, grounds=grounds, until=until,
            way=given.get("way", ""),
        )  # fmt: skip
    except StoreError as error:
        raise HTTPException(409, str(error)) from error


def _end(given: Mapping[str, str], now: datetime) -> datetime:
    """When what lasts ends: ``for`` is a number of days. 422 for another thing."""
    days = given.get("for", "")
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:4]) <= _LONGEST_SILENCE):
        raise HTTPException(422, f"for: write a number of days, 1 to {_LONGEST_SILENCE}")
    return now + timedelta(days=int(days))


def check_now(backend: Backend, policy: str, given: Mapping[str, str]) -> None:
    """Make a policy due. 404 for an unknown one, 409 for one that is not watched or paused."""
    who, why = _words(given)
    now = backend.clock()
    if _watched(backend, policy).paused(now):
        raise HTTPException(409, f'"{policy}" is paused: resume it first.')
    said = "asked for a check now" + (f": {why}" if why else "")
    action = NewAction(now, who, "note", why=said[:LONGEST_REASON], way=given.get("way", ""))
    backend.store.record_action(policy, action)
    backend.store.make_due(policy, now)


def pause(backend: Backend, policy: str, given: Mapping[str, str]) -> None:
    """Check a policy no more for some days. 422 without a reason, else as ``check_now``."""
    who, why = _words(given)
    if not why:
        raise HTTPException(422, "Say why it is paused: its changes are missed meanwhile.")
    now = backend.clock()
    until = _end(given, now)
    _watched(backend, policy)
    way = given.get("way", "")
    action = NewAction(now, who, "pause", "", why, {"until": until}, way)
    backend.store.pause(policy, until, action)


def resume(backend: Backend, policy: str, given: Mapping[str, str]) -> None:
    """End a pause. 409 where there is none, 404 for an unknown policy."""
    who, why = _words(given)
    now = backend.clock()
    if not _watched(backend, policy).paused(now):
        raise HTTPException(409, f'"{policy}" is not paused.')
    way = given.get("way", "")
    backend.store.resume(policy, NewAction(now, who, "resume", "", why, way=way))


def _watched(backend: Backend, policy: str) -> SourceRecord:
    """A policy that is watched. 404 for an unknown one, 409 for one that is not."""
    try:
        source = backend.store.source(policy)
    except StoreError as error:
        raise HTTPException(404, f'There is no policy "{policy}" here.') from error
    if not source.enabled:
        raise HTTPException(409, f'"{policy}" is not watched: enable it in the configuration.')
    return source


def mute(backend: Backend, policy: str, given: Mapping[str, str]) -> None:
    """Tell nobody of a policy for some days. 422 without a reason, 404 for an unknown one."""
    who, why = _words(given)
    if not why:
        raise HTTPException(422, "Say why it is muted, for whoever wonders at the silence.")
    now = backend.clock()
    detail = {"until": _end(given, now), "categories": (), "phrases": ()}
    _record(backend, policy, NewAction(now, who, "mute", "", why, detail, given.get("way", "")))


def unmute(backend: Backend, policy: str, given: Mapping[str, str]) -> None:
    """End what people muted. 409 where nobody did."""
    who, why = _words(given)
    if not standing_mutes(backend.store.actions(policy, what=MUTING)):
        raise HTTPException(409, "Nobody muted it; a mute of config.toml is ended there.")
    way = given.get("way", "")
    _record(backend, policy, NewAction(backend.clock(), who, "unmute", "", why, way=way))


def try_again(backend: Backend, delivery: int, given: Mapping[str, str]) -> None:
    """Give a delivery a fresh start. 404 for an unknown one, 409 for one on its way or sent."""
    who, why = _words(given)
    found = next((d for d in backend.store.deliveries(None, _REACH) if d.id == delivery), None)
    if found is None:
        raise HTTPException(404, f"There is no delivery {delivery} among the newest {_REACH}.")
    now = backend.clock()
    if not backend.store.retry_delivery(delivery, now):
        raise HTTPException(409, f"Delivery {delivery} is on its way or sent: nothing to do.")
    said = f"asked to try delivery {delivery} to {found.channel} again" + (
        f": {why}" if why else ""
    )
    action = NewAction(now, who, "note", found.alert.id, said, way=given.get("way", ""))
    _record(backend, found.alert.policy, action)


def _record(backend: Backend, policy: str, action: NewAction) -> None:
    try:
        backend.store.record_action(policy, action)
    except StoreError as error:
        raise HTTPException(404, f'There is no policy "{policy}" here.') from error


def _words(given: Mapping[str, str]) -> tuple[str, str]:
    """Who acts and why. 422 for nobody, or for more than the records hold."""
    who, why = given.get("who", "").strip(), given.get("why", "").strip()
    if not who:
        raise HTTPException(422, "Say who you are: the records name whoever decides.")
    for name, words, longest in (("who", who, LONGEST_NAME), ("why", why, LONGEST_REASON - 100)):
        if len(words) > longest:
            raise HTTPException(422, f"{name}: has {len(words)} characters, the most is {longest}")
    return who, why
