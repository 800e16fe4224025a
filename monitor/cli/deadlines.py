"""The commands `deadlines` and `statutes`: until when one may act on a change, and by which law."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from monitor import config_file
from monitor.cli.output import AsJson, console, print_json, safe, table
from monitor.cli.reading import opened
from monitor.clock import calendar_of
from monitor.config_file import Configuration
from monitor.deadlines import LOOK_BACK, Ahead, Almanac
from monitor.errors import ConfigError
from monitor.findings.words import shortened
from monitor.icalendar import Event, feed
from monitor.notice.deadlines import Deadline
from monitor.notice.statutes import Statute, statutes
from monitor.registers import Due, Registers
from monitor.services import declared_policies, utc_now
from monitor.watchlist import guarded
from store import SourceRecord, Store

_COLUMNS = (
    "until", "days_left", "kind", "policy", "service", "vendor", "owner", "change", "source",
    "start", "counted", "cite", "names", "also", "notice",
)  # fmt: skip
#: Days left that are shown in red.
_SOON = 7
_CITED = 160


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(deadlines)
    app.command(name="statutes")(laws)


@dataclass(frozen=True, slots=True)
class _Row:
    """A day that follows from a change, as of today, and whose it is."""

    ahead: Ahead
    due: Due
    url: str

    @property
    def days_left(self) -> int:
        return self.due.days_left

    @property
    def deadline(self) -> Deadline:
        return self.ahead.deadline

    @property
    def left(self) -> str:
        if self.days_left == 0:
            return "today"
        days = f"{abs(self.days_left)} day{'' if abs(self.days_left) == 1 else 's'}"
        return days if self.days_left > 0 else f"{days} ago"

    def cells(self) -> tuple[str, ...]:
        """The values of the CSV's columns."""
        day = self.deadline
        return (
            day.until.isoformat(), str(self.days_left), day.kind, self.ahead.policy,
            self.ahead.service, self.due.vendor, self.due.owner, self.due.change or "", day.source,
            day.start.isoformat() if day.start else "", day.counted, day.cite,
            "; ".join(day.names), " ".join(f"{one.source}: {one.counted}" for one in day.also),
            self.due.notice or "",
        )  # fmt: skip

    def event(self) -> Event:
        day = self.deadline
        told = [day.counted, day.cite, *(f"Also: {one.source}: {one.counted}" for one in day.also)]
        summary = f"{self.ahead.service or self.ahead.policy}: {self.ahead.what}"
        key = f"{self.ahead.cause.id}\n{day.kind}"
        described = "\n".join(line for line in told if line)
        return Event(key, day.until, self.ahead.cause.at, summary, described, self.url)


def deadlines(
    context: typer.Context,
    policy: Annotated[str | None, typer.Argument(help="one policy; all by default")] = None,
    days: Annotated[
        int | None, typer.Option("--ahead", min=0, help="only the next so many days")
    ] = None,
    past: Annotated[bool, typer.Option("--past", help="also days that have passed")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="print CSV for a spreadsheet")] = False,
    as_ics: Annotated[bool, typer.Option("--ics", help="print a calendar (iCalendar)")] = False,
    as_json: AsJson = False,
) -> None:
    """List when announced changes apply, and until when one may object to them or leave."""
    if as_csv + as_ics + as_json > 1:
        raise ConfigError("--csv, --ics and --json: give one of them")
    configuration = config_file.load(context.obj)
    now = utc_now()
    today = calendar_of(configuration.settings).day_of(now)
    with opened(context) as store:
        sources = _sources(store, policy)
        since = None if past else now - LOOK_BACK
        rows = [
            row
            for row in _rows(configuration, store, sources, today, since=since)
            if (past or row.days_left >= 0) and (days is None or row.days_left <= days)
        ]
    if as_json:
        print_json([row.due for row in rows])
    elif as_csv:
        typer.echo(_csv(rows), nl=False)
    elif as_ics:
        typer.echo(feed((row.event() for row in rows), "policywatch: deadlines"), nl=False)
    else:
        _print(rows)


def _sources(store: Store, policy: str | None) -> list[SourceRecord]:
    """The policies meant. Raises ConfigError for one that is unknown."""
    sources = store.sources()
    if policy is None:
        return sources
    found = [source for source in sources if source.policy == policy]
    if not found:
        known = ", ".join(source.policy for source in sources) or "none"
        raise ConfigError(f'there is no policy "{policy}" in the store. Known: {known}')
    return found


def _rows(
    configuration: Configuration,
    store: Store,
    sources: Sequence[SourceRecord],
    today: date,
    *,
    since: datetime | None,
) -> Iterator[_Row]:
    settings = configuration.settings
    declared = declared_policies(settings)
    registers = Registers(store, settings, declared)
    for found in Almanac(store, settings, declared).days(
        {source.policy for source in sources}, since=since
    ):
        policy = declared.get(found.policy)
        url = policy.all_urls[0] if policy and policy.all_urls else ""
        yield _Row(found, registers.due(found, today), url)


def _csv(rows: Sequence[_Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows([guarded(safe(cell)) for cell in row.cells()] for row in rows)
    return out.getvalue()


def _print(rows: Sequence[_Row]) -> None:
    if not rows:
        typer.echo("No deadline lies ahead. (--past shows those that have passed.)")
        return
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for header in ("until", "left", "what", "source"):
        grid.add_column(header, overflow="fold", no_wrap=header in ("until", "left"))
    for row in rows:
        day = row.deadline
        style = "bold red" if 0 <= row.days_left <= _SOON else ""
        what = Text(safe(f"{row.ahead.policy}: {row.ahead.what}"), style="bold")
        what.append(Text(f"\n{safe(day.counted)}", style="not bold"))
        if day.cite:
            what.append(Text(f"\n{safe(shortened(day.cite, _CITED))}", style="not bold dim"))
        for other in day.also:
            what.append(Text(f"\nalso {other.source}: {safe(other.counted)}", style="not bold dim"))
        grid.add_row(str(day.until), Text(row.left, style=style), what, day.source)
    console.print(grid)


# --- laws ----------------------------------------------------------------------------------------


def laws(
    law: Annotated[str | None, typer.Argument(help="explain this one")] = None,
    as_json: AsJson = False,
) -> None:
    """List the laws that speak of changes; none applies unless the configuration names it."""
    known = statutes()
    if law is not None and law not in known:
        raise ConfigError(f'there is no law "{law}". Known: {", ".join(known)}')
    chosen = [known[law]] if law is not None else list(known.values())
    if as_json:
        print_json(chosen)
    elif law is not None:
        _explain(known[law])
    else:
        table(("law", "what", "gives"), ((s.id, s.title, _gives(s)) for s in chosen))


def _gives(statute: Statute) -> str:
    if not statute.gives:
        return "no number"
    return "\n".join(f"{given.right}: {given.length}" for given in statute.gives)


def _explain(statute: Statute) -> None:
    console.print(Text(statute.title, style="bold"))
    lines = [(f"Gives {given.right}", f"{given.length}: {given.says}.") for given in statute.gives]
    if statute.number:
        lines.append(("No number", statute.number))
    if statute.each:
        lines.append(("Told how", "Everybody, on paper or another durable medium; a page is none."))
    ends = f" to {statute.valid_to}" if statute.valid_to else ""
    lines += [
        ("Applies if", statute.applies_if),
        ("Exceptions", statute.exceptions),
        ("Documents", ", ".join(statute.types)),
        ("In force", f"from {statute.valid_from}{ends}"),
        ("Source", statute.source),
    ]
    for label, said in lines:
        console.print(Text(label, style="dim"))
        console.print(Padding(Text(said), (0, 0, 0, 2)))
