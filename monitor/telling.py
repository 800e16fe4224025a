"""Routing as configured: settings and what people muted become the pure core's rules. Pure too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.config import Mute as MuteTable
from monitor.config import Policy, Route, Settings
from monitor.findings.team import Override, Words
from monitor.hours import Digest, Quiet, end_of, parse_clock, parse_span
from monitor.model import Alert
from monitor.notice.calendar import WEEKDAYS
from monitor.routing import Mute, Plan, Planned, Rule, Told, plan
from store.records import ActionKind, ActionRecord, NewDelivery

#: The actions that `policywatch notify mute` and `unmute` leave behind.
MUTING: tuple[ActionKind, ...] = ("mute", "unmute")
_SAME = (
    "channel", "severity", "health", "expectations", "deadlines", "policies", "tags", "services",
    "types", "vendors", "owners", "verdicts", "categories", "directions", "throttle",
    "escalate_after", "escalate_to", "mention",
)  # fmt: skip


def planned(
    settings: Settings,
    policy: Policy,
    alert: Alert,
    muting: Iterable[ActionRecord],
    now: datetime,
) -> Plan:
    """Where an alert about a policy goes, if it is raised at ``now``, and why not elsewhere.

    ``muting`` are the actions of ``MUTING`` on that policy.
    """
    told = Told(alert, policy.tags, policy.type)
    return plan(told, rules_of(settings), mutes_of(settings, policy, muting), now)


def deliveries_of(
    settings: Settings,
    policy: Policy,
    alert: Alert,
    muting: Iterable[ActionRecord],
    now: datetime,
) -> tuple[NewDelivery, ...]:
    """The same, as the store takes it."""
    return tuple(map(new_delivery, planned(settings, policy, alert, muting, now).deliveries))


def new_delivery(made: Planned) -> NewDelivery:
    """A planned delivery as the store takes it."""
    return NewDelivery(made.channel, made.at, made.batch, made.purpose, made.throttle, made.mention)


def rules_of(settings: Settings) -> list[Rule]:
    """The routes as the pure core takes them, in the order of the file."""
    return [_rule(route, zone_of(settings, route)) for route in settings.route]


def zone_of(settings: Settings, route: Route | None = None) -> ZoneInfo:
    """The zone of a route's clock times; without one of its own, that of ``[notice]``."""
    return ZoneInfo((route.timezone if route else "") or settings.notice.timezone)


def _rule(route: Route, zone: ZoneInfo) -> Rule:
    digest = quiet = None
    if route.digest:
        weekday = WEEKDAYS.index(route.on.capitalize())
        digest = Digest(route.digest, parse_clock(route.at), weekday, zone)
    if route.quiet or route.quiet_days:
        days = frozenset(WEEKDAYS.index(day.capitalize()) for day in route.quiet_days)
        quiet = Quiet(parse_span(route.quiet) if route.quiet else None, days, zone)
    same = {name: getattr(route, name) for name in _SAME}
    return Rule(**same, go_on=route.go_on, digest=digest, quiet=quiet)


def mutes_of(settings: Settings, policy: Policy, muting: Iterable[ActionRecord]) -> list[Mute]:
    """The mutes that concern a policy: the file's, then those that people made for it."""
    zone = zone_of(settings)
    mine = [_declared(table, zone) for table in settings.mute if table.concerns(policy)]
    return mine + [_made(action) for action in standing_mutes(muting)]


def standing_mutes(muting: Iterable[ActionRecord]) -> list[ActionRecord]:
    """The mutes of one policy that nobody took back, oldest first; they may have run out."""
    standing: dict[str, ActionRecord] = {}
    for action in sorted(muting, key=lambda each: each.number):
        if action.what == "mute":
            standing[mute_name(action)] = action
        elif action.what == "unmute":
            for name in _taken_back(action, standing):
                del standing[name]
    return list(standing.values())


def mute_name(action: ActionRecord) -> str:
    """How a mute that somebody made is called: by its number among the policy's actions."""
    return f"{action.policy}-{action.number}"


def _taken_back(action: ActionRecord, standing: Iterable[str]) -> Iterator[str]:
    """All mutes of the policy, or the one that is named."""
    named = action.detail.get("name", "")
    yield from [name for name in standing if not named or name == named]


def _declared(table: MuteTable, zone: ZoneInfo) -> Mute:
    words = Words(table.phrases, table.pattern)
    what = None
    if table.categories or words:
        what = Override(table.name, None, categories=table.categories, words=words)
    return Mute(table.name, table.reason, end_of(table.until, zone), what)


def _made(action: ActionRecord) -> Mute:
    name, detail = mute_name(action), action.detail
    categories, phrases = detail.get("categories", ()), detail.get("phrases", ())
    what = None
    if categories or phrases:
        what = Override(name, None, categories=categories, words=Words(phrases))
    return Mute(name, action.why, detail.get("until"), what)
