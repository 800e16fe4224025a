"""States derived from actions: nothing else holds them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.errors import StoreError
from monitor.review import Review, review_of
from monitor.review.states import next_action
from store import ActionRecord
from tests.store.recorded import NOW

CHANGE = "acme@1-2"


def did(number: int, what: str, subject: str = CHANGE, **detail: str) -> ActionRecord:
    """An action as the store gives it back."""
    at = NOW + timedelta(hours=number)
    return ActionRecord("acme", number, at, f"person {number}", what, subject, "", detail)  # type: ignore[arg-type]


def test_what_nobody_touched_is_new_and_open() -> None:
    """Actions on other subjects, and of other kinds, decide nothing."""
    review = review_of(CHANGE, [did(1, "acknowledge", "acme@2-3"), did(2, "note")])
    assert review == Review(CHANGE)
    assert review.open


@pytest.mark.parametrize(
    ("what", "state", "is_open"),
    [
        ("acknowledge", "acknowledged", False),
        ("dismiss", "dismissed", False),
        ("escalate", "escalated", True),
        ("reopen", "new", True),
    ],
)
def test_the_last_step_counts_in_whatever_order_they_come(
    what: str, state: str, is_open: bool
) -> None:
    """The store lists the newest first; the state says who brought it about, and when."""
    last = did(9, what, grounds="cosmetic") if what == "dismiss" else did(9, what)
    review = review_of(CHANGE, [last, did(4, "escalate"), did(2, "acknowledge")])
    assert (review.state, review.open, review.who) == (state, is_open, "person 9")
    assert review.at == last.at
    assert [step.number for step in review.steps] == [2, 4, 9]


@pytest.mark.parametrize("step", ["acknowledge", "dismiss", "escalate", "reopen"])
def test_a_button_pressed_twice_is_one_action(step: str) -> None:
    """The second press finds it done; another ground of dismissal is another decision."""
    before = Review(CHANGE, state="acknowledged" if step == "reopen" else "new")
    if step == "acknowledge":
        before = replace(before, state="escalated")
    action = next_action(before, step, who="Ines", at=NOW, grounds="cosmetic")  # type: ignore[arg-type]
    assert action is not None
    after = review_of(
        CHANGE,
        [ActionRecord("acme", 1, NOW, "Ines", action.what, CHANGE, "", action.detail)],
    )
    assert next_action(after, step, who="Jo", at=NOW, grounds="cosmetic") is None  # type: ignore[arg-type]
    again = next_action(after, "dismiss", who="Jo", at=NOW, grounds="duplicate")
    assert again is not None
    assert again.detail == {"grounds": "duplicate"}


def test_a_dismissal_says_on_what_grounds() -> None:
    """An empty ground would be worth nothing as a label."""
    with pytest.raises(StoreError, match="cosmetic"):
        next_action(Review(CHANGE), "dismiss", who="Ines", at=NOW)


def test_a_snooze_is_no_state_and_ends_with_the_next_step() -> None:
    """What was new stays new, but does not wait for anybody until then."""
    until = NOW + timedelta(days=3)
    action = next_action(Review(CHANGE), "snooze", who="Ines", at=NOW, until=until)
    assert action is not None
    snoozed = ActionRecord("acme", 1, NOW, "Ines", "snooze", CHANGE, "", action.detail)
    review = review_of(CHANGE, [snoozed])
    assert (review.state, review.open, review.waits(NOW)) == ("new", True, False)
    assert review.waits(until)
    assert next_action(review, "snooze", who="Jo", at=NOW, until=until) is None
    assert review_of(CHANGE, [snoozed, did(2, "escalate")]).waits(NOW)
    for refused in (NOW, None):
        with pytest.raises(StoreError, match="in the future"):
            next_action(review, "snooze", who="Jo", at=NOW, until=refused)
    settled = review_of(CHANGE, [did(1, "acknowledge")])
    with pytest.raises(StoreError, match="reopen it"):
        next_action(settled, "snooze", who="Jo", at=NOW, until=until)
