"""How many changes that outside experts wrote about would have been raised as material.

    python benchmarks/memos.py SITE NAME=REPOSITORY...

SITE is a clone (bare or not) of the repository of opentermsarchive.org, whose ``content/memos``
link to commits; NAME=REPOSITORY is a clone of the versions repository of that name. A memo counts
if it links to a commit of one of them that changed a document, and is raised if one of those
changes is material. Memos about other repositories are left out, and said to be.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.comparison import compare
from monitor.model import Verdict

_MEMO = re.compile(r"content/memos/([^/]+)/index\.md")
_COMMIT = re.compile(r"github\.com/OpenTermsArchive/([\w-]+)/commit/([0-9a-f]{7,40})", re.I)
_GRAVITY: tuple[Verdict, ...] = ("material", "minor", "capture", "cosmetic")


def git(repository: str, *words: str) -> str:
    """The output of git in a repository, "" if it fails (a commit that a clone lacks)."""
    done = subprocess.run(
        ["git", "-C", repository, "-c", "core.quotePath=false", *words],
        capture_output=True, check=False,
    )  # fmt: skip
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def memos(site: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each memo's name with the (repository name, commit) pairs it links to."""
    for path in git(site, "ls-tree", "-r", "--name-only", "HEAD").splitlines():
        if found := _MEMO.fullmatch(path):
            links = _COMMIT.findall(git(site, "show", f"HEAD:{path}"))
            yield found[1], list(dict.fromkeys((name.lower(), commit) for name, commit in links))


def verdicts(repository: str, commit: str) -> Iterator[Verdict]:
    """What is made of each document that a commit changed."""
    for line in git(repository, "show", "--name-status", "--format=", commit).splitlines():
        status, _, path = line.partition("\t")
        if status == "M" and path.endswith(".md"):
            before = git(repository, "show", f"{commit}^:{path}")
            after = git(repository, "show", f"{commit}:{path}")
            if before and after:
                yield compare(before, after).verdict


def judged(links: list[tuple[str, str]], repositories: Mapping[str, str]) -> Verdict | None:
    """The gravest verdict on the changes that a memo links to, None if none is at hand."""
    made = {
        verdict
        for name, commit in links
        if name in repositories
        for verdict in verdicts(repositories[name], commit)
    }
    return min(made, key=_GRAVITY.index, default=None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site")
    parser.add_argument("repositories", nargs="+", metavar="NAME=REPOSITORY")
    options = parser.parse_args()
    pairs = [item.partition("=") for item in options.repositories]
    repositories = {name.lower(): path for name, _, path in pairs}
    results = {name: judged(links, repositories) for name, links in memos(options.site)}
    known = {name: verdict for name, verdict in results.items() if verdict}
    raised = sum(verdict == "material" for verdict in known.values())
    print(f"memos      {raised} of {len(known)} raised as material")
    print(f"left out   {len(results) - len(known)}: no change at hand that they link to")
    for name, verdict in known.items():
        if verdict != "material":
            print(f"  {verdict:9} {name}")


if __name__ == "__main__":
    main()
