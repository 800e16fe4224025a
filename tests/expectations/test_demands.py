"""What config.toml can demand, and what a text says to it."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.comparison import as_document
from monitor.expectations import KEYS, KINDS, Expectation, Mention, assess, read, read_mention
from monitor.expectations.declared import Expected
from monitor.model import COMMITMENT_KINDS, Assessment

NOTICE = "We write to you by e-mail at least {} before we change this notice."
SELLING = "We never sell your personal data."
OFFERS = "We sell your personal data to partners unless you opt out."
KEEPING = "We keep your orders for ten years. Backups are deleted after 60 days."
TOLD = "We share your data with our hosting providers and with Meta Platforms, Inc."
REFUSED = "We do not share your personal data with advertisers."
PLACES = "Your data are stored in Ireland and transferred to the United States."
MECHANISM = "These transfers rely on the standard contractual clauses."
ARBITRATION = "Any dispute will be resolved by binding arbitration."
OTHER = "The garden is open every day from nine to five."


def said(key: str, value: Any, *sentences: str) -> list[Assessment]:
    """What a notice of these sentences says to a key."""
    text = "# Privacy notice of Fernhill\n\n" + "\n\n".join(sentences) + "\n"
    document = as_document(text)
    assessed = assess(document, [Expectation(demand) for demand in read(KEYS[key], value)])
    for assessment in assessed:
        for quote in assessment.quotes:
            assert text[quote.start : quote.end] == quote.text
    return list(assessed)


@pytest.mark.parametrize(
    ("key", "value", "sentence", "standing"),
    [
        ("notice_days", ">= 30", NOTICE.format("30 days"), "met"),
        ("notice_days", ">= 30", NOTICE.format("14 days"), "contrary"),
        ("notice_days", ">= 30", NOTICE.format("one month"), "contrary"),
        ("notice_days", ">= 28", NOTICE.format("one month"), "met"),
        ("notice_period", ">= 1 month", NOTICE.format("one month"), "met"),
        ("notice_days", ">= 30", "We may change this notice from time to time.", "not found"),
        ("notice_days", ">= 30", OTHER, "silent"),
        ("notice_days", ">= 30 or silent", OTHER, "met"),
        ("notice_days", ">= 14 and <= 60", NOTICE.format("30 days"), "met"),
        ("notice_channel", ["email"], NOTICE.format("30 days"), "met"),
        ("minimum_age", ">= 16", "You must be at least 16 years old.", "met"),
        ("minimum_age", 18, "You must be at least 16 years old.", "contrary"),
        ("sale", "never", SELLING, "met"),
        ("sale", "never", OFFERS, "contrary"),
        ("sale", ["never", "opt_out"], OFFERS, "met"),
        ("sale", "not may", OFFERS, "met"),
        ("sale", "never", OTHER, "silent"),
        ("retention", "not indefinite", KEEPING, "met"),
        ("retention", "not indefinite", "We keep your personal data indefinitely.", "contrary"),
        ("retention_days", "<= 90", "We keep your personal data indefinitely.", "contrary"),
        ("retention_days", "<= 90", "We keep your data as long as needed.", "not found"),
        ("breach_hours", "<= 72", "We notify you of a data breach within 72 hours.", "met"),
        ("breach_notice", "<= 3 days", "We notify you of a data breach within 72 hours.", "met"),
        ("breach_hours", "<= 48", "We notify you of a data breach within 72 hours.", "contrary"),
        ("transfer_mechanism", ["SCC", "adequacy"], MECHANISM, "met"),
        ("transfer_mechanism", {"all": ["SCC", "adequacy"]}, MECHANISM, "not found"),
        ("transfer_places", {"only": ["EEA"]}, "Your data are stored in Ireland.", "met"),
        ("transfer_places", {"only": ["EEA"]}, PLACES, "contrary"),
        ("transfer_places", {"none": ["China"]}, PLACES, "met"),
        ("recipients", {"none": ["advertisers"]}, TOLD, "met"),
        ("recipients", {"none": ["Meta Platforms"]}, TOLD, "contrary"),
        ("recipients", {"any": ["advertisers"]}, REFUSED, "contrary"),
        ("arbitration", False, OTHER, "met"),
        ("arbitration", False, ARBITRATION, "contrary"),
        ("arbitration", True, OTHER, "silent"),
        ("dpo", True, "Our data protection officer is privacy@fernhill.example.", "met"),
        ("dpo", ["Falk"], "Our data protection officer is privacy@fernhill.example.", "contrary"),
        ("last_updated", ">= 2025-01-01", "Last updated: 3 March 2026", "met"),
        ("last_updated", ">= 2026-04-01", "Last updated: 3 March 2026", "contrary"),
    ],
)
def test_a_text_meets_a_demand_or_falls_short(
    key: str, value: Any, sentence: str, standing: str
) -> None:
    """Silence, "not found" and "found but contrary" are three things."""
    [assessment] = said(key, value, sentence)
    assert assessment.standing == standing, assessment.summary
    if assessment.standing == "contrary":
        assert assessment.quotes
    if assessment.standing in ("silent", "not found") and not assessment.value:
        assert "not found in this text" in assessment.summary


def test_scopes_are_held_apart() -> None:
    """Backups have a bound of their own; "*" is every other statement."""
    backups, others = said("retention_days", {"backups": "<= 90", "*": "<= 365"}, KEEPING)
    assert (backups.name, backups.standing) == ("retention[backups]", "met")
    assert (others.name, others.standing) == ("retention[*]", "contrary")
    assert "10 years (transaction data)" in others.summary
    assert "60 days" not in others.summary


def test_without_a_scope_it_is_about_the_document_itself() -> None:
    """A shorter notice of prices says nothing about changes of the policy."""
    prices = "We announce price changes 14 days in advance."
    [assessment] = said("notice_days", ">= 30", NOTICE.format("30 days"), prices)
    assert assessment.standing == "met"
    [scoped] = said("notice_days", {"price": ">= 30"}, NOTICE.format("30 days"), prices)
    assert (scoped.standing, scoped.value) == ("contrary", 14)


def test_a_month_is_shown_as_what_it_can_be() -> None:
    """Whoever reads why one month is not 30 days sees the arithmetic."""
    [assessment] = said("notice_days", ">= 30", NOTICE.format("one month"))
    assert "1 month, which is 28 to 31 days" in assessment.summary
    assert "expected at least 30 days" in assessment.summary


def test_absence_is_never_called_more_than_absence() -> None:
    """Not a word about compliance: the text is all that was looked at."""
    for assessment in said("rights", {"all": ["access", "erasure"]}, OTHER):
        assert "not found in this text" in assessment.summary
        assert "complian" not in assessment.summary


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("notice_days", "soon", "no comparison"),
        ("notice_days", True, "no comparison"),
        ("minimum_age", ">= 3 days", "no age"),
        ("sale", "nevr", "none of never, opt_out, consent, may"),
        ("sale", ["never", "not may"], 'mixes words with "not"'),
        ("rights", ["acess"], 'did you mean "access"'),
        ("rights", [], "no list of terms"),
        ("rights", {"some": ["access"]}, "takes any, all, none, only"),
        ("arbitration", "no", "neither true nor false"),
        ("governing_law", 3, "no text"),
        ("last_updated", "within a year", "no date"),
        ("last_updated", ">= 2025-02-30", "no date"),
        ("retention_days", {}, "is empty"),
        ("retention_days", {"": "<= 3"}, "empty scope"),
    ],
)
def test_a_value_that_demands_nothing_is_refused(key: str, value: Any, told: str) -> None:
    """With words that say what to write instead."""
    with pytest.raises(ValueError, match=told):
        read(KEYS[key], value)


def test_every_kind_of_commitment_can_be_demanded() -> None:
    """The table of kinds is complete, and config.toml has a key for each."""
    assert set(KINDS) == set(COMMITMENT_KINDS)
    fields = set(Expected.model_fields) - {"preset", "severity", "must_mention", "must_not_mention"}
    assert fields == set(KEYS)


@pytest.mark.parametrize(
    ("entry", "wanted", "standing"),
    [
        ("hosting providers", True, "met"),
        ("Hosting  Providers", True, "met"),
        ("host", True, "not found"),
        ("blue moon", False, "met"),
        ("Meta Platforms", False, "contrary"),
        ("recipients:hosting providers", True, "met"),
        ("recipients:advertisers", True, "contrary"),
        ("recipients:advertisers", False, "met"),
        ("recipients:*", True, "met"),
        ("rights:portability", True, "silent"),
        ("category:sharing", True, "met"),
        ("category:dispute", True, "silent"),
    ],
)
def test_phrases_and_elements_are_mentioned_or_not(entry: str, wanted: bool, standing: str) -> None:
    """A phrase stands between word borders; an element is recognised whatever the words."""
    document = as_document(f"# Privacy\n\n{TOLD}\n\n{REFUSED}\n")
    [assessment] = assess(document, [Expectation(Mention(read_mention(entry), wanted))])
    assert assessment.standing == standing, assessment.summary


@pytest.mark.parametrize("entry", ["right:portability", "rights:portabilty", "category:x", " "])
def test_a_misspelt_element_is_no_phrase(entry: str) -> None:
    """It would never be found, and nobody would know why."""
    with pytest.raises(ValueError, match=r"did you mean|there are|remove it"):
        read_mention(entry)
