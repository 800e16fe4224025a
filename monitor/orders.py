"""What a process that lives long is told from outside: to stop, or to read its file again.

SIGTERM, SIGINT      stop
SIGHUP, file saved   reload
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import structlog
from watchfiles import awatch

from monitor import config_file
from monitor.config_file import Configuration
from monitor.errors import ConfigError
from monitor.services import make_ready

log = structlog.get_logger()


class Orders:
    """Orders of one process; ``stop`` and ``reload`` give them from within."""

    def __init__(self) -> None:
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()

    def stop(self) -> None:
        """Ask for a graceful stop."""
        self._stop.set()

    def reload(self) -> None:
        """Ask for the configuration to be read again."""
        self._reload.set()

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self._stop.is_set()

    async def until_told(self) -> None:
        """Wait for a stop or a reload; the latter is then no longer asked for."""
        waits = [asyncio.create_task(e.wait()) for e in (self._stop, self._reload)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._reload.clear()

    @contextlib.contextmanager
    def heard(self, path: Path) -> Iterator[None]:
        """Obey signals, and every change of the file at ``path``, while the context lasts."""
        loop = asyncio.get_running_loop()
        actions = (
            (signal.SIGTERM, self.stop),
            (signal.SIGINT, self.stop),
            (signal.SIGHUP, self.reload),
        )
        watching = asyncio.create_task(self._watch(path.resolve()))
        for number, action in actions:
            loop.add_signal_handler(number, action)
        try:
            yield
        finally:
            for number, _ in actions:
                loop.remove_signal_handler(number)
            watching.cancel()

    async def _watch(self, path: Path) -> None:
        """Editors replace files, so the directory is watched, not the file."""
        changes = awatch(
            path.parent,
            watch_filter=lambda _change, name: Path(name) == path,
            recursive=False,
            stop_event=self._stop,
        )
        async for _ in changes:
            self.reload()


def read_again(running: Configuration, *, sends: bool = True) -> Configuration | None:
    """The file as it is now, None if it says the same; what needs a restart is logged.

    Raises ConfigError for a file that cannot take over.
    """
    path = running.path
    try:
        fresh = config_file.load(path)
        make_ready(fresh, sends=sends)
    except ConfigError as error:
        log.error("configuration not reloaded, the old one stays", faults=error.problems)
        raise
    if fresh.settings == running.settings:
        log.info("configuration read again, nothing changed", file=str(path))
        return None
    for table in ("store", "samples", "daemon"):
        if getattr(fresh.settings, table) != getattr(running.settings, table):
            log.warning(f"[{table}] changed: restart policywatch for that to take effect")
    return fresh
