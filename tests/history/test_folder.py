"""Dated files as a history."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.history import DatedFiles
from monitor.history.folder import dated


def opened(folder: Path, **more: int) -> DatedFiles:
    """A folder as an archive of the policy "loom"."""
    return DatedFiles(folder, policy="loom", media_type_of=lambda _: "text/markdown", **more)


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("2024-03-01.html", datetime(2024, 3, 1, tzinfo=UTC)),
        ("privacy-2024-03-01.md", datetime(2024, 3, 1, tzinfo=UTC)),
        ("20240301_terms.pdf", datetime(2024, 3, 1, tzinfo=UTC)),
        ("2024.03.01 policy.txt", datetime(2024, 3, 1, tzinfo=UTC)),
        ("privacy_2024-03-01T14-30-05Z.html", datetime(2024, 3, 1, 14, 30, 5, tzinfo=UTC)),
        ("20240301143005.html", datetime(2024, 3, 1, 14, 30, 5, tzinfo=UTC)),
        ("1234567890.md", None),
        ("2024-13-01.md", None),
        ("2024-02-30.md", None),
        ("privacy.md", None),
    ],
)
def test_the_date_in_a_name(name: str, at: datetime | None) -> None:
    """A date is one only if the calendar has it."""
    assert dated(name) == at


def test_files_come_in_the_order_of_their_dates(tmp_path: Path) -> None:
    """Whatever the names sort like."""
    for name in ("b-2024-01-01.md", "a-2024-03-01.md", "c-2023-05-05.md"):
        (tmp_path / name).write_text(name)
    archive = opened(tmp_path)
    (history,) = archive.histories
    contents = [content.content.decode() for content in archive.read(history.records)]
    assert contents == ["c-2023-05-05.md", "b-2024-01-01.md", "a-2024-03-01.md"]


def test_what_is_no_dated_file_is_named_and_left(tmp_path: Path) -> None:
    """Links are not followed, folders are not entered, undated files are not guessed."""
    (tmp_path / "2024-03-01.md").write_text("good")
    (tmp_path / "2024-03-02.md").symlink_to("/etc/passwd")
    (tmp_path / "2024-03-03").mkdir()
    (tmp_path / "notes.txt").write_text("no date")
    archive = opened(tmp_path)
    assert [record.key for record in archive.histories[0].records] == ["2024-03-01.md"]
    assert {s.where: s.why for s in archive.skipped} == {
        "2024-03-02.md": "is not a plain file",
        "2024-03-03": "is not a plain file",
        "notes.txt": "has no date like 2024-03-01 in its name",
    }


def test_a_huge_or_vanished_file_is_told(tmp_path: Path) -> None:
    """Neither stops the others."""
    for day, size in ((1, 10), (2, 2000), (3, 10)):
        (tmp_path / f"2024-03-0{day}.md").write_text("x" * size)
    archive = opened(tmp_path, max_bytes=1000)
    (tmp_path / "2024-03-01.md").unlink()
    problems = [bool(c.problem) for c in archive.read(archive.histories[0].records)]
    assert problems == [True, True, False]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """The message says what to name instead."""
    with pytest.raises(StoreError, match="name a folder of dated files"):
        opened(tmp_path / "nowhere")


def test_a_folder_without_dated_files_has_no_history(tmp_path: Path) -> None:
    """Nothing to replay is nothing, not an empty policy."""
    assert opened(tmp_path).histories == ()
