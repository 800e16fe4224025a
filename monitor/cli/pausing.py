"""The commands `pause` and `resume`: stop checking a policy for a time, and go on."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.notifying import instant_of
from monitor.cli.output import AsJson, console, print_json, when
from monitor.cli.reading import opened
from monitor.cli.watching import By
from monitor.errors import ConfigError
from monitor.services import user_name, utc_now
from store import NewAction


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(pause)
    app.command()(resume)


def pause(
    context: typer.Context,
    policy: str,
    until: Annotated[str, typer.Option(help="a day, an instant, or from now on: 2w, 8h")],
    why: Annotated[str, typer.Option("--why", help="the reason, on record")],
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Check a policy no more for a time; then checks go on by themselves."""
    now = utc_now()
    ends = instant_of(context, until, now)
    if ends <= now:
        raise ConfigError(f"--until: {when(ends)} UTC is past")
    if not why.strip():
        raise ConfigError("--why: is empty; say why, for changes are missed meanwhile")
    with opened(context) as store:
        action = NewAction(now, by or user_name(), "pause", "", why, {"until": ends})
        made = store.pause(policy, ends, action)
    if as_json:
        print_json({"until": ends, "action": made})
    else:
        console.print(
            f"Paused until {when(ends)} UTC; to end it sooner: policywatch resume {policy}"
        )


def resume(
    context: typer.Context,
    policy: str,
    why: Annotated[str, typer.Option("--why", help="the reason, on record")] = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """End a pause: a running daemon checks the policy at its next tick."""
    now = utc_now()
    with opened(context) as store:
        if not store.source(policy).paused(now):
            raise ConfigError(f"{policy} is not paused")
        made = store.resume(policy, NewAction(now, by or user_name(), "resume", "", why))
    if as_json:
        print_json({"action": made})
    else:
        console.print(f"Resumed: {policy} is due now")
