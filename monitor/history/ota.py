"""Histories from a local clone of an Open Terms Archive versions repository.

    git log --raw -z ──► changes of files ──► a History for each <service>/<Terms Type>.md
    git cat-file --batch ──► contents, one process for any number of them

The repository is a stranger's: names and messages are data, its settings must not run anything, and
nothing is ever written or checked out.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from monitor.errors import StoreError
from monitor.history.recorded import (
    MISSING,
    TOO_LARGE,
    Content,
    History,
    Record,
    Skipped,
    distinct,
    policy_id,
    policy_type,
)

#: Messages of commits in which another reading changed a text, not the policy.
TECHNICAL = ("Apply technical or declaration upgrade on", "Refilter")
_SAFE = (
    *("--no-pager", "--no-optional-locks", "--no-replace-objects"),
    *("-c", "log.showSignature=false", "-c", "core.fsmonitor=false", "-c", "log.mailmap=false"),
    *("-c", "core.packedGitWindowSize=32m", "-c", "core.quotePath=false"),
)
_HEADER = re.compile(rb"commit ([0-9a-f]{40,64}) (-?\d+) (-?\d+) (.*)", re.DOTALL)
_CHANGE = re.compile(rb":\d{6} (\d{6}) [0-9a-f]{40,64} ([0-9a-f]{40,64}) ([A-Z])\d*")
_FILE = re.compile(r"([^/]+)/([^/]+)\.md")
_KINDS = {b"120000": "a symbolic link", b"160000": "a submodule"}
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as the log tells of it; the subject is a stranger's words."""

    id: str
    at: datetime
    subject: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of one commit; ``blob`` is "" where it was deleted."""

    commit: Commit
    path: bytes
    mode: bytes
    blob: str


class OpenTermsArchive:
    """A versions repository, read through the ``git`` executable. Raises StoreError."""

    label = "ota"

    def __init__(self, repository: Path, *, max_bytes: int = 10_000_000) -> None:
        self._repository, self._max_bytes = repository, max_bytes
        log = _git(repository, "log", *_LOG)
        self.histories, self.skipped = histories(parse_log(log))

    def read(self, records: Iterable[Record]) -> Iterator[Content]:
        """The contents of records, in order, from one ``git cat-file``."""
        wanted = list(records)
        given = 0
        for content in self._stream(wanted):
            given += 1
            yield content
        # Where git gave up on a damaged repository, the rest is missing too.
        yield from (Content(b"", problem=MISSING) for _ in wanted[given:])

    def _stream(self, records: Sequence[Record]) -> Iterator[Content]:
        command = _command(self._repository, "cat-file", "--batch")
        with tempfile.TemporaryFile() as asked:
            asked.write("".join(f"{record.key}\n" for record in records).encode())
            asked.seek(0)
            with subprocess.Popen(
                command, stdin=asked, stdout=subprocess.PIPE, env=_environment()
            ) as process:
                assert process.stdout is not None
                try:
                    while header := process.stdout.readline():
                        yield self._content(header, process.stdout)
                finally:
                    process.kill()

    def _content(self, header: bytes, out: IO[bytes]) -> Content:
        words = header.split()
        if len(words) < 3 or not words[2].isdigit():
            return Content(b"", problem=MISSING)
        size = int(words[2])
        if size > self._max_bytes or words[1] != b"blob":
            _drain(out, size + 1)
            return Content(b"", problem=TOO_LARGE if words[1] == b"blob" else MISSING)
        content = out.read(size)
        out.read(1)
        return Content(content)


def is_repository(path: Path) -> bool:
    """Whether a folder is a git repository, with a work tree or without."""
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())


def parse_log(log: bytes) -> Iterator[FileChange]:
    """The changes in ``git log --raw -z``, oldest first; a date before 1990 is the one before."""
    commit: Commit | None = None
    tokens = iter(log.split(b"\0"))
    for token in tokens:
        token = token.lstrip(b"\n")
        change = _CHANGE.fullmatch(token)
        if change and commit:
            mode, blob, status = change.groups()
            path = next(tokens, b"")
            yield FileChange(commit, path, mode, "" if status == b"D" else blob.decode())
        elif header := _HEADER.fullmatch(token):
            name, author, committer, subject = header.groups()
            at = _instant(author) or _instant(committer) or (commit.at if commit else _EARLIEST)
            commit = Commit(name.decode(), at, subject.decode("utf-8", "replace"))


def histories(changes: Iterable[FileChange]) -> tuple[tuple[History, ...], tuple[Skipped, ...]]:
    """Put a repository's changes in order by document, and name what is none."""
    found: dict[str, _Growing] = {}
    skipped: dict[str, Skipped] = {}
    newest = _EARLIEST
    for change in changes:
        newest = max(newest, change.commit.at)
        path, why = _document(change)
        if why:
            skipped.setdefault(path, Skipped(path, why))
        elif path:
            found.setdefault(path, _Growing()).add(change)
    taken: set[str] = set()
    made = (grown.history(path, newest, taken) for path, grown in found.items())
    return tuple(history for history in made if history.records), tuple(skipped.values())


@dataclass
class _Growing:
    """A history while the log is read."""

    records: list[Record] = field(default_factory=list)
    deleted: datetime | None = None

    def add(self, change: FileChange) -> None:
        """Commits are in order even where their clocks were not."""
        at = max(change.commit.at, self.records[-1].at) if self.records else change.commit.at
        self.deleted = at if not change.blob else None
        if change.blob:
            technical = change.commit.subject.startswith(TECHNICAL)
            self.records.append(Record(at, change.blob, change.commit.id, technical))

    def history(self, path: str, newest: datetime, taken: set[str]) -> History:
        service, name = path.removesuffix(".md").split("/")
        policy = distinct(policy_id(service, name), taken, path)
        until = self.deleted or max([newest, *(record.at for record in self.records[-1:])])
        return History(policy, service, name, policy_type(name), tuple(self.records), until)


def _document(change: FileChange) -> tuple[str, str]:
    """The path of a document, and why it is not taken; "" for what belongs to the repository."""
    try:
        path = change.path.decode("utf-8")
    except UnicodeDecodeError:
        return change.path.decode("utf-8", "replace"), "its name is not UTF-8"
    matched = _FILE.fullmatch(path)
    if matched is None:
        is_about = "/" not in path  # README, LICENSE: about the repository itself
        return ("", "") if is_about else (path, "is not named <service>/<terms type>.md")
    if not path.isprintable() or any(part.startswith(".") for part in matched.groups()):
        return path, "its name has control characters or begins with a dot"
    return (path, f"is {_KINDS[change.mode]}") if change.mode in _KINDS else (path, "")


_LOG = (
    *("--topo-order", "--reverse", "--no-renames", "--raw", "-z", "--no-abbrev"),
    *("--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-color", "--encoding=UTF-8"),
    *("--diff-filter=AMTD", "--format=commit %H %at %ct %s"),
)


def _instant(seconds: bytes) -> datetime | None:
    """An author's clock may say anything: only what can be true is taken."""
    try:
        at = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if _EARLIEST <= at <= datetime.now(UTC) + timedelta(days=2) else None


def _command(repository: Path, *arguments: str) -> list[str]:
    return ["git", "-C", str(repository), *_SAFE, *arguments]


def _environment() -> dict[str, str]:
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    return {name: value for name, value in os.environ.items() if name != "GIT_DIR"} | quiet


def _git(repository: Path, *arguments: str) -> bytes:
    """What git prints. Raises StoreError."""
    try:
        ran = subprocess.run(
            _command(repository, *arguments), capture_output=True, check=True, env=_environment()
        )
    except FileNotFoundError as error:
        raise StoreError("git is not installed; reading a repository needs it") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StoreError(
            f"{repository}: git cannot read it ({said[-1] if said else 'no reason given'}); "
            "name a local clone of a versions repository"
        ) from error
    return ran.stdout


def _drain(out: IO[bytes], size: int) -> None:
    while size > 0:
        got = len(out.read(min(size, 1 << 20)))
        if not got:
            return
        size -= got
