"""When a policy is looked at next: pure arithmetic, ``now`` is an argument.

An interval ("6h") has slots at a phase that follows from the policy's id, so that many policies
spread evenly and a restart moves nothing. A cron line ("0 6 * * *", in UTC, or with a zone as its
sixth field) has the slots it names. What was slept through collapses into the next check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_SHORTEST, _LONGEST = timedelta(seconds=1), timedelta(days=366)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_EXAMPLES = 'write for example "30m", "6h", "1d", or a cron line such as "0 6 * * *"'
#: A server may ask us to stay away for at most this long, and to rely on its caches for this long.
_PATIENCE = timedelta(days=1)
_LONGEST_BACKOFF = timedelta(days=1)
_FIRST_RETRY, _LAST_FIRST_RETRY = timedelta(seconds=30), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Interval:
    """Every ``length``, at a phase of the policy's own."""

    length: timedelta


@dataclass(frozen=True, slots=True)
class Cron:
    """At the instants a cron line names, in ``zone``."""

    line: str
    zone: str = "UTC"


Schedule = Interval | Cron


def parse_every(text: str) -> Schedule:
    """Read "30m", "6h", "1d12h", "0 6 * * *" or "0 6 * * * Europe/Rome". Raises ValueError."""
    fields = text.split()
    if len(fields) >= 5:
        return _parse_cron(text, fields)
    compact = "".join(fields)
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhdw])", compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise ValueError(f'"{text}" is neither an interval nor a cron line: {_EXAMPLES}')
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not _SHORTEST.total_seconds() <= seconds <= _LONGEST.total_seconds():
        raise ValueError(f'"{text}" is not between one second and 366 days: {_EXAMPLES}')
    return Interval(timedelta(seconds=seconds))


def _parse_cron(text: str, fields: list[str]) -> Cron:
    if len(fields) > 6:
        raise ValueError(
            f'"{text}" has {len(fields)} fields; a cron line has five (minute, hour, day of month, '
            "month, day of week), and may end with a time zone"
        )
    zone = fields[5] if len(fields) == 6 else "UTC"
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f'"{zone}" in "{text}" is not a time zone: write for example "Europe/Rome"'
        ) from error
    line = " ".join(fields[:5])
    try:
        next(CronSim(line, datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(f'"{text}" is not a cron line: {str(error).lower()}') from error
    except StopIteration as error:
        raise ValueError(f'"{text}" names a moment that never comes') from error
    return Cron(line, zone)


def next_check(
    schedule: Schedule,
    now: datetime,
    *,
    policy_id: str,
    fresh_for: timedelta | None = None,
    retry_after: timedelta | None = None,
    failures: int = 0,
    confirm_at: datetime | None = None,
) -> datetime:
    """The instant (UTC, later than ``now``) of the next check, made after a check at ``now``.

    ``fresh_for`` is Cache-Control's wish after a success: it may stretch an interval to at most
    twice its length, and by at most a day; cron lines are kept to. ``failures`` in a row bring the
    next try forward, with exponential backoff that ends at the schedule's own pace. ``confirm_at``
    brings it forward too (a suspect, a hold). ``retry_after`` is respected always, up to a day.
    """
    at = _next_slot(schedule, now, policy_id)
    if failures > 0:
        at = min(at, now + _backoff(length_of(schedule, now), failures, policy_id))
    elif fresh_for is not None and isinstance(schedule, Interval):
        longest = min(schedule.length, _PATIENCE)
        at = max(at, min(now + fresh_for, now + schedule.length + longest))
    if confirm_at is not None:
        at = min(at, confirm_at)
    if retry_after is not None:
        at = max(at, now + min(retry_after, _PATIENCE))
    return max(at, now + _SHORTEST)


def plausible_due(due: datetime, schedule: Schedule, now: datetime, *, policy_id: str) -> datetime:
    """A stored due time, or the next slot where the clock went back and left it too far ahead."""
    if due - now <= 2 * length_of(schedule, now) + _PATIENCE:
        return due
    return _next_slot(schedule, now, policy_id)


def _next_slot(schedule: Schedule, now: datetime, policy_id: str) -> datetime:
    if isinstance(schedule, Cron):
        local = now.astimezone(ZoneInfo(schedule.zone))
        return next(CronSim(schedule.line, local)).astimezone(UTC)
    length = schedule.length.total_seconds()
    phase = _fraction(policy_id) * length
    # A check made just before its slot (by hand, say) stands for it.
    earliest = now.timestamp() + length / 10
    slot = phase + ((earliest - phase) // length + 1) * length
    return datetime.fromtimestamp(slot, UTC)


def length_of(schedule: Schedule, now: datetime) -> timedelta:
    """How long it is from one look to the next, as of ``now``."""
    if isinstance(schedule, Interval):
        return schedule.length
    slots = CronSim(schedule.line, now.astimezone(ZoneInfo(schedule.zone)))
    first, second = (next(slots).astimezone(UTC) for _ in range(2))
    return second - first


def _backoff(length: timedelta, failures: int, policy_id: str) -> timedelta:
    """30 s to 15 min after the first failure, by the interval; doubled by each further one."""
    first = min(max(length / 16, _FIRST_RETRY), _LAST_FIRST_RETRY, length)
    limit = min(length, _LONGEST_BACKOFF)
    delay = min(first * (1 << min(failures - 1, 20)), limit)
    return delay * (0.8 + 0.2 * _fraction(f"{policy_id}/{failures}"))


def _fraction(key: str) -> float:
    """A number in 0..1 that is always the same for the same key."""
    return int.from_bytes(sha256(key.encode()).digest()[:8], "big") / 2**64
