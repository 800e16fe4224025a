"""What a tree of processes costs: processor time, and memory as Linux shares it out."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all its living descendants."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            parent = int(_stat(int(folder.name))[1])
            children.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a tree so far, with that of children already waited for."""
    total = 0
    for member in family(pid):
        with contextlib.suppress(OSError, IndexError):
            total += sum(int(field) for field in _stat(member)[11:15])
    return total / _TICKS


def memory_mb(pid: int) -> float:
    """The proportional set size of a tree, in MB."""
    total = 0
    for member in family(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{member}/smaps_rollup").read_text("ascii").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


class Watch:
    """The peak of a tree's memory while it is watched, and its processor time, start to end.

    A context manager; a process that ends meanwhile keeps what was last seen of it.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.peak_mb = 0.0
        self.cpu = 0.0
        self.wall = 0.0

    def __enter__(self) -> Watch:
        self._began, self._cpu = time.monotonic(), cpu_seconds(self._pid)
        self._thread.start()
        return self

    @property
    def running(self) -> float:
        """Seconds since it was entered."""
        return time.monotonic() - self._began

    def __exit__(self, *_: object) -> None:
        self.cpu = max(self.cpu, cpu_seconds(self._pid) - self._cpu)
        self.wall = time.monotonic() - self._began
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.2):
            self.peak_mb = max(self.peak_mb, memory_mb(self._pid))


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: state, parent, ..., utime at 11."""
    return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
