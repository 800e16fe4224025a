"""An alert about expectations as people read it, in every channel."""

from __future__ import annotations

import dataclasses
import json

import pytest
from alert_samples import HOSTILE, NOW
from rich.console import Console

from monitor.model import Alert, Assessment, Finding, Quote, Standing, to_json
from notifiers.blocks import payload
from notifiers.console import render
from notifiers.mail import html_body, text_body
from notifiers.message import compose

WORDS = "We tell you of changes 14 days ahead."


def assessment(standing: Standing, summary: str, words: str = WORDS) -> Assessment:
    quotes = () if standing == "silent" else (Quote(words, "Changes", 10, 47),)
    return Assessment(
        "gdpr-art13/complaint", "d1", "the right to complain", "rights", standing,
        "high" if standing == "contrary" else "medium", summary, quotes, None, "Art. 13(2)(d)",
    )  # fmt: skip


def alert(*assessments: Assessment) -> Alert:
    findings = tuple(
        Finding(
            a.category, "neutral", a.severity, a.summary, None,
            a.quotes[0] if a.quotes and a.standing != "not found" else None,
            None, None, f"expect:{a.name}", 1.0,
        )
        for a in assessments
    )  # fmt: skip
    return Alert(
        id="e1",
        policy="lumora-privacy",
        change=None,
        verdict=None,
        summary="3 expectations are not met by this text; 1 expectation is met again",
        findings=findings,
        first_seen=NOW,
        links={"policy": "https://lumora.example/legal/privacy"},
        kind="expectation",
        severity="high",
        service="Lumora",
        title="Privacy Policy",
        expectations=assessments,
    )


FOUR = alert(
    assessment("contrary", "Notice of changes: 14 days; expected at least 30 days"),
    assessment("not found", "The right to complain: not found in this text"),
    assessment("silent", "Sale: not found in this text, which is silent on it"),
    assessment("met", "Minimum age: 16 years, as expected"),
)


def test_each_expectation_says_how_the_text_stands_to_it() -> None:
    """Contrary, not found, silent and met are told apart, in words and with a sign."""
    message = compose(FOUR, NOW.date())
    assert [item.word for item in message.items] == ["contrary", "not found", "silent", "met"]
    assert [item.effect for item in message.items] == [
        "✗ the text says otherwise · Art. 13(2)(d)",
        "✗ not found in this text · Art. 13(2)(d)",
        "✗ this text is silent on it · Art. 13(2)(d)",
        "✓ met now · Art. 13(2)(d)",
    ]
    assert message.subject.startswith("[high] Lumora: notice of changes: 14 days; expected")
    assert message.lead.startswith("3 expectations are not met")
    assert "about this text alone" in message.note


def test_only_words_that_prove_something_are_quoted() -> None:
    """They are no insertion."""
    items = compose(FOUR, NOW.date()).items
    assert [[(p.op, p.text) for p in item.pieces] for item in items] == [
        [("same", WORDS)], [], [], [("same", WORDS)],
    ]  # fmt: skip


def test_every_channel_shows_it_without_calling_it_a_change() -> None:
    """No redline, no direction of protection, never a legal conclusion."""
    message = compose(FOUR, NOW.date())
    console = Console(width=80, color_system=None, record=True, file=None)
    with console.capture() as shown:
        console.print(render(message, console))
    bodies = [shown.get(), text_body(message), html_body(message), json.dumps(payload(message))]
    for body in bodies:
        assert "expected at least 30 days" in body
        assert "not found" in body
        assert "protection" not in body
        assert "[-gone-]" not in body
        assert "<ins>" not in body
        assert "complian" not in body


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(words: str) -> None:
    """A quote, a summary and a source from anywhere are escaped as everywhere."""
    hostile = dataclasses.replace(assessment("contrary", words, words), source=words, name=words)
    message = compose(alert(hostile), NOW.date())
    html = html_body(message)
    assert "<script" not in html
    assert "<img" not in html
    assert "\x1b" not in text_body(message) + html + json.dumps(payload(message))
    assert "\n" not in message.items[0].effect


def test_the_body_of_a_webhook_carries_expectations_beside_findings() -> None:
    """Machines read standing and source; the findings have the fields they always have."""
    body = to_json(FOUR)
    assert [e["standing"] for e in body["expectations"]] == [
        "contrary", "not found", "silent", "met",
    ]  # fmt: skip
    assert body["expectations"][0]["source"] == "Art. 13(2)(d)"
    assert len(body["findings"]) == 4
    assert body["kind"] == "expectation"
