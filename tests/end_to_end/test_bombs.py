"""Hostile sources beside honest ones: each ends in a clear error, and the others go on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.end_to_end.bombing import HONEST, KINDS, WIRE, Figures, bombard
from tests.end_to_end.bombs import DOCUMENTS, PAGES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in /proc")
FEW = (
    "br", "zstd", "drip", "drip-head", "gigabyte", "huge-header", "loop", "long-way",
    "attributes", "colspan", "docx-deep", "docx-laughs", "docx-nested",
)  # fmt: skip


def assert_borne(figures: Figures, kinds: tuple[str, ...]) -> None:
    """Nothing hostile became a version, all was explained, and honest policies were followed."""
    assert figures.exit_code == 0, figures.log[-4000:]
    assert "Traceback" not in figures.log
    assert figures.said.keys() == set(kinds)
    for kind, (result, error_kind, told) in figures.said.items():
        assert result == ("suspect" if kind in PAGES or kind in DOCUMENTS else "failed"), kind
        assert bool(error_kind) == (result == "failed"), kind
        assert len(told.split()) >= 5, (kind, told)
    for kind in {"drip", "drip-head"} & figures.said.keys():
        assert figures.said[kind][1] == "timeout"
    for kind in {"loop", "long-way"} & figures.said.keys():
        assert figures.said[kind][1] == "redirect"
    for name in HONEST:
        results = figures.honest_checks[name]
        assert results.pop("first") == 1
        assert results.keys() == {"changed"}, "each honest page is another, and was read"


def test_hostile_sources_beside_honest_ones(tmp_path: Path) -> None:
    """Bombs, drips, loops and documents that unfold end in words; the honest go on being read."""
    figures = bombard(tmp_path, FEW, mebibytes=32, deadline=8, reading=5)
    assert_borne(figures, FEW)
    assert set(FEW) - set(PAGES) - set(DOCUMENTS) <= {"br", "zstd", *WIRE}


@pytest.mark.campaign
def test_every_bomb_at_once(tmp_path: Path) -> None:
    """All kinds at once, each unfolding to half a gigabyte, within bounded memory."""
    figures = bombard(tmp_path, KINDS)
    print({name: value for name, value in vars(figures).items() if name != "log"})
    assert_borne(figures, KINDS)
    assert figures.daemon_peak_mb < 300
