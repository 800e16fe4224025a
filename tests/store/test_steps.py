"""Steps of the review and the outbox, in one transaction; throttled channels."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from monitor.errors import StoreError
from store import NewAction, NewDelivery, Store
from tests.store.recorded import NOW, alert

ALERT = "alert-1"
CHANGE = "acme@1-2"
HOUR = timedelta(hours=1)


@pytest.fixture
def told(store: Store) -> Store:
    """An alert that "mail" was told of, to be escalated to "boss" in four hours."""
    store.add_alert(
        alert(ALERT, CHANGE),
        [NewDelivery("mail", NOW), NewDelivery("boss", NOW + 4 * HOUR, purpose="escalation")],
        NOW,
    )
    (taken,) = store.lease_deliveries("one", NOW, 5, HOUR)
    assert store.mark_sent(taken.id, "one", NOW)
    return store


def step(store: Store, what: str, at: datetime = NOW, **detail: object) -> None:
    action = NewAction(at, "Ines", what, CHANGE, "", detail)  # type: ignore[arg-type]
    store.record_steps("acme", ALERT, [action])


def states(store: Store) -> dict[tuple[str, str], tuple[str, datetime]]:
    return {(d.channel, d.purpose): (d.state, d.not_before) for d in store.deliveries(alert=ALERT)}


@pytest.mark.parametrize("what", ["acknowledge", "dismiss"])
def test_what_settles_an_alert_cancels_its_escalation(told: Store, what: str) -> None:
    """Nobody is woken for what is dealt with; what was sent stays sent."""
    step(told, what)
    assert states(told)["boss", "escalation"][0] == "cancelled"
    assert states(told)["mail", ""][0] == "sent"
    assert told.lease_deliveries("one", NOW + 24 * HOUR, 5, HOUR) == []
    assert told.counts()["deliveries_cancelled"] == 1


def test_an_escalation_that_was_sent_is_a_step_of_the_review(told: Store) -> None:
    """By the daemon, in the chain, in the transaction of the mark."""
    at = NOW + 4 * HOUR
    (taken,) = told.lease_deliveries("one", at, 5, HOUR)
    assert (taken.channel, taken.purpose) == ("boss", "escalation")
    assert not told.mark_sent(taken.id, "another", at)
    assert told.actions() == []
    assert told.mark_sent(taken.id, "one", at)
    (action,) = told.actions()
    assert (action.who, action.what, action.subject) == ("policywatch", "escalate", CHANGE)
    assert "boss" in action.why
    assert told.verify() == []


def test_an_escalation_by_a_person_is_told_at_once(told: Store) -> None:
    """Not when its time would have come."""
    step(told, "escalate", NOW + HOUR)
    assert states(told)["boss", "escalation"] == ("pending", NOW + HOUR)


def test_a_snooze_postpones_and_tells_once_more(told: Store) -> None:
    """A second snooze replaces the first; each telling has a key of its own."""
    step(told, "snooze", until=NOW + 48 * HOUR)
    assert states(told)["boss", "escalation"] == ("pending", NOW + 48 * HOUR)
    step(told, "snooze", until=NOW + 72 * HOUR)
    waiting = told.lease_deliveries("one", NOW + 72 * HOUR, 9, HOUR)
    assert [(d.channel, d.purpose) for d in waiting] == [
        ("boss", "escalation"),
        ("mail", "snoozed"),
    ]
    keys = {d.key for d in told.deliveries(alert=ALERT)}
    assert len(keys) == 4


def test_a_snooze_ends_with_the_alert(told: Store) -> None:
    """Acknowledged meanwhile: nobody is told again."""
    step(told, "snooze", until=NOW + 48 * HOUR)
    step(told, "acknowledge", NOW + HOUR)
    assert told.lease_deliveries("one", NOW + 99 * HOUR, 9, HOUR) == []


def test_a_step_that_is_refused_changes_nothing_in_the_outbox(told: Store) -> None:
    """Both or neither."""
    with pytest.raises(StoreError, match="who did it"):
        told.record_steps("acme", ALERT, [NewAction(NOW, " ", "acknowledge", CHANGE)])
    assert states(told)["boss", "escalation"][0] == "pending"


def test_an_alert_is_told_a_channel_once_for_each_purpose(store: Store) -> None:
    """Raised again, nothing is added."""
    for _ in range(2):
        store.add_alert(
            alert(ALERT),
            [NewDelivery("c", NOW), NewDelivery("c", NOW), NewDelivery("c", NOW, "", "escalation")],
            NOW,
        )
    assert sorted(d.purpose for d in store.deliveries()) == ["", "escalation"]


def test_a_throttled_channel_gets_the_first_at_once_and_the_rest_together(store: Store) -> None:
    """Ten sources that fail within minutes are two messages; later ones begin anew."""
    for minute in range(10):
        at = NOW + timedelta(minutes=minute)
        store.add_alert(alert(f"a{minute}"), [NewDelivery("ops", at, throttle=HOUR)], at)
    late = NOW + timedelta(minutes=60)
    store.add_alert(alert("later"), [NewDelivery("ops", late, throttle=HOUR)], late)
    records = {d.alert.id: d for d in store.deliveries()}
    assert records["a0"].not_before == NOW
    gathered = [records[f"a{minute}"] for minute in range(1, 10)]
    assert {d.not_before for d in gathered} == {NOW + HOUR}
    assert {d.batch for d in gathered} == {records["a0"].batch}
    assert records["later"].not_before == late
    assert records["later"].batch != records["a0"].batch


def test_a_digest_is_leased_together_and_no_other(store: Store) -> None:
    """Only what is due, of that channel and that digest."""
    for number, (channel, batch) in enumerate([("c", "x"), ("c", "x"), ("c", "y"), ("d", "x")]):
        store.add_alert(alert(f"a{number}"), [NewDelivery(channel, NOW, batch)], NOW)
    taken = store.lease_deliveries("one", NOW, 9, HOUR, channel="c", batch="x")
    assert [d.alert.id for d in taken] == ["a0", "a1"]
