"""So many kills on one kind of store, and what came of them, as one line of JSON.

    python -m tests.end_to_end.kill_run sqlite|postgresql KILLS [SEED]

The kills of a long campaign can be shared out over several runs, each with a seed of its own.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres
from tests.end_to_end.killing import kill_again_and_again, serving, write_config
from tests.end_to_end.test_kill import assert_whole, settle


@contextmanager
def store_of(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty store of a kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'policywatch.db'}"
        return
    programs = postgres.programs()
    if programs is None:
        sys.exit("There is no PostgreSQL server (initdb, pg_ctl) on this machine.")
    with postgres.server(programs) as url:
        yield url


def main(kind: str, kills: int, seed: int) -> None:
    """Kill, let a last daemon settle it, and hold it against what must be."""
    with tempfile.TemporaryDirectory() as name, serving() as site:
        folder = Path(name)
        with store_of(kind, folder) as url:
            config, log = write_config(folder, site, url), folder / "log"
            killed_at = kill_again_and_again(config, log, site, kills, random.Random(seed))
            settle(config, log, url)
            figures = assert_whole(url, site)
    print(json.dumps({"store": kind, "seed": seed, "killed_at": killed_at, **figures}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 20260302)
