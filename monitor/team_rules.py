"""The team's own rules of config.toml, as the comparison of one policy takes them."""

from __future__ import annotations

from monitor.config import Policy, Settings
from monitor.findings.team import Override, TeamRules, Watch, Words


def team_rules(settings: Settings, policy: Policy | None) -> TeamRules:
    """The ``[[watch]]`` and ``[[override]]`` tables that concern a policy, in the file's order.

    A policy that is not declared any more has none.
    """
    if policy is None:
        return TeamRules()
    watches = [
        Watch(
            rule.name, Words(rule.phrases, rule.pattern), rule.on,
            rule.category, rule.direction, rule.severity,
        )
        for rule in settings.watch
        if rule.concerns(policy)
    ]  # fmt: skip
    overrides = [
        Override(
            rule.name, rule.severity, rule.categories, rule.directions, rule.rules,
            Words(rule.phrases, rule.pattern), rule.reason,
        )
        for rule in settings.override
        if rule.concerns(policy)
    ]  # fmt: skip
    return TeamRules(tuple(watches), tuple(overrides))
