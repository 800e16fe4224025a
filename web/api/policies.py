"""Policies: what is watched, its versions and checks; asking for a check, pausing, muting."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel

from monitor.errors import StoreError
from monitor.model import Commitment
from store import ActionRecord, CheckRecord, EvidenceRecord, SnapshotRecord, VersionRecord, bundle
from web.api.asking import Acting, Days, Who, Why
from web.api.paging import USUAL, Cursor, Limit, Page, answer, paged, paged_after
from web.api.paths import router_for
from web.api.problems import CONFLICT
from web.api.reading import policies_after
from web.api.shapes import Done, PolicyDetail, PolicyItem, VersionDetail, policy_item, silence
from web.backend import Backend
from web.deeds import check_now, mute, pause, resume, unmute
from web.pages import read_mutes, source_of, version_of
from web.sources import Captured, Offset, captured
from web.views.labels import state_of
from web.views.overview import Query as Wished

Id = Annotated[str, Path(max_length=200, description="a policy's id")]
Number = Annotated[int, Path(ge=1, le=1_000_000_000, description="a version's number, from 1")]
Words = Annotated[str, Query(max_length=200)]
_CHECKS = 1000


class CheckNow(BaseModel):
    """Ask for a check at the next tick of a running daemon."""

    who: Who = ""
    why: Why = ""


class MuteIt(BaseModel):
    """Tell nobody of changes of a policy for some days."""

    days: Days
    why: Why
    who: Who = ""


class Unmute(BaseModel):
    """End the mutes that people made; those of the configuration file end there."""

    who: Who = ""
    why: Why = ""


class PauseIt(BaseModel):
    """Check a policy no more for some days."""

    days: Days
    why: Why
    who: Who = ""


class Resume(BaseModel):
    """End a pause: the policy is checked at the next tick of a running daemon."""

    who: Who = ""
    why: Why = ""


def policies(backend: Backend) -> APIRouter:
    """The routes of policies."""
    router = router_for("policies", "/policies")
    _of_lists(router, backend)
    _of_versions(router, backend)
    _of_records(router, backend)
    _of_deeds(router, backend)
    return router


def _of_lists(router: APIRouter, backend: Backend) -> None:
    @router.get("", response_model=Page[PolicyItem])
    def list_policies(
        request: Request,
        q: Annotated[str, Query(max_length=200, description="words in id, service, title")] = "",
        state: Words = "",
        tag: Words = "",
        owner: Words = "",
        type: Words = "",  # noqa: A002
        limit: Limit = USUAL,
        cursor: Cursor = "",
    ) -> Response:
        """All watched policies that fit, by id."""
        wanted = Wished(q.strip(), state, tag, owner, type).wanted
        declared, now = backend.declared(), backend.clock()
        found = policies_after(backend, wanted, cursor, limit)
        changes = backend.store.lists.last_changes([source.policy for source in found])
        return paged_after(
            request, found, lambda s: s.policy, limit,
            lambda shown: [policy_item(s, changes.get(s.policy), declared, now) for s in shown],
        )  # fmt: skip

    @router.get("/{policy}", response_model=PolicyDetail)
    def one_policy(policy: Id) -> Response:
        """One policy: its state, its current version and the mutes that hold."""
        source, now = source_of(backend, policy), backend.clock()
        change = backend.store.lists.last_changes([policy]).get(policy)
        return answer(
            PolicyDetail(
                policy=policy_item(source, change, backend.declared(), now),
                memory=source.memory,
                state_detail=state_of(source, now).detail,
                baseline=source.baseline,
                muted=tuple(silence(mute) for mute in read_mutes(backend, policy)),
                head=backend.store.head(policy),
            )
        )


def _of_versions(router: APIRouter, backend: Backend) -> None:
    @router.get("/{policy}/versions", response_model=Page[VersionRecord])
    def list_versions(
        request: Request, policy: Id, limit: Limit = USUAL, cursor: Cursor = ""
    ) -> Response:
        """The versions of a policy, newest first."""
        source_of(backend, policy)
        found = sorted(backend.store.versions(policy), key=lambda v: -v.number)
        return paged(request, found, lambda v: str(v.number), limit, cursor)

    @router.get("/{policy}/versions/{number}", response_model=VersionDetail)
    def one_version(policy: Id, number: Number) -> Response:
        """A version with its text and what it promises."""
        version = version_of(backend, policy, number)
        store = backend.store
        text, promised = store.version_text(policy, number), store.commitments(policy, number)
        return answer(VersionDetail(version, text, promised))

    @router.get("/{policy}/versions/{number}/source", response_model=Captured)
    def one_source(policy: Id, number: Number, start: Offset, end: Offset) -> Response:
        """Where a passage of a version's text, by its offsets, stands in what the server sent."""
        return answer(captured(backend, policy, number, start, end))

    @router.get("/{policy}/commitments", response_model=tuple[Commitment, ...])
    def current_commitments(policy: Id) -> Response:
        """What the current version promises; nothing before the first."""
        baseline = source_of(backend, policy).baseline
        return answer(backend.store.commitments(policy, baseline.number) if baseline else ())


def _of_records(router: APIRouter, backend: Backend) -> None:
    @router.get("/{policy}/snapshots", response_model=Page[SnapshotRecord])
    def list_snapshots(
        request: Request,
        policy: Id,
        state: Literal["", "version", "suspect", "held", "superseded"] = "",
        limit: Limit = USUAL,
        cursor: Cursor = "",
    ) -> Response:
        """What was captured, newest first: each page as it was sent, and why it was doubted."""
        source_of(backend, policy)
        found = sorted(backend.store.snapshots(policy), key=lambda s: s.taken_at, reverse=True)
        fitting = [snapshot for snapshot in found if state in ("", snapshot.state)]
        return paged(request, fitting, lambda s: s.id, limit, cursor)

    @router.get("/{policy}/checks", response_model=tuple[CheckRecord, ...])
    def list_checks(policy: Id, limit: Annotated[int, Query(ge=1, le=_CHECKS)] = 100) -> Response:
        """The last checks of a policy, newest first."""
        source_of(backend, policy)
        return answer(backend.store.checks(policy, limit))

    @router.get("/{policy}/actions", response_model=Page[ActionRecord])
    def list_actions(
        request: Request, policy: Id, limit: Limit = USUAL, cursor: Cursor = ""
    ) -> Response:
        """What people did, newest first; each is an entry of the hash chain."""
        source_of(backend, policy)
        found = sorted(backend.store.actions(policy), key=lambda a: -a.number)
        return paged(request, found, lambda a: str(a.number), limit, cursor)

    @router.get("/{policy}/evidence", response_model=Page[EvidenceRecord])
    def list_evidence(
        request: Request, policy: Id, limit: Limit = USUAL, cursor: Cursor = ""
    ) -> Response:
        """The hash chain of a policy, oldest entry first."""
        source_of(backend, policy)
        found = backend.store.evidence(policy)
        return paged(request, found, lambda e: str(e.seq), limit, cursor)

    @router.get(
        "/{policy}/evidence.zip",
        response_class=Response,
        responses={200: {"content": {"application/zip": {}}}},
    )
    def evidence_archive(
        policy: Id,
        change: Annotated[str, Query(max_length=300, description="the newest by default")] = "",
    ) -> Response:
        """An archive about a change that anyone can verify without policywatch."""
        source_of(backend, policy)
        try:
            content = bundle(backend.store.dossier(policy, change or None))
        except StoreError as error:
            raise HTTPException(404, str(error)) from error
        headers = {"content-disposition": 'attachment; filename="evidence.zip"'}
        return Response(content, media_type="application/zip", headers=headers)


def _of_deeds(router: APIRouter, backend: Backend) -> None:
    @router.post("/{policy}/check", status_code=202, response_model=Done, responses=CONFLICT)
    def ask_for_check(policy: Id, asked: CheckNow, actor: Acting) -> Response:
        """Ask for a check: the next tick of a running daemon does it."""
        check_now(backend, policy, actor.given(asked.who, why=asked.why))
        return answer(Done("asked"), 202)

    @router.post("/{policy}/mute", response_model=Done, responses=CONFLICT)
    def mute_policy(policy: Id, asked: MuteIt, actor: Acting) -> Response:
        """Tell nobody of changes for some days; the changes are recorded all the same."""
        given = {"why": asked.why, "for": str(asked.days)}
        mute(backend, policy, actor.given(asked.who, **given))
        return answer(Done("muted"))

    @router.post("/{policy}/unmute", response_model=Done, responses=CONFLICT)
    def unmute_policy(policy: Id, asked: Unmute, actor: Acting) -> Response:
        """End the mutes that people made."""
        unmute(backend, policy, actor.given(asked.who, why=asked.why))
        return answer(Done("unmuted"))

    @router.post("/{policy}/pause", response_model=Done, responses=CONFLICT)
    def pause_policy(policy: Id, asked: PauseIt, actor: Acting) -> Response:
        """Check it no more for some days; then checks go on by themselves."""
        given = {"why": asked.why, "for": str(asked.days)}
        pause(backend, policy, actor.given(asked.who, **given))
        return answer(Done("paused"))

    @router.post("/{policy}/resume", response_model=Done, responses=CONFLICT)
    def resume_policy(policy: Id, asked: Resume, actor: Acting) -> Response:
        """End a pause."""
        resume(backend, policy, actor.given(asked.who, why=asked.why))
        return answer(Done("resumed"))
