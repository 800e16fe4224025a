"""Decisions as labelled pairs: the benchmark reads them and measures on them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.semantics import run, score
from monitor.cli.reviewing import write_pairs
from monitor.review import decide, decided, find, labelled_pairs, propose, reject
from store import Store
from tests.review.conftest import TEXTS
from tests.store.recorded import NOW

LATER = NOW + timedelta(days=9)


def exported(desk: Store, folder: Path) -> list[dict[str, object]]:
    """The labels of an export to a folder."""
    write_pairs(folder, list(labelled_pairs(decided(desk), desk.version_text)))
    lines = (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_the_benchmark_measures_on_what_people_decided(desk: Store, tmp_path: Path) -> None:
    """One alert was right, one was not: a precision of a half, and nothing missed."""
    decide(desk, "acme@1-2", "acknowledge", who="Ines", at=LATER)
    decide(desk, "acme@2-3", "dismiss", who="Ines", at=LATER, grounds="cosmetic")
    labels = exported(desk, tmp_path / "out")
    assert [(label["id"], label["verdict"]) for label in labels] == [
        ("acme@1-2", "material"), ("acme@2-3", "cosmetic"),
    ]  # fmt: skip
    pairs = run(tmp_path / "out")
    scores = score(pairs)
    assert scores["alert"] == {"precision": 0.5, "recall": 1.0, "f1": 0.667}
    assert scores["confusion"]["alert"]["wrong"] == ["acme@2-3"]
    old = (tmp_path / "out" / "pairs" / "acme@1-2.old.md").read_text(encoding="utf-8")
    assert old == TEXTS[0]


@pytest.mark.parametrize(
    ("grounds", "verdict", "sure", "severities"),
    [
        ("cosmetic", "cosmetic", True, set()),
        ("not relevant", "minor", True, {"low"}),
        ("duplicate", "material", False, {"high"}),
    ],
)
def test_grounds_become_verdicts(
    desk: Store,
    tmp_path: Path,
    grounds: str,
    verdict: str,
    sure: bool,
    severities: set[str],
) -> None:
    """A duplicate says nothing of the change itself, so no score counts it."""
    decide(desk, "acme@1-2", "dismiss", who="Ines", at=LATER, grounds=grounds)  # type: ignore[arg-type]
    (label,) = exported(desk, tmp_path / "out")
    assert (label["verdict"], label["sure"]) == (verdict, sure)
    assert {change["severity"] for change in label["changes"]} == severities  # type: ignore[attr-defined]
    assert score(run(tmp_path / "out"))["pairs"] == int(sure)


def test_a_finding_that_a_rule_called_wrong_is_no_label(desk: Store, tmp_path: Path) -> None:
    """The rest of the change was acknowledged and stays; what was wrong counts as wrongly found."""
    alert = find(desk, "acme@2-3").record.alert
    rule = propose("acme", "acme@2-3", alert.findings, [], category="sale")
    reject(desk, "acme@2-3", rule, who="Ines", at=LATER)
    decide(desk, "acme@2-3", "acknowledge", who="Ines", at=LATER)
    (label,) = exported(desk, tmp_path / "out")
    assert {change["category"] for change in label["changes"]} == {"notice"}  # type: ignore[attr-defined]
    assert score(run(tmp_path / "out"))["confusion"]["category"]["wrong"] == ["acme@2-3:sale"]
