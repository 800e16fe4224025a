"""The state of an alert under review, derived from what people did. Pure.

    new ──> acknowledged | dismissed (cosmetic, not relevant, duplicate) | escalated ──> ...

Any state may follow any other; the newest step counts and none is lost. Nothing but the actions
holds a state, so a state can always say who brought it about, when and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, get_args

from monitor.errors import StoreError
from monitor.model import Alert
from store.records import ActionRecord, NewAction

State = Literal["new", "acknowledged", "dismissed", "escalated"]
#: What people do to an alert; each is the kind of its action.
Step = Literal["acknowledge", "dismiss", "escalate", "reopen", "snooze"]
#: Why an alert is dismissed: nothing changed in meaning, it does not concern us, it was known.
Grounds = Literal["cosmetic", "not relevant", "duplicate"]

STEPS: tuple[Step, ...] = get_args(Step)
GROUNDS: tuple[Grounds, ...] = get_args(Grounds)
_STATES: Mapping[str, State] = {
    "acknowledge": "acknowledged",
    "dismiss": "dismissed",
    "escalate": "escalated",
    "reopen": "new",
}


@dataclass(frozen=True, slots=True)
class Review:
    """How it stands with one alert. ``steps`` are the actions that led there, oldest first.

    ``grounds`` is "" but for a dismissal; ``at``, ``who`` and ``why`` are those of the step that
    led to the state. ``snoozed_until`` is set while a snooze is the last step; it may be past.
    """

    subject: str
    state: State = "new"
    grounds: Grounds | Literal[""] = ""
    at: datetime | None = None
    who: str = ""
    why: str = ""
    snoozed_until: datetime | None = None
    steps: tuple[ActionRecord, ...] = ()

    @property
    def open(self) -> bool:
        """Whether somebody still has to look at it."""
        return self.state in ("new", "escalated")

    def waits(self, now: datetime) -> bool:
        """Whether it is open, and not snoozed."""
        return self.open and (self.snoozed_until is None or self.snoozed_until <= now)


def is_reviewable(alert: Alert) -> bool:
    """Changes and shortfalls are reviewed; trouble with a source ends when the source is well."""
    return alert.kind in ("change", "expectation")


def review_of(subject: str, actions: Iterable[ActionRecord]) -> Review:
    """The state that the actions about a subject lead to; those about others are passed over."""
    mine = (a for a in actions if a.subject == subject and a.what in STEPS)
    steps = tuple(sorted(mine, key=lambda action: action.number))
    until = steps[-1].detail["until"] if steps and steps[-1].what == "snooze" else None
    last = next((step for step in reversed(steps) if step.what in _STATES), None)
    if last is None:
        return Review(subject, snoozed_until=until, steps=steps)
    grounds = cast(Grounds, last.detail["grounds"]) if last.what == "dismiss" else ""
    state = _STATES[last.what]
    return Review(subject, state, grounds, last.at, last.who, last.why, until, steps)


def next_action(
    review: Review,
    step: Step,
    *,
    who: str,
    at: datetime,
    why: str = "",
    grounds: Grounds | Literal[""] = "",
    until: datetime | None = None,
) -> NewAction | None:
    """The action that takes a step, None if it stands so already (a button pressed twice).

    Raises StoreError for a dismissal that does not say on what grounds, and for a snooze that ends
    before it begins or of what is settled.
    """
    if step == "snooze":
        return _snoozing(review, who=who, at=at, why=why, until=until)
    if step == "dismiss" and grounds not in GROUNDS:
        known = ", ".join(f'"{each}"' for each in GROUNDS)
        raise StoreError(f'an alert is dismissed as one of {known}, not as "{grounds}"')
    grounds = grounds if step == "dismiss" else ""
    if (review.state, review.grounds) == (_STATES[step], grounds):
        return None
    detail = {"grounds": grounds} if grounds else {}
    return NewAction(at, who, step, review.subject, why, detail)


def _snoozing(
    review: Review, *, who: str, at: datetime, why: str, until: datetime | None
) -> NewAction | None:
    if until is None or until <= at:
        raise StoreError("say until when to snooze it, in the future")
    if not review.open:
        raise StoreError(f"{review.subject} is {review.state}; reopen it before you snooze it")
    if review.snoozed_until == until:
        return None
    return NewAction(at, who, "snooze", review.subject, why, {"until": until})
