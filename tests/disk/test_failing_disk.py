"""A disk that fails while checks are recorded: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from store import Store
from tests.disk.conftest import ROOT, Shim
from tests.store.recorded import NOW
from tests.store.test_crashes import examine

FAULTS = {
    "every write to a longer file": (f"{errno.ENOSPC} 1 write", "disk is full"),
    "some writes to a longer file": (f"{errno.ENOSPC} 5 write", "disk is full"),
    "every sync": (f"{errno.EIO} 1 sync", "the disk reported an error"),
    "some syncs": (f"{errno.EIO} 3 sync", "the disk reported an error"),
    "some writes": (f"{errno.EIO} 13 write", "the disk reported an error"),
    "some writes and syncs": (f"{errno.EIO} 7 write sync", "the disk reported an error"),
}


def record(folder: Path, shim: Shim, count: int, fault: str) -> list[list[str]]:
    """Let a recorder do so many turns, half of them on a disk that fails so; what it said."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.disk.recorder", str(folder), str(count), fault]
    around = shim.around(folder, fault=folder.parent / "fault")
    ran = subprocess.run(
        command, check=False, cwd=ROOT, env=around, capture_output=True, text=True, timeout=900
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return [line.split() for line in ran.stdout.splitlines()]


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("every write to a longer file", 30),
        ("some writes and syncs", 30),
        *(pytest.param(kind, 2000, marks=pytest.mark.campaign) for kind in FAULTS),
    ],
)
def test_what_was_acknowledged_is_there_once(
    tmp_path: Path, shim: Shim, kind: str, count: int
) -> None:
    """Each refusal says what happened; when the disk is well again, everything goes on."""
    fault, says = FAULTS[kind]
    said = record(tmp_path / "disk", shim, count, fault)
    refusals = [" ".join(words[1:]) for words in said if words[0] == "refused"]
    assert any(says in refusal for refusal in refusals)
    assert said[-1][0] != "refused"
    examine(tmp_path / "disk", said)
    with Store.open("sqlite:///store.db", base_dir=tmp_path / "disk", now=NOW) as store:
        assert {delivery.state for delivery in store.deliveries(limit=10**6)} == {"sent"}
    print(f"\n{kind}: {count} turns, {len(refusals)} refusals, none lost, none doubled")


def test_a_store_that_cannot_be_read_is_said_so(tmp_path: Path, shim: Shim) -> None:
    """By the command, in words, and with the exit code of a fault."""
    with Store.open("sqlite:///policywatch.db", base_dir=tmp_path, now=NOW):
        pass
    (tmp_path / "config.toml").write_text("")
    (tmp_path / "fault").write_text(f"{errno.EIO} 1 read")
    command = [sys.executable, "-c", "from monitor.cli import main; main()"]
    ran = subprocess.run(
        [*command, "--config", str(tmp_path / "config.toml"), "verify"],
        check=False,
        cwd=ROOT,
        env=shim.around(tmp_path, fault=tmp_path / "fault"),
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 3
    assert "the disk reported an error: look at its health" in " ".join(ran.stderr.split())
