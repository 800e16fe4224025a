"""The `export` commands; each module adds its own to ``export_app``."""

from __future__ import annotations

import typer

export_app = typer.Typer(
    help="Write what is stored to files.", no_args_is_help=True, rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    """Add `export` to the command line."""
    app.add_typer(export_app, name="export")
