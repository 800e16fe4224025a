"""What of a page is not its policy: navigation, consent banners, footers, counters.

Recall first. The page is split at its core (``<main>``, ``<article>``, or where nine tenths of its
running text stand). Inside the core only what proves itself furniture goes: a share bar links to
share pages, a newsletter box has an e-mail field, a counter counts. Outside, blocks stay that read
like policy (an announcement above it), and what is links, buttons or a footer goes. Class names
never decide alone. Whatever goes is returned with its place and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from monitor.extraction import words
from monitor.extraction.consent import consent_nodes
from monitor.extraction.dates import has_date_claim
from monitor.extraction.dom import FIELDS, HEADINGS, INLINE, TEXT, Node, Page, path_of
from monitor.model import Dropped

#: Why a region was left out: it asks for consent to cookies.
CONSENT = "consent banner"
_LEAVES = frozenset(("p", "li", "ul", "ol", "dl", "dd", "dt", "blockquote", "pre", "details"))
_NAV_ROLES = frozenset(("navigation", "menu", "menubar", "search", "toolbar", "banner"))
_FURNITURE_TAGS = frozenset(["nav", "header", "footer", "aside", "dialog", "search", "menu"])
_FURNITURE_ROLES = _NAV_ROLES | {"contentinfo", "complementary", "dialog", "alertdialog", "alert"}
_READ_LANGUAGES = ("en", "it", "fr", "de", "es", "")
_SEGMENTS = re.compile(r"(\s*[|·•–—/]\s*)")
_DIGIT = re.compile(r"\d")
_COUNT_NAMES = re.compile(r"count|views?\b|badge|likes|shares|counter", re.IGNORECASE)
_MAX_DROPPED_CHARS = 4000
#: Larger subtrees are not looked at as a whole, so that deep nesting costs no quadratic time.
_MAX_FURNITURE_NODES = 600
_MAX_SMALL_NODES = 40


@dataclass(slots=True)
class Pruning:
    """The nodes to leave out of the text, each with the reason, and what people are shown of it."""

    reasons: dict[Node, str] = field(default_factory=dict)
    notes: list[Dropped] = field(default_factory=list)

    def drop(self, node: Node, reason: str) -> None:
        self.reasons.setdefault(node, reason)


def prune(page: Page, chosen: Sequence[Node] = ()) -> Pruning:
    """Decide what to leave out. ``chosen`` nodes (selected by a declaration) are all core."""
    pruning = Pruning()
    if chosen:
        cores: list[Node] = list(chosen)
    else:
        for node in consent_nodes(page, _landmarks(page)):
            pruning.drop(node, CONSENT)
        cores, landmark = _cores(page, pruning)
        for node in _outside(page, cores, pruning):
            place = _Place(
                landmark=landmark,
                before_title=node.end <= cores[0].index and _is_body(page, cores[0]),
                after=node.index >= cores[-1].end,
            )
            _judge_outside(page, node, pruning, place)
    for core in cores:
        _judge_inside(page, core, pruning)
    return pruning


def dropped_of(page: Page, pruning: Pruning) -> tuple[Dropped, ...]:
    """What was pruned, in document order, neighbours with one reason joined."""
    out = list(pruning.notes)
    nodes = sorted(pruning.reasons, key=lambda node: node.index)
    done = -1
    for node in nodes:
        if node.index < done or not node.chars:
            continue
        done = node.end
        text = page.text_of(node)
        if text:
            short = text if len(text) <= _MAX_DROPPED_CHARS else text[:_MAX_DROPPED_CHARS] + " …"
            out.append(Dropped(short, path_of(node), pruning.reasons[node]))
    return tuple(out)


# --- the core ------------------------------------------------------------------------------------


def _landmarks(page: Page) -> list[Node]:
    """The page's own statement of where its content is, if it holds at least half of the text."""
    weight = "prose" if page.root.prose >= 200 else "mass"
    for marked in (page.mains, page.articles):
        found: list[Node] = []
        for node in marked:
            if not found or node.index >= found[-1].end:
                found.append(node)
        if found and sum(getattr(n, weight) for n in found) * 2 >= getattr(page.root, weight) > 0:
            return found
    return []


def _cores(page: Page, pruning: Pruning) -> tuple[list[Node], bool]:
    """Where the policy stands, and whether the page itself says so."""
    landmarks = [n for n in _landmarks(page) if not _gone(n, pruning)]
    if landmarks:
        return landmarks, True
    core = page.root
    while True:
        total, weight = _weigh(core, pruning)
        best = None
        for child in _children(page, core):
            if child.tag in _LEAVES or child.tag in HEADINGS or child.tag in INLINE:
                continue
            if child not in pruning.reasons and _weigh(child, pruning, weight)[0] * 10 >= total * 9:
                best = child
        if best is None or not total:
            return [core], False
        core = best


def _weigh(node: Node, pruning: Pruning, weight: str = "") -> tuple[int, str]:
    """Running text below a node that is not pruned (or all its own text, where it has no prose)."""
    gone = [n for n in pruning.reasons if node.index < n.index < node.end]
    prose = node.prose - sum(n.prose for n in gone)
    if weight == "prose" or (not weight and prose >= 200):
        return prose, "prose"
    return node.mass - sum(n.mass for n in gone), "mass"


def _gone(node: Node, pruning: Pruning) -> bool:
    step: Node | None = node
    while step is not None:
        if step in pruning.reasons:
            return True
        step = step.parent
    return False


def _children(page: Page, node: Node) -> Iterator[Node]:
    index = node.index + 1
    while index < node.end:
        child = page.nodes[index]
        yield child
        index = child.end


def _outside(page: Page, cores: Iterable[Node], pruning: Pruning) -> Iterator[Node]:
    """The largest subtrees that hold no core."""
    inside = set(cores)
    ancestors: set[Node] = set()
    for core in cores:
        step = core.parent
        while step is not None:
            ancestors.add(step)
            step = step.parent
    for ancestor in sorted(ancestors - inside, key=lambda node: node.index):
        for child in _children(page, ancestor):
            if child not in ancestors and child not in inside and child not in pruning.reasons:
                yield child


# --- outside the core ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a subtree outside the core stands. ``landmark``: the page itself marks its core."""

    landmark: bool
    before_title: bool
    after: bool


def _is_body(page: Page, core: Node) -> bool:
    """Whether the core is a whole policy: it has a title of its own, or length."""
    return core.prose > 1500 or any(node.tag in ("h1", "h2") for node in page.subtree(core))


def _judge_outside(page: Page, top: Node, pruning: Pruning, place: _Place) -> None:
    stack = [top]
    while stack:
        node = stack.pop()
        if not node.chars or node in pruning.reasons:
            continue
        if node.tag == TEXT:
            reason = _outside_reason(page, node, place)
        else:
            reason = _furniture_reason(page, node) or _whole_reason(page, node, place)
            if not reason:
                children = list(_children(page, node))
                if any(c.tag != TEXT and c.tag not in INLINE and c.chars for c in children):
                    stack.extend(reversed(children))
                    continue
                reason = _outside_reason(page, node, place)
        if reason:
            pruning.drop(node, reason)


def _whole_reason(page: Page, node: Node, place: _Place) -> str:
    """Why a whole subtree outside the core is furniture, or ""."""
    if node.tag in HEADINGS or node.tag == TEXT:
        return ""
    if (node.tag == "nav" or node.get("role") in _NAV_ROLES) and node.prose < 200:
        has_title = any(n.tag == "h1" and n.chars > n.link_chars for n in page.subtree(node))
        if not has_title:
            return "navigation"
    linked = node.link_chars * 2 >= node.chars and node.prose == 0
    if linked and node.near >= 4 and node.near >= node.far:
        return "links of the site"
    if node.chars > 3000 or node.end - node.index > _MAX_FURNITURE_NODES:
        return ""
    footer = _is_footer(node) or (place.after and words.COPYRIGHT.search(page.text_of(node)))
    if footer and not _policy_blocks(page, node):
        return "footer"
    works = node.controls or node.near
    if works and node.chars < 250 and not _says_policy(page, node):
        return "box with links or buttons"
    first = next((n for n in page.subtree(node) if n.tag == TEXT and n.chars), None)
    if works and first is not None and words.RELATED.match(first.text.strip()):
        return "" if _policy_blocks(page, node) else "related links"
    return ""


def _says_policy(page: Page, node: Node) -> bool:
    """Whether a short subtree holds a title, a stated date, or the vocabulary of policies."""
    text = page.text_of(node)
    return (
        any(n.tag == "h1" for n in page.subtree(node))
        or (node.anchored < node.chars and words.looks_like_policy(text))
        or has_date_claim(text)
        or page.language[:2].lower() not in _READ_LANGUAGES
    )


def _is_footer(node: Node) -> bool:
    names = f"{node.get('class')} {node.get('id')}".lower()
    return node.tag == "footer" or node.get("role") == "contentinfo" or "footer" in names


def _policy_blocks(page: Page, node: Node) -> bool:
    """Whether running text that reads like policy (no copyright line) stands in a subtree."""
    for inner in page.subtree(node):
        if inner.block is inner and inner.prose and inner.tag != TEXT and _own_prose(page, inner):
            text = page.text_of(inner)
            if words.looks_like_policy(text) and not words.COPYRIGHT.search(text):
                return True
    return False


def _own_prose(page: Page, node: Node) -> bool:
    return node.prose > sum(child.prose for child in _children(page, node))


def _outside_reason(page: Page, node: Node, place: _Place) -> str:
    """Why one block outside the core is not policy, or ""."""
    text = page.text_of(node)
    count = len(text.split())
    readable = page.language[:2].lower() in _READ_LANGUAGES
    policy = words.looks_like_policy(text) if readable else count >= 25
    mostly_linked = node.anchored * 2 > node.chars or (node.controls and count < 8)
    if node.tag == "h1" and not mostly_linked:
        return ""
    if has_date_claim(text) and not words.COPYRIGHT.search(text):
        return ""
    if policy and count >= 8 and not mostly_linked:
        return "copyright line" if words.COPYRIGHT.search(text) and count < 40 else ""
    if mostly_linked:
        return "links and buttons"
    if _in_furniture(node):
        return "page furniture"
    if not policy and (place.landmark or (place.before_title and count < 8)):
        return "outside the main part"
    return "copyright line" if words.COPYRIGHT.search(text) and count < 40 else ""


def _in_furniture(node: Node) -> bool:
    step: Node | None = node
    while step is not None and step.tag not in ("body", "html"):
        if step.tag in _FURNITURE_TAGS or step.get("role") in _FURNITURE_ROLES:
            return True
        if words.is_furniture(f"{step.get('class')} {step.get('id')} {step.get('aria-label')}"):
            return True
        step = step.parent
    return False


# --- inside the core -----------------------------------------------------------------------------


def _judge_inside(page: Page, core: Node, pruning: Pruning) -> None:
    index = core.index
    while index < core.end:
        node = page.nodes[index]
        if node in pruning.reasons:
            index = node.end
            continue
        reason = ""
        if node.chars and node is not core:
            if node.tag == TEXT:
                _trim_counters(node, pruning)
            else:
                reason = _furniture_reason(page, node) or _inner_reason(page, node)
        if reason:
            pruning.drop(node, reason)
            index = node.end
        else:
            index += 1
    _drop_related_lists(page, core, pruning)


def _inner_reason(page: Page, node: Node) -> str:
    """Why a small part of the core is no policy text, or ""."""
    if node.tag == "nav" or node.get("role") == "navigation":
        anchored = sum(n.chars for n in page.subtree(node) if n.tag == TEXT and n.link is not None)
        return "navigation" if anchored * 10 >= node.chars * 7 and not node.prose else ""
    if node.tag == "button" and node.chars < 60:
        text = page.text_of(node)
        if words.ACCEPT.fullmatch(text) or words.REFUSE.fullmatch(text):
            return "button"
    return ""


def _furniture_reason(page: Page, node: Node) -> str:
    """Why a subtree proves itself furniture wherever it stands, or ""."""
    size = node.end - node.index
    if node.chars > 3000 or node.tag == "h1" or size > _MAX_FURNITURE_NODES:
        return ""
    if node.chars <= 140 and size <= _MAX_SMALL_NODES and (reason := _small_reason(page, node)):
        return reason
    links = node.near + node.far
    if links >= 2 and not node.prose and node.chars < 300 and _shares(page, node, links):
        return "share bar"
    if node.controls and node.chars < 500 and (reason := _form_reason(page, node)):
        return reason
    if links >= 3 and node.chars < 1500 and not node.prose and _is_language_picker(page, node):
        return "language picker"
    if links and node.chars < 300 and not node.prose and node.near == links:
        names = f"{node.get('class')} {node.get('id')} {node.get('aria-label')}".lower()
        if re.search(r"breadcrumb|\bcrumbs?\b", names):
            return "breadcrumbs"
    if node.near >= 2 and node.near >= node.far and node.link_chars * 10 >= node.chars * 6:
        first = next((n for n in page.subtree(node) if n.tag == TEXT and n.chars), None)
        if first is not None and first.link is None and words.RELATED.match(first.text.strip()):
            return "related links"
    return ""


def _small_reason(page: Page, node: Node) -> str:
    """Why a short element (at most 140 characters) is a counter, a clock, a token or a control."""
    if node.tag in HEADINGS:
        return ""
    text = page.text_of(node)
    if _DIGIT.search(text):
        if words.COUNTER.fullmatch(text):
            return "counter"
        if words.TOKEN.fullmatch(text):
            return "value of one load"
        if text.replace(",", "").replace(".", "").rstrip("kKmM+ ").isdigit() and (
            _COUNT_NAMES.search(node.get("class"))
        ):
            return "counter"
    if words.RELATIVE_CLAIM.fullmatch(text) or (
        node.tag == "time" and words.RELATIVE_TIME.fullmatch(text)
    ):
        return "relative time"
    if words.CONTROL.fullmatch(text) and (
        node.tag == "button" or node.tag == "noscript" or node.link is node
        or node.get("role") == "button" or node.controls or node.near or len(text) > 14
        or "skip" in node.get("class")
    ):  # fmt: skip
        return "control"
    return ""


def _shares(page: Page, node: Node, links: int) -> bool:
    """Links to share pages, or a line "Share this:" and nothing but networks after it."""
    targets = [n.get("href") for n in page.subtree(node) if n.link is n]
    if sum(bool(words.SHARE_TARGET.search(target)) for target in targets) >= 2:
        return True
    text = page.text_of(node)
    named = len(words.NETWORKS.findall(text))
    return node.chars < 100 and bool(words.SHARE_LEAD.match(text)) and named > links


def _form_reason(page: Page, node: Node) -> str:
    fields = [n for n in page.subtree(node) if n.tag in FIELDS]
    kinds = {n.get("type").lower() or "text" for n in fields if n.tag == "input"}
    if node.get("role") == "search" or node.tag == "search" or "search" in kinds:
        return "search" if node.chars < 200 else ""
    typed = kinds & {"email", "text"}
    if typed and words.NEWSLETTER.search(page.text_of(node)):
        return "newsletter box"
    if any(n.tag == "textarea" for n in fields) and words.COMMENT_FORM.search(page.text_of(node)):
        return "comment form"
    return ""


def _is_language_picker(page: Page, node: Node) -> bool:
    tokens = [
        token
        for n in page.subtree(node)
        if n.tag == TEXT and n.link is not None
        for token in n.text.lower().split()
    ]
    known = sum(token.strip("()-,") in words.LANGUAGES for token in tokens)
    return len(tokens) >= 3 and known * 10 >= len(tokens) * 7


def _trim_counters(node: Node, pruning: Pruning) -> None:
    """Cut counters out of a line such as "Updated 3 May 2024 | 5 min read | 1,234 views"."""
    if node.chars > 300 or not _DIGIT.search(node.text):
        return
    parts = _SEGMENTS.split(node.text)
    if len(parts) == 1:
        return
    kept: list[str] = []
    for position in range(0, len(parts), 2):
        part = parts[position]
        if words.COUNTER.fullmatch(part.strip()) or words.RELATIVE_CLAIM.fullmatch(part.strip()):
            pruning.notes.append(Dropped(part.strip(), path_of(node), "counter"))
            continue
        if kept and position:
            kept.append(parts[position - 1])
        kept.append(part)
    if len(kept) < len(parts):
        node.text = "".join(kept) or " "


def _drop_related_lists(page: Page, core: Node, pruning: Pruning) -> None:
    """A heading such as "Related articles" and the list of the site's own links right below it."""
    for node in page.subtree(core):
        if node.chars > 60 or node.tag == TEXT or node.tag in INLINE or node in pruning.reasons:
            continue
        if not node.chars or not words.RELATED.fullmatch(page.text_of(node).rstrip(":. ")):
            continue
        after = next((n for n in _after(page, node) if n.chars), None)
        if after is None or after.end > core.end or after.prose:
            continue
        if after.near >= 2 and after.near >= after.far and after.link_chars * 10 >= after.chars * 8:
            pruning.drop(node, "related links")
            pruning.drop(after, "related links")


def _after(page: Page, node: Node) -> Iterator[Node]:
    parent = node.parent
    index = node.end
    while parent is not None and index < parent.end:
        yield page.nodes[index]
        index = page.nodes[index].end
