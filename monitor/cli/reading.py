"""Commands that read the store: `history`, `show`, `diff`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Annotated

import typer
from rich.text import Text

from monitor import config_file
from monitor.check import kept_parts
from monitor.cli.noticing import notice_between, notice_of, notices_of, said
from monitor.cli.output import (
    AsJson,
    console,
    errors,
    print_findings,
    print_held,
    print_json,
    safe,
    table,
    when,
)
from monitor.comparison import as_document, compare_documents
from monitor.errors import ConfigError
from monitor.model import SourceMemory
from monitor.reading import read_parts, selection_of
from monitor.redline import redline
from monitor.review import made_rules
from monitor.services import open_store, utc_now
from monitor.team_rules import team_rules
from store import SnapshotRecord, SourceRecord, Store, VersionRecord

At = Annotated[str, typer.Option("--at", help="a date (2026-03-01) or an instant; UTC")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(history)
    app.command()(show)
    app.command()(diff)


@contextlib.contextmanager
def opened(context: typer.Context) -> Iterator[Store]:
    """The configured store, open for reading beside a running daemon."""
    configuration = config_file.load(context.obj)
    with contextlib.closing(open_store(configuration, exclusive=False, now=utc_now())) as store:
        yield store


def parse_at(text: str) -> datetime:
    """A date means its end; an instant without a zone is UTC. Raises ConfigError."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f'--at: "{text}" is not a date; write 2026-03-01') from error
    if len(text) == len("2026-03-01"):
        instant = datetime.combine(instant.date(), time.max)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def history(context: typer.Context, policy: str, as_json: AsJson = False) -> None:
    """List the versions of a policy and what each changed."""
    with opened(context) as store:
        source = _source(store, policy)
        versions = store.versions(policy)
        changes = {change.to_version: change for change in store.changes(policy)}
        settings = config_file.load(context.obj).settings
        notices = notices_of(store, settings, [*changes.values()])
        if as_json:
            found = [*changes.values()]
            print_json(
                {"source": source, "versions": versions, "changes": found, "notices": notices}
            )
            return
        rows = []
        for version in versions:
            change = changes.get(version.number)
            what = "; ".join(f.summary for f in change.comparison.findings) if change else ""
            if change:
                what = "\n".join([what, *said(notices[change.id], change.verdict)]).strip()
            verdict = change.verdict if change else _origin(version)
            rows.append((version.number, when(version.first_seen), verdict, what))
        table(("version", "first seen", "verdict", "what changed"), rows)
        memory = source.memory
        console.print(f"source: {memory.health}, last good check {when(source.last_good_at)}")
        if memory.last_error:
            console.print(f"last error: {safe(memory.last_error)}")
        for snapshot in store.snapshots(policy):
            if _waits(snapshot, memory):
                console.print(
                    f"{snapshot.state} snapshot {snapshot.id} of {when(snapshot.taken_at)}: "
                    + safe("; ".join(snapshot.reasons))
                )


def _waits(snapshot: SnapshotRecord, memory: SourceMemory) -> bool:
    """Whether a snapshot still waits for time or people; what a good capture ended does not."""
    since = {"suspect": memory.suspect_since, "held": memory.held_since}.get(snapshot.state)
    return since is not None and snapshot.taken_at >= since


def show(
    context: typer.Context,
    policy: str,
    at: At = "",
    version: Annotated[int | None, typer.Option(help="a version number")] = None,
    dropped: Annotated[
        bool, typer.Option("--dropped", help="show what was pruned from the page instead")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print a version of a policy as normalized text."""
    with opened(context) as store:
        record = version_of(store, policy, version, at)
        if dropped:
            _show_dropped(context, store, record, as_json=as_json)
            return
        text = store.version_text(policy, record.number)
        settings = config_file.load(context.obj).settings
        change = next((c for c in store.changes(policy) if c.to_version == record.number), None)
        notice = notice_of(store, settings, change) if change else None
    if as_json:
        print_json({"version": record, "text": text, "notice": notice})
        return
    for line in said(notice, change.verdict) if change and notice else ():
        errors.print(Text(f"version {record.number}: {safe(line)}", style="dim"))
    typer.echo(safe(text))


def _origin(version: VersionRecord) -> str:
    """How a version came to be that changed nothing; "capture" would read as a verdict."""
    first = version.number == 1 and version.origin == "capture"
    return "first" if first else str(version.origin)


def _source(store: Store, policy: str) -> SourceRecord:
    """A policy the store knows. Raises ConfigError for one that was never checked or declared."""
    known = [source.policy for source in store.sources()]
    if policy not in known:
        raise ConfigError(
            f'there is no policy "{policy}" in the store, so it has no version yet. Declare it and '
            f"run `policywatch check {policy}`. Known: {', '.join(known) or 'none'}"
        )
    return store.source(policy)


def version_of(store: Store, policy: str, number: int | None, at: str) -> VersionRecord:
    """The version meant: by number, by date, or the current one. Raises ConfigError."""
    if number is not None:
        return store.version(policy, number)
    if at:
        record = store.version_at(policy, parse_at(at))
        if record is None:
            raise ConfigError(f'"{policy}" has no version as early as {at}')
        return record
    baseline = _source(store, policy).baseline
    if baseline is None:
        raise ConfigError(f'"{policy}" has no version yet; run `policywatch check {policy}`')
    return baseline


def _show_dropped(
    context: typer.Context, store: Store, record: VersionRecord, *, as_json: bool
) -> None:
    """Read the kept raw bytes again and show the regions that pruning removed."""
    if record.snapshot is None:
        raise ConfigError(f"version {record.number} has no raw bytes (imported or pruned)")
    declared = config_file.load(context.obj).policy(record.policy)
    document = read_parts(kept_parts(store, record.snapshot), selection_of(declared))
    if as_json:
        print_json(document.dropped)
        return
    table(
        ("reason", "where", "text"),
        ((d.reason, d.where, " ".join(d.text.split())[:200]) for d in document.dropped),
    )


def diff(
    context: typer.Context,
    policy: str,
    a: Annotated[int | None, typer.Argument(help="older version; default: the one before")] = None,
    b: Annotated[int | None, typer.Argument(help="newer version; default: the current")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two versions of a policy: findings first, then the words."""
    configuration = config_file.load(context.obj)
    with opened(context) as store:
        newer = b if b is not None else version_of(store, policy, None, "").number
        older = a if a is not None else newer - 1
        if older < 1:
            raise ConfigError(f'"{policy}" has one version only; there is nothing to compare')
        before, after = (store.version_text(policy, n) for n in (older, newer))
        made = [rule for _, rule in made_rules(store, policy)]
        rules = team_rules(configuration.settings, configuration.policy(policy), made)
        comparison = compare_documents(as_document(before), as_document(after), rules)
        versions = store.version(policy, older), store.version(policy, newer)
        notice = notice_between(store, configuration.settings, *versions, comparison)
    if as_json:
        print_json(
            {"from_version": older, "to_version": newer, "comparison": comparison, "notice": notice}
        )
        return
    console.print(f"{policy} {older} -> {newer}: {comparison.verdict}. {safe(comparison.reason)}")
    for line in (
        *said(notice, comparison.verdict),
        *(notice.arithmetic if notice.promised else ()),
    ):
        console.print(Text(safe(line), style="dim"))
    print_findings(comparison.findings)
    print_held(comparison.held)
    for finding in comparison.findings:
        if finding.before and finding.after:
            console.print()
            console.print(_redlined(finding.before.text, finding.after.text))


def _redlined(before: str, after: str) -> Text:
    """Marked by brackets as well as by colour: [-gone-] {+new+}."""
    styles = {"delete": ("[-", "-]", "red strike"), "insert": ("{+", "+}", "green underline")}
    line = Text()
    for op, words in redline(before, after):
        left, right, style = styles.get(op, ("", "", ""))
        line.append(left + safe(words) + right, style=style)
    return line
