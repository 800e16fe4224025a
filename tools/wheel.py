"""Build the wheel twice, from two copies that differ in all that must not matter, and compare.

usage: python tools/wheel.py FOLDER

The copies have other places, times, file modes and hash seeds. SOURCE_DATE_EPOCH (seconds since
1970) dates what is inside, by default with the time of the last commit, so that anyone who checks
out the same sources gets the same bytes. Exit code 1: the two wheels are not the same.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: 2020-02-02, what hatchling takes itself where there is no history.
_NO_HISTORY = "1580601600"


def sources(root: Path) -> list[str]:
    """What a wheel is built from: the packages of pyproject.toml, and the files about them."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    about = project["project"]
    return ["pyproject.toml", about["readme"], *about["license-files"], *packages]


def epoch(root: Path) -> str:
    """SOURCE_DATE_EPOCH as given, else the time of the last commit."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return given
    command = ["git", "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return _NO_HISTORY
    return done.stdout.strip() or _NO_HISTORY


def build(root: Path, folder: Path, *, date: str, variant: int) -> Path:
    """A wheel in ``folder``, from a copy of the sources there; ``variant`` makes copies differ."""
    copy = folder / ("source" * variant)
    copy.mkdir(parents=True)
    for name in sources(root):
        if (root / name).is_dir():
            shutil.copytree(
                root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
            )
        else:
            shutil.copyfile(root / name, copy / name)
    for path in copy.rglob("*"):
        os.utime(path, (variant * 10**8, variant * 10**8))
        # Git keeps whether a file can be run, and nothing else of its mode.
        runs = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod((0o755 if runs else 0o644) & (0o777 if variant % 2 else 0o700))
    out = folder / "wheel"
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)],
        cwd=copy,
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "SOURCE_DATE_EPOCH": date, "PYTHONHASHSEED": str(variant)},
    )
    (wheel,) = out.glob("*.whl")
    return wheel


def main(target: Path) -> int:
    date = epoch(ROOT)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first = build(ROOT, Path(one), date=date, variant=1)
        second = build(ROOT, Path(other), date=date, variant=2)
        digests = [hashlib.sha256(each.read_bytes()).hexdigest() for each in (first, second)]
        if digests[0] != digests[1] or first.name != second.name:
            sys.stderr.write(f"two builds of {first.name} differ: {digests[0]}, {digests[1]}\n")
            return 1
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(first, target / first.name)
    sys.stdout.write(f"{digests[0]}  {target / first.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
