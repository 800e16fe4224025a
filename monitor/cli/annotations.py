"""Output for continuous integration: GitHub's workflow commands, one a line. Pure.

    ::error file=privacy.md,line=12,title=notice_period::Notice of changes: 14 days; expected ...

GitHub reads these from the output of a step and shows them beside the lines they name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.model import Assessment, Finding, Severity

_LEVELS: dict[Severity, str] = {"high": "error", "medium": "warning", "low": "notice"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = _DATA | {":": "%3A", ",": "%2C"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on a file; ``line`` and ``end_line`` count from 1, None where there is none."""

    severity: Severity
    file: str
    title: str
    message: str
    line: int | None = None
    end_line: int | None = None

    def __str__(self) -> str:
        given = {
            "file": self.file,
            "line": self.line,
            "endLine": self.end_line,
            "title": self.title,
        }
        properties = ",".join(
            f"{name}={_escaped(str(value), _PROPERTY)}"
            for name, value in given.items()
            if value not in (None, "")
        )
        return f"::{_LEVELS[self.severity]} {properties}::{_escaped(self.message, _DATA)}"


def of_shortfalls(
    assessments: Iterable[Assessment], file: str, text: str | None
) -> Iterator[Annotation]:
    """A remark for each shortfall, at the words that say otherwise.

    ``text`` is what the file holds; None where quotes do not index it (HTML, PDF): then no line.
    """
    for assessment in assessments:
        if assessment.short:
            quote = assessment.quotes[0] if assessment.quotes else None
            first, last = _lines(text, quote.start, quote.end) if quote else (None, None)
            source = f" ({assessment.source})" if assessment.source else ""
            yield Annotation(
                assessment.severity, file, assessment.name, assessment.summary + source, first, last
            )


def of_findings(findings: Iterable[Finding], file: str, text: str | None) -> Iterator[Annotation]:
    """A remark for each finding of a comparison, at its words in the newer file."""
    for finding in findings:
        first, last = _lines(text, finding.after.start, finding.after.end) if finding.after else (
            None, None,
        )  # fmt: skip
        title = f"{finding.category}: {finding.direction}"
        yield Annotation(finding.severity, file, title, finding.summary, first, last)


def _lines(text: str | None, start: int, end: int) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    first = text.count("\n", 0, start) + 1
    return first, first + text.count("\n", start, max(start, end - 1))


def _escaped(text: str, signs: dict[str, str]) -> str:
    """As GitHub undoes it; what no line of a log may hold becomes a replacement character."""
    return "".join(
        signs.get(c) or (c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}")
        for c in text
    )
