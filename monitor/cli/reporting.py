"""The command `report`: one change, or a period, as HTML, PDF or a Word document."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor import config_file
from monitor.cli.output import console, safe
from monitor.cli.reading import opened
from monitor.errors import ConfigError
from monitor.services import declared_policies, user_name, utc_now
from monitor.telling import zone_of
from monitor.whole_files import write_bytes


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(report)


def report(
    context: typer.Context,
    change: Annotated[
        str | None, typer.Argument(help="one change, as in acme-privacy@3-4; else give a period")
    ] = None,
    month: Annotated[str, typer.Option(help="a month, as in 2026-10")] = "",
    quarter: Annotated[str, typer.Option(help="a quarter, as in 2026-Q3")] = "",
    since: Annotated[str, typer.Option(help="the first day, as in 2026-10-01")] = "",
    until: Annotated[str, typer.Option(help="the last day; default: today")] = "",
    policy: Annotated[
        list[str] | None, typer.Option(help="only this policy; may be given again")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="only policies with this tag")] = None,
    vendor: Annotated[list[str] | None, typer.Option(help="only policies of this vendor")] = None,
    how: Annotated[
        str, typer.Option("--format", help="html, pdf or docx; default: by the file's ending")
    ] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help='where to; "-" prints it')
    ] = None,
) -> None:
    """Write a report on one change, or on everything that happened in a period."""
    from web.backend import Backend, Declared  # the pages' parts take their time to load
    from web.reports.formats import FORMATS, format_named, rendered
    from web.reports.periods import chosen
    from web.reports.reading import report_on_change
    from web.reports.reading_period import Scope, report_on_period

    ending = output.suffix if output else ""
    wanted = format_named(how or ending or "html")
    if wanted is None:
        raise ConfigError(
            f'--format: "{how or ending}" is none of {", ".join(FORMATS)}; name one of them'
        )
    settings = config_file.load(context.obj).settings
    today = utc_now().astimezone(zone_of(settings)).date()
    period = chosen(today, month_=month, quarter_=quarter, since=since, until=until)
    scope = Scope(tuple(policy or ()), tuple(tag or ()), tuple(vendor or ()))
    if (change is None) == (period is None):
        raise ConfigError(
            "give either a change, as in acme-privacy@3-4, or a period: --month 2026-10, "
            "--quarter 2026-Q3, or --since 2026-10-01"
        )
    if change is not None and scope.words:
        raise ConfigError("--policy, --tag and --vendor are about a period, not one change")
    declared = Declared(settings, declared_policies(settings))
    with opened(context) as store:
        backend = Backend(store, lambda: declared, utc_now, user_name())
        if period is None:
            made = report_on_change(backend, str(change))
        else:
            made = report_on_period(backend, period, scope)
    content = rendered(made, wanted)
    if output is not None and str(output) == "-":
        typer.get_binary_stream("stdout").write(content)
        return
    path = output or Path(f"{made.stem}.{wanted}")
    write_bytes(path, content)
    console.print(f"{safe(made.title)}: {safe(made.lead)}", soft_wrap=True)
    console.print(f"written to {safe(path)}", soft_wrap=True)
