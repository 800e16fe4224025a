"""Every command, gathered; each module registers its own."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import (
    adding,
    backtesting,
    credentials,
    deadlines,
    delivering,
    documents,
    evidence,
    expecting,
    exporting,
    importing,
    ledger,
    mailing,
    notifying,
    operating,
    pausing,
    reading,
    reporting,
    reviewing,
    serving,
    storing,
    subprocessing,
    watch_list,
    watching,
    working,
)

app = typer.Typer(
    name="policywatch",
    help="Watches policies and tells you what changed in meaning.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for commands in (
    adding, watching, documents, expecting, reading, ledger, reporting, reviewing, subprocessing,
    deadlines, operating, delivering, notifying, pausing, serving, credentials,
    evidence, exporting, importing, mailing, storing, watch_list, backtesting, working,
):  # fmt: skip
    commands.register(app)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"policywatch {metadata.version('policywatch')}")
        raise typer.Exit


@app.callback()
def settings(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option(envvar="POLICYWATCH_CONFIG", help="the configuration file")
    ] = Path("config.toml"),
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="say which policywatch this is", is_eager=True, callback=_say_version
        ),
    ] = False,
) -> None:
    """Watches policies and tells you what changed in meaning."""
    context.obj = config
