"""A change's page: findings first, then the words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from monitor.model import Alert, Comparison, Document, Finding, HeldBack, Quote, Verdict
from notifiers.message import Fact, Item, Message, compose
from notifiers.wording import one_line
from store import ChangeGlance, SourceRecord, VersionRecord
from web.views.sheet import Sheet, sheet


@dataclass(frozen=True, slots=True)
class Told:
    """A finding with its number (from 1) and the row of the redline that shows it, 0 for none."""

    number: int
    item: Item
    row: int
    rule: str
    before: Quote | None = None
    after: Quote | None = None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Everything the page of one change shows.

    ``stored``: this is what was decided when the change was found; otherwise two versions were
    compared just now. ``earlier`` and ``later`` are the changes beside it.
    """

    id: str
    policy: str
    heading: str
    verdict: Verdict
    reason: str
    lead: str
    facts: tuple[Fact, ...]
    findings: tuple[Told, ...]
    held: tuple[HeldBack, ...]
    sheet: Sheet
    old: VersionRecord
    new: VersionRecord
    stored: bool
    earlier: str
    later: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of a policy, read."""

    source: SourceRecord
    old: VersionRecord
    new: VersionRecord
    before: Document
    after: Document


def change_page(
    pair: Pair,
    comparison: Comparison,
    alert: Alert | None,
    changes: Sequence[ChangeGlance],
    today: date,
) -> ChangePage:
    """The page of a change. ``alert`` is what people were told, None where nobody was.

    ``changes`` are all changes of the policy, newest first.
    """
    comparison = replace(comparison, findings=_worst_first(comparison.findings))
    identity = change_id(pair.source.policy, pair.old.number, pair.new.number)
    told = alert or _as_alert(identity, pair, comparison)
    message = compose(replace(told, findings=comparison.findings, expectations=()), today)
    lines = sheet(pair.before, pair.after, comparison.edits, comparison.findings)
    earlier, later = _beside(identity, changes)
    return ChangePage(
        id=identity,
        policy=pair.source.policy,
        heading=message.heading,
        verdict=comparison.verdict,
        reason=one_line(comparison.reason),
        lead=message.lead,
        facts=message.facts,
        findings=tuple(_told(message, comparison, lines)),
        held=comparison.held,
        sheet=lines,
        old=pair.old,
        new=pair.new,
        stored=any(change.id == identity for change in changes),
        earlier=earlier,
        later=later,
    )


def change_id(policy: str, older: int, newer: int) -> str:
    """The name of a change, stored or not."""
    return f"{policy}@{older}-{newer}"


def parse_change_id(text: str) -> tuple[str, int, int] | None:
    """The policy and the two versions that a change's name names; None for what is no such name."""
    policy, _, numbers = text.rpartition("@")
    older, _, newer = numbers.partition("-")
    if not policy or not all(n.isascii() and n.isdigit() and len(n) < 10 for n in (older, newer)):
        return None
    return policy, int(older), int(newer)


def _as_alert(identity: str, pair: Pair, comparison: Comparison) -> Alert:
    """The same as an alert would say it, for changes of which nobody was told."""
    return Alert(
        id="",
        policy=pair.source.policy,
        change=identity,
        verdict=comparison.verdict,
        summary=comparison.reason,
        effective=pair.new.effective,
        first_seen=pair.new.first_seen,
        service=pair.source.service,
        title=pair.new.title,
    )


def _worst_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    rank = {"high": 0, "medium": 1, "low": 2}
    return tuple(sorted(findings, key=lambda finding: rank[finding.severity]))


def _told(message: Message, comparison: Comparison, lines: Sheet) -> list[Told]:
    pairs = zip(message.items, comparison.findings, strict=False)
    return [
        Told(number, item, lines.places.get(number, 0), finding.rule, finding.before, finding.after)
        for number, (item, finding) in enumerate(pairs, start=1)
    ]


def _beside(identity: str, changes: Sequence[ChangeGlance]) -> tuple[str, str]:
    ids = [change.id for change in changes]
    if identity not in ids:
        return "", ""
    place = ids.index(identity)
    return (
        ids[place + 1] if place + 1 < len(ids) else "",
        ids[place - 1] if place else "",
    )
