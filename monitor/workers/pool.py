"""A pool of workers: hands out tasks, kills what is too slow or too large, words what went wrong.

Each worker has a pipe of its own, so that killing one or losing one touches no other task. A timer
kills a worker that is over its time, wherever it hangs; the kernel's limits bound its memory. A
worker that a task left large is replaced, or the next page would pay for the last one.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import queue
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import ParamSpec, TypeVar, cast

from monitor.config import ExtractionSettings
from monitor.errors import ExtractionError, MonitorError
from monitor.workers import life
from monitor.workers.nursery import Child, Nursery

P = ParamSpec("P")
T = TypeVar("T")

#: All pools of this process share what the nursery has loaded.
_NURSERY = Nursery()

_KEPT = 1 / 8


class Workers:
    """A pool of killable processes; use it as an async context manager.

    ``settings`` bound each task: ``timeout`` and ``max_memory_mb`` (on top of what an idle worker
    takes). Functions must be importable by name, arguments and results picklable. ``eager`` starts
    the processes at once; otherwise each starts with its first task. ``kept`` is the share of that
    memory that a worker may hold after a task: what it remembers makes it quick at texts that are
    alike, and a page of a stranger must not make the next one pay.
    """

    def __init__(
        self,
        settings: ExtractionSettings | None = None,
        *,
        eager: bool = True,
        kept: float = _KEPT,
    ) -> None:
        self._eager = eager
        self._settings = settings or ExtractionSettings()
        count = self._settings.processes
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="worker")
        self._all = [_Worker(self._settings, kept) for _ in range(count)]
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._closed = False

    async def __aenter__(self) -> Workers:
        if self._eager:
            _NURSERY.open()
        for worker in self._all:
            if self._eager:
                self._threads.submit(worker.prepare)
            self._idle.put(worker)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in a worker and return its result.

        Raises what the function raised if that is a MonitorError, and ExtractionError where it
        failed otherwise, took too long, took too much memory, or took its process down.
        """
        if self._closed:
            raise ExtractionError("The worker processes have been stopped: nothing more is read.")
        task = pickle.dumps((function, args, kwargs))
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._call, task)
        return cast(T, answer)

    async def close(self) -> None:
        """Stop all workers; tasks still running end with ExtractionError. Can be called twice."""
        if self._closed:
            return
        self._closed = True
        for worker in self._all:
            worker.close()
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)

    def _call(self, task: bytes) -> object:
        worker = self._idle.get()
        try:
            if self._closed:
                raise ExtractionError("The worker processes were stopped before this was read.")
            return worker.call(task)
        finally:
            self._idle.put(worker)


class _Worker:
    """One process, started anew after each loss."""

    def __init__(self, settings: ExtractionSettings, kept: float) -> None:
        self._seconds = settings.timeout.total_seconds()
        self._megabytes = settings.max_memory_mb
        self._limits = life.Limits(self._megabytes, int(self._megabytes * kept), self._seconds)
        self._child: Child | None = None
        self._lock = threading.Lock()
        self._closed = False

    def prepare(self) -> None:
        """Have a process ready while nobody waits for it; who asks for it hears what is wrong."""
        with contextlib.suppress(ExtractionError):
            self.start()

    def start(self) -> Child:
        """The process; another one where it is not alive any more."""
        with self._lock:
            if self._closed:
                raise ExtractionError("The worker processes have been stopped.")
            if self._child is None or not self._child.lives():
                self._discard()
                self._child = _NURSERY.fork(self._limits)
            return self._child

    def call(self, task: bytes) -> object:
        """Hand over a pickled task and wait for the answer; a timer cuts the waiting short."""
        child = self.start()
        timed_out = threading.Event()
        timer = threading.Timer(self._seconds, _expire, (child, timed_out))
        timer.daemon = True
        timer.start()
        try:
            life.send(child.tasks, task)
            answer = life.receive(child.answers)
            worn = life.receive(child.answers)
        except (EOFError, OSError, ValueError) as error:
            raise self._lost(child, timed_out=timed_out.is_set()) from error
        finally:
            timer.cancel()
        if worn:
            with self._lock:
                self._discard()
            self.prepare()
        return _result(pickle.loads(answer), self._megabytes)

    def close(self) -> None:
        """Kill the process for good."""
        with self._lock:
            self._closed = True
            self._discard()

    def _lost(self, child: Child, *, timed_out: bool) -> ExtractionError:
        """Why a worker went away, in words; the next one is started at once."""
        with self._lock:
            code = None
            if self._child is child:
                self._child, code = None, child.end()
        if self._closed:
            return ExtractionError("The worker processes were stopped while this was being read.")
        self.prepare()
        if timed_out:
            return ExtractionError(
                f"Reading took longer than {self._seconds:g} s and was stopped. If the page is as "
                "large as that, raise [extraction] timeout."
            )
        if code == life.OUT_OF_MEMORY:
            return _too_large(self._megabytes)
        how = "" if code is None else f" ({_ending(code)})"
        return ExtractionError(
            f"The process that read the page ended{how}: the page is damaged, hostile, or needs "
            f"more than {self._megabytes} MB ([extraction] max_memory_mb)."
        )

    def _discard(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.end()


def _expire(child: Child, timed_out: threading.Event) -> None:
    timed_out.set()
    child.kill()


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _result(answer: tuple[str, object], megabytes: int) -> object:
    outcome, value = answer
    if outcome == "done":
        return value
    if outcome == "raised" and isinstance(value, MonitorError):
        raise value
    if outcome == "memory":
        raise _too_large(megabytes)
    error = ExtractionError(f"Reading failed inside a worker: {str(value).splitlines()[-1]}")
    error.add_note(str(value))
    raise error


def _too_large(megabytes: int) -> ExtractionError:
    return ExtractionError(
        f"Reading needed more than {megabytes} MB of memory and was stopped. If the page is as "
        "large as that, raise [extraction] max_memory_mb."
    )
