"""Pages mutated at random, read and judged as a check does it: no paragraph goes without a word."""

from __future__ import annotations

import pytest

from tests.extraction.fuzzing import (
    baseline,
    faults,
    fuzz,
    numbers,
    paragraph,
    seen_by_readers,
    whole,
)


def test_mutated_pages_are_read_doubted_or_explained() -> None:
    """Of 150 mutated pages nothing crashes, nothing is empty, and nothing seen is lost unsaid."""
    assert fuzz(range(150))["first"] == {}


@pytest.mark.parametrize("seed", [308187, 309179, 311216, 325744, 326111, 326279, 332099, 340654])
def test_pages_that_were_once_misjudged(seed: int) -> None:
    """An unclosed template, a page that ends in a paragraph, a stray sign behind the last one."""
    assert faults(seed) == []


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


def test_the_harness_sees_what_browsers_show_of_templates() -> None:
    """A closed one hides what is in it, an unclosed one all that follows."""
    closed = f"<template>{paragraph(3)}</template>"
    assert seen_by_readers(f"{paragraph(2)}{closed}{paragraph(4)}".encode()) == {2, 4}
    assert seen_by_readers(f"{paragraph(2)}<template>{closed}{paragraph(4)}".encode()) == {2}
