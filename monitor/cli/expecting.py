"""Commands about what is expected of policies: `lint` for files, `expectations` for the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.padding import Padding
from rich.text import Text

from monitor import config_file
from monitor.cli.annotations import of_shortfalls
from monitor.cli.failing import FailOn, FormatOption, annotate, failing, text_of
from monitor.cli.files import declared_policy, read_file
from monitor.cli.output import SEVERITY_STYLES, AsJson, console, print_json, safe, when
from monitor.config import Policy, Settings
from monitor.config_file import load_expected
from monitor.errors import ConfigError
from monitor.expectations import Expectation, assess, presets
from monitor.expectations.declared import Expected
from monitor.expected import expectations_of
from monitor.model import Assessment, Standing
from monitor.registers import Answer, Registers, answers_csv
from monitor.services import open_store, sample_declarations, utc_now
from store import SourceRecord

ExpectOption = Annotated[
    list[str] | None,
    typer.Option("--expect", help="a preset, or a TOML file with what [policy.expect] holds"),
]
PolicyOption = Annotated[str, typer.Option("--policy", help="what is expected of this policy")]

_ORDER: tuple[Standing, ...] = ("contrary", "not found", "silent", "met", "not applicable")
_QUOTE = 240
_HINT = 90


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(lint)
    app.command()(expectations)


# --- files ---------------------------------------------------------------------------------------


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
    expected = chosen(context, expect or [], policy)
    if not expected:
        raise ConfigError(
            "lint: nothing is expected; name a preset or a file with --expect, or a policy with "
            f"--policy. Presets: {', '.join(presets.names())}"
        )
    read = [(file, read_file(file)) for file in files]
    results = [(file, document, assess(document, expected)) for file, document in read]
    if as_json or output == "json":
        print_json([{"file": str(f), "assessments": assessed} for f, _, assessed in results])
    elif output == "github":
        for file, document, assessed in results:
            annotate(of_shortfalls(assessed, str(file), text_of(document)))
    else:
        for file, _, assessed in results:
            print_assessments(str(file), assessed)
    if fail_on and failing(
        [FailOn(fail_on)], (), [a for _, _, assessed in results for a in assessed]
    ):
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


# --- the store -----------------------------------------------------------------------------------


def expectations(
    context: typer.Context,
    policy: Annotated[str | None, typer.Argument(help="one policy; all by default")] = None,
    short: Annotated[bool, typer.Option("--short", help="only what is not met")] = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="print CSV for a spreadsheet")] = False,
) -> None:
    """List what is expected of each policy, and what its text says to that."""
    configuration = config_file.load(context.obj)
    settings = configuration.settings
    samples, _ = sample_declarations(settings)
    declared = {p.id: p for p in (*samples, *settings.policy)}
    if policy is not None and policy not in declared:
        raise ConfigError(
            f'{configuration.path}: there is no policy "{policy}". Known: '
            + (", ".join(sorted(declared)) or "none")
        )
    wanted = [declared[policy]] if policy else list(declared.values())
    with open_store(configuration, exclusive=False, now=utc_now()) as store:
        sources = {source.policy: source for source in store.sources()}
        registers = Registers(store, settings, declared)
        known = [sources[p.id] for p in wanted if p.id in sources]
        rows = [row for source in known for row in registers.answers(source)]
    rows = [row for row in rows if row.assessment.short or not short]
    if as_json:
        print_json(rows)
    elif as_csv:
        for lines in answers_csv(rows):
            typer.echo(lines, nl=False)
    else:
        unanswered = [*_without_answer(settings, wanted, sources)]
        _print_rows(rows, unanswered)
        if not rows and not unanswered:
            console.print(_nothing(any(expectations_of(settings, p) for p in wanted)))


def _without_answer(
    settings: Settings, policies: Sequence[Policy], sources: dict[str, SourceRecord]
) -> Iterator[str]:
    """Why a policy is not in the list."""
    for policy in policies:
        source = sources.get(policy.id)
        if not expectations_of(settings, policy):
            if len(policies) == 1:
                yield f"{policy.id}: nothing is expected; docs/expectations.md says how to write it"
        elif source is None or source.baseline is None:
            yield f"{policy.id}: has no version yet; run `policywatch check {policy.id}`"


def _nothing(expected: bool) -> str:
    if expected:
        return "Every expectation is met."
    return "Nothing is expected of any policy; docs/expectations.md says how to write it."


# --- in words ------------------------------------------------------------------------------------


def _print_rows(rows: Sequence[Answer], without: Iterable[str]) -> None:
    for policy in dict.fromkeys(row.policy for row in rows):
        mine = [row for row in rows if row.policy == policy]
        since = {row.assessment.name: row.since for row in mine if row.since}
        stored = "" if since else " (not stored yet: the next check does)"
        heading = f"{policy}, version {mine[0].version}{stored}"
        print_assessments(heading, [row.assessment for row in mine], since)
    for line in without:
        console.print(safe(line))


def print_assessments(
    heading: str, assessments: Sequence[Assessment], since: dict[str, datetime] | None = None
) -> None:
    """Print what is met and what is not, shortfalls first, each with the words that show it."""
    counts = Counter(a.standing for a in assessments)
    told = ", ".join(f"{counts[standing]} {standing}" for standing in _ORDER if counts[standing])
    console.print(Text(safe(heading), style="bold") + Text(f": {told}"))
    nearest = ""
    for assessment in sorted(assessments, key=lambda a: _ORDER.index(a.standing)):
        if assessment.standing == "not applicable":
            continue
        _print_assessment(assessment, (since or {}).get(assessment.name))
        words = _words(assessment)
        if words and words != nearest:
            console.print(Padding(Text(safe(words), style="dim"), (0, 0, 0, 6)))
        nearest = words
    idle = [a.name for a in assessments if a.standing == "not applicable"]
    if idle:
        console.print(Text(safe(f"  not applicable: {', '.join(idle)}"), style="dim"))


def _print_assessment(assessment: Assessment, since: datetime | None) -> None:
    style = SEVERITY_STYLES[assessment.severity] if assessment.short else "green"
    head = Text("  ") + Text(f"{assessment.standing.upper():<10}", style=style)
    head.append(f" {safe(assessment.name)}", style="bold")
    if assessment.short:
        head.append(f" · {assessment.severity}", style="dim")
        head.append(f" · since {when(since)}" if since else "", style="dim")
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
