"""Which licence each locked package has, from its installed metadata; fails on one we cannot use.

usage: python tools/licences.py [--write] [uv.lock [docs/licences.md]]

Prints docs/licences.md, or writes it. The exit code is 1 where a licence is none of those that
docs/decisions/0005-dependencies.md allows, or unknown. A package that is not installed here (for
another platform) keeps the licence that docs/licences.md records.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

OURS = "policywatch"

#: Permissive licences, and (last line) those that bind changes to the library itself only.
ALLOWED = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
        "CNRI-Python", "HPND", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "Python-2.0",
        "Unlicense", "Zlib",
        "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-1.1",
        "MPL-2.0",
    }
)  # fmt: skip

#: What older metadata says, as an SPDX expression.
_SAID = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "BSD 2-Clause License": "BSD-2-Clause",
    "The BSD 2-Clause License": "BSD-2-Clause",
    "ISC License (ISCL)": "ISC",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}

#: Packages whose metadata leaves open how their licences go together: read in their own files.
_READ = {
    "feedgen": "BSD-2-Clause OR LGPL-3.0-or-later",
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",
    "pyphen": "GPL-2.0-or-later OR LGPL-2.1-or-later OR MPL-1.1",
}

_HEAD = """# Licences of what policywatch depends on

Made by `tools/licences.py` from uv.lock and the metadata of the installed packages (`make
licences`); a test holds them together. Allowed are permissive licences (MIT, BSD, Apache, ISC, PSF
and their like), and MPL or LGPL for a library that is used unchanged. "A OR B" is a choice, of
which one must be allowed; "A AND B" are parts, of which all must be.
"""
_PARTS = {
    "": "What everybody installs",
    "extras": "What extras add",
    "dev": "What development adds",
}


def licence_of(installed: Distribution) -> str:
    """The SPDX expression of a package, or what it says instead of one; "" for nothing."""
    metadata = installed.metadata
    if (name := _normal(metadata["Name"])) in _READ:
        return _READ[name]
    if expression := metadata.get("License-Expression"):
        return expression
    said = (metadata.get("License") or "").strip()
    if allowed(_SAID.get(said, said)):
        return _SAID.get(said, said)
    heads = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    names = [head.rpartition(" :: ")[2] for head in heads]
    return " / ".join(_SAID.get(n, n) for n in names if n != "OSI Approved") or said[:60]


def allowed(expression: str) -> bool:
    """Whether an SPDX expression can be met by licences that are allowed."""
    words = re.findall(r"[()]|[^\s()]+", expression)
    try:
        fits = _choice(words)
    except IndexError:
        return False
    return fits and not words


def _choice(words: list[str]) -> bool:
    fits = _parts(words)
    while words and words[0] == "OR":
        words.pop(0)
        fits = _parts(words) or fits
    return fits


def _parts(words: list[str]) -> bool:
    fits = _one(words)
    while words and words[0] == "AND":
        words.pop(0)
        fits = _one(words) and fits
    return fits


def _one(words: list[str]) -> bool:
    word = words.pop(0)
    if word == "(":
        fits = _choice(words)
        return words.pop(0) == ")" and fits
    return word in ALLOWED


def by_part(lock: Mapping[str, Any]) -> dict[str, list[str]]:
    """The locked packages by where they are needed first: by all ("", "extras", "dev")."""
    packages = {package["name"]: package for package in lock["package"]}
    ours = packages.pop(OURS)
    seen: set[str] = {OURS}
    extras = [d for extra in ours.get("optional-dependencies", {}).values() for d in extra]
    groups = [d for group in ours.get("dev-dependencies", {}).values() for d in group]
    found = {}
    for part, roots in (("", ours.get("dependencies", [])), ("extras", extras), ("dev", groups)):
        found[part] = sorted(set(_reached(roots, lock["package"], seen)))
    return found


def _reached(
    roots: Iterable[Mapping[str, Any]], packages: Iterable[Mapping[str, Any]], seen: set[str]
) -> Iterator[str]:
    """What these lead to that was not seen before. Extras of a package count as always asked for.

    A package locked twice (for two versions of Python) leads to what either needs.
    """
    todo = [root["name"] for root in roots]
    while todo:
        if (name := todo.pop()) in seen:
            continue
        seen.add(name)
        yield name
        for package in (each for each in packages if each["name"] == name):
            wanted = [*package.get("dependencies", [])]
            wanted += [d for e in package.get("optional-dependencies", {}).values() for d in e]
            todo += [dependency["name"] for dependency in wanted]


def recorded(page: str) -> dict[str, str]:
    """The licences that a page of this script lists, by package."""
    return dict(re.findall(r"^\| (?!package )([a-z0-9-]+) \| ([^|]+?) \|$", page, re.M))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def known(names: Iterable[str], page: str, place: list[str] | None = None) -> dict[str, str]:
    """The licence of each package: as installed, else as recorded, else ""."""
    found = distributions(path=place) if place else distributions()
    installed = {_normal(each.metadata["Name"]): each for each in found}
    before = recorded(page)
    return {
        name: licence_of(installed[name]) if name in installed else before.get(name, "")
        for name in names
    }


def page_of(parts: Mapping[str, Iterable[str]], licences: Mapping[str, str]) -> str:
    """The page docs/licences.md."""
    lines = [_HEAD]
    for part, names in parts.items():
        lines += [f"## {_PARTS[part]}\n", "| package | licence |", "|---|---|"]
        lines += [f"| {name} | {licences[name] or 'unknown'} |" for name in names]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: list[str]) -> int:
    write = "--write" in arguments
    given = [Path(each) for each in arguments if each != "--write"]
    lock, page = (*given, *(Path("uv.lock"), Path("docs/licences.md"))[len(given) :])
    parts = by_part(tomllib.loads(lock.read_text("utf-8")))
    names = [name for part in parts.values() for name in part]
    licences = known(names, page.read_text("utf-8") if page.exists() else "")
    if write:
        page.write_text(page_of(parts, licences), encoding="utf-8")
    else:
        sys.stdout.write(page_of(parts, licences))
    refused = [name for name in names if not allowed(licences[name])]
    for name in refused:
        said = licences[name] or "unknown: it is not installed here; add what it says by hand"
        sys.stderr.write(f"{name}: the licence is none of those allowed ({said})\n")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
