"""Ask an advisory service about every locked version, by pip-audit (`make audit` installs it).

usage: python tools/audit.py uv.lock [--osv-url URL]

Exit codes: 0 nothing is known against them; 1 something is; 3 they could not be asked about, as the
service cannot be reached, or a fault: both said in a sentence, and neither is good news.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NOT_ASKED = "Not audited: the advisory service cannot be reached from here. Run it where it can."
_UNREACHED = re.compile(r"ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|Could not connect")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an audit came to, for people, and its exit code."""

    code: int
    lines: tuple[str, ...]


def pinned(lock: str) -> list[list[str]]:
    """The locked versions as lists of "name==version", in each of which a package stands once."""
    versions = defaultdict(list)
    for package in tomllib.loads(lock)["package"]:
        if "registry" in package.get("source", {}):
            versions[package["name"]].append(package["version"])
    most = max(map(len, versions.values()), default=0)
    return [
        [f"{name}=={each[place]}" for name, each in versions.items() if place < len(each)]
        for place in range(most)
    ]


def judged(results: Sequence[tuple[str, str]]) -> Verdict:
    """Read what pip-audit printed at each run: JSON, or a traceback where it could not ask."""
    packages: list[dict[str, Any]] = []
    for out, err in results:
        try:
            packages += json.loads(out)["dependencies"]
        except (ValueError, KeyError, TypeError):
            if _UNREACHED.search(err):
                return Verdict(3, (_NOT_ASKED,))
            last = err.strip().splitlines()[-1:] or ["it said nothing"]
            return Verdict(3, (f"pip-audit failed: {last[0]}",))
    if known := tuple(line for package in packages for line in _lines(package)):
        return Verdict(1, known)
    return Verdict(0, (f"No advisory is known against the {len(packages)} locked versions.",))


def _lines(package: dict[str, Any]) -> Iterator[str]:
    for advisory in package.get("vulns", ()):
        fixed = ", ".join(advisory["fix_versions"]) or "no version"
        yield f"{package['name']} {package['version']}: {advisory['id']}, mended in {fixed}"


def audit(lock: Path, options: Sequence[str]) -> Verdict:
    """Ask about the versions of a lock file; ``options`` are pip-audit's."""
    return judged([_asked(pins, options) for pins in pinned(lock.read_text("utf-8"))])


def _asked(pins: Sequence[str], options: Sequence[str]) -> tuple[str, str]:
    """What pip-audit prints, on both streams, about versions of packages that all differ."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "pins.txt")
        file.write_text("\n".join(pins) + "\n", encoding="utf-8")
        done = subprocess.run(
            [
                sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--format", "json",
                "--progress-spinner", "off", "--vulnerability-service", "osv",
                "--cache-dir", place, "--requirement", str(file), *options,
            ],
            check=False,
            capture_output=True,
            text=True,
        )  # fmt: skip
    return done.stdout, done.stderr


if __name__ == "__main__":
    verdict = audit(Path(sys.argv[1]), sys.argv[2:])
    sys.stdout.write("\n".join(verdict.lines) + "\n")
    sys.exit(verdict.code)
