"""One text whose changes are tracked: accepting gives the newer version, rejecting the older."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from monitor.alignment import align
from monitor.comparison import as_document
from monitor.model import Edit
from notifiers.wording import prose
from tests.web.world import LOOM, LOOM_LATER, LOOM_MOVED, TERMS, TERMS_LATER
from web.reports.tracked import accepted, rejected, tracked

_WORDS = ("we", "sell", "keep", "data", "never", "with your consent", "for 30 days", "ads")
_CLAUSE = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=12).map(" ".join)
_TEXT = st.lists(_CLAUSE, max_size=9).map("\n\n".join)


def clauses(text: str) -> list[str]:
    return [prose(clause.text) for clause in as_document(text).clauses]


def check(old: str, new: str, edits: tuple[Edit, ...] | None = None) -> None:
    before, after = as_document(old), as_document(new)
    made = list(
        tracked(before, after, align(before.clauses, after.clauses) if edits is None else edits)
    )
    assert accepted(made) == clauses(new)
    assert rejected(made) == clauses(old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (LOOM, LOOM_LATER), (LOOM, LOOM_MOVED), (LOOM_MOVED, LOOM), (TERMS, TERMS_LATER),
        (LOOM, TERMS), (LOOM, LOOM), ("", LOOM), (LOOM, ""), ("", ""),
    ],
)  # fmt: skip
def test_both_versions_are_in_it(old: str, new: str) -> None:
    """Edited, moved, added and removed clauses, whole documents among them."""
    check(old, new)


def test_a_clause_that_was_split_keeps_both_texts() -> None:
    """The end of the first half is put in, and taken out again by whoever rejects it."""
    one = "We keep your orders for five years after the sale, and your letters for two years."
    two = one.replace(" after the sale, and", " after the sale.\n\nAnd")
    check(f"# Keeping\n\n{one}\n\nThe rest.", f"# Keeping\n\n{two}\n\nThe rest.")
    check(f"# Keeping\n\n{two}\n\nThe rest.", f"# Keeping\n\n{one}\n\nThe rest.")


@settings(max_examples=60, deadline=None)
@given(_TEXT, _TEXT)
def test_any_two_texts(old: str, new: str) -> None:
    """Whatever the alignment made of them."""
    check(old, new)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_any_alignment(data: st.DataObject) -> None:
    """One of an older engine, which pairs clauses across each other, loses nothing either."""
    size = len(as_document(LOOM).clauses)
    order = data.draw(st.permutations(range(size)))
    kinds = st.sampled_from(["kept", "edited", "moved"])
    edits = tuple(Edit(data.draw(kinds), (i,), (j,)) for j, i in enumerate(order))
    check(LOOM, LOOM_LATER, edits)
