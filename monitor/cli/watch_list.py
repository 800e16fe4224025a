"""Commands on the watch list: `import ota-declarations`, `import csv`, `export csv`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from monitor import config_file
from monitor.cli.exporting import export_app
from monitor.cli.files import read_bytes
from monitor.cli.importing import import_app
from monitor.cli.output import console, errors, safe
from monitor.errors import ConfigError
from monitor.history.declarations import convert
from monitor.watchlist import Declared, declare, from_csv, to_csv, to_toml
from monitor.whole_files import write_text

Append = Annotated[
    Path | None, typer.Option(help="add to this configuration file instead of printing")
]


def register(_app: typer.Typer) -> None:
    """Add the commands of this module to `import` and `export`."""
    import_app.command("ota-declarations")(import_declarations)
    import_app.command("csv")(import_csv)
    export_app.command("csv")(export_csv)


def import_declarations(
    folder: Annotated[Path, typer.Argument(help="a folder of declarations (JSON), or one file")],
    append: Append = None,
) -> None:
    """Turn Open Terms Archive declarations into [[policy]] tables."""
    try:
        files = [folder] if folder.is_file() else sorted(folder.glob("*.json"))
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be read ({error.strerror})") from error
    if not files:
        raise ConfigError(f"{folder}: holds no declarations (*.json)")
    converted = convert((path.name, read_bytes(path)) for path in files)
    _declare(converted.policies, append)
    for skipped in converted.left_out:
        errors.print(f"left out: {safe(skipped.where)}: {safe(skipped.why)}")
    for declared in converted.policies:
        for note in declared.notes:
            errors.print(f"{safe(declared.id)}: {safe(note)}")


def import_csv(
    file: Annotated[Path, typer.Argument(help="a watch list (`export csv` shows the columns)")],
    append: Append = None,
) -> None:
    """Turn a watch list in CSV into [[policy]] tables."""
    try:
        text = read_bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 text; save it as CSV UTF-8") from error
    _declare(from_csv(text, str(file)), append)


def _declare(declared: Sequence[Declared], append: Path | None) -> None:
    """Print the policies as TOML, or add those that are new to a configuration file."""
    if append is None:
        typer.echo(to_toml(declared), nl=False)
        return
    known = declare(append, declared)
    for policy in known:
        errors.print(f'"{safe(policy)}" is declared already; it stays as it is')
    console.print(f"{len(declared) - len(known)} policies added to {safe(append)}")


def export_csv(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="where to; default: print it")] = None,
) -> None:
    """Write the watch list as CSV, for a spreadsheet; `import csv` reads it back."""
    text = to_csv(config_file.load(context.obj).settings.policy)
    if file is None:
        typer.echo(text, nl=False)
    else:
        write_text(file, text)
