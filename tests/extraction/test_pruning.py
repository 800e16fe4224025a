# ruff: noqa: E501 - markup is kept on the line it belongs to
"""What goes, what stays, and that noise of a page never touches its text."""

from __future__ import annotations

import random

import pytest

from monitor.extraction import read_document
from tests.extraction.pages_of_policy import CLOSING, OPENING, article, bare

URL = "https://quillmoor.example/privacy"
BANNER = """<div class="x1"><div class="x2"><p>We use cookies to improve our site. By clicking
"Accept all" you agree to their use.</p><button>Accept all</button><button>Reject all</button>
<a href="/cookies">Cookie settings</a></div></div>"""
CENTRE = (
    "<div id=pc role=dialog aria-modal=true><h2>Privacy preference centre</h2>"
    + "".join(
        f"<div><h4>Cookie group {n}</h4><p>These cookies are set by us or by partners to make "
        "the site work and to measure how it is used by visitors.</p><input type=checkbox></div>"
        for n in range(6)
    )
    + "<button>Confirm my choices</button><button>Allow all</button></div>"
)

# name -> (markup, words that must not be in the text)
FURNITURE = {
    "consent banner": (BANNER, "improve our site"),
    "preference centre": (CENTRE, "measure how it is used"),
    "share bar": (
        "<div><span>Share</span><a href='https://www.facebook.com/sharer/sharer.php?u=1'>Facebook</a>"
        "<a href='https://twitter.com/intent/tweet?u=1'>Twitter</a></div>",
        "Facebook",
    ),
    "share line": (
        "<p>Teilen: <a href=?s=1>Facebook</a> <a href=?s=2>WhatsApp</a> <a href=?s=3>E-Mail</a></p>",
        "WhatsApp",
    ),
    "comment form": (
        "<div><h2>Leave a reply</h2><form method=post><p>Required fields are marked *</p><label>"
        "Comment <textarea name=c></textarea></label><button>Post comment</button></form></div>",
        "Required fields",
    ),
    "newsletter box": (
        "<div><h3>Stay up to date</h3><p>Subscribe to our newsletter</p><form><input type=email>"
        "<button>Go</button></form></div>",
        "newsletter",
    ),
    "search": ("<form role=search><label>Find a page</label><input type=search></form>", "Find a"),
    "breadcrumbs": (
        "<ol class=breadcrumb><li><a href=/>Home</a></li><li><a href=/legal>Legal centre</a></li></ol>",
        "Legal centre",
    ),
    "language picker": (
        "<ul><li><a href=/en>English</a></li><li><a href=/fr>Français</a></li>"
        "<li><a href=/de>Deutsch</a></li></ul>",
        "Français",
    ),
    "language select": ("<select><option>English<option>Français</select>", "Français"),
    "related links": (
        "<div><h3>Related articles</h3><ul><li><a href=/a>How to log in</a></li>"
        "<li><a href=/b>How to pay</a></li></ul></div>",
        "How to pay",
    ),
    "related heading and list": (
        "<h3>Articoli correlati</h3><ul><li><a href=/a>Come accedere</a></li>"
        "<li><a href=/b>Come pagare</a></li></ul>",
        "Come pagare",
    ),
    "nav in the article": ("<nav><a href=/t>Terms hub</a> <a href=/i>Imprint</a></nav>", "Imprint"),
    "view counter": ("<p>Viewed 1,234 times</p>", "1,234"),
    "view counter in parts": ("<p>Viewed <b>1,234</b> times</p>", "1,234"),
    "reading time": ("<span>5 min read</span>", "min read"),
    "counters in a line": ("<p>Legal team | 7 min read | 1,234 views</p>", "1,234"),
    "relative time": ("<p>Updated 3 days ago</p>", "days ago"),
    "request id": ("<p>Request ID: 8f3a-99c2-b1</p>", "8f3a"),
    "token": ("<span>9f86d081884c7d659a2feaa0c55ad015a3bf</span>", "9f86d0"),
    "helpful": ("<div>Was this article helpful? <button>Yes</button><button>No</button></div>", "Yes"),
    "votes": ("<p>12 out of 30 found this helpful</p>", "found this"),
    "print button": ("<button>Print this page</button>", "Print"),
    "back to top": ("<a href='#top'>Back to top</a>", "Back to top"),
    "script and style": ("<script>var a='leak';</script><style>.leak{}</style>", "leak"),
    "comment": ("<!-- leak -->", "leak"),
    "javascript notice": ("<noscript>Please enable JavaScript to view this.</noscript>", "JavaScript"),
}  # fmt: skip

POLICY = {
    "announcement": "<div class=announcement-bar><p>We are updating this policy effective 1 May 2024. "
    "Please read the changes.</p><button>Dismiss</button></div>",
    "alert": "<div role=alert>This privacy policy will change on 1 May 2024: we will share personal "
    "data with new partners.</div>",
    "cookie text": "<div class=cookie-banner-policy><h2>Cookies</h2><p>We use cookies and you can "
    "accept or reject them in your browser at any time, as this policy explains.</p></div>",
    "social plugins": "<ul class=social><li><a href=https://facebook.com/privacy>Facebook plugin"
    "</a></li><li><a href=https://twitter.com/privacy>Twitter plugin</a></li></ul>",
    "see also": "<h3>Further reading</h3><ul><li><a href=https://authority.example/a>The data "
    "protection authority</a></li><li><a href=https://law.example/b>The text of the law</a></li></ul>",
    "numbers": "<p>30 days</p><p>Retention | 24 months | 90 days</p>",
}


@pytest.mark.parametrize("name", FURNITURE)
def test_furniture_inside_the_policy_goes_and_is_shown(name):
    """What proves itself furniture is dropped even amid the policy, and nothing else with it."""
    markup, leak = FURNITURE[name]
    place = markup if name not in ("consent banner", "preference centre") else ""
    page = article(place)
    if not place:
        page = page.replace("</body>", markup + "</body>")
    document = read_document(page.encode(), url=URL)
    assert leak not in document.text
    assert OPENING in document.text
    assert CLOSING in document.text
    if name not in ("script and style", "comment", "language select"):
        assert any(leak in item.text for item in document.dropped)


@pytest.mark.parametrize("name", POLICY)
@pytest.mark.parametrize("around", [article, bare])
def test_policy_that_resembles_furniture_stays(name, around):
    """Evidence is structure: policy text with the words or the class of furniture is kept."""
    with_it = read_document(around(POLICY[name]).encode(), url=URL)
    without = read_document(around("").encode(), url=URL)
    lost = len(with_it.dropped) - len(without.dropped)
    assert lost == (1 if name == "announcement" else 0)  # the "Dismiss" button
    assert len(with_it.text) > len(without.text) + 20


@pytest.mark.parametrize("around", [article, bare])
@pytest.mark.parametrize("name", ["announcement", "alert"])
def test_an_announcement_above_the_page_is_policy(name, around):
    """A banner that announces a change of the policy is part of it wherever it stands."""
    page = around("").replace("<header", POLICY[name] + "<header", 1)
    text = read_document(page.encode(), url=URL).text
    assert "1 May 2024" in text


@pytest.mark.parametrize("around", [article, bare])
def test_noise_of_a_load_never_changes_the_text(around):
    """Menus, banners, promotions, counters, ids and nonces differ; the text is the same."""
    texts = {read_document(_noisy(around, seed).encode(), url=URL).text for seed in range(12)}
    assert len(texts) == 1


def test_a_page_that_is_only_a_consent_wall_has_no_policy():
    """The text of a cookie wall is not mistaken for the policy behind it."""
    document = read_document(f"<html lang=en><body>{BANNER}</body></html>".encode(), url=URL)
    assert document.text == ""
    assert document.visible_chars > 0


def test_obfuscated_addresses_are_read():
    """An e-mail address hidden by a proxy with a new key on each load comes out plain and stable."""

    def hidden(key: int) -> str:
        return bytes([key, *(char ^ key for char in b"dpo@quillmoor.example")]).hex()

    texts = {
        read_document(
            article(
                f"<p>Write to <a href='/cdn-cgi/l/email-protection#{hidden(key)}'><span "
                f"class=__cf_email__ data-cfemail={hidden(key)}>[email&#160;protected]</span></a>.</p>"
            ).encode(),
            url=URL,
        ).text
        for key in (7, 66, 201)
    }
    assert len(texts) == 1
    assert "Write to dpo@quillmoor.example." in texts.pop()


def _noisy(around, seed: int) -> str:
    """The same policy with everything around it rolled anew."""
    roll = random.Random(seed)
    number = roll.randrange(1000, 99999)
    page = around(
        f"<p>Viewed {number:,} times</p><span>{roll.randrange(3, 9)} min read</span>"
        f"<p>See <a href='/terms?sid={number}&nonce={number}'>our terms</a>.</p>"
        f"<p>Updated {roll.randrange(2, 9)} hours ago</p><div id=s{number}></div>"
    )
    links = [f"<li><a href=/p/{roll.random()}>Offer {roll.random()}</a></li>" for _ in range(9)]
    page = page.replace('<li><a href="/products">', "".join(links) + '<li><a href="/products">', 1)
    page = page.replace("<footer>", f"<footer><p>{number} people online</p>", 1)
    page = page.replace("</head>", f"<script nonce={number}>var t={number}</script></head>", 1)
    if roll.random() < 0.5:
        page = page.replace("</body>", BANNER + "</body>", 1)
    if roll.random() < 0.5:
        promo = f"<div class=promo-bar><a href=/sale>Save {number} today, shop now</a></div>"
        page = page.replace("<body>", "<body>" + promo, 1)
    return page.replace("css-1x", f"css-{number}")
