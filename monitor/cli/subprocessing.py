"""The command `subprocessors`: who processes data for our vendors, since when."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

import typer

from monitor import config_file
from monitor.cli.output import AsJson, print_json, safe, table
from monitor.cli.reading import At, opened, parse_at
from monitor.errors import ConfigError
from monitor.model import Subprocessor
from monitor.registers import LISTING, Listed, Registers
from monitor.watchlist import guarded
from store import Store

_COLUMNS = (
    "policy", "vendor", "name", "places", "purpose", "role", "since", "or_earlier", "version",
    "url",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(subprocessors)


def subprocessors(
    context: typer.Context,
    policy: Annotated[
        str | None, typer.Argument(help="one policy; by default all lists and DPAs")
    ] = None,
    named: Annotated[str, typer.Option(help="only those in whose names these words stand")] = "",
    at: At = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="print CSV for a spreadsheet")] = False,
    as_json: AsJson = False,
) -> None:
    """List the sub-processors of your vendors, and since when each is listed."""
    if as_csv and as_json:
        raise ConfigError("--csv and --json: give one of them")
    settings = config_file.load(context.obj).settings
    until = parse_at(at) if at else None
    with opened(context) as store:
        registers = Registers(store, settings, {p.id: p for p in settings.policy})
        rows = [
            row
            for name in _policies(store, policy)
            for row in registers.listed(name, named=named, until=until)
        ]
    if as_json:
        print_json(rows)
    elif as_csv:
        typer.echo(_csv(rows), nl=False)
    else:
        _print(rows, policy)


def print_listed(listed: Sequence[Subprocessor]) -> None:
    """Print the sub-processors of one document."""
    table(
        ("sub-processor", "places", "purpose"),
        ((one.name, ", ".join(one.places), one.purpose) for one in listed),
    )


def _policies(store: Store, policy: str | None) -> Iterator[str]:
    """The policies meant: one by name, or those that can hold a list. Raises ConfigError."""
    sources = [source for source in store.sources() if source.baseline]
    if policy is None:
        yield from (source.policy for source in sources if source.type in LISTING)
    elif policy in {source.policy for source in sources}:
        yield policy
    else:
        known = ", ".join(source.policy for source in sources) or "none"
        raise ConfigError(
            f'there is no version of a policy "{policy}" in the store. Known: {known}'
        )


def _cells(row: Listed) -> tuple[str, ...]:
    """The values of the CSV's columns."""
    listed = row.subprocessor
    return (
        row.policy, row.vendor, listed.name, "; ".join(listed.places), listed.purpose,
        listed.role, row.since.isoformat(), "yes" if row.or_earlier else "", str(row.version),
        listed.url,
    )  # fmt: skip


def _csv(rows: Iterable[Listed]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows([guarded(safe(cell)) for cell in _cells(row)] for row in rows)
    return out.getvalue()


def _print(rows: Sequence[Listed], policy: str | None) -> None:
    if not rows:
        where = f'"{policy}"' if policy else "any list or DPA in the store"
        typer.echo(f"No sub-processor is listed in {safe(where)}.")
        return
    columns = ["sub-processor", "places", "purpose", "since"]
    if policy is None:
        columns.insert(0, "policy")
    table(columns, ([_shown(row, column) for column in columns] for row in rows))


def _shown(row: Listed, column: str) -> str:
    listed = row.subprocessor
    match column:
        case "policy":
            return row.policy
        case "sub-processor":
            return f"{listed.name} (affiliate)" if listed.role == "affiliate" else listed.name
        case "places":
            return ", ".join(listed.places)
        case "purpose":
            return listed.purpose
        case _:
            day = f"{row.since:%Y-%m-%d}"
            return f"{day} or earlier" if row.or_earlier else day
