"""What a format gets to read, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.model import Dropped


class Bounds(Protocol):
    """A range of a page: each bound is a CSS selector or None (``monitor.config.Range`` is one)."""

    @property
    def start_before(self) -> str | None: ...
    @property
    def start_after(self) -> str | None: ...
    @property
    def end_before(self) -> str | None: ...
    @property
    def end_after(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of a page, what the server said they are, and what the declaration selects."""

    content: bytes
    media_type: str = "text/html"
    charset: str = ""
    url: str | None = None
    select: Sequence[str] = ()
    remove: Sequence[str] = ()
    ranges: Sequence[Bounds] = ()


@dataclass(frozen=True, slots=True)
class Extracted:
    """A policy's text as one format read it; the fields are those of ``monitor.model.Document``.

    ``language`` is what the page itself claims ("" where it claims nothing). ``text_type`` says
    how the text is to be cut into clauses: ``text/markdown`` or ``text/plain``.
    """

    text: str
    title: str = ""
    language: str = ""
    dropped: tuple[Dropped, ...] = ()
    visible_chars: int = 0
    warnings: tuple[str, ...] = ()
    text_type: str = "text/markdown"
