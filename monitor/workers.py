"""Worker processes that can be killed: hostile bytes are read there, never in the daemon itself.

    run(function, *args) -> a free worker -> result | ExtractionError

Each worker is a fresh interpreter with a pipe of its own, so that killing one (too slow, too
large) or losing one (crashed) touches no other task. A timer kills a worker that is over its time,
wherever it hangs; the kernel's limits bound its memory. A worker that a task left large is
replaced, or the next page would pay for the last one. Workers live in a session of their own:
Ctrl-C in a terminal reaches the daemon alone, and a worker whose daemon is gone reads the end of
its pipe and leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import IO, ParamSpec, TypeVar, cast

from monitor.config import ExtractionSettings
from monitor.errors import ExtractionError, MonitorError

P = ParamSpec("P")
T = TypeVar("T")

_HEADER = struct.Struct(">Q")
_START_SECONDS = 60.0
_SERVE = "from monitor.workers import serve; serve()"
#: What a worker ends with when it has no memory left even to say so.
_OUT_OF_MEMORY = 77
_NO_MEMORY = pickle.dumps(("memory", ""))
#: Seconds in which a process whose pipe has ended tells how it ended.
_ENDING = 2.0
_MIB = 1 << 20
#: One thread for each worker is plenty, and thread buffers would count as its memory.
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Workers:
    """A pool of killable processes; use it as an async context manager.

    ``settings`` bound each task: ``timeout`` and ``max_memory_mb`` (on top of what an idle worker
    takes). Functions must be importable by name, arguments and results picklable. ``eager`` starts
    the processes at once; otherwise each starts with its first task.
    """

    def __init__(self, settings: ExtractionSettings | None = None, *, eager: bool = True) -> None:
        self._eager = eager
        self._settings = settings or ExtractionSettings()
        count = self._settings.processes
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="worker")
        self._all = [_Worker(self._settings) for _ in range(count)]
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._closed = False

    async def __aenter__(self) -> Workers:
        for worker in self._all:
            if self._eager:
                worker.start()
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

    def __init__(self, settings: ExtractionSettings) -> None:
        self._seconds = settings.timeout.total_seconds()
        self._megabytes = settings.max_memory_mb
        self._process: subprocess.Popen[bytes] | None = None
        self._ready: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._closed = False

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process unless it is alive; it gets ready while nobody waits for it."""
        with self._lock:
            if self._closed:
                raise ExtractionError("The worker processes have been stopped.")
            if self._process is not None and self._process.poll() is None:
                return self._process
            self._discard()
            environment = {
                **os.environ,
                **dict.fromkeys(_ONE_THREAD, "1"),
                "PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path),
                "POLICYWATCH_WORKER_MB": str(self._megabytes),
                "POLICYWATCH_WORKER_SECONDS": str(self._seconds),
            }
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
            return self._process

    def call(self, task: bytes) -> object:
        """Hand over a pickled task and wait for the answer; a timer cuts the waiting short."""
        process = self.start()
        self._exchange(process, None, _START_SECONDS)
        answer = self._exchange(process, task, self._seconds)
        return _result(pickle.loads(answer), self._megabytes)

    def _exchange(
        self, process: subprocess.Popen[bytes], task: bytes | None, seconds: float
    ) -> bytes:
        """Send a task (None: wait until a fresh process is ready) and receive what comes back."""
        assert process.stdin is not None
        assert process.stdout is not None
        if task is None and self._ready is process:
            return b""
        timed_out = threading.Event()
        timer = threading.Timer(seconds, _expire, (process, timed_out))
        timer.daemon = True
        timer.start()
        worn = b""
        try:
            if task is not None:
                _send(process.stdin, task)
            answer = _receive(process.stdout)
            if task is not None:
                worn = _receive(process.stdout)
        except (EOFError, OSError, ValueError) as error:
            raise self._lost(process, timed_out=timed_out.is_set()) from error
        finally:
            timer.cancel()
        self._ready = process
        if worn:
            self._replace()
        return answer

    def _replace(self) -> None:
        """Another process for the next task."""
        with self._lock:
            self._discard()
        with contextlib.suppress(ExtractionError, OSError):
            self.start()

    def close(self) -> None:
        """Kill the process for good."""
        with self._lock:
            self._closed = True
            self._discard()

    def _lost(self, process: subprocess.Popen[bytes], *, timed_out: bool) -> ExtractionError:
        """Why a worker went away, in words; the next one is started at once."""
        code = _ended(process)
        if self._closed:
            return ExtractionError("The worker processes were stopped while this was being read.")
        with contextlib.suppress(ExtractionError, OSError):
            self.start()
        if timed_out:
            return ExtractionError(
                f"Reading took longer than {self._seconds:g} s and was stopped. If the page is as "
                "large as that, raise [extraction] timeout."
            )
        if code == _OUT_OF_MEMORY:
            return _too_large(self._megabytes)
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return ExtractionError(
            f"The process that read the page ended ({how}): the page is damaged, hostile, or needs "
            f"more than {self._megabytes} MB ([extraction] max_memory_mb)."
        )

    def _discard(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _expire(process: subprocess.Popen[bytes], timed_out: threading.Event) -> None:
    timed_out.set()
    process.kill()


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


def _ended(process: subprocess.Popen[bytes]) -> int:
    """The exit code of a process whose pipe has ended; one that lingers is killed."""
    try:
        return process.wait(_ENDING)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _too_large(megabytes: int) -> ExtractionError:
    return ExtractionError(
        f"Reading needed more than {megabytes} MB of memory and was stopped. If the page is as "
        "large as that, raise [extraction] max_memory_mb."
    )


# --- in the worker -------------------------------------------------------------------------------


def serve() -> None:
    """The life of a worker: warm up, limit itself, say so, answer tasks until the pipe ends."""
    for stop in (signal.SIGINT, signal.SIGTERM):  # the end of the pipe is what ends a worker
        signal.signal(stop, signal.SIG_IGN)
    tasks = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not print into the answers
    seconds = float(os.environ["POLICYWATCH_WORKER_SECONDS"])
    megabytes = int(os.environ["POLICYWATCH_WORKER_MB"])
    _warm_up()
    idle = _limit_memory(megabytes)
    try:
        _send(answers, b"ready")
        while True:
            task = _receive(tasks)
            _limit_time(seconds)
            _send(answers, _answer(task))
            del task
            _send(answers, b"worn" if _grown(idle) > megabytes * _MIB // 8 else b"")
    except (EOFError, BrokenPipeError):
        return
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)


def _answer(task: bytes) -> bytes:
    try:
        function, args, kwargs = pickle.loads(task)
        return pickle.dumps(("done", function(*args, **kwargs)))
    except MonitorError as error:
        return _raised(error)
    except MemoryError:
        return _NO_MEMORY
    except Exception:  # noqa: BLE001 - the edge of the process: told to the parent in full
        return pickle.dumps(("failed", traceback.format_exc()))


def _raised(error: MonitorError) -> bytes:
    """The error itself where it survives pickling, else its words."""
    try:
        pickled = pickle.dumps(("raised", error))
        pickle.loads(pickled)
    except (TypeError, AttributeError, pickle.PicklingError):
        return pickle.dumps(("raised", ExtractionError(str(error))))
    return pickled


def _warm_up() -> None:
    """Load what every task needs (language model, patterns), so that no task pays for it."""
    from monitor.extraction import read_document

    read_document(b"<p>We may update this policy. Last updated: 1 January 2024. " * 4)


def _limit_memory(megabytes: int) -> int:
    """Allow this much address space beyond what is taken now, and no core dumps.

    Returns what is taken now, in bytes; 0 where that cannot be known.
    """
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    taken = _address_space()
    if taken:
        allowed = taken + megabytes * _MIB
        resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    return taken


def _address_space() -> int:
    """The size of this process in bytes; 0 where the system does not say (not Linux)."""
    import resource

    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:  # the timeout alone has to do
        return 0


def _grown(idle: int) -> int:
    """By how many bytes this process is larger than it was when idle."""
    grown = _address_space() - idle
    if grown > _MIB:
        gc.collect()
        grown = _address_space() - idle
    return grown


def _limit_time(seconds: float) -> None:
    """Bound the processor time of an orphan: its parent's timer died with the parent."""
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF)
    bound = int(usage.ru_utime + usage.ru_stime + 2 * seconds + 10)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (bound, resource.RLIM_INFINITY))


# --- the pipe ------------------------------------------------------------------------------------


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_HEADER.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    header = _exactly(pipe, _HEADER.size)
    return _exactly(pipe, _HEADER.unpack(header)[0])


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    message = pipe.read(size)
    if message is None or len(message) < size:
        raise EOFError
    return message
