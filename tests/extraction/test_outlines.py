"""Equal outlines must mean equal texts, whatever a page does; unequal ones only cost time."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.pages import HELD_OUT, SEEN, Dice, Wrapper, blocks_of
from benchmarks.policies import written
from monitor.extraction import outline, read_document
from tests.extraction.pages_of_policy import article

BLOCKS = blocks_of(written(random.Random(7), 6000))
PAGE = article(
    '<p id="a" class="b" data-request="1">We keep <b>logs</b> for 30 days.</p><!-- built 7 -->'
    '<script nonce="x">let t = 1</script><input type="hidden" name="csrf" value="z">'
)


def same(one: str, other: str) -> bool:
    return outline(one.encode()) == outline(other.encode()) != ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('data-request="1"', 'data-request="2"'),
        ('data-request="1"', "data-other='a > b < c'"),
        ('nonce="x"', 'nonce="y"'),
        ("let t = 1", "let t = 2; let u = '<p>hello</p>'"),
        ("built 7", "built 8 <p>for you</p>"),
        ('value="z"', 'value="9f"'),
        ("<main>", "<svg><path d='M1 1'/></svg><main>"),
    ],
)
def test_what_nobody_reads_leaves_the_outline_alone(before: str, after: str) -> None:
    """Nonces, scripts, comments, hidden fields and drawings may differ on each load."""
    assert before in PAGE
    assert same(PAGE, PAGE.replace(before, after, 1))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("30 days", "60 days"),
        ('class="b"', 'class="modal hidden"'),
        ('class="b"', 'hidden class="b"'),
        ("<b>logs</b>", "logs"),
        ("<b>logs</b>", "&lt;b data-x=&quot;1&quot;&gt;logs"),
        ("<main>", "<div>"),
    ],
)
def test_what_may_be_read_changes_the_outline(before: str, after: str) -> None:
    """Words, structure, and attributes that say what is shown."""
    assert before in PAGE
    assert not same(PAGE, PAGE.replace(before, after, 1))


def test_words_that_look_like_attributes_are_words() -> None:
    """A text cannot hide behind the spelling of what is left out."""
    page = '<p>Write data-days="{}" or &lt;p nonce="{}"&gt; &lt;!-- {} --&gt; there.</p>'
    assert not same(article(page.format(30, 30, 30)), article(page.format(60, 30, 30)))
    assert not same(article(page.format(30, 30, 30)), article(page.format(30, 60, 30)))
    assert not same(article(page.format(30, 30, 30)), article(page.format(30, 30, 60)))


@pytest.mark.parametrize("tag", ["xmp", "noscript", "iframe", "template", "plaintext"])
def test_a_page_with_raw_text_has_no_outline(tag: str) -> None:
    """What stands in these is written as it is: it could pass for a tag."""
    assert outline(article(f"<{tag}>x</{tag}>").encode()) == ""


def test_selectors_that_look_at_left_out_attributes_allow_no_outline() -> None:
    """What they choose could change with what the outline leaves out."""
    assert outline(PAGE.encode(), selectors=["main"]) != ""
    assert outline(PAGE.encode(), selectors=["[data-request='1']"]) == ""


@pytest.mark.parametrize("wrapper", [*SEEN, *HELD_OUT], ids=lambda wrapper: wrapper.__name__)
def test_loads_with_equal_outlines_read_alike(wrapper: Wrapper) -> None:
    """Over the loads of every kind of page: an equal outline never hides another text."""
    texts: dict[str, str] = {}
    for load in range(6):
        page = wrapper(BLOCKS, Dice(load)).markup
        for variant in (page, page.replace("nonce=", "data-n="), page.replace("30 days", "9 days")):
            text = read_document(variant.encode()).text
            assert texts.setdefault(outline(variant.encode()), text) == text
    assert len(texts) > 1


@given(st.integers(0, len(PAGE) - 1), st.text("<>\"'= -!/abdnot1\x00&;", min_size=1, max_size=8))
def test_a_page_that_was_tampered_with_anywhere_is_not_taken_for_the_other(
    place: int, noise: str
) -> None:
    """Whatever is written wherever: equal outlines read alike."""
    tampered = PAGE[:place] + noise + PAGE[place:]
    if same(PAGE, tampered):
        assert read_document(tampered.encode()).text == read_document(PAGE.encode()).text
