"""Telling an outage of our own network from sources that fail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Kinds of FetchError that a machine without a network sees.
_NETWORK_KINDS = frozenset({"dns", "refused", "timeout", "tls", "protocol"})
_MIN_HOSTS = 3


@dataclass(frozen=True, slots=True)
class Attempt:
    """One recent attempt to reach a host. ``error_kind`` is "" where the server answered."""

    host: str
    at: datetime
    error_kind: str = ""


def own_outage(
    attempts: Iterable[Attempt], *, now: datetime, within: timedelta = timedelta(minutes=15)
) -> bool:
    """True if no host answered lately and at least three failed as they do without a network.

    An answer of any sort, a status 500 included, proves that our network works. With fewer than
    three hosts nothing can be told apart, and the sources are held to be at fault. Loopback hosts
    should be left out by the caller: they answer without a network.
    """
    recent = [attempt for attempt in attempts if timedelta(0) <= now - attempt.at <= within]
    if any(attempt.error_kind not in _NETWORK_KINDS for attempt in recent):
        return False
    return len({attempt.host for attempt in recent}) >= _MIN_HOSTS
