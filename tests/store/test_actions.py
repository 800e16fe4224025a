"""What people did: recorded for good, and part of the hash chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from monitor.errors import StoreError
from store import ActionRecord, NewAction, Store
from store.records import ActionKind
from tests.store.behind import tamper
from tests.store.recorded import NOW, OWNER, first

REVIEW = NewAction(NOW, "Ines Faria", "review", "acme@1-2", "read it, harmless for us")


def test_an_action_is_listed_and_stands_in_the_chain(store: Store) -> None:
    """Who, when, what, to what and why come back as given; the chain's newest entry is of it."""
    made = store.record_action("acme", REVIEW)
    assert made == ActionRecord(
        "acme", 1, NOW, "Ines Faria", "review", "acme@1-2", "read it, harmless for us"
    )
    assert store.actions("acme") == [made]
    entry = store.evidence("acme")[-1]
    assert (entry.kind, entry.subject, entry.hash) == ("action", "1", store.head("acme"))
    assert store.verify() == []


def test_doing_a_thing_twice_is_two_actions(store: Store) -> None:
    """Nothing is overwritten: a later action has the next number."""
    for hours in (0, 1):
        store.record_action("acme", replace(REVIEW, at=NOW + timedelta(hours=hours)))
    store.record_action("borealis", NewAction(NOW, "Jo", "mute", "", "moving house"))
    assert [action.number for action in store.actions("acme")] == [2, 1]
    assert [action.policy for action in store.actions()] == ["acme", "acme", "borealis"]
    assert [action.who for action in store.actions(subject="acme@1-2")] == ["Ines Faria"] * 2
    assert store.actions("borealis", subject="acme@1-2") == []


def test_an_action_is_written_with_what_it_brings_about(store: Store) -> None:
    """A check that somebody's acceptance caused names them; a lost lease writes neither."""
    accepted = NewAction(NOW, "Ines Faria", "accept", "acme-snapshot-1")
    outcome = first(action=accepted)
    assert not store.record(outcome)
    assert store.actions() == []
    store.lease("acme", OWNER, NOW, timedelta(hours=1))
    assert store.record(outcome)
    assert [(action.what, action.subject) for action in store.actions("acme")] == [
        ("accept", "acme-snapshot-1")
    ]
    kinds = [entry.kind for entry in store.evidence("acme")]
    assert kinds == ["snapshot", "action", "version"]


@pytest.mark.parametrize(
    ("statement", "row"),
    [("UPDATE action SET who = 'Mallory' WHERE number = 1", "1"),
     ("UPDATE action SET at = '2020-01-01 00:00:00.000000' WHERE number = 1", "1"),
     ("DELETE FROM action WHERE number = 2", "2"),
     ("UPDATE action SET detail = NULL WHERE number = 1", "1"),
     ("UPDATE action SET detail = '{\"grounds\":\"duplicate\"}' WHERE number = 2", "2"),
     ("INSERT INTO action SELECT policy, 3, at, who, what, subject, why, detail FROM action "
      "WHERE number = 1", "3")],
)  # fmt: skip
def test_an_action_that_was_altered_is_found(store: Store, statement: str, row: str) -> None:
    """Changed, taken out or put in: `verify` names the action."""
    store.record_action("acme", replace(REVIEW, detail={"grounds": "cosmetic"}))
    store.record_action("acme", REVIEW)
    tamper(store, statement)
    assert [fault.row for fault in store.verify("acme")] == [row]


@pytest.mark.parametrize(
    ("action", "said"),
    [(replace(REVIEW, who=" "), "who did it"),
     (replace(REVIEW, what=cast(ActionKind, "shred")), '"shred" is no action; there are accept'),
     (replace(REVIEW, why="x" * 4001), "4001 characters"),
     (replace(REVIEW, at=NOW.replace(tzinfo=None)), "no time zone")],
)  # fmt: skip
def test_an_action_must_say_who_did_what(store: Store, action: NewAction, said: str) -> None:
    """What would be of no use as a record is refused, and nothing is written."""
    with pytest.raises(StoreError, match=said):
        store.record_action("acme", action)
    assert store.actions() == []
    assert store.verify() == []


def test_actions_that_belong_together_are_written_together(store: Store) -> None:
    """One that is refused takes the others with it; kinds can be asked for."""
    ignored = replace(REVIEW, what="ignore", detail={"name": "r", "phrases": ("at all",)})
    with pytest.raises(StoreError):
        store.record_steps("acme", "alert-1", [ignored, replace(REVIEW, who="")])
    assert store.actions() == []
    made = store.record_steps("acme", "alert-1", [ignored, REVIEW])
    assert [action.number for action in made] == [1, 2]
    assert store.actions("acme", what=["ignore"]) == made[:1]
    assert made[0].detail == {"name": "r", "phrases": ("at all",)}
    assert store.verify() == []


def test_an_action_on_an_unknown_policy_is_an_error(store: Store) -> None:
    """A typo does not vanish into the records."""
    with pytest.raises(StoreError, match="nobody"):
        store.record_action("nobody", REVIEW)


def test_hostile_words_are_kept_as_far_as_a_database_can(store: Store) -> None:
    """NUL and lone surrogates become U+FFFD, and still verify."""
    made = store.record_action("acme", replace(REVIEW, why="a\x00b\ud800"))
    assert made.why == "a\ufffdb\ufffd"
    assert store.verify() == []
