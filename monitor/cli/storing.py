"""`store copy`: the whole store into an empty one, on another kind of database too."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer
from rich.text import Text

from monitor import config_file
from monitor.cli.output import AsJson, console, print_json, safe
from monitor.errors import ConfigError
from monitor.services import open_store, utc_now
from store import Store

store_app = typer.Typer(help="The store itself.", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    store_app.command(name="copy")(copy)
    app.add_typer(store_app, name="store")


@store_app.callback()
def _several() -> None:
    """Keeps `copy` a word of its own while it is the only command here."""


def copy(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(help="the URL of an empty database, as [store] url would name it")
    ],
    as_json: AsJson = False,
) -> None:
    """Copy the store of [store] url into an empty one, all or nothing, and verify the copy.

    From SQLite to PostgreSQL, or back. Stop the daemon first.
    """
    configuration = config_file.load(context.obj)
    now = utc_now()
    with contextlib.ExitStack() as stack:
        opened = open_store(configuration, exclusive=True, now=now)
        source = stack.enter_context(contextlib.closing(opened))
        if not source.counts()["policies"]:
            raise ConfigError(f"{source.name} holds nothing to copy; does [store] url name it?")
        into = Store.open(target, base_dir=configuration.base_dir, now=now)
        copied = source.copy_to(stack.enter_context(contextlib.closing(into)))
    if as_json:
        print_json(copied)
        return
    rows = copied.rows
    told = (
        f"{copied.target} holds {sum(rows.values()):,} rows of {copied.source}: "
        f"{rows['policy']:,} policies, {rows['version']:,} versions, {rows['alert']:,} alerts."
    )
    console.print(Text(safe(told)))
    if copied.faults:
        console.print(f"It has the {len(copied.faults)} faults that `policywatch verify` names.")
    else:
        console.print("It verifies.")
    console.print(f"All {copied.heads:,} chains end in the same hashes. Now set [store] url to it.")
