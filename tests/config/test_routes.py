"""Routes and mutes: what is wrong with them, and how their times are read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from monitor.config_file import from_tables
from monitor.errors import ConfigError
from monitor.telling import mutes_of, rules_of

POLICY = {"id": "loom", "url": "https://loom.example/"}
CHANNELS = [{"id": "mail", "kind": "console"}, {"id": "boss", "kind": "console"}]


def tables(route: dict[str, Any] | None = None, mute: dict[str, Any] | None = None) -> Any:
    made: dict[str, Any] = {"policy": [POLICY], "channel": CHANNELS}
    made["route"] = [{"channel": "mail", **(route or {})}]
    if mute is not None:
        made["mute"] = [{"name": "m", "reason": "r", "until": date(2027, 1, 1), **mute}]
    return made


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ({"at": "09:00"}, "add digest"),
        ({"digest": "daily", "on": "friday"}, 'add digest = "weekly"'),
        ({"digest": "daily", "at": "9"}, "08:00"),
        ({"digest": "yearly"}, "digest"),
        ({"quiet": "all night"}, "20:00-07:00"),
        ({"quiet": "07:00-07:00"}, "20:00-07:00"),
        ({"timezone": "Rome"}, "Europe/Rome"),
        ({"escalate_after": "4h"}, "escalate_to: is missing"),
        ({"escalate_to": "boss"}, "escalate_after: is missing"),
        ({"escalate_after": "4h", "escalate_to": "bos"}, 'did you mean "boss"'),
        ({"throttle": "1h", "digest": "hourly"}, "gathers alerts already"),
        ({"throttle": "1h", "health": False}, "health = false"),
        ({"verdicts": ["minor"]}, 'add severity = "low"'),
        ({"directions": ["worse"]}, "directions"),
        (
            {"quiet_days": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
                            "sunday"]},
            "leave one out",
        ),
    ],
)  # fmt: skip
def test_a_route_that_means_nothing_is_refused(route: dict[str, Any], said: str) -> None:
    """With the key and what to write instead."""
    with pytest.raises(ConfigError, match=r"\[\[route\]\]") as refused:
        from_tables(tables(route))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("mute", "said"),
    [
        ({}, "mute everything"),
        ({"policies": ["lom"]}, 'no policy "lom"'),
        ({"phrases": [" "]}, "empty phrase"),
        ({"pattern": "(?=x)"}, "RE2"),
        ({"policies": ["loom"], "reason": " "}, "say why"),
        ({"policies": ["loom"], "until": "soon"}, "2026-12-31"),
    ],
)
def test_a_mute_that_says_too_little_is_refused(mute: dict[str, Any], said: str) -> None:
    """A silence nobody can explain later is a fault of the file."""
    with pytest.raises(ConfigError, match=r"\[\[mute\]\]") as refused:
        from_tables(tables(mute=mute))
    assert said in str(refused.value)


@pytest.mark.parametrize("until", [date(2027, 1, 1), "2027-01-01"])
def test_a_mute_holds_through_its_last_day_in_the_zone_of_notice(until: object) -> None:
    """Written as a date or as words, and only for the policies it names."""
    made = tables(mute={"policies": ["loom"], "until": until, "categories": ["sale"]})
    settings = from_tables({**made, "notice": {"timezone": "Europe/Rome"}})
    (mute,) = mutes_of(settings, settings.policy[0], [])
    assert mute.until == datetime(2027, 1, 1, 23, tzinfo=UTC)
    assert mute.what is not None
    other = settings.policy[0].model_copy(update={"id": "other"})
    assert mutes_of(settings, other, []) == []


def test_the_keys_of_a_route_reach_the_rule() -> None:
    """Times in the route's own zone, weekdays from Monday, `continue` under its name."""
    route = {
        "continue": False, "digest": "weekly", "at": "09:30", "on": "friday",
        "quiet": "20:00-07:00", "quiet_days": ["sunday"], "timezone": "America/New_York",
        "owners": ["Ines"], "types": ["privacy"], "verdicts": ["material"],
        "directions": ["weaker"], "escalate_after": "1d", "escalate_to": "boss",
    }  # fmt: skip
    (rule,) = rules_of(from_tables(tables(route)))
    assert rule.digest is not None
    assert rule.quiet is not None
    assert (rule.go_on, rule.digest.weekday, rule.digest.at.minute) == (False, 4, 30)
    assert str(rule.digest.zone) == str(rule.quiet.zone) == "America/New_York"
    assert (rule.quiet.days, rule.owners, rule.types) == ({6}, ("Ines",), ("privacy",))
    assert (rule.verdicts, rule.directions) == (("material",), ("weaker",))
    assert rule.escalate_to == "boss"


@pytest.mark.parametrize(
    "name", ["@mira", "mira", "U1", "u024be7lh", "<!channel>", "C024BE7LH", ""]
)
def test_nobody_is_called_by_a_name_that_slack_does_not_know(name: str) -> None:
    """Slack would show it as words, and nobody would come."""
    with pytest.raises(ConfigError, match="nobody whom Slack can call"):
        from_tables(tables({"mention": [name]}))
    assert from_tables(tables({"mention": ["here", "U024BE7LH"]})).route[0].mention[0] == "here"
