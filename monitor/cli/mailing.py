"""The commands `import notice` and `notices`: what vendors announced by e-mail."""

from __future__ import annotations

import asyncio
import mailbox
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from monitor import config_file
from monitor.announced import judged_anew
from monitor.cli.importing import import_app
from monitor.cli.output import AsJson, console, errors, print_json, safe, when
from monitor.cli.reading import opened
from monitor.cli.watching import By, Why
from monitor.config import Policy
from monitor.config_file import Configuration
from monitor.errors import ConfigError
from monitor.intake import Intake, Taken, known_policy, too_large
from monitor.mail.letter import SUBJECT_WORDS, Letter
from monitor.services import open_store, running, sample_declarations, user_name, utc_now
from monitor.told import unanswered
from monitor.workers import Workers
from store import MailRecord, NewJudgement, NewNotice, Store

_BASES = {
    "mailbox": "the mailbox's own record",
    "received": "the last server's header",
    "sent": "the sender's own date",
    "forwarded": "the forwarded copy",
}
_RIGHTS = {"objection": "one may object", "termination": "one may leave"}
_MBOX_START = b"From "


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    import_app.command("notice")(import_notice)
    import_app.command("inbox")(import_inbox)
    app.command()(notices)


# --- import --------------------------------------------------------------------------------------


def import_notice(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(help="mails (.eml), mailboxes (mbox), or folders of them")
    ],
    policy: Annotated[str, typer.Option(help="the policy they are about, if you know it")] = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Take in vendors' e-mails: kept as evidence, matched to policies, counted by the clock."""
    configuration = config_file.load(context.obj)
    policies = declared(configuration)
    about = known_policy(policies, policy) if policy else None
    mails = mails_in(files, configuration.settings.fetch.max_bytes)
    taken = asyncio.run(_take_all(configuration, policies, mails, about, by or user_name()))
    _print_all(taken, as_json=as_json)


def import_inbox(context: typer.Context, as_json: AsJson = False) -> None:
    """Take in what came to the mailbox of [inbox]; the mailbox stays as it is."""
    configuration = config_file.load(context.obj)
    if configuration.settings.inbox is None:
        raise ConfigError(f"{configuration.path}: there is no [inbox] (docs/vendor-notices.md)")
    _print_all(asyncio.run(_take_inbox(configuration)), as_json=as_json)


async def _take_inbox(configuration: Configuration) -> list[Taken]:
    with open_store(configuration, exclusive=False, now=utc_now()) as store:
        async with running(configuration, store, sync=False) as services:
            return await services.read_inbox()


def _print_all(taken: Sequence[Taken], *, as_json: bool) -> None:
    if as_json:
        print_json([_taken_row(each) for each in taken])
        return
    for each in taken:
        _print_taken(each)
    kept = [each for each in taken if each.record]
    waiting = [each for each in kept if each.record and each.record.state == "ambiguous"]
    console.print(
        f"{len(taken)} mails: {sum(each.new for each in kept)} new, "
        f"{sum(not each.new for each in kept)} there already, {len(taken) - len(kept)} not read."
    )
    if waiting:
        console.print("To say whose one is: policywatch notices --assign ID POLICY")


async def _take_all(
    configuration: Configuration,
    policies: tuple[Policy, ...],
    mails: Iterable[tuple[str, bytes | str]],
    about: str | None,
    who: str,
) -> list[Taken]:
    now, settings = utc_now(), configuration.settings
    with open_store(configuration, exclusive=False, now=now) as store:
        async with Workers(settings.extraction, eager=False) as workers:
            intake = Intake(settings, policies, store, workers, who)
            return [
                Taken(origin, problem=content)
                if isinstance(content, str)
                else await intake.take(content, origin, now, policy=about)
                for origin, content in mails
            ]


def declared(configuration: Configuration) -> tuple[Policy, ...]:
    """The declared policies, those of the samples first."""
    samples, _ = sample_declarations(configuration.settings)
    return (*samples, *configuration.settings.policy)


def mails_in(files: Iterable[Path], largest: int) -> Iterator[tuple[str, bytes | str]]:
    """Each mail in some files and folders, with its origin; words instead of one that is too large.

    Raises ConfigError for a path that cannot be read, and a folder without mails.
    """
    for path in files:
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.suffix.lower() in (".eml", ".mbox"))
            if not found:
                raise ConfigError(f"{path}: holds no file that ends in .eml or .mbox")
            for inner in found:
                yield from _mails_of(inner, str(inner.relative_to(path.parent)), largest)
        else:
            yield from _mails_of(path, path.name, largest)


def _mails_of(path: Path, origin: str, largest: int) -> Iterator[tuple[str, bytes | str]]:
    try:
        with path.open("rb") as file:
            many = path.suffix.lower() != ".eml" and file.read(len(_MBOX_START)) == _MBOX_START
        if many:
            yield from _mails_of_box(path, origin, largest)
            return
        size = path.stat().st_size
        yield origin, path.read_bytes() if size <= largest else too_large(size, largest)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); check the path") from error


def _mails_of_box(path: Path, origin: str, largest: int) -> Iterator[tuple[str, bytes | str]]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            with box.get_file(key) as file:
                content = file.read(largest + 1)
            name = f"{origin} no. {number}"
            yield name, content if len(content) <= largest else too_large(len(content), largest)
    finally:
        box.close()


def _taken_row(taken: Taken) -> dict[str, Any]:
    told = row_of(taken.record) if taken.record else {}
    judged = [{"change": judgement.change, "why": judgement.why} for judgement in taken.judged]
    came = {"origin": taken.origin, "new": taken.new, "problem": taken.problem}
    return {**came, "judged": judged, **told}


def _print_taken(taken: Taken) -> None:
    if taken.record is None:
        errors.print(Text("not read: ", style="bold red") + Text(safe(taken.origin)))
        errors.print(Padding(Text(safe(taken.problem)), (0, 0, 0, 2)))
        return
    if not taken.new:
        console.print(Text(safe(f"{taken.origin}: there already"), style="dim"))
    _print_mail(taken.record)
    _print_judged(taken.judged)


# --- the list ------------------------------------------------------------------------------------


def notices(
    context: typer.Context,
    policy: Annotated[str | None, typer.Argument(help="one policy; all by default")] = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="only those of which it is not clear whose they are")
    ] = False,
    show: Annotated[str, typer.Option(metavar="ID", help="all that is known of one mail")] = "",
    assign: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="ID POLICY", help="say that a mail is about a policy"),
    ] = None,
    withdraw: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="ID POLICY", help="say that a mail is not about a policy"),
    ] = None,
    by: By = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """List vendors' e-mails and what they announced; say whose one is."""
    configuration = config_file.load(context.obj)
    with opened(context) as store:
        if assign or withdraw:
            who = by or user_name()
            for given, what in ((assign, "assigned"), (withdraw, "withdrawn")):
                if given:
                    _relate(store, configuration, given, what, who, why)
            return
        if show:
            _print_whole(store, store.mail.find(show), as_json=as_json)
            return
        if policy is not None:
            store.head(policy)  # a typo must not look like "nothing came"
        found = [
            record
            for record in store.mail.all(policy)
            if not waiting or record.state in ("ambiguous", "unmatched")
        ]
        pending = _pending(store, declared(configuration))
    if as_json:
        print_json(
            [{**row_of(record), "not_shown": pending.get(record.key, ())} for record in found]
        )
        return
    if not found:
        console.print("No mail is kept that this asks for; `policywatch import notice` takes one.")
    for record in found:
        _print_mail(record, pending.get(record.key, ()))


def _pending(store: Store, policies: Iterable[Policy]) -> dict[str, tuple[str, ...]]:
    """By mail, the policies that have not changed yet as it announced."""
    found: dict[str, tuple[str, ...]] = {}
    known = {source.policy for source in store.sources()}
    for policy in policies:
        for mail in unanswered(store, policy, policy.id) if policy.id in known else ():
            found[mail.key] = (*found.get(mail.key, ()), policy.id)
    return found


def _relate(
    store: Store,
    configuration: Configuration,
    given: tuple[str, str],
    what: Any,
    who: str,
    why: str,
) -> None:
    """Say that a mail is, or is not, a notice about a policy."""
    key, policy = given
    now = utc_now()
    known_policy(declared(configuration), policy)
    for each in declared(configuration):
        if each.id == policy:
            store.add_policy(each, now)
    mail = store.mail.find(key)
    policies = {each.id: each for each in declared(configuration)}
    said = NewNotice(now, mail.seq, who, what, why)
    _, judged = judged_anew(
        store, configuration.settings, policies, [policy], now,
        lambda: store.mail.relate(policy, said),
    )  # fmt: skip
    word = "is now held to be" if what == "assigned" else "is no longer held to be"
    console.print(Text(safe(f"{mail.key} {word} a notice about {policy}.")))
    _print_judged(judged)


def _print_judged(judged: Iterable[NewJudgement]) -> None:
    for judgement in judged:
        said = Text(safe(f"{judgement.change}: {judgement.why}"))
        console.print(Padding(Text("judged anew  ", style="bold") + said, (0, 0, 0, 2)))


def row_of(record: MailRecord) -> dict[str, Any]:
    """A mail as JSON: what it is, what it announces, whose it is and why."""
    return {
        "id": record.key,
        "digest": record.digest,
        "state": record.state,
        "policies": record.policies,
        "candidates": record.match.candidates,
        "reasons": record.match.reasons,
        "imported": record.at,
        "origin": record.origin,
        "letter": record.letter,
    }


def _print_mail(record: MailRecord, pending: Sequence[str] = ()) -> None:
    letter = record.letter
    day = f"{letter.received:%Y-%m-%d}" if letter.received else "no date   "
    head = Text(f"{record.key}  {day}  ", style="bold")
    console.print(head + Text(safe(letter.sender or "(no sender)")))
    lines = [letter.subject or "(no subject)"]
    if letter.kind == "notice":
        lines.append(_announces(letter))
    lines.append(_whose(record))
    if pending and letter.kind == "notice":
        lines.append(_still_to_come(letter, pending, utc_now().date()))
    for line in lines:
        console.print(Padding(Text(safe(line)), (0, 0, 0, 2)))
    console.print()


def _announces(letter: Letter) -> str:
    said = "announces a change of " + ", ".join(SUBJECT_WORDS[about] for about in letter.about)
    if letter.effective:
        said += f"; in force {letter.effective}"
        said += f" ({letter.how})" if letter.how else ""
    else:
        said += "; no date of effect was read"
    return said + "".join(f"; {_RIGHTS[last.right]} until {last.day}" for last in letter.deadlines)


def _still_to_come(letter: Letter, pending: Sequence[str], today: date) -> str:
    """That the page does not show the change, and how long it is until it applies."""
    said = f"{', '.join(pending)} shows no such change"
    if letter.effective is None or letter.effective < today:
        return said
    left = (letter.effective - today).days
    return f"{said} yet; {left} day{'' if left == 1 else 's'} ahead"


def _whose(record: MailRecord) -> str:
    match record.state:
        case "matched":
            head = f"matched to {', '.join(record.policies)}"
        case "ambiguous":
            head = f"not clear whose; may be {', '.join(record.match.candidates)}"
        case "unmatched":
            head = "of no watched policy"
        case other:
            head = str(other)
    return f"{head}: {'; '.join(record.match.reasons)}"


def _print_whole(store: Store, record: MailRecord, *, as_json: bool) -> None:
    said = [
        notice
        for policy in dict.fromkeys((*record.policies, *record.match.policies))
        for notice in store.mail.notices(policy)
        if notice.mail == record.seq
    ]
    if as_json:
        print_json({**row_of(record), "said": said})
        return
    _print_mail(record)
    letter = record.letter
    basis = f" ({_BASES[letter.basis]})" if letter.basis else ""
    facts = [
        ("received", f"{when(letter.received)}{basis}" if letter.received else "not known"),
        ("sent", f"{when(letter.sent)} (as the sender states)" if letter.sent else "not stated"),
        ("from", f"{letter.name} <{letter.sender}>".strip()),
        ("forwarded", letter.forwarded),
        ("message id", letter.message_id),
        ("language", letter.language),
        ("imported", f"{when(record.at)} from {record.origin}"),
        ("SHA-256", record.digest),
        ("attachments", ", ".join(letter.attachments)),
        *(("claimed", claim) for claim in _claims(letter)),
        *(("remark", remark) for remark in letter.remarks),
        *((_RIGHTS[last.right], f"until {last.day} {last.how}") for last in letter.deadlines),
        *(("says", f"\N{LEFT DOUBLE QUOTATION MARK}{quote}\N{RIGHT DOUBLE QUOTATION MARK}")
          for quote in letter.quotes),
        *(("history", f"{when(n.at)} {n.what} ({n.policy}) by {n.who}: {n.why}") for n in said),
    ]  # fmt: skip
    _print_facts(facts)


def _claims(letter: Letter) -> Iterator[str]:
    """Authentication results as the claims that they are."""
    for claim in letter.claims:
        about = f" for {claim.about}" if claim.about else ""
        by = claim.by or "an unnamed server"
        yield f"{claim.method}={claim.result}{about}, a header of {by} states; nobody checked it"


def _print_facts(facts: Sequence[tuple[str, str]]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in facts:
        if value:
            grid.add_row(label, Text(safe(value)))
    console.print(grid)
