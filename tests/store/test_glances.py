"""What pages list, read without what they do not show."""

from __future__ import annotations

from datetime import timedelta

from store import Store
from tests.store.recorded import NOW, OWNER, changed, first


def record(store: Store, *numbers: int) -> None:
    """One version an hour."""
    for number in numbers:
        at = NOW + timedelta(hours=number)
        assert store.lease("acme", OWNER, at, timedelta(hours=1))
        assert store.record(first(at=at) if number == 1 else changed(number, at=at))


def test_a_glance_says_what_the_whole_change_says(store: Store) -> None:
    """Newest first, without the alignment."""
    record(store, 1, 2, 3)
    whole = {change.id: change for change in store.changes("acme")}
    glances = store.glances.changes("acme")
    assert [glance.id for glance in glances] == ["acme@2-3", "acme@1-2"]
    for glance in glances:
        findings = whole[glance.id].comparison.findings
        assert glance.severity == "high"
        assert glance.summaries == tuple(finding.summary for finding in findings)
        assert (glance.verdict, glance.at) == (whole[glance.id].verdict, whole[glance.id].at)


def test_last_changes_name_the_newest_of_each_policy(store: Store) -> None:
    """A policy without one is not there."""
    record(store, 1, 2, 3)
    last = store.lists.last_changes(["acme", "borealis"])
    assert {policy: change.id for policy, change in last.items()} == {"acme": "acme@2-3"}


def test_what_is_stated_is_read_without_the_texts(store: Store) -> None:
    """The same commitments but for the places of their quotes."""
    record(store, 1, 2, 3)
    over_time = store.glances.stated_over_time("acme")
    assert [number for number, _ in over_time] == [1, 2, 3]
    for number, stated in over_time:
        whole = store.commitments("acme", number)
        assert [(c.kind, c.value, c.quote.text) for c in stated] == [
            (c.kind, c.value, c.quote.text) for c in whole
        ]
        assert stated == store.glances.stated("acme", number)
