"""HTML: parse, choose, prune, render; where the page shows little, what its scripts hold."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.errors import ExtractionError
from monitor.extraction.charset import decode
from monitor.extraction.dom import TEXT, Node, Page, parse
from monitor.extraction.embedded import embedded_markup
from monitor.extraction.pruning import CONSENT, Pruning, dropped_of, prune
from monitor.extraction.rendering import Renderer
from monitor.extraction.second_opinion import overlooked, words_of
from monitor.extraction.source import Bounds, Extracted, Source

#: Characters below which a page's scripts are asked whether they hold the policy.
LITTLE_TEXT = 600
_DECLARED = "removed by the declaration"
_MUCH_TEXT = 3000
#: trafilatura's time grows faster than a page; larger ones are not worth its opinion.
_TOO_MUCH_TEXT = 300_000
#: Running text that was pruned, in words, from which on the pruning was wrong.
_MANY_WORDS = 100


def read(source: Source) -> Extracted:
    """Read the policy of an HTML page. Raises ExtractionError for a selector without a match."""
    markup, lossy = decode(source.content, source.charset, markup=True)
    warnings: tuple[str, ...] = ("encoding",) if lossy else ()
    extracted = read_markup(markup, source)
    if len(extracted.text) < LITTLE_TEXT and not (source.select or source.ranges):
        held = embedded_markup(markup)
        if held:
            inner = read_markup(held, Source(b"", url=source.url), whole=True)
            if len(inner.text) > 2 * len(extracted.text):
                warnings += ("fallback",)
                extracted = Extracted(
                    inner.text, extracted.title, extracted.language, extracted.dropped,
                    extracted.visible_chars,
                )  # fmt: skip
    return Extracted(
        extracted.text,
        extracted.title,
        extracted.language,
        extracted.dropped,
        extracted.visible_chars,
        warnings,
    )


def read_markup(markup: str, source: Source, *, whole: bool = False) -> Extracted:
    """Read decoded HTML. ``whole`` keeps everything: the markup is known to be the policy."""
    page = parse(markup, source.url)
    visible = page.root.chars
    removed = _removed(page, source.remove)
    chosen, unchosen = _chosen(page, source)
    pruning = Pruning() if whole else prune(page, chosen)
    for node in removed:
        pruning.reasons[node] = _DECLARED
    spans = [(node.index, node.end) for node in chosen]
    text = Renderer(page, set(pruning.reasons) | unchosen).render(spans)
    much_pruned = _MUCH_TEXT < visible <= _TOO_MUCH_TEXT and len(text) < visible / 2
    if much_pruned and not (whole or chosen) and give_back(page, pruning, source.content, text):
        text = Renderer(page, set(pruning.reasons)).render(spans)
    return Extracted(text, page.title, page.language, dropped_of(page, pruning), visible)


def give_back(page: Page, pruning: Pruning, content: bytes, text: str) -> bool:
    """Keep the pruned regions that hold overlooked passages, where those are more than a few."""
    passages = overlooked(content, text)
    if sum(len(passage.split()) for passage in passages) < _MANY_WORDS:
        return False
    final = (CONSENT, _DECLARED)
    held = {n: words_of(page.text_of(n)) for n, why in pruning.reasons.items() if why not in final}
    wrong = [n for n, words in held.items() if any(passage in words for passage in passages)]
    for node in wrong:
        del pruning.reasons[node]
    return bool(wrong)


def _removed(page: Page, selectors: Sequence[str]) -> list[Node]:
    """What ``remove`` names; a page where it names nothing has nothing to remove."""
    return [node for selector in selectors for node in page.find(selector)]


def _chosen(page: Page, source: Source) -> tuple[list[Node], set[Node]]:
    """The outermost selected nodes in document order, and the texts outside every range."""
    found: list[Node] = []
    for selector in source.select:
        found.extend(_must_find(page, selector, "select"))
    unchosen: set[Node] = set()
    if source.ranges:
        spans = [_span(page, bounds) for bounds in source.ranges]
        for node in page.nodes:
            inside = any(start <= node.index < end for start, end in spans)
            if node.tag == TEXT and not inside and not any(
                one.index <= node.index < one.end for one in found
            ):  # fmt: skip
                unchosen.add(node)
        found.append(page.root)
    chosen: list[Node] = []
    for node in sorted(found, key=lambda node: node.index):
        if not chosen or node.index >= chosen[-1].end:
            chosen.append(node)
    return chosen, unchosen


def _span(page: Page, bounds: Bounds) -> tuple[int, int]:
    """A range of the declaration as a half-open range of nodes."""
    start, end = 0, len(page.nodes)
    if bounds.start_before:
        start = _must_find(page, bounds.start_before, "range.start_before")[0].index
    elif bounds.start_after:
        start = _must_find(page, bounds.start_after, "range.start_after")[0].end
    if bounds.end_before:
        found = _must_find(page, bounds.end_before, "range.end_before")
        end = next((n.index for n in found if n.index >= start), found[0].index)
    elif bounds.end_after:
        found = _must_find(page, bounds.end_after, "range.end_after")
        end = next((n.end for n in found if n.end > start), found[0].end)
    return start, end


def _must_find(page: Page, selector: str, key: str) -> list[Node]:
    nodes = page.find(selector)
    if not nodes:
        where = f" of {page.url}" if page.url else ""
        raise ExtractionError(
            f'The selector "{selector}" ({key}) matches nothing on the page{where}. The page may '
            "have been rebuilt, or it may need a browser: compare the selector with the page's "
            "source and correct it in the configuration."
        )
    return nodes
