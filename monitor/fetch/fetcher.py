"""One fetch: pace, robots, redirects, limits, retries.

url -> robots -> turn on the host -> exchange -> redirect? again : judged and decoded
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, Self

import httpx

from monitor.config import FetchSettings
from monitor.errors import FetchError
from monitor.fetch import browser
from monitor.fetch.answers import (
    REDIRECTS,
    Captured,
    Fetched,
    NotModified,
    check_status,
    conditional_headers,
    kept_headers,
    same_etag,
)
from monitor.fetch.caching import Headers, fresh_for, header, media_type
from monitor.fetch.decoding import ACCEPTED
from monitor.fetch.egress import Egress, Endpoint, Resolver, resolve
from monitor.fetch.forward import CheckingProxy
from monitor.fetch.pace import Pace, Sleep
from monitor.fetch.patience import Budget, pause_before_retry
from monitor.fetch.robots import MAX_BYTES as ROBOTS_BYTES
from monitor.fetch.robots import Robots
from monitor.fetch.urls import Target, follow, parse_url
from monitor.fetch.wire import Answer, Session, Wire
from monitor.model import Part, Validator

_ACCEPT = (
    "text/html,application/xhtml+xml,application/pdf;q=0.9,text/markdown;q=0.9,"
    "text/plain;q=0.8,*/*;q=0.5"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.A)
_ROBOTS_REDIRECTS = 5
#: A Chromium takes some 300 MB: no more than this many at once.
_RENDERINGS = 2


@dataclass(slots=True)
class _Trip:
    """One fetch on its way through redirects; ``steps`` are "301 https://where.it/led"."""

    target: Target
    budget: Budget
    session: Session
    language: str = ""
    validator: Validator | None = None
    most_steps: int = 0
    steps: tuple[str, ...] = ()
    seen: set[tuple[str, frozenset[tuple[str, str | None]]]] = field(default_factory=set)

    def enter(self) -> None:
        """Note the place. Raises FetchError when it was seen with the same cookies."""
        place = (self.target.url, self.session.cookies)
        if place in self.seen:
            raise self.lost("redirects in a circle")
        self.seen.add(place)

    def move(self, status: int, headers: Headers) -> None:
        """Follow a redirect. Raises FetchError (``redirect`` or ``blocked``, permanent)."""
        locations = {value for name, value in headers if name == "location" and value.strip()}
        if len(locations) != 1:
            raise self.lost(f"answers with status {status} and does not say where to go")
        if len(self.steps) >= self.most_steps:
            raise self.lost(f"redirects more than {self.most_steps} times")
        self.target = follow(self.target, locations.pop())
        self.steps = (*self.steps, f"{status} {self.target.url}")

    def lost(self, reason: str) -> FetchError:
        return FetchError(
            f"{self.target.shown} {reason}. Open the address in a browser and use the one that "
            "it ends at.",
            kind="redirect",
            transient=False,
            url=self.target.url,
            redirects=self.steps,
        )


class Fetcher:
    """Fetches pages and posts alerts through the checked egress; one per process.

    ``clock`` gives aware UTC instants. ``allow_endpoints`` opens single addresses and ports beside
    ``allow_networks`` (the sample site). The other arguments are for tests of time and network.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        allow_endpoints: Sequence[Endpoint] = (),
        resolver: Resolver = resolve,
        sleep: Sleep = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._egress = Egress(
            allow_networks=settings.allow_networks,
            allow_endpoints=allow_endpoints,
            resolver=resolver,
        )
        self._wire = Wire(settings, self._egress)
        self._robots = Robots(settings.user_agent, clock=clock)
        self._renderings = asyncio.Semaphore(_RENDERINGS)
        self._pace = Pace(
            concurrency=settings.concurrency,
            per_host=settings.per_host_concurrency,
            delay=settings.per_host_delay.total_seconds(),
            now=monotonic,
            sleep=sleep,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End of use. Connections live no longer than one fetch, so there is none to close."""

    async def fetch(
        self,
        url: str,
        *,
        mode: Literal["http", "browser"] = "http",
        validator: Validator | None = None,
        language: str = "",
    ) -> Fetched:
        """The page at ``url``, or the word that it did not change since ``validator``.

        ``language`` (ISO 639-1) is asked for in Accept-Language. Raises FetchError.
        """
        target = parse_url(url)
        budget = Budget(self._settings.deadline.total_seconds())
        attempt = 0
        while True:
            async with self._wire.session() as session:
                most = self._settings.max_redirects
                trip = _Trip(target, budget, session, language, validator, most)
                try:
                    if mode == "browser":
                        return await self._render(url, trip)
                    return await self._travel(url, trip)
                except FetchError as error:
                    error.url, error.redirects = url, error.redirects or trip.steps
                    pause = self._pause(error, attempt, budget.left)
                    if pause is None:
                        raise
            async with budget.spend(target):
                await self._sleep(pause)
            attempt += 1

    def _pause(self, error: FetchError, attempt: int, left: float) -> float | None:
        return pause_before_retry(
            error,
            attempt=attempt,
            retries=self._settings.retries,
            left=left,
            chance=self._chance(),
        )

    async def rest(self, url: str) -> None:
        """Wait until the host of ``url`` may be asked again, if it was asked."""
        with contextlib.suppress(FetchError):
            await self._pace.rest(parse_url(url).lane)

    async def post(
        self, url: str, *, content: bytes, headers: Mapping[str, str], method: str = "POST"
    ) -> httpx.Response:
        """Send to a webhook or a heartbeat address; the answer is read, whatever its status.

        No redirects are followed. Raises FetchError, whose message names the host only: paths of
        webhooks are secrets.
        """
        try:
            target = parse_url(url)
        except FetchError as error:
            error.args = ("The address of the channel is refused: " + _reason(error),)
            error.url = ""
            raise
        budget = Budget(self._settings.deadline.total_seconds())
        try:
            async with self._wire.session() as session, budget.spend(target):
                return await session.exchange(method, target, headers, content)
        except FetchError as error:
            error.url = target.origin
            raise

    @contextlib.asynccontextmanager
    async def relay(self) -> AsyncIterator[CheckingProxy]:
        """A checking proxy for a program that connects by itself, while the context lasts."""
        most, seconds = 5 * self._settings.max_bytes, self._settings.timeout.total_seconds()
        proxy = CheckingProxy(self._egress, most_bytes=most, connect_seconds=seconds)
        async with proxy:
            yield proxy

    async def _travel(self, url: str, trip: _Trip) -> Fetched:
        while True:
            trip.enter()
            delay = await self._admit(trip)
            async with self._pace.turn(trip.target.lane, delay), trip.budget.spend(trip.target):
                fetched = await self._exchange(url, trip)
            if fetched is not None:
                return fetched

    async def _exchange(self, url: str, trip: _Trip) -> Fetched | None:
        """One request of the trip; None when it goes on elsewhere."""
        target = trip.target
        conditions = conditional_headers(target, trip.validator)
        request = self._request_headers(trip.language) | conditions
        async with trip.session.send("GET", target, request) as answer:
            now = self._clock()
            if answer.status in REDIRECTS:
                trip.move(answer.status, answer.headers)
                return None
            if answer.status == 304 and conditions:
                sent = conditions.get("if-none-match", "")
                if not same_etag(sent, header(answer.headers, "etag")):
                    trip.validator = None  # a 304 about other bytes than ours: ask for all of it
                    trip.seen.clear()
                    return None
                return NotModified(
                    url, target.url, 304, kept_headers(answer.headers), now, trip.steps,
                    fresh_for(answer.headers, now),
                )  # fmt: skip
            check_status(target, answer.status, answer.headers, now)
            content = await answer.body(self._settings.max_bytes)
        return self._captured(url, trip, answer, content, now)

    def _captured(
        self, url: str, trip: _Trip, answer: Answer, content: bytes, now: datetime
    ) -> Captured:
        if not content.strip():
            raise FetchError(
                f"{trip.target.shown} answered with an empty page. It is tried again later.",
                kind="empty",
                transient=True,
                status=answer.status,
            )
        part = Part(
            url=url,
            final_url=trip.target.url,
            status=answer.status,
            headers=kept_headers(answer.headers),
            media_type=media_type(answer.headers, content),
            content=content,
            fetched_at=now,
            redirects=trip.steps,
        )
        return Captured(part, fresh_for(answer.headers, now))

    def _request_headers(self, language: str) -> dict[str, str]:
        return {
            "accept": _ACCEPT,
            "accept-encoding": ACCEPTED,
            "accept-language": accept_language(language),
        }

    async def _admit(self, trip: _Trip) -> float:
        """Ask robots.txt; the pause that it wants, in seconds."""
        if not self._settings.robots:
            return 0.0

        async def read(place: Target) -> tuple[int, str]:
            errand = _Trip(place, trip.budget, trip.session, most_steps=_ROBOTS_REDIRECTS)
            return await self._read_robots(errand)

        return await self._robots.admit(trip.target, read)

    async def _read_robots(self, trip: _Trip) -> tuple[int, str]:
        while True:
            trip.enter()
            target = trip.target
            request = {"accept": "text/plain,*/*;q=0.5", "accept-encoding": ACCEPTED}
            async with (
                self._pace.turn(target.lane),
                trip.budget.spend(target),
                trip.session.send("GET", target, request) as answer,
            ):
                if answer.status not in REDIRECTS:
                    body = b""
                    if answer.status == 200:
                        body = await answer.body(ROBOTS_BYTES, cut=True)
                    return answer.status, body.decode("utf-8", "replace")
                trip.move(answer.status, answer.headers)

    async def _render(self, url: str, trip: _Trip) -> Captured:
        delay = await self._admit(trip)
        async with (
            self._renderings,
            self._pace.turn(trip.target.lane, delay),
            trip.budget.spend(trip.target),
        ):
            part = await browser.render(
                trip.target,
                self._settings,
                self._egress,
                language=accept_language(trip.language),
                seconds=trip.budget.left,
                clock=self._clock,
            )
        return Captured(replace(part, url=url), fresh_for(part.headers, part.fetched_at))


def accept_language(language: str) -> str:
    """The same wish each time, so that a site with editions does not flap between them."""
    if language == "en" or not _LANGUAGE.fullmatch(language):
        return "en, *;q=0.5"
    return f"{language}, en;q=0.5, *;q=0.3"


def _reason(error: FetchError) -> str:
    return str(error).partition(" is refused: ")[2] or str(error)
