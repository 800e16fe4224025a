"""The command `subprocessors`: who processes data for our vendors, since when."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from monitor import config_file
from monitor.cli.output import AsJson, print_json, safe, table
from monitor.cli.reading import At, opened, parse_at
from monitor.comparison import as_document
from monitor.config import Settings
from monitor.errors import ConfigError
from monitor.history.watchlist import guarded
from monitor.model import Subprocessor
from monitor.subprocessors import Edition, Tenure, listing_of, tenures
from monitor.vendors import vendor_of
from store import Store

_LISTING = ("subprocessors", "dpa")
_COLUMNS = (
    "policy", "vendor", "name", "places", "purpose", "role", "since", "or_earlier", "version",
    "url",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(subprocessors)


@dataclass(frozen=True, slots=True)
class _Row:
    """A sub-processor of one policy, and whose policy that is."""

    policy: str
    vendor: str
    tenure: Tenure

    def for_machines(self) -> dict[str, object]:
        return {
            "policy": self.policy,
            "vendor": self.vendor,
            "since": self.tenure.since,
            "or_earlier": self.tenure.or_earlier,
            "version": self.tenure.version,
            "subprocessor": self.tenure.subprocessor,
        }

    def cells(self) -> tuple[str, ...]:
        """The values of the CSV's columns."""
        listed, tenure = self.tenure.subprocessor, self.tenure
        return (
            self.policy, self.vendor, listed.name, "; ".join(listed.places), listed.purpose,
            listed.role, tenure.since.isoformat(), "yes" if tenure.or_earlier else "",
            str(tenure.version), listed.url,
        )  # fmt: skip


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
        rows = [
            row
            for name in _policies(store, policy)
            for row in _rows(store, settings, name, until)
            if named.casefold() in row.tenure.subprocessor.name.casefold()
        ]
    if as_json:
        print_json([row.for_machines() for row in rows])
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
        yield from (source.policy for source in sources if source.type in _LISTING)
    elif policy in {source.policy for source in sources}:
        yield policy
    else:
        known = ", ".join(source.policy for source in sources) or "none"
        raise ConfigError(
            f'there is no version of a policy "{policy}" in the store. Known: {known}'
        )


def _rows(store: Store, settings: Settings, policy: str, until: datetime | None) -> Iterator[_Row]:
    declared = next((p for p in settings.policy if p.id == policy), None)
    vendor = vendor_of(settings, declared)
    for tenure in tenures(_editions(store, policy, until)):
        yield _Row(policy, vendor.name if vendor else "", tenure)


def _editions(store: Store, policy: str, until: datetime | None) -> Iterator[Edition]:
    """The versions up to an instant, oldest first, each with what it lists."""
    for version in sorted(store.versions(policy), key=lambda version: version.number):
        if until is None or version.first_seen <= until:
            text = store.version_text(policy, version.number)
            listing = listing_of(as_document(text))
            anew = version.origin == "upgrade"
            yield Edition(version.number, version.first_seen, listing, anew)


def _csv(rows: Iterable[_Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows([guarded(safe(cell)) for cell in row.cells()] for row in rows)
    return out.getvalue()


def _print(rows: Sequence[_Row], policy: str | None) -> None:
    if not rows:
        where = f'"{policy}"' if policy else "any list or DPA in the store"
        typer.echo(f"No sub-processor is listed in {safe(where)}.")
        return
    columns = ["sub-processor", "places", "purpose", "since"]
    if policy is None:
        columns.insert(0, "policy")
    table(columns, ([_shown(row, column) for column in columns] for row in rows))


def _shown(row: _Row, column: str) -> str:
    listed = row.tenure.subprocessor
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
            day = f"{row.tenure.since:%Y-%m-%d}"
            return f"{day} or earlier" if row.tenure.or_earlier else day
