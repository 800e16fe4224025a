"""The `review` commands: what is open, who decided what, and rules made of "this was wrong"."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text
from typer.core import TyperGroup

from monitor.cli.exporting import export_app
from monitor.cli.notifying import instant_of
from monitor.cli.output import (
    SEVERITY_STYLES,
    AsJson,
    console,
    print_findings,
    print_json,
    safe,
    table,
    when,
)
from monitor.cli.reading import opened
from monitor.cli.watching import By, Why
from monitor.errors import ConfigError, StoreError
from monitor.findings.team import Override
from monitor.model import Alert, Category, Severity, to_json
from monitor.review import (
    Grounds,
    LabelledPair,
    Reviewed,
    Step,
    decide,
    decided,
    find,
    labelled_pairs,
    listing,
    made_rules,
    propose,
    reject,
    take_back,
    written,
)
from monitor.services import user_name, utc_now
from store import Store


class _Listing(TyperGroup):
    """`review [POLICY] [--open]` is short for `review list [POLICY] [--open]`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["list", *args]
        return super().parse_args(ctx, args)


review_app = typer.Typer(
    cls=_Listing,
    help="What people were alerted of, and what became of it. `review [POLICY] [--open]` lists it.",
    rich_markup_mode=None,
)

Subject = Annotated[str, typer.Argument(help="a change, as in acme@3-4, or the id of an alert")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    review_app.command(name="list")(list_alerts)
    review_app.command()(show)
    review_app.command()(ack)
    review_app.command()(dismiss)
    review_app.command()(escalate)
    review_app.command()(reopen)
    review_app.command()(snooze)
    review_app.command()(wrong)
    review_app.command()(rules)
    app.add_typer(review_app, name="review")
    export_app.command(name="reviews")(export_reviews)


def list_alerts(
    context: typer.Context,
    policy: Annotated[str | None, typer.Argument(help="one policy; all by default")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="only what nobody has settled")] = False,
    severity: Annotated[Severity, typer.Option(help="the lowest that is listed")] = "medium",
    limit: Annotated[int, typer.Option(min=1, help="how many, newest first")] = 100,
    as_json: AsJson = False,
) -> None:
    """List alerts about changes and expectations, newest first, and who decided what of them."""
    with opened(context) as store:
        if policy is not None:
            store.head(policy)  # a typo must not look like "nothing is open"
        found = listing(
            store, policy, open_only=open_only, severity=severity, limit=limit, now=utc_now()
        )
    if as_json:
        print_json([_for_machines(reviewed) for reviewed in found])
        return
    if not found:
        console.print("Nothing is open." if open_only else "Nobody was alerted of anything yet.")
        return
    table(
        ("what", "severity", "since", "state", "by", "summary"),
        (
            (
                r.review.subject,
                Text(r.record.severity, style=SEVERITY_STYLES[r.record.severity]),
                when(r.record.created_at),
                _state(r),
                r.review.who,
                r.record.alert.summary,
            )
            for r in found
        ),
    )


def show(context: typer.Context, subject: Subject, as_json: AsJson = False) -> None:
    """Show one alert with its numbered findings, and every step of its review."""
    with opened(context) as store:
        reviewed = find(store, subject)
    if as_json:
        print_json(_for_machines(reviewed))
        return
    console.print(f"{reviewed.review.subject}: {_state(reviewed)}")
    for number, finding in enumerate(reviewed.record.alert.findings, 1):
        console.print(f"\nfinding {number}")
        print_findings([finding])
    if reviewed.review.steps:
        console.print()
        table(
            ("when", "who", "what", "why"),
            (
                (when(a.at), a.by, f"{a.what} {a.detail.get('grounds', '')}", a.why)
                for a in reviewed.review.steps
            ),
        )


def ack(
    context: typer.Context, subject: Subject, by: By = "", why: Why = "", as_json: AsJson = False
) -> None:
    """Acknowledge an alert: somebody has seen it and takes care of it."""
    _decide(context, subject, "acknowledge", by=by, why=why, as_json=as_json)


def dismiss(
    context: typer.Context,
    subject: Subject,
    grounds: Annotated[
        Grounds, typer.Option("--as", help="nothing changed in meaning; not for us; known already")
    ],
    by: By = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Dismiss an alert that needs nothing to be done (`wrong` also makes a rule of it)."""
    _decide(context, subject, "dismiss", by=by, why=why, as_json=as_json, grounds=grounds)


def escalate(
    context: typer.Context, subject: Subject, by: By = "", why: Why = "", as_json: AsJson = False
) -> None:
    """Mark an alert as one that others must decide on; it stays open."""
    _decide(context, subject, "escalate", by=by, why=why, as_json=as_json)


def reopen(
    context: typer.Context, subject: Subject, by: By = "", why: Why = "", as_json: AsJson = False
) -> None:
    """Take back what was decided; the earlier steps stay in the records."""
    _decide(context, subject, "reopen", by=by, why=why, as_json=as_json)


def snooze(
    context: typer.Context,
    subject: Subject,
    until: Annotated[str, typer.Option(help="a day, an instant, or from now on: 3d, 8h")],
    by: By = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Put an open alert aside: its channels are told once more then, unless it is settled."""
    now = utc_now()
    when_ = instant_of(context, until, now)
    _decide(context, subject, "snooze", by=by, why=why, as_json=as_json, until=when_)


def _decide(
    context: typer.Context,
    subject: str,
    step: Step,
    *,
    by: str,
    why: str,
    as_json: bool,
    grounds: Grounds | None = None,
    until: datetime | None = None,
) -> None:
    with opened(context) as store:
        reviewed, new = decide(
            store, subject, step, who=by or user_name(), at=utc_now(), why=why,
            grounds=grounds or "", until=until,
        )  # fmt: skip
    if as_json:
        print_json({**_for_machines(reviewed), "done": new})
    elif new:
        console.print(f"{reviewed.review.subject} is {_state(reviewed)} now.")
    else:
        who = f" by {safe(reviewed.review.who)}" if reviewed.review.who else ""
        console.print(f"{reviewed.review.subject} was {_state(reviewed)} already{who}.")


def wrong(
    context: typer.Context,
    subject: Subject,
    finding: Annotated[
        int | None, typer.Option(help="ignore what is found by the rule of this finding")
    ] = None,
    category: Annotated[
        Category | None, typer.Option(help="ignore findings of this category")
    ] = None,
    phrase: Annotated[str, typer.Option(help="ignore findings with these words in a quote")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="take back the rules made of it")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="write the rule without asking")] = False,
    by: By = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Say that an alert was wrong, and make a rule of it for its policy: shown, then written."""
    who, now = by or user_name(), utc_now()
    with opened(context) as store:
        reviewed = find(store, subject)
        if undo:
            undone = take_back(store, subject, who=who, at=now, why=why)
            _told_undone(find(store, subject), undone, as_json=as_json)
            return
        alert = reviewed.record.alert
        if alert.kind != "change":
            raise ConfigError(
                f"{subject} is about an expectation; change what is expected in config.toml"
            )
        try:
            rule = propose(
                alert.policy, reviewed.review.subject, alert.findings,
                store.actions(alert.policy, what=["ignore"]),
                number=finding, category=category, phrase=phrase, why=why,
            )  # fmt: skip
        except StoreError as error:
            raise ConfigError(f"{error} (`policywatch review show {subject}`)") from error
        written_now = yes
        if not as_json:
            _print_reach(store, alert, rule)
            written_now = yes or typer.confirm("Write this rule?")
        if written_now:
            reviewed = reject(store, subject, rule, who=who, at=now)
    if as_json:
        told = {"rule": rule.name, "toml": written(rule, alert.policy), "written": written_now}
        print_json({**_for_machines(reviewed), **told})
    elif written_now:
        console.print(
            f"Written. {reviewed.review.subject} is {_state(reviewed)}. "
            f"To take it back: policywatch review wrong {reviewed.review.subject} --undo"
        )
    else:
        console.print("Nothing was written.")


def _print_reach(store: Store, alert: Alert, rule: Override) -> None:
    """The rule as config.toml would have it, and what it ignores of this and earlier changes."""
    console.print(f'For the policy "{alert.policy}" alone, from its next change on:')
    console.print(Padding(Text(safe(written(rule, alert.policy)), style="cyan"), (1, 0, 1, 2)))
    fits = [f for f in alert.findings if rule.fits(f)]
    console.print(f"Of {alert.change} it ignores {len(fits)} of {len(alert.findings)} findings:")
    for each in fits:
        console.print(
            Padding(Text(safe(f"{each.severity} {each.category}: {each.summary}")), (0, 2))
        )
    earlier = [
        each
        for change in store.changes(alert.policy)
        if change.id != alert.change
        for each in change.comparison.findings
        if rule.fits(each)
    ]
    grave = sum(each.severity != "low" for each in earlier)
    console.print(
        "Findings of this policy's other changes that it would have ignored: "
        f"{len(earlier)}, of medium or high severity: {grave}."
    )


def _told_undone(reviewed: Reviewed, undone: list[Override], *, as_json: bool) -> None:
    if as_json:
        print_json({**_for_machines(reviewed), "undone": [rule.name for rule in undone]})
        return
    names = ", ".join(rule.name for rule in undone)
    console.print(f"Taken back: {names}. {reviewed.review.subject} is {_state(reviewed)}.")


def rules(
    context: typer.Context,
    policy: Annotated[str | None, typer.Argument(help="one policy; all by default")] = None,
    as_json: AsJson = False,
) -> None:
    """List the rules made of reviews that hold, as config.toml would have them."""
    with opened(context) as store:
        names = [policy] if policy else [source.policy for source in store.sources()]
        made = [(name, *each) for name in names for each in made_rules(store, name)]
    if as_json:
        print_json(
            [
                {"policy": name, "made": action, "toml": written(rule, name)}
                for name, action, rule in made
            ]
        )
        return
    if not made:
        console.print("No rule was made of a review; `policywatch review wrong` makes one.")
    for name, action, rule in made:
        console.print(
            Text(safe(f"# {when(action.at)} by {action.who}, of {action.subject}"), "dim")
        )
        console.print(Text(safe(written(rule, name)) + "\n"))


def export_reviews(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="a folder to make")],
    policy: Annotated[str | None, typer.Option(help="one policy; all by default")] = None,
    as_json: AsJson = False,
) -> None:
    """Write what was decided as labelled pairs, to measure policywatch on your own data."""
    with opened(context) as store:
        pairs = list(labelled_pairs(decided(store, policy), store.version_text))
    if not pairs:
        raise ConfigError("nothing is decided yet; `policywatch review --open` lists what is open")
    try:
        write_pairs(folder, pairs)
    except FileExistsError as error:
        raise ConfigError(f"{folder} holds labelled pairs already; name another folder") from error
    except OSError as error:
        raise ConfigError(f"cannot write {folder}: {error.strerror}") from error
    if as_json:
        print_json({"folder": str(folder), "pairs": len(pairs)})
    else:
        console.print(f"{folder}: {len(pairs)} labelled pairs, for benchmarks/semantics.py")


def write_pairs(folder: Path, pairs: Sequence[LabelledPair]) -> None:
    """Make a folder as benchmarks/semantics.py reads it. Raises OSError; FileExistsError too."""
    (folder / "pairs").mkdir(parents=True)
    for pair in pairs:
        for side, text in (("old", pair.old), ("new", pair.new)):
            path = folder / "pairs" / f"{pair.label['id']}.{side}.md"
            path.write_text(text, encoding="utf-8", newline="")
    lines = (json.dumps(to_json(pair.label), ensure_ascii=False) for pair in pairs)
    (folder / "labels.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _state(reviewed: Reviewed) -> str:
    grounds = f" as {reviewed.review.grounds}" if reviewed.review.grounds else ""
    until = reviewed.review.snoozed_until if reviewed.review.open else None
    snoozed = f", snoozed until {when(until)}" if until else ""
    return reviewed.review.state + grounds + snoozed


def _for_machines(reviewed: Reviewed) -> dict[str, object]:
    return {
        "subject": reviewed.review.subject,
        "open": reviewed.review.open,
        "review": to_json(reviewed.review),
        "alert": to_json(reviewed.record.alert),
        "raised_at": reviewed.record.created_at,
    }
