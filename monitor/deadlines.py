"""Recorded changes with the notice that was given of them, and the days that lie ahead.

Nothing of this is stored: it follows from the versions, the changes and the configuration, so a
contract's period that is written down today counts for the changes of yesterday.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.clock import Matter, deadlines_of, notice_of, publication_of
from monitor.config import Policy, Settings
from monitor.notice.clock import Notice
from monitor.notice.deadlines import Deadline
from monitor.notice.happenings import gone
from monitor.notice.standards import Standard, promised
from monitor.notice.standing import standing
from monitor.vendors import vendor_of
from store import ChangeRecord, SourceRecord, Store, VersionRecord

#: Changes that are older have no day ahead: the longest periods and announcements are shorter.
LOOK_BACK = timedelta(days=800)
#: Whose promises about sub-processors count for a list of the same vendor.
_AGREEMENTS = ("dpa", "terms")


@dataclass(frozen=True, slots=True)
class Ahead:
    """A day that follows from a recorded change, and whose document that is."""

    policy: str
    service: str
    change: ChangeRecord
    title: str
    deadline: Deadline


def ahead(
    store: Store,
    settings: Settings,
    policies: Mapping[str, Policy],
    sources: Iterable[SourceRecord],
    *,
    since: datetime | None,
) -> list[Ahead]:
    """The days of the changes of these policies that still stand, the earliest first.

    ``policies`` are the declared ones by id. ``since``: only changes recorded from then on.
    """
    found = [
        day
        for source in sources
        if source.baseline is not None
        for day in _of_policy(store, settings, policies, source, source.baseline, since)
    ]
    order = {"objection": 0, "termination": 1, "effect": 2}
    return sorted(found, key=lambda d: (d.deadline.until, order[d.deadline.kind], d.policy))


def matter_of(
    store: Store, settings: Settings, policies: Mapping[str, Policy], change: ChangeRecord
) -> Matter:
    """A recorded change as the clock takes it."""
    old = store.version(change.policy, change.from_version)
    new = store.version(change.policy, change.to_version)
    policy = policies.get(change.policy)
    return Matter(
        policy,
        publication_of(
            policy,
            old,
            new,
            last_seen_old=new.previous_seen_at or old.last_seen,
            comparison=change.comparison,
        ),
        change.comparison.findings,
        store.commitments(change.policy, change.from_version),
        old.language,
        promised_beside(store, settings, policies.values(), policy, new.first_seen),
    )


def notice_of_change(
    store: Store, settings: Settings, policies: Mapping[str, Policy], change: ChangeRecord
) -> Notice:
    """The notice given of a recorded change, held against what was promised."""
    return notice_of(settings, matter_of(store, settings, policies, change))


def promised_beside(
    store: Store,
    settings: Settings,
    policies: Iterable[Policy],
    policy: Policy | None,
    at: datetime,
) -> tuple[Standard, ...]:
    """What the agreements of the same vendor promise about sub-processors, for its list of them."""
    if policy is None or policy.type != "subprocessors":
        return ()
    found: list[Standard] = []
    for other in policies:
        if other.type not in _AGREEMENTS or not _same_vendor(settings, policy, other):
            continue
        version = store.version_at(other.id, at)
        if version is None:
            continue
        commitments = store.commitments(other.id, version.number)
        found += [
            replace(standard, cite=f"{other.id}: {standard.cite}")
            for standard in promised(commitments, version.language)
            if standard.about == "subprocessors"
        ]
    return tuple(found)


def _same_vendor(settings: Settings, policy: Policy, other: Policy) -> bool:
    """Of one vendor's record or, where there is none, of one service by name."""
    vendor = vendor_of(settings, policy)
    if vendor is not None:
        return vendor_of(settings, other) is vendor
    return bool(policy.service) and policy.service.casefold() == other.service.casefold()


def _of_policy(
    store: Store,
    settings: Settings,
    policies: Mapping[str, Policy],
    source: SourceRecord,
    baseline: VersionRecord,
    since: datetime | None,
) -> Iterator[Ahead]:
    changes = [
        change
        for change in store.changes(source.policy, since=since)
        if change.verdict in ("material", "minor")
    ]
    if not changes:
        return
    texts = [(v.number, v.text_digest) for v in store.versions(source.policy)]
    stand = standing(pair for pair in texts if pair[0] <= baseline.number)
    left: frozenset[str] = frozenset()
    for change in changes:  # the newest first: what left later is no longer to be objected to
        if change.to_version in stand:
            matter = matter_of(store, settings, policies, change)
            for deadline in deadlines_of(settings, matter):
                if kept := _kept(deadline, baseline, left):
                    yield Ahead(source.policy, source.service, change, baseline.title, kept)
            left |= gone(change.comparison.findings)


def _kept(deadline: Deadline, baseline: VersionRecord, left: frozenset[str]) -> Deadline | None:
    """The deadline as it stands by the newest text; None where that took it back.

    A day that the page stated lasts while it states it; of sub-processors, those that left again
    are nobody's concern any more.
    """
    if deadline.kind == "effect" and deadline.source == "page":
        return deadline if baseline.effective == deadline.until else None
    if not deadline.names:
        return deadline
    names = tuple(name for name in deadline.names if name not in left)
    return replace(deadline, names=names) if names else None
