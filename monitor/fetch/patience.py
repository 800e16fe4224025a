"""How long one fetch may take in all, and how long it waits before it tries again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from monitor.errors import FetchError
from monitor.fetch.urls import Target

_FIRST_PAUSE = 0.5
#: A server that asks for more is visited again by the schedule, not by this fetch.
_LONGEST_PAUSE = 10.0


class Budget:
    """The seconds a fetch may spend on the network, over all hops and attempts.

    Waiting for a turn is not counted: it is our own politeness, and a queue of policies on one
    host is no fault of the host. A server that drips a byte now and then cannot stretch it.
    """

    def __init__(self, seconds: float) -> None:
        self.total = seconds
        self.left = seconds

    @contextlib.asynccontextmanager
    async def spend(self, target: Target) -> AsyncIterator[None]:
        """Run a block within what is left. Raises FetchError (``timeout``, transient)."""
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            async with asyncio.timeout(max(self.left, 0.0)):
                yield
        except TimeoutError as error:
            raise FetchError(
                f"{target.origin} took longer than {self.total:g} s in all (deadline under "
                "[fetch]). It is tried again later.",
                kind="timeout",
                transient=True,
                url=target.url,
            ) from error
        finally:
            self.left -= clock() - started


def pause_before_retry(
    error: FetchError, *, attempt: int, retries: int, left: float, chance: float
) -> float | None:
    """Seconds to wait before attempt ``attempt + 1`` (counted from 0), or None to give up.

    Full jitter over an exponential step (``chance`` lies in 0..1); the server's Retry-After is
    the least. The resolver has already tried again by itself, so ``dns`` is not repeated.
    """
    if not error.transient or error.kind == "dns" or attempt >= retries:
        return None
    step: float = _FIRST_PAUSE * 2**attempt
    pause = max(step * (0.5 + chance), error.retry_after or 0.0)
    return pause if pause <= _LONGEST_PAUSE and pause < left else None
