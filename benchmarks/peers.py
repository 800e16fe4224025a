"""What a round over many policies costs, beside bare loops and the free monitors.

    python -m benchmarks.peers [--policies N] [--peers FOLDER] [--json FILE]

One site (benchmarks/site.py) of real-size pages on loopback goes through its states; after each
switch every contender checks every policy once. Reported are wall seconds, processor seconds and
peak memory (PSS) of all of a contender's processes, its disk use, and how many policies it alerted
about; in state ``changed`` 8 of each 10 changes matter and 2 are wording. The site's own costs are
not counted.

Contenders: bare httpx loops (with nothing, with trafilatura on every new body); the policywatch
daemon; and, from environments named after them in --peers FOLDER (made by ``python -m venv NAME``
and ``NAME/bin/pip install NAME``), urlwatch, webchanges and changedetection.io. Those that are not
there are skipped with a word.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from benchmarks.contenders import BareLoop, ChangeDetection, Contender, OneShot, Policywatch
from benchmarks.site import edit_of

Make = Callable[[Path, str, int], Contender]

ROUNDS = (
    "plain first",
    "etag",
    "etag 304",
    "plain",
    "noise",
    "boilerplate",
    "plain back",
    "changed",
)
#: What is printed for a round that only prepares the next one.
_SILENT = ("etag", "plain back")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all contenders and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--policies", type=int, default=500)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    changed = [edit for n in range(options.policies) if (edit := edit_of(n))]
    matter = sum(edit.material for edit in changed)
    print(f"{options.policies} policies; changed: {matter} material, {len(changed) - matter} not")
    print(
        f"{'':26}"
        + "".join(f"{name:>17}" for name in ROUNDS if name not in _SILENT)
        + "   MB  disk"
    )
    rows = {}
    for name, make in _contenders(options.peers):
        if options.only and name not in options.only:
            continue
        with site_of(options.policies) as site:
            rows[name] = _run(name, make, site, options.policies)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return 0


def _contenders(peers: Path | None) -> Iterator[tuple[str, Make]]:
    yield "bare httpx", lambda _, site, count: BareLoop(site, count)
    yield "bare httpx + trafilatura", lambda _, site, count: BareLoop(site, count, "trafilatura")
    yield "policywatch", Policywatch
    for name in ("urlwatch", "webchanges", "changedetection.io"):
        programs = peers / name / "bin" if peers else None
        if programs is None or not programs.exists():
            print(f"{name}: skipped, no environment of that name (--peers FOLDER)")
        elif name == "changedetection.io":
            yield name, partial(ChangeDetection, programs=programs)
        else:
            yield name, partial(OneShot, name, programs=programs)


def _run(name: str, make: Make, site: str, policies: int) -> dict[str, object]:
    folder = Path(tempfile.mkdtemp(prefix="peers-"))
    row: dict[str, object] = {}
    try:
        with closing(make(folder, site, policies)) as contender:
            line, peak = f"{name:26}", 0.0
            for state in ROUNDS:
                urllib.request.urlopen(f"{site}/state?{state.split()[0]}").read()
                spent = contender.check_all()
                peak = max(peak, spent.peak_mb)
                row[state] = [spent.wall, spent.cpu, spent.alerts]
                if state not in _SILENT:
                    line += f"{spent.wall:6.1f} {spent.cpu:5.1f} {spent.alerts:4}"
            disk = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
            row |= {"peak_mb": peak, "disk_mb": disk}
            print(f"{line} {peak:4.0f} {disk:5.1f}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return row


@contextmanager
def site_of(policies: int) -> Iterator[str]:
    """The address of benchmarks/site.py, running."""
    port = 18200
    command = [sys.executable, "-m", "benchmarks.site", str(port), str(policies)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
