"""The sample site: serves the samples over HTTP and publishes their revisions on schedule."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from random import Random

from jinja2 import Environment, PackageLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from monitor.config import Policy
from web.samples.catalogue import Sample, catalogue
from web.samples.rendering import render
from web.samples.timetable import Timetable

Clock = Callable[[], datetime]
ChooseRevision = Callable[[Sample], int]

#: [samples] step, where nothing else is said.
_STEP = timedelta(seconds=8)
_SETTLED = timedelta(hours=1)
_ROBOTS = "User-agent: *\nDisallow: /quillbrook/login\nDisallow: /dockside/login\n"
_RETRY_AFTER = "3"

_templates = Environment(loader=PackageLoader(__package__), autoescape=True)


def sample_policies(base_url: str, *, step: timedelta = _STEP) -> list[Policy]:
    """Declare the samples for the watch list; ``base_url`` is where the site listens.

    They are checked twice a step: five policies on one host, at the default pace of one request a
    second and with the site's Cache-Control, so see every revision.
    """
    every = f"{max(step.total_seconds() / 2, 1):.3f}".rstrip("0").rstrip(".") + "s"
    return [
        Policy(
            id=sample.id,
            service=sample.service,
            type=sample.type,
            url=base_url.rstrip("/") + sample.path,
            every=every,
            tags=("sample",),
            language=sample.language,
            owner="sample",
        )
        for sample in catalogue()
    ]


def sample_site(
    *,
    started_at: datetime,
    step: timedelta,
    clock: Clock,
    revision: ChooseRevision | None = None,
) -> Starlette:
    """Return the site as an ASGI app; every ``step`` it publishes the next revisions.

    What is live follows from ``started_at`` and the clock alone: whoever keeps ``started_at`` can
    restart the site without the story starting over. ``revision`` overrides the timetable.
    """
    shelf = _Shelf(Timetable(started_at, step), clock, revision, Random())
    return Starlette(
        routes=[
            Route("/", _index(shelf)),
            Route("/robots.txt", _robots),
            *(Route(sample.path, _policy(shelf, sample)) for sample in catalogue()),
        ],
        exception_handlers={404: _not_part_of_the_sample},
    )


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What is on show now, and the noise around it."""

    timetable: Timetable
    clock: Clock
    choose: ChooseRevision | None
    noise: Random

    def live(self, sample: Sample) -> int:
        if self.choose:
            return self.choose(sample)
        return self.timetable.live(self.clock(), len(sample.revision))

    def fresh_for(self, sample: Sample) -> timedelta:
        if self.choose:
            return timedelta(0)
        left = self.timetable.until_next(self.clock(), len(sample.revision))
        return _SETTLED if left is None else left


Endpoint = Callable[[Request], Awaitable[Response]]


def _policy(shelf: _Shelf, sample: Sample) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        live = shelf.live(sample)
        headers = _headers(shelf, sample, live)
        if _is_current(request, headers):
            return Response(status_code=304, headers=headers)
        page = render(
            sample.templates[live],
            language=sample.language,
            day=shelf.timetable.started_at.date(),
            noise=shelf.noise,
        )
        status = 503 if sample.revision[live].failure == "error_503" else 200
        return HTMLResponse(page, status, headers)

    return endpoint


def _headers(shelf: _Shelf, sample: Sample, live: int) -> dict[str, str]:
    headers = {"Cache-Control": f"max-age={math.ceil(shelf.fresh_for(sample).total_seconds())}"}
    failure = sample.revision[live].failure
    if failure:
        headers["Cache-Control"] = "no-store"
    if failure == "error_503":
        headers["Retry-After"] = _RETRY_AFTER
    elif sample.validators != "none":
        tag = f'"{sha256(sample.templates[live].encode()).hexdigest()[:20]}"'
        headers["ETag"] = f"W/{tag}" if sample.validators == "weak" else tag
        published = shelf.timetable.published_at(live).astimezone(UTC)
        headers["Last-Modified"] = format_datetime(published, usegmt=True)
    return headers


def _is_current(request: Request, headers: dict[str, str]) -> bool:
    """Does the client hold this page already? An entity tag decides (RFC 9110, 13.2.2)."""
    if known := request.headers.get("If-None-Match"):
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return headers.get("ETag", "").removeprefix("W/") in tags
    since = request.headers.get("If-Modified-Since")
    modified = headers.get("Last-Modified")
    if not since or not modified:
        return False
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):  # an unreadable date is as good as none
        return False


def _index(shelf: _Shelf) -> Endpoint:
    template = _templates.get_template("index.html")

    async def endpoint(_request: Request) -> Response:
        shown = [(sample, shelf.live(sample)) for sample in catalogue()]
        page = template.render(shown=shown, seconds=shelf.timetable.step.total_seconds())
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})

    return endpoint


async def _robots(_request: Request) -> Response:
    return PlainTextResponse(_ROBOTS)


async def _not_part_of_the_sample(_request: Request, _error: Exception) -> Response:
    return HTMLResponse(_templates.get_template("not_found.html").render(), 404)
