"""The report on a period: what changed, falls short, is near, waits for somebody. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.deadlines import Ahead
from monitor.model import Finding, Severity, Stand, to_json
from monitor.notice.clock import Notice
from monitor.review import Review
from notifiers import notices
from notifiers.message import Message
from notifiers.wording import day, distance, instant, one_line, shorten
from store import ActionRecord, ChangeHead, SourceRecord, VersionRecord
from web.reports.change import STEPS, effect, standing_of, stem
from web.reports.model import (
    Block,
    Facts,
    Findings,
    Grid,
    Heading,
    Prose,
    Report,
    Section,
)
from web.views.change import Told
from web.views.labels import state_of
from web.views.overview import heading_of

_LONG = 400


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both among them, and what they are called ("the third quarter of 2026")."""

    since: date
    until: date
    name: str


@dataclass(frozen=True, slots=True)
class Happened:
    """A change of meaning in the period. ``review`` is None where nobody was alerted of it."""

    head: ChangeHead
    source: SourceRecord
    old: VersionRecord
    new: VersionRecord
    findings: tuple[Finding, ...]
    message: Message
    notice: Notice
    review: Review | None

    @property
    def heading(self) -> str:
        """Whose document it is, and which."""
        return self.message.heading


@dataclass(frozen=True, slots=True)
class Known:
    """Everything a report on a period is made from.

    ``sources`` are the policies it is about, ``changes`` their changes of meaning in the period,
    ``quiet`` how many more changed in wording alone, ``shortfalls`` what texts fall short of now.
    ``undecided`` are alerts that wait, each with since when; ``heads`` are the ends of the chains;
    ``left_out`` counts changes beyond those that a report can hold.
    """

    sources: Sequence[SourceRecord]
    changes: Sequence[Happened]
    quiet: int
    shortfalls: Sequence[tuple[SourceRecord, Stand]]
    ahead: Sequence[Ahead]
    undecided: Sequence[tuple[Message, datetime]]
    steps: Sequence[ActionRecord]
    heads: Sequence[tuple[str, str]]
    left_out: int = 0


def period_report(
    period: Period, scope: Sequence[str], known: Known, made_at: datetime, today: date
) -> Report:
    """The report on a period as of ``today``; ``scope`` says in words what it is limited to."""
    material = [each for each in known.changes if each.head.verdict == "material"]
    minor = [each for each in known.changes if each.head.verdict != "material"]
    trouble = [each for each in known.sources if state_of(each, made_at).in_trouble]
    return Report(
        kind="Report on a period",
        title=f"Policies in {period.name}",
        subtitle=f"{day(period.since)} to {day(period.until)}",
        lead=_lead(material, known),
        facts=Facts(tuple(_facts(period, scope, known, material, minor))),
        sections=(
            Section("Summary", tuple(_summary(known))),
            Section("Material changes", tuple(_material(material, today))),
            Section("Minor changes", tuple(_minor(minor))),
            Section("Expectations missed", tuple(_shortfalls(known.shortfalls))),
            Section("Sources in trouble", tuple(_trouble(trouble, made_at))),
            Section("Deadlines ahead", tuple(_ahead(known.ahead, today))),
            Section("What nobody decided on", tuple(_undecided(known.undecided))),
            Section("Decisions in the period", tuple(_steps(known.steps))),
            Section("Evidence", tuple(_evidence(known.heads))),
        ),
        made_at=made_at,
        stem=stem(period.since.isoformat(), period.until.isoformat(), *scope[:3]),
    )


def _lead(material: Sequence[Happened], known: Known) -> str:
    count = len(material)
    if not count:
        return "No material change."
    policies = len({each.head.policy for each in material})
    changes = "1 material change" if count == 1 else f"{count} material changes"
    documents = "1 document" if policies == 1 else f"{policies} documents"
    weaker = sum(f.direction == "weaker" for each in material for f in each.findings)
    told = f"; {weaker} of what was found is weaker than before" if weaker else ""
    return f"{changes} in {documents} of {len(known.sources)}{told}."


def _facts(
    period: Period,
    scope: Sequence[str],
    known: Known,
    material: Sequence[Happened],
    minor: Sequence[Happened],
) -> Iterator[tuple[str, str]]:
    yield "Period", f"{day(period.since)} to {day(period.until)}"
    yield "About", "; ".join(scope) or "every policy in the store"
    yield "Policies", str(len(known.sources))
    yield "Material changes", str(len(material))
    yield "Minor changes", str(len(minor))
    yield "Wording alone", str(known.quiet)
    if known.left_out:
        yield "Left out", f"{known.left_out} older changes; make reports on shorter periods"
    yield "Waiting for a decision", str(len(known.undecided))


def _summary(known: Known) -> Iterator[Block]:
    by_policy: dict[str, Counter[Severity]] = {}
    names: dict[str, str] = {}
    for each in known.changes:
        counted = by_policy.setdefault(each.head.policy, Counter())
        counted.update(finding.severity for finding in each.findings)
        names[each.head.policy] = each.heading
    if not by_policy:
        yield Prose("Nothing changed in meaning.")
        return
    ranked = sorted(
        by_policy, key=lambda p: (-by_policy[p]["high"], -by_policy[p]["medium"], names[p])
    )
    yield Grid(
        "Findings by policy and severity, the gravest first",
        ("Document", "Policy", "High", "Medium", "Low"),
        tuple(
            (
                names[policy],
                policy,
                *(str(by_policy[policy][severity]) for severity in ("high", "medium", "low")),
            )
            for policy in ranked
        ),
    )


def _material(changes: Sequence[Happened], today: date) -> Iterator[Block]:
    if not changes:
        yield Prose("None.")
    for each in changes:
        versions = f"version {each.old.number} to {each.new.number}"
        yield Heading(each.heading, f"{versions}, {day(each.new.first_seen)}")
        notice = notices.notice_words(to_json(each.notice))
        decided = standing_of(each.review) if each.review else "Nobody was alerted of it."
        yield Facts(
            (
                ("Change", each.head.id),
                ("Takes effect", effect(each.notice, each.new, today)),
                ("Notice promised", notice or "none"),
                ("Decision", decided),
            )
        )
        told = tuple(
            Told(number, item, 0, finding.rule)
            for number, (item, finding) in enumerate(
                zip(each.message.items, each.findings, strict=False), start=1
            )
        )
        yield Findings(told)
        if each.message.left_out:
            yield Prose(f"{each.message.left_out} more findings: see the report on {each.head.id}.")


def _minor(changes: Sequence[Happened]) -> Iterator[Block]:
    if not changes:
        yield Prose("None.")
        return
    yield Grid(
        "Changes of low severity",
        ("Seen", "Document", "Change", "What"),
        tuple(
            (
                day(each.new.first_seen),
                each.heading,
                each.head.id,
                shorten("; ".join(item.headline for item in each.message.items), _LONG),
            )
            for each in changes
        ),
    )


def _shortfalls(shortfalls: Sequence[tuple[SourceRecord, Stand]]) -> Iterator[Block]:
    if not shortfalls:
        yield Prose("None: every text says what is expected of it, or nothing is expected.")
        return
    yield Grid(
        "What texts fall short of, as they stand now",
        ("Document", "Expected", "What the text says", "Severity", "Since"),
        tuple(
            (
                _named(source),
                shorten(one_line(stand.assessment.expected), _LONG),
                shorten(one_line(stand.assessment.summary), _LONG),
                stand.assessment.severity,
                day(stand.since),
            )
            for source, stand in shortfalls
        ),
    )


def _named(source: SourceRecord) -> str:
    title = source.baseline.title if source.baseline else ""
    return heading_of(source.service or source.policy, title)


def _trouble(sources: Iterable[SourceRecord], now: datetime) -> Iterator[Block]:
    rows = []
    for source in sources:
        state = state_of(source, now)
        since = instant(state.since) if state.since else ""
        rows.append((_named(source), state.word, since, shorten(state.detail, _LONG)))
    if rows:
        yield Grid("As it is now", ("Document", "State", "Since", "Why"), tuple(rows))
    else:
        yield Prose("None.")


def _ahead(days: Sequence[Ahead], today: date) -> Iterator[Block]:
    if not days:
        yield Prose("None.")
        return
    yield Grid(
        "Days that follow from recorded changes",
        ("Day", "Left", "Document", "What", "Counted"),
        tuple(
            (
                day(each.deadline.until),
                distance(each.deadline.until, today),
                heading_of(each.service or each.policy, each.title),
                shorten(one_line(each.what), _LONG),
                shorten(one_line(each.deadline.counted), _LONG),
            )
            for each in days
        ),
    )


def _undecided(alerts: Sequence[tuple[Message, datetime]]) -> Iterator[Block]:
    if not alerts:
        yield Prose("None.")
        return
    yield Grid(
        "Alerts that wait for somebody",
        ("Raised", "Document", "What", "Severity"),
        tuple(
            (instant(since), message.heading, shorten(message.said, _LONG), message.tone)
            for message, since in alerts
        ),
    )


def _steps(steps: Sequence[ActionRecord]) -> Iterator[Block]:
    if not steps:
        yield Prose("None.")
        return
    yield Grid(
        "Who decided what",
        ("When", "Who", "What", "About", "Why"),
        tuple(
            (
                instant(step.at),
                one_line(step.by),
                STEPS.get(step.what, step.what),
                one_line(step.subject) or step.policy,
                shorten(one_line(step.why), _LONG),
            )
            for step in steps
        ),
    )


def _evidence(heads: Sequence[tuple[str, str]]) -> Iterator[Block]:
    if not heads:
        yield Prose("No policy.")
        return
    yield Prose(
        "The end of each policy's hash chain when this report was made; “policywatch verify "
        "--head” checks a store against it."
    )
    yield Facts(tuple(heads), code=True)
