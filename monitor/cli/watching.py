"""Commands that look at the world: `run`, `check`, `accept`, `capture`."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from monitor import config_file, logs
from monitor.cli.annotations import Annotation
from monitor.cli.failing import FailOnOption, FormatOption, annotate, failing
from monitor.cli.files import media_type_of, read_bytes
from monitor.cli.noticing import notice_of, said
from monitor.cli.output import SEVERITY_STYLES, AsJson, console, errors, print_json, safe, table
from monitor.config import Policy
from monitor.config_file import Configuration
from monitor.errors import ConfigError, StoreError
from monitor.services import Services, open_store, running, sample_declarations, user_name, utc_now
from store import CheckOutcome, Store

_T = TypeVar("_T")
#: A policy and what became of its check; None while another process checks it.
_Checked: TypeAlias = tuple[Policy, CheckOutcome | StoreError | None]
_NOT_STORED = "not stored"

By = Annotated[str, typer.Option("--by", help="who does it; default: the name of this login")]
Why = Annotated[str, typer.Option("--why", help="the reason, kept in the records for good")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(run)
    app.command()(check)
    app.command()(accept)
    app.command()(capture)


def run(context: typer.Context) -> None:
    """Run the daemon until Ctrl-C or SIGTERM."""
    from monitor.daemon import Daemon  # the web framework and the scheduler take their time

    configuration = config_file.load(context.obj)
    daemon = configuration.settings.daemon
    logs.configure(daemon.log_level, daemon.log_format)
    with contextlib.suppress(KeyboardInterrupt):  # before the daemon listens for signals
        asyncio.run(Daemon(configuration).serve())


def check(
    context: typer.Context,
    policies: Annotated[
        list[str] | None, typer.Argument(help="ids; all enabled and not paused by default")
    ] = None,
    as_json: AsJson = False,
    fail_on: FailOnOption = None,
    output: FormatOption = "text",
) -> None:
    """Check policies once, now, and attempt each alert once (also beside a running daemon)."""
    configuration = config_file.load(context.obj)
    logs.configure("error", "console")
    chosen = _chosen(configuration, policies or [])
    output = "json" if as_json else output

    async def work(services: Services) -> tuple[list[_Checked], list[dict[str, Any]]]:
        wanted = chosen if policies else _not_paused(services.store, chosen)
        results = await _check_all(services, wanted, quiet=output != "text")
        await asyncio.to_thread(services.remind)
        await services.dispatcher.run_once()
        return results, [_stood(services, policy, outcome) for policy, outcome in results]

    results, rows = _run(configuration, work, aside=output != "text")
    if output == "json":
        print_json(rows)
    elif output == "github":
        annotate(_remarks(configuration, rows))
    else:
        _print_summary(results, rows)
        _print_shortfalls(rows)
    if any(row["result"] == _NOT_STORED for row in rows):
        raise typer.Exit(3)
    verdicts = [row.get("verdict") for row in rows]
    if failing(fail_on, verdicts, [a for row in rows for a in row["shortfalls"]]):
        raise typer.Exit(1)


def _stood(services: Services, policy: Policy, outcome: CheckOutcome | StoreError | None) -> Any:
    """A row with the expectations that the policy does not meet now."""
    stands = services.store.stands(policy.id)
    short = [stand.assessment for stand in stands if stand.assessment.short]
    return {**_row(services, policy, outcome), "shortfalls": short}


def _remarks(
    configuration: Configuration, rows: Iterable[Mapping[str, Any]]
) -> Iterator[Annotation]:
    """Remarks on the configuration file, at the line that declares the policy."""
    lines = configuration.path.read_text(encoding="utf-8").splitlines()
    for row in rows:
        policy = row["policy"]
        declares = re.compile(rf"""\s*id\s*=\s*["']{re.escape(policy)}["']""")
        line = next((n for n, text in enumerate(lines, 1) if declares.match(text)), None)
        for finding in row.get("findings") or ():
            told = f"{policy}: {finding.summary}"
            title = f"{finding.category}: {finding.direction}"
            yield Annotation(finding.severity, str(configuration.path), title, told, line)
        for shortfall in row["shortfalls"]:
            told = f"{policy}: {shortfall.summary}"
            yield Annotation(
                shortfall.severity, str(configuration.path), shortfall.name, told, line
            )


def _print_shortfalls(rows: Iterable[Mapping[str, Any]]) -> None:
    short = [(row["policy"], len(row["shortfalls"])) for row in rows if row["shortfalls"]]
    for policy, many in short:
        what = "expectation is" if many == 1 else "expectations are"
        console.print(safe(f"{policy}: {many} {what} not met; policywatch expectations {policy}"))


def accept(
    context: typer.Context,
    policy: str,
    snapshot: str,
    by: By = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Make a suspect or held snapshot the policy's version: you have looked, and it is right."""
    who = by or user_name()
    _by_hand(
        context,
        policy,
        lambda s, p: s.checker.accept(p, snapshot, who=who, why=why),
        as_json=as_json,
    )


def capture(
    context: typer.Context,
    policy: str,
    file: Path,
    by: By = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Take a page saved by hand (a walled or signed document) as a capture of a policy."""
    content, media_type, who = read_bytes(file), media_type_of(file), by or user_name()
    _by_hand(
        context,
        policy,
        lambda s, p: s.checker.capture(p, content, media_type, who=who, why=why),
        as_json=as_json,
    )


def _by_hand(
    context: typer.Context,
    policy_id: str,
    action: Callable[[Services, Policy], Awaitable[CheckOutcome]],
    *,
    as_json: bool,
) -> None:
    configuration = config_file.load(context.obj)
    logs.configure("error", "console")
    policy = _chosen(configuration, [policy_id])[0]

    async def work(services: Services) -> tuple[CheckOutcome, dict[str, object]]:
        outcome = await action(services, policy)
        await services.dispatcher.run_once()
        return outcome, _row(services, policy, outcome)

    outcome, row = _run(configuration, work, aside=as_json)
    if as_json:
        print_json(row)
    else:
        _print_summary([(policy, outcome)], [row])


def _run(
    configuration: Configuration,
    work: Callable[[Services], Awaitable[_T]],
    *,
    aside: bool,
) -> _T:
    """Do ``work`` with all services; ``aside``: the console channel prints on standard error."""

    async def with_services() -> _T:
        with open_store(configuration, exclusive=False, now=utc_now()) as store:
            async with running(configuration, store) as services:
                return await work(services)

    stream = contextlib.redirect_stdout(sys.stderr) if aside else contextlib.nullcontext()
    with stream:
        return asyncio.run(with_services())


def _chosen(configuration: Configuration, ids: Sequence[str]) -> list[Policy]:
    """The declared policies with these ids (all enabled ones for none). Raises ConfigError."""
    samples, _ = sample_declarations(configuration.settings)
    known = {p.id: p for p in (*samples, *configuration.settings.policy)}
    missing = [policy_id for policy_id in ids if policy_id not in known]
    if missing:
        raise ConfigError(
            f'{configuration.path}: there is no policy "{missing[0]}". Known: '
            + ", ".join(sorted(known))
        )
    return [known[i] for i in dict.fromkeys(ids)] or [
        p for p in configuration.settings.policy if p.enabled
    ]


def _not_paused(store: Store, policies: Iterable[Policy]) -> list[Policy]:
    """Those whose checks nobody stopped for a time."""
    now = utc_now()
    paused = {source.policy for source in store.sources() if source.paused(now)}
    return [policy for policy in policies if policy.id not in paused]


async def _check_all(
    services: Services, policies: Sequence[Policy], *, quiet: bool
) -> list[_Checked]:
    places = asyncio.Semaphore(services.configuration.settings.fetch.concurrency)
    columns = (TextColumn("checking"), BarColumn(bar_width=30), MofNCompleteColumn())
    with Progress(*columns, console=errors, transient=True, disable=quiet) as progress:
        task = progress.add_task("checking", total=len(policies))

        async def one(policy: Policy) -> _Checked:
            outcome: CheckOutcome | StoreError | None
            async with places:
                try:
                    outcome = await services.checker.check(policy)
                except StoreError as error:
                    outcome = error  # the others go on
            progress.advance(task)
            return policy, outcome

        return await asyncio.gather(*(one(policy) for policy in policies))


def _row(
    services: Services, policy: Policy, outcome: CheckOutcome | StoreError | None
) -> dict[str, object]:
    if isinstance(outcome, StoreError):
        return {"policy": policy.id, "result": _NOT_STORED, "error": str(outcome)}
    if outcome is None:
        return {"policy": policy.id, "result": "busy", "error": "being checked by another process"}
    comparison = notice = None
    if outcome.change:
        comparison, store = outcome.change.comparison, services.store
        notice = notice_of(store, services.checker.settings, store.change(outcome.change.id))
    return {
        "policy": policy.id,
        "result": outcome.result,
        "change": outcome.change.id if outcome.change else None,
        "verdict": comparison.verdict if comparison else None,
        "findings": comparison.findings if comparison else (),
        "notice": notice,
        "alerts": [alert for alert, _ in outcome.alerts],
        "snapshot": outcome.snapshot.id if outcome.snapshot else None,
        "health": outcome.memory.health,
        "error": outcome.error,
        "next_check_at": outcome.next_check_at,
    }


def _print_summary(results: Sequence[_Checked], rows: Sequence[Mapping[str, Any]]) -> None:
    cells = []
    for (policy, outcome), row in zip(results, rows, strict=True):
        told = str(row["error"] or "")
        if isinstance(outcome, CheckOutcome) and outcome.change:
            told = "; ".join(f.summary for f in outcome.change.comparison.findings)
            told = told or outcome.change.comparison.reason
            told = "\n".join([told, *said(row["notice"], row["verdict"])])
        elif isinstance(outcome, CheckOutcome) and outcome.snapshot and outcome.snapshot.reasons:
            told = f"{'; '.join(outcome.snapshot.reasons)} (snapshot {outcome.snapshot.id})"
        cells.append((policy.id, _result(row), told))
    table(("policy", "result", "what"), cells)
    counts = Counter(str(row["result"]) for row in rows)
    console.print(", ".join(f"{n} {result}" for result, n in counts.most_common()))


def _result(row: Mapping[str, Any]) -> Text:
    verdict = row.get("verdict")
    word = f"{row['result']}: {verdict}" if verdict else str(row["result"])
    style = {"material": SEVERITY_STYLES["high"], "minor": "yellow"}.get(str(verdict), "")
    bad = row["result"] in ("failed", _NOT_STORED)
    return Text(safe(word), style="red" if bad else style)
