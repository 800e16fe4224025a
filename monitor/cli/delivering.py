"""`policywatch deliveries`: alerts on their way to channels, and what became of them."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from monitor.cli.output import SEVERITY_STYLES, AsJson, console, print_json, safe, when
from monitor.cli.reading import opened
from monitor.errors import ConfigError
from monitor.services import utc_now
from notifiers.wording import DELIVERY_LABELS
from store import DeliveryRecord, DeliveryState, Store

_STYLES = {"sent": "green", "dead": "bold red", "pending": "yellow", "leased": "yellow"}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(deliveries)


def deliveries(
    context: typer.Context,
    failed: Annotated[bool, typer.Option("--failed", help="only those given up")] = False,
    waiting: Annotated[bool, typer.Option("--waiting", help="only those still to come")] = False,
    channel: Annotated[str, typer.Option(help="only those for this channel")] = "",
    retry: Annotated[
        str, typer.Option(metavar="ID|all", help="try this one again, or all given up")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="how many, newest first")] = 50,
    as_json: AsJson = False,
) -> None:
    """List alerts on their way to channels, newest first, and what became of them."""
    if failed and waiting:
        raise ConfigError("--failed and --waiting: choose one")
    with opened(context) as store:
        revived = _revive(store, retry, channel) if retry else []
        state: DeliveryState | None = "dead" if failed else "pending" if waiting else None
        rows = store.deliveries(state, limit, channel=channel or None)
    if as_json:
        print_json(rows)
        return
    if retry:
        names = ", ".join(map(str, revived))
        console.print(f"To be sent again: {names or 'none was given up'}")
        return
    if not rows:
        console.print("There are none." if not failed else "None was given up.")
    for row in rows:
        _print(row)
    if any(row.state == "dead" for row in rows):
        console.print("\nTry again with: policywatch deliveries --retry ID (or all)")


def _revive(store: Store, which: str, channel: str) -> list[int]:
    """Give a fresh start; the ids. Raises ConfigError for one that cannot have it."""
    now = utc_now()
    if which == "all":
        dead = store.deliveries("dead", limit=1_000_000, channel=channel or None)
        return [d.id for d in reversed(dead) if store.retry_delivery(d.id, now)]
    if not (which.isascii() and which.isdigit()):
        raise ConfigError(f'--retry: "{which}" is neither the number of a delivery nor "all"')
    if not store.retry_delivery(int(which), now):
        raise ConfigError(
            f"--retry: delivery {which} is unknown, on its way or sent; "
            "see `policywatch deliveries --failed`"
        )
    return [int(which)]


def _print(row: DeliveryRecord) -> None:
    """A delivery as a paragraph, which fits a terminal of any width."""
    state = Text(f"{DELIVERY_LABELS[row.state]:10}", style=_STYLES.get(row.state, "dim"))
    head = Text(f"{row.id:>5}  ") + state
    head += Text(f"{safe(row.channel)}  ", style="bold")
    head += Text(f"{when(row.created_at)}", style="dim")
    console.print(head)
    severity = Text(f"{row.alert.severity} ", style=SEVERITY_STYLES[row.alert.severity])
    about = severity + Text(safe(f"{row.alert.policy}: {row.alert.summary}"))
    console.print(Padding(about, (0, 0, 0, 7)))
    for line in _story(row):
        console.print(Padding(Text(safe(line), style="dim"), (0, 0, 0, 7)))


def _story(row: DeliveryRecord) -> list[str]:
    tries = f"{row.attempts} {'try' if row.attempts == 1 else 'tries'}"
    why = f"{row.purpose}, " if row.purpose else ""
    digest = "in a digest, " if row.batch else ""
    lines = {
        "sent": f"{why}{digest}sent {when(row.sent_at)} UTC, {tries}",
        "pending": f"{why}{digest}next try {when(row.not_before)} UTC, {tries} so far",
        "leased": f"{why}{digest}being sent, {tries}",
        "dead": f"{why}given up after {tries}",
        "cancelled": f"{why}no longer needed",
    }
    return [lines[row.state], *([f"last error: {row.last_error}"] if row.last_error else [])]
