"""Holding a stored text against what is expected of it now: expectations change, texts do not.

No source is asked for it. A check does the same on its way; the daemon does it as soon as it reads
a configuration, so that a new expectation does not wait for the next check.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from monitor.config import Policy, Settings
from monitor.errors import ExtractionError
from monitor.expectations import is_stale
from monitor.expected import expectations_of
from monitor.leases import Unended, held
from monitor.model import Assessment, Stand
from monitor.outcomes import Occasion, reassessed
from monitor.reading import assess_text
from monitor.telling import MUTING
from monitor.workers import Workers
from store import SourceRecord, Store

log = structlog.get_logger()

_LEASE = timedelta(minutes=5)


async def baseline_assessments(
    settings: Settings,
    store: Store,
    workers: Workers,
    policy: Policy,
    source: SourceRecord,
    stands: tuple[Stand, ...],
) -> tuple[Assessment, ...] | None:
    """What the baseline says to what is expected now; None where ``stands`` say it already.

    Also None where its worker fails: that is tried again at the next check, which it must not stop.
    """
    expected = expectations_of(settings, policy)
    baseline = source.baseline
    if baseline is None or not is_stale(stands, expected, baseline.number):
        return None
    text = await asyncio.to_thread(store.version_text, policy.id, baseline.number)
    try:
        return await workers.run(assess_text, text, expected)
    except ExtractionError as error:
        log.warning("expectations not assessed", policy=policy.id, error=str(error))
        return None


async def reassess(
    settings: Settings,
    store: Store,
    workers: Workers,
    policy: Policy,
    owner: str,
    now: datetime,
    unended: Unended,
) -> bool:
    """Bring the stored stands of a policy up to what is expected now, and tell people.

    False where nothing had to be done, or while the policy is being checked (which does the same).
    """
    async with held(store, policy.id, owner, now, _LEASE, unended) as mine:
        if mine is None:
            return False
        stands = await asyncio.to_thread(store.stands, policy.id)
        occasion = Occasion(
            policy=policy,
            source=mine.source,
            settings=settings,
            stamp=mine.source.baseline.stamp if mine.source.baseline else "",
            owner=mine.owner,
            started_at=now,
            finished_at=now,
            stands=stands,
            muting=tuple(await asyncio.to_thread(store.actions, policy.id, what=MUTING)),
            assessments=await baseline_assessments(
                settings, store, workers, policy, mine.source, stands
            ),
        )
        settled, alerts = reassessed(occasion)
        if settled is None:
            await asyncio.to_thread(store.release, policy.id, mine.owner)
            return False
        return await asyncio.to_thread(
            store.record_stands, policy.id, mine.owner, settled.stands, alerts, now
        )
