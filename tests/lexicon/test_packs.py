"""Language packs: what is in them, what is refused, and what the documentation says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.errors import ConfigError
from monitor.lexicon import TERM_KINDS, languages, load, vocabulary
from monitor.lexicon.handbook import page
from monitor.lexicon.pack import FOLDER, read_pack
from monitor.model import COMMITMENT_KINDS

ROOT = Path(__file__).resolve().parents[2]


def test_there_are_packs_for_five_languages() -> None:
    """English comes first; the others follow in order."""
    assert languages() == ("en", "de", "es", "fr", "it")


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "it"])
def test_a_pack_loads_and_knows_its_language(language: str) -> None:
    """Every shipped pack passes its own checks."""
    assert load(language).language == language


def test_an_unknown_language_is_read_as_english() -> None:
    """A language without a pack, and a regional code, find a lexicon."""
    assert load("xx").language == "en"
    assert load("it-IT").language == "it"


@pytest.mark.parametrize("language", ["de", "es", "fr", "it"])
@pytest.mark.parametrize("kind", TERM_KINDS)
def test_a_pack_speaks_of_nearly_all_the_vocabulary(language: str, kind: str) -> None:
    """Each language has phrases for at least nine tenths of the words of every kind."""
    phrases = read_pack(FOLDER / f"{language}.toml").phrases
    said = {phrase.term for phrase in phrases if phrase.group == kind}
    assert len(said) >= 0.9 * len(vocabulary().words[kind])


def broken(tmp_path: Path, before: str, after: str) -> Path:
    """A copy of the English pack with one thing wrong."""
    text = (FOLDER / "en.toml").read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "en.toml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"advertisers" = [', '"hucksters" = [', "[terms.recipients] hucksters: not a word of"),
        ('sell = ["sell"', 'sell = ["(sell"', "[cues] sell: '(sell' has unbalanced parentheses"),
        ('sell = ["sell"', 'sell = [".. sell"', "[cues] sell: '.. sell' begins or ends with a gap"),
        ('sell = ["sell"', 'sell = ["(we)? sell"', "begins with an optional group"),
        ('sell = ["sell"', 'sell = ["s?ell"', "'s?ell', which is not a word"),
        ('sell = ["sell"', 'vend = ["sell"', "[cues] sell: this entry is missing"),
        ('sell = ["sell"', 'sell = "sell"\nrest = ["x"', "[cues] sell: must be a list of phrases"),
        ("[bounds]", "[boundaries]", "[boundaries]: no such table"),
        ('language = "en"', 'language = "sv"', "language: must be 'en'"),
        ("thirty = 30", 'thirty = "30"', "[numbers] thirty: must be a whole number"),
        ('"december|dec"]', "]", "months: must list twelve names"),
    ],
)  # fmt: skip
def test_a_faulty_pack_is_refused_by_file_table_and_entry(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    """The message names the file, the table, the entry and what is wrong."""
    with pytest.raises(ConfigError) as caught:
        read_pack(broken(tmp_path, before, after))
    assert any(p.startswith("en.toml: ") and said in p for p in caught.value.problems)


def test_a_pack_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    """A syntax error names the file."""
    path = tmp_path / "en.toml"
    path.write_text("language = ", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"en\.toml: cannot be read as TOML"):
        read_pack(path)


def test_the_vocabulary_page_says_what_the_data_say() -> None:
    """docs/vocabulary.md is what the handbook writes, and names every kind of commitment."""
    written = (ROOT / "docs" / "vocabulary.md").read_text(encoding="utf-8")
    assert written == page()
    assert all(f"`{kind}`" in written for kind in COMMITMENT_KINDS)


def test_sensitive_data_are_marked() -> None:
    """Biometric and health data are sensitive; a name is not."""
    lexicon = load("en")
    assert lexicon.sensitive("biometric data")
    assert lexicon.sensitive("health data")
    assert not lexicon.sensitive("name")
