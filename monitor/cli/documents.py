"""Commands on files, with no store and no network: `compare` and `commitments`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from monitor import config_file
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
from monitor.commitments import commitments_of, contradictions, refusals_of
from monitor.comparison import NO_TEAM_RULES, compare_documents
from monitor.config import Policy
from monitor.config_file import Configuration
from monitor.errors import ConfigError
from monitor.extraction import read_document
from monitor.findings.team import TeamRules
from monitor.model import Document, Edit, to_json
from monitor.team_rules import team_rules

_MEDIA_TYPES = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(compare)
    app.command()(commitments)


def read_file(path: Path) -> Document:
    """Read a policy from a file; the media type follows its ending. Raises ConfigError."""
    return read_document(read_bytes(path), media_type=media_type_of(path))


def read_bytes(path: Path) -> bytes:
    """The bytes of a file a user named. Raises ConfigError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); check the path") from error


def media_type_of(path: Path) -> str:
    """The media type that a file's ending stands for; plain text where it is not known."""
    return _MEDIA_TYPES.get(path.suffix.lower(), "text/plain")


def compare(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(help="the older version (md, txt, html, pdf, docx)")],
    new: Annotated[Path, typer.Argument(help="the newer version")],
    as_json: AsJson = False,
    explain: Annotated[bool, typer.Option(help="show the alignment and why")] = False,
    policy: Annotated[
        str, typer.Option(help="apply the [[watch]] and [[override]] rules of this policy")
    ] = "",
    fail_on: Annotated[
        Literal["material"] | None, typer.Option(help="exit with 1 on this verdict")
    ] = None,
) -> None:
    """Say what changed in meaning between two files."""
    before, after = read_file(old), read_file(new)
    comparison = compare_documents(before, after, _team_rules(context, policy))
    if as_json:
        print_json(comparison)
    else:
        console.print(f"{comparison.verdict.upper()}  {safe(comparison.reason)}")
        print_findings(comparison.findings)
        print_held(comparison.held)
        if explain:
            _print_alignment(before, after, comparison.edits)
    if fail_on == comparison.verdict:
        raise typer.Exit(1)


def _team_rules(context: typer.Context, policy: str) -> TeamRules:
    """The rules of config.toml for a policy; files alone are compared without any."""
    if not policy:
        return NO_TEAM_RULES
    configuration = config_file.load(context.obj)
    return team_rules(configuration.settings, declared_policy(configuration, policy))


def declared_policy(configuration: Configuration, policy: str) -> Policy:
    """The policy that ``--policy`` names. Raises ConfigError."""
    declared = configuration.policy(policy)
    if declared is None:
        names = ", ".join(p.id for p in configuration.settings.policy) or "none"
        raise ConfigError(f'--policy: there is no policy "{policy}"; declared are: {names}')
    return declared


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
    """List what a document promises, with the words that promise it."""
    document = read_file(file)
    found = commitments_of(document)
    against = contradictions(found, refusals_of(document))
    if as_json:
        print_json({"commitments": found, "contradicts": to_json(against)})
        return
    print_commitments(found)
    for contradiction in against:
        console.print(f"contradiction: {safe(contradiction.summary)}")
