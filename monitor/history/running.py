"""Replaying whole archives in worker processes, a bounded piece of a history at a time.

A worker that hangs, or takes too much memory, loses its piece only: the piece is replayed text by
text then, and the text at fault is reported as unreadable.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import replace

from monitor.errors import ExtractionError, MonitorError
from monitor.history.recorded import Archive, History
from monitor.history.replay import Capture, Position, Rules, Step, advance
from monitor.workers import Workers

#: A piece is small enough to be replayed well within a worker's time, large enough to be worth it.
PIECE, PIECE_BYTES = 48, 4_000_000

_STORING = 2

Progress = Callable[[int], None]


async def replay(
    workers: Workers, archive: Archive, history: History, rules: Rules
) -> AsyncGenerator[tuple[Position, tuple[Step, ...]]]:
    """Replay one history; gives the position after each piece, and the steps of the piece."""
    position = Position()
    for piece in _pieces(captures(archive, history)):
        try:
            position, steps = await workers.run(advance, position, piece, rules)
        except ExtractionError:
            position, steps = await _one_by_one(workers, position, piece, rules)
        yield position, steps


async def in_parallel(
    histories: Sequence[History],
    work: Callable[[History], AsyncGenerator[int]],
    advanced: Progress,
    *,
    processes: int,
) -> None:
    """Work on histories, the longest first; ``work`` gives how much of one is done.

    So many at a time that no process waits for what is stored, and no more: a process remembers
    what it read of the last few texts.

    The first MonitorError ends all work and is raised as it is.
    """

    async def one(history: History) -> None:
        async for done in work(history):
            advanced(done)

    longest_first = sorted(histories, key=lambda history: -len(history.records))
    gate = asyncio.Semaphore(processes + _STORING)

    async def bounded(history: History) -> None:
        async with gate:
            await one(history)

    try:
        async with asyncio.TaskGroup() as group:
            for history in longest_first:
                group.create_task(bounded(history))
    except ExceptionGroup as failures:
        ours = next((e for e in failures.exceptions if isinstance(e, MonitorError)), None)
        raise ours or failures from None


def captures(archive: Archive, history: History) -> Iterator[Capture]:
    """A history's recorded texts as captures, each with the time for which it stood."""
    ends = [record.at for record in history.records[1:]] + [history.until]
    contents = archive.read(history.records)
    for record, until, content in zip(history.records, ends, contents, strict=True):
        yield Capture(
            at=record.at,
            until=until,
            content=content.content,
            media_type=content.media_type,
            technical=record.technical,
            reference=record.reference,
            problem=content.problem,
        )


def _pieces(every: Iterator[Capture]) -> Iterator[tuple[Capture, ...]]:
    piece: list[Capture] = []
    size = 0
    for capture in every:
        piece.append(capture)
        size += len(capture.content)
        if len(piece) >= PIECE or size >= PIECE_BYTES:
            yield tuple(piece)
            piece, size = [], 0
    if piece:
        yield tuple(piece)


async def _one_by_one(
    workers: Workers, position: Position, piece: Sequence[Capture], rules: Rules
) -> tuple[Position, tuple[Step, ...]]:
    steps: list[Step] = []
    for capture in piece:
        try:
            position, done = await workers.run(advance, position, (capture,), rules)
        except ExtractionError as error:
            unreadable = replace(capture, problem=str(error), content=b"")
            position, done = await workers.run(advance, position, (unreadable,), rules)
        steps += done
    return position, tuple(steps)
