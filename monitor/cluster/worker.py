"""A worker: checks what is due in batches from the queue, beside any number of others.

stop     checks in hand are finished, the rest of their batches is left to the others
reload   a good file takes over as soon as the checks in hand are finished
"""

from __future__ import annotations

import asyncio
import contextlib

import procrastinate
import structlog
from sqlalchemy.engine import URL

from monitor import systemd
from monitor.cluster import queue
from monitor.cluster.rounds import Rounds, register
from monitor.config_file import Configuration
from monitor.errors import ConfigError
from monitor.orders import Orders, read_again
from monitor.services import (
    Clock,
    Services,
    is_dead,
    open_store,
    owner_name,
    running,
    utc_now,
)
from store import Store
from store.database import resolve

log = structlog.get_logger()

#: Seconds before a database that did not answer is asked again.
_PAUSE = 5.0


class Worker:
    """One process of several on one store. ``serve`` runs until ``stop`` or a signal."""

    def __init__(self, configuration: Configuration, *, clock: Clock = utc_now) -> None:
        self._configuration = _fit(configuration)
        self._clock = clock
        self._orders = Orders()

    def stop(self) -> None:
        """Ask for a graceful stop."""
        self._orders.stop()

    async def serve(self) -> None:
        """Run until stopped. Raises ConfigError or StoreError when it cannot start."""
        configuration = self._configuration
        url, _ = resolve(configuration.settings.store.url, configuration.base_dir)
        with contextlib.ExitStack() as stack:
            opened = open_store(configuration, exclusive=False, now=self._clock())
            store = stack.enter_context(contextlib.closing(opened))
            if dead := store.release_dead(is_dead, self._clock()):
                log.warning("taking over from a process that was killed", processes=dead)
            stack.enter_context(self._orders.heard(configuration.path))
            while not self._orders.stopping:
                await self._serve_configuration(store, url)
        systemd.notify("STOPPING=1")
        log.info("stopped")

    async def _serve_configuration(self, store: Store, url: URL) -> None:
        """Run the parts of one configuration until a stop or a good reload."""
        parts = running(
            self._configuration, store, clock=self._clock, sync=False, eager=True, sends=False
        )
        async with parts as services:
            told = asyncio.create_task(self._until_told())
            try:
                while not told.done():
                    try:
                        async with queue.opened(url) as app:
                            await self._work(app, services, told)
                    except queue.LOST as error:
                        log.error("the queue does not answer, it is asked again", error=str(error))
                        await asyncio.wait([told], timeout=_PAUSE)
            finally:
                told.cancel()

    async def _work(
        self, app: procrastinate.App, services: Services, told: asyncio.Task[None]
    ) -> None:
        """Take jobs until told; raises one of ``queue.LOST`` when the database went away."""
        settings = services.configuration.settings
        lost_after = settings.workers.lost_after.total_seconds()
        rounds = Rounds(app, services, lost_after)
        register(app, rounds)
        # More places than requests at once: batches that wait for their host hold up no other.
        places = 4 * settings.fetch.concurrency
        taking = asyncio.create_task(
            app.run_worker_async(
                queues=[queue.QUEUE],
                name=owner_name(),
                concurrency=places,
                delete_jobs="always",
                install_signal_handlers=False,
                shutdown_graceful_timeout=settings.fetch.deadline.total_seconds(),
                update_heartbeat_interval=lost_after / 3,
                stalled_worker_timeout=lost_after,
            )
        )
        systemd.notify("READY=1")
        log.info("worker is running", name=owner_name(), store=services.store.name, batches=places)
        await asyncio.wait([taking, told], return_when=asyncio.FIRST_COMPLETED)
        rounds.close()
        if not told.done():
            taking.result()  # raises what ended it
            raise procrastinate.exceptions.ConnectorException("its connection was lost")
        taking.cancel()
        await asyncio.wait([taking])

    async def _until_told(self) -> None:
        """Wait for a stop, or for a reload whose file is good."""
        while True:
            await self._orders.until_told()
            if self._orders.stopping:
                return
            try:
                fresh = read_again(self._configuration, sends=False)
            except ConfigError:
                continue  # it is logged
            if fresh is None:
                continue
            if not fresh.settings.workers.enabled:
                log.warning("the daemon checks by itself now ([workers] enabled): no more to do")
                self._orders.stop()
            self._configuration = fresh
            log.info("configuration reloaded", file=str(fresh.path))
            return


def _fit(configuration: Configuration) -> Configuration:
    """The same. Raises ConfigError for one that leaves nothing to workers."""
    if not configuration.settings.workers.enabled:
        raise ConfigError(
            f"{configuration.path}: [workers] enabled is false, so the daemon checks by itself. "
            "Set it to true in the file of the daemon and of every worker"
        )
    return configuration
