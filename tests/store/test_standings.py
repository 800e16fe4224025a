"""How policies stand to what is expected of them, at rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.alerts import trial_alert
from monitor.model import Assessment, Quote, Stand
from store import NewDelivery, Store

MINUTES = timedelta(minutes=5)
SHORT = Stand(
    Assessment(
        "notice_period", "d1", "at least 30 days", "notice", "contrary", "high", "14 days; ...",
        (Quote("14 days", "Changes", 3, 10),), 14,
    ),
    version=2,
    since=datetime.fromisoformat("2026-03-01T10:00:00+00:00"),
    raised=True,
)  # fmt: skip
MET = Stand(
    Assessment("sale", "d2", "never", "sale", "met", "medium", "never", (), frozenset({"a", "b"})),
    version=2,
    since=SHORT.since,
)


def test_what_is_written_is_read_in_its_order(store: Store, now: datetime) -> None:
    """Values, quotes and all; the shortfalls are counted."""
    assert store.stands("acme") == ()
    for stands in ((SHORT, MET), (MET,), (MET, SHORT)):
        assert store.lease("acme", "me", now, MINUTES)
        assert store.record_stands("acme", "me", stands, (), now)
        assert store.stands("acme") == stands
    assert store.all_stands() == {"acme": (MET, SHORT)}
    assert store.counts()["shortfalls"] == 1
    assert store.verify() == []


def test_without_the_lease_nothing_is_written(store: Store, now: datetime) -> None:
    """Neither the stands nor the alert; with it both, and the lease is given back."""
    alert = trial_alert("team", now)
    told = ((alert, (NewDelivery("team", now),)),)
    assert store.lease("acme", "another", now, MINUTES)
    assert not store.record_stands("acme", "me", (SHORT,), told, now)
    assert (store.stands("acme"), store.alerts()) == ((), [])
    store.release("acme", "another")
    assert store.lease("acme", "me", now, MINUTES)
    assert store.record_stands("acme", "me", (SHORT,), told, now)
    assert [d.alert.id for d in store.deliveries()] == [alert.id]
    assert store.lease("acme", "another", now, MINUTES)
