"""Vendors' mails: kept with their bytes, once, and part of what `verify` vouches for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.errors import StoreError
from monitor.mail.letter import Claim, LastDay, Letter, Match
from store import NewJudgement, NewMail, NewNotice, Store
from tests.store.behind import tamper
from tests.store.recorded import NOW, OWNER, changed, first

LETTER = Letter(
    "notice",
    "it announces a change of the privacy policy",
    sender="legal@acme.example",
    subject="Privacy Policy update",
    message_id="n1@acme.example",
    received=datetime(2026, 2, 1, 9, tzinfo=UTC),
    basis="received",
    about=("privacy",),
    effective=date(2026, 3, 3),
    days=(date(2026, 3, 3),),
    deadlines=(LastDay("termination", date(2026, 3, 2), "You can leave until 2 March."),),
    claims=(Claim("dkim", "pass", "acme.example", "mx.ours.example"),),
    words="a" * 64,
)
MINE = Match("matched", ("acme",), (), ("the sender's domain acme.example is of acme",))
NOBODYS = Match("unmatched", (), (), ("the sender is not known",))
NEW = NewMail(NOW, "notice.eml", b"From: legal@acme.example\r\n\r\nhello", LETTER, MINE)


def test_a_mail_comes_back_as_it_was_read_with_its_bytes(store: Store) -> None:
    """Letter, match and bytes; the policy's chain has an entry of it."""
    record, is_new = store.mail.add(NEW, "Ines")
    assert is_new
    assert (record.letter, record.match, record.policies) == (LETTER, MINE, ("acme",))
    assert store.mail.content(record) == NEW.content
    assert store.mail.all() == store.mail.all("acme") == [record]
    assert store.mail.all("borealis") == []
    assert store.mail.find(record.key[:6]) == record
    said = store.mail.notices("acme")
    assert [(n.what, n.who, n.mail) for n in said] == [("matched", "Ines", record.seq)]
    assert [(e.kind, e.subject) for e in store.evidence("acme")] == [("notice", "1")]
    assert store.verify() == []


def test_a_mail_is_kept_once(store: Store) -> None:
    """The same bytes; or the same Message-ID, sender and words by another way."""
    kept, _ = store.mail.add(NEW, "Ines")
    again = store.mail.add(NEW, "Ines")
    copy = store.mail.add(replace(NEW, content=b"Received: by x\r\n" + NEW.content), "Ines")
    assert (again, copy) == ((kept, False), (kept, False))
    other = replace(NEW, content=b"other", letter=replace(LETTER, words="b" * 64))
    assert store.mail.add(other, "Ines")[1]
    assert len(store.mail.all()) == 2


def test_a_message_id_is_no_proof_of_being_the_same(store: Store) -> None:
    """A forger who sends another text under a known Message-ID first does not keep the real one
    out.
    """
    forged = replace(NEW, content=b"forged", letter=replace(LETTER, sender="x@evil.example"))
    store.mail.add(replace(forged, match=NOBODYS), "Ines")
    assert store.mail.add(NEW, "Ines")[1]


def test_people_say_whose_a_mail_is_and_take_it_back(store: Store) -> None:
    """Each is a row and an entry; the newest holds."""
    mail, _ = store.mail.add(replace(NEW, match=NOBODYS), "Ines")
    assert mail.state == "unmatched"
    store.mail.relate("acme", NewNotice(NOW, mail.seq, "Ines", "assigned", "it is theirs"))
    assert store.mail.find(mail.digest).state == "matched"
    with pytest.raises(StoreError, match="is a notice about acme now"):
        store.mail.relate("acme", NewNotice(NOW, mail.seq, "Ines", "assigned"))
    store.mail.relate("acme", NewNotice(NOW, mail.seq, "Jo", "withdrawn", "a forgery"))
    with pytest.raises(StoreError, match="is not a notice about acme now"):
        store.mail.relate("acme", NewNotice(NOW, mail.seq, "Jo", "withdrawn"))
    assert store.mail.find(mail.digest).policies == ()
    assert [n.what for n in store.mail.notices("acme")] == ["assigned", "withdrawn"]
    assert store.verify() == []
    with pytest.raises(StoreError, match="no mail 7"):
        store.mail.relate("acme", NewNotice(NOW, 7, "Jo", "assigned"))
    with pytest.raises(StoreError, match="nobody"):
        store.mail.relate("nobody", NewNotice(NOW, mail.seq, "Jo", "assigned"))


def test_a_key_must_say_which_mail(store: Store) -> None:
    """Too short, of none, with what a pattern would take for any."""
    store.mail.add(NEW, "Ines")
    for key in ("", "0", "zzzz", "%%%%", "____"):
        with pytest.raises(StoreError, match="no mail begins"):
            store.mail.find(key)


def judged(store: Store) -> None:
    """A change, a mail about it, and a judgement made anew."""
    for outcome in (first(), changed(2)):
        assert store.lease("acme", OWNER, NOW, timedelta(minutes=5))
        assert store.record(outcome)
    store.mail.add(NEW, "Ines")
    store.mail.add(replace(NEW, content=b"two", letter=replace(LETTER, words="b" * 64)), "Ines")
    told = {"verdict": "consistent", "given_least_days": 30}
    store.mail.judge("acme", [NewJudgement(NOW, "acme@1-2", told, "a mail was imported")])


def test_a_judgement_made_anew_stands_beside_what_was_decided_before(store: Store) -> None:
    """It is a row of its own, with its entry."""
    judged(store)
    [judgement] = store.mail.judgements("acme")
    assert (judgement.change, judgement.notice["verdict"]) == ("acme@1-2", "consistent")
    assert store.evidence("acme")[-1].kind == "judgement"
    assert store.verify() == []


ALTERED = [
    ("UPDATE mail SET message_id = 'x' WHERE seq = 1", "mail", "1"),
    ("UPDATE mail SET at = '2020-01-01 00:00:00.000000' WHERE seq = 1", "mail", "1"),
    ("UPDATE mail SET origin = 'elsewhere' WHERE seq = 1", "mail", "1"),
    ("UPDATE mail SET letter = replace(letter, '2026-03-03', '2026-04-03') WHERE seq = 1",
     "mail", "1"),
    ("UPDATE mail SET letter = 'x' WHERE seq = 1", "mail", "1"),
    ("UPDATE mail SET match = replace(match, 'sender', 'link') WHERE seq = 1", "mail", "1"),
    ("UPDATE mail SET hash = zeroblob(32) WHERE seq = 1", "mail", "1"),
    ("DELETE FROM mail WHERE seq = 1", "mail", "2"),
    ("UPDATE notice SET why = 'because' WHERE number = 1", "notice", "1"),
    ("UPDATE notice SET who = 'Mallory' WHERE number = 1", "notice", "1"),
    ("UPDATE notice SET what = 'assigned' WHERE number = 1", "notice", "1"),
    ("UPDATE notice SET mail = 2 WHERE number = 1", "notice", "1"),
    ("UPDATE notice SET at = '2020-01-01 00:00:00.000000' WHERE number = 1", "notice", "1"),
    ("DELETE FROM notice WHERE number = 1", "notice", "1"),
    ("UPDATE judgement SET notice = replace(notice, 'consistent', 'shorter') ", "judgement", "1"),
    ("UPDATE judgement SET why = 'because'", "judgement", "1"),
    ("UPDATE judgement SET at = '2020-01-01 00:00:00.000000'", "judgement", "1"),
    ("DELETE FROM judgement", "judgement", "1"),
    ("UPDATE blob SET data = zeroblob(9) WHERE digest = (SELECT digest FROM mail WHERE seq = 1)",
     "blob", ""),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "table", "row"), ALTERED, ids=[a[0][:45] for a in ALTERED])
def test_what_was_altered_is_found_and_located(
    store: Store, statement: str, table: str, row: str
) -> None:
    """Any column of any of the three tables, a row taken out, and the mail's own bytes."""
    judged(store)
    tamper(store, statement)
    faults = store.verify()
    assert any(f.table == table and (not row or f.row == row) for f in faults), faults


def test_a_policy_by_itself_shows_an_altered_notice(store: Store) -> None:
    """Also where the mail it stands on was altered, or its bytes."""
    judged(store)
    assert store.verify("acme") == []
    tamper(
        store,
        "UPDATE mail SET origin = 'elsewhere' WHERE seq = 1",
        "UPDATE blob SET data = zeroblob(9) WHERE size = 3",
    )
    assert {(f.table, f.row) for f in store.verify("acme") if f.table != "blob"} == {
        ("notice", "1")
    }
    assert [f.table for f in store.verify("acme")].count("blob") == 1
