# ruff: noqa: E501 - markup is kept on the line it belongs to
"""Policies wrapped in the pages they are really published in, with noise that differs per load.

A wrapper takes the policy's blocks and a dice and returns HTML and the boilerplate sentences it
put around them. The kinds in ``HELD_OUT`` were written after the pruner and are reported apart:
nothing was fitted to them.
"""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a policy: kind is h1..h6, p, li, ol or row; ``text`` is plain."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A page, and the sentences in it that are not its policy's."""

    markup: str
    boilerplate: tuple[str, ...]


def blocks_of(markdown: str) -> list[Block]:
    """Cut Markdown into blocks of plain text (links lose their targets, emphasis its marks)."""
    blocks: list[Block] = []
    for piece in re.split(r"\n\s*\n", markdown):
        lines = [line.strip() for line in piece.splitlines() if line.strip()]
        running: list[str] = []
        for line in lines:
            marked = re.match(r"(#{1,6})\s+(.*)|([*+-])\s+(.*)|(\d+)[.)]\s+(.*)|(\|.*\|)$", line)
            if not marked:
                running.append(_plain(line))
                continue
            if running:
                blocks.append(Block("p", " ".join(running)))
                running = []
            if marked[1]:
                blocks.append(Block(f"h{len(marked[1])}", _plain(marked[2])))
            elif marked[3]:
                blocks.append(Block("li", _plain(marked[4])))
            elif marked[5]:
                blocks.append(Block("ol", _plain(marked[6])))
            elif not re.fullmatch(r"[|\s:-]+", line):
                blocks.append(Block("row", _plain(line)))
        if running:
            blocks.append(Block("p", " ".join(running)))
    return [block for block in blocks if re.search(r"\w", block.text)]


def _plain(text: str) -> str:
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\\([\\`*_{}\[\]()#+.!|>~<-])", r"\1", text)
    text = re.sub(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`", "", text)
    text = re.sub(r"<[^>]+>", " ", text)
    return " ".join(html.unescape(text).split())


_PRODUCTS = (
    "Ledger", "Payments", "Payroll", "Dashboards", "Mobile app", "Integrations", "Partners",
    "Academy", "Community forum", "Changelog", "Roadmap", "Status page", "Careers", "Press kit",
    "Investors", "Our offices", "Case studies", "Webinars", "Templates", "Glossary",
)  # fmt: skip
_TEASERS = (
    "How Brindle cut its month-end close in half", "Five habits of calm finance teams",
    "What our summer release brings", "Meet the makers behind the new editor",
    "A field guide to tidy spreadsheets", "Why we moved our servers north",
)  # fmt: skip


class Dice(random.Random):
    """A seeded source of what changes between two loads of one page."""

    def token(self) -> str:
        """A nonce."""
        return f"{self.getrandbits(64):016x}"

    def links(self, count: int) -> str:
        """Links into the site, in a new order on each load."""
        names = self.sample(_PRODUCTS, count)
        return "".join(f'<li><a href="/{n.lower().replace(" ", "-")}">{n}</a></li>' for n in names)


def _inner(block: Block) -> str:
    return html.escape(block.text, quote=False)


def _flow(blocks: list[Block], item: str = "<li>{}</li>") -> str:
    """The blocks as plain semantic HTML, with their lists and tables put together."""
    out: list[str] = []
    open_kind = ""
    closing = {"li": "</ul>", "ol": "</ol>", "row": "</tbody></table>"}
    opening = {"li": "<ul>", "ol": "<ol>", "row": "<table><tbody>"}
    for block in blocks:
        if block.kind != open_kind:
            out.append(closing.get(open_kind, "") + opening.get(block.kind, ""))
            open_kind = block.kind
        if block.kind in ("li", "ol"):
            out.append(item.format(_inner(block)))
        elif block.kind == "row":
            cells = [cell.strip() for cell in block.text.strip("|").split("|")]
            out.append("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in cells) + "</tr>")
        else:
            out.append(f"<{block.kind}>{_inner(block)}</{block.kind}>")
    return "\n".join([*out, closing.get(open_kind, "")])


def _consent(dice: Dice) -> tuple[str, tuple[str, ...]]:
    if dice.random() < 0.3:
        return "", ()
    words = "We value your comfort and use cookies to tailor what you see on these pages."
    return (
        f'<div id="cmp-{dice.token()}" class="cmp-box" role="dialog"><p>{words} Read our '
        '<a href="/cookies">cookie notice</a>.</p><button>Accept all</button>'
        "<button>Only necessary</button><button>Settings</button></div>",
        (words,),
    )


def classic(blocks: list[Block], dice: Dice) -> Wrapped:
    """Header, mega-menu, main, footer: what most sites looked like for ten years."""
    banner, said = _consent(dice)
    ours = "Brindle makes bookkeeping pleasant for small shops since 2009."
    markup = f"""<!doctype html><html lang="en"><head><title>Policy - Brindle</title>
<script nonce="{dice.token()}">window.t={dice.randrange(10**9)};</script></head><body>{banner}
<header><a href="/"><img src="/l.svg" alt="">Brindle</a><nav class="mega"><ul>{dice.links(12)}</ul>
<div class="panel"><h4>Discover</h4><ul>{dice.links(6)}</ul></div></nav>
<form role="search"><input type="search"><button>Go</button></form></header>
<main id="content"><ol class="breadcrumb"><li><a href="/">Home</a></li><li><a href="/legal">Legal
hub</a></li></ol>{_flow(blocks)}<p>Viewed {dice.randrange(1000, 90000):,} times</p></main>
<footer><div><h5>Explore</h5><ul>{dice.links(8)}</ul></div><p>{ours}</p>
<p>© 2024 Brindle. All rights reserved.</p></footer></body></html>"""
    return Wrapped(markup, (*said, ours, "© 2024 Brindle.", "Legal hub", "Discover", "Explore"))


def react(blocks: list[Block], dice: Dice) -> Wrapped:
    """A div for each block, hashed class names, no landmarks at all."""
    banner, said = _consent(dice)

    def one(block: Block) -> str:
        tag = {"li": "ul", "ol": "ol", "row": "div"}.get(block.kind)
        inner = f"<li><span>{_inner(block)}</span></li>" if tag in ("ul", "ol") else _inner(block)
        name = f"css-{dice.getrandbits(24):06x}"
        return f'<div class="{name}"><div><{tag or block.kind}>{inner}</{tag or block.kind}></div></div>'

    markup = f"""<!doctype html><html lang="en"><head><title>Policy</title></head><body>
<div id="root"><div class="css-{dice.token()[:6]}"><div><a href="/">Brindle</a></div>
<div><ul>{dice.links(8)}</ul></div><button>Log in</button></div>
<div class="css-{dice.token()[:6]}">{"".join(map(one, blocks))}</div>
<div class="css-{dice.token()[:6]}"><div><ul>{dice.links(9)}</ul></div><div><ul>{dice.links(5)}</ul>
</div><div><span>© Brindle 2024</span></div></div></div>{banner}
<script>self.__d={dice.getrandbits(40)}</script></body></html>"""
    return Wrapped(markup, (*said, "© Brindle 2024", "Log in"))


def accordions(blocks: list[Block], dice: Dice) -> Wrapped:
    """Each section folded away with display:none under a button."""
    parts: list[str] = []
    section: list[Block] = []

    def fold() -> None:
        if section:
            parts.append(
                f'<div class="panel" style="display:none" id="p{dice.token()}">{_flow(section)}</div>'
            )
        section.clear()

    for block in blocks:
        if block.kind in ("h2", "h3"):
            fold()
            parts.append(f"<h3><button aria-expanded=false>{_inner(block)}</button></h3>")
        else:
            section.append(block)
    fold()
    banner, said = _consent(dice)
    markup = f"""<html lang="en"><body><nav><ul>{dice.links(9)}</ul></nav><article>{"".join(parts)}
</article><aside class="rail"><h4>Read next</h4><ul>{dice.links(4)}</ul></aside>{banner}
<footer><ul>{dice.links(6)}</ul><small>Copyright 2024 Brindle</small></footer></body></html>"""
    return Wrapped(markup, (*said, "Read next", "Copyright 2024 Brindle"))


def bootstrap(blocks: list[Block], dice: Dice) -> Wrapped:
    """Bootstrap: container, collapse, cards, a modal left in the page."""
    half = len(blocks) // 2
    modal = "Please sign in to continue with your purchase."
    markup = f"""<html lang="en"><body><nav class="navbar navbar-expand-lg"><ul class="navbar-nav">
{dice.links(7)}</ul></nav><div class="container"><div class="row"><div class="col-md-9">
{_flow(blocks[:half])}<div class="accordion"><div class="collapse" id="c{dice.token()}">
<div class="card-body">{_flow(blocks[half:])}</div></div></div></div><div class="col-md-3">
<div class="card"><h5>Popular articles</h5><ul class="list-group">{dice.links(5)}</ul></div>
<span class="views-count">{dice.randrange(999)}</span></div></div></div>
<div class="modal fade" role="dialog" tabindex="-1"><p>{modal}</p><button>Close</button></div>
<footer class="footer"><ul>{dice.links(6)}</ul><p>© 2024 Brindle Ltd</p></footer></body></html>"""
    return Wrapped(markup, (modal, "Popular articles", "© 2024 Brindle Ltd"))


def wordpress(blocks: list[Block], dice: Dice) -> Wrapped:
    """A WordPress theme: entry content, share bar, related posts, widgets, comments."""
    teasers = dice.sample(_TEASERS, 3)
    cards = "".join(
        f'<div class="card"><a href="/{dice.token()}"><h4>{t}</h4></a></div>' for t in teasers
    )
    invite = "Get our best stories in your inbox every Friday morning."
    markup = f"""<html lang="en-US"><body class="page page-id-{dice.randrange(99)}">
<div id="page" class="site"><header id="masthead" class="site-header"><p class="site-title">
<a href="/">Brindle Journal</a></p><nav id="site-navigation"><ul class="menu">{dice.links(6)}</ul>
</nav></header><div id="primary"><article class="page type-page"><header class="entry-header">
<span class="reading">{dice.randrange(3, 20)} min read</span></header><div class="entry-content">
{_flow(blocks)}<div class="sharedaddy"><h3>Share this:</h3><ul>
<li><a href="https://twitter.com/intent/tweet?n={dice.token()}">Twitter</a></li>
<li><a href="https://www.facebook.com/sharer.php?n={dice.token()}">Facebook</a></li></ul></div>
</div></article><div class="related"><h3>Related posts</h3>{cards}</div></div>
<aside id="secondary" class="widget-area"><section class="widget"><h2>Newsletter</h2><p>{invite}</p>
<form><input type="email" name="e"><button>Subscribe</button></form></section></aside>
<footer id="colophon" class="site-footer"><p>Proudly powered by Brindle Press</p></footer></div>
</body></html>"""
    said = (*teasers, invite, "Proudly powered by Brindle Press", "Share this:", "Related posts")
    return Wrapped(markup, said)


def help_centre(blocks: list[Block], dice: Dice) -> Wrapped:
    """A help centre: article meta, votes, related and recently viewed articles."""
    teasers = dice.sample(_TEASERS, 4)
    lists = "".join(f'<li><a href="/hc/{dice.token()}">{t}</a></li>' for t in teasers)
    markup = f"""<html lang="en-gb"><body><a class="skip-navigation" href="#m">Skip to main content</a>
<header class="header"><div class="logo"><a href="/hc">Brindle Help</a></div><ul class="nav-wrapper">
{dice.links(4)}</ul></header><main role="main"><nav class="sub-nav"><ol class="breadcrumbs">
<li><a href="/hc">Help</a></li><li><a href="/hc/legal">Legal and privacy</a></li></ol></nav>
<article><section class="article-body">{_flow(blocks)}</section><footer><div class="article-votes">
<span>Was this article helpful?</span><button>Yes</button><button>No</button>
<p>{dice.randrange(9)} out of {dice.randrange(10, 99)} found this helpful</p></div></footer>
<section class="related"><h3>Related articles</h3><ul>{lists}</ul></section></article></main>
<footer class="footer"><a href="/">Brindle home</a><ul><li><a href="/en">English</a></li>
<li><a href="/fr">Français</a></li><li><a href="/de">Deutsch</a></li></ul></footer></body></html>"""
    return Wrapped(
        markup, (*teasers, "Skip to main content", "Was this article helpful?", "Brindle home")
    )


def tables(blocks: list[Block], dice: Dice) -> Wrapped:
    """Laid out with tables, as in 2003, with br for paragraphs."""
    rows = "".join(
        f"<b>{_inner(b)}</b><br><br>" if b.kind.startswith("h") else f"{_inner(b)}<br><br>"
        for b in blocks
    )
    markup = f"""<html><body bgcolor="white"><table width="100%"><tr><td colspan="2">
<a href="/">Brindle</a> | <a href="/shop">Shop</a> | <a href="/help">Help</a> | <a href="/map">Map</a>
</td></tr><tr><td valign="top"><ul>{dice.links(7)}</ul></td><td><font face="arial">{rows}</font></td>
</tr><tr><td colspan="2"><center><font size="1">Copyright 2024 Brindle. Visits:
{dice.randrange(10**6)}</font></center></td></tr></table></body></html>"""
    return Wrapped(markup, ("Copyright 2024 Brindle.",))


def trust_centre(blocks: list[Block], dice: Dice) -> Wrapped:
    """A trust centre: tabs, a sticky table of contents, a chat bubble, a region switch, a promo."""
    toc = "".join(
        f'<a href="#s{n}">{_inner(b)}</a>' for n, b in enumerate(blocks) if b.kind == "h2"
    )
    promo = f"Join {dice.randrange(100, 999)} leaders at our autumn summit in Lisbon"
    chat = "Hi there, how can we help you today?"
    markup = f"""<html lang="en"><body><div class="ribbon"><a href="/summit">{promo}</a></div>
<div class="shell"><div class="rail" data-k="{dice.token()}"><div class="switch">
<a href="/us">United States</a><a href="/eu">Europe</a></div><div class="sticky">{toc}</div></div>
<div class="pane"><div role="tablist"><button role="tab">Overview</button><button role="tab">Details
</button></div><section role="tabpanel" aria-hidden="true">{_flow(blocks, "<li><p>{}</p></li>")}
</section><div class="pager"><a href="/prev">Previous document</a><a href="/next">Next document</a>
</div></div></div><div class="bubble" aria-live="polite"><p>{chat}</p><button>Start chat</button>
</div><div class="base"><div><a href="/a">Accessibility</a><a href="/s">Sitemap</a>
<a href="/c">Contact sales</a><a href="/p">Press</a><a href="/i">Imprint</a></div>
<p>Brindle Holding, all rights reserved.</p></div></body></html>"""
    said = (
        promo,
        chat,
        "Previous document",
        "Contact sales",
        "Brindle Holding, all rights reserved.",
    )
    return Wrapped(markup, said)


def shop(blocks: list[Block], dice: Dice) -> Wrapped:
    """A shop: mini cart, country modal, product carousel with prices, payment icons, store hours."""
    goods = "".join(
        f'<div class="tile"><a href="/p/{dice.token()}">Oak shelf no. {dice.randrange(99)}</a>'
        f"<span>{dice.randrange(20, 90)},00 EUR</span><button>Add to cart</button></div>"
        for _ in range(4)
    )
    country = "It looks like you are visiting us from another country."
    hours = "Our showroom welcomes you from Monday to Saturday between ten and six."
    markup = f"""<html lang="en"><body><div class="cart-drawer" aria-hidden="true"><p>Your cart is
empty</p><a href="/all">Continue shopping</a></div><div class="c-modal" role="dialog"
aria-modal="true"><p>{country}</p><button>Stay here</button><button>Switch store</button></div>
<section class="announce"><p>Free delivery over {dice.randrange(40, 90)} EUR</p></section>
<div class="head"><a href="/">Brindle Home</a><ul>{dice.links(10)}</ul></div>
<div class="content-for-layout"><div class="rte">{_flow(blocks)}</div>
<div class="carousel"><h2>You may also like</h2>{goods}</div></div>
<div class="foot"><div><h3>Visit us</h3><p>{hours}</p></div><div><h3>Shop</h3><ul>{dice.links(6)}
</ul></div><div class="pay"><span>Visa</span><span>Mastercard</span></div>
<small>© {dice.choice((2023, 2024))} Brindle Home</small></div></body></html>"""
    return Wrapped(
        markup, (country, hours, "Your cart is empty", "You may also like", "Add to cart")
    )


# --- held out: written after the pruner, which is not changed for them ---------------------------


def legal_hub(blocks: list[Block], dice: Dice) -> Wrapped:
    """A group's legal hub: versions list, print and PDF links, an assistant, a survey, brand bar."""
    versions = "".join(
        f'<li><a href="/legal/v{n}?k={dice.token()}">Archived edition {n}</a></li>'
        for n in range(6)
    )
    survey = "Could you spare a minute to tell us about today's visit?"
    slogan = "Brindle Group. Numbers with a human touch."
    markup = f"""<!doctype html><html lang="en"><body><div class="b-{dice.token()}"><div
class="brands"><a href="https://ink.example">Ink</a><a href="https://loom.example">Loom</a><a
href="https://fern.example">Fern</a></div></div><div class="g"><div class="g-top"><a href="/">Brindle
Group</a><div>{dice.links(5)}</div><span data-n="{dice.token()}">Hello, guest {dice.randrange(9999)}
</span></div><div class="g-body"><div class="g-side"><h4>Earlier editions</h4><ul>{versions}</ul>
</div><div class="g-text"><p><a href="/print?{dice.token()}">Print</a> <a href="/pdf">Download PDF</a>
</p>{_flow(blocks)}</div></div><div class="g-ask"><p>{survey}</p><label><input type="radio">Gladly
</label><label><input type="radio">Not now</label></div></div><div class="g-end"><p>{slogan}</p><div>
<a href="/jobs">Jobs</a> <a href="/media">Media</a> <a href="/sites">Sites</a></div><p>© Brindle
Group {dice.choice((2023, 2024))}</p></div></body></html>"""
    return Wrapped(markup, (survey, slogan, "Earlier editions", "Download PDF"))


def newspaper(blocks: list[Block], dice: Dice) -> Wrapped:
    """A newspaper's legal page: tickers, ads, paywall box, comments, most-read list, weather."""
    ticker = "".join(
        f"<span>BRN {dice.randrange(10, 99)}.{dice.randrange(99)}</span>" for _ in "abc"
    )
    teasers = dice.sample(_TEASERS, 4)
    read = "".join(f"<li><a href='/a/{dice.token()}'>{t}</a></li>" for t in teasers)
    wall = "Enjoy unlimited reading for one coin a week."
    markup = f"""<html lang="en"><body><div id="wx">Oslo {dice.randrange(30)}°</div><div class="tick">
{ticker}</div><header><h2><a href="/">The Brindle Herald</a></h2><nav><ul>{dice.links(9)}</ul></nav>
</header><div class="ad" id="ad-{dice.token()}"><a href="https://ads.example/{dice.token()}">Fly to
the islands</a></div><main><article>{_flow(blocks)}</article><div class="wall"><p>{wall}</p>
<button>Join now</button></div><section class="thread"><h3>{dice.randrange(99)} comments</h3></section>
</main><aside><h3>Most read</h3><ol>{read}</ol></aside><footer><ul>{dice.links(7)}</ul><p>Brindle Herald
Media, Fjord Street 1, Oslo</p></footer></body></html>"""
    return Wrapped(markup, (*teasers, wall, "Most read", "Fly to the islands"))


Wrapper = Callable[[list[Block], Dice], Wrapped]
SEEN: tuple[Wrapper, ...] = (
    classic, react, accordions, bootstrap, wordpress, help_centre, tables, trust_centre, shop,
)  # fmt: skip
HELD_OUT: tuple[Wrapper, ...] = (legal_hub, newspaper)
