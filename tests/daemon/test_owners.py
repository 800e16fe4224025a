"""Whose lease can be taken over: that of a process of this machine that is no more."""

from __future__ import annotations

import os
import subprocess
import sys

from monitor.services import is_dead, owner_name


def test_a_process_that_ended_is_dead() -> None:
    """Its leases need not run out first."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    here = owner_name().removesuffix(f":{os.getpid()}")
    assert not is_dead(f"{here}:{os.getppid()}#check")
    gone.wait()
    assert is_dead(f"{here}:{gone.pid}#check")


def test_another_machine_or_container_is_never_called_dead() -> None:
    """Containers may share a name, and in each of them the first process is number 1."""
    here = owner_name().removesuffix(f":{os.getpid()}")
    assert not is_dead(f"elsewhere.{here}:{os.getpid()}")
    assert not is_dead(f"{here}9:{os.getpid()}")
