"""Alerts about invented companies, and words that try to do harm."""

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

from monitor.model import Alert, Finding, Quote

NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)

BEFORE = (
    "If we make material changes to this policy, we will tell you by e-mail to the **primary "
    "address** of your account at least thirty (30) days before they take effect."
)
AFTER = BEFORE.replace("thirty (30)", "fourteen (14)")

#: Each of these must come out as harmless text, in every field of every channel.
CANARY = "<img src=x onerror=alert(1)>"
HOSTILE = (
    CANARY,
    "<!channel> <@U0123ABC> <https://evil.example|click> @here @channel",
    "subject\r\nBcc: victim@evil.example\r\n\r\nbody",
    "=?utf-8?q?a=0d=0aBcc:victim@evil.example?=",
    "half a character \ud800 here",
    "gnp.exe\u202egpj\u2066 \u200f\u200b",
    "\x1b[2J\x1b]0;title\x07\x9b31m red [bold red]markup[/] \x00",
    "{{ 7 * 7 }} {% raw %} ${x} %s",
    "https://evil.example/login www.evil.example",
    "*bold* ~strike~ `code` _italic_ > quote",
)


def quote(text: str, section: str = "12 Changes to this policy", context: str = "") -> Quote:
    return Quote(text, section, 0, len(text), context)


NOTICE = Finding(
    "notice", "weaker", "high", "Notice of changes: 30 days -> 14 days",
    quote(BEFORE), quote(AFTER), 30, 14, "notice_period", 0.97,
)  # fmt: skip
SHARING = Finding(
    "sharing", "weaker", "high", "Data brokers are now among the recipients",
    None,
    quote("data brokers, such as [AdHarbour](https://adharbour.example/p)", "5 Recipients",
          "We share your personal data with:"),
    frozenset({"affiliates"}), frozenset({"affiliates", "data_brokers"}), "recipients", 0.9,
)  # fmt: skip
AGE = Finding(
    "age", "stronger", "medium", "Minimum age: 13 years -> 16 years",
    quote("Not directed to children under 13.", "9 Children"),
    quote("Not directed to children under 16.", "9 Children"),
    13, 16, "minimum_age", 0.97,
)  # fmt: skip


def change_alert(*findings: Finding, **changes: Any) -> Alert:
    """A material change of Lumora's privacy policy; without findings, the three above."""
    alert = Alert(
        id="a1b2c3",
        policy="lumora-privacy",
        change="lumora-privacy@3-4",
        verdict="material",
        summary="Notice of changes: 30 days -> 14 days (and 2 more)",
        findings=findings or (NOTICE, SHARING, AGE),
        effective=date(2027, 3, 13),
        first_seen=NOW,
        notice={
            "verdict": "shorter on this page",
            "promised": "30 days",
            "latest": "2027-02-11",
            "given_least_days": 12,
            "given_most_days": 13,
        },
        links={
            "policy": "https://lumora.example/legal/privacy?a=1&b=2",
            "change": "https://watch.example/changes/4",
        },
        severity="high",
        service="Lumora",
        title="Privacy Policy",
    )
    return dataclasses.replace(alert, **changes)


def health_alert(**changes: Any) -> Alert:
    """Lumora's page does not answer."""
    alert = Alert(
        id="d4e5f6",
        policy="lumora-privacy",
        change=None,
        verdict=None,
        summary="The page has not answered since 27 February 2027 (connection refused).",
        first_seen=NOW,
        links={"policy": "https://lumora.example/legal/privacy"},
        kind="health",
        severity="medium",
        service="Lumora",
        title="Privacy Policy",
    )
    return dataclasses.replace(alert, **changes)


def hostile_alert(words: str) -> Alert:
    """An alert with these words in every field that a stranger can write."""
    finding = dataclasses.replace(
        NOTICE,
        summary=words,
        before=quote(f"before {words}", words, words),
        after=quote(f"after {words}", words, words),
        before_value=words,
        after_value=frozenset({words}),
    )
    return change_alert(
        finding,
        dataclasses.replace(finding, before=None, before_value=None),
        id=words,
        policy=words,
        summary=words,
        service=words,
        title=words,
        notice={"verdict": "consistent", "promised": words},
        links={words: words, "policy": f"https://lumora.example/{words}", "js": "javascript:x()"},
    )
