"""What makes a command fail for continuous integration, and how it reports there.

    --fail-on expectation   something of medium or high severity falls short of what is expected
    --fail-on material      a change of that verdict
    --fail-on minor         a change of that verdict, or of the graver one

Several may be given. Only these make the exit code 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

import typer

from monitor.cli.annotations import Annotation
from monitor.model import Assessment, Document


class FailOn(StrEnum):
    """What makes the exit code 1."""

    EXPECTATION = "expectation"
    MATERIAL = "material"
    MINOR = "minor"


Format: TypeAlias = Literal["text", "json", "github"]
FailOnOption = Annotated[
    list[FailOn] | None,
    typer.Option("--fail-on", help="exit with 1 on a shortfall, or a change of this verdict"),
]
FormatOption = Annotated[
    Format, typer.Option("--format", help="text, json, or GitHub's annotations")
]

#: Media types whose quotes index the file as it is.
_AS_GIVEN = ("text/markdown", "text/plain")


def failing(
    fail_on: Sequence[FailOn] | None,
    verdicts: Iterable[object],
    assessments: Iterable[Assessment],
) -> bool:
    """Whether the exit code is 1."""
    wanted = {str(each) for each in fail_on or ()}
    if FailOn.MINOR in wanted:
        wanted.add(FailOn.MATERIAL)
    if FailOn.EXPECTATION in wanted and any(a.short and a.severity != "low" for a in assessments):
        return True
    return any(verdict in wanted for verdict in verdicts)


def text_of(document: Document) -> str | None:
    """The text of a file whose quotes index it; None for formats that are read into Markdown."""
    return document.text if document.media_type in _AS_GIVEN else None


def annotate(remarks: Iterable[Annotation]) -> None:
    """Print annotations, one a line."""
    for remark in remarks:
        typer.echo(str(remark))
