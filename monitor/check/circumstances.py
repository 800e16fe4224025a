"""The circumstances of a check: what the store knows that its conclusions depend on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.capture import Decision
from monitor.config import Policy, Settings
from monitor.deadlines import promised_beside
from monitor.leases import Held
from monitor.outcomes import Occasion
from monitor.reassess import baseline_assessments
from monitor.telling import MUTING
from monitor.told import announcements
from monitor.workers import Workers
from store import ActionRecord, NewAction, Store
from store.records import VersionOrigin


@dataclass(frozen=True, slots=True)
class Origin:
    """How a version comes to be, from which stored snapshot (None: a new one), and who did it."""

    version: VersionOrigin = "capture"
    snapshot: str | None = None
    action: NewAction | None = None


async def circumstances(
    settings: Settings,
    store: Store,
    workers: Workers,
    policy: Policy,
    mine: Held,
    decision: Decision,
    origin: Origin,
    *,
    stamp: str,
    started: datetime,
    finished: datetime,
) -> Occasion:
    """Read what concluding needs, and no more of it than this decision needs. Raises StoreError."""
    source = mine.source
    stands = await asyncio.to_thread(store.stands, policy.id)
    assessments = await baseline_assessments(settings, store, workers, policy, source, stands)
    muting: list[ActionRecord] = []
    if decision.action != "unchanged" or decision.events or assessments is not None:
        muting = await asyncio.to_thread(store.actions, policy.id, what=MUTING)
    occasion = Occasion(
        policy=policy,
        source=source,
        settings=settings,
        stamp=stamp,
        owner=mine.owner,
        started_at=started,
        finished_at=finished,
        origin=origin.version,
        existing_snapshot=origin.snapshot,
        action=origin.action,
        stands=stands,
        muting=tuple(muting),
        assessments=assessments,
    )
    if source.baseline is None or decision.action not in ("new_version", "revert"):
        return occasion
    return await asyncio.to_thread(_with_what_was_said, occasion, store, source.baseline.number)


def _with_what_was_said(occasion: Occasion, store: Store, baseline: int) -> Occasion:
    """What the vendor promised about changes, and announced of this one."""
    policy, settings = occasion.policy, occasion.settings
    told, published = announcements(store, policy, policy.id)
    return replace(
        occasion,
        promises=store.commitments(policy.id, baseline),
        beside=promised_beside(store, settings, settings.policy, policy, occasion.started_at),
        told=told,
        earlier=tuple(published.values()),
    )
