"""Alignment and redline: which clause became which, and the words that changed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alignment import align
from monitor.redline import redline
from monitor.segmentation import segment


def kinds(old: str, new: str) -> list[str]:
    return [edit.kind for edit in align(segment(old), segment(new))]


def test_a_clause_that_moved_is_neither_removed_nor_added() -> None:
    """Equal words are matched wherever they stand."""
    a, b, c = "We keep logs.", "We sell nothing.", "You may object."
    assert sorted(kinds(f"{a}\n\n{b}\n\n{c}", f"{b}\n\n{c}\n\n{a}")) == ["kept", "kept", "moved"]


def test_an_edited_clause_is_a_pair() -> None:
    """A changed number does not make a clause removed and added."""
    assert kinds("We keep server logs for 30 days.", "We keep server logs for 60 days.") == [
        "edited"
    ]


def test_a_clause_cut_in_two_is_split_and_the_reverse_merged() -> None:
    """The second half belongs to the clause it came from."""
    whole = "We keep invoices for ten years by law. Couriers receive the delivery address only."
    halves = whole.replace("law. ", "law.\n\n")
    assert kinds(whole, halves) == ["split"]
    assert kinds(halves, whole) == ["merged"]


def test_new_and_lost_clauses_stand_at_their_place() -> None:
    """Edits follow the order of the new version."""
    old = "We keep logs.\n\nCouriers get your address.\n\nYou may object."
    new = "We keep logs.\n\nFees are due monthly by invoice.\n\nYou may object."
    assert kinds(old, new) == ["kept", "removed", "added", "kept"]


words = st.lists(
    st.sampled_from(["we", "keep", "data", "for", "30", "60", "days", ".", ",", "not\n"]),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(words.map(" ".join), st.text(max_size=80)), words.map(" ".join))
def test_a_redline_spells_both_texts(before: str, after: str) -> None:
    """Equal and struck words give the old text, equal and put-in words the new."""
    steps = redline(before, after)
    assert "".join(text for op, text in steps if op != "insert") == before
    assert "".join(text for op, text in steps if op != "delete") == after


def test_a_redline_cuts_at_words() -> None:
    """A number is replaced as a whole."""
    assert redline("for 30 days", "for 36 days") == [
        ("equal", "for "),
        ("delete", "30"),
        ("insert", "36"),
        ("equal", " days"),
    ]
