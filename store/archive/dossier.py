"""Everything an evidence archive is about, read from the store in one consistent view."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from monitor.errors import StoreError
from store import blobs, evidence, promises, reading, stamps, texts, verification
from store.records import (
    ChangeRecord,
    PartRecord,
    SnapshotRecord,
    StampRecord,
    VersionRecord,
)
from store.tables import ActionRow, AlertRow, ChangeRow, PolicyRow, SnapshotRow, VersionRow


@dataclass(frozen=True, slots=True)
class Vouched:
    """Bytes whose SHA-256 stands in entry ``seq`` of the chain; ``name`` says what they are."""

    seq: int
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Side:
    """One version: its record, its text, what was captured, and the bytes the chain vouches for.

    ``snapshot`` is None where there are no raw pages: an imported or pruned version.
    """

    version: VersionRecord
    text: str
    snapshot: SnapshotRecord | None
    vouched: tuple[Vouched, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """What an archive holds. ``chain`` are the entries as they are hashed, from the first on.

    Without ``before`` and ``change`` it is about a single version. ``stamp`` is the earliest
    timestamp of an authority that covers it.
    """

    policy: str
    service: str
    before: Side | None
    after: Side
    change: ChangeRecord | None
    vouched: tuple[Vouched, ...]
    chain: tuple[str, ...]
    head: str
    stamp: StampRecord | None = None


def collect(session: Session, policy: str, change: str | None = None) -> Dossier:
    """The dossier of a change (its id, or the number of the version it led to).

    By default of the newest change, or of the current version where nothing has changed yet.
    StoreError if there is none, or if the policy's records do not verify.
    """
    row = session.get(PolicyRow, policy)
    if row is None:
        raise StoreError(f'the store knows no policy "{policy}"; is it in the configuration?')
    faults = verification.verify(session, policy)
    if faults:
        raise StoreError(
            f"{policy}: the records do not verify ({len(faults)} faults), so they are no evidence. "
            f"`policywatch verify {policy}` lists what was altered"
        )
    return _Collector(session, row).dossier(_chosen(session, policy, change))


def _chosen(session: Session, policy: str, change: str | None) -> ChangeRow | None:
    mine = select(ChangeRow).where(ChangeRow.policy == policy)
    if change is None:
        newest = mine.order_by(col(ChangeRow.to_version).desc(), col(ChangeRow.at).desc())
        return session.exec(newest.limit(1)).first()
    wanted = ChangeRow.to_version == int(change) if change.isdecimal() else ChangeRow.id == change
    found = session.exec(mine.where(wanted)).first()
    if found is None:
        raise StoreError(
            f'{policy} has no change "{change}"; `policywatch history {policy}` lists the versions '
            "that changes led to"
        )
    return found


class _Collector:
    """Reads the parts of one policy's dossier; ``seq`` finds the entry that vouches for a row."""

    def __init__(self, session: Session, policy: PolicyRow) -> None:
        self._session = session
        self._policy = policy
        self._entries = evidence.entries(session, policy.id)
        self._seq = {(entry.kind, entry.subject): entry.seq for entry in self._entries}

    def dossier(self, change: ChangeRow | None) -> Dossier:
        vouched: tuple[Vouched, ...] = ()
        before = record = None
        if change is None:
            if self._policy.baseline is None:
                raise StoreError(
                    f"{self._policy.id} has no version yet: there is nothing to give evidence of"
                )
            after = self._side(self._policy.baseline)
        else:
            before, after = self._side(change.from_version), self._side(change.to_version)
            record = reading.change(self._session, change.id)
            seq = self._seq[("change", change.id)]
            vouched = (
                Vouched(seq, "change.json", evidence.change_json(change).encode()),
                Vouched(seq, "comparison.json", reading.comparison_json(change)),
            )
        kind = ("change", change.id) if change else ("version", str(after.version.number))
        vouched += self._actions(before, after, record)
        return Dossier(
            policy=self._policy.id,
            service=self._policy.service,
            before=before,
            after=after,
            change=record,
            vouched=vouched,
            chain=tuple(evidence.entry_json(entry) for entry in self._entries),
            head=self._policy.chain_head,
            stamp=self._stamp(self._seq[kind]),
        )

    def _stamp(self, seq: int) -> StampRecord | None:
        """The earliest timestamp over the entry ``seq`` or a later one."""
        mine = stamps.of_policy(self._session, self._policy.id)
        return next((stamp for stamp in mine if stamp.seq >= seq), None)

    def _actions(
        self, before: Side | None, after: Side, change: ChangeRecord | None
    ) -> tuple[Vouched, ...]:
        """What people did about the change, its alerts and its captures, oldest first."""
        about = {change.id} if change else set()
        for side in (before, after):
            if side is not None and side.snapshot is not None:
                about.add(side.snapshot.id)
                about.update(part.body_digest for part in side.snapshot.parts)
        if change is not None:
            alerts = self._session.exec(select(AlertRow).where(AlertRow.policy == change.policy))
            about.update(row.id for row in alerts if row.payload.change == change.id)
        mine = select(ActionRow).where(
            ActionRow.policy == self._policy.id, col(ActionRow.subject).in_(about)
        )
        return tuple(
            Vouched(
                self._seq[("action", str(row.number))],
                "action.json",
                evidence.action_json(row).encode(),
            )
            for row in self._session.exec(mine.order_by(col(ActionRow.number)))
        )

    def _side(self, number: int) -> Side:
        row = self._session.get(VersionRow, (self._policy.id, number))
        assert row is not None  # the policy was verified
        text = texts.get(self._session, row)
        content = texts.encoded(text)
        promised = promises.get(self._session, self._policy.id, number, text)
        seq = self._seq[("version", str(number))]
        vouched = [
            Vouched(seq, "version.json", evidence.version_json(row).encode()),
            Vouched(seq, "text.md", content),
            Vouched(seq, "commitments.json", promised),
        ]
        snapshot = None
        if row.snapshot is not None:
            captured = reading.snapshot(self._session, row.snapshot)
            if all(blobs.exists(self._session, part.body_digest) for part in captured.parts):
                snapshot = captured
                vouched += self._pages(snapshot)
        return Side(reading.version_record(row), text, snapshot, tuple(vouched))

    def _pages(self, snapshot: SnapshotRecord) -> list[Vouched]:
        row = self._session.get(SnapshotRow, snapshot.id)
        assert row is not None
        seq = self._seq[("snapshot", snapshot.id)]
        parts = reading.parts_of(self._session, snapshot.id)
        content = evidence.snapshot_json(row, parts).encode()
        return [
            Vouched(seq, "snapshot.json", content),
            *(
                Vouched(seq, page_name(position, part), blobs.get(self._session, part.body_digest))
                for position, part in enumerate(snapshot.parts, 1)
            ),
        ]


_SUFFIXES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}


def page_name(position: int, part: PartRecord) -> str:
    """A page's file name. It ends in "raw", so that nobody runs a stranger's page by a click."""
    return f"page-{position}.{_SUFFIXES.get(part.media_type, 'bin')}.raw"
