"""Vendors' e-mails: kept with their bytes, in a chain of their own, and tied to policies.

Each mail's ``hash`` covers its row and the hash of the mail before it, so that also a mail that is
nobody's cannot be altered or taken out unseen. Where it is a notice about a policy, a row of
``notice`` says so and an entry of the policy's chain covers both. That a mail was withdrawn, or a
change judged anew, is another row: nothing is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from monitor.errors import StoreError
from monitor.mail.letter import Letter
from store import blobs, evidence
from store.columns import storable
from store.database import Database
from store.recording import locked
from store.records import (
    Fault,
    JudgementRecord,
    MailRecord,
    NewJudgement,
    NewMail,
    NewNotice,
    NoticeRecord,
)
from store.tables import JudgementRow, MailRow, NoticeRow

_UNREADABLE = (StoreError, ValueError, TypeError, LookupError, DBAPIError)
_SHORTEST_KEY = 4


class Mailroom:
    """The mails of one store; one transaction a call, like the store itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: NewMail, who: str) -> tuple[MailRecord, bool]:
        """Keep a mail, and note the policies it was matched to; False beside one that was there.

        There already is one of the same bytes, or of the same Message-ID, sender and words (a
        copy that came another way).
        """
        with self._database.write() as session:
            known = _known(session, new)
            if known is not None:
                return _record(session, known), False
            row = _add(session, new)
            for policy in new.match.policies:
                why = "; ".join(new.match.reasons)
                _relate(session, policy, row, NewNotice(new.at, row.seq, who, "matched", why))
            return _record(session, row), True

    def relate(self, policy: str, new: NewNotice) -> NoticeRecord:
        """Say that a mail is a notice about a policy, or no longer. StoreError if that is so now,
        or if the policy or the mail is unknown.
        """
        with self._database.write() as session:
            row = session.get(MailRow, new.mail)
            if row is None:
                raise StoreError(f"there is no mail {new.mail}")
            holds = policy in _policies(session, [new.mail]).get(new.mail, ())
            if holds != (new.what == "withdrawn"):
                state = "is" if holds else "is not"
                raise StoreError(f"the mail {row.digest[:12]} {state} a notice about {policy} now")
            return _relate(session, policy, row, new)

    def judge(self, policy: str, judgements: Sequence[NewJudgement]) -> None:
        """Add judgements made anew to the policy's records and chain."""
        with self._database.write() as session:
            owner = locked(session, policy)
            for new in judgements:
                row = JudgementRow(
                    policy=policy,
                    number=_next(session, JudgementRow, policy),
                    change=new.change,
                    at=new.at,
                    notice=dict(new.notice),
                    why=storable(new.why),
                )
                session.add(row)
                session.flush()
                digests = evidence.judgement_digests(row)
                evidence.append(session, owner, new.at, "judgement", str(row.number), digests)

    def all(self, policy: str | None = None) -> list[MailRecord]:
        """The mails, newest first; with ``policy`` those that are notices about it now."""
        with self._database.read() as session:
            rows = select(MailRow).order_by(col(MailRow.seq).desc())
            if policy is not None:
                ever = select(NoticeRow.mail).where(NoticeRow.policy == policy)
                rows = rows.where(col(MailRow.seq).in_(ever))
            found = session.exec(rows).all()
            about = _policies(session, [row.seq for row in found] if policy else None)
            records = [_of(row, about.get(row.seq, ())) for row in found]
            return [r for r in records if policy is None or policy in r.policies]

    def policies(self) -> list[str]:
        """The policies of which some mail is, or was, a notice; by id."""
        with self._database.read() as session:
            named = select(NoticeRow.policy).distinct().order_by(col(NoticeRow.policy))
            return list(session.exec(named))

    def said(self) -> int:
        """How often it was said of a mail that it is, or is not, a notice about a policy."""
        with self._database.read() as session:
            return session.exec(select(sa.func.count()).select_from(NoticeRow)).one()

    def find(self, key: str) -> MailRecord:
        """The mail whose digest begins with ``key``. StoreError if none does, or several do."""
        with self._database.read() as session:
            begins = col(MailRow.digest).startswith(key.lower(), autoescape=True)
            found = session.exec(select(MailRow).where(begins).limit(2)).all()
            if len(found) != 1 or len(key) < _SHORTEST_KEY:
                problem = "several mails begin" if len(found) > 1 else "no mail begins"
                raise StoreError(f'{problem} with "{key}"; `policywatch notices` lists them')
            return _record(session, found[0])

    def content(self, mail: MailRecord) -> bytes:
        """The bytes of a mail, verified."""
        with self._database.read() as session:
            return blobs.get(session, mail.digest)

    def notices(self, policy: str) -> list[NoticeRecord]:
        """All that was said of mails and this policy, oldest first."""
        with self._database.read() as session:
            mine = select(NoticeRow).where(NoticeRow.policy == policy)
            return [_notice_record(row) for row in session.exec(mine.order_by(_NUMBER))]

    def judgements(self, policy: str) -> list[JudgementRecord]:
        """The judgements made anew of a policy's changes, oldest first."""
        with self._database.read() as session:
            mine = select(JudgementRow).where(JudgementRow.policy == policy)
            order = col(JudgementRow.number)
            return [_judgement_record(row) for row in session.exec(mine.order_by(order))]


_NUMBER = col(NoticeRow.number)


def verify(session: Session) -> Iterator[Fault]:
    """Recompute the mails' chain; of an altered row only that one is told."""
    before, expected = {evidence.GENESIS}, 1
    for seq in session.execute(sa.select(col(MailRow.seq)).order_by(col(MailRow.seq))).scalars():
        if seq != expected:
            yield _fault(seq, f"mails {expected} to {seq - 1} are missing")
        try:
            row = session.get_one(MailRow, seq)
            hashes = {evidence.mail_hash(row, previous) for previous in before}
            stored = row.hash
        except _UNREADABLE as error:
            yield _fault(seq, f"unreadable: {error}")
            before = set(_stored_hash(session, seq))
        else:
            if seq == expected and stored not in hashes:
                yield _fault(seq, "it was altered after it was recorded")
            before = {stored, *hashes}
        expected = seq + 1


def digests_of(session: Session, policy: str) -> set[str]:
    """The digests of the mails that were ever notices about a policy."""
    joined = select(MailRow.digest).join(NoticeRow, col(NoticeRow.mail) == col(MailRow.seq))
    return set(session.exec(joined.where(NoticeRow.policy == policy)))


def _stored_hash(session: Session, seq: int) -> list[str]:
    found = session.execute(sa.select(col(MailRow.hash)).where(col(MailRow.seq) == seq))
    return [str(value) for value in found.scalars()]


def _fault(seq: int, problem: str) -> Fault:
    return Fault(policy="", table="mail", row=str(seq), seq=None, problem=problem)


def _known(session: Session, new: NewMail) -> MailRow | None:
    same = select(MailRow).where(MailRow.digest == blobs.digest_of(new.content))
    found = session.exec(same).first()
    if found is not None or not new.letter.message_id:
        return found
    copies = select(MailRow).where(MailRow.message_id == storable(new.letter.message_id))
    return next((row for row in session.exec(copies) if _same(row.letter, new.letter)), None)


def _same(known: Letter, new: Letter) -> bool:
    return (known.sender, known.words) == (new.sender, new.words)


def _add(session: Session, new: NewMail) -> MailRow:
    newest = session.exec(select(MailRow).order_by(col(MailRow.seq).desc()).limit(1)).first()
    row = MailRow(
        seq=newest.seq + 1 if newest else 1,
        digest=blobs.put(session, new.content),
        message_id=storable(new.letter.message_id),
        at=new.at,
        origin=storable(new.origin),
        letter=new.letter,
        match=new.match,
        hash="",
    )
    row.hash = evidence.mail_hash(row, newest.hash if newest else evidence.GENESIS)
    session.add(row)
    session.flush()
    return row


def _relate(session: Session, policy: str, mail: MailRow, new: NewNotice) -> NoticeRecord:
    owner = locked(session, policy)
    row = NoticeRow(
        policy=policy,
        number=_next(session, NoticeRow, policy),
        mail=mail.seq,
        at=new.at,
        who=storable(new.who.strip()),
        what=new.what,
        why=storable(new.why.strip()),
    )
    session.add(row)
    session.flush()
    digests = evidence.notice_digests(row, mail)
    evidence.append(session, owner, new.at, "notice", str(row.number), digests)
    return _notice_record(row)


def _next(session: Session, table: type[NoticeRow | JudgementRow], policy: str) -> int:
    newest = select(sa.func.max(table.number)).where(table.policy == policy)
    return (session.exec(newest).one() or 0) + 1


def _policies(session: Session, mails: Sequence[int] | None = None) -> dict[int, tuple[str, ...]]:
    """The policies that mails are notices about now, by the mail's seq."""
    said = select(NoticeRow).order_by(col(NoticeRow.policy), _NUMBER)
    if mails is not None:
        said = said.where(col(NoticeRow.mail).in_(mails))
    now = {(row.mail, row.policy): row.what for row in session.exec(said)}
    found: dict[int, tuple[str, ...]] = {}
    for (mail, policy), what in now.items():
        if what != "withdrawn":
            found[mail] = (*found.get(mail, ()), policy)
    return found


def _record(session: Session, row: MailRow) -> MailRecord:
    return _of(row, _policies(session, [row.seq]).get(row.seq, ()))


def _of(row: MailRow, policies: tuple[str, ...]) -> MailRecord:
    return MailRecord(row.seq, row.digest, row.at, row.origin, row.letter, row.match, policies)


def _notice_record(row: NoticeRow) -> NoticeRecord:
    what = cast(Any, row.what)
    return NoticeRecord(row.policy, row.number, row.mail, row.at, row.who, what, row.why)


def _judgement_record(row: JudgementRow) -> JudgementRecord:
    return JudgementRecord(row.policy, row.number, row.change, row.at, row.notice, row.why)
