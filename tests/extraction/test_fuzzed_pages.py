# ruff: noqa: E501, SIM905 - markup is kept on the line it belongs to
"""Random and mutated pages: never a crash, never an unexplained loss."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ExtractionError
from monitor.extraction import read_document
from monitor.segmentation import plain
from tests.extraction.pages_of_policy import article, bare

TAGS = (
    "div p span a b li ul ol table tr td th h1 h2 h3 section article main aside footer header nav "
    "form button label select option details summary iframe template noscript pre textarea x-tag "
    "dl dt dd br hr svg math script style title body html figure center font blockquote"
).split()
ATTRIBUTES = (
    "", " class=footer", " hidden", " href=/x", " href='#y'", " role=dialog", " role=main",
    " style='display:none'", " start=-3", " rowspan=0", " colspan=9999999", " data-cfemail=zz",
    " type=i", " srcdoc='<p>in'", " shadowrootmode=open", " aria-expanded=true", " lang=xx", " \x00='",
)  # fmt: skip
piece = st.one_of(
    st.builds("<{}{}>".format, st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES)),
    st.builds("</{}>".format, st.sampled_from(TAGS)),
    st.text(max_size=40),
    st.sampled_from(["&amp;", "&#xD800;", "<!--", "-->", "]]>", "<", "&nbsp;", "\x0b", "|", "# x"]),
)
pages = st.lists(piece, max_size=60).map("".join)


@given(pages)
@settings(max_examples=150, deadline=None)
def test_any_markup_gives_a_document(markup):
    """Whatever stands in a page, a Document comes out whose clauses index its text."""
    document = read_document(markup.encode("utf-8", "surrogatepass"))
    assert all(document.text[c.start : c.end] == c.text for c in document.clauses)
    document.text.encode("utf-8")


@given(st.binary(max_size=400), st.sampled_from(["text/html", "text/plain", "", "application/pdf"]))
@settings(max_examples=100, deadline=None)
def test_any_bytes_give_a_document_or_a_clear_error(content, kind):
    """Bytes that are no document at all are read as something or refused in words."""
    try:
        text = read_document(content, media_type=kind).text
    except ExtractionError as error:
        text = str(error)
        words = len(text.split())
        if words < 5:
            raise
    text.encode("utf-8")


@pytest.mark.parametrize("seed", range(60))
def test_no_word_of_a_mutated_policy_is_lost_without_a_trace(seed):
    """With tags lost, doubled and swapped, each numbered word is in the text or in ``dropped``."""
    roll = random.Random(seed)
    body = "".join(
        f"<{tag}>Personal data item word{n} is kept by us for {n} days under this policy.</{tag}>"
        for n, tag in enumerate(roll.choices(["p", "li", "div", "td", "h2", "aside", "span"], k=60))
    )
    markup = (article if seed % 2 else bare)(body)
    for _ in range(roll.randrange(1, 12)):
        cut = roll.randrange(len(markup))
        start = markup.find("<", cut)
        end = markup.find(">", start) + 1
        if start < 0 or end <= start or "word" in markup[start:end]:
            continue
        tag = markup[start:end]
        markup = markup[:start] + roll.choice(["", tag * 2, "</div>", "<div>"]) + markup[end:]
    document = read_document(markup.encode(), url="https://quillmoor.example/privacy")
    seen = plain(document.text).text + " ".join(item.text for item in document.dropped)
    for n in range(60):
        assert f"word{n} " in seen
    assert sum(f"word{n} " in document.text for n in range(60)) >= 59
