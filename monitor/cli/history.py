"""Commands on recorded history: `import`, `export csv`, `backtest`."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import fnmatch
import io
import os
import tempfile
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from monitor import config_file
from monitor.cli.documents import media_type_of, read_bytes
from monitor.cli.exporting import export_app
from monitor.cli.output import AsJson, console, errors, print_json, safe, table
from monitor.config import ExtractionSettings, Policy, Settings
from monitor.config_file import Configuration
from monitor.errors import ConfigError
from monitor.history import (
    Archive,
    DatedFiles,
    Figures,
    History,
    OpenTermsArchive,
    PolicyFigures,
    Rules,
    Step,
    figures_of,
    is_repository,
    sums_of,
)
from monitor.history.declarations import convert
from monitor.history.figures import KINDS, for_machines
from monitor.history.importing import Imported, Importer, declared_or_new
from monitor.history.report import render
from monitor.history.running import in_parallel, replay
from monitor.history.stored import StoredPolicies
from monitor.history.watchlist import Declared, from_csv, merged, to_csv, to_toml
from monitor.model import to_json
from monitor.reading import selection_of
from monitor.services import is_dead, open_store, owner_name, utc_now
from monitor.team_rules import team_rules
from monitor.workers import Workers

import_app = typer.Typer(
    help="Take over what was recorded elsewhere.", no_args_is_help=True, rich_markup_mode=None
)
#: A piece of a history is some dozens of texts, each with a page's own time to be read in.
_PIECE_TIMEOUT = timedelta(minutes=10)
_CORES = os.cpu_count() or 2

Only = Annotated[
    str, typer.Option(help='only these documents, as in "Harbour Loom/*" or "*Privacy*"')
]
Append = Annotated[
    Path | None, typer.Option(help="add to this configuration file instead of printing")
]
Processes = Annotated[int, typer.Option(min=1, max=64, help="worker processes; default: all cores")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    import_app.command("ota")(import_ota)
    import_app.command("ota-declarations")(import_declarations)
    import_app.command("folder")(import_folder)
    import_app.command("csv")(import_csv)
    app.add_typer(import_app, name="import")
    export_app.command("csv")(export_csv)
    app.command()(backtest)


# --- import -------------------------------------------------------------------------------------


def import_ota(
    context: typer.Context,
    repository: Annotated[Path, typer.Argument(help="a local clone of a versions repository")],
    only: Only = "",
    into: Annotated[
        str, typer.Option("--as", help="give the one document that --only names this policy id")
    ] = "",
    processes: Processes = _CORES,
    as_json: AsJson = False,
) -> None:
    """Import an Open Terms Archive versions repository as versions; alerts nobody."""
    configuration = config_file.load(context.obj)
    archive = OpenTermsArchive(repository, max_bytes=configuration.settings.fetch.max_bytes)
    histories = _chosen(archive, only)
    if into:
        if len(histories) != 1:
            raise ConfigError(f"--as: --only names {len(histories)} documents; name exactly one")
        histories = [replace(histories[0], policy=into)]
    _import(configuration, archive, histories, processes, quiet=as_json)


def import_folder(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="dated files: 2024-03-01.html, ...")],
    policy: Annotated[str, typer.Option(help="the id of the policy whose history this is")],
    processes: Processes = _CORES,
    as_json: AsJson = False,
) -> None:
    """Import dated files as the versions of one policy; alerts nobody."""
    configuration = config_file.load(context.obj)
    archive = _folder(configuration, folder, policy)
    _import(configuration, archive, archive.histories, processes, quiet=as_json)


def _folder(configuration: Configuration, folder: Path, policy: str) -> DatedFiles:
    declared = configuration.policy(policy)
    return DatedFiles(
        folder,
        policy=policy,
        media_type_of=media_type_of,
        service=declared.service if declared else "",
        kind=declared.type if declared else "other",
        max_bytes=configuration.settings.fetch.max_bytes,
    )


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
        async with _workers(settings, processes) as workers:
            importer = Importer(store, workers, owner_name())

            async def work(history: History) -> AsyncGenerator[int]:
                declared = configuration.policy(history.policy)
                policy, rules = declared_or_new(history, declared), _rules(settings, declared)
                done = 0
                async for account in importer.run(archive, history, policy, rules, now):
                    accounts[history.policy] = account
                    yield account.records - done
                    done = account.records

            with _progress("importing", histories, quiet=quiet) as progress:
                await in_parallel(histories, work, lambda n: progress.advance(_TASK, n))
    return [accounts[history.policy] for history in histories if history.policy in accounts]


def import_declarations(
    folder: Annotated[Path, typer.Argument(help="a folder of declarations (JSON), or one file")],
    append: Append = None,
) -> None:
    """Turn Open Terms Archive declarations into [[policy]] tables."""
    try:
        files = [folder] if folder.is_file() else sorted(folder.glob("*.json"))
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be read ({error.strerror})") from error
    if not files:
        raise ConfigError(f"{folder}: holds no declarations (*.json)")
    converted = convert((path.name, read_bytes(path)) for path in files)
    _declare(converted.policies, append)
    for skipped in converted.left_out:
        errors.print(f"left out: {safe(skipped.where)}: {safe(skipped.why)}")
    for declared in converted.policies:
        for note in declared.notes:
            errors.print(f"{safe(declared.id)}: {safe(note)}")


def import_csv(
    file: Annotated[Path, typer.Argument(help="a watch list (`export csv` shows the columns)")],
    append: Append = None,
) -> None:
    """Turn a watch list in CSV into [[policy]] tables."""
    try:
        text = read_bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 text; save it as CSV UTF-8") from error
    _declare(from_csv(text, str(file)), append)


def _declare(declared: Sequence[Declared], append: Path | None) -> None:
    """Print the policies as TOML, or add those that are new to a configuration file."""
    if append is None:
        typer.echo(to_toml(declared), nl=False)
        return
    before = read_bytes(append).decode("utf-8", "replace") if append.exists() else ""
    content, known = merged(before, declared, str(append))
    for policy in known:
        errors.print(f'"{safe(policy)}" is declared already; it stays as it is')
    if content != before:
        _write(append, content)
    console.print(f"{len(declared) - len(known)} policies added to {safe(append)}")


def export_csv(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="where to; default: print it")] = None,
) -> None:
    """Write the watch list as CSV, for a spreadsheet; `import csv` reads it back."""
    text = to_csv(config_file.load(context.obj).settings.policy)
    if file is None:
        typer.echo(text, nl=False)
    else:
        _write(file, text)


# --- backtest -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is replayed: an archive, the histories chosen from it, and its name for people."""

    archive: Archive
    histories: Sequence[History]
    title: str


def backtest(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="[POLICY|REPO]",
            help="a policy in the store, an Open Terms Archive repository or a folder of dated "
            "files; default: every policy in the store",
        ),
    ] = "",
    only: Only = "",
    html: Annotated[Path | None, typer.Option(help="write a page with a timeline")] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="write every recorded text as a row")
    ] = None,
    processes: Processes = _CORES,
    as_json: AsJson = False,
) -> None:
    """Replay a history as if live: how many alerts, about what, and what was held back."""
    configuration = _configuration(context, what)
    with _subject(configuration, what, only) as subject:
        figures = asyncio.run(_replay_all(configuration, subject, processes, quiet=as_json))
    if html is not None:
        _write(html, render(figures, title=subject.title, now=utc_now()))
    if csv_file is not None:
        _write(csv_file, _events_csv(figures))
    if as_json:
        print_json(for_machines(figures))
    else:
        _print_figures(figures)


def _configuration(context: typer.Context, what: str) -> Configuration:
    """The configuration; files can be replayed without one."""
    if Path(what).is_dir() and what and not context.obj.exists():
        return Configuration(Settings(), context.obj, Path.cwd())
    return config_file.load(context.obj)


@contextlib.contextmanager
def _subject(configuration: Configuration, what: str, only: str) -> Iterator[_Subject]:
    """What ``backtest`` is to replay; a store stays open meanwhile. Raises ConfigError."""
    path = Path(what)
    limit = configuration.settings.fetch.max_bytes
    if what and path.is_dir():
        archive: Archive = (
            OpenTermsArchive(path, max_bytes=limit)
            if is_repository(path)
            else _folder(configuration, path, path.resolve().name)
        )
        yield _Subject(archive, _chosen(archive, only), path.resolve().name)
        return
    now = utc_now()
    with contextlib.closing(open_store(configuration, exclusive=False, now=now)) as store:
        known = [source.policy for source in store.sources()]
        if what and what not in known:
            raise ConfigError(
                f'"{what}" is neither a folder nor a policy in the store'
                + (f". Known: {', '.join(known)}" if known else "; the store is empty")
            )
        declared = {policy.id: policy for policy in configuration.settings.policy}
        archive = StoredPolicies(store, [what] if what else known, declared, now)
        yield _Subject(archive, _chosen(archive, only), what or "the store")


async def _replay_all(
    configuration: Configuration, subject: _Subject, processes: int, *, quiet: bool
) -> Figures:
    done: dict[str, PolicyFigures] = {}
    settings = configuration.settings
    async with _workers(settings, processes) as workers:

        async def work(history: History) -> AsyncGenerator[int]:
            rules = _rules(settings, configuration.policy(history.policy))
            steps: list[Step] = []
            async for _, more in replay(workers, subject.archive, history, rules):
                steps += more
                yield len(more)
            done[history.policy] = figures_of(history, steps)

        with _progress("replaying", subject.histories, quiet=quiet) as progress:
            await in_parallel(subject.histories, work, lambda n: progress.advance(_TASK, n))
    skipped = tuple(f"{s.where}: {s.why}" for s in subject.archive.skipped)
    return Figures(tuple(done[history.policy] for history in subject.histories), skipped)


def _print_figures(figures: Figures) -> None:
    rows = [
        (
            p.policy,
            f"{p.years:.1f}",
            len(p.events),
            p.counts["alert"],
            f"{p.counts['alert'] / p.years:.1f}" if p.years > 0.25 else "-",
            *(p.counts[kind] for kind in ("minor", "suspect", "flap")),
        )
        for p in sorted(figures.policies, key=lambda p: -p.counts["alert"])
    ]
    table(("policy", "years", "texts", "alerts", "a year", "minor", "suspect", "flaps"), rows)
    sums = sums_of(figures)
    console.print()
    table(
        ("texts", "what became of them"),
        ((sums.kinds[kind], what) for kind, what in KINDS.items() if sums.kinds[kind]),
    )
    for title, counts in (
        ("alerts by severity", sums.severities),
        ("alerts by category", sums.categories),
        ("held back because", sums.reasons),
        ("health alerts", sums.health),
    ):
        named = ", ".join(f"{name} {count}" for name, count in counts.items())
        console.print(f"{title}: {safe(named) or 'none'}")
    console.print(
        f"{sums.kinds['alert']} alerts in {sums.years:.1f} policy-years: "
        f"{sums.alerts_a_year:.1f} a year for each policy; "
        f"{sums.alerts_taken_back} on a change that was taken back soon."
    )
    for line in figures.skipped:
        errors.print(f"not replayed: {safe(line)}")


def _events_csv(figures: Figures) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        ("policy", "at", "what", "severity", "categories", "taken_back", "why", "reference")
    )
    for policy, event in figures.events:
        categories = " ".join(sorted({finding.category for finding in event.findings}))
        row = (policy.policy, event.at.isoformat(), event.kind, event.severity or "", categories,
               "yes" if event.taken_back else "", event.why, event.reference)  # fmt: skip
        writer.writerow(_cell(value) for value in row)
    return out.getvalue()


def _cell(value: str) -> str:
    """A spreadsheet must not take a stranger's words for a formula."""
    words = safe(value)
    return f"'{words}" if words.startswith(("=", "+", "-", "@", "\t", "\r")) else words


# --- both ---------------------------------------------------------------------------------------

#: The one task of a progress bar.
_TASK = TaskID(0)


def _chosen(archive: Archive, only: str) -> list[History]:
    """The histories that ``--only`` names, by id or by name. Raises ConfigError."""
    if not archive.histories:
        raise ConfigError("there is no recorded text here: nothing to do")
    chosen = [
        history
        for history in archive.histories
        if not only
        or fnmatch.fnmatchcase(f"{history.service}/{history.name}".lower(), only.lower())
        or fnmatch.fnmatchcase(history.policy, only)
    ]
    if not chosen:
        names = ", ".join(f"{h.service}/{h.name}" for h in archive.histories[:5])
        raise ConfigError(f'--only: nothing is named "{only}"; there are {safe(names)}, ...')
    return chosen


def _rules(settings: Settings, declared: Policy | None) -> Rules:
    return Rules(
        capture=settings.capture,
        selection=selection_of(declared),
        language=declared.language if declared else "",
        url=declared.all_urls[0] if declared and declared.all_urls else "",
        team=team_rules(settings, declared),
    )


def _workers(settings: Settings, processes: int) -> Workers:
    limits = ExtractionSettings(
        processes=processes,
        timeout=_PIECE_TIMEOUT,
        max_memory_mb=settings.extraction.max_memory_mb,
    )
    return Workers(limits)


def _progress(what: str, histories: Iterable[History], *, quiet: bool) -> Progress:
    columns = (TextColumn(what), BarColumn(bar_width=30), MofNCompleteColumn())
    progress = Progress(*columns, TimeRemainingColumn(), console=errors, disable=quiet)
    progress.add_task(what, total=sum(len(history.records) for history in histories))
    return progress


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises ConfigError."""
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=path.parent, delete=False
        ) as new:
            new.write(text)
        Path(new.name).chmod(mode)
        Path(new.name).replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror})") from error
