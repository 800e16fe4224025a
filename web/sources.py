"""The captured source of a version around a passage of its text: a page, and what the API says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from starlette.responses import Response

from monitor.errors import StoreError
from monitor.extraction.charset import decode
from monitor.extraction.formats import content_type
from store import PartRecord
from web import rendering
from web.backend import Backend
from web.pages import Number, source_of, version_of
from web.views.captured import Excerpt, excerpt
from web.views.overview import heading_of

_MARKUP = ("text/html", "application/xhtml+xml")

#: An offset in a version's text, in characters.
Offset = Annotated[int, Query(ge=0, le=1_000_000_000)]


@dataclass(frozen=True, slots=True)
class CapturedPart:
    """A page of the capture; ``excerpt`` is null where the passage is not found in its source.

    ``problem`` says why it could not be looked for.
    """

    url: str
    media_type: str
    digest: str
    excerpt: Excerpt | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Captured:
    """Where a passage of a version's text stands in what the server sent."""

    policy: str
    version: int
    passage: str
    parts: tuple[CapturedPart, ...]


def sources(backend: Backend) -> APIRouter:
    """The page."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)

    @router.get("/policies/{policy}/versions/{number}/source")
    def one_source(policy: str, number: Number, start: Offset, end: Offset) -> Response:
        source, version = source_of(backend, policy), version_of(backend, policy, number)
        return rendering.page(
            "source.html",
            heading=heading_of(source.service or policy, version.title),
            version=version,
            captured=captured(backend, policy, number, start, end),
        )

    return router


def captured(backend: Backend, policy: str, number: int, start: int, end: int) -> Captured:
    """The source of a version around ``text[start:end]``.

    404 for a version that there is not, or of which no source is kept; 422 for an empty passage.
    """
    version = version_of(backend, policy, number)
    passage = backend.store.version_text(policy, number)[start:end]
    if not passage.strip():
        raise HTTPException(422, f"Version {number} has no words from {start} to {end}.")
    if version.snapshot is None:
        told = f"Of version {number} no source is kept: it was imported as text."
        raise HTTPException(404, told)
    try:
        parts = backend.store.snapshot(version.snapshot).parts
    except StoreError as error:
        raise HTTPException(404, str(error)) from error
    found = tuple(_part(backend, part, passage) for part in parts)
    return Captured(policy, number, passage, found)


def _part(backend: Backend, part: PartRecord, passage: str) -> CapturedPart:
    kind, charset = content_type(part.media_type)
    said = (part.final_url or part.url, part.media_type, part.body_digest)
    if not kind.startswith("text/") and kind not in _MARKUP:
        return CapturedPart(*said, None, f"It is {kind or 'of no named kind'}, not text.")
    try:
        content = backend.store.blob(part.body_digest)
    except StoreError:
        return CapturedPart(*said, None, "Its bytes are not kept any more.")
    source, _ = decode(content, charset, markup=kind in _MARKUP)
    return CapturedPart(*said, excerpt(source, passage, markup=kind in _MARKUP))
