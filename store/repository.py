"""The store as the rest of policywatch sees it: records in, records out, one transaction a call.

Synchronous and thread-safe; asynchronous callers use ``asyncio.to_thread``. Instants are
arguments: nothing here reads a clock, but for the time in a new id.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from monitor.errors import StoreError
from monitor.model import AlertKind, Commitment, CommitmentKind, Finding, Severity, Stand
from store import (
    actions,
    archive,
    backup,
    blobs,
    checkpoints,
    copying,
    evidence,
    pruning,
    reading,
    recording,
    secret,
    stamps,
    standings,
    steps,
    totals,
    verification,
)
from store.backup import Backup
from store.copying import Copied
from store.database import Database, Working, prepare_file, resolve
from store.glances import Glances
from store.locks import DaemonLock
from store.mails import Mailroom
from store.posting import Posting
from store.records import (
    ActionKind,
    ActionRecord,
    AlertRecord,
    ChangeHead,
    ChangeRecord,
    CheckOutcome,
    CheckpointRecord,
    CheckRecord,
    EvidenceRecord,
    Fault,
    NewAction,
    NewChange,
    NewVersion,
    Pruned,
    Raised,
    SnapshotRecord,
    SnapshotState,
    SourceRecord,
    StampRecord,
    Unstamped,
    VersionRecord,
)
from store.rota import Rota
from store.tables import SnapshotRow


def new_id() -> str:
    """A new id for a snapshot: random, and sortable by the millisecond of its making."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


class Store(Rota, Posting):
    """An open store. ``Store.open`` makes one; it is a context manager that closes itself.

    ``glances`` reads what pages list, without what they do not show.
    """

    def __init__(self, database: Database, lock: DaemonLock | None) -> None:
        super().__init__(database)
        self._passing_key = secrets.token_bytes(32)
        self._lock = lock
        self.glances = Glances(database)
        self.mail = Mailroom(database)

    @classmethod
    def open(cls, url: str, *, base_dir: Path, exclusive: bool = False, now: datetime) -> Store:
        """Open (create, migrate) the store at ``url``, a relative file being in ``base_dir``.

        ``exclusive`` is for the daemon: a second one on the same file is refused. Others need no
        such right, leases keep them apart.
        """
        where, path = resolve(url, base_dir)
        lock = None
        if path is not None:
            prepare_file(path)
            # Before any migration: a second daemon must not touch the schema of the first one.
            lock = DaemonLock(path, now) if exclusive else None
        try:
            return cls(Database(where, path), lock)
        except BaseException:
            if lock is not None:
                lock.release()
            raise

    @property
    def name(self) -> str:
        """The database for people to read: its file, or its URL without the password."""
        return self._database.name

    @property
    def working(self) -> Working:
        """How the database works since it was opened."""
        return self._database.working

    def room(self) -> int | None:
        """Free bytes on the disk of the store; None where that is not ours to know."""
        return shutil.disk_usage(self._database.path.parent).free if self._database.path else None

    def close(self) -> None:
        """Close the connections and let another daemon in."""
        self._database.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def copy_to(self, target: Store) -> Copied:
        """Copy everything into an empty store, key of links included, and verify the copy.

        Writers must be stopped: what they write meanwhile is not in it. StoreError, for a target
        that is not empty among others, leaves that as it was.
        """
        key = self.signing_key()
        with self._database.read() as source, target._database.write() as session:
            copied = copying.copy(source, session, (self.name, target.name))
            if target._database.on_server:
                secret.share_key(session, key)
            elif (path := target._database.path) is not None:
                secret.place_key(path, key)
        return copied

    # --- writing -------------------------------------------------------------------------------

    def record(self, outcome: CheckOutcome) -> bool:
        """Write all that a check learned, or nothing; False if its lease was lost to another."""
        with self._database.write(apart=recording.concerns_policy_alone(outcome)) as session:
            return recording.record(session, outcome)

    def record_stands(
        self,
        policy: str,
        owner: str,
        stands: Sequence[Stand],
        alerts: Sequence[Raised],
        now: datetime,
    ) -> bool:
        """Write how a policy stands, outside of a check; False, and nothing, without the lease."""
        with self._database.write() as session:
            return recording.record_stands(session, policy, owner, stands, alerts, now)

    def record_history(
        self,
        policy: str,
        owner: str,
        versions: Sequence[NewVersion],
        changes: Sequence[NewChange],
        now: datetime,
    ) -> bool:
        """Add versions from an archive, all or none: no alert, no check, no snapshot.

        False if the lease was lost to another.
        """
        with self._database.write() as session:
            return recording.record_history(session, policy, owner, versions, changes, now)

    def set_snapshot_state(
        self, snapshot: str, state: SnapshotState, now: datetime | None = None
    ) -> None:
        """Give a snapshot another state; the evidence chain says when (``now``)."""
        with self._database.write() as session:
            row = session.get(SnapshotRow, snapshot)
            if row is None:
                raise StoreError(f"there is no snapshot {snapshot}")
            policy = recording.locked(session, row.policy)
            recording.set_state(session, policy, row, state, now or datetime.now(UTC))

    def prune_checks(self, before: datetime) -> int:
        """Delete log entries of checks that ended before; returns how many."""
        with self._database.write() as session:
            return recording.prune_checks(session, before)

    def record_action(self, policy: str, action: NewAction) -> ActionRecord:
        """Add what somebody did to the policy's records and to its hash chain, for good.

        StoreError for an unknown policy, or an action that does not say who did what.
        """
        with self._database.write() as session:
            return actions.record_action(session, recording.locked(session, policy), action)

    def record_steps(
        self, policy: str, alert: str, taken: Sequence[NewAction]
    ) -> list[ActionRecord]:
        """Add steps of an alert's review: all, in this order, or none.

        What would still be told of the alert is cancelled, postponed or brought forward with them.
        """
        with self._database.write() as session:
            return steps.record(session, recording.locked(session, policy), alert, taken)

    # --- reading -------------------------------------------------------------------------------

    def source(self, policy: str) -> SourceRecord:
        """A policy as the store knows it. StoreError if unknown."""
        with self._database.read() as session:
            return reading.source(session, policy)

    def sources(self) -> list[SourceRecord]:
        """All policies by id; their ``versions`` maps are left empty."""
        with self._database.read() as session:
            return reading.sources(session)

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
    ) -> list[ChangeHead]:
        """Changes (of all policies by default) without their comparisons, newest first."""
        with self._database.read() as session:
            return reading.change_heads(session, since, policy, limit)

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
        what: Collection[ActionKind] | None = None,
    ) -> list[ActionRecord]:
        """What people did, newest first: to one policy or any, about one subject or any."""
        with self._database.read() as session:
            return actions.listing(session, policy, subject=subject, what=what)

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
        without: Collection[str] = (),
    ) -> list[AlertRecord]:
        """Alerts, newest first: of one policy or any, but for the ids ``without``."""
        with self._database.read() as session:
            return reading.alerts(
                session, limit, policy=policy, kinds=kinds, severities=severities, without=without
            )

    def signing_key(self) -> bytes:
        """A key for signing links, the same for all processes on this store.

        Kept beside SQLite's file, or in the database of a server; in memory it ends with the store.
        """
        if (path := self._database.path) is not None:
            return secret.signing_key(path)
        if not self._database.on_server:
            return self._passing_key
        with self._database.read() as session:
            if key := secret.shared_key(session):
                return key
        with self._database.write() as session:
            return secret.share_key(session)

    def counts(self) -> Mapping[str, int]:
        """Totals for metrics, every name always present (docs/store.md lists them)."""
        with self._database.read() as session:
            return totals.counts(session)

    # --- evidence ------------------------------------------------------------------------------

    def evidence(self, policy: str) -> list[EvidenceRecord]:
        """A policy's hash chain from its beginning."""
        with self._database.read() as session:
            return evidence.entries(session, policy)

    def head(self, policy: str) -> str:
        """The hash of the newest entry of a policy's chain."""
        with self._database.read() as session:
            return evidence.head(session, policy)

    def verify(self, policy: str | None = None, heads: Sequence[str] = ()) -> list[Fault]:
        """Recompute every hash of one policy, or of the whole store; [] means intact.

        A head noted elsewhere (an alert's ``evidence``, a checkpoint) that no chain holds any more
        is a fault too: that chain was rewritten, or its end was cut off.
        """
        with self._database.read() as session:
            return verification.verify(session, policy, heads)

    def checkpoint(self, now: datetime, *, every: timedelta = timedelta(0)) -> str:
        """Note the heads of all chains in a chain of their own; returns its head, "" if empty.

        With ``every`` only if the newest checkpoint is that old; "" if it is younger.
        """
        with self._database.write() as session:
            known = checkpoints.listing(session)
            if known and now - known[-1].at < every:
                return ""
            made = checkpoints.add(session, now)
            return made.hash if made else ""

    def checkpoints(self) -> list[CheckpointRecord]:
        """All checkpoints, oldest first."""
        with self._database.read() as session:
            return checkpoints.listing(session)

    def prunable(self, limits: Mapping[SnapshotState, datetime]) -> list[Pruned]:
        """Raw pages that were captured before the limit of their state; nothing is changed."""
        with self._database.read() as session:
            found = pruning.prunable(session, limits)
        return [Pruned(p, len(b), sum(b.values())) for p, b in sorted(found.items())]

    def prune(
        self, limits: Mapping[SnapshotState, datetime], *, at: datetime, who: str, why: str
    ) -> list[Pruned]:
        """Let them go; the chain of each policy says which."""
        with self._database.write() as session:
            return pruning.prune(session, limits, at=at, who=who, why=why)

    def unstamped(self, limit: int) -> list[Unstamped]:
        """Heads of chains that no timestamp authority has seen yet."""
        with self._database.read() as session:
            return stamps.unstamped(session, limit)

    def add_stamp(self, stamp: StampRecord) -> None:
        """Keep what an authority answered; one for the same entry stays as it was."""
        with self._database.write() as session:
            stamps.add(session, stamp)

    def stamps(self, policy: str) -> list[StampRecord]:
        """The timestamps of a policy's chain, oldest first."""
        with self._database.read() as session:
            return stamps.of_policy(session, policy)

    def dossier(self, policy: str, change: str | None = None) -> archive.Dossier:
        """What an evidence archive holds: of a change (its id, or the version it led to), or of
        the newest one. StoreError if there is none, or if the policy does not verify.
        """
        with self._database.read() as session:
            return archive.collect(session, policy, change)

    def backup(self, path: Path, *, force: bool = False) -> Backup:
        """Copy the store to a file while others write to it, and verify the copy."""
        return backup.take(self._database, path, force=force)
