"""Commands that prove and keep.

`verify`, `checkpoint`, `stamp`, `prune`, `actions`, `export evidence`, `export warc`, `backup`,
`restore`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.text import Text

from monitor import config_file
from monitor.cli.exporting import export_app
from monitor.cli.output import AsJson, console, print_json, safe, table, when
from monitor.cli.reading import opened
from monitor.cli.watching import By
from monitor.config_file import Configuration
from monitor.config_values import parse_duration
from monitor.errors import ConfigError
from monitor.services import keeping_limits, open_store, running, user_name, utc_now
from monitor.warc import Capture, captured, write_warc
from store import Backup, bundle, restore_file

Force = Annotated[bool, typer.Option("--force", help="replace a file that is there")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(verify)
    app.command()(checkpoint)
    app.command()(stamp)
    app.command()(prune)
    app.command()(actions)
    app.command()(backup)
    app.command()(restore)
    export_app.command(name="evidence")(export_evidence)
    export_app.command(name="warc")(export_warc)


def verify(
    context: typer.Context,
    policy: Annotated[str | None, typer.Argument(help="one policy; all by default")] = None,
    head: Annotated[
        list[str] | None,
        typer.Option("--head", help="a hash noted elsewhere, from an alert or a checkpoint"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute every hash of the store; exit 3 where something was changed or lost."""
    heads = [_hash(text) for text in head or ()]
    with opened(context) as store:
        faults = store.verify(policy, heads=heads)
    if as_json:
        print_json({"ok": not faults, "faults": faults})
    else:
        for fault in faults:
            console.print(Text("fault: ", style="bold red") + Text(safe(fault)))
        if not faults:
            console.print("The store is whole: every entry, text and page has the hash it had.")
        if heads and not faults:
            console.print("It holds every noted head: nothing before them was rewritten or cut.")
    if faults:
        raise typer.Exit(3)


def _hash(text: str) -> str:
    found = text.strip().lower()
    if not re.fullmatch("[0-9a-f]{64}", found):
        raise ConfigError(f'--head: "{text}" is not a hash; it has 64 digits from 0-9 and a-f')
    return found


def checkpoint(context: typer.Context, as_json: AsJson = False) -> None:
    """Note the heads of all chains, and print the one hash to keep elsewhere."""
    with opened(context) as store:
        head = store.checkpoint(utc_now())
    if not head:
        raise ConfigError("the store holds no entry yet; run `policywatch check` first")
    if as_json:
        print_json({"head": head})
    else:
        console.print(head)


def stamp(context: typer.Context, as_json: AsJson = False) -> None:
    """Have the heads of all chains stamped by the authority of [evidence], now."""
    configuration = config_file.load(context.obj)
    if not configuration.settings.evidence.timestamp_url:
        raise ConfigError(
            f"{configuration.path}: no timestamp authority is named; set evidence.timestamp_url "
            "(docs/evidence.md)"
        )
    count = asyncio.run(_stamp(configuration))
    if as_json:
        print_json({"stamped": count})
    else:
        console.print(f"{count} stamped." if count else "Everything was stamped before.")


async def _stamp(configuration: Configuration) -> int:
    with open_store(configuration, exclusive=False, now=utc_now()) as store:
        async with running(configuration, store, sync=False) as services:
            total = 0
            while count := await services.stamp():
                total += count
            return total


def prune(
    context: typer.Context,
    suspects: Annotated[
        str,
        typer.Option(help="pages of captures that made no version, older than: 90d"),
    ] = "",
    pages: Annotated[str, typer.Option(help="pages of earlier versions, older than: 730d")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="do it; else it is only said")] = False,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Let raw pages go after a time. Texts, headers, hashes and the chain stay, and say which went.

    Without options, what [store] keep_suspects and keep_pages say.
    """
    kept = config_file.load(context.obj).settings.store
    now = utc_now()
    limits = keeping_limits(
        _given(suspects, "--suspects") or kept.keep_suspects,
        _given(pages, "--pages") or kept.keep_pages,
        now,
    )
    if not limits:
        raise ConfigError(
            "everything is kept: give --suspects or --pages, or set keep_suspects or keep_pages "
            "under [store]"
        )
    with opened(context) as store:
        if yes:
            gone = store.prune(limits, at=now, who=by or user_name(), why="policywatch prune")
        else:
            gone = store.prunable(limits)
    if as_json:
        print_json({"done": yes, "policies": gone})
        return
    table(("policy", "pages", "bytes"), ((g.policy, str(g.pages), f"{g.bytes:,}") for g in gone))
    count = sum(each.pages for each in gone)
    said = "went; `policywatch actions` says which" if yes else "would go; do it with --yes"
    console.print(Text(f"{count} page{'s' if count != 1 else ''} {said}."))


def _given(text: str, option: str) -> timedelta | None:
    """A duration of the command line. Raises ConfigError."""
    if not text:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from error


def actions(
    context: typer.Context,
    policy: Annotated[str | None, typer.Argument(help="one policy; all by default")] = None,
    as_json: AsJson = False,
) -> None:
    """List what people did: who, when, what, and why; each is an entry of the hash chain."""
    with opened(context) as store:
        if policy is not None:
            store.head(policy)  # a typo must not look like "nobody did anything"
        done = store.actions(policy)
    if as_json:
        print_json(done)
        return
    if not done:
        console.print("Nobody has done anything yet that the records would name.")
        return
    table(
        ("when", "who", "what", "policy", "subject", "why"),
        ((when(a.at), a.by, a.what, a.policy, a.subject, a.why) for a in done),
    )


def export_evidence(
    context: typer.Context,
    policy: str,
    change: Annotated[
        str | None,
        typer.Option(help="a change, or the version it led to; the newest by default"),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="the archive to write")] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write one archive about a change, to be verified without policywatch."""
    with opened(context) as store:
        dossier = store.dossier(policy, change)
    content = bundle(dossier)
    about = dossier.change.id if dossier.change else f"{policy}@{dossier.after.version.number}"
    path = output or Path(re.sub(r"[^\w.@-]", "_", about) + ".evidence.zip")
    with _created(path, force=force) as file:
        file.write(content)
    if as_json:
        print_json({"file": str(path), "bytes": len(content), "head": dossier.head})
    else:
        console.print(Text(f"{path}: {len(content):,} bytes. README.txt in it says how to verify."))


def export_warc(
    context: typer.Context,
    policy: str,
    output: Annotated[Path | None, typer.Option(help="the file to write (.warc.gz)")] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write the pages of a policy's versions as a web archive (WARC 1.1), for archivists' tools."""
    path = output or Path(f"{policy}.warc.gz")
    with opened(context) as store:
        store.source(policy)  # a name that is not there is told before a file is made
        versions, gone = store.versions(policy), 0

        def captures() -> Iterator[Capture]:
            nonlocal gone
            for version in versions:
                if capture := captured(store, version):
                    yield capture
                else:
                    gone += 1

        with _created(path, force=force) as file:
            written = write_warc(captures(), policy, file)
    if as_json:
        print_json({"file": str(path), "versions_without_pages": gone} | asdict(written))
        return
    counts = f"{written.responses} pages, {written.revisits} seen again, {written.texts} texts"
    console.print(Text(f"{path}: {counts}."))
    if gone:
        console.print(f"{gone} versions are not in it: their pages were imported or let go.")


@contextmanager
def _created(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """A file under a name that is free; nothing stays behind where writing it fails."""
    try:
        with path.open("wb" if force else "xb") as file:
            try:
                yield file
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError as error:
        raise ConfigError(f"{path} is there already: name another --output, or --force") from error
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error


def backup(
    context: typer.Context, file: Path, force: Force = False, as_json: AsJson = False
) -> None:
    """Copy the store to a file while everything runs, and verify the copy."""
    with opened(context) as store:
        taken = store.backup(file, force=force)
    _told(taken, as_json=as_json, done="holds")


def restore(
    context: typer.Context, file: Path, force: Force = False, as_json: AsJson = False
) -> None:
    """Put a backup in the place of the store; stop the daemon first."""
    configuration = config_file.load(context.obj)
    taken = restore_file(
        file,
        configuration.settings.store.url,
        base_dir=configuration.base_dir,
        now=utc_now(),
        force=force,
    )
    _told(taken, as_json=as_json, done="was restored with")


def _told(taken: Backup, *, as_json: bool, done: str) -> None:
    if as_json:
        print_json(taken)
        return
    held = f"{taken.policies} policies, {taken.versions} versions"
    console.print(Text(f"{taken.path} {done} {held} ({taken.size:,} bytes); it verifies."))
    if taken.replaced:
        console.print(Text(f"The store that was there before is now {taken.replaced}."))
