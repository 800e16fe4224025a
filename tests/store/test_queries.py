"""The queries that run all the time use their indexes, and listings do not read large values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from monitor.config import Policy
from store import Filed, Store, Wanted
from store.records import Order
from tests import postgres
from tests.store.recorded import NOW, OWNER, changed

HOUR = timedelta(hours=1)


@contextmanager
def statements(store: Store) -> Iterator[list[tuple[str, tuple[object, ...]]]]:
    """The SQL that reaches the database meanwhile, with its parameters."""
    seen: list[tuple[str, tuple[object, ...]]] = []

    def note(_c: object, _cursor: object, sql: str, given: tuple[object, ...], *_: object) -> None:
        if sql.startswith(("SELECT", "UPDATE", "WITH")):
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
    "changes of some": (
        lambda store: store.lists.last_changes(["acme"]),
        "SEARCH change USING INDEX ix_change_policy_at",
    ),
    "alerts that wait": (
        lambda store: store.waiting(5, severities=["high"], now=NOW),
        "SEARCH review USING COVERING INDEX ix_review_open_gravity_by_age_alert_until",
    ),
    "how many wait": (
        lambda store: store.waiting_count(severities=["high", "medium"], now=NOW),
        "SEARCH review USING COVERING INDEX ix_review_open_gravity_by_age_alert_until",
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


BY_NAME = "ix_directory_by_name_policy_first_at_asked_short"
#: A list and what finds it; each in its order, without sorting.
LISTS: dict[str, tuple[Wanted, Order, str]] = {
    "all": (Wanted(), "name", BY_NAME),
    "by change": (Wanted(), "change", "ix_directory_by_change_by_name_policy"),
    "by check": (Wanted(), "check", "ix_directory_by_check_by_name_policy"),
    "by owner": (Wanted(), "owner", "ix_directory_by_owner_by_name_policy"),
    "of a type": (Wanted(types=("dpa",)), "name", "ix_directory_type_by_name_policy"),
    "of an owner": (Wanted(owner="Ana"), "name", "ix_directory_owner_by_name_policy"),
    "in a state": (
        Wanted(states=("gone",)), "name", "ix_directory_state_by_name_policy_paused_until",
    ),
    "ledger": (Wanted(versioned=True), "name", BY_NAME),
    "ledger at a date": (Wanted(at=NOW), "name", BY_NAME),
    "expectations": (Wanted(asked=True, versioned=True), "name", BY_NAME),
    "what is missed": (Wanted(asked=True, missed=True), "name", BY_NAME),
}  # fmt: skip


def many(store: Store) -> None:
    """Three thousand policies of several owners and types, a few of them gone, with some tags."""
    types = ("privacy", "terms", "dpa", "cookies", "subprocessors")
    policies = [
        Policy(id=f"p{n}", type=types[n % 5], url="https://x.example/", owner=f"O{n % 30}")
        for n in range(3000)
    ]
    filed = {p.id: Filed(p.owner, tags=(f"t{place % 40}",)) for place, p in enumerate(policies)}
    store.sync_policies(policies, NOW, lambda policy: filed[policy.id])


@pytest.fixture(scope="module")
def full(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store with many policies on PostgreSQL."""
    url = postgres.emptied(request.getfixturevalue("postgresql"))
    with Store.open(url, base_dir=tmp_path_factory.mktemp("full"), now=NOW) as store:
        many(store)
        with store._database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            had = "first_at = '2026-01-01', asked = true, short = 1"
            connection.exec_driver_sql(f"UPDATE directory SET {had}")
            connection.exec_driver_sql("VACUUM ANALYZE directory")
            connection.exec_driver_sql("VACUUM ANALYZE tag")
        yield store


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_list_comes_from_an_index(store: Store, name: str) -> None:
    """Page and count: as much is read as is shown; no policy is read that is not."""
    wanted, order, index = LISTS[name]
    page = plans(store, lambda: store.lists.names(wanted, order, NOW))
    assert all(index in plan and "COVERING" in plan for plan in page), page
    assert not any("TEMP B-TREE" in plan for plan in page), page
    assert all("COVERING" in p for p in plans(store, lambda: store.lists.count(wanted, NOW)))


@pytest.mark.parametrize("name", LISTS)
def test_on_postgresql_too(full: Store, name: str) -> None:
    """With its own statistics it takes the same index for a page."""
    wanted, order, index = LISTS[name]
    [plan] = explained(full, lambda: full.lists.page(wanted, order, NOW, limit=20), "directory")
    assert f"Index Only Scan using {index}" in plan, plan
    assert "Sort" not in plan.replace("Incremental Sort", ""), plan


def explained(store: Store, action: Callable[[], object], table: str) -> list[str]:
    """How PostgreSQL goes about the statements of an action that read a table."""
    with statements(store) as seen:
        action()
    with store._database.engine.connect() as connection:
        return [
            "\n".join(str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {sql}", given))
            for sql, given in seen
            if f"FROM {table}" in sql
        ]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_words_are_looked_for_once_in_narrow_rows(store: Store) -> None:
    """No index has them: then all rows of the directory are read, and no other table."""
    for wanted in (Wanted(words="acme"), Wanted(types=("dpa",), owner="Ana")):
        for plan in plans(store, lambda w=wanted: store.lists.names(w, "change", NOW)):
            assert plan.startswith("SCAN directory |"), plan


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_tag_leads_to_its_policies(store: Store) -> None:
    """Those alone are read."""
    [plan] = plans(store, lambda: store.lists.names(Wanted(tag="crm"), "name", NOW))
    assert "SEARCH directory USING PRIMARY KEY" in plan
    assert "SEARCH tag USING PRIMARY KEY (tag=?)" in plan


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_states_and_choices_are_steps_in_indexes(store: Store) -> None:
    """How many stand in which way, and what can be chosen, without reading a policy."""
    for plan in plans(store, lambda: store.lists.standing(NOW)):
        assert "COVERING INDEX" in plan, plan
    for plan in plans(store, lambda: store.lists.choices(9)):
        assert not re.search(r"SCAN (directory|tag)\b(?! USING COVERING)", plan), plan
        assert "SEARCH" in plan, plan


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
