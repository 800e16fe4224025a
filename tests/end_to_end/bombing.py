"""A daemon that watches hostile sources beside honest ones, and what all its processes take.

    python tests/end_to_end/bombing.py [KIND...]

Prints figures as JSON: what was said of each kind, what came of the honest policies, and the peak
of the proportional set size (PSS, from /proc/PID/smaps_rollup) over the daemon and its workers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, pairwise
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "fetch")]

from hostile_site import Script, Site, response  # noqa: E402

from store import Store  # noqa: E402
from tests.check.world import page  # noqa: E402
from tests.end_to_end import bombs  # noqa: E402

HONEST = ("first", "second")
CODINGS = ("gzip", "deflate", "br", "zstd")
WIRE = ("drip", "drip-head", "endless", "gigabyte", "huge-header", "headers", "loop", "long-way")
KINDS = (*CODINGS, *WIRE, *bombs.PAGES, *bombs.DOCUMENTS)
_COMMAND = (sys.executable, "-c", "from monitor.cli import main; main()")


# --- the hostile side -------------------------------------------------------------------------


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def _gigabyte(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(16384):
        writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        await writer.drain()


def _dripping(head: bytes) -> Script:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    return drip


def _lay_out(site: Site, kinds: Sequence[str], mebibytes: int) -> None:
    """One address for each kind: its name."""
    site.routes |= {
        "/endless": _endless,
        "/gigabyte": _gigabyte,
        "/drip": _dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
        "/drip-head": _dripping(b"HTTP/1.1 200 OK\r\nX-"),
        "/huge-header": response(b"x", "X-Long: " + "x" * 5_000_000),
        "/headers": response(b"x", *(f"X-{n}: x" for n in range(50_000))),
        "/loop": response(b"", "Location: /loop", status="302 Found"),
        "/long-way": response(b"", "Location: /way1", status="302 Found"),
    }
    for step in range(1, 12):
        site.moves(f"/way{step}", f"/way{step + 1}")
    for kind in kinds:
        if kind in CODINGS:
            body = bombs.unfolding(kind, mebibytes)
            site.page(f"/{kind}", body, f"Content-Encoding: {kind}", "Content-Type: text/html")
        elif kind in bombs.PAGES:
            coded = ("Content-Encoding: gzip", "Content-Type: text/html")
            site.page(f"/{kind}", bombs.PAGES[kind](), *coded)
        elif kind in bombs.DOCUMENTS:
            media_type, made = bombs.DOCUMENTS[kind]
            site.page(f"/{kind}", made(), f"Content-Type: {media_type}")


def _honest(number: Iterator[int]) -> Script:
    async def answer(writer: asyncio.StreamWriter) -> None:
        body = page(days=30 + next(number)).encode()
        writer.write(response(body, "Content-Type: text/html", "Connection: close"))
        await writer.drain()

    return answer


def serve(says: Connection, kinds: Sequence[str], mebibytes: int) -> None:
    """The site in a process of its own; tells its port."""

    async def run() -> None:
        async with Site().run() as site:
            _lay_out(site, kinds, mebibytes)
            for name in HONEST:
                site.routes[f"/{name}"] = _honest(count())
            says.send(site.port)
            await asyncio.Event().wait()

    asyncio.run(run())


@contextlib.contextmanager
def hostile_site(kinds: Sequence[str], mebibytes: int) -> Iterator[int]:
    """Serve these kinds; gives the port."""
    spawn = multiprocessing.get_context("spawn")
    hears, says = spawn.Pipe(duplex=False)
    server = spawn.Process(target=serve, args=(says, tuple(kinds), mebibytes), daemon=True)
    server.start()
    try:
        yield hears.recv()
    finally:
        server.terminate()
        server.join()


# --- what the daemon takes ----------------------------------------------------------------------


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text("ascii", "replace").rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(stat.parent.name))
    found, new = [], [pid]
    while new:
        found += new
        new = [child for one in new for child in parents.get(one, ())]
    return found


def pss_mb(pid: int) -> int:
    """What a process and its descendants take of memory, shared pages counted once, in MB."""
    total = 0
    for member in family(pid):
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{member}/smaps_rollup").read_text("ascii")
            total += next(int(x.split()[1]) for x in rollup.splitlines() if x.startswith("Pss:"))
    return total // 1024


@dataclass
class Figures:
    """What a run showed. ``said`` maps each kind to its last result, error kind and words."""

    said: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    honest_checks: dict[str, dict[str, int]] = field(default_factory=dict)
    longest_wait_seconds: float = 0.0
    peak_mb: int = 0
    daemon_peak_mb: int = 0
    exit_code: int | None = None
    log: str = ""


def _config(
    folder: Path, port: int, kinds: Sequence[str], processes: int, deadline: int, reading: int
) -> Path:
    declared = "".join(
        f'[[policy]]\nid = "{name}"\nurl = "http://127.0.0.1:{port}/{name}"\nevery = "{every}"\n'
        for names, every in ((HONEST, "1s"), (kinds, "1h"))
        for name in names
    )
    path = folder / "config.toml"
    path.write_text(
        f"""
[web]
enabled = false
[daemon]
tick = "0.1s"
log_format = "json"
[extraction]
processes = {processes}
timeout = "{reading}s"
[fetch]
deadline = "{deadline}s"
retries = 0
per_host_delay = "0s"
per_host_concurrency = 16
robots = false
allow_networks = ["127.0.0.0/8"]
{declared}""",
        encoding="utf-8",
    )
    return path


def _checked(folder: Path, name: str) -> int:
    with Store.open("sqlite:///policywatch.db", base_dir=folder, now=datetime.now(UTC)) as store:
        return len(store.checks(name, 10_000))


def bombard(
    folder: Path,
    kinds: Sequence[str],
    *,
    mebibytes: int = 512,
    processes: int = 2,
    deadline: int = 20,
    reading: int = 20,
) -> Figures:
    """Run a daemon until each hostile source was checked once and the honest ones afterwards.

    ``deadline`` is that of a fetch, ``reading`` that of reading a page, in seconds: on a busy
    machine honest pages and redirects must end before.
    """
    figures = Figures()
    with hostile_site(kinds, mebibytes) as port, (folder / "log").open("wb") as log:
        config = _config(folder, port, kinds, processes, deadline, reading)
        daemon = subprocess.Popen(
            [*_COMMAND, "--config", str(config), "run"], stdout=log, stderr=log, cwd=ROOT
        )
        ended = threading.Event()
        watching = threading.Thread(target=_measure, args=(daemon.pid, figures, ended))
        watching.start()
        try:
            _until_all_were_checked(folder, daemon, kinds)
        finally:
            ended.set()
            watching.join()
            daemon.send_signal(signal.SIGTERM)
            figures.exit_code = daemon.wait(60)
    figures.log = (folder / "log").read_text("utf-8", "replace")
    _read_store(folder, kinds, figures)
    return figures


def _measure(pid: int, figures: Figures, ended: threading.Event) -> None:
    while not ended.wait(0.05):
        figures.daemon_peak_mb = max(figures.daemon_peak_mb, _own_mb(pid))
        figures.peak_mb = max(figures.peak_mb, pss_mb(pid))


def _own_mb(pid: int) -> int:
    with contextlib.suppress(OSError, StopIteration):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        return next(int(x.split()[1]) for x in rollup if x.startswith("Pss:")) // 1024
    return 0


def _until_all_were_checked(
    folder: Path, daemon: subprocess.Popen[bytes], kinds: Sequence[str]
) -> None:
    end = time.monotonic() + 900
    while daemon.poll() is None and time.monotonic() < end:
        time.sleep(0.5)
        if not (folder / "policywatch.db").exists() or b"running" not in _log(folder):
            continue
        if all(_checked(folder, kind) for kind in kinds):
            before = {name: _checked(folder, name) for name in HONEST}
            while daemon.poll() is None and time.monotonic() < end:
                time.sleep(0.2)
                if all(_checked(folder, name) > seen + 1 for name, seen in before.items()):
                    return


def _log(folder: Path) -> bytes:
    return (folder / "log").read_bytes()


def _read_store(folder: Path, kinds: Sequence[str], figures: Figures) -> None:
    with Store.open("sqlite:///policywatch.db", base_dir=folder, now=datetime.now(UTC)) as store:
        for kind in kinds:
            last = store.checks(kind, 1)[0]
            told = last.error or "; ".join(store.snapshots(kind)[0].reasons)
            figures.said[kind] = (last.result, last.error_kind, told)
        for name in HONEST:
            checks = sorted(store.checks(name, 10_000), key=lambda check: check.started_at)
            figures.honest_checks[name] = dict(Counter(check.result for check in checks))
            starts = [check.started_at for check in checks]
            waits = [(b - a).total_seconds() for a, b in pairwise(starts)]
            figures.longest_wait_seconds = max([figures.longest_wait_seconds, *waits])


def main() -> None:
    """All kinds, or those named."""
    kinds = tuple(sys.argv[1:]) or KINDS
    with tempfile.TemporaryDirectory() as folder:
        figures = bombard(Path(folder), kinds)
    shown = {name: value for name, value in vars(figures).items() if name != "log"}
    print(json.dumps(shown, indent=1))


if __name__ == "__main__":
    main()
