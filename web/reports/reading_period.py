"""What the report on a period is made from, read from the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from monitor import review
from monitor.alerts import alert_id
from monitor.announced import notices_of
from monitor.deadlines import LOOK_BACK, Almanac
from monitor.errors import ConfigError
from monitor.model import GRAVITY, Alert, Finding, Stand, worst_first
from monitor.review.states import STEPS
from monitor.telling import zone_of
from notifiers.message import Message, compose
from store import ActionRecord, ChangeHead, ChangeRecord, SourceRecord
from web.backend import Backend
from web.reports.model import Report
from web.reports.period import Happened, Known, Period, period_report

#: A report with more changes than this is read by nobody; the newest are shown.
_MOST_CHANGES = 500
_MOST_ALERTS = 1000


@dataclass(frozen=True, slots=True)
class Scope:
    """Which policies a report is about; what is not given lets all pass."""

    policies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What it is limited to, for people."""
        kinds = (("policy", self.policies), ("tag", self.tags), ("vendor", self.vendors))
        return tuple(f"{kind} {', '.join(names)}" for kind, names in kinds if names)


def report_on_period(backend: Backend, period: Period, scope: Scope) -> Report:
    """The report on a period. ConfigError for a scope that names what is not there."""
    sources = _within(backend, scope)
    names = {source.policy for source in sources}
    first, last = _bounds(backend, period)
    heads = [
        head
        for head in backend.store.change_heads(since=first)
        if head.at < last and head.policy in names
    ]
    grave = [head for head in heads if head.verdict in ("material", "minor")]
    known = Known(
        sources=sources,
        changes=_changes(backend, {s.policy: s for s in sources}, grave[:_MOST_CHANGES]),
        quiet=len(heads) - len(grave),
        shortfalls=_shortfalls(backend, sources),
        ahead=Almanac(backend.store, backend.declared().settings, backend.declared().policies).days(
            names, since=backend.clock() - LOOK_BACK, earliest=backend.today()
        ),
        undecided=_undecided(backend, names, last),
        steps=_steps(backend, names, first, last),
        heads=[(source.policy, backend.store.head(source.policy)) for source in sources],
        left_out=max(0, len(grave) - _MOST_CHANGES),
    )
    return period_report(period, scope.words, known, backend.clock(), backend.today())


def _within(backend: Backend, scope: Scope) -> list[SourceRecord]:
    declared, sources = backend.declared(), backend.store.sources()
    known = {source.policy for source in sources}
    for policy in scope.policies:
        if policy not in known:
            raise ConfigError(
                f'--policy: there is no policy "{policy}" in the store. Known: '
                f"{', '.join(sorted(known)) or 'none'}"
            )
    vendors = {vendor.casefold() for vendor in scope.vendors}
    found = [
        source
        for source in sources
        if (not scope.policies or source.policy in scope.policies)
        and (not scope.tags or not set(scope.tags).isdisjoint(declared.tags(source.policy)))
        and (not vendors or declared.vendor(source.policy).casefold() in vendors)
    ]
    if not found and scope.words:
        raise ConfigError(f"there is no policy with {' and '.join(scope.words)}")
    return found


def _bounds(backend: Backend, period: Period) -> tuple[datetime, datetime]:
    """The instants at which a period begins and has ended, where days are counted."""
    zone = zone_of(backend.declared().settings)
    end = period.until + timedelta(days=1)
    return (
        datetime.combine(period.since, time.min, tzinfo=zone),
        datetime.combine(end, time.min, tzinfo=zone),
    )


def _changes(
    backend: Backend, sources: dict[str, SourceRecord], heads: Sequence[ChangeHead]
) -> list[Happened]:
    """The changes, the oldest first."""
    by_policy: dict[str, list[ChangeRecord]] = {}
    for head in reversed(heads):
        by_policy.setdefault(head.policy, []).append(backend.store.change(head.id))
    found = [
        each
        for policy, changes in by_policy.items()
        for each in _of_policy(backend, sources[policy], changes)
    ]
    return sorted(found, key=lambda each: (each.head.at, each.head.id))


def _of_policy(
    backend: Backend, source: SourceRecord, changes: Sequence[ChangeRecord]
) -> Iterator[Happened]:
    store, declared = backend.store, backend.declared()
    versions = {version.number: version for version in store.versions(source.policy)}
    notices = notices_of(store, declared.settings, declared.policies, changes)
    for change in changes:
        new = versions[change.to_version]
        findings = worst_first(change.comparison.findings)
        yield Happened(
            head=ChangeHead(
                change.id, change.policy, change.from_version, change.to_version, change.at,
                change.verdict,
            ),
            source=source,
            old=versions[change.from_version],
            new=new,
            findings=findings,
            message=_message(backend, source, change, new.title, findings),
            notice=notices[change.id],
            review=_review(backend, change.id),
        )  # fmt: skip


def _message(
    backend: Backend,
    source: SourceRecord,
    change: ChangeRecord,
    title: str,
    findings: tuple[Finding, ...],
) -> Message:
    told = Alert(
        id="",
        policy=source.policy,
        change=change.id,
        verdict=change.verdict,
        summary=change.comparison.reason,
        findings=findings,
        service=source.service,
        title=title,
    )
    return compose(told, backend.today())


def _review(backend: Backend, change: str) -> review.Review | None:
    record = backend.store.alert(alert_id("change", change))
    return review.find(backend.store, change).review if record else None


def _shortfalls(
    backend: Backend, sources: Iterable[SourceRecord]
) -> list[tuple[SourceRecord, Stand]]:
    stands = backend.store.all_stands()
    short = [
        (source, stand)
        for source in sources
        for stand in stands.get(source.policy, ())
        if stand.assessment.short
    ]
    return sorted(short, key=lambda pair: GRAVITY[pair[1].assessment.severity])


def _undecided(
    backend: Backend, names: Collection[str], last: datetime
) -> list[tuple[Message, datetime]]:
    """Alerts raised before the end of the period that are open, snoozed ones too."""
    waiting = review.listing(backend.store, open_only=True, severity="low", limit=_MOST_ALERTS)
    return [
        (compose(replace(each.record.alert, links={}), backend.today()), each.record.created_at)
        for each in waiting
        if each.record.alert.policy in names and each.record.created_at < last
    ]


def _steps(
    backend: Backend, names: Collection[str], first: datetime, last: datetime
) -> list[ActionRecord]:
    taken = backend.store.actions(what=STEPS)
    return [step for step in reversed(taken) if step.policy in names and first <= step.at < last]
