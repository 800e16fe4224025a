"""The queries that run all the time use their indexes, and listings do not read large values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from monitor.config import Policy
from store import Store
from tests.store.recorded import NOW, OWNER, changed

HOUR = timedelta(hours=1)


@contextmanager
def statements(store: Store) -> Iterator[list[tuple[str, tuple[object, ...]]]]:
    """The SQL that reaches the database meanwhile, with its parameters."""
    seen: list[tuple[str, tuple[object, ...]]] = []

    def note(_c: object, _cursor: object, sql: str, given: tuple[object, ...], *_: object) -> None:
        if sql.startswith(("SELECT", "UPDATE")):
            seen.append((sql, given))

    engine = store._database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


def plans(store: Store, action: Callable[[], object]) -> list[str]:
    """How SQLite goes about each statement of an action."""
    with statements(store) as seen:
        action()
    assert seen
    with store._database.engine.connect() as connection:
        return [
            " | ".join(
                str(row[3])
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)
            )
            for sql, given in seen
        ]


HOT: dict[str, tuple[Callable[[Store], object], str]] = {
    "due": (
        lambda store: store.due(NOW, 10),
        "SEARCH policy USING COVERING INDEX ix_policy_enabled_next_check_at_id_lease_until",
    ),
    "lease": (lambda store: store.lease("acme", "x", NOW, HOUR), "SEARCH policy USING INDEX"),
    "deliveries to send": (
        lambda store: store.lease_deliveries("x", NOW, 10, HOUR),
        "SEARCH delivery USING INDEX ix_delivery_ready_at_id (ready_at<?)",
    ),
    "deliveries by state": (
        lambda store: store.deliveries("dead"),
        "SEARCH delivery USING INDEX ix_delivery_state_id",
    ),
    "deliveries": (lambda store: store.deliveries(), "SCAN delivery"),
    "changes": (lambda store: store.changes(limit=5), "USING INDEX ix_change_at"),
    "changes of one": (
        lambda store: store.changes("acme", 5),
        "SEARCH change USING INDEX ix_change_policy_at",
    ),
    "changes that are new": (
        lambda store: store.change_heads(since=NOW),
        "SEARCH change USING INDEX ix_change_at (at>?)",
    ),
    "checks": (
        lambda store: store.checks("acme", 5),
        "SEARCH check_log USING INDEX ix_check_log_policy_started_at",
    ),
    "alerts": (lambda store: store.alerts(5), "USING INDEX ix_alert_created_at"),
    "version at": (
        lambda store: store.version_at("acme", NOW),
        "SEARCH version USING PRIMARY KEY (policy=?)",
    ),
    "snapshots": (
        lambda store: store.snapshots("acme"),
        "SEARCH snapshot USING INDEX ix_snapshot_policy_taken_at",
    ),
}


@pytest.mark.parametrize("question", HOT)
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_hot_query_uses_its_index(store: Store, question: str) -> None:
    """No plan scans a table or sorts all of it, so cost does not grow with what is not asked."""
    action, index = HOT[question]
    for plan in plans(store, lambda: action(store)):
        if "SEARCH alert USING" in plan and "delivery" not in plan:
            continue
        assert "USE TEMP B-TREE FOR ORDER BY" not in plan, plan
        if index in plan:
            break
    else:
        pytest.fail(f"no plan of {question} uses {index}: {plans(store, lambda: action(store))}")


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_next_due_reads_single_rows(store: Store) -> None:
    """When the next check is due comes from the ends of two indexes."""
    for plan in plans(store, store.next_due):
        assert "SEARCH policy USING" in plan
        assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_totals_come_from_indexes(store: Store) -> None:
    """Metrics never walk through stored bytes."""
    found = plans(store, store.counts)
    for table in ("blob", "policy", "delivery", "change", "alert"):
        assert any(f"SCAN {table} USING COVERING INDEX" in plan for plan in found), (table, found)
    assert not any("SCAN version" in plan for plan in found)


def test_listing_sources_reads_no_text_and_asks_twice(store: Store) -> None:
    """Ten thousand policies cost two statements, and no text, page or commitment is touched."""
    for number in (1, 2):
        at = NOW + number * HOUR
        store.lease("acme", OWNER, at, HOUR)
        store.record(changed(number, at=at))
    with statements(store) as seen:
        sources = store.sources()
    assert [source.latest_number for source in sources] == [2, 0]
    assert sources[0].baseline == store.version("acme", 2)
    assert len(sources[0].validators) == 1
    assert len(seen) == 2
    assert not any(table in sql for sql, _ in seen for table in (" text", "blob", "commitments"))


def test_the_due_query_reads_only_what_is_due(store: Store, now: datetime) -> None:
    """Of thousands of policies that are not due, the query visits none."""
    store.sync_policies([Policy(id=f"p{n}", url="https://x.example/") for n in range(2000)], now)
    for name in ("p7", "p8"):
        store.make_due(name, now - HOUR)
    assert store.due(now - HOUR, 10) == ["p7", "p8"]
