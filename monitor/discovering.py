"""Looking at pages before they are watched: one as it would be captured, or those of a whole site.

    the start page ──► links to policies, and to pages with more of them (one step)
    the sitemap    ──► links, for what is still missing
    well-known paths ──► guesses, for what is still missing; they count only if their text agrees

Every request goes through the fetcher: robots.txt, pace, limits and checked addresses hold here as
they do for checks. Pages are read in worker processes.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from monitor.config import Policy, PolicyType
from monitor.discovery import (
    Link,
    Looked,
    Preview,
    kind_of,
    likeliest_first,
    links_of_sitemap,
    links_to_policies,
    look,
    policy_kinds,
    segments_of,
    well_known,
)
from monitor.errors import ConfigError, ExtractionError, FetchError
from monitor.extraction.formats import content_type
from monitor.fetch import Captured, Fetcher
from monitor.model import Part
from monitor.reading import Selection, selection_of
from monitor.workers import Workers

#: Of one type, so many pages are looked at; so many pages with links, and inner sitemaps.
_MOST_OF_A_TYPE = 4
_MOST_HUBS = 3
_MOST_SITEMAPS = 2
_HTML = ("text/html", "application/xhtml+xml")
#: Found by its name; guesses must be confirmed by what their text says.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A page that may be worth watching, where the site leads to it, and what it would be."""

    link: Link
    preview: Preview


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a site has; ``missing`` are types of which nothing was found.

    ``problems`` are pages that could not be had.
    """

    home: str
    found: tuple[Found, ...]
    missing: tuple[PolicyType, ...]
    problems: tuple[str, ...]


async def preview(
    fetcher: Fetcher, workers: Workers, policy: Policy, expected: PolicyType | None = None
) -> Preview:
    """What a check of this declaration would capture now. Raises FetchError, ExtractionError."""
    parts = tuple(
        [await _fetched(fetcher, url, policy.fetch, policy.language) for url in policy.all_urls]
    )
    return await workers.run(look, parts, selection_of(policy), policy.language, expected)


#: What of a declaration decides which text is read.
READING = ("select", "remove", "language", "fetch")


async def look_at(
    fetcher: Fetcher, workers: Workers, urls: Iterable[str], given: Mapping[str, Any]
) -> list[Looked]:
    """Each address as it would be captured, with what is given of ``READING``; never raises."""
    asked = {key: value for key, value in given.items() if value and key in READING}

    async def one(url: str) -> Looked:
        try:
            policy = Policy(id="new", url=url, **asked)
            return Looked(url, await preview(fetcher, workers, policy))
        except (FetchError, ExtractionError) as error:
            return Looked(url, None, str(error))

    return await asyncio.gather(*(one(url) for url in urls))


async def discover(fetcher: Fetcher, workers: Workers, site: str) -> Discovery:
    """Find the policies of a site, named by its domain or any address on it.

    Raises ConfigError for a name that is none, FetchError where its start page cannot be had.
    """
    scout = _Scout(fetcher, workers)
    home = await scout.arrive(site)
    await scout.follow_hubs(home.final_url)
    await scout.look_at(likeliest_first(scout.links.values(), home.final_url))
    if scout.missing():
        await scout.read_sitemaps(home.final_url)
        guesses = [link for link in scout.links.values() if kind_of(link) in scout.missing()]
        await scout.look_at(likeliest_first(guesses, home.final_url))
    for kind in scout.missing():
        await scout.guess(home.final_url, kind)
    order = {kind: place for place, kind in enumerate((*policy_kinds(), "other"))}
    found = sorted(
        scout.found.values(), key=lambda f: (order[f.preview.type], bool(f.preview.doubts))
    )
    return Discovery(home.final_url, tuple(found), scout.missing(), tuple(scout.problems))


def home_of(site: str) -> str:
    """The start page of a domain, or of the site of an address. Raises ConfigError."""
    given = site.strip()
    address = given if "://" in given else f"https://{given}"
    wrong = ConfigError(f'"{given}" is no domain; write it as in "harbourloom.example"')
    try:
        parts = urlsplit(address)
        named = parts.hostname and parts.port != 0
    except ValueError:
        raise wrong from None
    if not named or parts.scheme not in ("http", "https") or re.search(r"[\s@]", parts.netloc):
        raise wrong
    return f"{parts.scheme}://{parts.netloc}/"


@dataclass(slots=True)
class _Scout:
    """One look around a site: the links that it has seen, and what became of them."""

    fetcher: Fetcher
    workers: Workers
    links: dict[str, Link] = field(default_factory=dict)
    found: dict[str, Found] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    async def arrive(self, site: str) -> Part:
        """The start page; where the bare domain does not answer, that of "www."."""
        home = home_of(site)
        try:
            part = await _fetched(self.fetcher, home)
        except FetchError:
            host = urlsplit(home).netloc
            if host.startswith("www.") or ":" in host or "://" in site:
                raise
            part = await _fetched(self.fetcher, home.replace("://", "://www.", 1))
        await self._take_links(part)
        return part

    async def follow_hubs(self, home: str) -> None:
        """One step into pages that lead to policies, the likeliest first."""
        hubs = [link for link in self.links.values() if link.kind == "hub"]
        hubs.sort(key=lambda link: (-link.sure, len(segments_of(link.url))))
        paths = [urljoin(home, f"/{path}") for path in well_known("hub")] if not hubs else []
        for url in [*(link.url for link in hubs), *paths][:_MOST_HUBS]:
            try:
                await self._take_links(await _fetched(self.fetcher, url))
            except FetchError as error:
                if url not in paths:
                    self.problems.append(str(error))

    async def read_sitemaps(self, home: str) -> None:
        """Links of the sitemap, and of the inner ones that may list policies."""
        outer = await self._read_sitemap(urljoin(home, "/sitemap.xml"))
        outer.sort(key=lambda url: "page" not in url and "legal" not in url)
        for url in outer[:_MOST_SITEMAPS]:
            await self._read_sitemap(url)

    async def _read_sitemap(self, url: str) -> list[str]:
        """Take its links; the sitemaps that it lists. Most sites have none, and none is needed."""
        try:
            part = await _fetched(self.fetcher, url)
            links, inner = await self.workers.run(links_of_sitemap, part.content)
        except (FetchError, ExtractionError):
            return []
        self._add(links)
        return list(inner)

    async def look_at(self, links: Sequence[Link]) -> None:
        """See what the pages behind links are, at most a few of each type."""
        chosen: list[Link] = []
        for link in links:
            many = sum(kind_of(other) == kind_of(link) for other in chosen)
            if link.url not in self._seen and many < _MOST_OF_A_TYPE:
                chosen.append(link)
                self._seen.add(link.url)
        await asyncio.gather(*(self._look(link) for link in chosen))

    async def guess(self, home: str, kind: PolicyType) -> None:
        """Try well-known paths of a type, until one of them is what its path says."""
        for path in well_known(kind):
            url = urljoin(home, f"/{path}")
            if url not in self._seen:
                self._seen.add(url)
                await self._look(Link(url, "", kind, 1, "a well-known path"))
            if kind not in self.missing():
                return

    def missing(self) -> tuple[PolicyType, ...]:
        """The types of which no page was found that passes the gate."""
        have = {f.preview.type for f in self.found.values() if not f.preview.doubts}
        return tuple(kind for kind in policy_kinds() if kind not in have)

    async def _look(self, link: Link) -> None:
        kind = kind_of(link)
        named = link.sure >= _NAMED
        try:
            part = await _fetched(self.fetcher, link.url)
            seen = await self.workers.run(look, (part,), Selection(), "", kind if named else None)
        except (FetchError, ExtractionError) as error:
            if named:
                self.problems.append(str(error))
            return
        if not named and (seen.type != kind or seen.doubts):
            return
        digest = hashlib.sha256(seen.text.encode("utf-8", "replace")).hexdigest()
        self.found.setdefault(digest, Found(link, seen))

    async def _take_links(self, part: Part) -> None:
        kind, charset = content_type(part.media_type)
        if kind in _HTML:
            args = (part.content, charset, part.final_url)
            try:
                self._add(await self.workers.run(links_to_policies, *args))
            except ExtractionError as error:
                self.problems.append(f"{part.final_url}: {error}")

    def _add(self, links: Iterable[Link]) -> None:
        for link in links:
            known = self.links.get(link.url)
            if known is None or link.sure > known.sure:
                self.links[link.url] = link


async def _fetched(
    fetcher: Fetcher, url: str, mode: Literal["http", "browser"] = "http", language: str = ""
) -> Part:
    answer = await fetcher.fetch(url, mode=mode, language=language)
    assert isinstance(answer, Captured)  # nothing was asked on a condition
    return answer.part
