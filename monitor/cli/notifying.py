"""Commands about who is told, and how.

`notify explain`, `notify preview`, `notify mute`, `notify unmute`, `notify mutes`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from monitor import config_file
from monitor.alerts import alert_id
from monitor.cli.operating import channel_kind, notify_app
from monitor.cli.output import AsJson, console, print_json, safe, table, when
from monitor.cli.reading import opened
from monitor.cli.watching import By
from monitor.config import Policy
from monitor.config_file import Configuration
from monitor.config_values import parse_duration
from monitor.errors import ConfigError
from monitor.hours import end_of, parse_until
from monitor.model import Category
from monitor.review.keys import linker_of
from monitor.routing import Decision, Plan, Planned
from monitor.services import sample_declarations, user_name, utc_now
from monitor.telling import MUTING, mute_name, mutes_of, planned, standing_mutes, zone_of
from notifiers.base import Delivery
from notifiers.preview import FORMATS, Format, preview
from store import ActionRecord, AlertRecord, NewAction, Store

Why = Annotated[str, typer.Option("--why", help="the reason, for whoever wonders at the silence")]


def register(app: typer.Typer) -> None:  # noqa: ARG001 - they belong to `notify`
    """Add the commands of this module."""
    notify_app.command()(explain)
    notify_app.command(name="preview")(show_preview)
    notify_app.command()(mute)
    notify_app.command()(unmute)
    notify_app.command()(mutes)


def instant_of(context: typer.Context, text: str, now: datetime) -> datetime:
    """A day (which counts whole), an instant (in the zone of [notice]), or a duration from now.

    Raises ConfigError.
    """
    zone = zone_of(config_file.load(context.obj).settings)
    try:
        return now + parse_duration(text)
    except ValueError:
        pass
    try:
        return end_of(parse_until(text), zone)
    except ValueError as error:
        raise ConfigError(f"--until: {error}, or how long from now, as in 3d") from error


def declared(configuration: Configuration, policy_id: str) -> Policy:
    """A policy of the configuration or of the samples. Raises ConfigError."""
    samples, _ = sample_declarations(configuration.settings)
    for policy in (*configuration.settings.policy, *samples):
        if policy.id == policy_id:
            return policy
    raise ConfigError(f'{configuration.path}: there is no policy "{policy_id}"')


def alert_about(store: Store, subject: str) -> AlertRecord:
    """The alert about a change, or with an id. Raises ConfigError."""
    record = store.alert(alert_id("change", subject)) or store.alert(subject)
    if record is None:
        raise ConfigError(
            f'nobody was alerted of "{subject}"; `policywatch review --severity low` lists alerts'
        )
    return record


def explain(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="a change, as in acme@3-4, or an alert's id")],
    as_json: AsJson = False,
) -> None:
    """Say which routes an alert takes as the configuration is now, and why it takes no other."""
    configuration = config_file.load(context.obj)
    with opened(context) as store:
        record = alert_about(store, subject)
        alert = record.alert
        policy = declared(configuration, alert.policy)
        muting = store.actions(alert.policy, what=MUTING)
        made = store.deliveries(alert=alert.id)
    found = planned(configuration.settings, policy, alert, muting, record.created_at)
    if as_json:
        print_json({"alert": alert.id, "plan": found, "deliveries": made})
        return
    console.print(Text(safe(f"{alert.severity} {alert.kind}: {alert.summary}"), style="bold"))
    console.print(f"raised {when(record.created_at)} UTC; the routes of {configuration.path}:")
    table(("route", "to", "decision"), ((d.number, d.channel, _said(d)) for d in found.decisions))
    for line in _afterwards(found):
        console.print(safe(line))
    if made:
        console.print("\nmade when it was raised:")
        table(
            ("to", "state", "why", "not before", "last error"),
            ((d.channel, d.state, d.purpose, when(d.not_before), d.last_error) for d in made),
        )


def _said(decision: Decision) -> Text:
    if decision.planned is None:
        return Text(safe("no: " + "; ".join(decision.reasons)))
    return Text(_when(decision.planned), style="green")


def _when(made: Planned) -> str:
    how = "in a digest, " if made.batch else ""
    late = f" (throttled: at most one in {made.throttle})" if made.throttle else ""
    return f"yes: {how}{when(made.at)} UTC{late}"


def _afterwards(found: Plan) -> list[str]:
    lines = [
        f"If nobody acknowledges it by {when(made.at)} UTC, {made.channel} is told."
        for made in found.deliveries
        if made.purpose == "escalation"
    ]
    first = [made.channel for made in found.deliveries if not made.purpose]
    if not first:
        lines.append("Nobody is told of it.")
    return lines


def show_preview(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="a change, as in acme@3-4, or an alert's id")],
    channel: Annotated[str, typer.Option(help="the channel that would say it")],
    form: Annotated[
        Format | None, typer.Option("--format", help="by default what the channel says it in")
    ] = None,
) -> None:
    """Print an alert as a channel would say it today, review link and all; nothing is sent."""
    configuration = config_file.load(context.obj)
    kind = channel_kind(configuration, channel)
    with opened(context) as store:
        record = alert_about(store, subject)
        linker = linker_of(configuration.settings, store)
    alert = linker(record.alert, channel, record.created_at) if linker else record.alert
    delivery = Delivery(f"{alert.id}.{channel}", alert, utc_now())
    typer.echo(preview(delivery, form or FORMATS[kind]), nl=False)


def mute(
    context: typer.Context,
    policy: str,
    until: Annotated[str, typer.Option(help="a day, an instant, or from now on: 2w, 8h")],
    why: Why,
    category: Annotated[
        Category | None, typer.Option(help="only findings of this category")
    ] = None,
    phrase: Annotated[
        list[str] | None, typer.Option(help="only findings with these words in a quote")
    ] = None,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Tell nobody of a policy, or of some findings in it, for a time; alerts are still stored."""
    now = utc_now()
    ends = instant_of(context, until, now)
    if ends <= now:
        raise ConfigError(f"--until: {when(ends)} UTC is past")
    if not why.strip():
        raise ConfigError("--why: is empty; say why, for whoever wonders at the silence")
    detail = {
        "until": ends,
        "categories": (category,) if category else (),
        "phrases": tuple(phrase or ()),
    }
    with opened(context) as store:
        action = NewAction(now, by or user_name(), "mute", "", why, detail)
        made = store.record_action(policy, action)
    if as_json:
        print_json({"mute": mute_name(made), "action": made})
    else:
        console.print(
            f"Muted until {when(ends)} UTC as {mute_name(made)}; "
            f"to end it sooner: policywatch notify unmute {policy}"
        )


def unmute(
    context: typer.Context,
    policy: str,
    name: Annotated[str, typer.Argument(help="one mute of the policy; all by default")] = "",
    by: By = "",
    why: Annotated[str, typer.Option("--why", help="the reason")] = "",
    as_json: AsJson = False,
) -> None:
    """End the mutes that people made for a policy; what was raised meanwhile is not sent later."""
    with opened(context) as store:
        standing = _standing(store, policy)
        ended = [each for each in standing if not name or mute_name(each) == name]
        if not ended:
            what = f'no mute "{name}"' if name else "no mute that somebody made"
            raise ConfigError(f"{policy} has {what}; those of config.toml end there")
        detail = {"name": name} if name else {}
        store.record_action(
            policy, NewAction(utc_now(), by or user_name(), "unmute", "", why, detail)
        )
    if as_json:
        print_json({"ended": [mute_name(each) for each in ended]})
    else:
        console.print(f"Ended: {', '.join(mute_name(each) for each in ended)}")


def _standing(store: Store, policy: str) -> list[ActionRecord]:
    store.head(policy)  # a typo must not look like "nothing is muted"
    return standing_mutes(store.actions(policy, what=MUTING))


def mutes(context: typer.Context, as_json: AsJson = False) -> None:
    """List what is muted now, by config.toml and by people, and until when."""
    configuration, now = config_file.load(context.obj), utc_now()
    samples, _ = sample_declarations(configuration.settings)
    with opened(context) as store:
        muting = store.actions(what=MUTING)
    rows = [
        (policy.id, held)
        for policy in (*configuration.settings.policy, *samples)
        for held in mutes_of(
            configuration.settings, policy, [a for a in muting if a.policy == policy.id]
        )
        if held.holds(now)
    ]
    if as_json:
        print_json(
            [{"policy": p, "name": m.name, "until": m.until, "reason": m.reason} for p, m in rows]
        )
        return
    if not rows:
        console.print("Nothing is muted.")
        return
    table(
        ("policy", "mute", "of it", "until (UTC)", "why"),
        (
            (p, m.name, "all" if m.what is None else "part", when(m.until), m.reason)
            for p, m in rows
        ),
    )
