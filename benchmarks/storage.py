"""What a history costs at rest, and how long a version takes to read, beside git's own packs.

usage: python -m benchmarks.storage REPOSITORY [--histories N] [--store FILE]

REPOSITORY is an Open Terms Archive versions repository (a clone, or a bare one). Its N longest
histories (20 by default) are imported as `policywatch import ota` does it, with their commitments,
comparisons and hash chains. Then the very same versions are committed to a new git repository, one
commit a version, and packed with `git gc --aggressive`. With ``--store`` an existing store of
imported histories is measured instead. Nothing is left behind.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from monitor.history import OpenTermsArchive
from store import Store, VersionRecord

IMPORT = "from monitor.cli import main; main()"
ROOT = Path(__file__).parents[1]
_AUTHOR = "history <history@example.org>"
#: How often each version is read: once tells of the first sight, the quickest of the work itself.
_TIMES = 5
_TABLES = (
    ("texts", ("text",)),
    ("versions", ("version",)),
    ("commitments", ("version_commitments",)),
    ("comparisons", ("change",)),
    ("hash chain", ("evidence", "checkpoint")),
    ("log of checks", ("check_log",)),
)


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("repository", type=Path, nargs="?")
    parser.add_argument("--histories", type=int, default=20)
    parser.add_argument("--store", type=Path)
    given = parser.parse_args()
    if given.store is None and given.repository is None:
        parser.error("name a repository, or a --store")
    with tempfile.TemporaryDirectory() as folder:
        file = given.store or import_histories(given.repository, given.histories, Path(folder))
        measure(file, Path(folder))
    return 0


def import_histories(repository: Path, most: int, folder: Path) -> Path:
    """Import the longest histories into a new store, by the command line."""
    longest = sorted(OpenTermsArchive(repository).histories, key=lambda h: -len(h.records))[:most]
    config = folder / "config.toml"
    config.write_text('[store]\nurl = "sqlite:///store.db"\n')
    started = time.perf_counter()
    for history in longest:
        name = f"{history.service}/{history.name}"
        command = ["--config", str(config), "import", "ota", str(repository.absolute())]
        subprocess.run(
            [sys.executable, "-c", IMPORT, *command, "--only", name, "--json"],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    print(f"imported {len(longest)} histories in {time.perf_counter() - started:.0f} s")
    return folder / "store.db"


def measure(file: Path, folder: Path) -> None:
    """Print what the store costs, beside git, and how fast it reads."""
    url = f"sqlite:///{file.absolute()}"
    with Store.open(url, base_dir=folder, now=datetime.now(UTC)) as store:
        histories = {source.policy: store.versions(source.policy) for source in store.sources()}
        number = sum(map(len, histories.values()))
        first, size = read_all(store, histories)
        again = [read_all(store, histories)[0] for _ in range(_TIMES - 1)]
        counts = store.counts()
        print(
            f"{len(histories)} histories, {number} versions of {size / number / 1000:.1f} kB, "
            f"{counts['texts']} distinct texts"
        )
        print("bytes a version")
        pack, blobs = git_pack(store, histories, folder / "git")
        print(f"  git: blobs in the pack          {blobs / number:8.0f}")
        print(f"  git: whole pack and its index   {pack / number:8.0f}")
        print(f"  store: texts, compressed        {counts['texts_stored_bytes'] / number:8.0f}")
        report_tables(file, number)
    print("reading one version, verified")
    report_times("once", first)
    report_times(f"quickest of {_TIMES}", [min(times) for times in zip(first, *again, strict=True)])


def report_times(label: str, seconds: list[float]) -> None:
    """Print what a version takes: what others do on the machine makes the slowest of "once"."""
    cuts = statistics.quantiles(seconds, n=100)
    print(
        f"  {label:<14} median {statistics.median(seconds) * 1000:.2f} ms, "
        f"99 of 100 under {cuts[98] * 1000:.2f} ms, slowest {max(seconds) * 1000:.2f} ms"
    )


def read_all(store: Store, histories: dict[str, list[VersionRecord]]) -> tuple[list[float], int]:
    """Read every version once, verified; the seconds each took, and the bytes of all."""
    seconds, size = [], 0
    for policy, versions in histories.items():
        for version in versions:
            started = time.perf_counter()
            text = store.version_text(policy, version.number)
            seconds.append(time.perf_counter() - started)
            size += len(text.encode("utf-8", "surrogatepass"))
    return seconds, size


def report_tables(file: Path, number: int) -> None:
    """Print the pages of each table with its indexes, where this SQLite can tell."""
    with closing(sqlite3.connect(file)) as plain:
        owner = dict(plain.execute("SELECT name, tbl_name FROM sqlite_master"))
        pages: dict[str, int] = defaultdict(int)
        try:
            used = plain.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").fetchall()
        except sqlite3.OperationalError:
            print("  (this SQLite has no dbstat: no figures by table)")
            return
    for name, size in used:
        pages[owner.get(name, name)] += size
    total = 0
    for label, tables in _TABLES:
        size = sum(pages.pop(table, 0) for table in tables)
        total += size
        print(f"  store: {label:<25}{size / number:8.0f}   pages of table and indexes")
    rest = sum(pages.values())
    print(f"  store: {'all else':<25}{rest / number:8.0f}")
    print(f"  store: {'everything':<25}{(total + rest) / number:8.0f}")


def git_pack(
    store: Store, histories: dict[str, list[VersionRecord]], folder: Path
) -> tuple[int, int]:
    """Commit every version to a new repository and pack it: bytes of pack and index, of blobs."""
    run = ["git", "-C", str(folder)]
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
    subprocess.run(
        [*run, "fast-import", "--quiet"], input=b"".join(stream(store, histories)), check=True
    )
    subprocess.run([*run, "gc", "--aggressive", "--prune=now", "--quiet"], check=True)
    packs = list((folder / "objects" / "pack").iterdir())
    size = sum(file.stat().st_size for file in packs if file.suffix in (".pack", ".idx"))
    sizes = "--batch-check=%(objecttype) %(objectsize:disk)"
    listed = subprocess.run(
        [*run, "cat-file", "--batch-all-objects", sizes],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = (line.split() for line in listed.stdout.splitlines())
    return size, sum(int(bytes_) for kind, bytes_ in found if kind == "blob")


def stream(store: Store, histories: dict[str, list[VersionRecord]]) -> Iterator[bytes]:
    """The versions of all histories by time, as `git fast-import` takes them."""
    every = [version for versions in histories.values() for version in versions]
    for version in sorted(every, key=lambda version: version.first_seen):
        text = store.version_text(version.policy, version.number)
        content = text.encode("utf-8", "surrogatepass")
        message = f"Record new changes of {version.policy}".encode()
        when = f"{int(version.first_seen.timestamp())} +0000"
        yield f"commit refs/heads/main\ncommitter {_AUTHOR} {when}\n".encode()
        yield b"data %d\n%s\n" % (len(message), message)
        yield f"M 100644 inline {version.policy}.md\n".encode()
        yield b"data %d\n%s\n" % (len(content), content)


if __name__ == "__main__":
    sys.exit(main())
