"""Reminders of the days that lie ahead: each is raised once, through the same routes as its change.

Nothing is planned in advance. Each look asks which days are near by what is recorded and configured
now: what was taken back is not reminded of, and what was missed while nothing ran is made up for by
one reminder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from monitor.alerts import deadline_alert, reminder_id
from monitor.clock import calendar_of, remind_of
from monitor.config import Policy, Settings
from monitor.deadlines import LOOK_BACK, Ahead, Almanac
from monitor.model import Alert
from monitor.notice.reminders import LATE, due
from monitor.outcomes import links_of
from monitor.review.states import STEPS, review_of
from monitor.telling import MUTING, deliveries_of
from monitor.vendors import owner_of, vendor_of
from store import ActionRecord, DeliveryRecord, NewDelivery, Store

#: Of so many deliveries that wait, the newest, it is asked whether they still tell the truth.
_WAITING = 1000


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder whose time has come, raised already or not: all that ends on one day by one cause.

    ``step`` is how many days ahead it was wanted.
    """

    id: str
    days: tuple[Ahead, ...]
    step: int


class Reminding:
    """Raises what is due; one for each configuration, for it remembers what follows."""

    def __init__(self, store: Store, settings: Settings, policies: Mapping[str, Policy]) -> None:
        self._store, self._settings, self._policies = store, settings, policies
        self._almanac = Almanac(store, settings, policies)
        self._raised: set[str] = set()

    def look(self, now: datetime) -> int:
        """Raise the reminders that are due and were not raised yet; returns how many."""
        today = calendar_of(self._settings).day_of(now)
        earliest = today - timedelta(days=LATE)
        days = self._watched(self._almanac.days(since=now - LOOK_BACK, earliest=earliest))
        if days:
            dismissed = self._dismissed()
            days = [day for day in days if day.change not in dismissed]
        self._cancel(days)
        near = due_among(days, self._settings, self._policies, today)
        fresh = [each for each in near if each.id not in self._raised]
        if not fresh:
            return 0
        muting = self._store.actions(what=MUTING)
        count = self._store.raise_once([self._raised_by(each, muting, now) for each in fresh], now)
        self._raised.update(each.id for each in fresh)
        return count

    def _watched(self, days: Sequence[Ahead]) -> list[Ahead]:
        """Those of policies that are watched: others concern nobody here."""
        sources = self._store.sources_of(sorted({day.policy for day in days}))
        watched = {
            source.policy
            for source in sources
            if source.enabled and (p := self._policies.get(source.policy)) and p.enabled
        }
        return [day for day in days if day.policy in watched]

    def _dismissed(self) -> set[str]:
        """The changes that somebody dismissed: they concern nobody here."""
        steps: dict[str, list[ActionRecord]] = {}
        for step in self._store.actions(what=STEPS):
            steps.setdefault(step.subject, []).append(step)
        return {s for s, mine in steps.items() if review_of(s, mine).state == "dismissed"}

    def _cancel(self, days: Iterable[Ahead]) -> None:
        """Take back reminders that wait (for a digest, for a channel) of days that are no more."""
        waiting = [d for d in self._store.deliveries("pending", _WAITING) if _reminds(d)]
        if not waiting:
            return
        alive = {(day.cause.id, str(day.deadline.until), day.deadline.kind) for day in days}
        self._store.cancel(
            [
                delivery.id
                for delivery in waiting
                if not any(
                    (delivery.alert.change or day.get("notice"), day["until"], day["kind"]) in alive
                    for day in delivery.alert.deadlines
                )
            ]
        )

    def _raised_by(
        self, due: Due, muting: Iterable[ActionRecord], now: datetime
    ) -> tuple[Alert, tuple[NewDelivery, ...]]:
        first = due.days[0]
        policy, settings = self._policies[first.policy], self._settings
        vendor = vendor_of(settings, policy)
        alert = deadline_alert(
            policy,
            first.cause,
            self._store.findings([first.change])[first.change] if first.change else (),
            [day.deadline for day in due.days],
            step=due.step,
            today=calendar_of(settings).day_of(now),
            title=first.title,
            links=links_of(settings, policy, first.change),
        )
        owner = owner_of(settings, policy)
        alert = replace(alert, vendor=vendor.name if vendor else "", owner=owner)
        mine = [action for action in muting if action.policy == alert.policy]
        return alert, deliveries_of(settings, policy, alert, mine, now)


def due_among(
    days: Iterable[Ahead], settings: Settings, policies: Mapping[str, Policy], today: date
) -> Iterator[Due]:
    """The reminders that are due today, or were before and have no successor."""
    calendar = calendar_of(settings)
    together: dict[tuple[str, date, int], list[Ahead]] = {}
    for day in days:
        until, known = day.deadline.until, calendar.day_of(day.cause.at)
        step = due(until, known, today, remind_of(settings, policies.get(day.policy)))
        if step is not None:
            together.setdefault((day.cause.id, until, step), []).append(day)
    for (cause, _, step), found in together.items():
        name = reminder_id(cause, [day.deadline for day in found], step)
        yield Due(name, tuple(found), step)


def _reminds(delivery: DeliveryRecord) -> bool:
    return delivery.alert.kind == "deadline"
