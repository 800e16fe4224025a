"""Which channels an alert goes to: a pure decision over the alert and the rules of the routes.

The shell builds ``Rule`` from the ``[[route]]`` tables; nothing here reads settings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.model import Alert, Severity

_RANK: dict[Severity, int] = {"low": 0, "medium": 1, "high": 2}


@dataclass(frozen=True, slots=True)
class Rule:
    """One route. Every filter that is given must hold; an empty filter lets everything pass.

    ``severity`` is the lowest that passes. ``health`` says whether alerts about the state of a
    source go this way too; ``severity`` and ``categories`` do not apply to those. ``expectations``
    says whether alerts about expectations do, ``deadlines`` whether reminders do; to those they
    apply (a reminder is about the findings of its change).
    """

    channel: str
    severity: Severity = "medium"
    health: bool = True
    expectations: bool = True
    deadlines: bool = True
    policies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


def routes_for(alert: Alert, rules: Iterable[Rule], *, tags: Iterable[str] = ()) -> tuple[str, ...]:
    """The ids of the channels that get this alert, each once, in the order of the rules.

    ``tags`` are those of the alert's policy. A test alert is never routed: it is addressed to one
    channel by whoever sends it.
    """
    given = frozenset(tags)
    channels = (rule.channel for rule in rules if _passes(alert, rule, given))
    return tuple(dict.fromkeys(channels))


def _passes(alert: Alert, rule: Rule, tags: frozenset[str]) -> bool:
    if alert.kind == "test" or not _concerns(alert, rule, tags):
        return False
    if alert.kind == "health":
        return rule.health
    if alert.kind == "expectation" and not rule.expectations:
        return False
    if alert.kind == "deadline" and not rule.deadlines:
        return False
    return _is_wanted(alert, rule)


def _concerns(alert: Alert, rule: Rule, tags: frozenset[str]) -> bool:
    """Whether the rule is about this policy at all."""
    services = {service.casefold() for service in rule.services}
    vendors = {vendor.casefold() for vendor in rule.vendors}
    return (
        (not rule.policies or alert.policy in rule.policies)
        and (not rule.tags or not tags.isdisjoint(rule.tags))
        and (not services or alert.service.casefold() in services)
        and (not vendors or alert.vendor.casefold() in vendors)
    )


def _is_wanted(alert: Alert, rule: Rule) -> bool:
    """Whether what changed is grave enough, and of a category the rule asks for.

    Both must hold of one and the same finding: a route for high findings about sales is not met
    by a low one about sales beside a high one about age.
    """
    if alert.verdict in ("cosmetic", "capture"):
        return False
    if alert.verdict == "minor" and rule.severity != "low":
        return False
    lowest = _RANK[rule.severity]
    if not alert.findings:
        return not rule.categories and _RANK[alert.severity] >= lowest
    return any(
        _RANK[finding.severity] >= lowest
        and (not rule.categories or finding.category in rule.categories)
        for finding in alert.findings
    )
