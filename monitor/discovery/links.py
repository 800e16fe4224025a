"""The links of a page that seem to lead to policies, or to pages with more of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from lxml import etree

from monitor.config import PolicyType
from monitor.discovery.kinds import Kind, kind_of_link
from monitor.domains import registrable
from monitor.extraction.charset import decode
from monitor.extraction.dom import Node, Page, parse
from monitor.extraction.links import target_of

#: No page of a site has more links worth looking at; a page with more is somebody's trap.
_MOST_LINKS = 5_000
_MOST_LISTED = 50_000
_LONGEST = 300
_NAMED = ("aria-label", "title")


@dataclass(frozen=True, slots=True)
class Link:
    """A link worth following: where to, its words, what it seems to be, how sure (2 to 4).

    ``place`` says where it was found, for people.
    """

    url: str
    words: str
    kind: Kind
    sure: int
    place: str


def links_to_policies(content: bytes, charset: str, url: str) -> tuple[Link, ...]:
    """The links of an HTML page to policies and hubs, each address once, in document order.

    ``url`` is where the page lies. Links to other sites count only by their very names: the
    policy of a tool that a site uses is not the site's.
    """
    markup, _ = decode(content, charset, markup=True)
    page = parse(markup, url)
    found: dict[str, Link] = {}
    for node in page.find("a[href]")[:_MOST_LINKS]:
        target = without_fragment(target_of(node.get("href"), page.url))
        words = _words(page, node)
        if not target.startswith(("http://", "https://")):
            continue
        named = kind_of_link(words, target)
        if named is None or (not same_site(target, url) and named.sure < 4):
            continue
        link = Link(target, words, named.kind, named.sure, _place(node))
        known = found.get(target)
        if known is None or link.sure > known.sure:
            found[target] = link
    return tuple(found.values())


def links_of_sitemap(content: bytes) -> tuple[tuple[Link, ...], tuple[str, ...]]:
    """Links to policies in a sitemap (sitemaps.org), and the sitemaps that it lists.

    Nothing for what is no sitemap. Entities are not resolved, and no network is asked.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, recover=True, load_dtd=False
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return (), ()
    if root is None:
        return (), ()
    links: dict[str, Link] = {}
    inner: list[str] = []
    for parent, address in _located(root):
        if parent == "sitemap":
            inner.append(address)
        elif named := kind_of_link("", address):
            links.setdefault(address, Link(address, "", named.kind, named.sure, "the sitemap"))
    return tuple(links.values()), tuple(inner)


def likeliest_first(links: Iterable[Link], home: str) -> list[Link]:
    """Policies worth looking at: the surest first, the site's own before others'."""
    policies = [link for link in links if link.kind != "hub"]
    return sorted(policies, key=lambda link: (not same_site(link.url, home), -link.sure))


def kind_of(link: Link) -> PolicyType:
    """The type of policy that a link is taken to lead to."""
    return "other" if link.kind == "hub" else link.kind


def same_site(one: str, other: str) -> bool:
    """Whether two addresses lie under one registered domain."""
    try:
        hosts = [urlsplit(url).hostname or "" for url in (one, other)]
    except ValueError:
        return False
    return hosts[0] == hosts[1] or (registrable(hosts[0]) == registrable(hosts[1]) != "")


def without_fragment(url: str) -> str:
    """The address of the document itself."""
    try:
        return urlunsplit((*urlsplit(url)[:4], "")) if url else ""
    except ValueError:
        return ""


def _words(page: Page, node: Node) -> str:
    """What a link is called: its text, else what it says to those who do not see it."""
    text = page.text_of(node) or next((node.get(n) for n in _NAMED if node.get(n)), "")
    return re.sub(r"\s+", " ", text).strip()[:_LONGEST]


def _place(node: Node) -> str:
    step: Node | None = node
    while step is not None:
        if step.tag in ("footer", "nav", "header"):
            return {"footer": "the footer", "nav": "the navigation"}.get(step.tag, "the header")
        if re.search(r"(?i)\bfooter\b", f"{step.get('id')} {step.get('class')}"):
            return "the footer"
        step = step.parent
    return "the page"


def _located(root: etree._Element) -> Iterator[tuple[str, str]]:
    """(the name of the parent, the address) of every ``loc``."""
    for count, node in enumerate(root.iter("{*}loc")):
        if count >= _MOST_LISTED:
            return
        parent, text = node.getparent(), (node.text or "").strip()
        if parent is not None and text.startswith(("http://", "https://")):
            yield etree.QName(parent).localname, text[:2000]
