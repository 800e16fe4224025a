import dataclasses
import re
from datetime import date, timedelta

import pytest
from alert_samples import (
    AGE,
    HOSTILE,
    NOTICE,
    NOW,
    SHARING,
    change_alert,
    health_alert,
    hostile_alert,
)

from monitor.model import Alert
from notifiers import wording
from notifiers.message import Message, compose
from notifiers.notices import notice_words
from notifiers.redlines import Piece, as_text, mark

TODAY = NOW.date()
HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200b\u200f\u202a-\u202e\u2066-\u2069]")


def texts(message: Message) -> list[str]:
    found = [message.subject, message.service, message.title, message.policy, message.lead]
    found += [message.heading, message.note, message.footer]
    for item in message.items:
        found += [item.headline, item.values, item.section, item.context]
        found += [piece.text for piece in item.pieces]
    found += [part for fact in message.facts for part in (fact.label, fact.value)]
    return found + [part for link in message.links for part in (link.label, link.url)]


def test_the_subject_says_severity_service_and_the_change_of_value() -> None:
    """A reader knows from the subject alone what was promised and what is promised now."""
    message = compose(change_alert(NOTICE), TODAY)
    assert message.subject == "[high] Lumora: notice of changes 30 -> 14 days"


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        ("Notice of changes: at least 30 days → at least 14 days (weaker)",
         "notice of changes 30 -> 14 days"),
        ("Age limit: 13 → 16 years (stronger)", "age limit 13 -> 16 years"),
        ("Time data is kept: 6 months → 2 years", "time data is kept: 6 months -> 2 years"),
        ("Answer: within 30 days → at least 30 days", "answer: within 30 days -> at least 30 days"),
        ("The policy no longer refuses to sell data (weaker)",
         "the policy no longer refuses to sell data"),
    ],
)  # fmt: skip
def test_the_subject_shortens_only_what_stays_true(summary: str, said: str) -> None:
    """Equal units and bounds are said once; different ones stay."""
    alert = change_alert(dataclasses.replace(NOTICE, summary=summary))
    assert compose(alert, TODAY).subject == f"[high] Lumora: {said}"


def test_the_subject_counts_what_it_does_not_name() -> None:
    """Further findings are announced, not hidden."""
    message = compose(change_alert(NOTICE, SHARING, AGE), TODAY)
    assert message.subject == "[high] Lumora: notice of changes 30 -> 14 days (+2 more)"


def test_a_subject_keeps_words_in_capitals() -> None:
    """Only an ordinary first letter is lowered after the colon."""
    finding = dataclasses.replace(NOTICE, summary="EU hosting is no longer promised")
    assert compose(change_alert(finding), TODAY).subject == "[high] Lumora: " + finding.summary


def test_a_long_summary_is_cut_in_the_subject_at_a_word() -> None:
    """Subjects stay readable in a list of messages."""
    finding = dataclasses.replace(NOTICE, summary="One more recipient " * 40)
    subject = compose(change_alert(finding), TODAY).subject
    assert len(subject) <= 160
    assert subject.endswith(("recipient…", "more…", "one…"))


def test_very_many_findings_are_counted_rather_than_shown() -> None:
    """Subject and lead count all of them."""
    message = compose(change_alert(*[NOTICE] * 90), TODAY)
    assert (len(message.items), message.left_out) == (30, 60)
    assert message.lead == "90 changes of meaning: 90 weaker"
    assert message.subject.endswith("(+89 more)")


@pytest.mark.parametrize(
    ("days", "words"),
    [(12, "(in 12 days)"), (1, "(in 1 day)"), (0, "(today)"), (-1, "(1 day ago)")],
)
def test_the_effective_date_comes_with_its_distance(days: int, words: str) -> None:
    """Days left are counted from the day of the message."""
    message = compose(change_alert(effective=TODAY + timedelta(days=days)), TODAY)
    assert message.facts[0].label == "Takes effect"
    assert message.facts[0].value.endswith(words)


def test_a_missing_effective_date_is_said() -> None:
    """The reader is not left to wonder."""
    assert compose(change_alert(effective=None), TODAY).facts[0].value == "no date stated"


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        ({}, ""),
        (
            {"verdict": "consistent", "promised": "30 days", "given_least_days": 31},
            "30 days; kept (31 days given)",
        ),
        (
            {"verdict": "shorter on this page", "promised": "30 days", "given_least_days": 12,
             "given_most_days": 13},
            "30 days; on this page between 12 and 13 days given: shorter than promised",
        ),
        (
            {"verdict": "shorter on this page", "promised": "30 days", "given_least_days": -5,
             "given_most_days": -4},
            "30 days; on this page none given: shorter than promised",
        ),
        (
            {"verdict": "not verifiable", "promised": "2 months"},
            "2 months; whether it was kept cannot be told from this page",
        ),
        ({"verdict": "no promise applies", "promised": ""}, "none"),
    ],
)  # fmt: skip
def test_promised_and_given_notice_are_put_side_by_side(
    notice: dict[str, object], words: str
) -> None:
    """What follows about the promise is said as carefully as it is known."""
    assert notice_words(notice) == words


def test_of_two_sets_only_the_difference_is_shown() -> None:
    """A reader need not compare two lists."""
    assert compose(change_alert(SHARING), TODAY).items[0].values == "Now also: data brokers"


def test_values_that_the_headline_says_are_not_repeated() -> None:
    """30 days -> 14 days stands in the headline already."""
    assert compose(change_alert(NOTICE), TODAY).items[0].values == ""


def test_a_bare_number_takes_its_unit_from_the_summary() -> None:
    """A value without its unit would not be a promise."""
    finding = dataclasses.replace(
        NOTICE, summary="Changes are announced 30 days ahead no longer", after_value=None
    )
    assert compose(change_alert(finding), TODAY).items[0].values == "30 days → nothing stated"


def test_quotes_are_shown_as_words_without_markup() -> None:
    """Emphasis and links of the page's Markdown would only disturb the reading."""
    item = compose(change_alert(SHARING), TODAY).items[0]
    assert item.pieces == (Piece("new", "data brokers, such as AdHarbour"),)
    assert item.context == "We share your personal data with:"


def test_the_lead_counts_directions() -> None:
    """Several findings are summed up in one line."""
    assert compose(change_alert(), TODAY).lead == "3 changes of meaning: 2 weaker, 1 stronger"


def test_a_health_alert_says_that_it_is_not_about_the_policy() -> None:
    """Nobody should take a dead link for a change."""
    message = compose(health_alert(), TODAY)
    assert message.subject.startswith("[source] Lumora: the page has not answered")
    assert message.badge == "SOURCE"
    assert "does not say that the policy changed" in message.note
    assert [fact.label for fact in message.facts] == ["Since"]


def test_a_test_alert_is_marked_as_one() -> None:
    """Nobody should take a test for a change."""
    alert = Alert("t", "test", None, None, "If you can read this, it works.", kind="test")
    message = compose(alert, TODAY)
    assert message.subject == "[test] test: if you can read this, it works."
    assert message.facts == ()


@pytest.mark.parametrize("words", HOSTILE)
def test_hidden_and_hostile_characters_reach_no_channel(words: str) -> None:
    """Controls, lone surrogates, bidirectional overrides and invisible characters are gone."""
    for text in texts(compose(hostile_alert(words), TODAY)):
        assert not HIDDEN.search(text)
        text.encode("utf-8")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "data:text/html,x", "http://", "https:evil", "file:///etc/passwd",
        "https://a.example/\"onclick=x", "https://a.example/<b>", "https://a.example/ b",
        "https://a.example/\r\nx", "https://a.example/\u202ex", "https://[broken", "x" * 3000,
    ],
)  # fmt: skip
def test_addresses_that_are_not_plain_web_links_are_left_out(url: str) -> None:
    """A link in an alert leads to a page and does nothing else."""
    assert compose(change_alert(links={"policy": url}), TODAY).links == ()


def test_an_ordinary_address_is_kept_as_it_is() -> None:
    """Query strings and ports are part of an address."""
    url = "https://lumora.example:8443/legal?id=1&lang=it#top"
    assert compose(change_alert(links={"policy": url}), TODAY).links[0].url == url


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("**We** may [share](https://a.example/(x)) it", "We may share it"),
        ("- item with `code`", "item with `code`"),
        ("## Heading", "Heading"),
        ("5 * 3 and snake_case_name stay", "5 * 3 and snake_case_name stay"),
        ("1\\. escaped \\*stars\\*", "1. escaped *stars*"),
        ("![logo](x.png) text", "logo text"),
        ("_italic_ and __bold__", "italic and bold"),
    ],
)
def test_markdown_reads_as_words(markdown: str, words: str) -> None:
    """Marks go, words stay."""
    assert wording.prose(markdown) == words


def test_a_long_clause_is_shown_around_its_change() -> None:
    """What did not change is cut away from the middle of long clauses, never what did."""
    start, end = "Nothing of this changed. " * 60, "And nothing of that did. " * 60
    pieces = mark(f"{start}thirty days {end}", f"{start}fourteen days {end}")
    text = as_text(pieces)
    assert "[-thirty-]{+fourteen+} days" in text
    assert text.startswith("…")
    assert text.endswith("…")
    assert len(text) < 600


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", ""),
        ("same words", "same words", "same words"),
        ("a b c", "a x c", "a [-b-]{+x+} c"),
        ("thirty days", "fourteen days", "[-thirty-]{+fourteen+} days"),
        ("in 30 days", "in 3 days", "in [-30-]{+3+} days"),
        ("we may", "we may not", "we may {+not+}"),
        ("not us", "us", "[-not-] us"),
        ("very very good", "very good", "very [-very-] good"),
        ("130", "30", "[-130-]{+30+}"),
        ("(30) days", "(14) days", "([-30-]{+14+}) days"),
        ("gone", "", "[-gone-]"),
        ("", "new", "{+new+}"),
    ],
)
def test_the_redline_marks_whole_words(before: str, after: str, expected: str) -> None:
    """What both sides share at their ends is not marked, and no word is broken."""
    assert as_text(mark(before, after)) == expected


def test_a_rewritten_clause_is_bounded() -> None:
    """A clause of any length makes a message of readable length."""
    before = " ".join(f"old{n} same" for n in range(5000))
    after = " ".join(f"new{n} same" for n in range(5000))
    assert sum(len(piece.text) for piece in mark(before, after)) <= 3000


def test_values_of_every_kind_have_words() -> None:
    """Truths, dates, terms and sets read as people write them."""
    assert wording.value_words(True) == "yes"
    assert wording.value_words(date(2027, 3, 1)) == "1 March 2027"
    assert wording.value_words("as_needed") == "as needed"
    assert wording.value_words(frozenset({"Norwegian law", "credit_agencies"})) == (
        "Norwegian law, credit agencies"
    )
