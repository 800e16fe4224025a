"""What a worker does with one configuration: check batches, fill the queue, clear up.

Every worker fills the queue and clears up after workers that died; procrastinate has one of them do
so at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import procrastinate
import structlog

from monitor.check import Checker
from monitor.cluster import queue
from monitor.cluster.batches import Batch, batches, lanes_of
from monitor.config import Policy
from monitor.errors import MonitorError, StoreError
from monitor.services import Services, owner_name

log = structlog.get_logger()

#: The most batches in the queue: work for some minutes, not for a day.
MOST_BATCHES = 2000
#: How many due policies are looked at for batches. More only where one host has most of them.
_LOOKS = (2_000, 20_000, 200_000)
#: Cron lines whose last field is of seconds.
_FILL, _CLEAR = "* * * * * */2", "* * * * * */5"
#: Filling and clearing come before checks.
_FIRST = 100
#: Before a check that could not be stored is begun again: its source is a stranger's site.
_REST = timedelta(minutes=1)


@dataclass(slots=True)
class Rounds:
    """What a worker does with one configuration: check batches, fill the queue, clear up."""

    app: procrastinate.App
    services: Services
    lost_after: float
    lanes: dict[str, str] = field(init=False)
    _closed: bool = False
    # Each takes long where much is to be done; one at a time is enough of a process.
    _filling: asyncio.Lock = field(default_factory=asyncio.Lock)
    _clearing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.lanes = lanes_of(self.services.policies.values())

    def close(self) -> None:
        """Begin no further check."""
        self._closed = True

    async def check(self, job: int, policies: Sequence[str]) -> None:
        """Check a batch, as many of it at once as its host may be asked.

        It ends when its host may be asked again, and its lock with it: the next batch of the host
        keeps the pace, on whichever machine it runs.
        """
        settings = self.services.checker.settings
        checker = replace(self.services.checker, owner=_owner_of(job))
        left = deque(
            policy for name in policies if (policy := self.services.policies.get(name)) is not None
        )
        if not left:
            return
        address = left[0].all_urls[0]

        async def some() -> None:
            while left and not self._closed:
                await self._check(checker, left.popleft())

        await asyncio.gather(*(some() for _ in range(settings.fetch.per_host_concurrency)))
        await self.services.fetcher.rest(address)

    async def _check(self, checker: Checker, policy: Policy) -> None:
        """One check; whatever goes wrong in it stays in it."""
        try:
            await checker.check(policy, only_due=True)
        except Exception as error:  # noqa: BLE001 - the edge: the other checks go on
            ours = isinstance(error, MonitorError)
            told = {"error": str(error)} if ours else {"exc_info": error}
            log.error("check not stored, it will be repeated", policy=policy.id, **told)
            now = checker.clock()
            with contextlib.suppress(StoreError):
                await asyncio.to_thread(
                    self.services.store.postpone, policy.id, now, until=now + _REST
                )

    async def fill(self) -> None:
        """Enqueue what is due and in no batch yet."""
        if self._filling.locked():
            return
        async with self._filling:
            with contextlib.suppress(StoreError):  # it takes nothing yet, and was said to
                await self.services.checker.give_back()
            waiting, taken = await queue.batches_in(self.app)
            room = MOST_BATCHES - len(waiting)
            if not self._closed and room > 0:
                for batch in await self._due(waiting, taken, room):
                    await queue.enqueue(self.app, batch)

    async def _due(self, waiting: set[str], taken: set[str], room: int) -> list[Batch]:
        """At most ``room`` new batches."""
        found: list[Batch] = []
        for look in _LOOKS:
            now = self.services.checker.clock()
            due = await asyncio.to_thread(self.services.store.due, now, look)
            found = batches(due, self.lanes, waiting=waiting, taken=taken, room=room)
            if len(due) < look or len(found) >= room:
                break
        return found

    async def clear(self) -> None:
        """Take over from workers that died: their jobs go, and their policies are free again."""
        if self._clearing.locked():
            return
        async with self._clearing:
            jobs = await queue.lost_jobs(self.app, self.lost_after)
            lost = {_mark_of(job.id or 0): queue.policies_of(job) for job in jobs}
            free = await asyncio.to_thread(self.services.store.release_lost, lost) if lost else 0
            for job in jobs:
                await queue.forget(self.app, job)
            if free:
                log.warning("a worker was lost, what it had begun is free", checks=free)
            await self.app.job_manager.prune_stalled_workers(self.lost_after)


def register(app: procrastinate.App, rounds: Rounds) -> None:
    """Make the tasks of a worker known to its queue."""

    @app.task(name=queue.CHECK, queue=queue.QUEUE, pass_context=True)
    async def check(context: procrastinate.JobContext, policies: list[str]) -> None:
        await rounds.check(context.job.id or 0, policies)

    # Neither has a lock: one that a killed worker held would keep all others from clearing up.
    @app.periodic(cron=_FILL)
    @app.task(
        name="policywatch.fill", queue=queue.QUEUE, queueing_lock="policywatch.fill",
        priority=_FIRST,
    )  # fmt: skip
    async def fill(timestamp: int) -> None:  # noqa: ARG001 - procrastinate gives it
        await rounds.fill()

    @app.periodic(cron=_CLEAR)
    @app.task(
        name="policywatch.clear", queue=queue.QUEUE, queueing_lock="policywatch.clear",
        priority=_FIRST,
    )  # fmt: skip
    async def clear(timestamp: int) -> None:  # noqa: ARG001 - procrastinate gives it
        await rounds.clear()


def _owner_of(job: int) -> str:
    return f"{owner_name()}{_mark_of(job)}"[:-1]


def _mark_of(job: int) -> str:
    """What the names of the leases of a job hold, between the process and the check."""
    return f"#job {job}#"
