"""Commitments and comparisons at rest: small, and exactly what they were."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from monitor.model import Commitment, Edit, Quote, text_digest
from store import Store, codec
from store.condensed import (
    condense_commitments,
    condense_comparison,
    expand_commitments,
    expand_comparison,
)
from store.tables import CommitmentsRow
from tests.store.recorded import NOW, changed, comparison, first

TEXT = "We keep data for 30 days. We keep data for 30 days. Näher: 30 days \U0001f600 and 30 days."


def commitments_of(text: str, places: list[tuple[int, int]]) -> bytes:
    found = tuple(
        Commitment("retention", 30, "day", "", Quote(text[a:b], "Retention", a, b, "If:"))
        for a, b in places
    )
    return codec.dumps(found).encode()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT))), max_size=5))
def test_quotes_anywhere_are_found_again(places: list[tuple[int, int]]) -> None:
    """Whatever is quoted, repeated words and odd extents included, comes back byte for byte."""
    plain = commitments_of(TEXT, places)
    assert expand_commitments(condense_commitments(plain, TEXT), TEXT) == plain


def test_quotes_that_moved_are_condensed_to_the_same() -> None:
    """An edit above a clause moves its offsets, and leaves the condensed form as it was."""
    later = "A new sentence. " + TEXT
    one = condense_commitments(commitments_of(TEXT, [(0, 25), (26, 51)]), TEXT)
    two = condense_commitments(commitments_of(later, [(16, 41), (42, 67)]), later)
    assert one == two


@pytest.mark.parametrize("plain", [b"[]", b"[1]", b'[{"quote":{}}]', b"rubbish", b'{"a":1}'])
def test_what_cannot_be_condensed_stays(plain: bytes) -> None:
    """Any other JSON, also of a model to come, is kept as it is."""
    assert expand_commitments(condense_commitments(plain, TEXT), TEXT) == plain
    assert expand_comparison(condense_comparison(plain)) == plain


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["kept", "moved", "edited", "added"]),
            st.integers(0, 5),
            st.integers(0, 5),
            st.sampled_from(["", "a note"]),
        ),
        max_size=30,
    )
)
def test_any_alignment_comes_back(steps: list[tuple[Any, int, int, str]]) -> None:
    """Runs of kept clauses are told as runs, and unfolded to the very same bytes."""
    edits = tuple(Edit(kind, (a,), (b,) if a else (), note) for kind, a, b, note in steps)
    found = comparison(1, 2)
    plain = codec.dumps(type(found)(found.verdict, "en", found.findings, edits, "")).encode()
    assert expand_comparison(condense_comparison(plain)) == plain


def test_a_long_unchanged_run_costs_one_item() -> None:
    """A thousand kept clauses are no longer than one."""
    edits = tuple(Edit("kept", (n,), (n + 1,)) for n in range(1000))
    found = comparison(1, 2)
    plain = codec.dumps(type(found)(found.verdict, "en", (), edits, "")).encode()
    assert json.loads(condense_comparison(plain)[1:])["edits"] == [[1000, "", "kept", 0, 1]]


def test_promises_that_stay_are_stored_once(store: Store) -> None:
    """Versions that promise the same share a row; others are deltas, and all read back."""
    expected = {}
    for number in range(1, 61):
        at = NOW + timedelta(hours=number)
        outcome = first(number=number, at=at)
        assert outcome.version is not None
        words = f"Revision {number}.\n\n{TEXT}" if number % 4 > 1 else f"{TEXT} Now {number} days."
        quote = words.index("We keep")
        made = [Commitment("retention", 30, "day", "", Quote(words[quote:quote + 25], "", quote,
                                                             quote + 25))]  # fmt: skip
        if number % 4 < 2:
            said = words.index("Now")
            made.append(Commitment("retention", number, "day", "",
                                   Quote(words[said:], "", said, len(words))))  # fmt: skip
        version = replace(
            outcome.version, text=words, text_digest=text_digest(words), commitments=tuple(made)
        )
        assert store.lease("acme", "daemon-1", at, timedelta(hours=1))
        assert store.record(replace(outcome, version=version))
        expected[number] = tuple(made)
    assert {n: store.commitments("acme", n) for n in expected} == expected
    assert store.verify() == []
    with store._database.read() as session:
        rows = [row.data for row in session.exec(select(CommitmentsRow)).all()]
    assert sum(data.startswith(b"=") for data in rows) == 15
    assert sum(data.startswith(b"^") for data in rows) > 40
    assert 1 < sum(not data.startswith((b"=", b"^")) for data in rows) < 6


def test_some_kinds_of_many_versions_are_read_apart(store: Store) -> None:
    """The same as all of them, filtered; a text is not needed where there is none of the kinds."""
    numbers = range(1, 20)
    for number in numbers:
        at = NOW + timedelta(hours=number)
        outcome = first(number=number, at=at) if number == 1 else changed(number, at=at)
        assert store.lease("acme", outcome.lease_owner, at, timedelta(minutes=5))
        assert store.record(outcome)
    told = store.promises("acme", numbers, ("notice_period", "sale"))
    assert told == {number: store.commitments("acme", number) for number in numbers}
    assert len(told[7]) == 1
    assert store.promises("acme", numbers, ("sale",)) == dict.fromkeys(numbers, ())


def test_heads_of_changes_say_all_but_what_changed(store: Store) -> None:
    """Newest first, of all policies, from an instant on."""
    for policy in ("acme", "borealis"):
        for number in (1, 2, 3):
            at = NOW + timedelta(hours=number)
            outcome = first(policy) if number == 1 else changed(number, policy, at=at)
            assert store.lease(policy, outcome.lease_owner, at, timedelta(minutes=5))
            assert store.record(outcome)
    heads = store.change_heads()
    assert [head.id for head in heads] == ["acme@2-3", "borealis@2-3", "acme@1-2", "borealis@1-2"]
    change = store.change("acme@2-3")
    assert all(getattr(change, name) == getattr(heads[0], name) for name in heads[0].__slots__)
    told = store.findings(["acme@1-2", "acme@2-3"])
    assert told == {name: store.change(name).comparison.findings for name in told}
    assert len(told["acme@1-2"]) == 1
    since = NOW + timedelta(hours=3)
    assert [head.id for head in store.change_heads(since=since)] == ["acme@2-3", "borealis@2-3"]
