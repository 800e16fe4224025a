"""Who is told of an alert, where and when: one pure decision over routes, mutes and the time.

The shell (monitor.telling) builds ``Rule`` from the ``[[route]]`` tables and ``Mute`` from the
``[[mute]]`` tables and the store; nothing here reads settings or a clock. ``plan`` also says of
every route why it did not match, for `policywatch notify explain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from monitor.hours import Digest, Quiet
from monitor.model import GRAVITY, Alert, Finding, Purpose, Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One route. Every filter that is given must hold; an empty filter lets everything pass.

    ``severity`` is the lowest that passes. ``health`` says whether alerts about the state of a
    source go this way too ("only": nothing else does); ``severity``, ``categories`` and
    ``directions`` do not apply to those. ``expectations`` says whether alerts about expectations
    do, ``deadlines`` whether reminders do; to those they apply (a reminder is about the findings of
    its change). Routes are tried in order; one that matches and does not ``go_on`` is the last.
    ``throttle`` lets one health alert pass at once and gathers what comes within that time.
    ``escalate_to`` is told if nobody acknowledges within ``escalate_after``. ``mention`` names
    those whom the message calls.
    """

    channel: str
    severity: Severity = "medium"
    health: bool | Literal["only"] = True
    expectations: bool = True
    deadlines: bool = True
    policies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    go_on: bool = True
    digest: Digest | None = None
    quiet: Quiet | None = None
    throttle: timedelta | None = None
    escalate_after: timedelta | None = None
    escalate_to: str = ""
    mention: tuple[str, ...] = ()


class Matcher(Protocol):
    """What findings a mute is about."""

    def fits(self, finding: Finding, /) -> bool:
        """Whether it is about this one."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Silence about a policy until an instant (None: for good); ``what``: some findings alone."""

    name: str
    reason: str
    until: datetime | None = None
    what: Matcher | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it has not run out."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Told:
    """An alert with what routes ask of its policy."""

    alert: Alert
    tags: tuple[str, ...] = ()
    type: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """One delivery to be made at an instant.

    ``batch`` names the digest that it is gathered into ("": it goes alone).
    """

    channel: str
    at: datetime
    batch: str = ""
    purpose: Purpose = ""
    throttle: timedelta | None = None
    mention: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What one route decided: a delivery, or the reasons against one. ``number`` is from 1."""

    number: int
    channel: str
    planned: Planned | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All deliveries of an alert, what each route decided, and the mutes that held."""

    deliveries: tuple[Planned, ...]
    decisions: tuple[Decision, ...]
    muted_by: tuple[Mute, ...] = ()


def plan(told: Told, rules: Iterable[Rule], mutes: Iterable[Mute], now: datetime) -> Plan:
    """Every delivery that an alert raised at ``now`` causes; a channel gets each purpose once.

    Where several routes lead to one channel, the earliest delivery is made. A test alert is never
    routed: it is addressed to one channel by whoever sends it.
    """
    holding = [mute for mute in mutes if mute.holds(now)]
    heard, muted_by = _heard(told.alert, holding)
    decisions: list[Decision] = []
    ended_by = 0
    for number, rule in enumerate(rules, 1):
        reasons = tuple(_against(replace(told, alert=heard or told.alert), rule))
        if heard is None:
            reasons = (*(f"muted by {_named(mute)}" for mute in muted_by), *reasons)
        elif ended_by and not reasons:
            reasons = (f"route no. {ended_by} matched, and does not continue",)
        planned = None if reasons else _first(told.alert, rule, now)
        decisions.append(Decision(number, rule.channel, planned, reasons))
        if planned and not rule.go_on and not ended_by:
            ended_by = number
    made = list(_made(told.alert, decisions, rules))
    return Plan(tuple(_earliest(made)), tuple(decisions), tuple(muted_by))


def _named(mute: Mute) -> str:
    until = f" until {mute.until:%Y-%m-%d %H:%M} UTC" if mute.until else ""
    return f'"{mute.name}"{until}: {mute.reason}'


def _heard(alert: Alert, mutes: Sequence[Mute]) -> tuple[Alert | None, list[Mute]]:
    """The alert without its muted findings (None: nothing is left), and the mutes that did it."""
    whole = [mute for mute in mutes if mute.what is None]
    if whole:
        return None, whole
    partly = [m for m in mutes if m.what and any(m.what.fits(f) for f in alert.findings)]
    left = tuple(f for f in alert.findings if not any(m.what and m.what.fits(f) for m in partly))
    if alert.findings and not left:
        return None, partly
    return replace(alert, findings=left), partly


def _first(alert: Alert, rule: Rule, now: datetime) -> Planned:
    at, batch = now, ""
    if rule.digest and not _is_over(alert, rule.digest.after(now)):
        at = rule.digest.after(now)
        batch = f"digest {at.isoformat(timespec='minutes')}"
    if rule.quiet:
        at = rule.quiet.over(at)
    throttle = rule.throttle if alert.kind == "health" and not batch else None
    return Planned(rule.channel, at, batch, throttle=throttle, mention=rule.mention)


def _is_over(alert: Alert, at: datetime) -> bool:
    """Whether the day that a reminder is about has come by then: such a one waits for no digest."""
    day = at.date().isoformat()
    return alert.kind == "deadline" and any(str(d["until"]) <= day for d in alert.deadlines)


def _made(alert: Alert, decisions: Sequence[Decision], rules: Iterable[Rule]) -> Iterator[Planned]:
    """The first tellings, and what follows if nobody acknowledges them."""
    for decision, rule in zip(decisions, rules, strict=True):
        if decision.planned is None:
            continue
        yield decision.planned
        if rule.escalate_after is not None and alert.kind in ("change", "expectation"):
            at = decision.planned.at + rule.escalate_after
            yield Planned(rule.escalate_to, at, purpose="escalation", mention=rule.mention)


def _earliest(made: Iterable[Planned]) -> Iterator[Planned]:
    """One delivery for each channel and purpose, in the order of the routes; it calls for all."""
    best: dict[tuple[str, str], Planned] = {}
    called: dict[tuple[str, str], tuple[str, ...]] = {}
    for planned in made:
        key = (planned.channel, planned.purpose)
        called[key] = tuple(dict.fromkeys((*called.get(key, ()), *planned.mention)))
        if key not in best or planned.at < best[key].at:
            best[key] = planned
    return (replace(planned, mention=called[key]) for key, planned in best.items())


# --- one route -----------------------------------------------------------------------------------


def _against(told: Told, rule: Rule) -> Iterator[str]:
    """Everything that keeps an alert from going this way; nothing if it goes."""
    alert = told.alert
    if alert.kind == "test":
        yield "a test alert is sent to the channel that is tried"
        return
    yield from _elsewhere(told, rule)
    if alert.kind == "health":
        if not rule.health:
            yield "health = false: alerts about the state of sources do not go this way"
        return
    if rule.health == "only":
        yield 'health = "only": nothing but the state of sources goes this way'
    if alert.kind == "expectation" and not rule.expectations:
        yield "expectations = false: shortfalls do not go this way"
    if alert.kind == "deadline" and not rule.deadlines:
        yield "deadlines = false: reminders do not go this way"
    yield from _too_light(alert, rule)


def _elsewhere(told: Told, rule: Rule) -> Iterator[str]:
    """Filters about the policy that do not let it pass."""
    alert = told.alert
    for key, wanted, given in (
        ("policies", rule.policies, (alert.policy,)),
        ("tags", rule.tags, told.tags),
        ("types", rule.types, (told.type,)),
    ):
        if wanted and set(wanted).isdisjoint(given):
            yield f"{key}: {_or(wanted)}, and this has {_or(given) or 'none'}"
    for key, wanted, name in (
        ("services", rule.services, alert.service),
        ("vendors", rule.vendors, alert.vendor),
        ("owners", rule.owners, alert.owner),
    ):
        if wanted and name.casefold() not in {each.casefold() for each in wanted}:
            yield f"{key}: {_or(wanted)}, and this is of {name or 'none'}"


def _too_light(alert: Alert, rule: Rule) -> Iterator[str]:
    """Why what changed is not grave enough, or not of the kind that the route asks for.

    Severity, category and direction must be those of one and the same finding: a route for high
    findings about sales is not met by a low one about sales beside a high one about age.
    """
    if alert.verdict in ("cosmetic", "capture"):
        yield f"the verdict is {alert.verdict}, of which nobody is told"
        return
    if rule.verdicts and alert.verdict is not None and alert.verdict not in rule.verdicts:
        yield f"verdicts: {_or(rule.verdicts)}, and this is {alert.verdict}"
    if alert.verdict == "minor" and rule.severity != "low":
        yield f'severity = "{rule.severity}", and this is minor: all its findings are low'
        return
    if not alert.findings:
        if rule.categories or rule.directions:
            yield "it has no finding of the categories or directions that are asked for"
        elif GRAVITY[alert.severity] > GRAVITY[rule.severity]:
            yield f'severity = "{rule.severity}", and this is {alert.severity}'
    elif not any(_is_wanted(finding, rule) for finding in alert.findings):
        asked = [f"{rule.severity} or graver", _or(rule.categories), _or(rule.directions)]
        found = ", ".join(f"{f.severity} {f.category} {f.direction}" for f in alert.findings)
        yield f"no finding is {' and '.join(a for a in asked if a)}: {found}"


def _is_wanted(finding: Finding, rule: Rule) -> bool:
    return (
        GRAVITY[finding.severity] <= GRAVITY[rule.severity]
        and (not rule.categories or finding.category in rule.categories)
        and (not rule.directions or finding.direction in rule.directions)
    )


def _or(words: Iterable[str]) -> str:
    return " or ".join(word for word in words if word)
