"""What a job of the ticker may do wrong: it is logged, and the job is done again at its time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec

import structlog

from monitor.errors import MonitorError

log = structlog.get_logger()

_P = ParamSpec("_P")


def lasting(job: Callable[_P, Awaitable[None]]) -> Callable[_P, Coroutine[Any, Any, None]]:
    """A job whose errors are logged, and end nothing."""

    async def run(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            await job(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the edge: the ticker goes on
            complain("a job of the ticker failed, it will be repeated", error, job=job.__name__)

    return run


def cut_short(job: Callable[[], Awaitable[None]]) -> Callable[[], Coroutine[Any, Any, None]]:
    """A job that the end of its scheduler may cut off: that is no fault of it, and not logged."""

    async def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await job()

    return run


def complain(event: str, error: Exception, **told: str) -> None:
    """Our own errors explain themselves; any other is a fault of ours, and is shown whole."""
    if isinstance(error, MonitorError):
        log.error(event, error=str(error), **told)
    else:
        log.error(event, exc_info=error, **told)
