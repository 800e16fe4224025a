"""One process that has loaded what every task needs, and forks workers on request.

A worker so starts in milliseconds, and shares with all others the memory of what was loaded (the
language model, patterns, libraries). The nursery reads nothing of a page and has one thread, so
that forking it is safe. It is alone in its session with its workers: Ctrl-C in a terminal reaches
the daemon only. When the daemon is gone it reads the end of its socket and leaves; a worker reads
the end of its pipe.

    daemon  --  {"do": "fork", ...} and two pipes  -->  nursery  --  fork  -->  worker
            <--  {"pid": 4711}  --
            --  {"do": "end", "pid": 4711}  -->  kills what still lives, reaps it
            <--  {"code": -9}  --

A worker that ended is not reaped before the daemon asks how: its number stays its own till then.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from typing import IO, Any

from monitor.errors import ExtractionError
from monitor.workers import life

_TEND = "import sys; from monitor.workers.nursery import tend; tend(int(sys.argv[1]))"
#: Seconds in which everything is loaded, on a machine that is busy.
_START_SECONDS = 60.0
#: Seconds in which a process whose pipe has ended ends by itself.
_ENDING = 2.0
_LARGEST = 1 << 20
#: One thread for each worker is plenty, and thread buffers would count as its memory.
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Child:
    """A worker as its parent sees it: a number and two pipes."""

    def __init__(self, pid: int, tasks: IO[bytes], answers: IO[bytes], nursery: Nursery) -> None:
        self.pid, self.tasks, self.answers = pid, tasks, answers
        self._nursery = nursery
        self._lock = threading.Lock()
        self._over = False

    def lives(self) -> bool:
        """Whether the other end of the pipe is still held."""
        poll = select.poll()
        poll.register(self.answers, select.POLLIN)
        return not any(event & select.POLLHUP for _, event in poll.poll(0))

    def kill(self) -> None:
        """Kill it now; ``end`` has to follow. Does nothing to one that ended: its number may be
        another's by now.
        """
        with self._lock, contextlib.suppress(ProcessLookupError):
            if not self._over:
                os.kill(self.pid, signal.SIGKILL)

    def end(self, patience: float = _ENDING) -> int | None:
        """How it ended, as ``Popen.returncode``; it is killed where it outlives ``patience``.

        None where the nursery itself is gone, and nobody can say.
        """
        with self._lock:
            self._over = True
        for pipe in (self.tasks, self.answers):
            with contextlib.suppress(OSError):
                pipe.close()
        return self._nursery.end(self.pid, patience)


class Nursery:
    """The process that forks; started with the first worker, and anew where it was lost."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Let it load while nobody waits for it."""
        with self._lock, contextlib.suppress(OSError):  # whoever needs it hears what is wrong
            self._ready()

    def fork(self, limits: life.Limits) -> Child:
        """Another worker. ExtractionError where none can be started."""
        their_tasks, tasks = os.pipe()
        answers, their_answers = os.pipe()
        asked = {"do": "fork", "path": sys.path, "limits": asdict(limits)}
        try:
            told = self._ask(asked, (their_tasks, their_answers))
            if "pid" not in told:
                raise ExtractionError(f"No process could be started to read pages: {told}")
        except BaseException:
            os.close(tasks)
            os.close(answers)
            raise
        finally:
            os.close(their_tasks)
            os.close(their_answers)
        return Child(told["pid"], os.fdopen(tasks, "wb"), os.fdopen(answers, "rb"), self)

    def end(self, pid: int, patience: float) -> int | None:
        """Reap a worker, and kill it before where it does not end by itself."""
        with self._lock:
            if self._socket is None:
                return None
            try:
                told = _exchange(self._socket, {"do": "end", "pid": pid, "patience": patience})
            except (OSError, EOFError, ValueError):
                self._forget()
                return None
        code: int | None = told.get("code")
        return code

    def _ask(self, asked: dict[str, Any], pipes: tuple[int, ...]) -> dict[str, Any]:
        """One answer; of a nursery that was lost meanwhile (killed, out of memory) a second one."""
        with self._lock:
            for last in (False, True):
                try:
                    return _exchange(self._ready(), asked, pipes)
                except (OSError, EOFError, ValueError) as error:
                    self._forget()
                    if last:
                        raise ExtractionError(
                            f"No process could be started to read pages: {error or 'it ended'}."
                        ) from error
        raise AssertionError("not reached")

    def _ready(self) -> socket.socket:
        if self._socket is not None:
            return self._socket
        ours, theirs = socket.socketpair()
        ours.settimeout(_START_SECONDS)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _TEND, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={
                    **os.environ,
                    **dict.fromkeys(_ONE_THREAD, "1"),
                    "PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path),
                },
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._socket = ours
        atexit.register(self._forget)
        return ours

    def _forget(self) -> None:
        atexit.unregister(self._forget)
        if self._socket is not None:
            self._socket.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._socket = self._process = None


def _exchange(
    link: socket.socket, asked: dict[str, Any], pipes: tuple[int, ...] = ()
) -> dict[str, Any]:
    message = json.dumps(asked).encode()
    if pipes:
        socket.send_fds(link, [message], pipes)
    else:
        link.sendall(message)
    told = link.recv(_LARGEST)
    if not told:
        raise EOFError
    answer: dict[str, Any] = json.loads(told)
    return answer


# --- in the nursery ------------------------------------------------------------------------------


def tend(link: int) -> None:
    """The life of the nursery: warm up, then fork and reap until the socket ends."""
    for stop in (signal.SIGINT, signal.SIGTERM):  # the end of the socket is what ends it
        signal.signal(stop, signal.SIG_IGN)
    os.dup2(2, 1)  # whatever a task prints must be seen, and go nowhere else
    _warm_up()
    gc.collect()
    gc.freeze()  # what is shared stays shared: the collector does not write to it
    with socket.socket(fileno=link) as ours:
        while True:
            message, pipes, _, _ = socket.recv_fds(ours, _LARGEST, 2)
            if not message:
                return
            asked = json.loads(message)
            if asked["do"] == "end":
                told: dict[str, Any] = {"code": _reaped(asked["pid"], asked["patience"])}
            else:
                try:
                    told = {"pid": _forked(ours, asked, pipes)}
                except OSError as error:
                    told = {"error": str(error)}
            ours.sendall(json.dumps(told).encode())


def _forked(link: socket.socket, asked: dict[str, Any], pipes: list[int]) -> int:
    """The number of a new worker. In the worker itself this does not return."""
    try:
        pid = os.fork()
        if pid == 0:
            link.close()
            sys.path[:] = asked["path"]
            with os.fdopen(pipes[0], "rb") as tasks, os.fdopen(pipes[1], "wb") as answers:
                life.live(tasks, answers, life.Limits(**asked["limits"]))
            os._exit(0)
    finally:
        for pipe in pipes:
            os.close(pipe)
    return pid


def _reaped(pid: int, patience: float) -> int | None:
    """The exit code of a worker, or minus the signal that killed it; None of another nursery's."""
    until = time.monotonic() + patience
    while True:
        try:
            found, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            return None
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= until:
            os.kill(pid, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        time.sleep(0.005)


def _warm_up() -> None:
    """Load what every task needs: language model, lexicon, patterns. No task then pays for it."""
    from monitor.commitments import commitments_of
    from monitor.extraction import read_document

    commitments_of(read_document(b"<p>We may change this policy. Last updated: 1 May 2024. " * 4))
