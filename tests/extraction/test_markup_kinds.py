# ruff: noqa: E501 - markup is kept on the line it belongs to
"""Every kind of markup in which policies are known to get lost, in pages with and without main."""

from __future__ import annotations

import pytest

from monitor.extraction import read_document
from tests.extraction.pages_of_policy import CLOSING, FURNITURE, OPENING, article, bare

SENTENCE = "We keep server logs of your visits for ninety days and then we erase them for good."
SECOND = "Your invoices are stored for ten years because the tax law of our country demands it."
SHORT = "Twelve months"

# name -> (markup, texts that must be found)
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "heading in a button": (
        f"<h2><button>Retention</button></h2><p>{SENTENCE}</p>",
        ("## Retention", SENTENCE),
    ),
    "button around a heading": (
        f"<button aria-expanded=false><h3>Retention</h3></button><p>{SENTENCE}</p>",
        ("Retention", SENTENCE),
    ),
    "list of links only": (
        "<h2>Sub-processors</h2><ul><li><a href=https://cloudle.example>Cloudle Hosting</a></li>"
        "<li><a href=https://mailo.example>Mailo Post</a></li>"
        "<li><a href=https://payu.example>Payuna</a></li></ul>",
        ("Cloudle Hosting", "Mailo Post", "Payuna"),
    ),
    "list of the site's own links only": (
        "<h2>Sub-processors</h2><ul><li><a href=/sub/cloudle>Cloudle Hosting</a></li>"
        "<li><a href=/sub/mailo>Mailo Post</a></li><li><a href=/sub/payu>Payuna</a></li></ul>",
        ("Cloudle Hosting", "Mailo Post", "Payuna"),
    ),
    "accordion hidden by display none": (
        f"<div class=acc><h3>Logs</h3><div style='display:none'><p>{SENTENCE}</p></div></div>",
        ("Logs", SENTENCE),
    ),
    "tab hidden by aria-hidden": (
        f"<div role=tabpanel aria-hidden=true><p>{SENTENCE}</p></div>",
        (SENTENCE,),
    ),
    "bootstrap collapse": (
        f"<div class='accordion-collapse collapse'><div class=card-body>{SENTENCE}</div></div>",
        (SENTENCE,),
    ),
    "hidden attribute": (f"<section hidden><p>{SENTENCE}</p></section>", (SENTENCE,)),
    "details and summary": (
        f"<details><summary>How long we keep logs</summary><p>{SENTENCE}</p></details>",
        ("How long we keep logs", SENTENCE),
    ),
    "bare text in details": (
        f"<details><summary>Logs</summary>{SENTENCE}</details>",
        ("Logs", SENTENCE),
    ),
    "aside in the article": (f"<aside><p>{SENTENCE}</p></aside>", (SENTENCE,)),
    "short aside in the article": ("<aside>Retention: 30 days</aside>", ("Retention: 30 days",)),
    "footer in the article": (f"<footer><p>{SENTENCE}</p></footer>", (SENTENCE,)),
    "text right in a section": (f"<section>{SENTENCE}</section>", (SENTENCE,)),
    "text right in a div": (f"<div>{SENTENCE}</div>", (SENTENCE,)),
    "spans for paragraphs": (
        f"<div><span>{SENTENCE}</span><span>{SECOND}</span></div>",
        (SENTENCE, SECOND),
    ),
    "figcaption": (f"<figure><img src=x><figcaption>{SENTENCE}</figcaption></figure>", (SENTENCE,)),
    "form label": (f"<label><input type=checkbox> {SENTENCE}</label>", (SENTENCE,)),
    "inner form": (
        f"<form><fieldset><legend>Your choice</legend><p>{SENTENCE}</p>"
        "<input type=text name=email></fieldset></form>",
        ("Your choice", SENTENCE),
    ),
    "noscript": (f"<noscript><p>{SENTENCE}</p></noscript>", (SENTENCE,)),
    "custom element": (f"<policy-text><x-line>{SENTENCE}</x-line></policy-text>", (SENTENCE,)),
    "shadow tree": (
        f"<x-p><template shadowrootmode=open><p>{SENTENCE}</p><p>{SECOND}</p></template></x-p>",
        (SENTENCE, SECOND),
    ),
    "list in a table cell": (
        "<table><tr><th>Data</th><th>Kept</th></tr><tr><td><ul><li>Device identifiers</li>"
        "<li>Browser types</li></ul></td><td>Twelve months</td></tr></table>",
        ("Device identifiers", "Browser types", SHORT),
    ),
    "two lists in table cells": (
        "<table><tr><td><ol><li>Postal address</li></ol></td>"
        "<td><dl><dt>Kept</dt><dd>Twelve months</dd></dl></td></tr></table>",
        ("Postal address", "Kept", SHORT),
    ),
    "lists in wrapper divs": (
        "<div class=b1><ul><li>Device identifiers</li></ul></div><div class=b2><ol><li>Postal "
        "address</li></ol></div><div class=b3><dl><dt>Term</dt><dd>Twelve months</dd></dl></div>",
        ("- Device identifiers", "1. Postal address", "Term", SHORT),
    ),
    "a wrapper for each heading": (
        f"<div><div><h2>Storage periods</h2></div></div><div><div><p>{SENTENCE}</p></div></div>",
        ("## Storage periods", SENTENCE),
    ),
    "br soup": (
        f"<div>Storage<br><br>{SENTENCE}<br><br>{SECOND}<br>- browser types<br>- addresses</div>",
        (SENTENCE, SECOND, "browser types", "addresses"),
    ),
    "address": (
        "<address>Quillmoor Ltd<br>12 Heron Lane<br>Norwich</address>",
        ("Quillmoor Ltd\n12 Heron Lane\nNorwich",),
    ),
    "paragraph that is one link": (
        "<p><a href=/choices>Do not sell or share my personal information</a></p>",
        ("Do not sell or share my personal information",),
    ),
    "link to the privacy settings": (
        "<p><a href=/settings>Manage your privacy settings</a></p>",
        ("Manage your privacy settings",),
    ),
    "list numbers": (
        "<ol start=4><li>Access</li><li>Erasure<ol type=a><li>of logs</li></ol></li></ol>",
        ("4. Access", "5. Erasure", "a. of logs"),
    ),
    "roman and reversed numbers": (
        "<ol type=i><li>Access</li><li>Erasure</li></ol><ol reversed><li>Last</li><li>First</li></ol>",
        ("i. Access", "ii. Erasure", "2. Last", "1. First"),
    ),
    "blockquote": (f"<blockquote>{SENTENCE}</blockquote>", (SENTENCE,)),
    "preformatted text": (f"<pre>{SENTENCE}\n{SECOND}</pre>", (SENTENCE, SECOND)),
    "textarea with terms": (f"<textarea readonly>{SENTENCE}\n{SECOND}</textarea>", (SENTENCE,)),
    "layout table": (
        f"<table><tr><td><h2>One</h2><p>{SENTENCE}</p><h2>Two</h2><p>{SECOND}</p></td></tr></table>",
        ("## One", SENTENCE, "## Two", SECOND),
    ),
    "table in a table": (
        f"<table><tr><td>{SENTENCE}</td><td><table><tr><td>Log</td><td>Twelve months</td></tr>"
        "</table></td></tr></table>",
        (SENTENCE, SHORT),
    ),
    "table caption and foot": (
        "<table><caption>Storage periods</caption><tr><th>Data</th><th>Kept</th></tr>"
        "<tr><td>Logs</td><td>Twelve months</td></tr>"
        "<tfoot><tr><td>All</td><td>Ten years</td></tr></tfoot></table>",
        ("Storage periods", "| Data | Kept |", "| Logs | Twelve months |", "| All | Ten years |"),
    ),
    "definition list": (
        f"<dl><dt>Logs</dt><dd>{SENTENCE}</dd><dt>Invoices</dt><dd>{SECOND}</dd></dl>",
        ("Logs", SENTENCE, "Invoices", SECOND),
    ),
    "modal inside the policy": (
        f"<div class='modal fade' role=dialog><div class=modal-body><p>{SENTENCE}</p></div></div>",
        (SENTENCE,),
    ),
    "iframe srcdoc": (f"<iframe srcdoc='<p>{SENTENCE}</p>'></iframe>", (SENTENCE,)),
    "font tags": (f"<font size=2><b>Storage</b><br>{SENTENCE}</font>", ("Storage", SENTENCE)),
    "unclosed paragraphs": (f"<p>{SENTENCE}<p>{SECOND}<ul><li>Logs<li>Mail</ul>", (SECOND, "Mail")),
    "sentence split over inline tags": (
        "<p>We <b>never</b> sell <a href=/x>personal data</a><sup>1</sup>.</p>",
        ("We never sell [personal data]",),
    ),
}  # fmt: skip
CLASSES = (
    "cookie-policy", "cookie-declaration", "legal-footer", "banner-notice", "related-companies",
    "sidebar-text", "share-of-data", "newsletter-policy", "tags-list", "social-plugins",
    "meta-info", "author-info", "popup-terms", "nav-section", "advert-cookies", "modal-content",
    "widget-terms", "search-data", "consent-text",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("around", [article, bare])
def test_text_in_a_markup_kind_is_kept(kind, around):
    """Whatever markup a policy's text stands in, the text comes out."""
    markup, expected = KINDS[kind]
    text = read_document(around(markup).encode(), url="https://quillmoor.example/privacy").text
    for words in (*expected, OPENING, CLOSING):
        assert words in text


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("attribute", ["class", "id"])
@pytest.mark.parametrize("around", [article, bare])
def test_a_section_named_like_furniture_is_kept(name, attribute, around):
    """A class or id that sounds like a banner or a sidebar does not make policy text furniture."""
    markup = f"<div {attribute}='{name}'><h2>Storage</h2><p>{SENTENCE}</p><ul><li>{SHORT}</li></ul></div>"
    text = read_document(around(markup).encode(), url="https://quillmoor.example/privacy").text
    for words in ("## Storage", SENTENCE, f"- {SHORT}", OPENING, CLOSING):
        assert words in text


@pytest.mark.parametrize("around", [article, bare])
def test_the_furniture_around_a_policy_is_dropped_and_shown(around):
    """Menus and footers are not text, and what was dropped is there to be looked at."""
    document = read_document(around("").encode(), url="https://quillmoor.example/privacy")
    for words in FURNITURE:
        assert words not in document.text
        assert any(words in item.text for item in document.dropped)
    assert all(item.where and item.reason for item in document.dropped)


def test_identical_paragraphs_are_all_kept():
    """Forty equal paragraphs are forty paragraphs."""
    text = read_document(article(f"<p>{SENTENCE}</p>" * 40).encode()).text
    assert text.count(SENTENCE) == 40


def test_deep_nesting_loses_nothing():
    """Hundreds, or many thousands, of nested elements do not hide the text inside."""
    for depth in (300, 5_000, 30_000):
        markup = "<div>" * depth + f"<p>{SENTENCE}</p>" + "</div>" * depth
        assert SENTENCE in read_document(article(markup).encode()).text


def test_a_lone_surrogate_does_not_cut_the_page():
    """Bytes that encode half a surrogate pair lose themselves only."""
    content = article(f"<p>Before XX after.</p><p>{SENTENCE}</p>").encode()
    content = content.replace(b"XX", b"\xed\xa0\x80")
    document = read_document(content)
    assert SENTENCE in document.text
    assert document.text.encode("utf-8")
    assert "encoding" in document.warnings


@pytest.mark.parametrize(
    "markup",
    [
        "<span>x </span>" * 200_000,
        "<p " + " ".join(f"data-a{n}={n}" for n in range(200_000)) + ">y</p>",
        "<p>" + "word " * 1_000_000 + "</p>",
        "<li>x" * 100_000,
        "<table>" + "<tr><td>a<td rowspan=99999999 colspan=99999999>b" * 2_000,
        "<b>" * 5_000 + "x",
    ],
    ids=["spans", "attributes", "long paragraph", "items", "spanning cells", "unclosed tags"],
)
def test_a_huge_page_is_read_to_its_end(markup):
    """Size alone never makes the rest of a page go missing."""
    text = read_document(article(markup + f"<p>{SENTENCE}</p>").encode()).text
    assert SENTENCE in text
    assert CLOSING in text
