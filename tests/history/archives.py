"""Archives that tests make themselves: texts of an invented company in small git repositories."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)

CLAUSES = (
    "This privacy policy explains how Harbour Loom handles the personal data of its customers.",
    "We collect your name, your e-mail address and the orders that you place with us.",
    "We use these data to deliver your orders and to answer your questions.",
    "We do not sell your personal data to anyone.",
    "We keep your order history for five years, because the tax law asks us to.",
    "You may ask us for access to your data, for correction and for deletion at any time.",
    "We store your data in the European Union only.",
    "You can reach our data protection officer at privacy@harbourloom.example.",
)
WALL = "# Just a moment...\n\nChecking your browser before you continue.\n"


def policy_text(days: int = 30, *more: str) -> str:
    """A policy that promises so many days of notice, with more paragraphs at its end."""
    told = f"We will tell you by e-mail at least {days} days before a change takes effect."
    return "\n\n".join(("# Privacy policy", *CLAUSES, told, *more)) + "\n"


@dataclass(frozen=True)
class Commit:
    """One commit of a test's repository; ``text`` None deletes the file."""

    message: bytes
    text: str | None
    at: datetime = START
    path: bytes = b"Harbour Loom/Privacy Policy.md"
    mode: str = "100644"


def recorded(*texts: str, technical: Iterable[int] = ()) -> list[Commit]:
    """One text a day, as an archive records them; ``technical`` names upgrades by place."""
    upgrades = set(technical)
    return [
        Commit(
            b"Apply technical or declaration upgrade on Harbour Loom Privacy Policy"
            if place in upgrades
            else b"Record new changes of Harbour Loom Privacy Policy",
            text,
            START + place * DAY,
        )
        for place, text in enumerate(texts)
    ]


def repository(folder: Path, commits: Sequence[Commit]) -> Path:
    """A bare repository with these commits, made by ``git fast-import``."""
    git(folder, "init", "--quiet", "--bare", str(folder))
    extend(folder, commits)
    return folder


def extend(folder: Path, commits: Sequence[Commit]) -> None:
    """Add commits to a repository."""
    head = git(folder, "rev-parse", "--verify", "--quiet", "refs/heads/main", check=False).strip()
    stream = [_commit(c, head if place == 0 else b"") for place, c in enumerate(commits)]
    git(folder, "fast-import", "--quiet", "--force", given=b"".join(stream))
    git(folder, "symbolic-ref", "HEAD", "refs/heads/main")


def git(folder: Path, *arguments: str, given: bytes = b"", check: bool = True) -> bytes:
    """Run git in a folder; gives what it printed."""
    named = {f"GIT_{who}_{what}": f"{what.lower()}@bot.example" for who in ("AUTHOR", "COMMITTER")
             for what in ("NAME", "EMAIL")}  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        input=given,
        capture_output=True,
        check=check,
        env={**os.environ, **named},
    )
    return ran.stdout


def _commit(commit: Commit, parent: bytes) -> bytes:
    when = f"{int(commit.at.timestamp())} +0000".encode()
    path = b'"' + commit.path.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    path = b"".join(b"\\%03o" % c if c > 126 or c < 32 else bytes([c]) for c in path)
    lines = [b"commit refs/heads/main"]
    lines += [who + b" Bot <bot@bot.example> " + when for who in (b"author", b"committer")]
    lines += [b"data %d" % len(commit.message), commit.message]
    if parent:
        lines.append(b"from " + parent)
    if commit.text is None:
        lines.append(b"D " + path)
    else:
        content = commit.text.encode()
        lines.append(b"M " + commit.mode.encode() + b" inline " + path)
        lines += [b"data %d" % len(content), content]
    return b"\n".join(lines) + b"\n"
