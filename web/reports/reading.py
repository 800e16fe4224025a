"""What a report is made from, read from the store. Raises StoreError for what is not there."""

from __future__ import annotations

from monitor import review
from monitor.alerts import alert_id
from monitor.clock import deadlines_of, notice_of
from monitor.comparison import as_document, compare_documents
from monitor.deadlines import matter_between
from monitor.errors import StoreError
from monitor.model import Comparison
from monitor.team_rules import team_rules
from store import SnapshotRecord, VersionRecord
from web.backend import Backend
from web.reports.change import Matter, change_report
from web.reports.model import Report
from web.views.change import Pair, change_page, parse_change_id


def report_on_change(backend: Backend, change: str) -> Report:
    """The report on a stored change, or on any two versions. StoreError for unknown ones."""
    return change_report(_matter(backend, change), backend.clock(), backend.today())


def _matter(backend: Backend, change: str) -> Matter:
    store, declared = backend.store, backend.declared()
    pair = _pair(backend, change)
    policy = pair.source.policy
    comparison = _compared(backend, pair, change)
    record = store.alert(alert_id("change", change))
    alert = record.alert if record else None
    changes = store.glances.changes(policy)
    counted = matter_between(
        store, declared.settings, declared.policies, pair.old, pair.new, comparison
    )
    return Matter(
        pair=pair,
        view=change_page(pair, comparison, alert, changes, backend.today()),
        notice=notice_of(declared.settings, counted),
        deadlines=deadlines_of(declared.settings, counted),
        snapshots=(_snapshot(backend, pair.old), _snapshot(backend, pair.new)),
        head=store.head(policy),
        head_then=alert.evidence if alert else "",
        review=review.find(store, change).review if record else None,
        vendor=declared.vendor(policy),
        owner=declared.owner(policy),
    )


def _pair(backend: Backend, change: str) -> Pair:
    named = parse_change_id(change)
    if named is None:
        raise StoreError(f'"{change}" names no change; write POLICY@OLDER-NEWER, as in loom@1-2')
    policy, *numbers = named
    source = backend.store.source(policy)
    old, new = (backend.store.version(policy, number) for number in numbers)
    texts = [backend.store.version_text(policy, number) for number in numbers]
    before, after = map(as_document, texts)
    return Pair(source, old, new, before, after)


def _compared(backend: Backend, pair: Pair, change: str) -> Comparison:
    """What was decided at the time, if this is a stored change; else the same rules, now."""
    policy = pair.source.policy
    if any(head.id == change for head in backend.store.change_heads(policy=policy)):
        return backend.store.change(change).comparison
    declared = backend.declared()
    made = [rule for _, rule in review.made_rules(backend.store, policy)]
    rules = team_rules(declared.settings, declared.policies.get(policy), made)
    return compare_documents(pair.before, pair.after, rules)


def _snapshot(backend: Backend, version: VersionRecord) -> SnapshotRecord | None:
    if version.snapshot is None:
        return None
    try:
        return backend.store.snapshot(version.snapshot)
    except StoreError:
        return None
