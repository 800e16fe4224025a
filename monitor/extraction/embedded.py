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
_REFERENCE = re.compile(r'"\$L?([0-9a-f]{1,6})"')
_ROW = re.compile(rb"\s*([0-9a-f]{1,6}):(?:T([0-9a-f]{1,8}),|[A-Z]{0,3}(?=[\[{\"])|)")
_ELEMENT = re.compile(
    r"(?:h[1-6]|p|li|ul|ol|table|tbody|thead|tr|td|th|div|section|strong|b|a|span)$"
)
_COPY_OF_HTML = re.compile(r"json$|^raw|ast$", re.IGNORECASE)
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
        yield from _stream_values("".join(streamed))
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
    """The rows of a React server stream: ``id:JSON`` lines, ``id:Tlength,text`` (UTF-8 bytes)."""
    data = stream.encode("utf-8", "replace")
    position = 0
    texts: dict[str, str] = {}

    def resolved(match: re.Match[str]) -> str:
        return json.dumps(texts.get(match[1], ""))

    while (row := _ROW.match(data, position)) is not None:
        if row[2]:
            position = row.end() + int(row[2], 16)
            text = data[row.end() : position].decode("utf-8", "replace")
            texts[row[1].decode()] = text
            yield [text]
            continue
        end = data.find(b"\n", row.end())
        end = len(data) if end < 0 else end
        line = data[row.end() : end].decode("utf-8", "replace")
        value = _load(_REFERENCE.sub(resolved, line))
        if value is not None:
            yield value
        position = end + 1


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
        if any(_is_block(child) for child in children):
            break
        total = _weigh(value)
        heavy = [child for child in children if _weigh(child) * 20 >= total * 17]
        if len(heavy) != 1 or isinstance(heavy[0], str):
            break
        value = heavy[0]
    return value


def _is_block(value: Any) -> bool:
    """Whether a JSON value is one block of rich text, or one React element."""
    if isinstance(value, dict):
        return bool(_tag_of(value))
    return isinstance(value, list) and len(value) > 3 and value[0] == "$"


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
        elif isinstance(item, list) and _is_block(item):
            yield from _open_element(item, stack)
        elif isinstance(item, list):
            worth = [c for c in item if inside or not isinstance(c, str) or _is_prose(c)]
            stack.extend((child, inside) for child in reversed(worth))
        elif isinstance(item, dict):
            tag = "" if inside else _tag_of(item)
            has_html = any(isinstance(c, str) and _HAS_TAGS.search(c) for c in item.values())
            children = [
                (child, inside or tag)
                for key, child in item.items()
                if _worth(key, child, inside or tag)
                and not (has_html and _COPY_OF_HTML.search(key))
            ]
            if tag:
                stack.append((f"\x00</{tag}>", ""))
            stack.extend(reversed(children))
            if tag:
                yield f"<{tag}>"


def _open_element(item: list[Any], stack: list[tuple[Any, str]]) -> Iterator[str]:
    """A React element ``["$", tag, key, props]``: its children, in its tag if that is HTML's."""
    tag = item[1] if isinstance(item[1], str) and _ELEMENT.match(item[1]) else "div"
    props = item[3] if isinstance(item[3], dict) else {}
    inner = props.get("dangerouslySetInnerHTML")
    stack.append((f"\x00</{tag}>", ""))
    if isinstance(inner, dict) and isinstance(inner.get("__html"), str):
        stack.append((f"\x00{inner['__html']}", ""))
    elif "children" in props:
        stack.append((props["children"], tag))
    else:
        stack.extend((v, "") for v in reversed(list(props.values())) if isinstance(v, list | dict))
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
        return
    if _HAS_TAGS.search(text):
        yield f"<div>{text}</div>"
        return
    text = html.unescape(text)
    if len(text) < 200 and "\n" not in text and text[-1:] not in ".;:!?":
        yield f"<h3>{html.escape(text, quote=False)}</h3>"
    else:
        for part in re.split(r"\n\s*\n", text):
            yield f"<p>{html.escape(part, quote=False)}</p>"
