"""The commands `import ota` and `import folder`: recorded texts become versions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from monitor import config_file
from monitor.cli.archives import (
    CORES,
    TASK,
    Only,
    Processes,
    chosen,
    folder_archive,
    progress_of,
    rules_of,
    workers_for,
)
from monitor.cli.output import AsJson, console, errors, print_json, safe
from monitor.config_file import Configuration
from monitor.errors import ConfigError
from monitor.history import Archive, History, OpenTermsArchive
from monitor.history.importing import Imported, Importer, declared_or_new
from monitor.history.running import in_parallel
from monitor.model import to_json
from monitor.services import is_dead, open_store, owner_name, utc_now

import_app = typer.Typer(
    help="Take over what was recorded elsewhere.", no_args_is_help=True, rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    """Add `import` and the commands of this module to it."""
    import_app.command("ota")(import_ota)
    import_app.command("folder")(import_folder)
    app.add_typer(import_app, name="import")


def import_ota(
    context: typer.Context,
    repository: Annotated[Path, typer.Argument(help="a local clone of a versions repository")],
    only: Only = "",
    into: Annotated[
        str, typer.Option("--as", help="give the one document that --only names this policy id")
    ] = "",
    processes: Processes = CORES,
    as_json: AsJson = False,
) -> None:
    """Import an Open Terms Archive versions repository as versions; alerts nobody."""
    configuration = config_file.load(context.obj)
    archive = OpenTermsArchive(repository, max_bytes=configuration.settings.fetch.max_bytes)
    histories = chosen(archive, only)
    if into:
        if len(histories) != 1:
            raise ConfigError(f"--as: --only names {len(histories)} documents; name exactly one")
        histories = [replace(histories[0], policy=into)]
    _import(configuration, archive, histories, processes, quiet=as_json)


def import_folder(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="dated files: 2024-03-01.html, ...")],
    policy: Annotated[str, typer.Option(help="the id of the policy whose history this is")],
    processes: Processes = CORES,
    as_json: AsJson = False,
) -> None:
    """Import dated files as the versions of one policy; alerts nobody."""
    configuration = config_file.load(context.obj)
    archive = folder_archive(configuration, folder, policy)
    _import(configuration, archive, archive.histories, processes, quiet=as_json)


def _import(
    configuration: Configuration,
    archive: Archive,
    histories: Sequence[History],
    processes: int,
    *,
    quiet: bool,
) -> None:
    accounts = asyncio.run(_import_all(configuration, archive, histories, processes, quiet=quiet))
    if quiet:
        print_json(
            {
                "policies": [
                    {**to_json(vars(account)), "outcomes": dict(account.outcomes)}
                    for account in accounts
                ],
                "skipped": archive.skipped,
            }
        )
        return
    for account in accounts:
        if account.note:
            errors.print(f"{safe(account.policy)}: {safe(account.note)}")
    for skipped in archive.skipped:
        errors.print(f"not imported: {safe(skipped.where)}: {safe(skipped.why)}")
    sums = {name: sum(vars(a)[name] for a in accounts) for name in ("records", "added", "present")}
    held = sum(a.outcomes[name] for a in accounts for name in ("suspect", "held", "unreadable"))
    console.print(
        f"{len(accounts)} policies, {sums['records']} recorded texts: {sums['added']} versions "
        f"added, {sums['present']} there already, {held} held back; nobody was alerted."
    )


async def _import_all(
    configuration: Configuration,
    archive: Archive,
    histories: Sequence[History],
    processes: int,
    *,
    quiet: bool,
) -> list[Imported]:
    now = utc_now()
    accounts: dict[str, Imported] = {}
    settings = configuration.settings
    with contextlib.closing(open_store(configuration, exclusive=False, now=now)) as store:
        store.release_dead(is_dead, now)  # an import that was killed must not hold up this one
        async with workers_for(settings, processes) as workers:
            importer = Importer(store, workers, owner_name())

            async def work(history: History) -> AsyncGenerator[int]:
                declared = configuration.policy(history.policy)
                policy, rules = declared_or_new(history, declared), rules_of(settings, declared)
                done = 0
                async for account in importer.run(archive, history, policy, rules, now):
                    accounts[history.policy] = account
                    yield account.records - done
                    done = account.records

            with progress_of("importing", histories, quiet=quiet) as progress:
                advance = partial(progress.advance, TASK)
                await in_parallel(histories, work, advance, processes=processes)
    return [accounts[history.policy] for history in histories if history.policy in accounts]
