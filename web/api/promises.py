"""What policies say: the ledger, expectations, sub-processors, days ahead, vendors' notices."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Request, Response

from monitor.deadlines import LOOK_BACK, Almanac
from monitor.expectations import asked
from monitor.model import CommitmentKind
from monitor.registers import LISTING, Answer, Due, Listed, Promise, Registers
from store import MailRecord, SourceRecord, VersionRecord, Wanted
from web.api.paging import USUAL, Cursor, Limit, Page, answer, paged, paged_after, refused
from web.api.paths import router_for
from web.api.reading import policies_after
from web.backend import Backend
from web.pages import source_of

Policy = Annotated[str, Query(max_length=200, description="one policy; all by default")]
At = Annotated[date | None, Query(description="as it stood at the end of this day, UTC")]
Text = Annotated[str, Query(max_length=200)]


def promises(backend: Backend) -> APIRouter:
    """The routes of what policies say."""
    router = router_for("promises")

    @router.get("/ledger", response_model=Page[Promise])
    def ledger(
        request: Request,
        policy: Policy = "",
        kind: CommitmentKind | None = None,
        says: Annotated[
            str, Query(max_length=200, description="a condition on one kind, as `>= 30`")
        ] = "",
        vendor: Text = "",
        at: At = None,
        limit: Limit = USUAL,
        cursor: Cursor = "",
    ) -> Response:
        """Who promises what, since when, now or at a date: some policies a page, each whole."""
        try:
            wanted = asked(kind or "", says)
        except ValueError as error:
            raise HTTPException(400, f"says: {error}") from error
        registers = _registers(backend)
        listed = Wanted(vendor=vendor, versioned=True, at=_end_of(at))
        return paged_after(
            request, _sources(backend, policy, listed, cursor, limit), lambda s: s.policy, limit,
            lambda shown: registers.promises(
                (version for source in shown for version in _standing(backend, source, at)), wanted
            ),
        )  # fmt: skip

    @router.get("/expectations", response_model=Page[Answer])
    def expectations(
        request: Request,
        policy: Policy = "",
        short: Annotated[bool, Query(description="only what is not met")] = False,
        limit: Limit = USUAL,
        cursor: Cursor = "",
    ) -> Response:
        """What is expected of policies and what their texts say: some policies a page, by id."""
        registers = _registers(backend)
        listed = Wanted(versioned=True, asked=True, missed=short)
        return paged_after(
            request, _sources(backend, policy, listed, cursor, limit), lambda s: s.policy, limit,
            lambda shown: (
                row
                for source in shown
                for row in registers.answers(source)
                if row.assessment.short or not short
            ),
        )  # fmt: skip

    @router.get("/subprocessors", response_model=Page[Listed])
    def subprocessors(
        request: Request,
        policy: Policy = "",
        named: Text = "",
        at: At = None,
        limit: Limit = USUAL,
        cursor: Cursor = "",
    ) -> Response:
        """Who is listed as a sub-processor, and since when: some policies a page, by id."""
        registers, until = _registers(backend), _end_of(at)
        listed = Wanted(types=() if policy else LISTING)
        return paged_after(
            request, _sources(backend, policy, listed, cursor, limit), lambda s: s.policy, limit,
            lambda shown: (
                row
                for source in shown
                for row in registers.listed(source.policy, named=named, until=until)
            ),
        )  # fmt: skip

    @router.get("/deadlines", response_model=tuple[Due, ...])
    def deadlines(
        policy: Policy = "",
        ahead: Annotated[int | None, Query(ge=0, le=10_000, description="days to come")] = None,
        past: Annotated[bool, Query(description="also days that have passed")] = False,
    ) -> Response:
        """When announced changes apply, and until when one may object to them or leave."""
        registers, declared, today = _registers(backend), backend.declared(), backend.today()
        since = None if past else backend.clock() - LOOK_BACK
        almanac = Almanac(backend.store, declared.settings, declared.policies)
        if policy:
            source_of(backend, policy)
        found = almanac.days([policy] if policy else None, since=since)
        rows = [registers.due(day, today) for day in found]
        return answer(
            [
                row
                for row in rows
                if (past or row.days_left >= 0) and (ahead is None or row.days_left <= ahead)
            ]
        )

    @router.get("/notices", response_model=Page[MailRecord])
    def notices(
        request: Request,
        policy: Policy = "",
        state: Literal["", "matched", "ambiguous", "unmatched", "withdrawn"] = "",
        limit: Limit = USUAL,
        cursor: Cursor = "",
    ) -> Response:
        """Vendors' e-mails that were taken in, newest first, and what each was matched to."""
        if policy:
            source_of(backend, policy)
        mails = sorted(backend.store.mail.all(policy or None), key=lambda m: -m.seq)
        fitting = [mail for mail in mails if state in ("", mail.state)]
        return paged(request, fitting, lambda mail: mail.key, limit, cursor)

    return router


def _registers(backend: Backend) -> Registers:
    declared = backend.declared()
    return Registers(backend.store, declared.settings, declared.policies)


def _sources(
    backend: Backend, policy: str, listed: Wanted, cursor: str, limit: int
) -> list[SourceRecord]:
    """Policies of a list after a cursor, or the one that is named. 404 for an unknown one."""
    if not policy:
        return policies_after(backend, listed, cursor, limit)
    found = source_of(backend, policy)
    if cursor:
        raise refused(cursor)
    whose = backend.declared().vendor(policy).casefold()
    return [found] if listed.vendor.casefold() in ("", whose) else []


def _standing(backend: Backend, source: SourceRecord, at: date | None) -> list[VersionRecord]:
    """The version of a policy that stood at a date, or stands now; none before the first."""
    until = _end_of(at)
    found = backend.store.version_at(source.policy, until) if until else source.baseline
    return [found] if found else []


def _end_of(at: date | None) -> datetime | None:
    return datetime.combine(at, time.max, UTC) if at else None
