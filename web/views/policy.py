"""A policy's page: its past, what it promises and since when, and how its source is doing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.ledger import Matter, Stated, Term, matters
from monitor.model import CommitmentKind, SourceMemory, Stand
from notifiers.wording import one_line, prose, safe_url, shorten
from store import ChangeGlance, CheckRecord, SnapshotRecord, SourceRecord, VersionRecord
from web.backend import Declared
from web.views.labels import KIND_LABELS, commitment_value
from web.views.overview import Row, heading_of, row_of
from web.views.timeline import Timeline, timeline

_QUOTE = 400
_CHECKS = 40


@dataclass(frozen=True, slots=True)
class ShownTerm:
    """A term of the ledger in words."""

    value: str
    since: datetime
    version: int
    until: datetime | None
    quote: str
    section: str
    condition: str
    or_earlier: bool = False


@dataclass(frozen=True, slots=True)
class Promise:
    """A kind of commitment with a scope: what is said now (newest first), and what was before."""

    kind: CommitmentKind
    label: str
    scope: str
    now: tuple[ShownTerm, ...]
    before: tuple[ShownTerm, ...]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in the list of versions, with what it changed."""

    version: VersionRecord
    change: ChangeGlance | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A capture that waits for people or for time."""

    snapshot: str
    state: str
    taken_at: datetime
    reasons: str


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """Everything the page of one policy shows."""

    row: Row
    heading: str
    urls: tuple[tuple[str, str], ...]
    next_check: datetime | None
    last_good: datetime | None
    current: VersionRecord | None
    timeline: Timeline | None
    versions: tuple[VersionRow, ...]
    promises: tuple[Promise, ...]
    stands: tuple[Stand, ...]
    waiting: tuple[Waiting, ...]
    checks: tuple[CheckRecord, ...]
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class Past:
    """What the store remembers of one policy."""

    versions: Sequence[VersionRecord]
    changes: Sequence[ChangeGlance]
    stated: Sequence[Stated]
    stands: Sequence[Stand]
    snapshots: Sequence[SnapshotRecord]
    checks: Sequence[CheckRecord]


def policy_page(source: SourceRecord, past: Past, declared: Declared, now: datetime) -> PolicyPage:
    """The page of one policy as of ``now``."""
    newest = {change.to_version: change for change in past.changes}
    rows = [VersionRow(v, newest.get(v.number)) for v in reversed(past.versions)]
    row = replace(row_of(source, None, declared, now), version=len(past.versions))
    return PolicyPage(
        row=row,
        heading=heading_of(row.service, row.title or row.type_label),
        urls=tuple((shorten(one_line(url), 120), safe_url(url)) for url in source.urls),
        next_check=source.next_check_at if source.enabled else None,
        last_good=source.last_good_at,
        current=source.baseline,
        timeline=timeline(past.versions, past.changes, past.checks, now),
        versions=tuple(rows),
        promises=promises_of(matters(past.stated)),
        stands=tuple(sorted(past.stands, key=lambda stand: not stand.assessment.short)),
        waiting=tuple(waiting_in(past.snapshots, source.memory)),
        checks=tuple(past.checks[:_CHECKS]),
        paused_until=source.paused_until if source.paused(now) else None,
    )


def waiting_in(snapshots: Iterable[SnapshotRecord], memory: SourceMemory) -> Iterable[Waiting]:
    """Captures that still wait; what a good capture ended waits no more."""
    for snapshot in snapshots:
        since = {"suspect": memory.suspect_since, "held": memory.held_since}.get(snapshot.state)
        if since is not None and snapshot.taken_at >= since:
            reasons = "; ".join(one_line(reason) for reason in snapshot.reasons)
            yield Waiting(snapshot.id, snapshot.state, snapshot.taken_at, reasons)


def promises_of(found: Iterable[Matter]) -> tuple[Promise, ...]:
    """Each matter a policy ever spoke of, with what it said and since when."""
    return tuple(
        Promise(
            matter.kind,
            KIND_LABELS[matter.kind],
            one_line(matter.scope),
            tuple(_shown(term) for term in matter.now),
            tuple(_shown(term) for term in matter.before),
        )
        for matter in found
    )


def _shown(term: Term) -> ShownTerm:
    said = term.commitment
    return ShownTerm(
        value=commitment_value(said),
        since=term.since,
        version=term.version,
        until=term.until,
        quote=shorten(prose(said.quote.text), _QUOTE),
        section=shorten(one_line(said.quote.section), 160),
        condition=shorten(one_line(said.condition), 160),
        or_earlier=term.or_earlier,
    )
