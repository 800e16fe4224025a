"""The review over the store: what the command line, the dashboard and a link in a mail call.

Every step is an action of the append-only records, so two people who decide at the same moment
overwrite nothing; the later step counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from monitor.alerts import alert_id
from monitor.errors import StoreError
from monitor.findings.team import Override
from monitor.model import SEVERITIES, Severity, subject_of
from monitor.review import rules
from monitor.review.states import (
    STEPS,
    Grounds,
    Review,
    Step,
    is_reviewable,
    next_action,
    review_of,
)
from store import ActionRecord, AlertRecord, ChangeRecord, NewAction, Store
from store.records import ActionKind

_RULES: tuple[ActionKind, ...] = ("ignore", "unignore")
_KINDS: tuple[Literal["change", "expectation"], ...] = ("change", "expectation")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An alert and how it stands with it."""

    record: AlertRecord
    review: Review


def find(store: Store, subject: str) -> Reviewed:
    """The alert about a change, or with an id, and its state. StoreError if there is none."""
    record = store.alert(alert_id("change", subject)) or store.alert(subject)
    if record is None or not is_reviewable(record.alert):
        raise StoreError(
            f'nobody was alerted of "{subject}", so there is nothing to review; '
            "`policywatch review` lists what there is"
        )
    name = subject_of(record.alert)
    return Reviewed(record, review_of(name, store.actions(record.alert.policy, subject=name)))


def listing(
    store: Store,
    policy: str | None = None,
    *,
    open_only: bool = False,
    severity: Severity = "medium",
    limit: int = 100,
    now: datetime | None = None,
) -> list[Reviewed]:
    """Alerts and their states, newest first; only those of ``severity`` and graver.

    ``open_only`` leaves out what is settled and, given ``now``, what is snoozed.
    """
    severities = SEVERITIES[: SEVERITIES.index(severity) + 1]
    if open_only:
        records = store.waiting(limit, severities=severities, now=now, policy=policy)
    else:
        records = store.alerts(limit, policy=policy, kinds=_KINDS, severities=severities)
    return reviewed(store, records)


def reviewed(store: Store, records: Sequence[AlertRecord]) -> list[Reviewed]:
    """How it stands with alerts, in this order."""
    subjects = [subject_of(record.alert) for record in records]
    steps: dict[str, list[ActionRecord]] = {}
    for action in store.actions(subjects=subjects, what=STEPS):
        steps.setdefault(action.subject, []).append(action)
    return [
        Reviewed(record, review_of(subject, steps.get(subject, ())))
        for record, subject in zip(records, subjects, strict=True)
    ]


def decided(
    store: Store, policy: str | None = None
) -> list[tuple[ChangeRecord, Review, tuple[Override, ...]]]:
    """The changes that people decided on, with the rules of reviews that hold for their policy."""
    found = []
    for subject, review in sorted(_reviews(store, policy).items()):
        if review.state != "new" and store.alert(alert_id("change", subject)) is not None:
            change = store.change(subject)
            made = tuple(rule for _, rule in made_rules(store, change.policy))
            found.append((change, review, made))
    return found


def _reviews(store: Store, policy: str | None) -> dict[str, Review]:
    """The states of all subjects that anybody took a step on."""
    steps: dict[str, list[ActionRecord]] = {}
    for action in store.actions(policy, what=STEPS):
        steps.setdefault(action.subject, []).append(action)
    return {subject: review_of(subject, actions) for subject, actions in steps.items()}


def decide(
    store: Store,
    subject: str,
    step: Step,
    *,
    who: str,
    at: datetime,
    why: str = "",
    grounds: Grounds | Literal[""] = "",
    until: datetime | None = None,
    way: str = "",
) -> tuple[Reviewed, bool]:
    """Take a step; the state after it, and whether it was new (False: it stood so already).

    What settles an alert cancels what would still be told of it (an escalation, the end of a
    snooze); a snooze postpones that. ``way`` is that of NewAction. StoreError for a subject that is
    unknown, or a step that does not say who took it.
    """
    found = find(store, subject)
    action = next_action(found.review, step, who=who, at=at, why=why, grounds=grounds, until=until)
    if action is None:
        return found, False
    alert = found.record.alert
    store.record_steps(alert.policy, alert.id, [replace(action, way=way)])
    return find(store, subject), True


def made_rules(store: Store, policy: str) -> list[tuple[ActionRecord, Override]]:
    """The rules made of reviews that hold for a policy, the newest first, and who made them."""
    return rules.standing(store.actions(policy, what=_RULES))


def reject(
    store: Store, subject: str, rule: Override, *, who: str, at: datetime, way: str = ""
) -> Reviewed:
    """Write a proposed rule; a change of which it leaves nothing grave is dismissed with it."""
    found = find(store, subject)
    review, alert = found.review, found.record.alert
    new: list[NewAction] = [rules.action_of(rule, review.subject, who=who, at=at)]
    held = (rule, *(made for _, made in made_rules(store, alert.policy)))
    left = [f for f in alert.findings if not any(each.fits(f) for each in held)]
    if all(finding.severity == "low" for finding in left):
        why = f"ignored by the rule {rule.name}"
        dismissal = next_action(review, "dismiss", who=who, at=at, why=why, grounds="not relevant")
        if dismissal is not None:
            new.append(replace(dismissal, detail={**dismissal.detail, "rule": rule.name}))
    store.record_steps(alert.policy, alert.id, [replace(each, way=way) for each in new])
    return find(store, subject)


def take_back(
    store: Store, subject: str, *, who: str, at: datetime, why: str = "", way: str = ""
) -> list[Override]:
    """Undo the rules made of one change, and reopen it. StoreError if there are none."""
    found = find(store, subject)
    alert, review = found.record.alert, found.review
    policy = alert.policy
    mine = [rule for action, rule in made_rules(store, policy) if action.subject == review.subject]
    if not mine:
        raise StoreError(f"no rule was made of {review.subject}; `review rules` lists them")
    new = [
        NewAction(at, who, "unignore", review.subject, why, {"name": rule.name}) for rule in mine
    ]
    closed_by = review.steps[-1].detail.get("rule") if review.steps else None
    if closed_by in {rule.name for rule in mine}:
        reopening = next_action(review, "reopen", who=who, at=at, why="its rule was taken back")
        new += [reopening] if reopening else []
    store.record_steps(policy, alert.id, [replace(each, way=way) for each in new])
    return mine
