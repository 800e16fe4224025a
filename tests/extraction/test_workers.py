"""Worker processes: real hangs, real memory hogs, real crashes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import ExtractionSettings
from monitor.errors import ExtractionError, MonitorError
from monitor.extraction import read_document
from monitor.workers import Workers
from tests.extraction import worker_tasks
from tests.extraction.pages_of_policy import OPENING, article

SETTINGS = ExtractionSettings(processes=2, timeout=timedelta(seconds=4), max_memory_mb=256)


@pytest.fixture(scope="module")
def workers():
    """One pool for all tests here: it belongs to no event loop, and starting it is what costs."""
    pool = Workers(SETTINGS)
    asyncio.run(pool.__aenter__())
    yield pool
    asyncio.run(pool.close())


async def test_a_document_is_read_in_another_process(workers):
    """A page read by a worker is the Document that reading it here gives."""
    content = article("").encode()
    document = await workers.run(read_document, content, media_type="text/html")
    assert OPENING in document.text
    assert document == read_document(content, media_type="text/html")
    assert await workers.run(worker_tasks.pid) != os.getpid()


async def test_bad_tasks_fail_alone(workers):
    """Tasks that hang, crash, leave or want too much give errors; those beside them, results."""
    expected = {
        worker_tasks.hang_in_c: r"longer than 4 s.*\[extraction\] timeout",
        worker_tasks.hog: r"256 MB.*max_memory_mb",
        worker_tasks.crash: "SIGSEGV",
        worker_tasks.leave: "exit code 0",
    }
    tasks = [workers.run(task) for task in expected]
    tasks += [workers.run(worker_tasks.double, number) for number in range(6)]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for words, error in zip(expected.values(), results, strict=False):
        assert isinstance(error, ExtractionError)
        assert re.search(words, str(error))
    assert results[len(expected) :] == [0, 2, 4, 6, 8, 10]


async def test_a_bug_keeps_its_traceback(workers):
    """An unexpected exception becomes an ExtractionError that carries the whole story."""
    with pytest.raises(ExtractionError, match="ZeroDivisionError") as caught:
        await workers.run(worker_tasks.fail)
    assert "worker_tasks.py" in "".join(caught.value.__notes__)


async def test_our_own_errors_pass_unchanged(workers):
    """An error raised on purpose arrives with its words, even one that cannot be pickled."""
    with pytest.raises(ExtractionError, match="this page is empty"):
        await workers.run(worker_tasks.refuse)
    with pytest.raises(MonitorError, match="no such host"):
        await workers.run(worker_tasks.refuse_to_fetch)


async def test_printing_and_large_answers_do_not_disturb(workers):
    """What a task prints stays out of the answers, and answers may be large."""
    assert await workers.run(worker_tasks.chatter) == "said"
    assert len(await workers.run(worker_tasks.big, 20_000_000)) == 20_000_000
    with pytest.raises(ExtractionError, match="pickle"):
        await workers.run(worker_tasks.secret)


async def test_stop_signals_of_a_terminal_do_not_reach_workers(workers):
    """Workers ignore SIGINT and SIGTERM and stand in another process group."""
    pid = await workers.run(worker_tasks.pid)
    assert os.getpgid(pid) != os.getpgid(0)
    os.kill(pid, signal.SIGINT)
    os.kill(pid, signal.SIGTERM)
    pids = {await workers.run(worker_tasks.pid) for _ in range(4)}
    assert pid in pids


async def test_closing_ends_running_tasks():
    """Closing kills what still runs, answers it with an error, and leaves no process behind."""
    async with Workers(
        SETTINGS.model_copy(update={"processes": 1, "timeout": timedelta(seconds=60)})
    ) as pool:
        pid = await pool.run(worker_tasks.pid)
        running = asyncio.create_task(pool.run(worker_tasks.hang))
        await asyncio.sleep(0.1)
    with pytest.raises(ExtractionError, match="stopped"):
        await running
    with pytest.raises(ExtractionError, match="stopped"):
        await pool.run(worker_tasks.double, 1)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_cancelled_wait_does_not_lose_a_worker(workers):
    """Whoever stops waiting for a task leaves the pool in order."""
    waiting = asyncio.create_task(workers.run(worker_tasks.hang))
    await asyncio.sleep(0.1)
    waiting.cancel()
    assert await asyncio.gather(*(workers.run(worker_tasks.double, n) for n in range(4)))


async def test_a_worker_that_a_task_left_large_is_replaced():
    """What one page took and did not give back does not count against the next."""
    async with Workers(SETTINGS.model_copy(update={"processes": 1})) as pool:
        first = await pool.run(worker_tasks.pid)
        assert await pool.run(worker_tasks.keep, 30) > 0
        assert await pool.run(worker_tasks.pid) == first, "a little more is no reason"
        await pool.run(worker_tasks.keep, 150)
        assert await pool.run(worker_tasks.keep, 150) > 0
        assert await pool.run(worker_tasks.pid) != first


async def test_a_pool_may_let_its_workers_keep_more():
    """Processes that read whole histories stay, with what they remember of the last texts."""
    async with Workers(SETTINGS.model_copy(update={"processes": 1}), kept=1 / 2) as pool:
        first = await pool.run(worker_tasks.pid)
        await pool.run(worker_tasks.keep, 80)
        assert await pool.run(worker_tasks.pid) == first
        await pool.run(worker_tasks.keep, 100)
        assert await pool.run(worker_tasks.pid) != first


async def test_a_task_without_memory_left_to_fail_says_so():
    """A task that uses up its memory in many small pieces ends in words about memory."""
    patient = SETTINGS.model_copy(update={"processes": 1, "timeout": timedelta(seconds=60)})
    async with Workers(patient) as pool:
        with pytest.raises(ExtractionError, match=r"256 MB.*max_memory_mb"):
            await pool.run(worker_tasks.hoard)
        assert await pool.run(worker_tasks.double, 2) == 4


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits to be asked how does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        return stat.rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_all_workers_are_forked_from_one_that_has_loaded_everything(workers):
    """A pool of its own costs no loading of its own."""
    async with Workers(SETTINGS) as pool:
        mothers = {await pool.run(worker_tasks.parent), await workers.run(worker_tasks.parent)}
    assert len(mothers) == 1


async def test_a_lost_nursery_costs_no_task(workers):
    """Its workers go on; one that ends is replaced by one of another nursery."""
    mother = await workers.run(worker_tasks.parent)
    os.kill(mother, signal.SIGKILL)
    assert await workers.run(worker_tasks.double, 2) == 4
    for task in (worker_tasks.crash, worker_tasks.crash, worker_tasks.leave):
        with pytest.raises(ExtractionError, match="process that read the page ended"):
            await workers.run(task)
    assert await workers.run(worker_tasks.double, 3) == 6
    assert await workers.run(worker_tasks.parent) not in (mother, 1)


def test_nothing_outlives_a_daemon_that_was_killed():
    """Neither the nursery nor its workers, though nobody told them."""
    code = (
        "import asyncio, os\n"
        "from monitor.workers import Workers\n"
        "from tests.extraction import worker_tasks\n"
        "async def main():\n"
        "    async with Workers() as pool:\n"
        "        tasks = (worker_tasks.pid, worker_tasks.parent)\n"
        "        print(*[await pool.run(task) for task in tasks], flush=True)\n"
        "        os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 2
    until = time.monotonic() + 30
    while any(alive(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(alive(pid) for pid in pids)
