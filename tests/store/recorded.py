"""What checks learn (and get recorded), made up for the store's tests: invented companies only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from monitor.config import Policy
from monitor.mail.letter import Letter, Match
from monitor.model import (
    Alert,
    Commitment,
    Comparison,
    Edit,
    Finding,
    Part,
    Quote,
    SourceMemory,
    Validator,
    text_digest,
)
from store import (
    CheckOutcome,
    NewAction,
    NewChange,
    NewDelivery,
    NewJudgement,
    NewMail,
    NewSnapshot,
    NewVersion,
    Store,
)

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
OWNER = "daemon-1"


def policy_text(number: int) -> str:
    """A policy whose notice period and one clause depend on ``number``."""
    clauses = "\n\n".join(
        f"Clause {index}. Acme keeps records of kind {index} for {index % 90 + 1} days."
        for index in range(40)
    )
    return (
        f"# Privacy at Acme\n\nWe tell you {number} days before a change.\n\n"
        f"{clauses}\n\nRevision {number} concerns {'retention' if number % 2 else 'sharing'}.\n"
    )


def part(content: bytes, at: datetime = NOW) -> Part:
    """One answer of a server."""
    return Part(
        url="https://acme.example/privacy",
        final_url="https://www.acme.example/privacy",
        status=200,
        headers=(("content-type", "text/html"), ("set-cookie", "a=1"), ("set-cookie", "b=2")),
        media_type="text/html",
        content=content,
        fetched_at=at,
        redirects=("https://www.acme.example/privacy",),
    )


def commitment(number: int) -> Commitment:
    """The notice period that ``policy_text(number)`` promises."""
    words = f"We tell you {number} days before a change."
    start = policy_text(number).index(words)
    quote = Quote(words, "Privacy at Acme", start, start + len(words))
    return Commitment("notice_period", number, "day", "", quote)


def comparison(before: int, after: int) -> Comparison:
    """A material comparison of two revisions."""
    finding = Finding(
        category="notice",
        direction="weaker" if after < before else "stronger",
        severity="high",
        summary=f"notice of changes: {before} days -> {after} days",
        before=commitment(before).quote,
        after=commitment(after).quote,
        before_value=before,
        after_value=frozenset({"email", "website"}),
        rule="notice.period",
        confidence=0.9,
    )
    edits = (Edit("kept", (0,), (0,)), Edit("edited", (1,), (1,), "notice.period"))
    return Comparison("material", "en", (finding,), edits, "the notice period changed")


def alert(identity: str, change: str | None = None, policy: str = "acme") -> Alert:
    """What people are told."""
    return Alert(
        id=identity,
        policy=policy,
        change=change,
        verdict="material",
        summary="Acme gives less notice",
        effective=date(2026, 4, 1),
        first_seen=NOW,
        notice={"promised": 30, "given": (14, 16), "days": [date(2026, 4, 1)]},
        links={"change": "http://127.0.0.1:8377/changes/x"},
        severity="high",
        title="Acme",
    )


def first(
    policy: str = "acme", *, number: int = 1, at: datetime = NOW, **other: Any
) -> CheckOutcome:
    """The outcome of a check that made version ``number`` (with a change, if not the first)."""
    text = policy_text(number)
    snapshot = NewSnapshot(
        id=f"{policy}-snapshot-{number}",
        taken_at=at,
        state="version",
        parts=(part(f"<html>{text}</html>".encode(), at),),
    )
    version = NewVersion(
        number=number,
        snapshot=snapshot.id,
        text=text,
        text_digest=text_digest(text),
        media_type="text/markdown",
        stamp="extractor/1 engine/1 abc",
        origin="capture",
        first_seen=at,
        previous_seen_at=at - timedelta(hours=6) if number > 1 else None,
        title="Privacy at Acme",
        language="en",
        last_updated=date(2026, 2, 1),
        commitments=(commitment(number),),
    )
    change = alerts = None
    if number > 1:
        identity = f"{policy}@{number - 1}-{number}"
        change = NewChange(identity, number - 1, number, at, comparison(number - 1, number))
        told = alert(f"alert-{identity}", identity, policy)
        alerts = ((told, (NewDelivery("ops", at), NewDelivery("legal", at))),)
    outcome = CheckOutcome(
        policy=policy,
        lease_owner=OWNER,
        started_at=at,
        finished_at=at + timedelta(seconds=2),
        result="first" if number == 1 else "changed",
        memory=SourceMemory(health="ok", health_since=NOW),
        next_check_at=at + timedelta(hours=6),
        snapshot=snapshot,
        version=version,
        baseline=number,
        change=change,
        alerts=alerts or (),
        validators=(
            Validator(
                "https://acme.example/privacy", f'"{number}"', "", "0" * 64, "text/html",
                "https://www.acme.example/privacy",
            ),
        ),
    )  # fmt: skip
    return replace(outcome, **other)


def changed(number: int, policy: str = "acme", *, at: datetime = NOW, **other: Any) -> CheckOutcome:
    """The outcome of a check that found version ``number``."""
    return first(policy, number=number, at=at, **other)


def unchanged(policy: str = "acme", *, at: datetime, **other: Any) -> CheckOutcome:
    """The outcome of a check that saw the baseline's text."""
    outcome = CheckOutcome(
        policy=policy,
        lease_owner=OWNER,
        started_at=at,
        finished_at=at + timedelta(seconds=2),
        result="unchanged",
        memory=SourceMemory(health="ok", health_since=NOW),
        next_check_at=at + timedelta(hours=6),
    )
    return replace(outcome, **other)


def fill(store: Store) -> None:
    """A row in every table that is protected, and in most others."""
    hour = timedelta(hours=1)
    policy = Policy(id="acme", service="Acme", url="https://acme.example/privacy", tags=("crm",))
    store.sync_policies([policy], NOW)
    for number in (1, 2, 3):
        at = NOW + number * hour
        assert store.lease("acme", OWNER, at, hour)
        assert store.record(changed(number, "acme", at=at))
    store.record_action("acme", NewAction(NOW, "Ines", "note", "acme", "on holiday"))
    letter = Letter("notice", "it announces", sender="a@acme.example", received=NOW)
    mail = NewMail(NOW, "n.eml", b"one", letter, Match("matched", ("acme",), (), ("why",)))
    store.mail.add(mail, "Ines")
    store.mail.add(replace(mail, content=b"two", letter=replace(letter, words="w")), "Ines")
    judgement = NewJudgement(NOW, "acme@1-2", {"verdict": "consistent"}, "a mail came")
    store.mail.judge("acme", [judgement])
    store.hold_lane("ops", NOW + hour, NOW)
    store.checkpoint(NOW)
