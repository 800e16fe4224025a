"""One check, one transaction."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from monitor.errors import StoreError
from monitor.model import SourceMemory, Validator
from store import CheckOutcome, NewSnapshot, Store
from store.blobs import digest_of
from tests.store import behind, recorded
from tests.store.behind import tamper
from tests.store.recorded import OWNER, changed, first, unchanged

HOUR = timedelta(hours=1)


def record(store: Store, outcome: CheckOutcome) -> bool:
    """Lease and record, as a check does."""
    assert store.lease(outcome.policy, outcome.lease_owner, outcome.started_at, HOUR)
    return store.record(outcome)


def rows(store: Store) -> dict[str, int]:
    """How many rows there are of everything that must not double."""
    counts = store.counts()
    return {
        "versions": counts["versions"],
        "changes": counts["changes"],
        "alerts": counts["alerts"],
        "texts": counts["texts"],
        "blobs": counts["blobs"],
        "deliveries": len(store.deliveries()),
        "checks": len(store.checks("acme")),
        "snapshots": len(store.snapshots("acme")),
        "evidence": len(store.evidence("acme")),
    }


def test_a_first_check_is_there_in_full(store: Store, now: datetime) -> None:
    """Snapshot, bytes, version, text, commitments and schedule come back as they went in."""
    outcome = first()
    assert record(store, outcome)
    source = store.source("acme")
    assert outcome.snapshot is not None
    assert outcome.version is not None
    assert source.baseline == store.version("acme", 1)
    assert source.latest_number == 1
    assert source.versions == {outcome.version.text_digest: 1}
    assert source.memory == outcome.memory
    assert source.validators == outcome.validators
    assert source.next_check_at == outcome.next_check_at
    assert (source.last_check_at, source.last_good_at) == (outcome.finished_at,) * 2
    assert store.version_text("acme", 1) == outcome.version.text
    assert store.commitments("acme", 1) == outcome.version.commitments
    kept = store.snapshots("acme")[0]
    part = outcome.snapshot.parts[0]
    assert (kept.id, kept.state, kept.taken_at) == (outcome.snapshot.id, "version", now)
    assert kept.parts[0].headers == part.headers
    assert kept.parts[0].redirects == part.redirects
    assert store.blob(kept.parts[0].body_digest) == part.content


def test_a_change_brings_its_alert_and_its_deliveries(store: Store) -> None:
    """Change, findings, alert and one delivery for each channel stand in the same transaction."""
    record(store, first())
    outcome = changed(2, at=recorded.NOW + HOUR)
    record(store, outcome)
    assert outcome.change is not None
    change = store.change("acme@1-2")
    assert change.comparison == outcome.change.comparison
    assert store.changes("acme", 1) == [change]
    alert = outcome.alerts[0][0]
    told = replace(alert, evidence=store.head("acme"))
    assert [entry.alert for entry in store.alerts()] == [told]
    assert {(d.channel, d.state, d.key) for d in store.deliveries()} == {
        ("ops", "pending", f"{alert.id}.ops"),
        ("legal", "pending", f"{alert.id}.legal"),
    }
    assert store.version("acme", 2).previous_seen_at == recorded.NOW + HOUR - timedelta(hours=6)


def test_nothing_is_written_without_the_lease(store: Store) -> None:
    """A check whose lease another process has taken writes nothing, and is told so."""
    before = rows(store)
    assert store.record(first()) is False
    store.lease("acme", OWNER, recorded.NOW, HOUR)
    later = recorded.NOW + 2 * HOUR
    assert store.lease("acme", "another", later, HOUR)
    assert store.record(first()) is False
    assert rows(store) == before
    assert store.source("acme").baseline is None


def test_recording_gives_the_lease_back(store: Store) -> None:
    """Once a check is recorded, the policy is free and due at its next time."""
    outcome = first()
    record(store, outcome)
    assert "acme" not in store.due(outcome.next_check_at - timedelta(seconds=1), 10)
    assert "acme" in store.due(outcome.next_check_at, 10)
    assert store.lease("acme", "another", outcome.next_check_at, HOUR)


def test_repeating_an_outcome_doubles_nothing(store: Store) -> None:
    """A check recorded twice (its process never learned of the commit) leaves single rows."""
    record(store, first())
    outcome = changed(2, at=recorded.NOW + HOUR)
    record(store, outcome)
    before = rows(store)
    assert store.record(outcome) is False
    assert record(store, outcome) is True
    assert rows(store) == before
    assert store.verify() == []


def test_repeating_an_old_outcome_does_not_turn_back_the_baseline(store: Store) -> None:
    """What is known already changes nothing, whatever came after it."""
    record(store, first())
    record(store, changed(2, at=recorded.NOW + HOUR))
    record(store, first())
    assert store.source("acme").baseline == store.version("acme", 2)


def test_an_unchanged_check_moves_last_seen_and_stores_no_snapshot(store: Store) -> None:
    """Seeing the baseline's text again is proof of when it still stood, and costs no bytes."""
    record(store, first())
    before = rows(store)
    later = recorded.NOW + 6 * HOUR
    noisy = NewSnapshot("noise", later, "version", (recorded.part(b"noise", later),))
    record(store, unchanged(at=later, snapshot=noisy))
    baseline = store.source("acme").baseline
    assert baseline is not None
    assert (baseline.first_seen, baseline.last_seen) == (recorded.NOW, later)
    assert store.source("acme").last_good_at == later + timedelta(seconds=2)
    assert rows(store) == before | {"checks": before["checks"] + 1}


def test_the_bytes_behind_a_validator_are_kept_until_it_is_replaced(store: Store) -> None:
    """What a later 304 stands for is readable, and let go of when nothing refers to it."""
    record(store, first())
    bodies = [b"<p>noise 1</p>", b"<p>noise 2</p>"]
    for index, body in enumerate(bodies, 1):
        at = recorded.NOW + index * HOUR
        snapshot = NewSnapshot(f"noise-{index}", at, "version", (recorded.part(body, at),))
        validator = Validator("https://acme.example/privacy", "x", "", digest_of(body), "text/html")
        record(store, unchanged(at=at, snapshot=snapshot, validators=(validator,)))
        assert store.blob(digest_of(body)) == body
    with pytest.raises(StoreError, match=digest_of(bodies[0])):
        store.blob(digest_of(bodies[0]))
    assert len(store.snapshots("acme")) == 1


@pytest.mark.parametrize("result", ["failed", "suspect", "held"])
def test_a_check_that_saw_no_good_text_leaves_the_baseline_alone(store: Store, result: str) -> None:
    """Only a text that was seen counts as seen: an outage proves nothing about the policy."""
    record(store, first())
    good = store.source("acme")
    at = recorded.NOW + HOUR
    memory = SourceMemory(health="suspect", suspect_reasons=("too short",))
    outcome = unchanged(at=at, result=result, memory=memory, error="no", error_kind="timeout")
    record(store, outcome)
    source = store.source("acme")
    assert source.baseline == good.baseline
    assert source.last_good_at == good.last_good_at
    assert source.validators == good.validators
    assert source.last_check_at == outcome.finished_at
    assert source.memory == memory
    assert store.checks("acme", 1)[0].error_kind == "timeout"


def test_an_accepted_snapshot_becomes_a_versions(store: Store) -> None:
    """A suspect capture that people accept is a version from then on, and the chain says so."""
    record(store, first())
    at = recorded.NOW + HOUR
    suspect = NewSnapshot("odd", at, "suspect", (recorded.part(b"short", at),), ("too short",))
    record(store, unchanged(at=at, result="suspect", snapshot=suspect))
    assert [s.state for s in store.snapshots("acme")] == ["suspect", "version"]
    accepted = changed(2, at=at + HOUR, snapshot=None, result="accepted")
    assert accepted.version is not None
    version = replace(accepted.version, snapshot="odd", origin="accepted")
    record(store, replace(accepted, version=version))
    assert store.snapshot("odd").state == "version"
    assert store.snapshot("odd").reasons == ("too short",)
    assert store.evidence("acme")[-3].kind == "state"
    assert store.verify() == []


def test_a_text_seen_before_is_stored_once(store: Store) -> None:
    """A revert makes a version of its own, and shares the text with the earlier one."""
    record(store, first())
    record(store, changed(2, at=recorded.NOW + HOUR))
    back = changed(3, at=recorded.NOW + 2 * HOUR)
    assert back.version is not None
    old = first().version
    assert old is not None
    version = replace(
        back.version, text=old.text, text_digest=old.text_digest, origin="revert", commitments=()
    )
    record(store, replace(back, version=version, result="reverted"))
    assert store.counts()["texts"] == 2
    assert store.version_text("acme", 3) == store.version_text("acme", 1)
    assert store.source("acme").versions[old.text_digest] == 3


@pytest.mark.parametrize(
    "wrong",
    [{"number": 7}, {"text_digest": "0" * 64}, {"snapshot": "of-another-policy"}],
)
def test_a_version_that_does_not_fit_is_refused_whole(
    store: Store, wrong: dict[str, object]
) -> None:
    """A gap in the numbers, a wrong digest or an unknown snapshot undoes the entire check."""
    outcome = first()
    assert outcome.version is not None
    before = rows(store)
    store.lease("acme", OWNER, recorded.NOW, HOUR)
    with pytest.raises(StoreError, match="acme"):
        store.record(replace(outcome, version=replace(outcome.version, **wrong)))  # type: ignore[arg-type]
    assert rows(store) == before


def test_a_failure_in_the_middle_undoes_everything(store: Store) -> None:
    """What cannot be stored (here: in the log's detail) leaves no half of a check behind."""
    before = rows(store)
    store.lease("acme", OWNER, recorded.NOW, HOUR)
    with pytest.raises(StoreError):
        store.record(first(detail={"unstorable": object()}))
    assert rows(store) == before
    assert store.record(first()) is True


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_full_disk_refuses_and_loses_nothing(store: Store) -> None:
    """Where there is no room, the check is refused in plain words; what was acknowledged stays."""
    record(store, first())
    noise = random.Random(5).randbytes(3_000_000)
    at = recorded.NOW + HOUR
    outcome = changed(2, at=at)
    assert outcome.snapshot is not None
    big = replace(outcome.snapshot, parts=(recorded.part(noise, at),))
    assert store.lease("acme", OWNER, at, HOUR)
    with store._database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    sa.event.listen(
        store._database.engine,
        "begin",
        lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 20}"),
    )
    with pytest.raises(StoreError, match=r"disk is full: free some space.*"):
        store.record(replace(outcome, snapshot=big))
    assert store.version_text("acme", 1) == recorded.policy_text(1)
    assert len(store.versions("acme")) == 1
    assert store.record(outcome) is True
    assert store.verify() == []


def test_a_value_that_cannot_be_read_is_named(store: Store) -> None:
    """A row that something else wrote nonsense into is an error of ours that says what to do.

    PostgreSQL keeps nothing in a column that is not of its type, so nothing comes back.
    """
    record(store, first())
    nonsense = "UPDATE version SET first_seen = 'once upon a time'"
    if store._database.on_server:
        with pytest.raises(sa.exc.DBAPIError, match="once upon a time"):
            tamper(store, nonsense)
        return
    tamper(store, nonsense)
    assert ("version", "acme/1") in {(fault.table, fault.row) for fault in store.verify()}
    with pytest.raises(StoreError, match="policywatch verify"):
        store.versions("acme")


def test_hostile_words_do_not_stop_a_check(store: Store) -> None:
    """NUL and lone surrogates in titles, headers and errors are stored in a harmless form."""
    outcome = first(error="bad \x00 page \ud800")
    assert outcome.version is not None
    assert outcome.snapshot is not None
    odd = replace(outcome.snapshot.parts[0], headers=(("x-odd", "\ud800\x00"),), media_type="\x00")
    version = replace(outcome.version, title="Privacy\x00\udfff")
    snapshot = replace(outcome.snapshot, parts=(odd,))
    assert record(store, replace(outcome, version=version, snapshot=snapshot))
    assert store.version("acme", 1).title == "Privacy\ufffd\ufffd"
    assert store.checks("acme")[0].error == "bad \ufffd page \ufffd"
    assert store.verify() == []


def test_an_instant_without_a_zone_is_refused(store: Store) -> None:
    """A naive instant is an error where it enters, not an hour's difference later."""
    with pytest.raises(StoreError, match="time zone"):
        store.due(datetime(2026, 3, 1), 10)  # noqa: DTZ001


def test_instants_come_back_in_utc(store: Store, now: datetime) -> None:
    """An instant in another zone is the same instant in UTC when it comes back."""
    rome = timezone(timedelta(hours=1))
    at = now.astimezone(rome)
    record(store, first(at=at))
    version = store.version("acme", 1)
    assert version.first_seen == now
    assert version.first_seen.utcoffset() == timedelta(0)
    at_rest = "first_seen AT TIME ZONE 'UTC'" if store._database.on_server else "first_seen"
    ((text,),) = behind.rows(store, f"SELECT CAST({at_rest} AS text) FROM version")
    assert text.startswith("2026-03-01 10:00:00")
    assert store.verify() == []


def test_a_run_of_unchanged_checks_is_one_entry_of_the_log(store: Store) -> None:
    """A policy that is checked every few seconds must not fill the log with nothing."""
    record(store, first())
    for hours in range(1, 5):
        record(store, unchanged(at=recorded.NOW + hours * HOUR))
    run, _ = store.checks("acme")
    assert (run.started_at, run.detail) == (recorded.NOW + HOUR, {"checks": 4})
    assert run.finished_at > recorded.NOW + 4 * HOUR
    record(store, unchanged(at=recorded.NOW + 5 * HOUR, result="failed"))
    record(store, unchanged(at=recorded.NOW + 6 * HOUR))
    assert [c.result for c in store.checks("acme")] == ["unchanged", "failed", "unchanged", "first"]


def test_the_log_can_be_pruned_and_evidence_stays(store: Store) -> None:
    """Old log entries go; versions, snapshots and chain are not touched."""
    record(store, first())
    for hours in range(1, 5):
        record(store, unchanged(at=recorded.NOW + hours * HOUR, result="held"))
    assert store.prune_checks(recorded.NOW + 3 * HOUR) == 3
    assert [check.started_at for check in store.checks("acme")] == [
        recorded.NOW + 4 * HOUR,
        recorded.NOW + 3 * HOUR,
    ]
    assert len(store.versions("acme")) == 1
    assert store.verify() == []


def test_a_version_is_found_by_the_instant_it_stood_at(store: Store) -> None:
    """Before the first capture there is none; later the newest first seen by then."""
    record(store, first())
    record(store, changed(2, at=recorded.NOW + HOUR))
    assert store.version_at("acme", recorded.NOW - HOUR) is None
    numbers = [store.version_at("acme", recorded.NOW + delta * HOUR) for delta in (0, 0.5, 1, 9)]
    assert [version and version.number for version in numbers] == [1, 1, 2, 2]


@pytest.mark.parametrize("ask", ["source", "version", "snapshot", "change", "blob", "text"])
def test_what_is_not_there_is_said_by_name(store: Store, ask: str) -> None:
    """Asking for something unknown names it."""
    questions = {
        "source": lambda: store.source("nobody"),
        "version": lambda: store.version("acme", 9),
        "snapshot": lambda: store.snapshot("nobody"),
        "change": lambda: store.change("nobody"),
        "blob": lambda: store.blob("nobody"),
        "text": lambda: store.version_text("acme", 9),
    }
    with pytest.raises(StoreError, match=r"nobody|version 9"):
        questions[ask]()
