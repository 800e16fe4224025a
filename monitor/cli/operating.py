"""Commands for whoever runs policywatch: `doctor`, `notify test`."""

from __future__ import annotations

import asyncio
import contextlib
import sys

import typer
from rich.text import Text

from monitor import config_file
from monitor.alerts import trial_alert
from monitor.cli.output import AsJson, console, print_json, safe
from monitor.config_file import Configuration
from monitor.errors import ConfigError
from monitor.services import open_store, running, utc_now
from notifiers.base import Delivery

notify_app = typer.Typer(help="Alert channels.", no_args_is_help=True, rich_markup_mode=None)

_STYLES = {"ok": "green", "warning": "yellow", "fault": "bold red"}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(name="doctor")(examine)
    app.add_typer(notify_app, name="notify")


def examine(context: typer.Context, as_json: AsJson = False) -> None:
    """Check the configuration, the store, the channels and the machine; exit 3 on a fault."""
    from monitor import doctor  # it knows every part, so loading it loads them all

    results = asyncio.run(doctor.examine(context.obj))
    if as_json:
        print_json(results)
    else:
        for result in results:
            line = Text(f"{result.state:8}", style=_STYLES[result.state])
            console.print(line + Text(f"{result.name}: {safe(result.message)}"))
    if any(r.state == "fault" and r.name == "configuration" for r in results):
        raise typer.Exit(2)
    if any(r.state == "fault" for r in results):
        raise typer.Exit(3)


def channel_kind(configuration: Configuration, channel: str) -> str:
    """Of what kind a channel is. Raises ConfigError for one that is not declared."""
    kinds = {declared.id: declared.kind for declared in configuration.settings.channel}
    if channel not in kinds:
        known = ", ".join(kinds) or "none is declared"
        raise ConfigError(f'{configuration.path}: there is no channel "{channel}" ({known})')
    return kinds[channel]


@notify_app.command(name="test")
def notify_test(context: typer.Context, channel: str, as_json: AsJson = False) -> None:
    """Send a test alert to a channel, now; exit 3 if the channel does not take it."""
    configuration = config_file.load(context.obj)
    channel_kind(configuration, channel)

    async def send() -> str:
        now = utc_now()
        alert = trial_alert(channel, now)
        with open_store(configuration, exclusive=False, now=now) as store:
            async with running(configuration, store, sync=False) as services:
                delivery = Delivery(key=f"{alert.id}.{channel}", alert=alert, at=now)
                return await services.notifiers[channel].send(delivery)

    aside = contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext()
    with aside:
        receipt = asyncio.run(send())
    if as_json:
        print_json({"channel": channel, "sent": True, "receipt": receipt})
    else:
        console.print(f'The channel "{channel}" took the test alert. {safe(receipt)}'.rstrip())
