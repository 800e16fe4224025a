"""Rules made of reviews: "this was wrong" becomes an override of one policy. Pure.

A rule is an action ("ignore") whose detail holds what ``[[override]]`` of config.toml would say;
another action ("unignore") takes it back. They join the rules of config.toml in
monitor.team_rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from monitor.errors import StoreError
from monitor.findings.team import Override, Words
from monitor.model import Category, Finding
from store.records import ActionRecord, NewAction


def propose(
    policy: str,
    change: str,
    findings: Sequence[Finding],
    made: Iterable[ActionRecord],
    *,
    number: int | None = None,
    category: Category | None = None,
    phrase: str = "",
    why: str = "",
) -> Override:
    """The rule that ignores findings like those of a change, for its policy; not yet written.

    ``number`` (from 1) takes category and built-in rule from a finding; ``category`` and ``phrase``
    are conditions of their own; all that is given must hold. Raises StoreError where it says
    nothing, or ignores nothing of the change.
    """
    if number is None and category is None and not phrase.strip():
        raise StoreError("say what was wrong: a finding's number, a category or a phrase")
    rules: tuple[str, ...] = ()
    if number is not None:
        if not 1 <= number <= len(findings):
            raise StoreError(f"{change} has {len(findings)} findings; there is no number {number}")
        rules = (findings[number - 1].rule,)
        category = category or findings[number - 1].category
    rule = Override(
        _name(policy, change, made),
        None,
        categories=(category,) if category else (),
        rules=rules,
        words=Words((phrase.strip(),) if phrase.strip() else ()),
        reason=why,
    )
    if not any(rule.fits(finding) for finding in findings):
        raise StoreError(f"this would ignore no finding of {change}; nothing was written")
    return rule


def _name(policy: str, change: str, made: Iterable[ActionRecord]) -> str:
    """A name no rule of this policy had before, in the form that config.toml asks of names."""
    taken = {action.detail.get("name") for action in made}
    base = f"review-{policy}-{change.rpartition('@')[2]}"
    names = (base if n == 1 else f"{base}-{n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def action_of(rule: Override, change: str, *, who: str, at: datetime) -> NewAction:
    """The action that makes a rule."""
    detail = {
        "name": rule.name,
        "categories": rule.categories,
        "rules": rule.rules,
        "phrases": rule.words.phrases,
    }
    return NewAction(at, who, "ignore", change, rule.reason, detail)


def rules_made(actions: Iterable[ActionRecord]) -> tuple[Override, ...]:
    """The rules that hold, from the actions of one policy: the newest first, it decides first."""
    return tuple(rule for _, rule in standing(actions))


def standing(actions: Iterable[ActionRecord]) -> list[tuple[ActionRecord, Override]]:
    """The rules that hold with the actions that made them, the newest first."""
    rules: dict[str, tuple[ActionRecord, Override]] = {}
    for action in sorted(actions, key=lambda each: each.number):
        name = action.detail.get("name", "")
        if action.what == "ignore":
            rules[name] = (action, _rule_of(action))
        elif action.what == "unignore":
            rules.pop(name, None)
    return [*rules.values()][::-1]


def _rule_of(action: ActionRecord) -> Override:
    detail = action.detail
    return Override(
        detail["name"],
        None,
        categories=detail.get("categories", ()),
        rules=detail.get("rules", ()),
        words=Words(detail.get("phrases", ())),
        reason=action.why or f"{action.who} said that {action.subject} was wrong",
    )


def written(rule: Override, policy: str) -> str:
    """A rule as config.toml would have it, for people to read before it holds."""
    lines = ["[[override]]", f"name = {_quoted(rule.name)}", f"policies = [{_quoted(policy)}]"]
    for key, values in (
        ("categories", rule.categories),
        ("rules", rule.rules),
        ("phrases", rule.words.phrases),
    ):
        if values:
            lines.append(f"{key} = [{', '.join(map(_quoted, values))}]")
    lines.append("ignore = true")
    if rule.reason:
        lines.append(f"reason = {_quoted(rule.reason)}")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """A basic string of TOML; JSON's escapes are among TOML's, but for U+007F."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
