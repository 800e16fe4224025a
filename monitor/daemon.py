"""The daemon: a ticker that starts what is due, empties the outbox, and lives until told to stop.

    stop     running checks finish (up to their deadline), nothing is half-written
    reload   a good file replaces the running parts, a bad one changes nothing

Due times live in the store, not in the scheduler: APScheduler only ticks. Several things may fail
here without ending the daemon, but each is logged with what failed.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import systemd
from monitor.config import Policy
from monitor.config_file import Configuration
from monitor.distress import Distress
from monitor.errors import ConfigError, FetchError, MonitorError, StoreError
from monitor.fetch import Fetcher
from monitor.jobs import complain, cut_short, lasting
from monitor.orders import Orders, read_again
from monitor.services import (
    Clock,
    Services,
    is_dead,
    open_store,
    running,
    user_name,
    utc_now,
)
from monitor.setbacks import Setbacks, bring_forward
from monitor.standstill import standstill
from monitor.workers import Workers
from notifiers.base import Answer
from store import Store
from web.app import create_app
from web.backend import Backend, Declared
from web.metrics import Metrics
from web.place import check_place
from web.samples import sample_policies, sample_site
from web.server import listen, serving

log = structlog.get_logger()

#: Seconds that a stop waits for running checks, then for the outbox, then for the last sends.
_PARTING = 5.0
#: What of [web] is fixed at the start; all else of it is read at every request.
_WEB_PLACE = ("enabled", "host", "port")
#: Seconds between two looks at what lies ahead.
_REMINDING = 900.0
#: Seconds between two rounds of a timestamp authority.
_STAMPING = 600.0
#: Seconds before a check that could not be stored is begun again: its source is a stranger's site.
_REST = 60.0


class Daemon:
    """One process on one store. ``serve`` runs until ``stop`` is called or a signal arrives."""

    def __init__(self, configuration: Configuration, *, clock: Clock = utc_now) -> None:
        self._configuration = configuration
        self._clock = clock
        self._orders = Orders()
        self._checks: dict[str, asyncio.Task[None]] = {}
        self._resting: dict[str, float] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._ticked = time.monotonic()
        self._distress = Distress()
        self._setbacks = Setbacks()
        self._store: Store | None = None
        self._metrics: Metrics | None = None
        self._services: Services | None = None

    def stop(self) -> None:
        """Ask for a graceful stop."""
        self._orders.stop()

    def reload(self) -> None:
        """Ask for the configuration to be read again."""
        self._orders.reload()

    async def serve(self) -> None:
        """Run until stopped. Raises ConfigError or StoreError when it cannot start."""
        settings = self._configuration.settings
        async with contextlib.AsyncExitStack() as stack:
            store = open_store(self._configuration, exclusive=True, now=self._clock())
            self._store = stack.enter_context(contextlib.closing(store))
            if dead := store.release_dead(is_dead, self._clock()):
                log.warning("taking over from a process that was killed", processes=dead)
            self._metrics = Metrics(store.counts)
            samples_port = await stack.enter_async_context(self._samples())
            if settings.web.enabled:
                check_place(settings.web)
                bound = listen(settings.web.host, settings.web.port, table="web")
                backend = Backend(
                    store, self._declared, self._clock, user_name(),
                    file=self._configuration.path, lookout=self._lookout, post=self._post,
                )  # fmt: skip
                app = create_app(backend, self.status, self._metrics)
                await stack.enter_async_context(serving(app, bound))
            stack.enter_context(self._orders.heard(self._configuration.path))
            stack.callback(asyncio.create_task(self._pet_watchdog()).cancel)
            while not self._orders.stopping:
                await self._serve_configuration(samples_port)
        systemd.notify("STOPPING=1")
        log.info("stopped")

    async def _serve_configuration(self, samples_port: int | None) -> None:
        """Run the parts of one configuration until a stop or a good reload."""
        assert self._store is not None
        parts = running(
            self._configuration,
            self._store,
            clock=self._clock,
            samples_port=samples_port,
            eager=True,
        )
        async with parts as self._services:
            await asyncio.to_thread(bring_forward, self._services, self._clock())
            reassessing = asyncio.create_task(lasting(self._begin)(self._services))
            scheduler = self._start_ticking()
            systemd.notify("READY=1")
            self._announce()
            try:
                await self._until_told()
            finally:
                scheduler.shutdown(wait=False)
                reassessing.cancel()
                await asyncio.wait([reassessing])
                await self._finish_checks()
                await self._finish_sending()

    async def _until_told(self) -> None:
        """Wait for a stop, or for a reload whose file is good."""
        while True:
            await self._orders.until_told()
            if self._orders.stopping or self._reload_configuration():
                return

    async def _post(
        self, url: str, *, content: bytes, headers: Mapping[str, str], method: str = "POST"
    ) -> Answer:
        """The way out of the configuration that runs."""
        assert self._services is not None
        fetcher = self._services.fetcher
        return await fetcher.post(url, content=content, headers=headers, method=method)

    def _lookout(self) -> tuple[Fetcher, Workers]:
        """What fetches and reads, of the configuration that runs."""
        assert self._services is not None
        return self._services.fetcher, self._services.workers

    def _reload_configuration(self) -> bool:
        """Read the file again; a bad one is reported and leaves everything as it runs."""
        assert self._metrics is not None
        before = self._configuration.settings.web
        try:
            fresh = read_again(self._configuration)
        except ConfigError:
            self._metrics.config_reloaded("refused")
            return False
        if fresh is None:
            return False
        if any(getattr(fresh.settings.web, k) != getattr(before, k) for k in _WEB_PLACE):
            log.warning("[web] moved: restart policywatch for that to take effect")
        self._configuration = fresh
        self._metrics.config_reloaded("ok")
        log.info("configuration reloaded", file=str(fresh.path))
        return True

    # --- the ticker ------------------------------------------------------------------------------

    def _start_ticking(self) -> AsyncIOScheduler:
        daemon = self._configuration.settings.daemon
        tick = daemon.tick.total_seconds()
        scheduler = AsyncIOScheduler(job_defaults={"coalesce": True})
        jobs: list[tuple[Any, float]] = [
            (self._start_due, tick),
            (self._empty_outbox, tick),
            (self._watch_store, tick),
            (self._keep_house, 3600.0),
            (self._remind, _REMINDING),
            (self._look_after_itself, _REMINDING),
            (self._stamp, _STAMPING),
        ]
        if inbox := self._configuration.settings.inbox:
            jobs.append((self._read_inbox, inbox.every.total_seconds()))
        if daemon.heartbeat_url:
            jobs.append((self._heartbeat, daemon.heartbeat_every.total_seconds()))
        for job, seconds in jobs:
            scheduler.add_job(
                cut_short(lasting(job)),
                "interval",
                seconds=seconds,
                misfire_grace_time=None,
                name=job.__name__,
            )
        scheduler.start()
        return scheduler

    async def _start_due(self) -> None:
        """Start as many due checks as there are free places.

        More places than requests at once: checks that wait for their host's turn hold up no other.
        """
        assert self._services is not None
        self._ticked = time.monotonic()
        if self._configuration.settings.workers.enabled:
            return
        services = self._services
        free = 4 * self._configuration.settings.fetch.concurrency - len(self._checks)
        if free <= 0:
            return
        self._resting = {p: until for p, until in self._resting.items() if until > self._ticked}
        if not self._resting:
            with contextlib.suppress(StoreError):  # it takes nothing yet, and was said to
                await services.checker.give_back()
        passed_over = self._checks.keys() | self._resting.keys()
        now = self._clock()
        if back := self._setbacks.since_last(now):
            log.warning("the clock was set back, due times follow it", seconds=back.total_seconds())
            await asyncio.to_thread(bring_forward, services, now, back)
        due = await asyncio.to_thread(services.store.due, now, free + len(passed_over))
        for policy_id in due:
            policy = services.policies.get(policy_id)
            if policy is None or policy_id in passed_over or free <= 0:
                continue
            free -= 1
            self._checks[policy_id] = asyncio.create_task(self._check(services, policy))

    async def _check(self, services: Services, policy: Policy) -> None:
        """One check; whatever goes wrong in it stays in it."""
        assert self._metrics is not None
        started = time.monotonic()
        try:
            outcome = await services.checker.check(policy, only_due=True)
            if outcome is not None:
                seconds = time.monotonic() - started
                self._metrics.check_done(outcome.result, seconds, outcome.error_kind)
        except Exception as error:  # noqa: BLE001 - the edge: the other checks go on
            self._metrics.check_done("not stored", time.monotonic() - started)
            self._resting[policy.id] = time.monotonic() + _REST
            complain("check not stored, it will be repeated", error, policy=policy.id)
        finally:
            self._checks.pop(policy.id, None)

    async def _begin(self, services: Services) -> None:
        """What a configuration that was just read asks for without waiting for its time."""
        await lasting(self._remind)()
        await lasting(self._read_inbox)()
        await lasting(self._look_after_itself)()
        await self._reassess(services)

    async def _reassess(self, services: Services) -> None:
        """Hold the stored texts against what this configuration expects, one after the other."""
        stale = await asyncio.to_thread(services.unassessed)
        for policy in stale:
            await lasting(services.reassess)(policy)
        if stale:
            log.info("expectations assessed anew", policies=len(stale))

    async def _empty_outbox(self) -> None:
        """Start a round of sending; it is no job of the scheduler, whose end would cut it off."""
        assert self._services is not None
        task = asyncio.create_task(lasting(self._send)(self._services))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, services: Services) -> None:
        assert self._metrics is not None
        self._metrics.deliveries_attempted(await services.dispatcher.run_once())

    async def _watch_store(self) -> None:
        """Tell people past the outbox when nothing can be stored."""
        assert self._services is not None
        services, settings = self._services, self._configuration.settings
        await self._distress.look(services.store, settings, services.notifiers, self._clock())

    async def _remind(self) -> None:
        """Raise the reminders that are due; the outbox sends them."""
        assert self._services is not None
        raised = await asyncio.to_thread(self._services.remind)
        (log.info if raised else log.debug)("looked at the days ahead", reminders=raised)

    async def _look_after_itself(self) -> None:
        """Tell people of channels that fail and of a mailbox that cannot be read."""
        assert self._services is not None
        if told := await asyncio.to_thread(self._services.troubles.look, self._clock()):
            log.warning("trouble of its own, begun or over", alerts=told)
        else:
            log.debug("no trouble of its own has begun or ended")

    async def _read_inbox(self) -> None:
        assert self._services is not None
        for taken in await self._services.read_inbox():
            log.info("mail of a vendor", origin=taken.origin, new=taken.new, why=taken.problem)

    async def _keep_house(self) -> None:
        assert self._services is not None
        keep = self._configuration.settings.store.keep_checks
        await asyncio.to_thread(self._services.store.prune_checks, self._clock() - keep)
        head = await asyncio.to_thread(
            self._services.store.checkpoint, self._clock(), every=timedelta(days=1)
        )
        if head:
            for gone in await asyncio.to_thread(self._services.prune):
                log.info("raw pages let go", policy=gone.policy, pages=gone.pages)
            log.info("checkpoint", head=head)  # the journal is one place outside of the store
        await asyncio.to_thread(bring_forward, self._services, self._clock())

    async def _stamp(self) -> None:
        """Have what is new in the chains stamped by the authority of [evidence]."""
        assert self._services is not None
        if stamped := await self._services.stamp():
            log.info("stamped", entries=stamped)

    async def _heartbeat(self) -> None:
        assert self._services is not None
        if not self.status()["ok"]:
            return  # whoever waits for it is to hear that something is wrong
        url = self._configuration.settings.daemon.heartbeat_url
        try:
            await self._services.fetcher.post(url, content=b"", headers={})
        except FetchError as error:
            log.warning("heartbeat not delivered", kind=error.kind)  # its address is a secret

    async def _pet_watchdog(self) -> None:
        """All its life, for a reload that waits for slow sources is no reason to be killed."""
        while interval := systemd.watchdog_interval():
            if self._ticking():  # a restart frees no disk
                systemd.notify("WATCHDOG=1")
            await asyncio.sleep(interval)

    async def _finish_checks(self) -> None:
        """Let running checks end; those that take too long are cancelled, their leases expire."""
        if self._checks:
            limit = self._configuration.settings.fetch.deadline.total_seconds()
            waits = _PARTING if self._orders.stopping else limit
            _, late = await asyncio.wait(list(self._checks.values()), timeout=waits)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _finish_sending(self) -> None:
        """Send what the last checks caused; a message on its way is given time to arrive.

        One that is cut off would be sent again, and tell people twice.
        """
        assert self._services is not None
        await self._empty_outbox()
        await asyncio.wait(self._sending, timeout=_PARTING)
        self._services.dispatcher.close()
        if self._sending:
            limits = [n.limits.timeout.total_seconds() for n in self._services.notifiers.values()]
            waits = _PARTING if self._orders.stopping else max(limits, default=_PARTING)
            _, late = await asyncio.wait(self._sending, timeout=waits)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # --- the outside -----------------------------------------------------------------------------

    def status(self) -> Mapping[str, Any]:
        """What /healthz shows: the ticker ticks, the store answers and takes what it is given."""
        store, checks = "not open", "ok"
        if self._store is not None:
            try:
                if self._configuration.settings.workers.enabled:
                    checks = standstill(self._store, self._clock()) or checks
                else:
                    self._store.next_due()
                store = self._distress.detail if self._distress.since else "ok"
            except MonitorError as error:
                store = str(error)
        return {
            "ok": self._ticking() and store == checks == "ok",
            "store": store,
            "checks": checks,
            "last_tick_seconds_ago": round(time.monotonic() - self._ticked, 1),
            "policies": len(self._services.policies) if self._services else 0,
            "checks_running": len(self._checks),
        }

    def _ticking(self) -> bool:
        limit = max(30.0, 10 * self._configuration.settings.daemon.tick.total_seconds())
        return time.monotonic() - self._ticked < limit

    def _declared(self) -> Declared:
        """The running configuration, for pages; before its parts run, what the file says."""
        settings = self._configuration.settings
        policies = self._services.policies if self._services else {p.id: p for p in settings.policy}
        return Declared(settings, policies)

    @contextlib.asynccontextmanager
    async def _samples(self) -> AsyncIterator[int | None]:
        """Serve the sample site where ``[samples]`` asks for it, and give its port."""
        samples = self._configuration.settings.samples
        if samples is None or not samples.enabled:
            yield None
            return
        assert self._store is not None
        bound = listen("127.0.0.1", samples.port, table="samples")
        port = bound.getsockname()[1]
        started = self._samples_started(self._clock())
        site = sample_site(started_at=started, step=samples.step, clock=self._clock)
        async with serving(site, bound):
            base = f"http://127.0.0.1:{port}"
            log.info("sample site", url=base, revision_every=f"{samples.step.total_seconds():g}s")
            yield port

    def _samples_started(self, now: datetime) -> datetime:
        """When the sample story began: at the first version stored, so a restart continues it."""
        assert self._store is not None
        known = {source.policy for source in self._store.sources()}
        samples = [p.id for p in sample_policies("http://127.0.0.1") if p.id in known]
        versions = [version for name in samples for version in self._store.versions(name)[:1]]
        return min((version.first_seen for version in versions), default=now)

    def _announce(self) -> None:
        assert self._services is not None
        assert self._store is not None
        settings = self._configuration.settings
        log.info(
            "policywatch is running",
            policies=sum(p.enabled for p in self._services.policies.values()),
            channels=", ".join(self._services.notifiers) or "none",
            checks="by workers" if settings.workers.enabled else "here",
            store=self._store.name,
            web=f"http://{settings.web.host}:{settings.web.port}"
            if settings.web.enabled
            else "off",
        )
