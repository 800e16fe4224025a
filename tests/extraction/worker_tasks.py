"""Tasks that behave badly, for the worker processes in the tests."""

from __future__ import annotations

import os
import re
import signal
import sys

from monitor.errors import ExtractionError, FetchError


def double(number: int) -> int:
    """A task that does what it should."""
    return 2 * number


def parent() -> int:
    """The process that this one was forked from."""
    return os.getppid()


def hang() -> None:
    """Never end."""
    while True:
        pass


def hang_in_c() -> object:
    """Never end, below the interpreter, where no Python signal handler gets a turn."""
    return re.match(r"(a|aa)+$", "a" * 80 + "b")


def hog() -> int:
    """Ask for more memory than a worker may have."""
    return sum(len(block) for block in [bytearray(50_000_000) for _ in range(100)])


def crash() -> None:
    """Die as a broken C library dies."""
    os.kill(os.getpid(), signal.SIGSEGV)


def leave() -> None:
    """Exit as if all were well."""
    os._exit(0)


def fail() -> None:
    """Have a bug."""
    raise ZeroDivisionError("division by zero")


def refuse() -> None:
    """Raise an error of ours."""
    raise ExtractionError("this page is empty")


def refuse_to_fetch() -> None:
    """Raise an error of ours that does not survive pickling as it is."""
    raise FetchError("no such host", kind="dns", transient=True)


def chatter() -> str:
    """Print where the answers go."""
    print("x" * 10_000)
    sys.stdout.flush()
    os.write(1, b"y" * 10_000)
    return "said"


def secret() -> object:
    """Return what cannot be sent."""
    return lambda: None


def pid() -> int:
    """The process that runs tasks."""
    return os.getpid()


def big(size: int) -> bytes:
    """A large answer."""
    return b"z" * size


_KEPT: list[object] = []


def keep(megabytes: int) -> int:
    """Do what is asked, and never give back what it took."""
    _KEPT.append(bytearray(megabytes << 20))
    return len(_KEPT)


def hoard() -> None:
    """Use up the memory in small pieces that outlive the task."""
    while True:
        _KEPT.append(bytes(1000))
