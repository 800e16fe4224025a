"""What reading a page depends on, as one digest: pages with equal outlines have equal texts.

Pages differ on each load in what nobody reads: nonces, scripts, tracking attributes. Reading one
takes fifteen milliseconds, its outline takes one, so a page is read only when its outline is new.

The outline is what the parser made of the page without elements that hold no text that we read
and without attributes that no step of reading looks at. Where that cannot be told there is none
(""), and the page is read: a page whose text may come out of its scripts, selectors that look at
such attributes, and elements whose text looks like tags.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from selectolax.lexbor import LexborHTMLParser

from monitor.extraction.charset import decode
from monitor.extraction.dom import UNREAD
from monitor.extraction.limits import tame

#: Elements without text, of which some say where a page's own links lead or hold text after all.
_SKIPPED = sorted(UNREAD - {"head", "base", "link", "meta", "template"})
_IRRELEVANT = (
    "input[type=hidden], meta:not([property='og:url']), link:not([rel=canonical]), head title"
)
#: Inside these the parser writes text as it is: it could be taken for a tag with attributes.
_RAW = "xmp, plaintext, iframe, noframes, noscript, template"
#: The parser writes < and > in texts and attributes as entities: these are tags and comments only.
_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ATTRIBUTE = re.compile(
    r'\s(?:nonce|integrity|data-(?!cfemail=|target=|bs-target=)[^\s=<>"]*)="[^"]*"'
)


def outline(content: bytes, charset: str = "", selectors: Iterable[str] = ()) -> str:
    """The digest of a page's outline; "" where it has none. ``selectors`` narrow the page."""
    if any("data-" in css or "nonce" in css or "integrity" in css for css in selectors):
        return ""
    markup, _ = decode(content, charset, markup=True)
    parser = LexborHTMLParser(tame(markup))
    if parser.css_first(_RAW) is not None:
        return ""
    parser.strip_tags(_SKIPPED, recursive=True)
    for node in parser.css(_IRRELEVANT):
        node.decompose()
    seen = _COMMENT.sub("", parser.html or "")
    seen = _TAG.sub(lambda tag: _ATTRIBUTE.sub("", tag[0]), seen)
    return hashlib.sha256(seen.encode("utf-8", "surrogatepass")).hexdigest()
