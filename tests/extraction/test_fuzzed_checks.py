"""Pages mutated at random, read and judged as a check does it: no paragraph goes without a word."""

from __future__ import annotations

import pytest

from tests.extraction.fuzzing import baseline, fuzz, numbers, seen_by_readers, whole


def test_mutated_pages_are_read_doubted_or_explained() -> None:
    """Of 150 mutated pages nothing crashes, nothing is empty, and nothing seen is lost unsaid."""
    assert fuzz(range(150))["first"] == {}


@pytest.mark.campaign
def test_a_hundred_thousand_mutated_pages() -> None:
    """The same for 100,000."""
    figures = fuzz(range(1000, 101_000), processes=2)
    print(figures)
    assert figures["first"] == {}


@pytest.mark.parametrize("kind", [0, 1])
def test_the_harness_sees_what_it_looks_for(kind: int) -> None:
    """Before the accident all numbered paragraphs are seen by lxml and read by us."""
    everything = set(range(1, 25))
    assert seen_by_readers(whole(kind).encode()) == numbers(baseline(kind)) == everything
