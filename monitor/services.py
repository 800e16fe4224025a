"""Putting the parts together for one process: what `run` and `check` both stand on."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from monitor.check import Checker
from monitor.config import Policy, Settings
from monitor.config_file import Configuration
from monitor.credentials import environment
from monitor.errors import ConfigError, InboxError
from monitor.expectations import is_stale
from monitor.expected import expectations_of
from monitor.fetch import Dial, Fetcher, dial
from monitor.filing import filed
from monitor.inbox import Inbox
from monitor.intake import Intake, Taken, too_large
from monitor.reassess import reassess
from monitor.reminding import Reminding
from monitor.review.keys import linker_of
from monitor.stamping import Authority, authority_of, stamp_heads
from monitor.troubles import Troubles
from monitor.workers import Workers
from notifiers.base import (
    Notifier,
    Post,
    Surroundings,
    build_notifiers,
    secret_from_env,
    secret_from_file,
)
from notifiers.dispatch import Dispatcher
from store import Store
from store.records import Pruned, SnapshotState
from web.oidc.provider import check_oidc
from web.samples import sample_policies

Clock = Callable[[], datetime]


def keeping_limits(
    suspects: timedelta | None, pages: timedelta | None, now: datetime
) -> dict[SnapshotState, datetime]:
    """Before when a raw page may go, by what became of its capture; None keeps it for good."""
    limits: dict[SnapshotState, datetime] = {}
    if suspects is not None:
        limits |= dict.fromkeys(("suspect", "held", "superseded"), now - suspects)
    if pages is not None:
        limits["version"] = now - pages
    return limits


def utc_now() -> datetime:
    """The clock of a real process; everything below takes instants as arguments."""
    return datetime.now(UTC)


def owner_name() -> str:
    """Who holds a lease: host and process."""
    return f"{_host()}:{os.getpid()}"


def _host() -> str:
    """The machine, and on Linux the container too: these may share a name, and number alike."""
    try:
        numbers = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()}/{numbers}"


def user_name() -> str:
    """Who acts, as the operating system calls them: what the records say without `--by`."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        return f"user {os.getuid()}"


def is_dead(owner: str) -> bool:
    """Whether a lease is held by a process of this machine that is no more (or was before us)."""
    host, _, pid = owner.partition("#")[0].rpartition(":")
    if host != _host() or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def open_store(configuration: Configuration, *, exclusive: bool, now: datetime) -> Store:
    """Open the configured store; relative paths are relative to the configuration file."""
    return Store.open(
        configuration.settings.store.url,
        base_dir=configuration.base_dir,
        exclusive=exclusive,
        now=now,
    )


def sample_declarations(
    settings: Settings, port: int | None = None
) -> tuple[list[Policy], list[tuple[str, int]]]:
    """The sample site's policies and their loopback endpoint; nothing without [samples]."""
    if settings.samples is None or not settings.samples.enabled:
        return [], []
    port = port or settings.samples.port
    declared = sample_policies(f"http://127.0.0.1:{port}", step=settings.samples.step)
    return declared, [("127.0.0.1", port)]


def declared_policies(settings: Settings) -> dict[str, Policy]:
    """The declared policies by id, the samples among them."""
    samples, _ = sample_declarations(settings)
    return {policy.id: policy for policy in (*samples, *settings.policy)}


@dataclass(frozen=True, slots=True)
class Services:
    """The running parts one configuration asks for; a reload makes new ones on the same store."""

    configuration: Configuration
    policies: dict[str, Policy]
    store: Store
    fetcher: Fetcher
    workers: Workers
    notifiers: dict[str, Notifier]
    checker: Checker
    dispatcher: Dispatcher
    reminding: Reminding
    troubles: Troubles
    inbox: Inbox | None = None
    authority: Authority | None = None

    def unassessed(self) -> list[Policy]:
        """Policies of which other things are expected than their text was last held against."""
        stands = self.store.all_stands()
        found = []
        for source in self.store.sources():
            policy = self.policies.get(source.policy)
            if policy is None or not policy.enabled or source.baseline is None:
                continue
            expected = expectations_of(self.checker.settings, policy)
            if is_stale(stands.get(policy.id, ()), expected, source.baseline.number):
                found.append(policy)
        return found

    async def reassess(self, policy: Policy) -> None:
        """Hold a policy's stored text against what is expected of it now (monitor.reassess)."""
        checker = self.checker
        await reassess(
            checker.settings,
            self.store,
            self.workers,
            policy,
            checker.owner,
            checker.clock(),
            checker.unended,
        )

    async def read_inbox(self) -> list[Taken]:
        """Take in what came to the mailbox of ``[inbox]``, if one is configured.

        Raises InboxError where it cannot be read; what came before that is kept.
        """
        if self.inbox is None:
            return []
        settings, policies = self.checker.settings, tuple(self.policies.values())
        intake = Intake(settings, policies, self.store, self.workers, "the inbox")
        now = self.checker.clock()
        try:
            taken = await taken_from(self.inbox, intake, now)
        except InboxError as error:
            self.troubles.inbox_failed(str(error), now)
            raise
        self.troubles.inbox_read()
        return taken

    async def stamp(self) -> int:
        """Have heads of chains stamped by the authority of ``[evidence]``, if one is configured.

        Raises StampError; what was stamped before stays.
        """
        if self.authority is None:
            return 0
        return await stamp_heads(self.store, self.authority, self.checker.clock())

    def prune(self) -> list[Pruned]:
        """Let raw pages go that are older than ``[store]`` keeps them."""
        now = self.checker.clock()
        settings = self.checker.settings.store
        limits = keeping_limits(settings.keep_suspects, settings.keep_pages, now)
        why = "older than [store] keeps it"
        return self.store.prune(limits, at=now, who="policywatch", why=why) if limits else []

    def remind(self) -> int:
        """Raise the reminders that are due (monitor.reminding)."""
        return self.reminding.look(self.checker.clock())


def make_ready(
    configuration: Configuration,
    *,
    clock: Clock = utc_now,
    allow_endpoints: Sequence[tuple[str, int]] = (),
    sends: bool = True,
) -> tuple[Fetcher, dict[str, Notifier]]:
    """The ways out a configuration asks for; nothing is opened yet.

    Without ``sends`` there is none to a channel, and no secret of one is asked for.
    Raises ConfigError for what shows only here: a secret that is not set, an authority that
    cannot be read, an address that is none.
    """
    settings = configuration.settings
    try:
        fetcher = Fetcher(settings.fetch, clock=clock, allow_endpoints=tuple(allow_endpoints))
        notifiers = build_notifiers(
            settings.channel if sends else (),
            base_dir=configuration.base_dir,
            post=fetcher.post,
            dial=dialer_of(settings),
            relay=fetcher.relay,
        )
        around = Surroundings(configuration.base_dir, fetcher.post, os.environ)
        check_oidc(settings.web.oidc, around)
    except ConfigError as error:
        raise ConfigError([f"{configuration.path}: {p}" for p in error.problems]) from error
    return fetcher, notifiers


def dialer_of(settings: Settings) -> Dial:
    """The checked way to the mail servers that the configuration names."""
    return partial(dial, allow_networks=settings.fetch.allow_networks)


def inbox_of(configuration: Configuration, post: Post) -> Inbox | None:
    """The mailbox of ``[inbox]``. Raises ConfigError for a password that cannot be had."""
    given = configuration.settings.inbox
    if given is None:
        return None
    surroundings = Surroundings(configuration.base_dir, post, environment())
    try:
        if given.password_env:
            password = secret_from_env(given.password_env, "password_env", surroundings)
        elif given.password_file:
            password = secret_from_file(given.password_file, "password_file", surroundings)
        else:
            raise ConfigError("password_env (or password_file): is missing")
    except ConfigError as error:
        raise ConfigError(
            [f"{configuration.path}: [inbox] {problem}" for problem in error.problems]
        ) from error
    settings = configuration.settings
    return Inbox(given, password, settings.fetch.max_bytes, dial=dialer_of(settings))


def _authority(configuration: Configuration, fetcher: Fetcher) -> Authority | None:
    try:
        return authority_of(configuration.settings.evidence, configuration.base_dir, fetcher.post)
    except ConfigError as error:
        raise ConfigError([f"{configuration.path}: {p}" for p in error.problems]) from error


async def taken_from(inbox: Inbox, intake: Intake, now: datetime) -> list[Taken]:
    """Take in what came to a mailbox; what is no vendor's is passed over, and not listed."""
    taken = []
    looking = inbox.look(now)
    while (arrived := await asyncio.to_thread(next, looking, None)) is not None:
        origin = f"{inbox.name} no. {arrived.uid}"
        if arrived.content is None:
            problem = too_large(arrived.size, intake.settings.fetch.max_bytes)
            taken.append(Taken(origin, problem=problem))
            continue
        taken.append(
            await intake.take(arrived.content, origin, now, received=arrived.received, sift=True)
        )
    return [each for each in taken if each.record or each.problem]


@contextlib.asynccontextmanager
async def running(
    configuration: Configuration,
    store: Store,
    *,
    clock: Clock = utc_now,
    samples_port: int | None = None,
    sync: bool = True,
    eager: bool = False,
    sends: bool = True,
) -> AsyncIterator[Services]:
    """Start the parts and stop them again.

    ``samples_port`` is where the sample site listens (None: as configured). ``sync`` writes the
    declarations to the store; ``eager`` starts the worker processes before they are needed;
    without ``sends`` nothing is sent, stamped or read from a mailbox.
    """
    settings: Settings = configuration.settings
    more_policies, allow_endpoints = sample_declarations(settings, samples_port)
    policies = {p.id: p for p in (*more_policies, *settings.policy)}
    fetcher, notifiers = make_ready(
        configuration, clock=clock, allow_endpoints=allow_endpoints, sends=sends
    )
    if sync:
        store.sync_policies(list(policies.values()), clock(), partial(filed, settings))
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(fetcher)
        workers = await stack.enter_async_context(Workers(settings.extraction, eager=eager))
        yield Services(
            configuration,
            policies,
            store,
            fetcher,
            workers,
            notifiers,
            Checker(settings, store, fetcher, workers, clock=clock, owner=owner_name()),
            Dispatcher(
                store,
                notifiers,
                clock=clock,
                owner=owner_name(),
                link=linker_of(settings, store),
                per_minute={c.id: c.per_minute for c in settings.channel if c.per_minute},
            ),
            Reminding(store, settings, policies),
            Troubles(store, settings),
            inbox_of(configuration, fetcher.post) if sends else None,
            _authority(configuration, fetcher) if sends else None,
        )
