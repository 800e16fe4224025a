"""Markup that would take a parser quadratic time, made harmless before it is parsed.

Lexbor compares each attribute of a tag with those before it (20,000 attributes: 0.8 s, 200,000:
minutes) and walks the stack of open blocks at each tag (100,000 nested divs: 22 s). No text is
lost: only surplus attributes and surplus nesting go.
"""

from __future__ import annotations

import re

MAX_ATTRIBUTES = 200
MAX_DEPTH = 1500
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{4000,}>?")
_TITLE = re.compile(r"<title\b[^>]*>", re.IGNORECASE)
_TITLE_END = re.compile(r"</title\s*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""[^\s"'>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")
_NESTING = (
    "div|section|article|main|aside|header|footer|nav|ul|ol|dl|blockquote|center|details|summary|"
    "fieldset|figure|form|table|address|dir|menu|pre|listing|hgroup|search"
)
_OPEN = re.compile(rf"<(?:{_NESTING})[\s>/]", re.IGNORECASE)
_TAG = re.compile(rf"<(/?)(?:{_NESTING})(?=[\s>/])[^>]*>", re.IGNORECASE)


def tame(markup: str) -> str:
    """Return the markup with at most 200 attributes a tag and 1,500 nested blocks."""
    if _TITLE.search(markup) and not _TITLE_END.search(markup):
        markup = _TITLE.sub("", markup)  # left open, it would swallow the page
    markup = _LONG_TAG.sub(_thin, markup) if _LONG_TAG.search(markup) else markup
    if (
        markup.count("<") > 2 * MAX_DEPTH
        and len(_OPEN.findall(markup)) > MAX_DEPTH
        and _depth(markup) > MAX_DEPTH
    ):
        return _flatten(markup)
    return markup


def _thin(match: re.Match[str]) -> str:
    tag = match[0]
    if tag.count("=") + tag.count(" ") <= MAX_ATTRIBUTES:
        return tag
    name = re.match(r"<[^\s/>]+", tag)
    assert name is not None
    parts: list[str] = []
    for attribute in _ATTRIBUTE.finditer(tag, name.end()):
        parts.append(attribute[0])
        if len(parts) > MAX_ATTRIBUTES:
            return f"{name[0]} {' '.join(parts)}>"
    return tag


def _depth(markup: str) -> int:
    """The deepest nesting that the tags could reach if every unclosed one stayed open."""
    depth = deepest = 0
    for match in _TAG.finditer(markup):
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _flatten(markup: str) -> str:
    """Drop the tags that open a block below the limit, and those that would close them."""
    depth = surplus = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal depth, surplus
        if not match[1]:
            if depth >= MAX_DEPTH:
                surplus += 1
                return "<br><br>"
            depth += 1
            return match[0]
        if surplus:
            surplus -= 1
            return "<br><br>"
        depth = max(0, depth - 1)
        return match[0]

    return _TAG.sub(replace, markup)
