"""The pages: each reads the store, asks a view what to show, and renders it.

Handlers are plain functions: the framework runs them in threads, where the store may be waited for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from monitor import review
from monitor.alerts import alert_id
from monitor.comparison import as_document, compare_documents
from monitor.errors import StoreError
from monitor.model import COMMITMENT_KINDS, Alert, Commitment, CommitmentKind, Comparison, Severity
from monitor.registers import Registers, promises_csv, stated_by
from monitor.routing import Mute
from monitor.team_rules import team_rules
from monitor.telling import MUTING, mutes_of
from notifiers.message import compose
from store import SourceRecord, VersionRecord, Wanted
from store.records import ORDERS, Order
from web import rendering
from web.access import Visitor
from web.backend import Backend
from web.days import Days
from web.feeds import ALERTS, DAYS, address
from web.links import page_of
from web.views import matrix as ledger
from web.views import overview as first_page
from web.views.calendar import month as calendar_month
from web.views.calendar import month_of
from web.views.change import ChangePage, Pair, change_page, parse_change_id
from web.views.labels import TROUBLE
from web.views.overview import Overview, heading_of
from web.views.policy import Past, PolicyPage, policy_page

_CHECKS = 1000
#: Alerts of a page of those that wait.
_QUEUE = 50
#: Choices of a filter at the most; policies of a file that are read at once.
_CHOICES, _AT_ONCE = 200, 200
#: The severities of alerts that somebody is to look at.
WEIGHTY: tuple[Severity, ...] = ("high", "medium")

Words = Annotated[str, Query(max_length=200)]
PageNumber = Annotated[int, Query(ge=1, le=100_000)]
Number = Annotated[int, Path(ge=1, le=1_000_000_000)]


def pages(backend: Backend, days: Days) -> APIRouter:
    """The routes of all pages."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)

    @router.get("/")
    def overview_page(
        request: Request,
        q: Words = "",
        state: Words = "",
        tag: Words = "",
        owner: Words = "",
        type: Words = "",  # noqa: A002
        sort: Words = "name",
        page: PageNumber = 1,
    ) -> Response:
        order: Order = next((each for each in ORDERS if each == sort), "name")
        asked = first_page.Query(q.strip(), state, tag, owner, type, order, page)
        return rendering.page(
            "overview.html",
            view=read_overview(backend, days, asked),
            today=backend.today(),
            given_up=backend.store.undelivered(),
            feed=address(backend, request, ALERTS, tag=asked.tag),
        )

    @router.get("/waiting")
    def waiting_page(page: PageNumber = 1) -> Response:
        tally = backend.store.waiting_count(severities=WEIGHTY, now=backend.clock())
        pages = first_page.pages_of(sum(tally.values()), _QUEUE)
        page = min(page, pages)
        shown = waiting(backend, _QUEUE, (page - 1) * _QUEUE)
        return rendering.page(
            "waiting.html",
            open=list(first_page.open_alerts(shown, backend.declared(), backend.today())),
            tally=tally,
            today=backend.today(),
            page=page,
            pages=pages,
            parameters=lambda number: {"page": str(number)} if number > 1 else {},
        )

    @router.get("/policies/{policy}")
    def one_policy(request: Request, policy: str) -> Response:
        return rendering.page(
            "policy.html",
            view=read_policy(backend, policy),
            muted=read_mutes(backend, policy),
            pause=next(iter(backend.store.actions(policy, what=["pause"])), None),
            today=backend.today(),
            feed=address(backend, request, ALERTS, policy=policy),
            **_reader(backend, request),
        )

    @router.get("/policies/{policy}/versions/{number}")
    def one_version(policy: str, number: Number) -> Response:
        source, version = source_of(backend, policy), version_of(backend, policy, number)
        document = as_document(backend.store.version_text(policy, number))
        return rendering.page(
            "version.html",
            heading=heading_of(source.service or policy, version.title),
            version=version,
            latest=source.latest_number,
            clauses=document.clauses,
        )

    @router.get("/changes/{change}")
    def one_change(
        request: Request, change: str, view: Words = "changes", layout: Words = "inline"
    ) -> Response:
        return rendering.page(
            "change.html",
            view=read_change(backend, change),
            decision=read_review(backend, change),
            **_reader(backend, request),
            whole=view == "whole",
            side=layout == "side",
        )

    @router.get("/alerts/{alert}")
    def one_alert(request: Request, alert: str) -> Response:
        try:
            found = review.find(backend.store, alert)
        except StoreError as error:
            raise HTTPException(404, str(error)) from error
        told = found.record.alert
        if told.kind == "change":
            return RedirectResponse(rendering.path("changes", found.review.subject), 303)
        return rendering.page(
            "alert.html",
            message=compose(told, backend.today()),
            back=page_of(told),
            action=rendering.path("alerts", found.review.subject, "review"),
            decision=found.review,
            **_reader(backend, request),
        )

    @router.get("/compare")
    def compare(policy: Words, a: int, b: int) -> Response:
        source_of(backend, policy)
        return RedirectResponse(rendering.path("changes", f"{policy}@{a}-{b}"), status_code=303)

    @router.get("/calendar")
    def calendar_page(request: Request, month: Words = "") -> Response:
        today = backend.today()
        first = month_of(month, today)
        around = min(backend.clock(), datetime.combine(first, time(), UTC))
        return rendering.page(
            "calendar.html",
            view=calendar_month(first, days.all(around)),
            today=today,
            this_month=today.replace(day=1),
            feed=address(backend, request, DAYS),
        )

    @router.get("/ledger")
    def ledger_page(
        q: Words = "",
        kind: Annotated[list[str] | None, Query()] = None,
        at: Words = "",
        page: PageNumber = 1,
    ) -> Response:
        kinds, when = _kinds(kind), _end_of(at)
        wanted = Wanted(words=q, versioned=True, at=when)
        sources, page, total = listed(backend, wanted, page, ledger.PAGE_SIZE)
        shown = _stated(backend, sources, when)
        return rendering.page(
            "ledger.html",
            view=ledger.matrix(shown, kinds),
            all_kinds=COMMITMENT_KINDS,
            words=q,
            at=at if when else "",
            page=page,
            pages=total,
            parameters=lambda number: _ledger_query(q, kind, at, number),
        )

    @router.get("/ledger.csv")
    def ledger_csv(
        q: Words = "", kind: Annotated[list[str] | None, Query()] = None, at: Words = ""
    ) -> Response:
        when, kinds, declared = _end_of(at), _kinds(kind), backend.declared()
        registers = Registers(backend.store, declared.settings, declared.policies)
        versions = (
            version
            for sources in every(backend, Wanted(words=q, versioned=True, at=when))
            for _, version in _standing(backend, sources, when)
        )
        rows = registers.promises(versions, lambda commitment: commitment.kind in kinds)
        return as_csv(promises_csv(rows), "ledger.csv")

    return router


def _reader(backend: Backend, request: Request) -> dict[str, Any]:
    """Who reads: the name to propose or to state, and whether they may decide."""
    who: Visitor = request.state.visitor
    return {"user": who.name or backend.user, "signed": bool(who.name), "may": who.may("reviewer")}


# --- reading -------------------------------------------------------------------------------------


def read_overview(backend: Backend, days: Days, query: first_page.Query) -> Overview:
    """The overview as the reader asked for it."""
    store, now = backend.store, backend.clock()
    lists, standing = store.lists, store.lists.standing(now)
    shown, page, matching = lists.numbered(
        query.wanted, query.sort, now, page=query.page, size=first_page.PAGE_SIZE
    )
    in_trouble = Wanted(states=TROUBLE)
    found = first_page.Found(
        shown=shown,
        changes=lists.last_changes([source.policy for source in shown]),
        matching=matching,
        waiting=waiting(backend, first_page.OPEN),
        tally=store.waiting_count(severities=WEIGHTY, now=now),
        trouble=lists.page(in_trouble, "state", now, limit=first_page.FIRST),
        days=days.ahead(),
        standing=standing,
        choices=lists.choices(_CHOICES),
    )
    query = replace(query, page=page)
    return first_page.overview(found, backend.declared(), query, backend.today(), now)


def waiting(backend: Backend, limit: int, offset: int = 0) -> list[Alert]:
    """Alerts of some weight that nobody has closed or snoozed, the gravest first."""
    found = backend.store.waiting(
        limit, severities=WEIGHTY, now=backend.clock(), gravest=True, offset=offset
    )
    return [record.alert for record in found]


def listed(
    backend: Backend, wanted: Wanted, page: int, size: int
) -> tuple[list[SourceRecord], int, int]:
    """The policies of a page, by name; which page that is, and of how many."""
    found, page, count = backend.store.lists.numbered(
        wanted, "name", backend.clock(), page=page, size=size
    )
    return found, page, first_page.pages_of(count, size)


def every(backend: Backend, wanted: Wanted) -> Iterator[list[SourceRecord]]:
    """All policies of a list by name, read some at a time."""
    names = backend.store.lists.names(wanted, "name", backend.clock())
    for at in range(0, len(names), _AT_ONCE):
        yield backend.store.sources_of(names[at : at + _AT_ONCE])


def as_csv(lines: Iterable[str], name: str) -> Response:
    """A table to take along, sent as it is made."""
    return StreamingResponse(
        lines,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def read_policy(backend: Backend, policy: str) -> PolicyPage:
    """One policy's page; 404 for one the store does not know."""
    source = source_of(backend, policy)
    past = Past(
        versions=backend.store.versions(policy),
        changes=backend.store.glances.changes(policy),
        stated=tuple(stated_by(backend.store, policy)),
        stands=backend.store.stands(policy),
        snapshots=backend.store.snapshots(policy),
        checks=backend.store.checks(policy, _CHECKS),
    )
    return policy_page(source, past, backend.declared(), backend.clock())


def read_mutes(backend: Backend, policy: str) -> list[Mute]:
    """What nobody is told of a policy at the moment, and why; declared mutes come first."""
    declared = backend.declared()
    known = declared.policies.get(policy)
    if known is None:  # nobody is told of what is not watched any more
        return []
    mutes = mutes_of(declared.settings, known, backend.store.actions(policy, what=MUTING))
    return [mute for mute in mutes if mute.holds(backend.clock())]


def read_review(backend: Backend, change: str) -> review.Review | None:
    """How it stands with the alert about a change; None where nobody was alerted."""
    try:
        return review.find(backend.store, change).review
    except StoreError:
        return None


def read_change(backend: Backend, change: str) -> ChangePage:
    """A stored change, or two versions compared now; 404 where one of them is unknown."""
    pair = pair_named(backend, change)
    comparison, _ = compared_pair(backend, pair, change)
    told = backend.store.alert(alert_id("change", change))
    alert = told.alert if told else None
    changes = backend.store.glances.changes(pair.source.policy)
    return change_page(pair, comparison, alert, changes, backend.today())


def pair_named(backend: Backend, change: str) -> Pair:
    """The two versions that a change's name names, read. 404 where one of them is unknown."""
    named = parse_change_id(change)
    if named is None:
        raise HTTPException(404, f'"{change}" names no change; write POLICY@OLDER-NEWER')
    policy, older, newer = named
    source = source_of(backend, policy)
    old, new = (version_of(backend, policy, number) for number in (older, newer))
    before, after = (as_document(backend.store.version_text(policy, n)) for n in (older, newer))
    return Pair(source, old, new, before, after)


def compared_pair(backend: Backend, pair: Pair, change: str) -> tuple[Comparison, bool]:
    """What was decided at the time, if this is a stored change; else the same rules, now."""
    policy = pair.source.policy
    if any(known.id == change for known in backend.store.change_heads(policy=policy)):
        return backend.store.change(change).comparison, True
    declared = backend.declared()
    made = [rule for _, rule in review.made_rules(backend.store, policy)]
    rules = team_rules(declared.settings, declared.policies.get(policy), made)
    return compare_documents(pair.before, pair.after, rules), False


def source_of(backend: Backend, policy: str) -> SourceRecord:
    """A policy of the store; 404 for one that it does not know."""
    try:
        return backend.store.source(policy)
    except StoreError as error:
        raise HTTPException(404, f'There is no policy "{policy}" here.') from error


def version_of(backend: Backend, policy: str, number: int) -> VersionRecord:
    """A version of a policy; 404 for one that there is not."""
    try:
        return backend.store.version(policy, number)
    except StoreError as error:
        raise HTTPException(404, f"{policy} has no version {number}.") from error


def _ledger_query(
    words: str, kinds: Sequence[str] | None, at: str, page: int | None
) -> list[tuple[str, str]]:
    """The parameters of the same ledger on another page; None: on none (all of it)."""
    given = [("q", words), ("at", at), ("page", str(page) if page and page > 1 else "")]
    return [(k, v) for k, v in given if v] + [("kind", kind) for kind in kinds or ()]


def _kinds(asked: Sequence[str] | None) -> tuple[CommitmentKind, ...]:
    return tuple(k for k in COMMITMENT_KINDS if k in (asked or ())) or ledger.USUAL


def _end_of(at: str) -> datetime | None:
    """The end of a day written as 2026-03-01; None for "" (now). 422 for anything else."""
    if not at.strip():
        return None
    try:
        return datetime.combine(date.fromisoformat(at.strip()), time.max, tzinfo=UTC)
    except ValueError as error:
        raise HTTPException(422, f'"{at}" is no date: write it as 2026-03-01') from error


def _stated(
    backend: Backend, sources: Sequence[SourceRecord], at: datetime | None
) -> list[tuple[SourceRecord, VersionRecord, tuple[Commitment, ...]]]:
    standing = list(_standing(backend, sources, at))
    stated = backend.store.glances.stated_each([version for _, version in standing])
    return [(*each, said) for each, said in zip(standing, stated, strict=True)]


def _standing(
    backend: Backend, sources: Sequence[SourceRecord], at: datetime | None
) -> Iterator[tuple[SourceRecord, VersionRecord]]:
    names = [source.policy for source in sources]
    versions = backend.store.glances.versions_at(names, at) if at else {}
    for source in sources:
        version = versions.get(source.policy) if at else source.baseline
        if version is not None:
            yield source, version
