"""One check of one policy, on one screen.

    lease -> fetch -> read, judge, compare (in a worker) -> decide -> conclude -> record

Everything learned is written in one transaction together with the deliveries it causes (the
outbox); a crash before that leaves the store as it was, and the lease runs out by itself.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import structlog

from monitor.capture import (
    Decision,
    Failed,
    Good,
    NotModified,
    Observation,
    Suspect,
    accept,
    decide,
)
from monitor.config import Policy, Settings
from monitor.config_file import declaration_digest
from monitor.deadlines import promised_beside
from monitor.errors import ExtractionError, FetchError, StoreError
from monitor.expected import expectations_of
from monitor.extraction import EXTRACTOR
from monitor.fetch import Captured, Fetcher, permanent_target, validator_of
from monitor.model import Commitment, Part, Validator
from monitor.network import Network
from monitor.notice.clock import Publication, Told
from monitor.notice.standards import Standard
from monitor.outcomes import Occasion, Seen, conclude
from monitor.reading import Examined, examine, outlines_of, selection_of
from monitor.reassess import baseline_assessments
from monitor.review import made_rules
from monitor.team_rules import team_rules
from monitor.telling import MUTING
from monitor.told import announcements
from monitor.workers import Workers
from store import ActionRecord, CheckOutcome, NewAction, SourceRecord, Store, new_id
from store.records import VersionOrigin

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answered:
    """One part as answered, and what makes the next request for it conditional."""

    part: Part
    validator: Validator
    fresh_for: timedelta | None


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks policies against one store; ``owner`` names this process in leases.

    Each check holds its lease under a name of its own: one that outlived its lease must not write
    under the lease of the next.
    """

    settings: Settings
    store: Store
    fetcher: Fetcher
    workers: Workers
    clock: Callable[[], datetime]
    owner: str
    network: Network = field(default_factory=Network)
    kept: dict[str, str] = field(default_factory=dict)  # policies to owners: leases not given back

    async def check(self, policy: Policy, *, only_due: bool = False) -> CheckOutcome | None:
        """Check a policy once. None if it is being checked already.

        ``only_due``: None also if another process has checked it since it was seen to be due.
        """
        return await self._for_one_check()._check(policy, only_due=only_due)

    async def _give_back(self, policy: str) -> None:
        """End a lease without a result; where the store takes nothing, ``give_back`` does later."""
        try:
            await asyncio.to_thread(self.store.release, policy, self.owner)
        except StoreError:
            self.kept[policy] = self.owner

    async def give_back(self) -> None:
        """End the leases that could not be ended: else their policies wait until these run out."""
        for policy, owner in list(self.kept.items()):
            await asyncio.to_thread(self.store.release, policy, owner)
            self.kept.pop(policy, None)

    def _for_one_check(self) -> Checker:
        return replace(self, owner=f"{self.owner}#{new_id()}")

    async def _check(self, policy: Policy, *, only_due: bool) -> CheckOutcome | None:
        started = self.clock()
        lease = self.settings.fetch.deadline * (4 + len(policy.all_urls)) + timedelta(minutes=5)
        take = partial(self.store.take, only_due=only_due)
        source = await asyncio.to_thread(take, policy.id, self.owner, started, lease)
        if source is None:
            return None
        try:
            stamp = stamp_of(policy)
            if source.baseline and source.baseline.stamp != stamp:
                return await self._upgrade(policy, source, started)
            seen = await _guarded(policy, self._look(policy, source))
            decision = self._decide(source, seen.observation, started)
            return await self._record(policy, source, seen, decision, started)
        except BaseException:
            await self._give_back(policy.id)
            raise

    async def _look(self, policy: Policy, source: SourceRecord, *, rebase: bool = False) -> Seen:
        """Fetch, read and judge; what went wrong on the way is an observation too."""
        try:
            known = {} if rebase else {v.url: v for v in source.validators}
            ask = {} if _due_whole(source, self.clock()) else known
            answers = [await self._fetch(policy, url, ask.get(url)) for url in policy.all_urls]
        except FetchError as error:
            return self._not_fetched(policy, error)
        self.network.answered(policy.all_urls[0], self.clock())
        parts = tuple(answer.part for answer in answers)
        validators = tuple(answer.validator for answer in answers)
        fresh_for = min((a.fresh_for for a in answers if a.fresh_for is not None), default=None)
        moved = _moved(parts[0])
        if source.baseline and all(_same_bytes(v, known.get(v.url)) for v in validators):
            return Seen(NotModified(moved), fresh_for=fresh_for)
        outlines = tuple(known[url].outline if url in known else "" for url in policy.all_urls)
        if source.baseline and all(outlines):
            seen_now = await self._outlines(policy, parts)
            if seen_now == outlines:
                good = Good(source.baseline.text_digest, moved)
                return Seen(good, parts, None, _outlined(validators, outlines), fresh_for)
        observation, examined = await self._examine(policy, source, parts, moved, rebase=rebase)
        if examined is not None:
            validators = _outlined(validators, examined.outlines)
        return Seen(observation, parts, examined, validators, fresh_for)

    async def _outlines(self, policy: Policy, parts: tuple[Part, ...]) -> tuple[str, ...]:
        """The outlines of the parts; none where they cannot be made, and the parts must be read."""
        try:
            return await self.workers.run(outlines_of, parts, selection_of(policy))
        except ExtractionError:
            return ()

    def _not_fetched(self, policy: Policy, error: FetchError) -> Seen:
        was_down = self.network.down
        self.network.failed(error.url or policy.all_urls[0], self.clock(), error.kind)
        if self.network.down and not was_down:
            log.warning("no network: nothing is held against the sources until it is back")
        ours = self.network.down
        failed = Failed(error.kind, error.transient, error.status, str(error), ours=ours)
        return Seen(failed, error=error)

    async def _fetch(self, policy: Policy, url: str, validator: Validator | None) -> Answered:
        """One part; a 304 is answered from the stored bytes (or stands for them, if alone)."""
        content = b""
        if validator and len(policy.all_urls) > 1:
            try:
                content = await asyncio.to_thread(self.store.blob, validator.body_digest)
            except StoreError:
                validator = None  # a page whose text did not change is not kept: ask for it whole
        answer = await self.fetcher.fetch(
            url, mode=policy.fetch, validator=validator, language=policy.language
        )
        if isinstance(answer, Captured):
            return Answered(answer.part, _validator(answer.part), answer.fresh_for)
        if validator is None:
            raise FetchError(
                f"{url}: answered 304 to an unconditional request", kind="protocol", transient=True
            )
        part = Part(
            url=url,
            final_url=answer.final_url,
            status=answer.status,
            headers=answer.headers,
            media_type=validator.media_type,
            content=content,
            fetched_at=answer.fetched_at,
            redirects=answer.redirects,
            reused=True,
        )
        return Answered(part, validator, answer.fresh_for)

    async def _examine(
        self,
        policy: Policy,
        source: SourceRecord,
        parts: tuple[Part, ...],
        moved: str,
        *,
        rebase: bool = False,
        trusted: bool = False,
    ) -> tuple[Observation, Examined | None]:
        """Read, judge and compare the parts in a worker."""
        baseline = None
        if source.baseline and not rebase:
            baseline = await asyncio.to_thread(
                self.store.version_text, policy.id, source.baseline.number
            )
        made = await asyncio.to_thread(made_rules, self.store, policy.id)
        try:
            examined = await self.workers.run(
                examine, parts, selection_of(policy), baseline, policy.language, trusted,
                team_rules(self.settings, policy, [rule for _, rule in made]),
                expectations_of(self.settings, policy),
            )  # fmt: skip
        except ExtractionError as error:
            digest = hashlib.sha256(b"".join(part.content for part in parts)).hexdigest()
            return Suspect(digest, (str(error),)), None
        if examined.suspect:
            return Suspect(examined.digest, examined.suspect), examined
        return Good(examined.digest, moved), examined

    def _decide(
        self, source: SourceRecord, observation: Observation, now: datetime, *, rebase: bool = False
    ) -> Decision:
        capture = self.settings.capture
        baseline = source.baseline.text_digest if source.baseline and not rebase else None
        return decide(
            source.memory,
            observation,
            baseline_digest=baseline,
            known={} if rebase else source.versions,
            now=now,
            confirm_after=capture.confirm_after,
            flap_hold=capture.flap_hold,
            unreachable_after=capture.unreachable_after,
        )

    async def _record(
        self,
        policy: Policy,
        source: SourceRecord,
        seen: Seen,
        decision: Decision,
        started: datetime,
        *,
        origin: VersionOrigin = "capture",
        existing_snapshot: str | None = None,
        action: NewAction | None = None,
    ) -> CheckOutcome:
        """Conclude and write everything in one transaction."""
        promises: tuple[Commitment, ...] = ()
        beside: tuple[Standard, ...] = ()
        told: tuple[Told, ...] = ()
        published: Mapping[int, Publication] = {}
        if source.baseline and decision.action in ("new_version", "revert"):
            promises = await asyncio.to_thread(
                self.store.commitments, policy.id, source.baseline.number
            )
            beside = await asyncio.to_thread(
                promised_beside, self.store, self.settings, self.settings.policy, policy, started
            )
            told, published = await asyncio.to_thread(announcements, self.store, policy, policy.id)
        stands = await asyncio.to_thread(self.store.stands, policy.id)
        assessments = await baseline_assessments(
            self.settings, self.store, self.workers, policy, source, stands
        )
        muting: list[ActionRecord] = []
        if decision.action != "unchanged" or decision.events or assessments is not None:
            muting = await asyncio.to_thread(self.store.actions, policy.id, what=MUTING)
        occasion = Occasion(
            policy=policy,
            source=source,
            settings=self.settings,
            stamp=stamp_of(policy),
            owner=self.owner,
            started_at=started,
            finished_at=self.clock(),
            origin=origin,
            promises=promises,
            beside=beside,
            told=told,
            earlier=tuple(published.values()),
            existing_snapshot=existing_snapshot,
            action=action,
            stands=stands,
            muting=tuple(muting),
            assessments=assessments,
        )
        outcome = conclude(occasion, seen, decision)
        if not await asyncio.to_thread(self.store.record, outcome):
            raise StoreError(
                f'The lease on "{policy.id}" was lost during its check (did this machine sleep?); '
                "nothing was stored, and the check will be repeated."
            )
        _log_outcome(outcome, network_down=self.network.down)
        return outcome

    # --- not every version comes from a check --------------------------------------------------

    async def _upgrade(
        self, policy: Policy, source: SourceRecord, started: datetime
    ) -> CheckOutcome:
        """The reading or the declaration changed: make the baseline anew, and alert nothing.

        From its kept bytes where that works, else from what the source shows now.
        """
        seen = await _guarded(policy, self._look_anew(policy, source))
        decision = self._decide(source, seen.observation, started, rebase=True)
        from_kept = seen.validators is None and seen.error is None
        snapshot = source.baseline.snapshot if source.baseline and from_kept else None
        return await self._record(
            policy, source, seen, decision, started, origin="upgrade", existing_snapshot=snapshot
        )

    async def _look_anew(self, policy: Policy, source: SourceRecord) -> Seen:
        """Read the baseline's kept bytes as we read now; without them, what the source shows."""
        parts = await asyncio.to_thread(self._kept_parts, source)
        if parts and tuple(part.url for part in parts) == policy.all_urls:
            observation, examined = await self._examine(
                policy, source, parts, "", rebase=True, trusted=True
            )
            if isinstance(observation, Good):
                return Seen(observation, parts, examined)
        return await self._look(policy, source, rebase=True)

    def _kept_parts(self, source: SourceRecord) -> tuple[Part, ...]:
        """The raw bytes behind the baseline; empty where there are none."""
        if source.baseline is None or source.baseline.snapshot is None:
            return ()
        return kept_parts(self.store, source.baseline.snapshot)

    async def accept(
        self, policy: Policy, snapshot_id: str, *, who: str, why: str = ""
    ) -> CheckOutcome:
        """Make a suspect or held snapshot a version, because somebody says that it is right."""
        snapshot = await asyncio.to_thread(self.store.snapshot, snapshot_id)
        if snapshot.policy != policy.id or snapshot.state not in ("suspect", "held"):
            raise StoreError(
                f'Snapshot {snapshot_id} is not a suspect or held one of "{policy.id}"; '
                f"`policywatch history {policy.id}` lists those that wait."
            )
        parts = await asyncio.to_thread(kept_parts, self.store, snapshot_id)
        action = NewAction(self.clock(), who, "accept", snapshot_id, why)
        return await self._for_one_check()._by_hand(policy, parts, "accepted", snapshot_id, action)

    async def capture(
        self, policy: Policy, content: bytes, media_type: str, *, who: str, why: str = ""
    ) -> CheckOutcome:
        """Take a page that somebody saved by hand; it passes the gate like any other."""
        url, now = policy.all_urls[0], self.clock()
        part = Part(url, url, 200, (), media_type, content, now)
        action = NewAction(now, who, "capture", hashlib.sha256(content).hexdigest(), why)
        return await self._for_one_check()._by_hand(policy, (part,), "manual", None, action)

    async def _by_hand(
        self,
        policy: Policy,
        parts: tuple[Part, ...],
        origin: VersionOrigin,
        snapshot_id: str | None,
        action: NewAction,
    ) -> CheckOutcome:
        started = self.clock()
        lease = timedelta(minutes=5)
        source = await asyncio.to_thread(self.store.take, policy.id, self.owner, started, lease)
        if source is None:
            raise StoreError(f'"{policy.id}" is being checked just now; try again in a moment.')
        try:
            trusted = origin == "accepted"
            observation, examined = await self._examine(policy, source, parts, "", trusted=trusted)
            if trusted and not isinstance(observation, Good):
                raise StoreError(f"Snapshot {snapshot_id} cannot be read as a policy.")
            decision = self._decide(source, observation, started)
            if trusted and decision.action == "hold":
                decision = Decision("revert", decision.memory, version=decision.version)
            if trusted:
                decision = Decision(decision.action, accept(decision.memory, now=started))
            return await self._record(
                policy,
                source,
                Seen(observation, parts, examined),
                decision,
                started,
                origin=origin,
                existing_snapshot=snapshot_id,
                action=action,
            )
        except BaseException:
            await self._give_back(policy.id)
            raise


def stamp_of(policy: Policy) -> str:
    """Names how a policy's text is made: the extractor and the declaration."""
    return f"{EXTRACTOR} {declaration_digest(policy)}"


def kept_parts(store: Store, snapshot_id: str) -> tuple[Part, ...]:
    """The parts of a kept snapshot, bytes and all. Raises StoreError."""
    return tuple(
        Part(
            url=part.url,
            final_url=part.final_url,
            status=part.status,
            headers=part.headers,
            media_type=part.media_type,
            content=store.blob(part.body_digest),
            fetched_at=part.fetched_at,
            redirects=part.redirects,
            reused=part.reused,
        )
        for part in store.snapshot(snapshot_id).parts
    )


def _due_whole(source: SourceRecord, now: datetime) -> bool:
    """Once a week ask for the whole page: a server that always says 304 would freeze it."""
    spread = int(hashlib.sha256(source.policy.encode()).hexdigest(), 16)
    new_day = source.last_check_at is None or source.last_check_at.date() != now.date()
    return new_day and (now.date().toordinal() + spread) % 7 == 0


def _same_bytes(seen: Validator, known: Validator | None) -> bool:
    return known is not None and seen.body_digest == known.body_digest


def _validator(part: Part) -> Validator:
    """The digest tells equal bytes even where the server gives nothing to ask it with."""
    digest = hashlib.sha256(part.content).hexdigest()
    bare = Validator(part.url, "", "", digest, part.media_type, part.final_url)
    return validator_of(part, digest) or bare


def _outlined(
    validators: tuple[Validator, ...], outlines: tuple[str, ...]
) -> tuple[Validator, ...]:
    pairs = zip(validators, outlines, strict=True)
    return tuple(replace(validator, outline=outline) for validator, outline in pairs)


def _moved(part: Part) -> str:
    """Where the page moved for good; https instead of http, "www." or a slash is no move."""
    target = permanent_target(part.redirects)
    return target if target and _place(target) != _place(part.url) else ""


def _place(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/"), parts.query


async def _guarded(policy: Policy, looking: Awaitable[Seen]) -> Seen:
    """A fault of ours is a failed check like any other: stored, shown, and tried again later."""
    try:
        return await looking
    except Exception as error:
        # One of the two edges that must live on.
        log.exception("check crashed", policy=policy.id)
        return _crashed(error)


def _crashed(error: Exception) -> Seen:
    message = f"A fault of policywatch: {type(error).__name__}: {error}"
    fault = FetchError(message, kind="fault", transient=True)
    return Seen(Failed("fault", True, None, message, ours=True), error=fault)


def _log_outcome(outcome: CheckOutcome, *, network_down: bool) -> None:
    """One line for what is worth a line: nothing for an unchanged policy."""
    told = {"policy": outcome.policy, "result": outcome.result}
    if outcome.change:
        comparison = outcome.change.comparison
        log.info("change", **told, verdict=comparison.verdict, findings=len(comparison.findings))
    elif outcome.error and not network_down:
        log.warning("not fetched", policy=outcome.policy, error=outcome.error)
    elif outcome.result == "suspect" and outcome.snapshot:
        log.warning("suspect capture held back", **told, why=list(outcome.snapshot.reasons))
    elif outcome.result in ("first", "held", "reverted", "upgraded", "accepted"):
        log.info("checked", **told)
    else:
        log.debug("checked", **told)
