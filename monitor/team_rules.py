"""The team's own rules, as the comparison of one policy takes them: config.toml's and reviews'."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.config import Policy, Settings
from monitor.findings.team import Override, TeamRules, Watch, Words


def team_rules(
    settings: Settings, policy: Policy | None, made: Sequence[Override] = ()
) -> TeamRules:
    """The ``[[watch]]`` and ``[[override]]`` tables that concern a policy, in the file's order.

    ``made`` are the rules that reviews of the policy made (``review.made_rules``); they stand
    before those of the file, for they are about this policy alone and were made later. A policy
    that is not declared any more has no rules of the file.
    """
    if policy is None:
        return TeamRules(overrides=tuple(made))
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
    return TeamRules(tuple(watches), (*made, *overrides))
