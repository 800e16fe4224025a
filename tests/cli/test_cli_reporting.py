"""The command `report`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Call


def test_reports_as_files_and_to_a_pipe(told: Call, tmp_path: Path) -> None:
    """The format follows the file's ending; an unknown change is a fault that names it."""
    page, paper = tmp_path / "report.html", tmp_path / "report.docx"
    result = told("report", "loom@1-2", "-o", str(page))
    assert result.code == 0
    assert str(page) in result.out
    assert "Notice of changes" in page.read_text(encoding="utf-8")
    month = datetime.now(UTC).strftime("%Y-%m")
    piped = told("report", "--month", month, "--policy", "loom", "-o", "-")
    assert piped.code == 0
    assert "loom@1-2" in piped.out
    unknown = told("report", "loom@7-8")
    assert unknown.code == 3
    assert "7" in unknown.err
    pytest.importorskip("docx", reason="needs the extra docx")
    assert told("report", "loom@1-2", "-o", str(paper)).code == 0
    assert paper.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("words", "told_by"),
    [
        ((), "give either a change"),
        (("loom@1-2", "--month", "2026-10"), "give either a change"),
        (("loom@1-2", "--tag", "x"), "about a period"),
        (("loom@1-2", "--format", "odt"), "none of html, pdf, docx"),
        (("loom@1-2", "-o", "report.odt"), "none of html, pdf, docx"),
        (("--month", "2026-13"), "--month"),
    ],
)
def test_what_is_not_understood(call: Call, words: tuple[str, ...], told_by: str) -> None:
    """Exit code 2, with what to write instead, before anything is opened."""
    result = call("report", *words)
    assert result.code == 2
    assert told_by in result.err
