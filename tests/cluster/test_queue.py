"""The queue's tables in the store's database, and what may stand in them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest
from procrastinate.jobs import Status
from sqlalchemy.engine import URL, make_url

from monitor.cluster import queue
from monitor.cluster.batches import Batch
from monitor.errors import StoreError


async def execute(url: URL, statement: bytes) -> list[tuple[object, ...]]:
    """Rows of a statement, outside of the queue."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        cursor = await connection.execute(statement)
        return await cursor.fetchall() if cursor.description else []


async def test_processes_that_start_together_make_the_tables_once(empty_postgresql: str) -> None:
    """One makes them, the others wait for it; and so at the next start."""
    url = make_url(empty_postgresql)

    async def start() -> None:
        async with queue.opened(url):
            pass

    await asyncio.gather(*(start() for _ in range(5)))
    await start()
    (row,) = await execute(url, b"SELECT count(*) FROM procrastinate_jobs")
    assert row == (0,)


async def test_only_migrations_that_are_missing_are_applied(empty_postgresql: str) -> None:
    """The tables say which was the last: none is applied twice, and that is not taken back."""
    url = make_url(empty_postgresql)
    last = b"SELECT obj_description('procrastinate_jobs'::regclass)"
    async with queue.opened(url):
        pass
    ((newest,),) = await execute(url, last)
    assert isinstance(newest, str)
    table = "99.01.00_01_newer"
    await execute(url, f"COMMENT ON TABLE procrastinate_jobs IS '{table}'".encode())
    async with queue.opened(url):  # an older worker, started again beside newer ones
        pass
    assert await execute(url, last) == [(table,)]


def test_migrations_are_applied_from_the_one_that_was_last(tmp_path: Path) -> None:
    """In the order of their versions."""
    files = [
        tmp_path / f"{name}.sql" for name in ("03.00.00_01_a", "03.02.00_01_b", "03.10.00_01_c")
    ]
    for file in files:
        file.write_text(f"SELECT '{file.stem}'")
    wanted = [file.read_bytes() for file in files]
    assert list(queue.missing(files, made_by="03.00.00_01_a")) == wanted[1:]
    assert list(queue.missing(files, made_by="03.10.00_01_c")) == []


async def test_a_queue_of_another_program_is_refused(empty_postgresql: str) -> None:
    """It is left as it is."""
    url = make_url(empty_postgresql)
    await execute(url, b"CREATE TABLE procrastinate_jobs (id int)")
    with pytest.raises(StoreError, match="a database of its own"):
        async with queue.opened(url):
            pass
    assert await execute(url, b"SELECT * FROM procrastinate_jobs") == []


async def test_a_host_has_one_batch_waiting(empty_postgresql: str) -> None:
    """However many dispatchers see the same policies due."""
    url = make_url(empty_postgresql)
    async with queue.opened(url) as first, queue.opened(url) as second:
        batch = Batch("host", ("a", "b"))
        made = await asyncio.gather(*(queue.enqueue(app, batch) for app in (first, second) * 3))
        assert sorted(made) == [False] * 5 + [True]
        assert await queue.enqueue(second, Batch("other", ("c",)))
        assert await queue.batches_in(first) == ({"host", "other"}, {"a", "b", "c"})


async def test_a_lost_job_frees_its_host_and_may_have_a_twin_waiting(
    empty_postgresql: str,
) -> None:
    """It is taken out, not retried: beside its waiting twin it could not be queued again."""
    url = make_url(empty_postgresql)
    async with queue.opened(url) as app:
        await queue.enqueue(app, Batch("host", ("a",)))
        worker = await app.job_manager.register_worker()
        begun = await app.job_manager.fetch_job([queue.QUEUE], worker)
        assert begun is not None
        assert await queue.enqueue(app, Batch("host", ("b",)))
        assert await app.job_manager.fetch_job([queue.QUEUE], worker) is None  # the host is locked

        assert await queue.lost_jobs(app, 3600) == []
        await execute(
            url, b"UPDATE procrastinate_workers SET last_heartbeat = now() - '1h'::interval"
        )
        (lost,) = await queue.lost_jobs(app, 60)
        assert queue.policies_of(lost) == ("a",)
        assert await queue.forget(app, lost)
        assert not await queue.forget(app, lost)  # another worker has been quicker

        twin = await app.job_manager.fetch_job([queue.QUEUE], worker)
        assert twin is not None
        assert twin.status == Status.DOING.value
        assert queue.policies_of(twin) == ("b",)
