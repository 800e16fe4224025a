"""The command `backtest`: a history replayed as if live."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
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
from monitor.cli.output import AsJson, console, errors, print_json, safe, table
from monitor.config import Settings
from monitor.config_file import Configuration
from monitor.errors import ConfigError
from monitor.history import (
    Archive,
    Figures,
    History,
    OpenTermsArchive,
    PolicyFigures,
    Step,
    figures_of,
    is_repository,
    sums_of,
)
from monitor.history.figures import KINDS, for_machines
from monitor.history.report import render
from monitor.history.running import in_parallel, replay
from monitor.history.stored import StoredPolicies
from monitor.services import open_store, utc_now
from monitor.whole_files import write_text


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(backtest)


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
    processes: Processes = CORES,
    as_json: AsJson = False,
) -> None:
    """Replay a history as if live: how many alerts, about what, and what was held back."""
    configuration = _configuration(context, what)
    with _subject(configuration, what, only) as subject:
        figures = asyncio.run(_replay_all(configuration, subject, processes, quiet=as_json))
    if html is not None:
        write_text(html, render(figures, title=subject.title, now=utc_now()))
    if csv_file is not None:
        write_text(csv_file, _events_csv(figures))
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
            else folder_archive(configuration, path, path.resolve().name)
        )
        yield _Subject(archive, chosen(archive, only), path.resolve().name)
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
        yield _Subject(archive, chosen(archive, only), what or "the store")


async def _replay_all(
    configuration: Configuration, subject: _Subject, processes: int, *, quiet: bool
) -> Figures:
    done: dict[str, PolicyFigures] = {}
    settings = configuration.settings
    async with workers_for(settings, processes) as workers:

        async def work(history: History) -> AsyncGenerator[int]:
            rules = rules_of(settings, configuration.policy(history.policy))
            steps: list[Step] = []
            async for _, more in replay(workers, subject.archive, history, rules):
                steps += more
                yield len(more)
            done[history.policy] = figures_of(history, steps)

        with progress_of("replaying", subject.histories, quiet=quiet) as progress:
            advance = partial(progress.advance, TASK)
            await in_parallel(subject.histories, work, advance, processes=processes)
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
