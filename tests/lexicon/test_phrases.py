"""The little language of phrases, and the index that finds them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.lexicon import load
from monitor.lexicon.phrases import WORD, PhraseIndex, parse


def found(phrase: str, text: str) -> list[str]:
    index = PhraseIndex([parse("group", "term", phrase)])
    return [text[hit.start : hit.end] for hit in index.scan(text)]


@pytest.mark.parametrize(
    ("phrase", "text", "hits"),
    [
        ("share with", "We SHARE  with others", ["SHARE  with"]),
        ("share with", "We share data with others", []),
        ("advertis*", "advertisers, advertising and adverts", ["advertisers", "advertising"]),
        (
            "(share|make available) .. with",
            "make available to them with",
            ["make available to them with"],
        ),
        (
            "our (privacy)? policy",
            "our policy and our privacy policy",
            ["our policy", "our privacy policy"],
        ),
        ("not .. sell", "not, under any, sell", ["not, under any, sell"]),
        ("not .. sell", "not one two three four sell", []),
        ("not ... sell", "not one two three four sell", ["not one two three four sell"]),
        ("not ... sell", "not this. We sell", []),
        ("e-mail", "e-mail, E mail, email, e-mails", ["e-mail", "E mail", "email"]),
        ("=US", "US or us", ["US"]),
        ("l'utente", "l’utente e l'utente", ["l’utente", "l'utente"]),
    ],
)
def test_a_phrase_finds_what_it_says(phrase: str, text: str, hits: list[str]) -> None:
    """Each operator of the phrase language does what its description says."""
    assert found(phrase, text) == hits


def test_the_longest_phrase_of_a_table_wins() -> None:
    """ "precise location" is not also "location"; another table has its own say."""
    index = PhraseIndex([
        parse("data", "location", "location"),
        parse("data", "precise location", "precise location"),
        parse("cues", "where", "location"),
    ])  # fmt: skip
    hits = [(hit.group, hit.term) for hit in index.scan("your precise location")]
    assert hits == [("data", "precise location"), ("cues", "where")]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            WORD.findall(
                "we do not sell share your personal data with any third parties or advertisers "
                "without your prior consent unless required by law for up to 30 days after the "
                "account is closed e mail"
            )
        ),
        max_size=40,
    ).map(" ".join)
)
def test_the_index_finds_what_every_pattern_finds_alone(text: str) -> None:
    """The look-ups that spare regular expressions lose nothing that those would have found."""
    index = load("en")._index
    entries = [*index._exact.values(), *index._prefix.values()]
    phrases = {phrase.source: phrase for entry in entries for phrase, _ in entry}
    hits = index.scan(text)
    for phrase in phrases.values():
        for word in WORD.finditer(text):
            match = phrase.pattern.match(text, word.start())
            if match:
                same = [h for h in hits if h.group == phrase.group]
                assert any(h.start <= match.start() < h.end for h in same)
