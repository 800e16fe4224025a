"""`ledger`: who promises what, since when, and what it was before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from monitor import config_file
from monitor.cli.output import AsJson, console, print_json, table
from monitor.cli.reading import At, opened, parse_at, version_of
from monitor.config import Settings
from monitor.errors import ConfigError
from monitor.expectations import asked
from monitor.ledger import in_words
from monitor.registers import Promise, Registers, promises_csv
from monitor.vendors import policies_of


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(ledger)


def ledger(
    context: typer.Context,
    policy: Annotated[str | None, typer.Argument(help="one policy; all by default")] = None,
    kind: Annotated[
        str, typer.Option(help="only this kind, kinds starting so, or a key of [policy.expect]")
    ] = "",
    says: Annotated[
        str, typer.Option(help="only what keeps this condition: '>= 30', never, 'SCC, BCR', true")
    ] = "",
    vendor: Annotated[str, typer.Option(help="only the policies of this [[vendor]]")] = "",
    at: At = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="print CSV for a spreadsheet")] = False,
    as_json: AsJson = False,
) -> None:
    """List what every policy promises now, or promised at a date, and since when."""
    if as_csv and as_json:
        raise ConfigError("--csv and --json exclude each other; give one of them")
    try:
        wanted = asked(kind, says)
    except ValueError as error:
        raise ConfigError(f"{'--says' if says else '--kind'}: {error}") from error
    configuration = config_file.load(context.obj)
    with opened(context) as store:
        names = [policy] if policy else [s.policy for s in store.sources() if s.baseline]
        if vendor:
            names = _of_vendor(configuration.settings, vendor, names)
        if at and not policy:
            names = [name for name in names if store.version_at(name, parse_at(at))]
        versions = [version_of(store, name, None, at) for name in names]
        declared = {p.id: p for p in configuration.settings.policy}
        registers = Registers(store, configuration.settings, declared)
        rows = [*registers.promises(versions, wanted)]
    if as_json:
        print_json(rows)
    elif as_csv:
        for lines in promises_csv(rows):
            typer.echo(lines, nl=False)
    elif rows:
        _print(rows)
    else:
        console.print("No promise is like that.")


def _print(rows: Sequence[Promise]) -> None:
    columns = ["policy", "kind", "value", "scope", "since", "before", "version", "vendor", "owner"]
    cells = [[_cell(row, name) for name in columns] for row in rows]
    told = [place for place in range(len(columns)) if any(row[place] for row in cells)]
    table([columns[place] for place in told], ([row[place] for place in told] for row in cells))


def _cell(row: Promise, column: str) -> object:
    match column:
        case "value":
            return in_words(row.commitment.value, row.commitment.unit)
        case "kind" | "scope":
            return getattr(row.commitment, column).replace("_", " ")
        case "since":
            return f"{row.since:%Y-%m-%d}{' or earlier' if row.or_earlier else ''}"
        case "before":
            return "; ".join(in_words(each.value, each.unit) for each in row.before)
        case _:
            return getattr(row, column)


def _of_vendor(settings: Settings, name: str, policies: Sequence[str]) -> list[str]:
    """Those of the policies that belong to a vendor. Raises ConfigError for an unknown one."""
    wanted = next((v for v in settings.vendor if v.name.casefold() == name.casefold()), None)
    if wanted is None:
        known = ", ".join(v.name for v in settings.vendor) or "none is declared"
        raise ConfigError(f'--vendor: there is no [[vendor]] named "{name}" ({known})')
    mine = {policy.id for policy in policies_of(settings.policy, settings, wanted)}
    return [policy for policy in policies if policy in mine]
