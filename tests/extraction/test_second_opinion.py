"""trafilatura's second opinion, where much of a page was pruned."""

from monitor.extraction import read_document
from monitor.extraction.dom import parse
from monitor.extraction.html import give_back
from monitor.extraction.pruning import CONSENT, Pruning
from monitor.extraction.second_opinion import overlooked, passages

MENU = "".join(f"<li><a href=/p/{n}>Garden furniture and tools {n}</a></li>" for n in range(400))
RULES = "".join(
    f"<p>Rule {n}. Members gather each spring on the meadow behind the mill, mend the fences, "
    f"count the sheep and sing songs for hour {n}.</p>"
    for n in range(8)
)
POLICY = "".join(
    f"<h2>Part {n}</h2><p>We collect your name and your e-mail address in case {n}, we use them to "
    f"answer you, and we delete them after {n} years unless the law asks us to keep them.</p>"
    for n in range(30)
)
PAGE = (
    f"<html lang=en><title>Privacy policy</title><body><nav><ul>{MENU}</ul></nav>"
    f"<div><h1>Privacy policy</h1>{POLICY}</div><div class=rules>{RULES}</div></body></html>"
).encode()


def test_overlooked_passages_are_named() -> None:
    """Running text that trafilatura takes and a text lacks, whatever its markup."""
    found = passages(PAGE)
    assert any("gather each spring" in passage for passage in found)
    lacking = overlooked(PAGE, "We collect your **name** and your e-mail address")
    assert any("gather each spring" in passage for passage in lacking)
    assert overlooked(PAGE, "\n".join(found)) == []


def test_running_text_that_was_pruned_is_given_back() -> None:
    """What the declaration removed, or a consent banner holds, stays away."""
    page = parse(PAGE.decode(), None)
    (rules,) = page.find("div.rules")
    text = "We collect your name and your e-mail address."
    for reason, expected in (
        ("outside the main part", True),
        (CONSENT, False),
        ("removed by the declaration", False),
    ):
        pruning = Pruning()
        pruning.drop(rules, reason)
        assert give_back(page, pruning, PAGE, text) is expected
        assert (rules not in pruning.reasons) is expected


def test_a_page_of_which_most_is_menu_keeps_its_prose() -> None:
    """The menu stays away, the prose does not."""
    document = read_document(PAGE)
    assert "Rule 7" in document.text
    assert "We collect your name" in document.text
    assert "Garden furniture" not in document.text


def test_a_page_that_cannot_be_read_gives_no_opinion() -> None:
    """Bytes that are no page are no reason to fail."""
    assert passages(b"\x00\xff\xfe") == []
    assert passages(b"") == []
