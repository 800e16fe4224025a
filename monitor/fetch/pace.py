"""How politely requests start: a cap in all, and per host a cap and a pause between starts.

Hosts are remembered only while someone waits for them or their pause lasts, so that a million
hosts cost no more memory than those in use.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

Sleep = Callable[[float], Awaitable[None]]
#: Seconds that only move forward.
Monotonic = Callable[[], float]

_SWEEP_AT = 1024


@dataclass(slots=True)
class _Lane:
    places: asyncio.Semaphore
    start: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_start: float = 0.0
    users: int = 0


class Pace:
    """Hands out turns; requests to one host start in the order in which they asked."""

    def __init__(
        self,
        *,
        concurrency: int,
        per_host: int,
        delay: float,
        now: Monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._all = asyncio.Semaphore(concurrency)
        self._per_host = per_host
        self._delay = delay
        self._now = now
        self._sleep = sleep
        self._lanes: dict[str, _Lane] = {}

    @contextlib.asynccontextmanager
    async def turn(self, host: str, least_delay: float = 0.0) -> AsyncIterator[None]:
        """Wait for a turn on ``host``; ``least_delay`` is what its robots.txt asks for, in s."""
        lane = self._lanes.setdefault(host, _Lane(asyncio.Semaphore(self._per_host)))
        lane.users += 1
        try:
            async with lane.places, contextlib.AsyncExitStack() as stack:
                # One place in all is taken only when the pause is over: a host with a long pause
                # must not hold places that others could use.
                async with lane.start:
                    if (pause := lane.next_start - self._now()) > 0:
                        await self._sleep(pause)
                    await stack.enter_async_context(self._all)
                    lane.next_start = self._now() + max(self._delay, least_delay)
                yield
        finally:
            lane.users -= 1
            self._forget_idle()

    async def rest(self, host: str) -> None:
        """Wait until the pause after the newest start on ``host`` is over."""
        if lane := self._lanes.get(host):
            while (pause := lane.next_start - self._now()) > 0:
                await self._sleep(pause)

    def __len__(self) -> int:
        """How many hosts are remembered."""
        return len(self._lanes)

    def _forget_idle(self) -> None:
        if len(self._lanes) < _SWEEP_AT:
            return
        now = self._now()
        self._lanes = {
            host: lane for host, lane in self._lanes.items() if lane.users or lane.next_start > now
        }
