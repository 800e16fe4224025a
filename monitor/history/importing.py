"""Archives into the store: versions and what each changed, and never an alert.

    records ──► replay (gate, flaps, comparison) ──► versions and changes ──► store, by piece

What the gate holds to be no policy, and what came back for a while, does not become a version.
Importing again changes nothing, and goes on where an interrupted import stopped: a replay of the
same records gives the same versions, and those that are stored are recognized and left.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.config import Policy
from monitor.errors import StoreError
from monitor.history.recorded import Archive, History
from monitor.history.replay import Rules, Step
from monitor.history.running import replay
from monitor.workers import Workers
from store import NewChange, NewVersion, Store, VersionRecord

_LEASE = timedelta(hours=2)


@dataclass
class Imported:
    """What became of one history. ``note`` says why less was imported than was recorded."""

    policy: str
    records: int = 0
    added: int = 0
    present: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Importer:
    """Imports histories into one store; ``owner`` names this process in leases."""

    store: Store
    workers: Workers
    owner: str

    async def run(
        self, archive: Archive, history: History, policy: Policy, rules: Rules, now: datetime
    ) -> AsyncGenerator[Imported]:
        """Import one history; gives the running account after each piece. Raises StoreError."""
        account = Imported(policy.id)
        await asyncio.to_thread(self.store.add_policy, policy, now)
        stored = await asyncio.to_thread(self.store.versions, policy.id)
        if stored and stored[-1].stamp == _stamp(archive, history.records[-1].reference):
            account.records, account.present = len(history.records), len(stored)
            yield account
            return
        if not await asyncio.to_thread(self.store.lease, policy.id, self.owner, now, _LEASE):
            account.note = "is being checked just now; import it again in a moment"
            yield account
            return
        try:
            rules = _for_import(rules, len(stored))
            async with aclosing(replay(self.workers, archive, history, rules)) as pieces:
                async for _, steps in pieces:
                    await self._take(archive, policy.id, steps, stored, account, now)
                    yield account
                    if account.note:
                        return
        finally:
            await asyncio.to_thread(self.store.release, policy.id, self.owner)

    async def _take(
        self,
        archive: Archive,
        policy: str,
        steps: Sequence[Step],
        stored: Sequence[VersionRecord],
        account: Imported,
        now: datetime,
    ) -> None:
        account.records += len(steps)
        account.outcomes.update(step.outcome for step in steps)
        versions: list[NewVersion] = []
        changes: list[NewChange] = []
        for step in (step for step in steps if step.version):
            if step.version <= len(stored):
                if not _same(stored[step.version - 1], step):
                    account.note = _already_watched(stored, step)
                    break
                account.present += 1
                continue
            versions.append(_version(archive, step))
            if step.comparison is not None:
                name = f"{policy}@{step.before}-{step.version}"
                changes.append(NewChange(name, step.before, step.version, step.at, step.comparison))
        record = self.store.record_history
        if not await asyncio.to_thread(record, policy, self.owner, versions, changes, now):
            raise StoreError(
                f'The lease on "{policy}" was lost during its import; what was written before '
                "stays. Import again to go on."
            )
        account.added += len(versions)


def declared_or_new(history: History, declared: Policy | None) -> Policy:
    """The watched policy that a history belongs to, else one that is known but not watched."""
    if declared is not None:
        return declared
    service = history.service or history.policy
    return Policy(id=history.policy, service=service, type=history.type, enabled=False)


def _for_import(rules: Rules, known: int) -> Rules:
    return replace(rules, keep=True, known=known)


def _stamp(archive: Archive, reference: str) -> str:
    """Differs from every stamp of ours, so that the first check of our own is an upgrade."""
    return f"{archive.label} {reference}"


def _version(archive: Archive, step: Step) -> NewVersion:
    assert step.text is not None
    return NewVersion(
        number=step.version,
        snapshot=None,
        text=step.text.text,
        text_digest=step.digest,
        media_type="text/markdown",
        stamp=_stamp(archive, step.reference),
        origin="upgrade" if step.outcome == "upgraded" else "import",
        first_seen=step.at,
        previous_seen_at=step.seen_before,
        title=step.text.title,
        language=step.text.language,
        last_updated=step.text.last_updated,
        effective=step.text.effective,
        commitments=step.text.commitments,
    )


def _same(stored: VersionRecord, step: Step) -> bool:
    return (stored.text_digest, stored.first_seen) == (step.digest, step.at)


def _already_watched(stored: Sequence[VersionRecord], step: Step) -> str:
    own = stored[step.version - 1]
    return (
        f"version {own.number} of {own.first_seen:%Y-%m-%d} in the store is not from this archive: "
        "history can only be put before the first check. Import it under another id."
    )
