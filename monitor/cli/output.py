"""How the command line prints: JSON for machines, narrow-terminal-proof text for people."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from monitor.ledger import in_words
from monitor.model import (
    COMMITMENT_KINDS,
    Commitment,
    Direction,
    Finding,
    HeldBack,
    Severity,
    to_json,
)

#: Beyond what JSON escapes itself: control characters, turns of direction, halves of characters.
_OBEYED = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

AsJson = Annotated[bool, typer.Option("--json", help="print JSON for machines")]

console = Console(highlight=False, markup=False, emoji=False)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False)

SEVERITY_STYLES: dict[Severity, str] = {"high": "bold red", "medium": "yellow", "low": "dim"}
DIRECTION_MARKS: dict[Direction, str] = {
    "weaker": "\u25bc weaker",
    "stronger": "\u25b2 stronger",
    "neutral": "\u25c6 neutral",
}


def safe(text: object) -> str:
    """A stranger's words without what a terminal could take for a command."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in str(text)
    )


def print_json(value: Any) -> None:
    """Print any of the model's values as JSON; what a terminal would obey is written as \\u...."""
    text = json.dumps(to_json(value), indent=2, ensure_ascii=False)
    typer.echo(_OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def fail(problems: Iterable[str]) -> None:
    """Print what went wrong on standard error, one line each."""
    for problem in problems:
        errors.print(Text("error: ", style="bold red") + Text(safe(problem)))


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """Print rows; cells are plain text from anyone, so no markup is read in them."""
    grid = Table(box=None, pad_edge=False, header_style="bold", title=title or None)
    for header in headers:
        grid.add_column(header, overflow="fold")
    for row in rows:
        grid.add_row(*(cell if isinstance(cell, Text) else Text(safe(cell)) for cell in row))
    console.print(grid)


def when(instant: datetime | None) -> str:
    """An instant in UTC, to the minute."""
    return instant.strftime("%Y-%m-%d %H:%M") if instant else "never"


def print_commitments(commitments: Sequence[Commitment]) -> None:
    """Print commitments by kind, each with its value, scope and quote."""
    by_kind = sorted(commitments, key=lambda c: COMMITMENT_KINDS.index(c.kind))
    for kind, group in itertools.groupby(by_kind, key=lambda c: c.kind):
        console.print(Text(kind.replace("_", " "), style="bold"))
        for commitment in group:
            line = Text("  " + safe(in_words(commitment.value, commitment.unit)), style="cyan")
            for more in (commitment.scope, commitment.condition):
                line.append(f" ({safe(more)})" if more else "", style="default")
            console.print(line)
            words = " ".join(commitment.quote.text.split())
            cut = words if len(words) <= 200 else words[:197] + "..."
            console.print(Padding(Text(safe(cut), style="dim"), (0, 0, 0, 6)))


def print_findings(findings: Sequence[Finding]) -> None:
    """Print findings, worst first, with both quotes."""
    order = {"high": 0, "medium": 1, "low": 2}
    for finding in sorted(findings, key=lambda f: order[f.severity]):
        head = Text(f"{finding.severity.upper():6} ", style=SEVERITY_STYLES[finding.severity])
        head.append(f"{finding.category}  ", style="bold")
        head.append(DIRECTION_MARKS[finding.direction])
        console.print(head)
        console.print(Text("  " + safe(finding.summary)))
        for mark, style, quote in (("-", "red", finding.before), ("+", "green", finding.after)):
            if quote is not None:
                words = safe(" ".join(quote.text.split()))
                cut = words if len(words) <= 300 else words[:297] + "..."
                console.print(Text(f"  {mark} {cut}", style=style))
        console.print(Text(f"  rule {finding.rule}", style="dim"))


def print_held(held: Sequence[HeldBack]) -> None:
    """Print the findings that a team's own rules ignore, one line each."""
    for item in held:
        why = f" ({item.reason})" if item.reason else ""
        said = f'ignored by your rule "{item.rule}"{why}: {item.finding.summary}'
        console.print(Text(safe(said), style="dim"))
