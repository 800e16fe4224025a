"""What a page would be as a policy: its text, whether the gate lets it pass, selectors to try.

Pure and picklable, so that it runs in a process that can be killed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from monitor.capture import judge
from monitor.commitments import commitments_of
from monitor.config import PolicyType
from monitor.discovery.kinds import kind_of_link
from monitor.extraction.charset import decode
from monitor.extraction.dom import TEXT, Node, Page, parse
from monitor.extraction.formats import content_type
from monitor.model import Document, Dropped, Part
from monitor.reading import Selection, read_parts

_MOST_CHOICES = 5
#: A selector is worth a try if it holds so much of what is read without one, by words.
_ENOUGH = 0.6
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{1,60}")
#: Names that a build makes anew with each release: a selector of them would not last.
_FLEETING = re.compile(r"(?i)(?:^css-|^sc-|__|\d{3,}|[a-z0-9]*\d[a-z]+\d|^_)")


@dataclass(frozen=True, slots=True)
class Choice:
    """A selector to try, and what it would read: in words, and as a share of what is read now."""

    selector: str
    words: int
    share: float


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be captured. ``doubts`` are the gate's reasons against it (empty: it passes).

    ``text`` is normalized Markdown, ``words`` its length; ``commitments`` counts by kind.
    """

    url: str
    final_url: str
    title: str
    site: str
    type: PolicyType
    language: str
    last_updated: date | None
    effective: date | None
    text: str
    words: int
    clauses: int
    commitments: tuple[tuple[str, int], ...]
    doubts: tuple[str, ...]
    choices: tuple[Choice, ...]
    left_out: tuple[Dropped, ...]
    media_type: str


def look(
    parts: tuple[Part, ...],
    selection: Selection,
    declared_language: str = "",
    expected: PolicyType | None = None,
) -> Preview:
    """Read parts as a check would. ``expected`` is the type that led here, where one is known.

    Raises ExtractionError, as for a selector that names nothing.
    """
    document = read_parts(parts, selection)
    judgement = judge(
        document, None, parts=parts, declared_language=declared_language, url=parts[0].url
    )
    page = _page(parts[0])
    counted = Counter(c.kind for c in commitments_of(document)) if judgement.ok else Counter()
    words = len(document.text.split())
    return Preview(
        url=parts[0].url,
        final_url=parts[0].final_url,
        title=document.title,
        site=_site(page),
        type=type_of(document, parts[0].final_url, expected),
        language=document.language,
        last_updated=document.last_updated,
        effective=document.effective,
        text=document.text,
        words=words,
        clauses=len(document.clauses),
        commitments=tuple(sorted(counted.items())),
        doubts=tuple(reason.detail for reason in judgement.reasons),
        choices=_choices(page, words) if page else (),
        left_out=document.dropped,
        media_type=parts[0].media_type,
    )


def type_of(document: Document, url: str, expected: PolicyType | None = None) -> PolicyType:
    """The type of a document: what its title or first heading says, else what led to it."""
    heading = next((line for line in document.text.splitlines() if line.startswith("#")), "")
    for words in (document.title.split("|")[0], heading.lstrip("# "), document.title):
        named = kind_of_link(words, "")
        if named and named.kind != "hub":
            return named.kind
    if expected:
        return expected
    named = kind_of_link("", url)
    return named.kind if named and named.kind != "hub" else "other"


def _page(part: Part) -> Page | None:
    kind, charset = content_type(part.media_type)
    if kind not in ("text/html", "application/xhtml+xml"):
        return None
    return parse(decode(part.content, charset, markup=True)[0], part.final_url)


def _site(page: Page | None) -> str:
    """What the site calls itself, "" where it does not say."""
    if page is None:
        return ""
    named = page.parser.css_first("meta[property='og:site_name']")
    name = (named.attributes.get("content") or "") if named is not None else ""
    return " ".join(name.split())[:60]


def _choices(page: Page, words: int) -> tuple[Choice, ...]:
    """Selectors that name one element with most of the text; the tightest come first."""
    found: dict[str, tuple[int, int]] = {}
    for node in page.nodes:
        names = list(_names(node)) if node.tag not in ("html", "body", TEXT) else []
        if not names or node.chars < _ENOUGH * words:  # a word has more than one character
            continue
        inside = len(page.text_of(node).split())
        if inside < _ENOUGH * words:
            continue
        for selector in names:
            if len(page.find(selector)) == 1:
                found.setdefault(selector, (inside, node.index))
    ranked = sorted(found.items(), key=lambda item: (item[1][0], -item[1][1], len(item[0])))
    seen: set[int] = set()
    choices = []
    for selector, (inside, index) in ranked:
        if index not in seen:
            seen.add(index)
            choices.append(Choice(selector, inside, round(inside / words, 2) if words else 0.0))
    return tuple(choices[:_MOST_CHOICES])


def _names(node: Node) -> Iterator[str]:
    """How a style sheet would name an element, the names most likely to last first."""
    if _lasts(node.get("id")):
        yield f"#{node.get('id')}"
    if node.tag in ("main", "article"):
        yield node.tag
    if node.get("role") == "main":
        yield "[role=main]"
    for name in node.get("class").split()[:4]:
        if _lasts(name):
            yield f"{node.tag}.{name}"


def _lasts(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and not _FLEETING.search(name)
