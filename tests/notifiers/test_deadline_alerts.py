"""A reminder as people read it, in every channel."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import Any

import pytest
from alert_samples import HOSTILE, NOTICE, NOW, change_alert
from rich.console import Console

from monitor.model import Alert, to_json
from notifiers.blocks import payload
from notifiers.console import render
from notifiers.mail import html_body, text_body
from notifiers.message import compose
from notifiers.webhook import body_of

UNTIL = date(2026, 4, 14)
OBJECT: dict[str, Any] = {
    "kind": "objection",
    "until": "2026-04-14",
    "source": "contract",
    "counted": "30 days from 2026-03-15 (when the page showed it) end on 2026-04-14.",
    "start": "2026-03-15",
    "cite": "MSA 2025-3, section 7.2",
    "names": ["Birch Analytics Inc."],
    "also": [
        {"until": "2026-05-14", "source": "policy", "counted": "60 days from 2026-03-15.",
         "start": "2026-03-15", "cite": ""},
    ],
}  # fmt: skip
EFFECT = {"kind": "effect", "until": "2026-04-14", "source": "page", "counted": "The page says so."}


def reminder(*deadlines: dict[str, Any], **changes: Any) -> Alert:
    alert = Alert(
        id="d1",
        policy="synthia-list",
        change="synthia-list@3-4",
        verdict=None,
        summary="30 days from 2026-03-15 end on 2026-04-14.",
        findings=(NOTICE,),
        first_seen=NOW,
        links={"policy": "https://synthia.example/list"},
        kind="deadline",
        severity="high",
        service="Synthia",
        title="Sub-processors",
        deadlines=deadlines or (OBJECT,),
    )
    return dataclasses.replace(alert, **changes)


@pytest.mark.parametrize(
    ("kind", "today", "subject"),
    [
        ("objection", 7, "[deadline] Synthia: 7 days left to object (until 2026-04-14)"),
        ("objection", 13, "[deadline] Synthia: 1 day left to object (until 2026-04-14)"),
        ("objection", 14, "[deadline] Synthia: last day to object (2026-04-14)"),
        ("objection", 16, "[deadline] Synthia: the time to object ended 2 days ago (2026-04-14)"),
        (
            "termination",
            7,
            "[deadline] Synthia: 7 days left to end the contract (until 2026-04-14)",
        ),
        ("effect", 7, "[deadline] Synthia: takes effect in 7 days (2026-04-14)"),
        ("effect", 14, "[deadline] Synthia: takes effect today (2026-04-14)"),
        ("effect", 15, "[deadline] Synthia: took effect 1 day ago (2026-04-14)"),
    ],
)
def test_the_subject_counts_down_to_the_day_it_is_sent(kind: str, today: int, subject: str) -> None:
    """A delivery that was held up says how many days are left now."""
    days = {7: date(2026, 4, 7), 13: date(2026, 4, 13), 14: UNTIL, 15: date(2026, 4, 15)}
    message = compose(reminder({**OBJECT, "kind": kind}), days.get(today, date(2026, 4, 16)))
    assert message.subject == subject


def test_the_mail_says_what_and_why() -> None:
    """Who is objected to, how the day was counted, by what right, and what else was counted."""
    message = compose(reminder(OBJECT, EFFECT), date(2026, 4, 7))
    text = " ".join(text_body(message).split())
    for words in (
        "DEADLINE",
        "7 days left to object (until 2026-04-14): Birch Analytics Inc.; takes effect in 7 days",
        "Object until: 14 April 2026 (in 7 days)",
        "Counted: By the contract: 30 days from 2026-03-15",
        "Source: MSA 2025-3, section 7.2",
        "Also: By the policy: 60 days from 2026-03-15.",
        "it is not legal advice",
    ):
        assert words in text, words
    assert "[-" not in text, "a reminder repeats no redline"
    assert "badge-deadline" in html_body(message)


def test_the_team_s_day_may_begin_before_that_of_utc() -> None:
    """Raised in Rome half an hour after midnight: 7 days are left there, whatever UTC says."""
    raised = {**OBJECT, "as_of": "2026-04-07"}
    assert "7 days left" in compose(reminder(raised), date(2026, 4, 6)).subject
    assert "6 days left" in compose(reminder(raised), date(2026, 4, 8)).subject


def test_every_channel_shows_it() -> None:
    """Slack, the console and the webhook."""
    message = compose(reminder(), date(2026, 4, 7))
    assert "7 days left to object" in json.dumps(payload(message))
    console = Console(width=80)
    with console.capture() as printed:
        console.print(render(message, console))
    assert "MSA 2025-3, section 7.2" in printed.get()
    body = json.loads(body_of(reminder()))
    assert body["deadlines"] == [to_json(OBJECT)]
    assert body["kind"] == "deadline"


def test_the_alert_of_a_change_says_until_when_one_may_act() -> None:
    """Beside the notice that was promised."""
    message = compose(change_alert(deadlines=(OBJECT, EFFECT)), date(2026, 3, 15))
    facts = {fact.label: fact.value for fact in message.facts}
    assert facts["Object until"] == (
        "14 April 2026 (in 30 days). By the contract: 30 days from 2026-03-15 (when the page "
        "showed it) end on 2026-04-14."
    )


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(words: str) -> None:
    """In the names, the sentence cited and the arithmetic."""
    hostile = {**OBJECT, "names": [words], "cite": words, "counted": words}
    message = compose(reminder(hostile), date(2026, 4, 7))
    html = html_body(message)
    assert "<img" not in html
    assert "<!channel>" not in json.dumps(payload(message))
    assert "\x1b" not in text_body(message)
    assert "\n" not in message.subject


def test_a_deadline_without_a_day_breaks_nothing() -> None:
    """Stored by another version."""
    message = compose(reminder({"kind": "objection"}), UNTIL)
    assert message.subject.startswith("[deadline] Synthia")
