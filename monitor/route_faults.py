"""What is wrong across ``[[route]]`` and ``[[mute]]``, as lines for a ConfigError."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator

from monitor.config import Mute, Route, Settings
from monitor.findings.team import PatternError, Words
from monitor.model import CATEGORIES
from monitor.notice.calendar import WEEKDAYS


def route_faults(settings: Settings) -> Iterator[str]:
    """Channels, vendors and categories that are none, and keys that mean nothing together."""
    channels = {channel.id for channel in settings.channel}
    vendors = {vendor.name.casefold() for vendor in settings.vendor}
    for number, route in enumerate(settings.route, start=1):
        place = f"[[route]] no. {number}"
        for key, channel in (("channel", route.channel), ("escalate_to", route.escalate_to)):
            if channel not in channels and (channel or key == "channel"):
                yield f"{place} {key}: {_no_channel(channel, channels)}"
        for vendor in route.vendors:
            if vendor.casefold() not in vendors:
                yield f'{place} vendors: there is no vendor "{vendor}"; declare it as a [[vendor]]'
        for category in route.categories:
            if category not in CATEGORIES:
                yield f'{place} categories: "{category}" is not one of {", ".join(CATEGORIES)}'
        for problem in _time_faults(route):
            yield f"{place} {problem}"


def _no_channel(channel: str, channels: Iterable[str]) -> str:
    near = difflib.get_close_matches(channel, channels, n=1)
    hint = f'did you mean "{near[0]}"?' if near else "declare it as a [[channel]]"
    return f'there is no channel "{channel}"; {hint}'


def _time_faults(route: Route) -> Iterator[str]:
    given = route.model_fields_set
    if "at" in given and route.digest not in ("daily", "weekly"):
        yield 'at: is the time of a digest; add digest = "daily" or "weekly"'
    if "on" in given and route.digest != "weekly":
        yield 'on: is the day of a weekly digest; add digest = "weekly"'
    if len(set(route.quiet_days)) == len(WEEKDAYS):
        yield "quiet_days: with all seven days nobody would ever be told; leave one out"
    if route.throttle and route.digest:
        yield "throttle: a digest gathers alerts already; give one of the two"
    if route.throttle and not route.health:
        yield "throttle: is for alerts about sources, which health = false turns off"
    if bool(route.escalate_after) != bool(route.escalate_to):
        missing = "escalate_to" if route.escalate_after else "escalate_after"
        yield f"{missing}: is missing; say after how long, and to which channel"
    if "minor" in route.verdicts and route.severity != "low":
        yield 'verdicts: minor changes have low findings alone; add severity = "low"'


def mute_faults(settings: Settings) -> Iterator[str]:
    """Mutes that say no reason, match nothing, or name a policy that is not declared."""
    policies = {policy.id for policy in settings.policy}
    for name, count in Counter(mute.name for mute in settings.mute).items():
        if count > 1:
            yield f'[[mute]] "{name}": this name is given {count} times; names must be unique'
    for mute in settings.mute:
        for problem in _mute_fault(mute, policies):
            yield f'[[mute]] "{mute.name}" {problem}'


def _mute_fault(mute: Mute, policies: set[str]) -> Iterator[str]:
    if not mute.reason.strip():
        yield "reason: is empty; say why, for whoever wonders at the silence"
    for policy in mute.policies:
        if policy not in policies:
            yield f'policies: there is no policy "{policy}"; declare it as a [[policy]]'
    if not all(phrase.strip() for phrase in mute.phrases):
        yield "phrases: an empty phrase would match everything; remove it"
    scoped = mute.policies or mute.tags or mute.services or mute.types
    if not (scoped or mute.categories or mute.phrases or mute.pattern):
        yield "policies: this would mute everything; say which policies, categories or phrases"
    try:
        Words(mute.phrases, mute.pattern).check()
    except PatternError as error:
        yield f"pattern: is not an RE2 pattern ({error})"
