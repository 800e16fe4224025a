"""Which due policies go into which job."""

from __future__ import annotations

from monitor.cluster.batches import MOST_POLICIES, Batch, batches, lanes_of
from monitor.config import Policy


def test_policies_of_one_host_go_together_in_the_order_of_their_waiting() -> None:
    """One batch a lane, however its policies lie among others."""
    lanes = {"a": "one", "b": "two", "c": "one"}
    found = batches("abc", lanes, waiting=(), taken=(), room=9)
    assert found == [Batch("one", ("a", "c")), Batch("two", ("b",))]


def test_a_host_with_many_policies_gets_one_batch_at_a_time() -> None:
    """A lost batch is soon made up for."""
    names = [f"p{number}" for number in range(MOST_POLICIES + 5)]
    (batch,) = batches(names, dict.fromkeys(names, "one"), waiting=(), taken=(), room=9)
    assert batch.policies == tuple(names[:MOST_POLICIES])


def test_what_waits_or_was_begun_is_not_enqueued_again() -> None:
    """A lane with a batch waiting is left alone, and so is a policy in a job that was begun."""
    lanes = {"a": "one", "b": "two", "c": "two"}
    found = batches("abc", lanes, waiting={"one"}, taken={"b"}, room=9)
    assert found == [Batch("two", ("c",))]


def test_the_window_is_bounded() -> None:
    """With room for one batch, those that wait longest get it, whole."""
    lanes = {"a": "one", "b": "two", "c": "one"}
    assert batches("abc", lanes, waiting=(), taken=(), room=1) == [Batch("one", ("a", "c"))]


def test_a_policy_that_this_configuration_does_not_know_is_left_to_others() -> None:
    """As during a rolling restart."""
    assert batches(["new"], {}, waiting=(), taken=(), room=9) == []


def test_names_of_one_host_share_a_lane() -> None:
    """Upper case, paths and the default port make no other host."""
    policies = [
        Policy(id="a", url="https://Example.org/privacy"),
        Policy(id="b", url="https://example.org:443/terms"),
        Policy(id="c", url="https://example.com/"),
    ]
    lanes = lanes_of(policies)
    assert lanes["a"] == lanes["b"] != lanes["c"]
