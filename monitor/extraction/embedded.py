"""Policies that a page keeps in its scripts: Next.js data, JSON state, ``data-*`` attributes.

A fallback for pages that show (nearly) nothing without their scripts. The JSON is walked to where
most of its running text stands, and the strings there are read in order, as HTML where they are.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.IGNORECASE | re.DOTALL)
_STREAMED = re.compile(r"self\.__next_f\.push\(\s*(\[.*\])\s*\)\s*;?\s*$", re.DOTALL)
_ASSIGNED = re.compile(
    r"^\s*(?:window\.|var |let |const |self\.)?[\w.$\[\]\"']{1,60}\s*=\s*(?=[\[{\"])"
)
_ATTRIBUTE = re.compile(r"\sdata-[\w-]{1,40}=(?:\"([^\"]{400,})\"|'([^']{400,})')")
_HAS_TAGS = re.compile(
    r"</?(?:p|div|h[1-6]|li|ul|ol|br|span|strong|table|section)\b[^>]*>", re.IGNORECASE
)
_NOT_PROSE = re.compile(r"^(?:https?:|/|data:|[\w-]+$|\{|\[)")
_HEADING = re.compile(r"h(?:eading)?[-_]?([1-6])$", re.IGNORECASE)
_TYPE_KEYS = ("nodeType", "_type", "type", "style", "tag", "name")
_ITEMS = frozenset(("list-item", "list_item", "listitem", "li", "listitemnode"))
_BLOCKS = frozenset(
    [
        "paragraph",
        "block",
        "p",
        "blockquote",
        "quote",
        "unstyled",
        "unordered-list-item",
        "ordered-list-item",
        "list-item",
        "listitem",
        "list_item",
        "li",
        "heading",
    ]
)
_MIN_PROSE = 500
_MAX_NODES = 200_000


def embedded_markup(markup: str) -> str:
    """The policy in a page's scripts or attributes as HTML, or "" where there is none."""
    best: tuple[int, Any] = (0, None)
    for value in _values(markup):
        weight = _weigh(value)
        if weight > best[0]:
            best = (weight, value)
    if best[0] < _MIN_PROSE:
        return ""
    return "".join(_html(_densest(best[1])))


def _values(markup: str) -> Iterator[Any]:
    """Everything in the page that parses as JSON, streamed pieces joined."""
    streamed: list[str] = []
    for attributes, body in _SCRIPT.findall(markup):
        stripped = body.strip()
        if not stripped or ("src=" in attributes.lower() and len(stripped) < 50):
            continue
        push = _STREAMED.match(stripped)
        if push:
            piece = _load(push[1])
            if isinstance(piece, list) and len(piece) > 1 and isinstance(piece[1], str):
                streamed.append(piece[1])
            continue
        if len(stripped) >= _MIN_PROSE and "ld+json" not in attributes.lower():
            assigned = _ASSIGNED.match(stripped)
            value = _load(stripped[assigned.end() :] if assigned else stripped)
            if value is not None:
                yield value
    if streamed:
        yield list(_stream_values("".join(streamed)))
    for double, single in _ATTRIBUTE.findall(markup):
        text = html.unescape(double or single)
        value = _load(text)
        if value is not None:
            yield value
        elif _HAS_TAGS.search(text):
            yield [text]


def _load(text: str) -> Any:
    """The first JSON value in a text; None where there is none."""
    text = text.lstrip()
    if text[:1] not in '[{"':
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return value


def _stream_values(stream: str) -> Iterator[Any]:
    """The rows of a React server stream: ``id:JSON`` lines and ``id:Tlength,text`` chunks."""
    for row in re.split(r"(?m)^(?=[0-9a-f]{1,4}:)", stream):
        _, _, body = row.partition(":")
        chunk = re.match(r"T[0-9a-f]+,", body)
        if chunk:
            yield body[chunk.end() :]
            continue
        value = _load(body.lstrip("IHLE"))
        if value is not None:
            yield value


def _is_prose(text: str) -> bool:
    return len(text) >= 40 and text.count(" ") >= 6 and (
        bool(_HAS_TAGS.search(text)) or not _NOT_PROSE.match(text)
    )  # fmt: skip


def _weigh(value: Any) -> int:
    """Characters of running text in a JSON value, without recursion."""
    total = 0
    stack = [value]
    seen = 0
    while stack and seen < _MAX_NODES:
        seen += 1
        item = stack.pop()
        if isinstance(item, str):
            total += len(item) if _is_prose(item) else 0
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return total


def _densest(value: Any) -> Any:
    """Descend while one child holds nearly all of the running text."""
    while isinstance(value, dict | list):
        children = list(value.values()) if isinstance(value, dict) else value
        if any(isinstance(child, dict) and _tag_of(child) for child in children):
            break
        total = _weigh(value)
        heavy = [child for child in children if _weigh(child) * 20 >= total * 17]
        if len(heavy) != 1 or isinstance(heavy[0], str):
            break
        value = heavy[0]
    return value


def _html(value: Any) -> Iterator[str]:
    """The strings of a JSON value in order, as HTML blocks; rich-text nodes keep their kind."""
    stack: list[tuple[Any, str]] = [(value, "")]
    seen = 0
    while stack and seen < _MAX_NODES:
        seen += 1
        item, inside = stack.pop()
        if isinstance(item, str) and item.startswith("\x00"):
            yield item[1:]
        elif isinstance(item, str):
            yield from _string(item, inside)
        elif isinstance(item, list):
            stack.extend((child, inside) for child in reversed(item))
        elif isinstance(item, dict):
            tag = "" if inside else _tag_of(item)
            children = [(c, inside or tag) for k, c in item.items() if _worth(k, c, inside or tag)]
            if tag:
                stack.append((f"\x00</{tag}>", ""))
            stack.extend(reversed(children))
            if tag:
                yield f"<{tag}>"


def _worth(key: str, child: Any, inside: str) -> bool:
    """Whether a member can hold text: not types, ids, links or style words."""
    if isinstance(child, dict | list):
        return key not in ("mark", "marks", "markDefs", "seo", "metadata", "image", "images")
    if not isinstance(child, str):
        return False
    if inside:
        return key in ("text", "value", "content", "html")
    return _is_prose(child) or (
        key.lower() in ("title", "heading", "subtitle", "label", "question", "headline")
        and 0 < len(child) < 200
    )


def _tag_of(item: dict[str, Any]) -> str:
    """The HTML element that a rich-text node stands for, or ""."""
    kinds = [str(item[key]).lower() for key in _TYPE_KEYS if isinstance(item.get(key), str)]
    for kind in kinds:
        heading = _HEADING.match(kind)
        if heading:
            return f"h{heading[1]}"
    if item.get("listItem") or any(kind in _ITEMS or kind.endswith("list-item") for kind in kinds):
        return "li"
    return "p" if any(kind in _BLOCKS for kind in kinds) else ""


def _string(text: str, inside: str) -> Iterator[str]:
    if inside:
        yield html.escape(text, quote=False)
    elif _HAS_TAGS.search(text):
        yield f"<div>{text}</div>"
    elif len(text) < 200 and "\n" not in text and text[-1:] not in ".;:!?":
        yield f"<h3>{html.escape(text, quote=False)}</h3>"
    else:
        for part in re.split(r"\n\s*\n", text):
            yield f"<p>{html.escape(part, quote=False)}</p>"
