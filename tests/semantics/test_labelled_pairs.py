"""The labelled pairs of real policies, where they are present beside the repository."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT.parent / "shared" / "eval"


@pytest.mark.skipif(not FOLDER.exists(), reason="the labelled pairs are not on this machine")
def test_the_labelled_pairs_score_no_worse_than_before() -> None:
    """Alerts, captures, categories and directions stay above their floors."""
    spec = importlib.util.spec_from_file_location("bench", ROOT / "benchmarks" / "semantics.py")
    assert spec is not None
    assert spec.loader is not None
    bench: Any = importlib.util.module_from_spec(spec)
    sys.modules["bench"] = bench  # dataclasses look their module up
    spec.loader.exec_module(bench)
    scores = bench.score(bench.run(FOLDER))
    assert scores["alert"]["f1"] >= 0.95, scores["confusion"]["alert"]
    assert scores["capture"]["f1"] >= 0.95, scores["confusion"]["capture"]
    assert scores["category"]["f1"] >= 0.76, scores["confusion"]["category"]
    assert scores["direction"] >= 0.97
    assert scores["severity"] >= 0.80
    assert bench.minimal(FOLDER)["missed"] == []
