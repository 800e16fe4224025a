"""One check of one policy, on one screen.

    hold -> look (fetch; read, judge and compare in a worker) -> decide -> conclude -> record

And the versions that do not come from a check: a technical upgrade, what people accept, and what
they saved by hand.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from monitor.capture import Decision, Good, Observation, accept, decide
from monitor.check.circumstances import Origin, circumstances
from monitor.check.looking import Look
from monitor.check.parts import kept_parts
from monitor.config import Policy, Settings
from monitor.config_file import declaration_digest
from monitor.errors import StoreError
from monitor.extraction import EXTRACTOR
from monitor.fetch import Fetcher
from monitor.leases import Held, Unended, held
from monitor.model import Part
from monitor.network import Network
from monitor.outcomes import Seen, conclude
from monitor.workers import Workers
from store import CheckOutcome, NewAction, SourceRecord, Store

log = structlog.get_logger()

_BY_HAND = timedelta(minutes=5)
_CHECKED = Origin()


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks policies against one store; ``owner`` names this process in leases."""

    settings: Settings
    store: Store
    fetcher: Fetcher
    workers: Workers
    clock: Callable[[], datetime]
    owner: str
    network: Network = field(default_factory=Network)
    unended: Unended = field(default_factory=Unended)

    async def check(self, policy: Policy, *, only_due: bool = False) -> CheckOutcome | None:
        """Check a policy once. None if it is being checked already.

        ``only_due``: None also if another process has checked it since it was seen to be due.
        """
        started = self.clock()
        length = self.settings.fetch.deadline * (4 + len(policy.all_urls)) + timedelta(minutes=5)
        async with held(
            self.store, policy.id, self.owner, started, length, self.unended, only_due=only_due
        ) as mine:
            if mine is None:
                return None
            baseline = mine.source.baseline
            if baseline and baseline.stamp != stamp_of(policy):
                return await self._upgrade(policy, mine, started)
            seen = await self._look(policy, mine.source).at_source()
            decision = self._decide(mine.source, seen.observation, started)
            return await self._record(policy, mine, seen, decision, started)

    async def give_back(self) -> None:
        """End the leases that could not be ended before. Raises StoreError."""
        await self.unended.end(self.store)

    def _look(self, policy: Policy, source: SourceRecord, *, rebase: bool = False) -> Look:
        return Look(
            policy, source, self.settings, self.store, self.fetcher, self.workers, self.network,
            self.clock, rebase,
        )  # fmt: skip

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
        mine: Held,
        seen: Seen,
        decision: Decision,
        started: datetime,
        origin: Origin = _CHECKED,
    ) -> CheckOutcome:
        """Conclude and write everything in one transaction."""
        occasion = await circumstances(
            self.settings, self.store, self.workers, policy, mine, decision, origin,
            stamp=stamp_of(policy), started=started, finished=self.clock(),
        )  # fmt: skip
        outcome = conclude(occasion, seen, decision)
        if not await asyncio.to_thread(self.store.record, outcome):
            raise StoreError(
                f'The lease on "{policy.id}" was lost during its check (did this machine sleep?); '
                "nothing was stored, and the check will be repeated."
            )
        _log_outcome(outcome, network_down=self.network.down)
        return outcome

    # --- not every version comes from a check --------------------------------------------------

    async def _upgrade(self, policy: Policy, mine: Held, started: datetime) -> CheckOutcome:
        """The reading or the declaration changed: make the baseline anew, and alert nothing.

        From its kept bytes where that works, else from what the source shows now.
        """
        seen = await self._look(policy, mine.source, rebase=True).at_kept()
        decision = self._decide(mine.source, seen.observation, started, rebase=True)
        from_kept = seen.validators is None and seen.error is None
        baseline = mine.source.baseline
        origin = Origin("upgrade", baseline.snapshot if baseline and from_kept else None)
        return await self._record(policy, mine, seen, decision, started, origin)

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
        return await self._by_hand(policy, parts, Origin("accepted", snapshot_id, action))

    async def capture(
        self, policy: Policy, content: bytes, media_type: str, *, who: str, why: str = ""
    ) -> CheckOutcome:
        """Take a page that somebody saved by hand; it passes the gate like any other."""
        url, now = policy.all_urls[0], self.clock()
        part = Part(url, url, 200, (), media_type, content, now)
        action = NewAction(now, who, "capture", hashlib.sha256(content).hexdigest(), why)
        return await self._by_hand(policy, (part,), Origin("manual", action=action))

    async def _by_hand(
        self, policy: Policy, parts: tuple[Part, ...], origin: Origin
    ) -> CheckOutcome:
        started, trusted = self.clock(), origin.version == "accepted"
        async with held(self.store, policy.id, self.owner, started, _BY_HAND, self.unended) as mine:
            if mine is None:
                raise StoreError(f'"{policy.id}" is being checked just now; try again in a moment.')
            look = self._look(policy, mine.source)
            observation, examined = await look.examine(parts, "", trusted=trusted)
            if trusted and not isinstance(observation, Good):
                raise StoreError(f"Snapshot {origin.snapshot} cannot be read as a policy.")
            decision = self._decide(mine.source, observation, started)
            if trusted:
                decision = _accepted(decision, started)
            seen = Seen(observation, parts, examined)
            return await self._record(policy, mine, seen, decision, started, origin)


def _accepted(decision: Decision, now: datetime) -> Decision:
    """What people accept is not held, and ends all doubt."""
    held_back = decision.action == "hold"
    memory = accept(decision.memory, now=now)
    if held_back:
        return Decision("revert", memory)
    return Decision(decision.action, memory)


def stamp_of(policy: Policy) -> str:
    """Names how a policy's text is made: the extractor and the declaration."""
    return f"{EXTRACTOR} {declaration_digest(policy)}"


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
