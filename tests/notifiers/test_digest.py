"""Several alerts as one message: what it says, in every channel that can, within every limit."""

import dataclasses
import json
import re

import lxml.html
import pytest
from alert_samples import HOSTILE, NOTICE, NOW, change_alert, health_alert, hostile_alert
from slack_rules import problems

from monitor.model import Alert
from notifiers.base import Delivery, Digest
from notifiers.blocks import digest_payload
from notifiers.digest import DigestMessage, compose_digest
from notifiers.email import digest_mail, parse_address
from notifiers.mail import digest_html, digest_text

TODAY = NOW.date()


def digest(*alerts: Alert) -> DigestMessage:
    deliveries = [Delivery(f"{n}.c", alert, NOW) for n, alert in enumerate(alerts)]
    return compose_digest(deliveries, TODAY)


def low(**changes: object) -> Alert:
    finding = dataclasses.replace(NOTICE, severity="low", summary="Wording of notice")
    return change_alert(finding, severity="low", verdict="minor", **changes)


def test_the_gravest_come_first_and_are_counted() -> None:
    """The subject says how many of what, and whose."""
    made = digest(low(), health_alert(service="Acme"), change_alert())
    assert [entry.tone for entry in made.entries] == ["high", "low", "source"]
    assert made.subject == "[digest] 3 alerts (1 high, 1 low, 1 about sources): Lumora, Acme"


def test_the_mail_has_contents_and_then_each_alert() -> None:
    """The list names each in a line; below stand the redlines and the links."""
    made = digest(low(), change_alert())
    document = lxml.html.document_fromstring(digest_html(made))
    entries = [e.text_content() for e in document.iter("td") if e.get("class") == "entry"]
    assert len(entries) == 2
    assert "Notice of changes: 30 days → 14 days (+2 more)" in entries[0]
    assert "thirty" in [e.text for e in document.iter("del")]
    assert "https://watch.example/changes/4" in [a.get("href") for a in document.iter("a")]
    plain = digest_text(made)
    assert plain.index("  2. [LOW]") < plain.index("=" * 76)
    assert "[-thirty-]" in plain


def test_a_large_digest_stays_under_the_size_at_which_gmail_cuts() -> None:
    """A hundred alerts are all in the contents; what does not fit below is said to be left out."""
    html = digest_html(digest(*[change_alert(id=str(n)) for n in range(100)]))
    assert len(html.encode()) < 100_000
    document = lxml.html.document_fromstring(html)
    assert sum(e.get("class") == "entry" for e in document.iter("td")) == 100
    assert "only listed above" in document.text_content()


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_a_page_says_comes_to_life(words: str) -> None:
    """In HTML, in headers and in Slack."""
    made = digest(hostile_alert(words), change_alert())
    document = lxml.html.document_fromstring(digest_html(made))
    assert not list(document.iter("img", "script"))
    assert problems(digest_payload(made)) == []
    for trick in ("<!", "<@", "<#", "@here", "https://evil"):
        assert trick not in json.dumps(digest_payload(made), ensure_ascii=False)
    sender = parse_address("watch@example.com", "from")
    deliveries = (Delivery("a", hostile_alert(words), NOW), Delivery("b", change_alert(), NOW))
    message = digest_mail(Digest("digest.x", deliveries, NOW), sender, [sender])
    assert "Bcc" not in message
    assert re.fullmatch(r"[^\r\n]+", str(message["Subject"]))


def test_slack_gets_a_line_and_a_link_for_each_within_its_limits() -> None:
    """What does not fit is counted."""
    body = digest_payload(digest(*[change_alert(id=str(n)) for n in range(90)]))
    assert problems(body) == []
    shown = json.dumps(body, ensure_ascii=False)
    assert "<https://watch.example/changes/4|See the whole change>" in shown
    lines = sum("LUMORA" in json.dumps(b).upper() for b in body["blocks"][3:])
    assert f"… and {90 - lines} more alerts" in shown


def test_why_an_alert_comes_again_is_said_in_subject_and_lead() -> None:
    """An escalation and the end of a snooze are told apart from the first telling."""
    for purpose, subject, lead in (
        ("escalation", "[high, escalated] Lumora", "nobody has acknowledged"),
        ("snoozed", "[high, still open] Lumora", "Snoozed until now"),
    ):
        (entry,) = compose_digest([Delivery("k", change_alert(), NOW, purpose)], TODAY).entries  # type: ignore[arg-type]
        assert entry.subject.startswith(subject)
        assert lead in entry.lead


def test_a_reminder_is_listed_with_the_days_that_are_left() -> None:
    """What it was about stands below; the contents say until when."""
    deadline = {"kind": "objection", "until": "2027-03-08", "source": "page", "counted": "So."}
    made = digest(change_alert(NOTICE, kind="deadline", deadlines=(deadline,)))
    assert made.entries[0].said == "7 days left to object (until 2027-03-08)"
