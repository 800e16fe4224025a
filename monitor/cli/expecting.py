"""Commands about what is expected of policies: `lint` for files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer
from rich.padding import Padding
from rich.text import Text

from monitor import config_file
from monitor.cli.annotations import Annotation, of_shortfalls
from monitor.cli.documents import declared_policy, read_file
from monitor.cli.output import SEVERITY_STYLES, AsJson, console, print_json, safe
from monitor.config_file import load_expected
from monitor.errors import ConfigError
from monitor.expectations import Expectation, assess, presets
from monitor.expectations.declared import Expected
from monitor.expected import expectations_of
from monitor.model import Assessment, Document, Standing

Format: TypeAlias = Literal["text", "json", "github"]
FormatOption = Annotated[
    Format, typer.Option("--format", help="text, json, or GitHub's annotations")
]
ExpectOption = Annotated[
    list[str] | None,
    typer.Option("--expect", help="a preset, or a TOML file with what [policy.expect] holds"),
]
PolicyOption = Annotated[str, typer.Option("--policy", help="what is expected of this policy")]

_ORDER: tuple[Standing, ...] = ("contrary", "not found", "silent", "met", "not applicable")
_QUOTE = 240
_HINT = 90
#: Media types whose quotes index the file as it is.
_AS_GIVEN = ("text/markdown", "text/plain")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(lint)


def lint(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="policies (md, txt, html, pdf, docx)")],
    expect: ExpectOption = None,
    policy: PolicyOption = "",
    fail_on: Annotated[
        Literal["expectation"] | None,
        typer.Option(help="exit with 1 on a shortfall of medium or high severity"),
    ] = None,
    output: FormatOption = "text",
    as_json: AsJson = False,
) -> None:
    """Hold policies of your own against expectations, for instance in CI."""
    expectations = chosen(context, expect or [], policy)
    if not expectations:
        raise ConfigError(
            "lint: nothing is expected; name a preset or a file with --expect, or a policy with "
            f"--policy. Presets: {', '.join(presets.names())}"
        )
    read = [(file, read_file(file)) for file in files]
    results = [(file, document, assess(document, expectations)) for file, document in read]
    if as_json or output == "json":
        print_json([{"file": str(f), "assessments": assessed} for f, _, assessed in results])
    elif output == "github":
        for file, document, assessed in results:
            annotate(of_shortfalls(assessed, str(file), text_of(document)))
    else:
        for file, _, assessed in results:
            print_assessments(str(file), assessed)
    if fail_on and any(fails(assessed) for _, _, assessed in results):
        raise typer.Exit(1)


def chosen(context: typer.Context, named: Sequence[str], policy: str) -> tuple[Expectation, ...]:
    """The expectations of presets and files, and those declared for a policy. Raises ConfigError.

    Of the same expectation in several the first counts.
    """
    found: dict[str, Expectation] = {}
    for name in named:
        for expectation in _expected(name).expectations():
            found.setdefault(expectation.name, expectation)
    if policy:
        configuration = config_file.load(context.obj)
        declared = declared_policy(configuration, policy)
        for expectation in expectations_of(configuration.settings, declared):
            found.setdefault(expectation.name, expectation)
    return tuple(found.values())


def _expected(name: str) -> Expected:
    if name in presets.names():
        return Expected(preset=(name,))
    path = Path(name)
    if path.suffix != ".toml" and not path.exists():
        raise ConfigError(
            f'--expect: there is no preset "{name}", and no such file. Presets: '
            + ", ".join(presets.names())
        )
    return load_expected(path)


def fails(assessments: Sequence[Assessment]) -> bool:
    """Whether a shortfall is grave enough for ``--fail-on expectation``."""
    return any(a.short and a.severity != "low" for a in assessments)


def text_of(document: Document) -> str | None:
    """The text of a file whose quotes index it; None for formats that are read into Markdown."""
    return document.text if document.media_type in _AS_GIVEN else None


def annotate(remarks: Iterable[Annotation]) -> None:
    """Print annotations, one a line."""
    for remark in remarks:
        typer.echo(str(remark))


def print_assessments(heading: str, assessments: Sequence[Assessment]) -> None:
    """Print what is met and what is not, shortfalls first, each with the words that show it."""
    counts = Counter(a.standing for a in assessments)
    told = ", ".join(f"{counts[standing]} {standing}" for standing in _ORDER if counts[standing])
    console.print(Text(safe(heading), style="bold") + Text(f": {told}"))
    nearest = ""
    for assessment in sorted(assessments, key=lambda a: _ORDER.index(a.standing)):
        if assessment.standing == "not applicable":
            continue
        _print_assessment(assessment)
        words = _words(assessment)
        if words and words != nearest:
            console.print(Padding(Text(safe(words), style="dim"), (0, 0, 0, 6)))
        nearest = words
    idle = [a.name for a in assessments if a.standing == "not applicable"]
    if idle:
        console.print(Text(safe(f"  not applicable: {', '.join(idle)}"), style="dim"))


def _print_assessment(assessment: Assessment) -> None:
    style = SEVERITY_STYLES[assessment.severity] if assessment.short else "green"
    head = Text("  ") + Text(f"{assessment.standing.upper():<10}", style=style)
    head.append(f" {safe(assessment.name)}", style="bold")
    if assessment.short:
        head.append(f" · {assessment.severity}", style="dim")
    console.print(head)
    source = f" ({assessment.source})" if assessment.source else ""
    console.print(Padding(Text(safe(assessment.summary + source)), (0, 0, 0, 4)))


def _words(assessment: Assessment) -> str:
    """The words that show it; of what was not found, the beginning of a passage on the matter."""
    if not assessment.quotes:
        return ""
    words = " ".join(assessment.quotes[0].text.split())
    limit = _HINT if assessment.standing == "not found" else _QUOTE
    cut = words if len(words) <= limit else words[: limit - 3] + "..."
    return f"speaks of it: “{cut}”" if assessment.standing == "not found" else f"“{cut}”"
