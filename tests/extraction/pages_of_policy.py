# ruff: noqa: E501 - markup is kept on the line it belongs to
"""Small pages around a policy of the invented company Quillmoor, shared by the tests."""

from __future__ import annotations

OPENING = (
    "Quillmoor Ltd explains in this privacy policy how it processes the personal data of its users."
)
CLOSING = "You may write to our data protection officer at any time about the rights set out above."
FILLER = "".join(
    f"<p>We process the personal data of group {n} only for the purposes that section {n} "
    "names, and we delete it when those purposes have been met.</p>"
    for n in range(1, 9)
)

HEADER = """
<a class="skip" href="#main">Skip to content</a>
<header class="site-header"><a href="/" class="logo">Quillmoor</a>
  <nav><ul><li><a href="/products">Products</a></li><li><a href="/pricing">Pricing</a></li>
  <li><a href="/blog">Blog</a></li><li><a href="/login">Log in</a></li></ul></nav></header>"""
FOOTER = """
<footer><div><h4>Company</h4><ul><li><a href="/about">About us</a></li>
  <li><a href="/jobs">Careers</a></li><li><a href="/press">Press room</a></li></ul></div>
  <p>© 2024 Quillmoor Ltd. All rights reserved.</p></footer>"""
FURNITURE = ("Products", "Pricing", "Log in", "About us", "Careers", "All rights reserved")


def article(inner: str) -> str:
    """A policy in an article of a usual page; ``inner`` stands in its middle."""
    return (
        f"<!doctype html><html lang=en><head><title>Privacy | Quillmoor</title></head><body>{HEADER}"
        f"<main><article><h1>Privacy Policy</h1><p>{OPENING}</p>{FILLER}{inner}<p>{CLOSING}</p>"
        f"</article></main>{FOOTER}</body></html>"
    )


def bare(inner: str) -> str:
    """The same policy in nested divs that say nothing of what they are."""
    page = article(inner)
    for tag in ("main", "article"):
        page = page.replace(f"<{tag}>", "<div class=css-1x>").replace(f"</{tag}>", "</div>")
    return page
