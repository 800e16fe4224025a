"""A small real disk, and the shim that makes calls to a disk fail or remembers them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Disk:
    """A file system of a few megabytes."""

    path: Path

    def fill(self) -> None:
        """Leave not one byte."""
        with (self.path / "ballast").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 4096)

    def empty(self) -> None:
        """Make room again."""
        (self.path / "ballast").unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A tmpfs of 16 MB; that takes the right to mount."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=0700", "tmpfs", str(place)]
    able = os.getuid() == 0 and shutil.which("mount")
    if not able or subprocess.run(mount, check=False).returncode:
        pytest.skip("no right to mount a small disk here (root has it)")
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@dataclass(frozen=True)
class Shim:
    """A library that is loaded into a process of ours; what it does, shim.c says."""

    library: Path

    def around(
        self, folder: Path, *, fault: Path | None = None, journal: Path | None = None
    ) -> dict[str, str]:
        """The environment of a process whose disk, below ``folder``, is this one."""
        asked = {"DISK_FAULT": fault, "DISK_JOURNAL": journal}
        return {
            **os.environ,
            "LD_PRELOAD": str(self.library),
            "DISK_FOLDER": str(folder),
            **{name: str(path) for name, path in asked.items() if path},
        }


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Shim:
    """Compiled here; that takes Linux and a C compiler."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("no C compiler, or no Linux: no disk that fails on order")
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    source = Path(__file__).with_name("shim.c")
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("the C compiler has no glibc to make a library for")
    return Shim(library)
