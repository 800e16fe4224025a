"""What a report says, whatever it is rendered as. Pure.

All text in a ``Report`` has been through ``notifiers.wording``: nothing in it is hidden or controls
anything. It is not yet escaped: every rendering does that for its own format.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from notifiers.redlines import Op, Piece
from web.views.change import Told
from web.views.sheet import Sheet

#: Shown at the foot of every report.
CLAIM = (
    "Made by policywatch from what it captured. “Material” means worth reading; it is not a legal "
    "finding. Dates are counted from what the page, the configuration and the laws named in it say."
)


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph of ours; ``quiet`` for an aside."""

    text: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and what they stand for. ``code`` sets the values in a fixed width."""

    rows: tuple[tuple[str, str], ...]
    code: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; every row has as many cells as there are headers."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences."""

    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What was promised and what is now; ``languages`` of both texts are ISO 639-1 or ""."""

    told: tuple[Told, ...]
    languages: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A clause in a text whose changes are tracked.

    ``end`` says what became of the paragraph's own end: where it is "new", the older text runs on
    into the next paragraph; where it is "gone", the newer one does.
    """

    kind: str
    level: int
    pieces: tuple[Piece, ...]
    end: Op = "same"


@dataclass(frozen=True, slots=True)
class Redline:
    """The words of a change: rows with their context for reading, all of it for tracked changes.

    ``tracked`` is what a format that can accept and reject changes shows instead of ``sheet``;
    ``author`` and ``at`` are who made them, and when they were first seen.
    """

    sheet: Sheet
    tracked: tuple[Paragraph, ...]
    author: str
    at: datetime
    language: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within a section, with a remark beside it."""

    text: str
    remark: str = ""


Block: TypeAlias = Prose | Facts | Grid | Points | Findings | Redline | Heading


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report under a heading; one without blocks says that there was nothing."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report, ready to be rendered. ``stem`` is what its file is called, without an ending."""

    kind: str
    title: str
    subtitle: str
    lead: str
    facts: Facts
    sections: tuple[Section, ...]
    made_at: datetime
    stem: str

    def blocks(self) -> Iterator[Block]:
        """Every block of every section, in order."""
        for section in self.sections:
            yield from section.blocks
