"""The floor: a bare httpx loop that fetches, hashes, and does nothing else.

    python -m benchmarks.bareloop SITE POLICIES [trafilatura]

Each line on standard input asks for one round; each round prints how many bodies were new.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys

import httpx
import trafilatura

from benchmarks.site import address


async def main(site: str, policies: int, *, extract: bool) -> None:
    """Go round whenever told to, until the input ends."""
    tags: dict[int, str] = {}
    digests: dict[int, bytes] = {}
    places = asyncio.Semaphore(16)
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=16)) as client:

        async def look(number: int) -> bool:
            async with places:
                asked = {"if-none-match": tags[number]} if number in tags else {}
                answer = await client.get(address(site, number), headers=asked)
            if answer.status_code == 304:
                return False
            if tag := answer.headers.get("etag"):
                tags[number] = tag
            digest = hashlib.sha256(answer.content).digest()
            new = digests.get(number) != digest
            digests[number] = digest
            if new and extract:
                trafilatura.extract(answer.content)
            return new

        while await asyncio.to_thread(sys.stdin.readline):
            print(sum(await asyncio.gather(*map(look, range(policies)))), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), extract="trafilatura" in sys.argv[3:]))
