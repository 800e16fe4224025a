"""The life of a worker: limit itself, answer tasks until the pipe ends."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import struct
import traceback
from dataclasses import dataclass
from typing import IO

from monitor.errors import ExtractionError, MonitorError

#: What a worker ends with when it has no memory left even to say so.
OUT_OF_MEMORY = 77

_HEADER = struct.Struct(">Q")
_NO_MEMORY = pickle.dumps(("memory", ""))
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a task may take: ``megabytes`` beside what an idle worker takes, and ``seconds``.

    ``kept``: how many megabytes may stay taken after it. The parent's timer is stricter.
    """

    megabytes: int
    kept: int
    seconds: float


def live(tasks: IO[bytes], answers: IO[bytes], limits: Limits) -> None:
    """Answer tasks, each with its result and whether this process should be replaced."""
    idle = _limit_memory(limits.megabytes)
    try:
        while True:
            task = receive(tasks)
            _limit_time(limits.seconds)
            send(answers, _answer(task))
            del task
            send(answers, b"worn" if _is_worn(idle, limits.kept * _MIB) else b"")
    except (EOFError, BrokenPipeError):
        return
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


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


# --- limits --------------------------------------------------------------------------------------


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


def _is_worn(idle: int, most: int) -> bool:
    """Whether this process holds more bytes than it may keep, beside what it took when idle.

    Cycles are collected only where that may decide it: it takes as long as reading a page.
    """
    if _address_space() - idle <= most:
        return False
    gc.collect()
    return _address_space() - idle > most


def _limit_time(seconds: float) -> None:
    """Bound the processor time of an orphan: its parent's timer died with the parent."""
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF)
    bound = int(usage.ru_utime + usage.ru_stime + 2 * seconds + 10)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (bound, resource.RLIM_INFINITY))


# --- the pipe ------------------------------------------------------------------------------------


def send(pipe: IO[bytes], message: bytes) -> None:
    """Write a message with its length before it."""
    pipe.write(_HEADER.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """Read a message. EOFError where the other end is gone."""
    header = _exactly(pipe, _HEADER.size)
    return _exactly(pipe, _HEADER.unpack(header)[0])


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    message = pipe.read(size)
    if message is None or len(message) < size:
        raise EOFError
    return message
