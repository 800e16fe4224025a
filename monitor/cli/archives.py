"""What the commands on recorded history share: archives, workers, progress, files."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable
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

from monitor.cli.files import media_type_of
from monitor.cli.output import errors, safe
from monitor.config import ExtractionSettings, Policy, Settings
from monitor.config_file import Configuration
from monitor.errors import ConfigError
from monitor.history import Archive, DatedFiles, History, Rules
from monitor.reading import selection_of
from monitor.team_rules import team_rules
from monitor.workers import Workers

#: A piece of a history is some dozens of texts, each with a page's own time to be read in.
_PIECE_TIMEOUT = timedelta(minutes=10)
CORES = os.cpu_count() or 2

Only = Annotated[
    str, typer.Option(help='only these documents, as in "Harbour Loom/*" or "*Privacy*"')
]
Processes = Annotated[int, typer.Option(min=1, max=64, help="worker processes; default: all cores")]

#: The one task of a progress bar.
TASK = TaskID(0)


def chosen(archive: Archive, only: str) -> list[History]:
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


def folder_archive(configuration: Configuration, folder: Path, policy: str) -> DatedFiles:
    """Dated files as the history of one policy, declared or not."""
    declared = configuration.policy(policy)
    return DatedFiles(
        folder,
        policy=policy,
        media_type_of=media_type_of,
        service=declared.service if declared else "",
        kind=declared.type if declared else "other",
        max_bytes=configuration.settings.fetch.max_bytes,
    )


def rules_of(settings: Settings, declared: Policy | None) -> Rules:
    """How the texts of one policy are read, judged and compared."""
    return Rules(
        capture=settings.capture,
        selection=selection_of(declared),
        language=declared.language if declared else "",
        url=declared.all_urls[0] if declared and declared.all_urls else "",
        team=team_rules(settings, declared),
    )


def workers_for(settings: Settings, processes: int) -> Workers:
    """Processes that read pieces of histories, whose next text is mostly the last one again."""
    limits = ExtractionSettings(
        processes=processes,
        timeout=_PIECE_TIMEOUT,
        max_memory_mb=settings.extraction.max_memory_mb,
    )
    return Workers(limits, kept=1 / 2)


def progress_of(what: str, histories: Iterable[History], *, quiet: bool) -> Progress:
    """A bar over all recorded texts, on standard error; its one task is ``TASK``."""
    columns = (TextColumn(what), BarColumn(bar_width=30), MofNCompleteColumn())
    progress = Progress(*columns, TimeRemainingColumn(), console=errors, disable=quiet)
    progress.add_task(what, total=sum(len(history.records) for history in histories))
    return progress
