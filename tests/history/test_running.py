"""Replaying in worker processes that can be lost."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import ExtractionError, StoreError
from monitor.history import History, OpenTermsArchive, Position, Rules, Step, advance
from monitor.history.running import captures, in_parallel, replay
from monitor.workers import Workers
from tests.history.archives import policy_text, recorded, repository


async def test_workers_give_what_one_process_gives(tmp_path: Path, workers: Workers) -> None:
    """Cut into pieces and sent around, a history comes to the same."""
    texts = [policy_text(30, f"Our office has {n % 7} windows.") for n in range(70)]
    archive = OpenTermsArchive(repository(tmp_path / "a", recorded(*texts)))
    (history,) = archive.histories
    steps: list[Step] = []
    pieces = 0
    async for _, more in replay(workers, archive, history, Rules()):
        steps += more
        pieces += 1
    assert pieces == 2
    assert tuple(steps) == advance(Position(), list(captures(archive, history)), Rules())[1]


class Fragile(Workers):
    """Workers that lose their process over one text, as over one that takes too much memory."""

    def __init__(self) -> None:
        super().__init__()
        self.losses = 0

    async def run(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        _, piece, _ = args
        if any(b"bomb" in capture.content for capture in piece):
            self.losses += 1
            raise ExtractionError("Reading needed more than 256 MB of memory and was stopped.")
        return function(*args, **kwargs)


async def test_a_worker_that_is_lost_loses_one_text(tmp_path: Path) -> None:
    """The text at fault is unreadable; the others of its piece are replayed."""
    texts = [policy_text(30), "bomb", policy_text(14)]
    archive = OpenTermsArchive(repository(tmp_path / "a", recorded(*texts)))
    (history,) = archive.histories
    workers = Fragile()
    steps = [s async for _, more in replay(workers, archive, history, Rules()) for s in more]
    assert [step.outcome for step in steps] == ["first", "unreadable", "changed"]
    assert "256 MB" in steps[1].reasons[0].detail
    assert workers.losses == 2, "once with its piece, once alone"


async def test_a_fault_of_the_store_reaches_people_as_it_is(tmp_path: Path) -> None:
    """Not wrapped in a group of exceptions, so that the command line can say it."""
    archive = OpenTermsArchive(repository(tmp_path / "a", recorded("one")))

    async def fail(history: History) -> AsyncGenerator[int]:
        yield 1
        raise StoreError(f"{history.policy}: the disk is full")

    with pytest.raises(StoreError, match="disk is full"):
        await in_parallel(archive.histories, fail, lambda _: None, processes=1)
