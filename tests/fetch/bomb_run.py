"""Fetches bombs and endless pages at once and prints what they cost (see test_fetch_campaign).

python tests/fetch/bomb_run.py [CONCURRENCY]
"""

from __future__ import annotations

import asyncio
import gzip
import json
import multiprocessing
import resource
import sys
import time
from collections import Counter
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path

import brotli
import zstandard

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from hostile_site import Site  # noqa: E402

from monitor.config import FetchSettings  # noqa: E402
from monitor.fetch import Fetcher  # noqa: E402

UNFOLDED = 512 << 20
EACH = 15
KINDS = ("br", "gzip", "zstd", "endless", "drip")


def serve(says: Connection) -> None:
    """The hostile side, in a process of its own; tells its port."""
    zeros = bytes(UNFOLDED)
    bombs = {
        "br": brotli.compress(zeros, quality=5),
        "gzip": gzip.compress(zeros, 1),
        "zstd": zstandard.ZstdCompressor().compress(zeros),
    }

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def run() -> None:
        async with Site().run() as site:
            for name, bomb in bombs.items():
                site.page("/" + name, bomb, f"Content-Encoding: {name}")
            site.routes |= {"/endless": endless, "/drip": drip}
            says.send(site.port)
            await asyncio.sleep(600)

    asyncio.run(run())


async def fetch_all(port: int, concurrency: int) -> dict[str, object]:
    settings = FetchSettings(
        allow_networks=(ip_network("127.0.0.0/8"),),
        robots=False,
        per_host_delay="0s",
        per_host_concurrency=64,
        concurrency=concurrency,
        deadline="5s",
        retries=0,
    )
    started = time.monotonic()
    async with Fetcher(settings) as fetcher:
        urls = [f"http://127.0.0.1:{port}/{kind}" for kind in KINDS] * EACH
        answers = await asyncio.gather(*map(fetcher.fetch, urls), return_exceptions=True)
    return {
        "fetches": len(answers),
        "kinds": Counter(getattr(answer, "kind", type(answer).__name__) for answer in answers),
        "seconds": round(time.monotonic() - started, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    spawn = multiprocessing.get_context("spawn")
    hears, says = spawn.Pipe(duplex=False)
    server = spawn.Process(target=serve, args=(says,), daemon=True)
    server.start()
    concurrency = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    print(json.dumps(asyncio.run(fetch_all(hears.recv(), concurrency))))
    server.terminate()
    server.join()


if __name__ == "__main__":
    main()
