"""robots.txt: asked for once a day per origin, remembered within bounds, obeyed.

RFC 9309 with two decisions of ours (docs/fetching.md): a robots.txt that answers 4xx allows all,
as the RFC says; one that cannot be read (5xx, 429, timeout) leaves the last known rules in force,
and without any the page is still fetched, at the slowest pace, because a person asked for exactly
this page and nothing else is crawled.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from protego import Protego

from monitor.errors import FetchError
from monitor.fetch.urls import Target

#: RFC 9309 2.5: at least 500 KiB must be read; what follows is ignored.
MAX_BYTES = 512 * 1024

_KEEP = timedelta(hours=24)
_KEEP_FAILURE = timedelta(minutes=10)
_LONGEST_DELAY = 30.0
_CAREFUL_DELAY = 10.0
_MAX_ORIGINS = 2000
_MAX_TEXT = 8 * 1024 * 1024
#: Larger rules are matched off the event loop: half a megabyte of them takes a third of a second.
_LARGE = 32 * 1024
#: These fail for the page as well: asking for the page would only double the wait.
_HOPELESS = frozenset({"dns", "refused", "tls", "blocked"})

#: Reads robots.txt of an origin: (status, text). Raises FetchError.
ReadRobots = Callable[[Target], Awaitable[tuple[int, str]]]


@dataclass(slots=True)
class _Entry:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    expires: datetime | None = None
    rules: Protego | None = None
    size: int = 0
    unreadable: bool = False


class Robots:
    """The rules of the origins we visit."""

    def __init__(self, user_agent: str, *, clock: Callable[[], datetime]) -> None:
        self._agent = re.split(r"[/\s]", user_agent.strip(), maxsplit=1)[0] or "*"
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    async def admit(self, target: Target, read: ReadRobots) -> float:
        """The pause in seconds that the site asks for between requests.

        Raises FetchError (``robots``, permanent) where the page is closed to us.
        """
        entry = self._entries.setdefault(target.origin, _Entry())
        self._entries.move_to_end(target.origin)
        async with entry.lock:
            if entry.expires is None or entry.expires <= self._clock():
                await self._refresh(entry, target, read)
        self._evict()
        if entry.rules is None:
            return _CAREFUL_DELAY if entry.unreadable else 0.0
        if not await self._allows(entry.rules, entry.size, target.url):
            raise FetchError(
                f"{target.origin}/robots.txt does not allow {self._agent} to fetch "
                f"{target.shown}. Ask the publisher, or set robots = false under [fetch] if you "
                "have the right to read the page by machine.",
                kind="robots",
                transient=False,
                url=target.url,
            )
        asked = entry.rules.crawl_delay(self._agent) or 0.0
        return max(0.0, min(float(asked), _LONGEST_DELAY))

    def __len__(self) -> int:
        """How many origins are remembered."""
        return len(self._entries)

    async def _allows(self, rules: Protego, size: int, url: str) -> bool:
        if size > _LARGE:
            return bool(await asyncio.to_thread(rules.can_fetch, url, self._agent))
        return bool(rules.can_fetch(url, self._agent))

    async def _refresh(self, entry: _Entry, target: Target, read: ReadRobots) -> None:
        now = self._clock()
        try:
            status, text = await read(replace(target, path="/robots.txt"))
        except FetchError as error:
            if error.kind in _HOPELESS:
                raise
            status, text = 0, ""
        entry.unreadable = status == 0 or status == 429 or status >= 500
        entry.expires = now + (_KEEP_FAILURE if entry.unreadable else _KEEP)
        if not entry.unreadable:
            rules = text[:MAX_BYTES] if status == 200 else ""
            entry.rules = await asyncio.to_thread(Protego.parse, rules)
            entry.size = len(rules)

    def _evict(self) -> None:
        total = sum(entry.size for entry in self._entries.values())
        while len(self._entries) > _MAX_ORIGINS or total > _MAX_TEXT:
            _, oldest = self._entries.popitem(last=False)
            total -= oldest.size
