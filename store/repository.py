"""The store as the rest of policywatch sees it: records in, records out, one transaction a call.

Synchronous and thread-safe; asynchronous callers use ``asyncio.to_thread``. Instants are
arguments: nothing here reads a clock, but for the time in a new id.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from monitor.errors import StoreError
from monitor.model import Stand
from store import (
    actions,
    copying,
    recording,
    secret,
    steps,
)
from store.copying import Copied
from store.custody import Custody
from store.database import Database, Working, prepare_file, resolve
from store.glances import Glances
from store.lists import Lists
from store.locks import DaemonLock
from store.mails import Mailroom
from store.posting import Posting
from store.records import (
    ActionRecord,
    CheckOutcome,
    NewAction,
    NewChange,
    NewVersion,
    Raised,
    SnapshotState,
)
from store.rota import Rota
from store.shelves import Shelves
from store.tables import SnapshotRow


def new_id() -> str:
    """A new id for a snapshot: random, and sortable by the millisecond of its making."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


class Store(Shelves, Rota, Posting, Custody):
    """An open store. ``Store.open`` makes one; it is a context manager that closes itself.

    ``lists`` says which policies a page lists, ``glances`` reads what it lists of one.
    """

    def __init__(self, database: Database, lock: DaemonLock | None) -> None:
        super().__init__(database)
        self._passing_key = secrets.token_bytes(32)
        self._lock = lock
        self.glances = Glances(database)
        self.lists = Lists(database)
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
