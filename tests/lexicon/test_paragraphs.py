"""Whole paragraphs of invented companies, labelled by hand, are sorted into categories."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.classify import FOLDER, main, micro, paragraphs, score
from monitor.model import CATEGORIES

LANGUAGES = ("de", "en", "es", "fr", "it")


def test_the_labelled_paragraphs_are_many_and_of_every_kind() -> None:
    """At least a hundred, twenty a language; every category in every language; some of none."""
    given = list(paragraphs(FOLDER))
    assert len(given) >= 100
    for language in LANGUAGES:
        labels = [about for code, _, about in given if code == language]
        assert len(labels) >= 20
        assert frozenset().union(*labels) == frozenset(CATEGORIES)
        assert frozenset() in labels


@pytest.mark.parametrize("language", LANGUAGES)
def test_paragraphs_are_sorted_as_a_reader_would(language: str) -> None:
    """Micro F1 of at least 0.88 in each language."""
    counts, confusions = score()
    assert micro(counts[language])[2] >= 0.88, "\n".join(confusions)


def test_the_measure_counts_right_extra_and_missed_labels() -> None:
    """Precision falls with extra labels, recall with missed ones; nothing at all scores nought."""
    assert micro(Counter(right=3, extra=1, missed=3)) == (0.75, 0.5, 0.6)
    assert micro(Counter()) == (0.0, 0.0, 0.0)


def test_the_report_names_what_was_sorted_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    """One line a language, then each confusion with what was extra and what was missed."""
    assert main(["--confusions"]) == 0
    printed = capsys.readouterr().out
    assert all(f"{language}  " in printed for language in (*LANGUAGES, "all"))
    assert printed.count("missed [") == len(score()[1])
