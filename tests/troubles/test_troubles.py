"""Trouble of our own: told once when it begins, once when it is over, never by what fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.alerts import trial_alert
from monitor.config import Settings
from monitor.model import Alert
from monitor.troubles import NOBODYS, Troubles
from notifiers.message import compose
from store import NewDelivery, Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SETTINGS = Settings.model_validate(
    {
        "channel": [{"id": "mail", "kind": "console"}, {"id": "ops", "kind": "console"}],
        "route": [{"channel": "mail"}, {"channel": "ops", "health": "only"}],
    }
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open("sqlite:///watch.db", base_dir=tmp_path, now=NOW) as opened:
        yield opened


@pytest.fixture
def troubles(store: Store) -> Troubles:
    return Troubles(store, SETTINGS)


def waiting(store: Store, channel: str, at: datetime) -> int:
    """An alert for a channel, of which one attempt has failed; returns its delivery."""
    alert = trial_alert(f"{channel}{at}", at)
    store.add_alert(alert, [NewDelivery(channel, at)], at)
    (taken,) = store.lease_deliveries("us", at, 1, HOUR, channel=channel)
    error = f"{channel}.example cannot be reached (refused)"
    assert store.mark_failed(taken.id, "us", at, error, retry_at=at + timedelta(days=30))
    return taken.id


def told(store: Store) -> list[tuple[str, Alert]]:
    """What went to which channel about us, oldest first."""
    found = [d for d in store.deliveries(limit=1000) if d.alert.policy == NOBODYS]
    return [(d.channel, d.alert) for d in reversed(found)]


def test_a_channel_that_fails_is_told_of_once_by_another(store: Store, troubles: Troubles) -> None:
    """Not at the first failure, not by itself, and not again while it lasts or after a restart."""
    waiting(store, "mail", NOW)
    assert troubles.look(NOW + HOUR / 2) == 0
    assert troubles.look(NOW + HOUR) == 1
    waiting(store, "mail", NOW + HOUR)
    assert troubles.look(NOW + 3 * HOUR) == 0
    assert Troubles(store, SETTINGS).look(NOW + 4 * HOUR) == 0
    ((channel, alert),) = told(store)
    assert (channel, alert.health, alert.severity) == ("ops", "failing", "high")
    message = compose(alert, NOW.date(), "")
    assert message.subject.startswith(
        '[source] policywatch: the channel "mail" fails since 2 March'
    )
    assert "mail.example cannot be reached (refused)" in message.lead
    assert message.note == ""


def test_a_channel_that_works_again_is_told_of_once(store: Store, troubles: Troubles) -> None:
    """By every channel of health alerts, itself included; a new spell is told of again."""
    delivery = waiting(store, "mail", NOW)
    troubles.look(NOW + HOUR)
    assert store.retry_delivery(delivery, NOW + HOUR)
    (taken,) = store.lease_deliveries("us", NOW + HOUR, 1, HOUR, channel="mail")
    store.mark_sent(taken.id, "us", NOW + HOUR)
    assert troubles.look(NOW + 2 * HOUR) == 1
    assert troubles.look(NOW + 3 * HOUR) == 0
    assert [(c, a.health) for c, a in told(store)][1:] == [
        ("mail", "recovered"),
        ("ops", "recovered"),
    ]
    waiting(store, "mail", NOW + 4 * HOUR)
    assert troubles.look(NOW + 6 * HOUR) == 1
    assert told(store)[-1][1].health == "failing"


def test_alerts_that_were_given_up_are_told_of_once_a_day(store: Store, troubles: Troubles) -> None:
    """With how many they are; nothing is said when time has passed, for they are still lost."""
    for minute in range(3):
        at = NOW + timedelta(minutes=minute)
        store.add_alert(trial_alert(str(minute), at), [NewDelivery("mail", at)], at)
        (taken,) = store.lease_deliveries("us", at, 1, HOUR, channel="mail")
        store.mark_failed(taken.id, "us", at, "550 no such user", retry_at=None)
    assert troubles.look(NOW + HOUR) == 1
    assert troubles.look(NOW + 2 * HOUR) == 0
    assert troubles.look(NOW + timedelta(days=4)) == 0
    ((channel, alert),) = told(store)
    assert channel == "ops"
    assert alert.summary.startswith('3 alerts were given up: the channel "mail" does not take them')
    assert "550 no such user" in alert.summary


def test_a_mailbox_that_cannot_be_read_is_told_of_after_an_hour(
    store: Store, troubles: Troubles
) -> None:
    """The reason is the newest, the time that of the first failure."""
    troubles.inbox_failed("no route to host.", NOW)
    assert troubles.look(NOW + HOUR / 2) == 0
    troubles.inbox_failed("the password is wrong.", NOW + HOUR)
    assert troubles.look(NOW + HOUR) == 1
    troubles.inbox_read()
    assert troubles.look(NOW + 2 * HOUR) == 1
    first, *_, last = told(store)
    assert "not read since 2 March 2026, 09:00 UTC: the password is wrong." in first[1].summary
    assert (last[1].title, last[1].health) == ("Mailbox of [inbox]", "recovered")


def test_with_no_other_channel_it_is_still_on_record(store: Store) -> None:
    """Nobody can be told; the next look does not try again."""
    alone = Settings.model_validate(
        {"channel": [{"id": "mail", "kind": "console"}], "route": [{"channel": "mail"}]}
    )
    waiting(store, "mail", NOW)
    assert Troubles(store, alone).look(NOW + HOUR) == 1
    assert Troubles(store, alone).look(NOW + 2 * HOUR) == 0
    assert told(store) == []
    assert [r.alert.health for r in store.alerts(policy=NOBODYS)] == ["failing"]


def test_routes_for_certain_policies_do_not_get_it(store: Store) -> None:
    """It is about no policy."""
    narrow = [replace_route(route, tags=("vendor",)) for route in SETTINGS.route]
    waiting(store, "mail", NOW)
    Troubles(store, SETTINGS.model_copy(update={"route": tuple(narrow)})).look(NOW + HOUR)
    assert told(store) == []


def replace_route(route: object, **values: object) -> object:
    """A route with other values."""
    return route.model_copy(update=values)  # type: ignore[attr-defined]
