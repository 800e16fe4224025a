"""A page as a flat, measured tree.

Lexbor parses (as a browser would, about 1 ms a page); one pass copies its tree into ``Node``s in
document order, so that every later step is a loop over a list: no recursion, whatever the depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor.errors import ExtractionError
from monitor.extraction.limits import tame
from monitor.extraction.links import decoded_email

TEXT = "#text"
#: Elements without text that anybody reads.
UNREAD = frozenset(
    [
        "script",
        "style",
        "template",
        "svg",
        "canvas",
        "audio",
        "video",
        "object",
        "embed",
        "map",
        "head",
        "link",
        "meta",
        "base",
        "param",
        "source",
        "track",
        "datalist",
        "progress",
        "meter",
        "frameset",
        "applet",
        "noembed",
        "img",
        "picture",
    ]
)
#: Elements that stand inside a line of text.
INLINE = frozenset(
    [
        "input",
        "select",
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "br",
        "button",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "mark",
        "nobr",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
#: Controls; the choices of a ``select`` are not text.
FIELDS = frozenset(("button", "textarea", "input", "select"))
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_MAX_FRAMES = 20
_MAX_LINK_CHARS = 1500


class Node:
    """An element or a text node (``tag`` is ``#text``); ``page.nodes[index:end]`` is its subtree.

    ``chars`` counts visible characters, ``anchored`` those inside links, ``link_chars`` those in
    links that leave the page, ``prose`` those in blocks that read like running text, ``mass``
    those that are no link within the site. ``near`` and ``far`` count links to the page's own
    site and to others, ``controls`` buttons and fields.
    """

    __slots__ = (
        "anchored", "attrs", "block", "chars", "controls", "end", "far", "index", "link",
        "link_chars",
        "mass", "near", "parent", "prose", "tag", "text",
    )  # fmt: skip

    def __init__(self, tag: str, parent: Node | None, index: int, text: str = "") -> None:
        self.tag = tag
        self.parent: Node | None = parent
        self.index = index
        self.end = index + 1
        self.text = text
        self.attrs: dict[str, str | None] = {}
        self.block: Node = self if parent is None else parent.block
        self.link: Node | None = parent.link if parent is not None else None
        self.chars = self.link_chars = self.anchored = self.prose = self.mass = 0
        self.near = self.far = self.controls = 0

    def get(self, name: str) -> str:
        """An attribute's value, or ""."""
        return self.attrs.get(name) or ""


@dataclass(slots=True)
class Page:
    """A parsed page. ``nodes`` are in document order, ``nodes[0]`` is the root element."""

    nodes: list[Node]
    parser: LexborHTMLParser
    by_id: dict[int, Node]
    url: str
    host: str
    title: str = ""
    language: str = ""
    mains: list[Node] = field(default_factory=list)
    articles: list[Node] = field(default_factory=list)
    unclosed: set[str] = field(default_factory=set)
    frames: int = 0

    @property
    def root(self) -> Node:
        return self.nodes[0]

    def subtree(self, node: Node) -> list[Node]:
        """The node and its descendants, in document order."""
        return self.nodes[node.index : node.end]

    def text_of(self, node: Node) -> str:
        """All text of a subtree, white space collapsed."""
        return " ".join(" ".join(n.text for n in self.subtree(node) if n.tag == TEXT).split())

    def find(self, selector: str) -> list[Node]:
        """The nodes that match a CSS selector, in document order. Raises ExtractionError."""
        found = _query(self.parser, selector)
        nodes = [self.by_id[n.mem_id] for n in found if n.mem_id in self.by_id]
        return sorted(nodes, key=lambda node: node.index)


def check_selector(css: str) -> None:
    """Raise ExtractionError with a readable reason if a CSS selector cannot be used."""
    _query(LexborHTMLParser("<i></i>"), css)


def parse(markup: str, url: str | None = None) -> Page:
    """Parse HTML into a measured page."""
    parser = LexborHTMLParser(tame(markup))
    page = Page([], parser, {}, url or "", "")
    html = parser.css_first("html")
    if html is None:  # lexbor always makes one; an empty page is still a page
        page.nodes.append(Node("html", None, 0))
        return page
    page.language = html.attributes.get("lang") or html.attributes.get("xml:lang") or ""
    title = parser.css_first("head title") or parser.css_first("title")
    page.title = " ".join(title.text().split())[:300] if title is not None else ""
    page.url = _base(parser, url or "")
    page.host = site(urlsplit(page.url).hostname or "") if page.url else ""
    _copy(page, html)
    measure(page)
    return page


def site(host: str) -> str:
    """The last two labels of a host name: near enough to tell a site's own links from others."""
    return ".".join(host.lower().rstrip(".").split(".")[-2:])


def path_of(node: Node, depth: int = 4) -> str:
    """A short CSS-like path to a node, for people: ``div#root > footer.site-footer``."""
    steps: list[str] = []
    step: Node | None = node
    while step is not None and len(steps) < depth and step.tag != "html":
        if step.tag != TEXT:
            label = f"#{step.get('id')}" if step.get("id") else ""
            label += "".join(f".{name}" for name in step.get("class").split()[:2])
            steps.append((step.tag + label)[:80])
        step = step.parent
    return " > ".join(reversed(steps))


def _query(parser: LexborHTMLParser, selector: str) -> Sequence[LexborNode]:
    try:
        return parser.css(selector)
    except SelectolaxError as error:
        raise ExtractionError(
            f'"{selector}" is not a CSS selector that can be used. Write one as in a style sheet, '
            'for example "main .policy" (XPath, :contains() and ::before are not understood).'
        ) from error


def _base(parser: LexborHTMLParser, url: str) -> str:
    base = parser.css_first("base[href]")
    href = (base.attributes.get("href") or "") if base else ""
    if href.startswith(("http://", "https://")):
        return href
    if url:
        return url
    for selector, name in (("link[rel=canonical]", "href"), ("meta[property='og:url']", "content")):
        node = parser.css_first(selector)
        value = (node.attributes.get(name) or "") if node else ""
        if value.startswith(("http://", "https://")):
            return value
    return ""


def _copy(page: Page, root: LexborNode) -> None:
    """Copy lexbor's tree into ``page.nodes``, splicing in the documents of ``iframe srcdoc``."""
    nodes = page.nodes
    open_nodes: list[Node] = []
    waiting: list[tuple[LexborNode | None, Node | None]] = []
    source: LexborNode | None = root
    parent: Node | None = None
    while True:
        if source is None:
            if not open_nodes:
                return
            open_nodes.pop().end = len(nodes)
            source, parent = waiting.pop()
            continue
        following = source.next if parent is not None else None
        tag = source.tag or "-"
        if tag == "-text":
            text = source.text_content
            if text:
                nodes.append(Node(TEXT, parent, len(nodes), text))
        elif tag[0] not in "-!" and (tag not in UNREAD or _shadow(source, tag)):
            node = _element(page, source, tag, parent)
            child = _first_child(page, source, node)
            if child is not None:
                open_nodes.append(node)
                waiting.append((following, parent))
                source, parent = child, node
                continue
        source = following


def _element(page: Page, source: LexborNode, tag: str, parent: Node | None) -> Node:
    node = Node(tag, parent, len(page.nodes))
    if tag not in INLINE:
        node.block = node
    page.nodes.append(node)
    page.by_id[source.mem_id] = node
    attrs = node.attrs = source.attributes
    if tag == "a" and attrs.get("href"):
        node.link = node
    role = attrs.get("role")
    if tag == "main" or role == "main":
        page.mains.append(node)
    elif tag == "article" or role == "article":
        page.articles.append(node)
    return node


def _shadow(source: LexborNode, tag: str) -> bool:
    return tag == "template" and "shadowrootmode" in source.attributes


def _first_child(page: Page, source: LexborNode, node: Node) -> LexborNode | None:
    """Where to go on below an element: its child, its shadow tree, or the document it frames."""
    tag = node.tag
    if tag == "select":
        return None
    if tag == "template":
        fragments = source.template_fragments()
        return fragments[0].child if fragments else None
    if tag == "iframe":
        framed = node.get("srcdoc")
        if not framed or page.frames >= _MAX_FRAMES:
            return None
        page.frames += 1
        body = LexborHTMLParser(tame(framed)).body
        return body.child if body is not None else None
    if "data-cfemail" in node.attrs:
        address = Node(TEXT, node, len(page.nodes), decoded_email(node.get("data-cfemail")))
        page.nodes.append(address)
        node.end = len(page.nodes)
        return None
    return source.child


# --- measures ------------------------------------------------------------------------------------


def measure(page: Page) -> None:
    """Fill in the counts of every node, from the leaves up."""
    own: dict[Node, list[int]] = {}
    _find_unclosed_links(page)
    for node in page.nodes:
        if node.tag == TEXT:
            _measure_text(node, own)
        elif node.link is node:
            _measure_link(node, page)
        elif node.tag in FIELDS or node.get("role") == "button":
            node.controls += 1
    for block, (words, chars, linked) in own.items():
        if words - linked >= 8 and chars >= 50 and linked * 2 < words:
            block.prose += chars
    for node in reversed(page.nodes):
        parent = node.parent
        if parent is None:
            continue
        if node.chars:
            parent.chars += node.chars
            parent.link_chars += node.link_chars
            parent.anchored += node.anchored
            parent.prose += node.prose
            parent.mass += node.mass
        if node.near or node.far:
            parent.near += node.near
            parent.far += node.far
        if node.controls:
            parent.controls += node.controls


def _find_unclosed_links(page: Page) -> None:
    """A link that was never closed is carried over into every later block: it is no link there."""
    chars: dict[str, int] = {}
    for node in page.nodes:
        if node.tag == TEXT and node.link is not None:
            href = node.link.get("href")
            chars[href] = chars.get(href, 0) + len(node.text)
    page.unclosed = {href for href, count in chars.items() if count > _MAX_LINK_CHARS}
    if page.unclosed:
        for node in page.nodes:
            if node.link is not None and node.link.get("href") in page.unclosed:
                node.link = None


def _measure_text(node: Node, own: dict[Node, list[int]]) -> None:
    words = node.text.split()
    if not words:
        return
    node.chars = sum(map(len, words)) + len(words) - 1
    tally = own.setdefault(node.block, [0, 0, 0])
    tally[0] += len(words)
    tally[1] += node.chars
    link = node.link
    if link is not None:
        node.anchored = node.chars
    if link is not None and not link.get("href").startswith("#"):
        node.link_chars = node.chars
        tally[2] += len(words)
    if link is None or link.get("href").startswith("http"):
        node.mass = node.chars


def _measure_link(node: Node, page: Page) -> None:
    href = node.get("href").strip()
    if href.startswith("#"):
        return
    if href.startswith(("http://", "https://", "//")):
        try:
            host = site(urlsplit(href).hostname or "")
        except ValueError:
            host = ""
        near = bool(page.host) and host == page.host
    else:
        near = not href.startswith(("mailto:", "tel:"))
    node.near += near
    node.far += not near
