"""Alerts: what people were told, and what became of it; deciding on one."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, Field

from monitor import review
from monitor.errors import StoreError
from monitor.model import Category, Severity
from monitor.review import Grounds, Step
from web.api.asking import Acting, Days, Who, Why, named
from web.api.paging import USUAL, Cursor, Limit, Page, answer, paged
from web.api.paths import router_for
from web.api.problems import CONFLICT
from web.api.shapes import AlertItem, alert_item
from web.backend import Backend
from web.deeds import take_step
from web.pages import source_of

#: Of so many alerts, the newest, a list is made.
_REACH = 10_000

Subject = Annotated[
    str, Path(max_length=300, description="a change, POLICY@OLDER-NEWER, or the id of an alert")
]


class Decision(BaseModel):
    """A step of the review. ``dismiss`` needs ``grounds``, ``snooze`` needs ``days``."""

    step: Step
    grounds: Grounds | None = None
    days: Days | None = None
    why: Why = ""
    who: Who = ""


class Wrong(BaseModel):
    """Make a rule of a false alarm: ignore what is like it, for this policy. One is needed."""

    finding: Annotated[int | None, Field(ge=1, description="a finding's number, from 1")] = None
    category: Category | None = None
    phrase: Annotated[str, Field(max_length=500)] = ""
    why: Why = ""
    who: Who = ""


class TakeBack(BaseModel):
    """Undo the rules that were made of an alert, and reopen it."""

    why: Why = ""
    who: Who = ""


def alerts(backend: Backend) -> APIRouter:
    """The routes of alerts."""
    router = router_for("alerts", "/alerts")

    @router.get("", response_model=Page[AlertItem])
    def list_alerts(
        request: Request,
        policy: Annotated[str, Query(max_length=200)] = "",
        state: Annotated[
            Literal["all", "open"], Query(description="open: not settled, not snoozed")
        ] = "all",
        severity: Annotated[Severity, Query(description="the lowest that is listed")] = "medium",
        limit: Limit = USUAL,
        cursor: Cursor = "",
    ) -> Response:
        """Alerts about changes and expectations, newest first, and who decided what of them."""
        if policy:
            source_of(backend, policy)
        found = review.listing(
            backend.store, policy or None, open_only=state == "open", severity=severity,
            limit=_REACH, now=backend.clock(),
        )  # fmt: skip
        return paged(
            request, found, lambda r: r.review.subject, limit, cursor,
            lambda shown: map(alert_item, shown),
        )  # fmt: skip

    @router.get("/{subject}", response_model=AlertItem)
    def one_alert(subject: Subject) -> Response:
        """One alert with every step of its review."""
        return _shown(backend, subject)

    @router.post("/{subject}/decisions", response_model=AlertItem, responses=CONFLICT)
    def decide(subject: Subject, decision: Decision, actor: Acting) -> Response:
        """Acknowledge, dismiss, escalate, reopen or snooze; what stands so already stays so."""
        given = {
            "step": decision.step,
            "grounds": decision.grounds or "",
            "why": decision.why,
            "for": str(decision.days or ""),
        }
        take_step(backend, subject, actor.given(decision.who, **given))
        return _shown(backend, subject)

    @router.post("/{subject}/rules", status_code=201, response_model=AlertItem, responses=CONFLICT)
    def say_wrong(subject: Subject, wrong: Wrong, actor: Acting) -> Response:
        """Make a rule of "this was wrong"; docs/review.md says what it reaches."""
        found = _found(backend, subject)
        alert = found.record.alert
        given = actor.given(wrong.who)
        who, way = named(given["who"]), given["way"]
        if alert.kind != "change":
            raise HTTPException(409, "It is about an expectation: change what is expected.")
        try:
            rule = review.propose(
                alert.policy, found.review.subject, alert.findings,
                backend.store.actions(alert.policy, what=["ignore"]),
                number=wrong.finding, category=wrong.category, phrase=wrong.phrase, why=wrong.why,
            )  # fmt: skip
            review.reject(backend.store, subject, rule, who=who, at=backend.clock(), way=way)
        except StoreError as error:
            raise HTTPException(422, str(error)) from error
        return _shown(backend, subject, 201)

    @router.post("/{subject}/rules/undo", response_model=AlertItem, responses=CONFLICT)
    def take_back(subject: Subject, undo: TakeBack, actor: Acting) -> Response:
        """Undo the rules made of an alert."""
        _found(backend, subject)
        given = actor.given(undo.who)
        who, way = named(given["who"]), given["way"]
        try:
            review.take_back(
                backend.store, subject, who=who, at=backend.clock(), why=undo.why, way=way
            )
        except StoreError as error:
            raise HTTPException(409, str(error)) from error
        return _shown(backend, subject)

    return router


def _found(backend: Backend, subject: str) -> review.Reviewed:
    try:
        return review.find(backend.store, subject)
    except StoreError as error:
        raise HTTPException(404, str(error)) from error


def _shown(backend: Backend, subject: str, status: int = 200) -> Response:
    return answer(alert_item(_found(backend, subject)), status)
