"""Polarity, modality, periods, ages and dates in five languages."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.commitments import classify, find_commitments
from monitor.lexicon import guess_language, languages, load


@pytest.mark.parametrize(
    ("language", "text", "word", "negated"),
    [
        ("en", "We do not sell your data.", "sell", True),
        ("en", "We never share it with advertisers.", "advertisers", True),
        ("en", "We do not only sell data.", "sell", False),
        ("en", "We do not sell data, but we share it.", "share", False),
        ("en", "We share nothing except with processors.", "processors", False),
        ("en", "We share it. We do not sell it.", "share", False),
        ("en", "We will never fail to notify you.", "notify", False),
        ("it", "Non vendiamo i tuoi dati.", "vendiamo", True),
        ("it", "Vendiamo non solo prodotti.", "prodotti", False),
        ("fr", "Nous ne vendons pas vos données.", "vendons", True),
        ("fr", "Vos données ne sont conservées que trois ans.", "conservées", False),
        ("de", "Wir verkaufen Ihre Daten nicht.", "verkaufen", True),
        ("de", "Wir geben keine Daten an Partner weiter.", "Partner", True),
        ("de", "Wir speichern Daten, geben sie aber nicht weiter.", "speichern", False),
        ("es", "No vendemos sus datos.", "vendemos", True),
        ("es", "No solo vendemos muebles.", "vendemos", False),
    ],
)
def test_a_negation_reaches_what_it_denies_and_no_further(
    language: str, text: str, word: str, negated: bool
) -> None:
    """Scope ends at but, except, the end of the sentence; "not only" denies nothing."""
    start = text.index(word)
    assert load(language).negated(text, start, start + len(word)) is negated


@pytest.mark.parametrize(
    ("text", "word", "modality"),
    [
        ("We will delete your data.", "delete", "will"),
        ("We may delete your data.", "delete", "may"),
        ("You must keep it secret.", "keep", "must"),
        ("You can delete your data.", "delete", "can"),
        ("We do not delete data.", "delete", "not"),
        ("We delete data.", "delete", ""),
    ],
)
def test_the_nearest_modal_says_how_firm_a_promise_is(text: str, word: str, modality: str) -> None:
    """will, may, must, can; not when denied; nothing when plain."""
    start = text.index(word)
    assert load("en").modality(text, start, start + len(word)) == modality


@pytest.mark.parametrize(
    ("language", "text", "periods"),
    [
        (
            "en",
            "at least thirty (30) days, 10 business days",
            [(30, "day", "at least"), (10, "business_day", "")],
        ),
        (
            "en",
            "up to 24 months; within a month; 2 weeks",
            [(24, "month", "at most"), (1, "month", "within"), (14, "day", "")],
        ),
        ("en", "no later than forty-five days", [(45, "day", "within")]),
        ("en", "A day like any other", []),
        ("en", "18 years of age", []),
        (
            "it",
            "entro un mese, 30 giorni lavorativi",
            [(1, "month", "within"), (30, "business_day", "")],
        ),
        (
            "fr",
            "au moins quinze jours ouvrés, dans un délai de 72 heures",
            [(15, "business_day", "at least"), (72, "hour", "within")],
        ),
        (
            "de",
            "dreißig Tage, innerhalb von drei Monaten",
            [(30, "day", ""), (3, "month", "within")],
        ),
        (
            "es",
            "treinta y seis meses, al menos diez días hábiles",
            [(36, "month", ""), (10, "business_day", "at least")],
        ),
    ],
)
def test_periods_keep_their_unit_and_bound(
    language: str, text: str, periods: list[tuple[int, str, str]]
) -> None:
    """Digits and words, five languages; months and business days are never converted."""
    assert [(d.value, d.unit, d.bound) for d in load(language).durations(text)] == periods


@pytest.mark.parametrize(
    ("language", "text", "ages"),
    [
        ("en", "children under the age of 13 (or 16 in the EEA)", [13, 16]),
        ("en", "you must be eighteen years or older", [18]),
        ("en", "18 months, under 16 days, 13%", []),
        ("it", "minori di 14 anni", [14]),
        ("fr", "âgés de moins de quinze (15) ans", [15]),
        ("de", "das 16. Lebensjahr vollendet", [16]),
        ("es", "menores de dieciséis años", [16]),
    ],
)
def test_ages_are_told_from_periods(language: str, text: str, ages: list[int]) -> None:
    """A number of months or days is no age; both of "13 or 16" are."""
    assert [age.value for age in load(language).ages(text)] == ages


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "2021-09-30", date(2021, 9, 30)),
        ("en", "September 30, 2021", date(2021, 9, 30)),
        ("en", "1st of May 2020", date(2020, 5, 1)),
        ("en", "13/02/2020", date(2020, 2, 13)),
        ("it", "03/04/2025", date(2025, 4, 3)),
        ("fr", "1er mars 2024", date(2024, 3, 1)),
        ("de", "12. März 2024", date(2024, 3, 12)),
        ("es", "12 de marzo de 2024", date(2024, 3, 12)),
    ],
)
def test_dates_are_read_in_the_order_of_the_language(language: str, text: str, day: date) -> None:
    """ISO, numeric and written out."""
    assert [found.value for found in load(language).dates(text)] == [day]


def test_an_ambiguous_english_date_is_left_alone() -> None:
    """03/04/2025 may be March or April in English: no date rather than a wrong one."""
    assert load("en").dates("03/04/2025") == []


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("We share your information with third-party advertisers.", {"sharing"}),
        ("We keep your data for as long as necessary.", {"retention"}),
        ("You have the right to access and delete your data.", {"rights"}),
        ("Our services are not directed to children under 13.", {"age"}),
        ("We use encryption and firewalls to protect your data.", {"security"}),
        ("We may change this policy; changes will be posted here.", {"notice"}),
        ("Data may be transferred to countries outside the European Union.", {"transfer"}),
        ("Le controversie sono di competenza esclusiva del tribunale di Milano.", {"dispute"}),
        ("Wir speichern Ihre Daten so lange, wie es erforderlich ist.", {"retention"}),
        ("Hello and welcome.", set()),
    ],
)
def test_a_paragraph_is_classified_by_what_it_is_about(text: str, categories: set[str]) -> None:
    """The category is among those found; small talk has none."""
    found = classify(text)
    assert categories <= found
    assert categories or not found


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=400))
def test_no_text_makes_the_reader_stumble(text: str) -> None:
    """Whatever the text, commitments come back with exact quotes."""
    for commitment in find_commitments(text):
        quote = commitment.quote
        assert text[quote.start : quote.end] == quote.text
    classify(text)
    assert guess_language(text) in languages()


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [
                "We",
                "do",
                "not",
                "sell",
                "share",
                "your",
                "data",
                "with",
                "advertisers",
                "30",
                "days",
                "notice",
                "before",
                "changes",
                "to",
                "this",
                "policy",
                ".",
                ",",
                "unless",
                "you",
                "consent",
                "under",
                "13",
                "children",
                "keep",
                "for",
                "\n\n",
                "* ",
                "# ",
                "|",
                "**",
                "at",
                "least",
                "thirty",
                "(30)",
                "delete",
                "transfer",
                "outside",
                "the",
                "EEA",
                "&amp;",
                "[a](b)",
            ]
        ),
        max_size=60,
    ).map(" ".join)
)
def test_quotes_stay_exact_in_any_markdown(text: str) -> None:
    """Markup, lists, tables and links never shift an offset."""
    for commitment in find_commitments(text):
        quote = commitment.quote
        assert text[quote.start : quote.end] == quote.text


@pytest.mark.parametrize(
    "text",
    [
        "A.A." * 30_000,
        "a" * 200_000,
        "not " * 40_000,
        "share your data with " * 8_000,
        "(" * 100_000,
    ],
    ids=["initials", "one word", "negations", "phrases", "brackets"],
)
def test_a_hostile_text_is_read_to_its_end(text: str) -> None:
    """Long runs of one thing cost what other texts of that length cost, and promise nothing."""
    assert [c for c in find_commitments(text) if c.kind in ("sale", "minimum_age")] == []
    assert classify(text) <= {"sharing", "purpose", "collection"}
