"""Flaps, suspects and the health of a source: what one observation means, given the memory.

    observation ── Good ────────┬─ the baseline's text ──────────► unchanged
                                ├─ unseen ───────────────────────► first | new_version, at once
                                └─ an earlier version's ─► hold ─► revert once stable for the hold
                ── Suspect ─────── fetched again ─► persists ────► ask_people, once
                ── Failed ──────── gone | unreachable, each told once when confirmed

Pure: ``now`` is an argument, the memory goes in and comes out. Elapsed time is never negative, so a
clock that goes back delays a decision by at most one period.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from monitor.model import Health, SourceMemory

Action = Literal[
    "unchanged", "first", "new_version", "hold", "revert", "suspect", "ask_people", "failed"
]
EventKind = Literal["unstable", "suspect", "unreachable", "moved", "gone", "recovered"]

#: Worst first: the health shown is the first of these that holds.
_SEVERITY: tuple[Health, ...] = ("gone", "unreachable", "suspect", "moved", "unstable")
#: Conditions under which the policy is not being watched; at most one of them holds at a time.
_ACCESS: tuple[Health, ...] = ("gone", "unreachable", "suspect")
_GONE_STATUSES = (404, 410)
#: An unstable source must show one text this many ``flap_hold`` long to be trusted again; returns
#: are counted over a window of so many; the same condition is not told twice within so many.
_SETTLE, _WINDOW, _QUIET = 7, 30, 7
_MIN_FAILURES = 3
_MAX_RETURNS = 10
_MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Good:
    """A capture that passed the gate. ``moved_to``: where a permanent redirect led, else ""."""

    digest: str
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A capture that failed the gate; ``reasons`` are readable sentences."""

    digest: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server vouched (304) for the bytes of the baseline."""

    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing could be fetched. ``kind``, ``transient`` and ``status`` are those of FetchError.

    ``ours`` marks an outage of our own network (``own_outage``): no evidence about the source.
    """

    kind: str
    transient: bool
    status: int | None = None
    message: str = ""
    ours: bool = False


Observation = Good | Suspect | NotModified | Failed


@dataclass(frozen=True, slots=True)
class HealthEvent:
    """Something people should know about a source, told once. ``detail`` is a sentence."""

    kind: EventKind
    detail: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What an observation leads to.

    ``version`` is the earlier version's number for "hold" and "revert". ``look_again_at`` asks for
    a check at that instant at the latest; None leaves it to the schedule. ``keep_validators`` is
    true only where ETag and Last-Modified of this capture may make the next request conditional.
    """

    action: Action
    memory: SourceMemory
    events: tuple[HealthEvent, ...] = ()
    look_again_at: datetime | None = None
    version: int | None = None
    keep_validators: bool = False


@dataclass(frozen=True, slots=True)
class _Context:
    now: datetime
    baseline: str | None
    known: Mapping[str, int]
    confirm_after: timedelta
    flap_hold: timedelta
    unreachable_after: timedelta


def decide(
    memory: SourceMemory,
    observation: Observation,
    *,
    baseline_digest: str | None,
    known: Mapping[str, int],
    now: datetime,
    confirm_after: timedelta,
    flap_hold: timedelta,
    unreachable_after: timedelta,
) -> Decision:
    """Say what to do with an observation, and what to remember of it.

    ``known`` maps the text digests of all versions to their numbers; ``baseline_digest`` is that
    of the version the next change is compared with (None before the first).
    """
    context = _Context(now, baseline_digest, known, confirm_after, flap_hold, unreachable_after)
    memory = _without_future(memory, now)
    if isinstance(observation, Failed):
        return _failed(memory, observation, context)
    if isinstance(observation, NotModified):
        if baseline_digest is None:
            raise ValueError("a 304 needs a baseline whose bytes it vouches for")
        observation = Good(baseline_digest, observation.moved_to)
    if isinstance(observation, Suspect):
        if observation.digest != baseline_digest:
            return _suspect(memory, observation, context)
        observation = Good(observation.digest)  # people accepted this very text
    return _good(memory, observation, context)


def accept(memory: SourceMemory, *, now: datetime) -> SourceMemory:
    """The memory after people made a capture the baseline: nothing waits, nothing is in doubt."""
    memory = _end_access_trouble(memory)
    memory = _drop_hold(memory, now)
    return _with_health(replace(memory, alerted=_without(memory.alerted, _ACCESS)), now)


# --- a good capture ----------------------------------------------------------------------------


def _good(memory: SourceMemory, seen: Good, context: _Context) -> Decision:
    memory, recovered = _recover(memory)
    memory, moved, confirm_move = _follow_move(memory, seen.moved_to, context)
    decision = _judge_text(memory, seen.digest, context)
    return replace(
        decision,
        memory=_with_health(decision.memory, context.now),
        events=recovered + moved + decision.events,
        look_again_at=_earliest(confirm_move, decision.look_again_at),
    )


def _judge_text(memory: SourceMemory, digest: str, context: _Context) -> Decision:
    if context.baseline is None:
        return Decision("first", memory, keep_validators=True)
    if digest == context.baseline:
        memory = _settle(_drop_hold(memory, context.now), context)
        return Decision("unchanged", memory, keep_validators=True)
    if digest not in context.known:
        memory = _drop_hold(memory, context.now, moved=True)
        return Decision("new_version", memory, keep_validators=True)
    if digest == memory.held_digest:
        return _keep_holding(memory, context)
    return _start_hold(memory, digest, context)


def _start_hold(memory: SourceMemory, digest: str, context: _Context) -> Decision:
    now = context.now
    oldest = now - _WINDOW * context.flap_hold
    returns = (*(at for at in memory.returns if at > oldest), now)[-_MAX_RETURNS:]
    memory = replace(memory, held_digest=digest, held_since=now, returns=returns, steady_since=now)
    events: tuple[HealthEvent, ...] = ()
    if len(returns) >= 2:
        memory, events = _raise(
            memory,
            "unstable",
            "The page goes back and forth between texts seen before; it must show one of them "
            "without interruption before that counts as a change.",
            context,
        )
    wait = _hold_time(memory, context)
    return Decision("hold", memory, events, now + _probe(wait), version=context.known[digest])


def _keep_holding(memory: SourceMemory, context: _Context) -> Decision:
    number = context.known[memory.held_digest]
    wait = _hold_time(memory, context)
    left = wait - _elapsed(memory.held_since, context.now)
    if left > timedelta(0):
        return Decision("hold", memory, (), context.now + min(left, _probe(wait)), version=number)
    memory = replace(memory, held_digest="", held_since=None)
    return Decision("revert", _settle(memory, context), version=number, keep_validators=True)


def _hold_time(memory: SourceMemory, context: _Context) -> timedelta:
    return context.flap_hold * (_SETTLE if "unstable" in memory.conditions else 1)


def _probe(wait: timedelta) -> timedelta:
    """Stability is seen, not presumed: look four times while a text is held."""
    return wait / 4


def _drop_hold(memory: SourceMemory, now: datetime, *, moved: bool = False) -> SourceMemory:
    if memory.held_digest or moved or memory.steady_since is None:
        return replace(memory, held_digest="", held_since=None, steady_since=now)
    return memory


def _settle(memory: SourceMemory, context: _Context) -> SourceMemory:
    """End "unstable" once one text has stood long enough."""
    if "unstable" not in memory.conditions:
        return memory
    if _elapsed(memory.steady_since, context.now) < _SETTLE * context.flap_hold:
        return memory
    return replace(
        memory,
        conditions=_without(memory.conditions, ("unstable",)),
        alerted=_without(memory.alerted, ("unstable",)),
        returns=(),
    )


# --- a suspect capture -------------------------------------------------------------------------


def _suspect(memory: SourceMemory, seen: Suspect, context: _Context) -> Decision:
    """A suspect streak ends with a good capture only, whatever its digests: walls carry nonces."""
    now = context.now
    memory = replace(
        memory,
        failures=0,
        first_failure=None,
        gone_since=None,
        last_error="",
        suspect_digest=seen.digest,
        suspect_since=memory.suspect_since or now,
        suspect_reasons=tuple(reason[:_MAX_TEXT] for reason in seen.reasons[:10]),
    )
    left = context.confirm_after - _elapsed(memory.suspect_since, now)
    confirmed = left <= timedelta(0) and memory.suspect_since != now
    if not confirmed:
        at = now + max(left, timedelta(0))
        return Decision("suspect", _with_health(memory, now), (), at)
    detail = "The page no longer shows the policy: " + (
        "; ".join(memory.suspect_reasons) or "it failed the capture gate"
    )
    memory, events = _raise(memory, "suspect", detail, context)
    action: Action = "ask_people" if events else "suspect"
    return Decision(action, _with_health(memory, now), events)


# --- nothing fetched ---------------------------------------------------------------------------


def _failed(memory: SourceMemory, seen: Failed, context: _Context) -> Decision:
    now = context.now
    memory = replace(memory, last_error=(seen.message or seen.kind)[:_MAX_TEXT])
    if seen.ours:
        return Decision("failed", memory)
    memory = replace(
        memory, failures=memory.failures + 1, first_failure=memory.first_failure or now
    )
    if seen.status in _GONE_STATUSES:
        return _perhaps_gone(memory, seen, context)
    events: tuple[HealthEvent, ...] = ()
    long_enough = _elapsed(memory.first_failure, now) >= context.unreachable_after
    if long_enough and memory.failures >= _MIN_FAILURES and "gone" not in memory.conditions:
        detail = f"The page has not been reachable for a long time: {memory.last_error}"
        memory, events = _raise(memory, "unreachable", detail, context)
    return Decision("failed", _with_health(memory, now), events)


def _perhaps_gone(memory: SourceMemory, seen: Failed, context: _Context) -> Decision:
    now = context.now
    if memory.gone_since is None:
        memory = replace(memory, gone_since=now)
        return Decision("failed", _with_health(memory, now), (), now + context.confirm_after)
    left = context.confirm_after - _elapsed(memory.gone_since, now)
    if left > timedelta(0):
        return Decision("failed", _with_health(memory, now), (), now + left)
    detail = f"The server says that the page does not exist (status {seen.status})."
    memory, events = _raise(memory, "gone", detail, context)
    return Decision("failed", _with_health(memory, now), events)


def _follow_move(
    memory: SourceMemory, target: str, context: _Context
) -> tuple[SourceMemory, tuple[HealthEvent, ...], datetime | None]:
    """A permanent redirect is told once it was seen twice, ``confirm_after`` apart."""
    if target != memory.moved_to:
        memory = replace(
            memory,
            moved_to=target[:2000],
            moved_since=context.now if target else None,
            conditions=_without(memory.conditions, ("moved",)),
            alerted=_without(memory.alerted, ("moved",)),
        )
        return memory, (), context.now + context.confirm_after if target else None
    if not target:
        return memory, (), None
    left = context.confirm_after - _elapsed(memory.moved_since, context.now)
    if left > timedelta(0):
        return memory, (), context.now + left
    detail = f"The page has moved permanently to {target}; it is still being watched there."
    memory, events = _raise(memory, "moved", detail, context)
    return memory, events, None


# --- conditions --------------------------------------------------------------------------------


def _raise(
    memory: SourceMemory, state: EventKind, detail: str, context: _Context
) -> tuple[SourceMemory, tuple[HealthEvent, ...]]:
    """Let a condition hold; tell of it unless it is known or was told of only lately."""
    assert state != "recovered"
    conditions = memory.conditions
    if state in _ACCESS:
        conditions = _without(conditions, _ACCESS)
    if state not in conditions:
        conditions = (*conditions, state)
    memory = replace(memory, conditions=conditions)
    told = memory.alerted_at.get(state)
    quiet = told is not None and _elapsed(told, context.now) < _QUIET * context.flap_hold
    if state in memory.alerted or quiet:
        return memory, ()
    memory = replace(
        memory,
        alerted=(*memory.alerted, state),
        alerted_at={**memory.alerted_at, state: context.now},
    )
    return memory, (HealthEvent(state, detail),)


def _recover(memory: SourceMemory) -> tuple[SourceMemory, tuple[HealthEvent, ...]]:
    """The policy's text is back: end what stood in its way, and say so to those who were told."""
    told = [state for state in memory.alerted if state in _ACCESS]
    memory = _end_access_trouble(memory)
    if not told:
        return memory, ()
    memory = replace(memory, alerted=_without(memory.alerted, _ACCESS))
    return memory, (HealthEvent("recovered", "The policy can be read again."),)


def _end_access_trouble(memory: SourceMemory) -> SourceMemory:
    return replace(
        memory,
        conditions=_without(memory.conditions, _ACCESS),
        suspect_digest="",
        suspect_since=None,
        suspect_reasons=(),
        failures=0,
        first_failure=None,
        gone_since=None,
        last_error="",
    )


def _with_health(memory: SourceMemory, now: datetime) -> SourceMemory:
    ok: Health = "new" if memory.health == "new" and _untried(memory) else "ok"
    health = next((state for state in _SEVERITY if state in memory.conditions), ok)
    if health == memory.health:
        return memory
    return replace(memory, health=health, health_since=now)


def _untried(memory: SourceMemory) -> bool:
    return bool(memory.failures or memory.suspect_since)


def _without(states: tuple[Health, ...], gone: tuple[Health, ...]) -> tuple[Health, ...]:
    return tuple(state for state in states if state not in gone)


# --- time --------------------------------------------------------------------------------------


def _elapsed(since: datetime | None, now: datetime) -> timedelta:
    return max(now - since, timedelta(0)) if since else timedelta(0)


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)


def _without_future(memory: SourceMemory, now: datetime) -> SourceMemory:
    """A clock that was ahead and went back must not freeze a hold: no instant lies after now."""

    def past(at: datetime | None) -> datetime | None:
        return min(at, now) if at else at

    return replace(
        memory,
        health_since=past(memory.health_since),
        suspect_since=past(memory.suspect_since),
        held_since=past(memory.held_since),
        first_failure=past(memory.first_failure),
        moved_since=past(memory.moved_since),
        gone_since=past(memory.gone_since),
        steady_since=past(memory.steady_since),
        returns=tuple(min(at, now) for at in memory.returns),
        alerted_at={state: min(at, now) for state, at in memory.alerted_at.items()},
    )
