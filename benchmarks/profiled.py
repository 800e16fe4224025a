"""A flame graph of check cycles: where the time of reading and storing policies goes.

    python -m benchmarks.profiled [--policies N] [--out FILE]

Policies of benchmarks/site.py are checked three times by the very code of the daemon (first; the
same text in pages redesigned; one in ten changed), but read in this process, so that one profile
sees all of it. The file is a page with a timeline and a flame graph for each cycle; printed is how
much of each cycle was spent in which part of the project, with what it calls. Profiling slows down.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyinstrument import Profiler
from pyinstrument.frame import Frame
from pyinstrument.renderers import HTMLRenderer

from benchmarks.peers import site_of
from benchmarks.site import address
from monitor import config_file, logs
from monitor.services import open_store, running, utc_now

CYCLES = (("first", "plain"), ("redesigned", "boilerplate"), ("changed", "changed"))
_CONFIG = """
[store]
url = "sqlite:///profiled.db"
[fetch]
allow_networks = ["127.0.0.0/8"]
per_host_delay = "0s"
robots = false
"""
_POLICY = '\n[[policy]]\nid = "p{number}"\nurl = "{url}"\n'
_HERE = Path(__file__).parents[1]
_SHOWN = 8


class _Here:
    """Reads pages in this process, where the profile sees it."""

    async def run(self, work: Callable[..., Any], *given: Any) -> Any:
        """What the worker processes do, without them."""
        return work(*given)


def main(arguments: Sequence[str] | None = None) -> int:
    """Profile the cycles, write the page and print the greatest costs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--policies", type=int, default=50)
    parser.add_argument("--out", type=Path, default=Path("profile"))
    options = parser.parse_args(arguments)
    options.out.mkdir(exist_ok=True)
    logs.configure("error", "console")
    with site_of(options.policies) as site, tempfile.TemporaryDirectory() as folder:
        asyncio.run(_profile(Path(folder), site, options.policies, options.out))
    return 0


async def _profile(folder: Path, site: str, policies: int, out: Path) -> None:
    config = folder / "config.toml"
    declared = (_POLICY.format(number=n, url=address(site, n)) for n in range(policies))
    config.write_text(_CONFIG + "".join(declared))
    configuration = config_file.load(config)
    store = open_store(configuration, exclusive=False, now=utc_now())
    async with running(configuration, store) as services:
        checker = replace(services.checker, workers=_Here())  # type: ignore[arg-type]
        for name, state in CYCLES:
            await asyncio.to_thread(_switch, f"{site}/state?{state}")
            profiler = Profiler(interval=0.005, async_mode="disabled")
            profiler.start()
            for policy in services.policies.values():
                await checker.check(policy)
            session = profiler.stop()
            page = out / f"{name}.html"
            page.write_text(HTMLRenderer().render(session), encoding="utf-8")
            spent: Counter[str] = Counter()
            if root := session.root_frame():
                _add_up(root, spent)
            print(f"{name}: {session.duration * 1000 / policies:.0f} ms a policy, {page}")
            for part, seconds in spent.most_common(_SHOWN):
                print(f"  {seconds / session.duration:6.1%}  {part}")
    store.close()


def _switch(address: str) -> None:
    urllib.request.urlopen(address).read()


def _add_up(frame: Frame, spent: Counter[str], part: str = "python") -> None:
    """Time that stands in a frame itself, by the nearest part of the project around it."""
    path = Path(frame.file_path or "")
    if path.is_relative_to(_HERE) and ".venv" not in path.parts:
        part = "/".join(path.relative_to(_HERE).parts[:2])
    spent[part] += frame.absorbed_time
    for child in frame.children:
        if child.is_synthetic:
            spent[part] += child.time
        else:
            _add_up(child, spent, part)


if __name__ == "__main__":
    sys.exit(main())
