"""The lock that makes a daemon the only one on its store.

An OS lock (flock) on a file beside the database: the kernel releases it when the process ends,
however it ends, so there is nothing to clean up. The file's text only tells who holds it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import StoreError


class DaemonLock:
    """Held from construction to ``release`` or the end of the process, forks not counted.

    Its file is the database's with ".lock" at the end.
    """

    def __init__(self, database: Path, now: datetime) -> None:
        self.database = database
        self.path = path = database.with_name(database.name + ".lock")
        try:
            self._fd: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(
                f"cannot create the lock file {path}: {error.strerror}. Give the daemon a folder "
                "that it may write to, or set another [store] url"
            ) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._fd)
            raise StoreError(self._refusal()) from error
        os.register_at_fork(after_in_child=self._close)
        self._sign(now)

    def release(self) -> None:
        """Let another daemon have the store. Safe to call twice."""
        self._close()

    def _close(self) -> None:
        """Close our descriptor; in a forked child this leaves the parent's lock as it is."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _sign(self, now: datetime) -> None:
        assert self._fd is not None
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": now.astimezone(UTC).isoformat(timespec="seconds"),
        }
        with contextlib.suppress(OSError):  # the disk is full: the lock holds all the same
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, (json.dumps(holder) + "\n").encode(), 0)

    def _refusal(self) -> str:
        try:
            holder = json.loads(self.path.read_text())
            who = f"process {holder['pid']} on {holder['host']} since {holder['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            who = "another process"
        return (
            f"another daemon already works on {self.database}: {who}. Stop it first, or give this "
            "one a store of its own ([store] url). `policywatch check` may run beside a daemon"
        )
