"""The command line: `policywatch [--config FILE] COMMAND`.

Exit codes: 0 done; 1 only through --fail-on; 2 usage or configuration; 3 a fault.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import documents, evidence, exporting, history, operating, reading, watching
from monitor.cli.output import fail
from monitor.errors import ConfigError, MonitorError

app = typer.Typer(
    name="policywatch",
    help="Watches policies and tells you what changed in meaning.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for commands in (watching, documents, reading, operating, evidence, exporting, history):
    commands.register(app)


@app.callback()
def settings(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option(envvar="POLICYWATCH_CONFIG", help="the configuration file")
    ] = Path("config.toml"),
) -> None:
    """Watches policies and tells you what changed in meaning."""
    context.obj = config


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line (sys.argv by default); our errors become messages and exit codes."""
    try:
        app(args=arguments)
    except ConfigError as error:
        fail(error.problems)
        sys.exit(2)
    except MonitorError as error:
        fail([str(error)])
        sys.exit(3)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(3)
