"""What the store holds, to read: versions, changes, alerts, actions. ``Store`` has all of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from monitor.model import AlertKind, Commitment, CommitmentKind, Finding, Severity, Stand, Verdict
from store import actions, blobs, reading, reviews, standings, totals
from store.database import Database
from store.records import (
    ActionKind,
    ActionRecord,
    AlertRecord,
    ChangeHead,
    ChangeRecord,
    CheckRecord,
    SnapshotRecord,
    SourceRecord,
    VersionRecord,
)


class Shelves:
    """Reading over a database: one transaction a call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def source(self, policy: str) -> SourceRecord:
        """A policy as the store knows it. StoreError if unknown."""
        with self._database.read() as session:
            return reading.source(session, policy)

    def sources(self) -> list[SourceRecord]:
        """All policies by id; their ``versions`` maps are left empty."""
        with self._database.read() as session:
            return reading.sources(session)

    def sources_of(self, policies: Sequence[str]) -> list[SourceRecord]:
        """Those of some policies that are known, in this order; ``versions`` left empty."""
        with self._database.read() as session:
            return reading.sources_of(session, policies)

    def versions(self, policy: str) -> list[VersionRecord]:
        """All versions of a policy, oldest first."""
        with self._database.read() as session:
            return reading.versions(session, policy)

    def version(self, policy: str, number: int) -> VersionRecord:
        """One version. StoreError if there is none."""
        with self._database.read() as session:
            return reading.version(session, policy, number)

    def version_at(self, policy: str, when: datetime) -> VersionRecord | None:
        """The version that stood at an instant; None before the first."""
        with self._database.read() as session:
            return reading.version_at(session, policy, when)

    def version_text(self, policy: str, number: int) -> str:
        """A version's text, verified against its digest."""
        with self._database.read() as session:
            return reading.version_text(session, policy, number)

    def commitments(self, policy: str, number: int) -> tuple[Commitment, ...]:
        """A version's commitments, as found when it was recorded."""
        with self._database.read() as session:
            return reading.commitments(session, policy, number)

    def promises(
        self, policy: str, versions: Sequence[int], kinds: Collection[CommitmentKind]
    ) -> Mapping[int, tuple[Commitment, ...]]:
        """The commitments of some kinds of several versions; quicker than one by one."""
        with self._database.read() as session:
            return reading.some_promises(session, policy, versions, kinds)

    def stands(self, policy: str) -> tuple[Stand, ...]:
        """How a policy stands to what was expected of it when its text was last held against it."""
        with self._database.read() as session:
            return standings.get(session, policy)

    def all_stands(self) -> Mapping[str, tuple[Stand, ...]]:
        """The same for every policy of which anything was expected."""
        with self._database.read() as session:
            return standings.listing(session)

    def snapshots(self, policy: str) -> list[SnapshotRecord]:
        """All kept snapshots of a policy, newest first."""
        with self._database.read() as session:
            return reading.snapshots(session, policy)

    def snapshot(self, snapshot: str) -> SnapshotRecord:
        """One snapshot. StoreError if there is none."""
        with self._database.read() as session:
            return reading.snapshot(session, snapshot)

    def blob(self, digest: str) -> bytes:
        """Stored bytes, verified. StoreError if they are unknown or damaged."""
        with self._database.read() as session:
            return blobs.get(session, digest)

    def has_blob(self, digest: str) -> bool:
        """Whether these bytes are kept: raw pages may have been let go (`prune`)."""
        with self._database.read() as session:
            return blobs.exists(session, digest)

    def changes(self, policy: str | None = None, limit: int | None = None) -> list[ChangeRecord]:
        """Changes, newest first."""
        with self._database.read() as session:
            return reading.changes(session, policy, limit)

    def change_heads(
        self,
        *,
        since: datetime | None = None,
        policy: str | None = None,
        limit: int | None = None,
        verdict: Verdict | None = None,
        after: str = "",
    ) -> list[ChangeHead]:
        """Changes (of all policies by default) without their comparisons, newest first.

        ``after``: those that come after a change.
        """
        with self._database.read() as session:
            return reading.change_heads(session, since, policy, limit, verdict, after)

    def change_head(self, change: str) -> ChangeHead | None:
        """One change without its comparison; None if there is none."""
        with self._database.read() as session:
            return reading.change_head(session, change)

    def findings(self, changes: Sequence[str]) -> Mapping[str, tuple[Finding, ...]]:
        """The findings of changes, by change; quicker than the whole of each."""
        with self._database.read() as session:
            return reading.findings(session, changes)

    def change(self, change: str) -> ChangeRecord:
        """One change. StoreError if there is none."""
        with self._database.read() as session:
            return reading.change(session, change)

    def checks(self, policy: str, limit: int = 100) -> list[CheckRecord]:
        """The log of a policy's checks, newest first."""
        with self._database.read() as session:
            return reading.checks(session, policy, limit)

    def actions(
        self,
        policy: str | None = None,
        *,
        subject: str | None = None,
        subjects: Collection[str] | None = None,
        what: Collection[ActionKind] | None = None,
    ) -> list[ActionRecord]:
        """What people did, newest first: to one policy or any, about one subject, some, or any."""
        with self._database.read() as session:
            return actions.listing(session, policy, subject=subject, subjects=subjects, what=what)

    def alert(self, alert: str) -> AlertRecord | None:
        """One alert; None if there is none with that id."""
        with self._database.read() as session:
            return reading.alert(session, alert)

    def alerts(
        self,
        limit: int = 100,
        *,
        policy: str | None = None,
        kinds: Collection[AlertKind] | None = None,
        severities: Collection[Severity] | None = None,
    ) -> list[AlertRecord]:
        """Alerts, newest first: of one policy or any."""
        with self._database.read() as session:
            return reading.alerts(session, limit, policy=policy, kinds=kinds, severities=severities)

    def waiting(
        self,
        limit: int,
        *,
        severities: Collection[Severity],
        now: datetime | None = None,
        policy: str | None = None,
        gravest: bool = False,
        offset: int = 0,
    ) -> list[AlertRecord]:
        """Alerts that nobody has settled, nor (given ``now``) snoozed, newest first.

        ``gravest``: the gravest first, then the newest.
        """
        with self._database.read() as session:
            found = reviews.waiting(
                session, limit, severities=severities, now=now, policy=policy, gravest=gravest,
                offset=offset,
            )  # fmt: skip
            return reading.alerts_of(session, found)

    def waiting_count(
        self, *, severities: Collection[Severity], now: datetime
    ) -> Mapping[Severity, int]:
        """How many of each severity there are."""
        with self._database.read() as session:
            return reviews.tally(session, severities=severities, now=now)

    def counts(self) -> Mapping[str, int]:
        """Totals for metrics, every name always present (docs/store.md lists them)."""
        with self._database.read() as session:
            return totals.counts(session)
