import dataclasses
import re

import lxml.html
import pytest
from alert_samples import (
    CANARY,
    HOSTILE,
    NOTICE,
    NOW,
    change_alert,
    health_alert,
    hostile_alert,
    quote,
)

from notifiers.mail import html_body, text_body
from notifiers.message import compose

TODAY = NOW.date()


def page(alert: object) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(html_body(compose(alert, TODAY)))  # type: ignore[arg-type]


def test_the_html_marks_what_went_and_what_came_without_relying_on_colour() -> None:
    """Struck out and underlined words carry the redline; direction and severity stand in words."""
    document = page(change_alert(NOTICE))
    assert [e.text for e in document.iter("del")] == ["thirty", "30"]
    assert [e.text for e in document.iter("ins")] == ["fourteen", "14"]
    assert "line-through" in next(document.iter("del")).get("style")
    assert "underline" in next(document.iter("ins")).get("style")
    assert "▼ weaker protection · high · Notice of changes" in document.text_content()


def test_styles_are_inlined_and_the_queries_for_dark_mode_and_phones_are_kept() -> None:
    """Gmail and Outlook read style attributes; Apple Mail and phones also read the queries."""
    document = page(change_alert())
    styles = "".join(e.text for e in document.iter("style"))
    assert "prefers-color-scheme: dark" in styles
    assert "max-width: 600px" in styles
    assert all(e.get("style") for e in document.iter("td") if e.get("class"))


def test_everything_that_has_a_colour_has_a_dark_one() -> None:
    """A renamed class would silently stay bright in dark mode."""
    document = page(change_alert())
    styles = "".join(e.text for e in document.iter("style"))
    dark = set(re.findall(r"\.([a-z-]+)", styles[styles.index("prefers-color-scheme") :]))
    coloured = [
        set(e.get("class").split())
        for e in document.iter()
        if e.get("class") and "color:" in (e.get("style") or "")
    ]
    assert len(coloured) > 20
    assert [names for names in coloured if names.isdisjoint(dark | {"badge"})] == []


def test_nothing_is_loaded_from_anywhere() -> None:
    """No image, script, font or stylesheet tells a server that the mail was opened."""
    document = page(change_alert())
    assert not document.xpath("//img | //script | //link | //iframe | //object | //form")
    assert "url(" not in html_body(compose(change_alert(), TODAY))
    assert {a.get("href") for a in document.iter("a")} == set(change_alert().links.values())


@pytest.mark.parametrize("words", HOSTILE)
def test_words_from_a_page_are_only_ever_text(words: str) -> None:
    """No element, attribute or link comes out of what a stranger wrote."""
    document = page(hostile_alert(words))
    assert not document.xpath("//img | //script | //b")
    assert not [a for e in document.iter() for a in e.attrib if a.startswith("on")]
    assert all(a.get("href").startswith("https://lumora.example/") for a in document.iter("a"))


def test_the_canary_is_shown_as_the_text_it_is() -> None:
    """Escaping shows hostile words, it does not swallow them."""
    assert CANARY in page(hostile_alert(CANARY)).text_content()


def test_the_text_part_says_all_that_the_html_says() -> None:
    """Headlines, redline, facts and addresses are readable without HTML."""
    text = text_body(compose(change_alert(), TODAY))
    assert "[-thirty-]{+fourteen+} ([-30-]{+14+})" in text.replace("\n   | ", " ")
    for words in (
        "HIGH  Lumora · Privacy Policy",
        "1. Notice of changes: 30 days → 14 days",
        "▼ weaker protection · high",
        "13 March 2027 (in 12 days)",
        "See the whole change: https://watch.example/changes/4",
    ):
        assert words in text


def test_lines_of_the_text_part_fit_a_terminal() -> None:
    """Prose is wrapped; addresses stay whole."""
    lines = text_body(compose(change_alert(), TODAY)).splitlines()
    assert [line for line in lines if len(line) > 78 and "://" not in line] == []


def test_a_mail_with_very_many_long_findings_stays_under_the_size_that_gmail_clips() -> None:
    """What is left out is counted."""
    old = " ".join(f"old{n} same words here" for n in range(400))
    new = " ".join(f"new{n} same words here" for n in range(400))
    finding = dataclasses.replace(NOTICE, before=quote(old), after=quote(new))
    html = html_body(compose(change_alert(*[finding] * 80), TODAY))
    assert len(html.encode()) < 102_000
    assert re.search(r"… and \d+ more\.", html)


def test_a_health_mail_has_its_summary_and_no_finding() -> None:
    """The same template serves alerts about a source."""
    document = page(health_alert())
    assert "has not answered since 27 February 2027" in document.text_content()
    assert not document.xpath("//h2")
