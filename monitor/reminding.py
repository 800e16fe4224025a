"""Reminders of the days that lie ahead: each is raised once, through the same routes as its change.

Nothing is planned in advance. Whenever this runs, it looks which days are near by what is recorded
and configured now: what was taken back is not reminded of, and what was missed while nothing ran is
made up for by one reminder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

from monitor.alerts import deadline_alert
from monitor.clock import calendar_of, remind_of
from monitor.config import Policy, Settings
from monitor.deadlines import LOOK_BACK, Ahead, ahead
from monitor.model import Alert
from monitor.notice.reminders import due
from monitor.outcomes import links_of
from monitor.telling import MUTING, deliveries_of
from monitor.vendors import owner_of, vendor_of
from store import ActionRecord, Store


def remind(store: Store, settings: Settings, policies: Mapping[str, Policy], now: datetime) -> int:
    """Raise the reminders that are due and were not raised yet; returns how many."""
    watched = [
        source
        for source in store.sources()
        if source.enabled and source.policy in policies and policies[source.policy].enabled
    ]
    days = ahead(store, settings, policies, watched, since=now - LOOK_BACK)
    muting = store.actions(what=MUTING) if days else []
    raised = [
        (alert, deliveries_of(settings, policies[alert.policy], alert, _of(muting, alert), now))
        for alert in reminders(days, settings, policies, now)
    ]
    return store.raise_once(raised, now) if raised else 0


def reminders(
    days: Iterable[Ahead], settings: Settings, policies: Mapping[str, Policy], now: datetime
) -> Iterator[Alert]:
    """The reminders that are due, whether raised before or not; one for each change and day."""
    calendar = calendar_of(settings)
    together: dict[tuple[str, date, int], list[Ahead]] = {}
    for day in days:
        until, known = day.deadline.until, calendar.day_of(day.change.at)
        steps = remind_of(settings, policies.get(day.policy))
        step = due(until, known, calendar.day_of(now), steps)
        if step is not None:
            together.setdefault((day.change.id, until, step), []).append(day)
    for (_, _, step), found in together.items():
        policy = policies[found[0].policy]
        vendor = vendor_of(settings, policy)
        alert = deadline_alert(
            policy,
            found[0].change,
            [day.deadline for day in found],
            step=step,
            title=found[0].title,
            links=links_of(settings, policy, found[0].change.id),
        )
        owner = owner_of(settings, policy)
        yield replace(alert, vendor=vendor.name if vendor else "", owner=owner)


def _of(muting: Iterable[ActionRecord], alert: Alert) -> list[ActionRecord]:
    return [action for action in muting if action.policy == alert.policy]
