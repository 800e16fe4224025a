import dataclasses
import json
from typing import Any

import pytest
from alert_samples import HOSTILE, NOTICE, NOW, change_alert, health_alert, hostile_alert, quote
from slack_rules import problems

from notifiers.blocks import neutral, payload
from notifiers.message import compose


def body(alert: Any) -> dict[str, Any]:
    return payload(compose(alert, NOW.date()))


def shown(message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False)


def test_a_change_shows_header_findings_redline_facts_and_links() -> None:
    """The blocks say what the mail says."""
    message = body(change_alert())
    kinds = [block["type"] for block in message["blocks"]]
    assert kinds[:2] == ["header", "context"]
    assert message["blocks"][0]["text"]["text"] == (
        "[high] Lumora: notice of changes 30 → 14 days (+2 more)"
    )
    text = shown(message).replace("\u200b", "")
    assert "~thirty~*fourteen*" in text
    assert "▼ weaker protection · high · Notice of changes" in text
    assert "*Takes effect:* 13 March 2027 (in 12 days)" in text
    assert "<https://lumora.example/legal/privacy?a=1&amp;b=2|Open the policy>" in text
    assert message["text"].startswith("[high] Lumora: notice of changes 30 → 14 days")
    assert problems(message) == []


def test_a_health_alert_fits_the_same_form() -> None:
    """No findings, no divider, a note."""
    message = body(health_alert())
    assert "does not say that the policy changed" in shown(message)
    assert problems(message) == []


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_a_page_says_can_mention_link_or_format(words: str) -> None:
    """Only our own links have angle brackets; mentions and addresses are broken up."""
    message = body(hostile_alert(words))
    assert problems(message) == []
    text = shown(message)
    for trick in ("<!", "<@", "<#", "@here", "@channel", "onerror=alert(1)>", "https://evil"):
        assert trick not in text
    links = [part.split("|")[0] for part in text.split("<")[1:]]
    assert all(link.startswith("https://lumora.example/") for link in links)


def test_format_characters_of_a_page_are_shown_and_do_nothing() -> None:
    """Look-alikes stand for them, so a quote cannot strike out its own words."""
    assert neutral("*no* ~sale~ `x` _ever_ snake_case") == "∗no∗ ∼sale∼ ˋxˋ ˍeverˍ snake_case"


def test_too_many_findings_are_counted_and_linked() -> None:
    """Whole findings are left out, none is broken off."""
    long = "Some words of a clause that goes on " * 60
    finding = dataclasses.replace(NOTICE, before=quote("Old. " + long), after=quote("New. " + long))
    message = body(change_alert(*[finding] * 90))
    assert problems(message) == []
    rest = message["blocks"][-1] if "more finding" in shown(message["blocks"][-1]) else None
    rest = rest or next(b for b in message["blocks"] if "more finding" in shown(b))
    assert "|See the whole change>" in shown(rest)


@pytest.mark.parametrize("filler", ["&", "<", "word ", "x", "@a "])
def test_the_limits_hold_for_text_that_grows_when_escaped(filler: str) -> None:
    """An ampersand takes five characters, and Slack counts those."""
    long = filler * 4000
    finding = dataclasses.replace(
        NOTICE, summary=long, before=quote(long, long, long), after=quote("x" + long, long, long),
        before_value=long,
    )  # fmt: skip
    message = body(change_alert(*[finding] * 12, service=long, title=long, policy=long))
    assert problems(message) == []
