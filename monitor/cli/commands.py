"""Every command, and where it is: a module is loaded when a command of its own is asked for.

All of them together take a second to load, for which no single command is to wait.
"""

from __future__ import annotations

import importlib
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

#: The modules, and to which commands each adds, in the order of ``--help``.
PLACES = {
    "adding": ("add", "discover"),
    "watching": ("run", "check", "accept", "capture"),
    "documents": ("compare", "commitments"),
    "expecting": ("lint", "expectations"),
    "reading": ("history", "show", "diff"),
    "ledger": ("ledger",),
    "reporting": ("report",),
    "reviewing": ("review", "export"),
    "subprocessing": ("subprocessors",),
    "deadlines": ("deadlines", "statutes"),
    "operating": ("doctor", "notify"),
    "delivering": ("deliveries",),
    "notifying": ("notify",),
    "pausing": ("pause", "resume"),
    "serving": ("web", "openapi"),
    "credentials": ("token", "password"),
    "evidence": (
        "verify", "checkpoint", "stamp", "prune", "actions", "backup", "restore", "export",
    ),
    "exporting": ("export",),
    "importing": ("import",),
    "mailing": ("import", "notices"),
    "storing": ("store",),
    "watch_list": ("import", "export"),
    "backtesting": ("backtest",),
    "working": ("worker",),
}  # fmt: skip
_NAMES = tuple(dict.fromkeys(name for names in PLACES.values() for name in names))


@cache
def _registered(module: str) -> typer.Typer:
    """What a module adds, by itself."""
    own = typer.Typer(rich_markup_mode=None)
    importlib.import_module(f"monitor.cli.{module}").register(own)
    return own


class Commands(TyperGroup):
    """The commands, each of which is loaded when it is asked for."""

    def list_commands(self, _ctx: object) -> list[str]:
        """All of them, by name."""
        return list(_NAMES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """One of them; after a name that there is not, all are there to be proposed instead."""
        for name in (cmd_name,) if cmd_name in _NAMES else _NAMES:
            if name not in self.commands:
                self.commands[name] = _loaded(name)
        return super().get_command(ctx, cmd_name)


def _loaded(name: str) -> Any:
    """A command, when all modules have added to it what they add."""
    parts = [_registered(module) for module, names in PLACES.items() if name in names]
    found = (typer.main.get_group(part).commands.get(name) for part in parts)
    return next(command for command in found if command is not None)


app = typer.Typer(
    name="policywatch",
    cls=Commands,
    help="Watches policies and tells you what changed in meaning.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"policywatch {metadata.version('policywatch')}")
        raise typer.Exit


@app.callback()
def settings(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option(envvar="POLICYWATCH_CONFIG", help="the configuration file")
    ] = Path("config.toml"),
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="say which policywatch this is", is_eager=True, callback=_say_version
        ),
    ] = False,
) -> None:
    """Watches policies and tells you what changed in meaning."""
    context.obj = config


command = typer.main.get_command(app)
