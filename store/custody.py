"""What keeps the records provable: chains, checkpoints, stamps, archives, backups, pruning.

``Store`` has all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from store import archive, backup, checkpoints, evidence, pruning, stamps, verification
from store.backup import Backup
from store.database import Database
from store.records import (
    CheckpointRecord,
    EvidenceRecord,
    Fault,
    Pruned,
    SnapshotState,
    StampRecord,
    Unstamped,
)


class Custody:
    """Evidence over a database: one transaction a call."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
