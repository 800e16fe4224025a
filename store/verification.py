"""Verifying a store: every hash recomputed from the rows, every fault located.

For each policy: its chain, then the texts, versions, snapshots, changes, actions, notices and
judgements against what the chain says of them; and the bytes that its snapshots and mails are.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlmodel import Session, col, select

from monitor.errors import StoreError
from store import blobs, checkpoints, evidence, mails, promises, pruning, reading, stamps, texts
from store.records import Fault
from store.tables import (
    ActionRow,
    Base,
    BlobRow,
    ChangeRow,
    CheckpointRow,
    EvidenceRow,
    JudgementRow,
    MailRow,
    NoticeRow,
    PartRow,
    PolicyRow,
    SnapshotRow,
    VersionRow,
)

#: What reading a tampered row may raise: a value that is not of its column's type.
_UNREADABLE = (StoreError, ValueError, TypeError, LookupError, DBAPIError)

#: Commitments of this many versions are kept at hand while their successors are read.
_REMEMBERED = 40

_Row = TypeVar("_Row", bound=Base)
_Digests = Mapping[str, Any]


def verify(session: Session, policy: str | None, heads: Sequence[str] = ()) -> list[Fault]:
    """Check one policy, or all of them with every stored blob and checkpoint; [] means intact.

    Each of ``heads``, noted elsewhere, must be the hash of an entry (or of a checkpoint).
    """
    if policy is not None:
        evidence.head(session, policy)
        found = [*_Policy(session, policy).faults(), *_bodies(session, policy)]
        found += stamps.verify(session, policy)
    else:
        names = session.exec(select(PolicyRow.id).order_by(col(PolicyRow.id))).all()
        found = [fault for name in names for fault in _Policy(session, name).faults()]
        found += [fault for name in names for fault in stamps.verify(session, name)]
        found += [*_bodies(session, None), *mails.verify(session), *checkpoints.verify(session)]
    return [*found, *_unknown(session, policy, heads)]


def _unknown(session: Session, policy: str | None, heads: Sequence[str]) -> Iterator[Fault]:
    """Heads that were somewhere noted, and that no chain holds any more."""
    if not heads:
        return
    entries = sa.select(col(EvidenceRow.hash))
    if policy is not None:
        entries = entries.where(col(EvidenceRow.policy) == policy)
    known = set(session.execute(entries).scalars())
    if policy is None:
        known.update(session.exec(select(CheckpointRow.hash)))
    for head in heads:
        if head not in known:
            problem = "no chain holds this noted head: one was rewritten, or its end was cut off"
            yield Fault(policy or "", "evidence", head, None, problem)


class _Policy:
    """The verification of one policy; ``vouched`` is what its chain says of each row."""

    def __init__(self, session: Session, policy: str) -> None:
        self._session = session
        self._policy = policy
        self._vouched: dict[tuple[str, str], EvidenceRow] = {}
        self._states: dict[str, EvidenceRow] = {}
        self._problems: list[Fault] = []
        self._promises: dict[int, bytes] = {}

    def faults(self) -> Iterator[Fault]:
        """Everything that is wrong, the chain's own faults first."""
        yield from self._chain()
        seen: set[tuple[str, str]] = set()
        for kind, table, rows in (
            ("snapshot", "snapshot", self._snapshots()),
            ("version", "version", self._versions()),
            ("change", "change", self._changes()),
            ("action", "action", self._actions()),
            ("notice", "notice", self._notices()),
            ("judgement", "judgement", self._judgements()),
        ):
            for subject, digests in rows:
                seen.add((kind, subject))
                yield from self._compared(kind, table, subject, digests)
        for (kind, subject), entry in self._vouched.items():
            if (kind, subject) not in seen and kind != "state":
                yield self._fault(kind, subject, entry.seq, "the row is gone, or cannot be read")
        yield from self._problems

    def _chain(self) -> Iterator[Fault]:
        # An entry must follow from the one before it: from the hash stored there, or, where only
        # that hash was altered, from the one that its content has.
        before, expected = {evidence.GENESIS}, 1
        last = evidence.GENESIS
        mine = EvidenceRow.policy == self._policy
        for entry in self._rows(EvidenceRow, mine, EvidenceRow.policy, EvidenceRow.seq):
            hashes = {_hash_or_nothing(entry, previous) for previous in sorted(before)}
            if entry.seq != expected:
                gap = f"entries {expected} to {entry.seq - 1} are missing"
                yield self._fault("evidence", str(entry.seq), entry.seq, gap)
            elif entry.hash not in hashes:
                problem = "its hash is not of its content and the entry before it"
                yield self._fault("evidence", str(entry.seq), entry.seq, problem)
            self._note(entry)
            last, before, expected = entry.hash, {entry.hash, *hashes} - {""}, entry.seq + 1
        yield from self._head(last, expected - 1)

    def _note(self, entry: EvidenceRow) -> None:
        self._vouched[(entry.kind, entry.subject)] = entry
        if entry.kind in ("snapshot", "state"):
            self._states[entry.subject] = entry

    def _head(self, last_hash: str, last_seq: int) -> Iterator[Fault]:
        statement = select(PolicyRow.chain_seq, PolicyRow.chain_head)
        seq, head = self._session.exec(statement.where(PolicyRow.id == self._policy)).one()
        if (seq, head) != (last_seq, last_hash):
            problem = f"the chain ends at entry {last_seq}, its recorded head is entry {seq}"
            if seq == last_seq:
                problem = "the recorded head of the chain is not its last hash"
            yield self._fault("policy", self._policy, last_seq, problem)

    def _snapshots(self) -> Iterator[tuple[str, _Digests]]:
        joined = col(PartRow.snapshot).in_(
            select(SnapshotRow.id).where(SnapshotRow.policy == self._policy)
        )
        parts = reading.parts_by_snapshot(
            self._rows(PartRow, joined, PartRow.snapshot, PartRow.position)
        )
        mine = SnapshotRow.policy == self._policy
        for row in self._rows(SnapshotRow, mine, SnapshotRow.id):
            stated = self._states.get(row.id)
            if stated is not None and stated.digests.get("state") != row.state:
                problem = f'its state is "{row.state}", not what the chain says'
                self._problems.append(self._fault("snapshot", row.id, stated.seq, problem))
            digests = dict(evidence.snapshot_digests(row, parts.get(row.id, [])))
            del digests["state"]
            yield row.id, digests

    def _versions(self) -> Iterator[tuple[str, _Digests]]:
        mine = VersionRow.policy == self._policy
        versions: dict[int, list[VersionRow]] = defaultdict(list)
        for row in self._rows(VersionRow, mine, VersionRow.policy, VersionRow.number):
            versions[row.text].append(row)
        known = {row.text_digest for rows in versions.values() for row in rows}
        for number, content in self._texts():
            rows = versions.pop(number, [])
            yield from self._with_text(rows, number, content, known)
        for rows in versions.values():
            for row in rows:
                name = f"{self._policy}/{row.number}"
                self._problems.append(self._fault("version", name, None, "its text is missing"))
                yield str(row.number), self._version_digests(row, None)

    def _texts(self) -> Iterator[tuple[int, bytes]]:
        """Every text that can be read, by its number; a damaged run is a fault of its own."""
        expected = 0
        for run, contents, problem in texts.runs(self._session, self._policy):
            if run.first != expected and not problem and expected >= 0:
                problem = f"it should begin with text {expected}"
            if problem:
                name = f"{self._policy}/{run.first}"
                self._problems.append(self._fault("text", name, None, problem))
            if contents:
                yield from enumerate(contents, run.first)
            # Behind a damaged run nobody can tell where the next one begins.
            expected = run.first + len(contents) if contents else -1
            self._session.expunge(run)

    def _with_text(
        self, rows: Sequence[VersionRow], number: int, content: bytes, known: set[str]
    ) -> Iterator[tuple[str, _Digests]]:
        """Versions against the text that they say is theirs."""
        found = hashlib.sha256(content).hexdigest()
        if not rows and found not in known:
            name = f"{self._policy}/{number}"
            self._problems.append(self._fault("text", name, None, "no version has this text"))
        for row in rows:
            if row.text_digest == found:
                yield str(row.number), self._version_digests(row, content)
                continue
            table, place, problem = "text", number, f"it is not the text of version {row.number}"
            if found in known:
                table, place, problem = "version", row.number, f"text {number} is another one's"
            self._problems.append(self._fault(table, f"{self._policy}/{place}", None, problem))
            yield str(row.number), self._version_digests(row, None)

    def _version_digests(self, row: VersionRow, text: bytes | None) -> _Digests:
        """Without a readable text the commitments cannot be read: that fault is told already."""
        digests = dict(evidence.version_digests(row, b""))
        del digests["commitments"]
        if text is None:
            return digests
        name = f"{self._policy}/{row.number}"
        try:
            plain = text.decode("utf-8", "surrogatepass")
            commitments = promises.get(
                self._session, self._policy, row.number, plain, self._promises
            )
            if len(self._promises) > _REMEMBERED:
                self._promises.clear()
        except _UNREADABLE as error:
            fault = self._fault("version_commitments", name, None, str(error))
            self._problems.append(fault)
            return digests
        return evidence.version_digests(row, commitments)

    def _changes(self) -> Iterator[tuple[str, _Digests]]:
        mine = ChangeRow.policy == self._policy
        for row in self._rows(ChangeRow, mine, ChangeRow.id):
            try:
                comparison = reading.comparison_json(row)
            except StoreError as error:
                self._problems.append(self._fault("change", row.id, None, str(error)))
                continue
            yield row.id, evidence.change_digests(row, comparison)

    def _actions(self) -> Iterator[tuple[str, _Digests]]:
        mine = ActionRow.policy == self._policy
        for row in self._rows(ActionRow, mine, ActionRow.policy, ActionRow.number):
            yield str(row.number), evidence.action_digests(row)

    def _notices(self) -> Iterator[tuple[str, _Digests]]:
        mine = NoticeRow.policy == self._policy
        for row in self._rows(NoticeRow, mine, NoticeRow.policy, NoticeRow.number):
            try:
                mail = self._session.get_one(MailRow, row.mail)
                yield str(row.number), evidence.notice_digests(row, mail)
            except (*_UNREADABLE, NoResultFound) as error:
                problem = f"its mail cannot be read: {error}"
                self._problems.append(self._fault("mail", str(row.mail), None, problem))

    def _judgements(self) -> Iterator[tuple[str, _Digests]]:
        mine = JudgementRow.policy == self._policy
        for row in self._rows(JudgementRow, mine, JudgementRow.policy, JudgementRow.number):
            yield str(row.number), evidence.judgement_digests(row)

    def _compared(self, kind: str, table: str, subject: str, digests: _Digests) -> Iterator[Fault]:
        entry = self._vouched.get((kind, subject))
        if entry is None:
            yield self._fault(table, subject, None, "no entry of the chain vouches for it")
            return
        wrong = [name for name, value in digests.items() if entry.digests.get(name) != value]
        if "commitments" in wrong:
            wrong.remove("commitments")
            name, problem = (
                f"{self._policy}/{subject}",
                "they were altered after they were recorded",
            )
            yield self._fault("version_commitments", name, entry.seq, problem)
        if wrong:
            problem = f"it was altered after it was recorded ({', '.join(wrong)})"
            yield self._fault(table, subject, entry.seq, problem)

    def _rows(
        self, table: type[_Row], which: sa.ColumnElement[bool] | bool, *key: Any
    ) -> Iterator[_Row]:
        """Rows in the order of their key; one that cannot be read becomes a fault of its own."""
        condition: Any = which
        name = str(table.__tablename__)
        try:
            yield from self._session.exec(select(table).where(condition).order_by(*key)).all()
            return
        except _UNREADABLE:
            self._session.expunge_all()
        for identity in self._session.execute(sa.select(*key).where(condition).order_by(*key)):
            try:
                row = self._session.get(table, tuple(identity))
            except _UNREADABLE as error:
                fault = self._fault(
                    name, "/".join(map(str, identity)), None, f"unreadable: {error}"
                )
                self._problems.append(fault)
            else:
                if row is not None:
                    yield row

    def _fault(self, table: str, row: str, seq: int | None, problem: str) -> Fault:
        return Fault(policy=self._policy, table=table, row=row, seq=seq, problem=problem)


def _hash_or_nothing(entry: EvidenceRow, previous: str) -> str:
    try:
        return evidence.entry_hash(entry, previous)
    except _UNREADABLE:
        return ""


def _bodies(session: Session, policy: str | None) -> Iterator[Fault]:
    """Bytes that snapshots refer to; of the whole store also those that nothing refers to."""
    joined = select(PartRow.body_digest, SnapshotRow.policy).join(
        SnapshotRow, col(SnapshotRow.id) == col(PartRow.snapshot)
    )
    if policy is not None:
        joined = joined.where(SnapshotRow.policy == policy)
    users = dict(session.exec(joined).all())
    if policy is not None:
        users |= dict.fromkeys(mails.digests_of(session, policy), policy)
    else:
        users |= dict.fromkeys(session.exec(select(MailRow.digest)), "")
    stored: Iterable[str] = users
    if policy is None:
        stored = {*users, *session.exec(select(BlobRow.digest))}
    gone = pruning.pruned_digests(session, None if policy is None else [policy])
    for digest in sorted(stored):
        if digest in gone and not blobs.exists(session, digest):
            continue  # an entry of the chain says that it went
        try:
            blobs.get(session, digest)
        except _UNREADABLE as error:
            yield Fault(users.get(digest, ""), "blob", digest, None, str(error))
        session.expunge_all()
