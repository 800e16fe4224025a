"""Commands on files, with no store and no network: `compare` and `commitments`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor import config_file
from monitor.cli.annotations import of_findings, of_shortfalls
from monitor.cli.expecting import ExpectOption, chosen, print_assessments
from monitor.cli.failing import FailOnOption, FormatOption, annotate, failing, text_of
from monitor.cli.files import declared_policy, read_file
from monitor.cli.output import (
    AsJson,
    console,
    print_commitments,
    print_findings,
    print_held,
    print_json,
    safe,
    table,
)
from monitor.cli.subprocessing import print_listed
from monitor.commitments import commitments_of, contradictions, refusals_of
from monitor.comparison import NO_TEAM_RULES, compare_documents
from monitor.expectations import assess
from monitor.findings.team import TeamRules
from monitor.model import Document, Edit, to_json
from monitor.subprocessors import subprocessors_of
from monitor.team_rules import team_rules


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(compare)
    app.command()(commitments)


def compare(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(help="the older version (md, txt, html, pdf, docx)")],
    new: Annotated[Path, typer.Argument(help="the newer version")],
    as_json: AsJson = False,
    explain: Annotated[bool, typer.Option(help="show the alignment and why")] = False,
    policy: Annotated[
        str, typer.Option(help="apply the rules and expectations of this policy")
    ] = "",
    expect: ExpectOption = None,
    fail_on: FailOnOption = None,
    output: FormatOption = "text",
) -> None:
    """Say what changed in meaning between two files, and what the newer one falls short of."""
    before, after = read_file(old), read_file(new)
    comparison = compare_documents(before, after, _team_rules(context, policy))
    assessments = assess(after, chosen(context, expect or [], policy))
    if as_json or output == "json":
        more = {"expectations": to_json(assessments)} if assessments else {}
        print_json({**to_json(comparison), **more})
    elif output == "github":
        text = text_of(after)
        annotate(of_findings(comparison.findings, str(new), text))
        annotate(of_shortfalls(assessments, str(new), text))
    else:
        console.print(f"{comparison.verdict.upper()}  {safe(comparison.reason)}")
        print_findings(comparison.findings)
        print_held(comparison.held)
        if assessments:
            print_assessments(str(new), assessments)
        if explain:
            _print_alignment(before, after, comparison.edits)
    if failing(fail_on, [comparison.verdict], assessments):
        raise typer.Exit(1)


def _team_rules(context: typer.Context, policy: str) -> TeamRules:
    """The rules of config.toml for a policy; files alone are compared without any."""
    if not policy:
        return NO_TEAM_RULES
    configuration = config_file.load(context.obj)
    return team_rules(configuration.settings, declared_policy(configuration, policy))


def _print_alignment(before: Document, after: Document, edits: tuple[Edit, ...]) -> None:
    rows = []
    for edit in edits:
        if edit.kind == "kept":
            continue
        old = " / ".join(before.clauses[i].text for i in edit.before)
        new = " / ".join(after.clauses[i].text for i in edit.after)
        rows.append((edit.kind, old[:200], new[:200], edit.note))
    table(("step", "before", "after", "why"), rows)


def commitments(
    file: Annotated[Path, typer.Argument(help="a policy (md, txt, html, pdf, docx)")],
    as_json: AsJson = False,
) -> None:
    """List what a document promises, with the words that promise it, and its sub-processors."""
    document = read_file(file)
    found = commitments_of(document)
    against = contradictions(found, refusals_of(document))
    listed = subprocessors_of(document)
    if as_json:
        print_json({"commitments": found, "contradicts": to_json(against), "subprocessors": listed})
        return
    print_commitments(found)
    if listed:
        print_listed(listed)
    for contradiction in against:
        console.print(f"contradiction: {safe(contradiction.summary)}")
