"""A store with a history, and the shell that somebody without this software has."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import Policy
from store import Store
from tests.store.recorded import NOW, OWNER, changed

HOUR = timedelta(hours=1)
POLICIES = [
    Policy(id="acme", service="Acme", url="https://acme.example/privacy"),
    Policy(id="borealis", service="Borealis", url="https://borealis.example/terms"),
]


@pytest.fixture(scope="session")
def recorded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with three versions of "acme" and one of "borealis", to copy."""
    folder = tmp_path_factory.mktemp("recorded")
    with Store.open("sqlite:///store.db", base_dir=folder, now=NOW) as store:
        store.sync_policies(POLICIES, NOW)
        for number in (1, 2, 3):
            add_version(store, "acme", number)
        add_version(store, "borealis", 1)
    return folder


@pytest.fixture
def history(tmp_path: Path, recorded_folder: Path) -> Iterator[Store]:
    """That store, open, in ``tmp_path / "store.db"``."""
    shutil.copy(recorded_folder / "store.db", tmp_path / "store.db")
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as store:
        yield store


def add_version(store: Store, policy: str, number: int) -> None:
    """Record the check that finds one more version."""
    at = NOW + number * HOUR
    assert store.lease(policy, OWNER, at, HOUR)
    assert store.record(changed(number, policy, at=at))


def documented_commands(readme: str) -> str:
    """The shell lines of README.txt: what is indented by four below "How to verify"."""
    chapter = readme.partition("How to verify")[2].partition("What this proves")[0]
    lines = chapter.splitlines()
    return "\n".join(line[4:] for line in lines if re.match(r" {4}|$", line))


def verified_by_hand(
    folder: Path, readme: str, noted: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the documented commands in an unpacked archive, with nothing of ours on the path."""
    environment = {"PATH": os.defpath, "LC_ALL": "C"} | ({"noted": noted} if noted else {})
    return subprocess.run(
        ["/bin/sh", "-u"],
        input=documented_commands(readme),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
