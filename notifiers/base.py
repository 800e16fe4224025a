"""What a channel is, what it is given, and how the configured ones are built.

Adding a channel is one file with a ``build`` function, and one line in ``CHANNELS``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar, cast, runtime_checkable

from monitor.config import Channel
from monitor.credentials import environment
from monitor.errors import ConfigError
from monitor.fetch import Dial, dial
from monitor.model import Alert, Purpose
from monitor.secrecy import keep

#: The channel kinds of config.toml, and the module whose ``build(channel, surroundings)`` makes it.
CHANNELS: Mapping[str, str] = {
    "console": "notifiers.console",
    "email": "notifiers.email",
    "slack": "notifiers.slack",
    "webhook": "notifiers.webhook",
    "apprise": "notifiers.apprise",
}

_Channel = TypeVar("_Channel", contravariant=True)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert for one channel, at one attempt.

    ``key`` is the same at every attempt: receivers use it to know a repetition. ``at`` is the
    instant of this attempt, ``purpose`` says why it is told. ``thread`` is the receipt of the
    newest message about the same policy that began as ``Limits.thread`` says, "" for none.
    ``mention`` names whom the message calls, as routes do.
    """

    key: str
    alert: Alert
    at: datetime
    purpose: Purpose = ""
    thread: str = ""
    mention: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """Several alerts for one channel, as one message; ``key`` is that of their keys together."""

    key: str
    deliveries: tuple[Delivery, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """How a channel may be used: deliveries at once, time between two starts, time for one.

    ``thread``: how the receipts begin by which messages of one policy find their conversation, ""
    for a channel that needs none.
    """

    concurrency: int = 1
    interval: timedelta = timedelta(0)
    timeout: timedelta = timedelta(seconds=60)
    thread: str = ""


class Notifier(Protocol):
    """A configured channel."""

    @property
    def limits(self) -> Limits:
        """How the dispatcher may use this channel."""

    async def send(self, delivery: Delivery) -> str:
        """Hand the alert over and return a receipt (what the server said), which may be empty.

        Raises NotifyError: ``permanent`` where no further attempt with this alert can succeed.
        """

    async def probe(self) -> str:
        """Try the channel without alerting anyone; say in a sentence what was found to work.

        Raises NotifyError.
        """


@runtime_checkable
class DigestNotifier(Notifier, Protocol):
    """A channel that can say several alerts in one message; others get them one by one."""

    async def send_digest(self, digest: Digest) -> str:
        """As ``send``; a refusal holds for all of it."""


class Answer(Protocol):
    """What of an HTTP response a channel looks at."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The response headers; look-ups ignore letter case."""

    @property
    def text(self) -> str:
        """The decoded body."""


class Post(Protocol):
    """The one way out to HTTP, guarded by the fetcher (``Fetcher.post``). Raises FetchError."""

    async def __call__(
        self, url: str, *, content: bytes, headers: Mapping[str, str], method: str = "POST"
    ) -> Answer:
        """Send ``content`` and return the answer, whatever its status."""


class WayOut(Protocol):
    """A checking proxy for a program that speaks HTTP by itself."""

    @property
    def url(self) -> str:
        """Its address, with its password."""

    @property
    def refused(self) -> str:
        """Why a connection was refused; "" if none was."""


#: Opens such a proxy for as long as the context lasts (``Fetcher.relay``).
Relay = Callable[[], AbstractAsyncContextManager[WayOut]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What channels take from outside: secrets live in ``environ`` or in files.

    ``post``, ``dial`` and ``relay`` are the checked ways out: to HTTP, to mail servers, and for
    programs of others.
    """

    base_dir: Path
    post: Post
    environ: Mapping[str, str]
    dial: Dial = dial
    relay: Relay | None = None


class _Module(Protocol[_Channel]):
    def build(self, channel: _Channel, surroundings: Surroundings) -> Notifier: ...


def build_notifiers(
    channels: Iterable[Channel],
    *,
    base_dir: Path,
    post: Post,
    environ: Mapping[str, str] | None = None,
    dial: Dial = dial,
    relay: Relay | None = None,
) -> dict[str, Notifier]:
    """Build every configured channel, by id.

    Raises ConfigError with one line for each channel that cannot be built (a missing secret, an
    address that is none).
    """
    environ = environment() if environ is None else environ
    surroundings = Surroundings(base_dir, post, environ, dial, relay)
    notifiers: dict[str, Notifier] = {}
    problems: list[str] = []
    for channel in channels:
        try:
            notifiers[channel.id] = build_notifier(channel, surroundings)
        except ConfigError as error:
            problems += [f'[[channel]] "{channel.id}" {problem}' for problem in error.problems]
    if problems:
        raise ConfigError(problems)
    return notifiers


def build_notifier(channel: Channel, surroundings: Surroundings) -> Notifier:
    """Build one channel. Raises ConfigError, without naming the channel."""
    module = cast(_Module[Channel], importlib.import_module(CHANNELS[channel.kind]))
    return module.build(channel, surroundings)


def secret_from_env(name: str, key: str, surroundings: Surroundings) -> str:
    """Read a secret from the environment variable that ``key`` of the channel names."""
    value = surroundings.environ.get(name, "").strip()
    if not value:
        raise ConfigError(
            f"{key}: the environment variable {name} is not set. Set it for the process that runs "
            f"policywatch, for example: export {name}=..."
        )
    return keep(value)


def secret_from_file(name: str, key: str, surroundings: Surroundings) -> str:
    """Read a secret from a file; a relative path is relative to the configuration file."""
    path = surroundings.base_dir / name
    return keep(_read(path, f"{key}: {path}"))


def _read(path: Path, place: str) -> str:
    try:
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(
            f"{place} cannot be read ({reason}). Create it, readable for the user that runs "
            "policywatch, with the secret as its only line."
        ) from error
    if not value:
        raise ConfigError(f"{place} is empty. Write the secret into it as its only line.")
    return value
