"""The two bodies of an alert e-mail: plain text, and HTML from the template. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape

from notifiers.message import Item, Message
from notifiers.redlines import as_text

_WIDTH = 76


def text_body(message: Message) -> str:
    """The message in plain characters; the redline as ``[-gone-]`` and ``{+new+}``."""
    return "\n".join(_lines(message)).rstrip() + "\n"


def _lines(message: Message) -> Iterator[str]:
    yield f"{message.badge}  {message.heading}"
    yield ""
    if message.lead:
        yield from _wrapped(message.lead)
        yield ""
    for number, item in enumerate(message.items, start=1):
        yield from _finding(item, number, len(message.items))
    if any(item.pieces for item in message.items):
        yield "[-gone-]  {+new+}"
        yield ""
    width = max((len(fact.label) for fact in message.facts), default=0) + 2
    for fact in message.facts:
        yield from _wrapped(f"{fact.label + ':':<{width}}{fact.value}", " " * width)
    if message.note:
        yield ""
        yield from _wrapped(message.note)
    if message.links:
        yield ""
    for link in message.links:
        yield f"{link.label}: {link.url}"


def _finding(item: Item, number: int, count: int) -> Iterator[str]:
    yield from _wrapped(f"{number}. {item.headline}" if count > 1 else item.headline)
    yield f"   {item.effect} · {item.severity} · {item.category}"
    if item.values:
        yield from _wrapped(f"   {item.values}", "   ")
    if item.section:
        yield from _wrapped(f"   Section: {item.section}", "   ")
    if item.context:
        yield from _wrapped(f"   {item.context}", "   ")
    if item.pieces:
        yield ""
        yield from _wrapped("   | " + as_text(item.pieces), "   | ")
    yield ""


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
        drop_whitespace=True,
    )


def html_body(message: Message) -> str:
    """The message as HTML."""
    return f"<!doctype html><meta charset=utf-8><pre>{escape(text_body(message))}</pre>"
