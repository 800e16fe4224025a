"""Commands that add to the watch list: `add` for pages, `discover` for the policies of a site."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.text import Text

from monitor import config_file, logs
from monitor.cli.output import AsJson, console, errors, print_json, safe
from monitor.config import Settings
from monitor.discovering import Discovery, Found, discover, look_at
from monitor.discovery import Looked, Preview, Proposal, proposals
from monitor.errors import ConfigError
from monitor.fetch import Fetcher
from monitor.services import declared_policies, sample_declarations
from monitor.watchlist import Declared, check, declare, to_toml
from monitor.workers import Workers

_T = TypeVar("_T")
#: Words of a text that are shown before it is watched.
_SHOWN = 45

DryRun = Annotated[bool, typer.Option("--dry-run", help="print the tables, and add nothing")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(add)
    app.command("discover")(discover_site)


def add(
    context: typer.Context,
    urls: Annotated[list[str], typer.Argument(help="addresses of policies", metavar="URL...")],
    policy_id: Annotated[str, typer.Option("--id", help="default: service and type")] = "",
    service: Annotated[str, typer.Option(help="whose it is; default: what the site says")] = "",
    kind: Annotated[
        str, typer.Option("--type", help="privacy, terms, dpa, subprocessors, cookies or other")
    ] = "",
    select: Annotated[list[str] | None, typer.Option(help="CSS selector of the text")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="CSS selector of what is none")] = None,
    every: Annotated[str, typer.Option(help='how often, as in "6h"')] = "",
    tag: Annotated[list[str] | None, typer.Option(help="a tag; may be repeated")] = None,
    owner: Annotated[str, typer.Option(help="who looks after it")] = "",
    vendor: Annotated[str, typer.Option(help="the name of a [[vendor]]")] = "",
    language: Annotated[str, typer.Option(help='asked for, as in "it"; default: as found')] = "",
    browser: Annotated[bool, typer.Option("--browser", help="fetch with a browser")] = False,
    anyway: Annotated[bool, typer.Option(help="also where the text looks like no policy")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Look at pages, show what would be captured, and add them to the watch list."""
    logs.configure("error", "console")
    settings = _settings(context.obj)
    if len(urls) > 1 and policy_id:
        raise ConfigError("--id: names one policy; leave it out where several are added")
    given: dict[str, Any] = {
        "id": policy_id, "service": service, "type": kind, "select": select or [],
        "remove": remove or [], "every": every, "tags": tag or [], "owner": owner,
        "vendor": vendor, "language": language, "fetch": "browser" if browser else "",
    }  # fmt: skip
    chosen = {key: value for key, value in given.items() if value}
    for url in urls:
        check({"url": url, **chosen, "id": policy_id or "new"})
    seen = _with_a_way_out(
        settings, lambda fetcher, workers: look_at(fetcher, workers, urls, chosen)
    )
    made = proposals(seen, declared_policies(settings).values(), chosen)
    if as_json:
        print_json({"looked": seen, "proposals": made})
    else:
        for each in seen:
            if each.preview:
                _print_preview(each.preview)
    taken = [one for one in made if one.table and (anyway or not one.why)]
    for one in made:
        if one not in taken:
            told = Text(safe(f"{one.url}: {one.why}"))
            errors.print(Text("not added: ", style="yellow") + told)
            if one.table:
                errors.print("Look at it; try --select or --browser, or add it with --anyway.")
    _conclude(context.obj, taken, dry_run=dry_run, quiet=as_json)
    if not taken:
        raise typer.Exit(3)


def discover_site(
    context: typer.Context,
    site: Annotated[str, typer.Argument(help="a domain, or any address on it")],
    adding: Annotated[bool, typer.Option("--add", help="add what is found")] = False,
    tag: Annotated[list[str] | None, typer.Option(help="with --add: a tag")] = None,
    owner: Annotated[str, typer.Option(help="with --add: who looks after them")] = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Find the policies of a site: links of its start page, sitemap, well-known paths."""
    logs.configure("error", "console")
    settings = _settings(context.obj)
    found = _with_a_way_out(settings, lambda fetcher, workers: discover(fetcher, workers, site))
    watching = declared_policies(settings).values()
    if as_json:
        print_json(found)
    else:
        _print_discovery(found, {url: p.id for p in watching for url in p.all_urls})
    if adding or dry_run:
        good = [Looked(f.preview.url, f.preview) for f in found.found if not f.preview.doubts]
        given = {key: value for key, value in (("tags", tag), ("owner", owner)) if value}
        made = [each for each in proposals(good, watching, given) if each.table]
        _conclude(context.obj, made, dry_run=dry_run, quiet=as_json)


def _settings(path: Path) -> Settings:
    """What the configuration says; where there is none yet, one is begun."""
    return config_file.load(path).settings if path.exists() else Settings()


def _with_a_way_out(settings: Settings, work: Callable[[Fetcher, Workers], Awaitable[_T]]) -> _T:
    async def run() -> _T:
        _, endpoints = sample_declarations(settings)
        async with (
            Fetcher(settings.fetch, allow_endpoints=endpoints) as fetcher,
            Workers(settings.extraction) as workers,
        ):
            return await work(fetcher, workers)

    return asyncio.run(run())


def _conclude(path: Path, made: Sequence[Proposal], *, dry_run: bool, quiet: bool) -> None:
    """Add what was proposed, or print it."""
    declared = [Declared(each.table) for each in made if each.table is not None]
    if not declared:
        return
    if dry_run:
        if not quiet:
            typer.echo(to_toml(declared), nl=False)
        return
    taken = declare(path, declared)
    for policy in taken:
        errors.print(f'"{safe(policy)}" is declared already; it stays as it is')
    added = [one.id for one in declared if one.id not in taken]
    if added and not quiet:
        console.print(f"added to {safe(path)}: {safe(', '.join(added))}")
        console.print(
            f"A running daemon takes it up by itself; `policywatch check {safe(added[0])}`"
            " looks at it at once."
        )


def _print_preview(seen: Preview) -> None:
    console.print(Text(safe(seen.title or seen.url), style="bold"))
    console.print(Text(safe(seen.final_url), style="dim"))
    told = [seen.type, seen.language or "language unknown", f"{seen.words} words"]
    told += [f"updated {seen.last_updated}"] if seen.last_updated else []
    told += [f"effective {seen.effective}"] if seen.effective else []
    console.print(Text("  " + safe(", ".join(told))))
    if seen.commitments:
        kinds = ", ".join(f"{kind.replace('_', ' ')} {many}" for kind, many in seen.commitments)
        console.print(Text(f"  promises: {kinds}"))
    for doubt in seen.doubts:
        console.print(Text("  doubt: ", style="yellow") + Text(safe(doubt)))
    words = seen.text.split()
    for label, cut in (("begins", words[:_SHOWN]), ("ends", words[_SHOWN:][-_SHOWN:])):
        if cut:
            console.print(
                Text(f"  {label}: ", style="bold") + Text(safe(" ".join(cut)), style="dim")
            )
    if seen.choices:
        console.print(Text("  selectors to try:", style="bold"))
        for choice in seen.choices:
            console.print(Text(f'    --select "{safe(choice.selector)}"  {choice.words} words'))
    console.print()


def _print_discovery(found: Discovery, watched: Mapping[str, str]) -> None:
    console.print(Text(safe(found.home), style="dim"))
    for each in found.found:
        _print_found(each, watched)
    if not found.found:
        console.print("No policy was found.")
    if found.missing:
        console.print(Text(f"not found: {', '.join(found.missing)}", style="dim"))
    for problem in found.problems:
        errors.print(Text("not looked at: ", style="yellow") + Text(safe(problem)))


def _print_found(found: Found, watched: Mapping[str, str]) -> None:
    seen = found.preview
    mark = Text("  ? " if seen.doubts else "  \u2713 ", style="yellow" if seen.doubts else "green")
    console.print(mark + Text(f"{seen.type}  ", style="bold") + Text(safe(seen.url)))
    told = [safe(seen.title or "no title"), f"{seen.words} words", f"from {found.link.place}"]
    if seen.url in watched:
        told.append(f'watched as "{watched[seen.url]}"')
    console.print(Text("    " + ", ".join(told), style="dim"))
    for doubt in seen.doubts:
        console.print(Text("    doubt: ", style="yellow") + Text(safe(doubt)))
