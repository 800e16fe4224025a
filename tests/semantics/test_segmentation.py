"""Segmentation: what is a clause, where it stands, what it inherits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.segmentation import plain, segment, sentences

LIST = """# Who receives data

We share data with:

*   payment processors;
*   partners:
    1.  hotels,
    2.  airlines,
*   authorities.

We sell nothing.
"""


def kinds(text: str, media_type: str = "text/markdown") -> list[tuple[str, str]]:
    return [(c.kind, plain(c.text).text) for c in segment(text, media_type)]


def test_a_list_item_inherits_its_lead_in() -> None:
    """Items know the sentence they complete, nested ones the whole chain."""
    clauses = segment(LIST)
    leads = {plain(c.text).text: (c.lead_in, c.level) for c in clauses if c.kind == "item"}
    assert leads["payment processors;"] == ("We share data with:", 1)
    assert leads["airlines,"] == ("We share data with: partners:", 2)
    assert leads["authorities."] == ("We share data with:", 1)
    assert clauses[-1].lead_in == ""
    assert clauses[-1].section == ("Who receives data",)


def test_setext_headings_nest_under_each_other() -> None:
    """Underlined titles are headings; a heading is not in its own section."""
    clauses = segment("Notice\n======\n\nRights\n------\n\nYou may object.\n")
    assert [(c.kind, c.level, c.section) for c in clauses] == [
        ("heading", 1, ()),
        ("heading", 2, ("Notice",)),
        ("paragraph", 0, ("Notice", "Rights")),
    ]


def test_a_hard_wrapped_paragraph_is_one_clause() -> None:
    """Line ends inside a paragraph separate words only."""
    assert kinds("We keep your data\nfor 30 days and\nno longer.\n") == [
        ("paragraph", "We keep your data for 30 days and no longer.")
    ]


def test_a_table_row_knows_its_header() -> None:
    """The header cells stand in the lead-in of each row."""
    clauses = segment("| Name | Place |\n| --- | --- |\n| Nimbus Ltd | Ireland |\n")
    assert [(c.kind, c.text, c.lead_in) for c in clauses] == [
        ("row", "Name | Place", ""),
        ("row", "Nimbus Ltd | Ireland", "Name | Place"),
    ]


def test_lettered_and_roman_items_nest_in_plain_text() -> None:
    """A change of marker style opens a level, its return closes it."""
    text = "We keep:\n1. orders:\na) invoices;\nb) returns;\n2. logs.\n"
    clauses = segment(text, "text/plain")
    assert [(c.text, c.level) for c in clauses[1:]] == [
        ("orders:", 1), ("invoices;", 2), ("returns;", 2), ("logs.", 1),
    ]  # fmt: skip
    assert clauses[2].lead_in == "We keep: orders:"


def test_plain_text_headings_are_found_by_shape() -> None:
    """A short line without a full stop above a longer one is a heading."""
    text = (
        "Data retention\nWe keep your account data while the account exists and no longer.\n\n"
        "YOUR RIGHTS\nYou may ask us for a copy of your data.\n"
    )
    assert [kind for kind, _ in kinds(text, "text/plain")] == [
        "heading", "paragraph", "heading", "paragraph",
    ]  # fmt: skip


def test_bold_lines_head_what_follows() -> None:
    """A bold line alone is a heading below the real ones."""
    clauses = segment("## Privacy\n\n**Sharing of data**\n\nWe share nothing.\n")
    assert clauses[-1].section == ("Privacy", "Sharing of data")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("**Not** sold", "Not sold"),
        ("see [our *page*](https://a.example/x_(y)) now", "see our page now"),
        ("1\\. Scope", "1. Scope"),
        ("a\u00a0 b\n   c", "a b c"),
        ("![logo](x.png) text", "text"),
        ("Terms &amp; fees", "Terms & fees"),
        ("snake_case_name", "snake_case_name"),
        ("a<br>b", "a b"),
    ],
)
def test_plain_strips_markup_only(raw: str, expected: str) -> None:
    """Markup goes, words stay."""
    assert plain(raw).text == expected


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "We act under Art. 6(1)(b) GDPR. Acme Inc. is the controller.", 2),
        ("it", "Ai sensi dell'art. 6, par. 1, lett. b) del GDPR. Vedi p. es. qui.", 2),
        ("de", "Gemäß Art. 6 Abs. 1 lit. f DSGVO. Siehe Nr. 4.", 2),
        ("es", "Usamos cookies, p. ej. de sesión. Fin.", 2),
        ("fr", "Voir art. 6, par. 1. Nous ne vendons rien.", 2),
    ],
)
def test_abbreviations_end_no_sentence(language: str, text: str, count: int) -> None:
    """Legal abbreviations of the five languages do not split a sentence."""
    assert len(sentences(text, language)) == count


PIECES = [
    *(
        "We share data",
        "**bold**",
        "[link](https://x.example)",
        "&amp;",
        "<br>",
        "é",
        "\ud800",
        "\x00",
    ),
    *("* ", "- ", "1. ", "a) ", "(i) ", "\\. ", "# ", "> ", ": ", "`", "_", "    ", "\t"),
    *("\n", "\n\n", "\r\n", "\u2028", "---\n", "===\n", "| a | b |\n"),
]
fragments = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(fragments, st.text(max_size=200)), st.sampled_from(["text/markdown", "text/plain"])
)
def test_offsets_are_exact_whatever_the_text(text: str, media_type: str) -> None:
    """Each clause is the slice it says, in order, and plain text maps back into it."""
    position = 0
    for clause in segment(text, media_type):
        assert text[clause.start : clause.end] == clause.text
        assert clause.start >= position
        position = clause.end
        bare = plain(clause.text)
        assert len(bare.offsets) == len(bare.text)
        assert list(bare.offsets) == sorted(bare.offsets)
        for start, end in sentences(bare.text):
            first, last = bare.raw(start, end)
            assert 0 <= first < last <= len(clause.text)


def test_german_ordinals_end_no_sentence() -> None:
    """In German a number with a full stop behind an article is an ordinal."""
    text = "Sie müssen das 16. Lebensjahr vollendet haben. Es gilt Artikel 6."
    assert [text[a:b] for a, b in sentences(text, "de")] == [
        "Sie müssen das 16. Lebensjahr vollendet haben.",
        "Es gilt Artikel 6.",
    ]
