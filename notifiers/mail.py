"""The two bodies of an e-mail, of one alert or of a digest: plain text, and HTML. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from notifiers.digest import DigestMessage
from notifiers.message import Item, Message
from notifiers.redlines import as_text

_WIDTH = 76
_GMAIL_CLIPS_AT = 100_000
_MOST_FINDINGS = (25, 12, 6, 3, 1)

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)
_TEMPLATE = _TEMPLATES.get_template("mail.html")
_DIGEST = _TEMPLATES.get_template("digest.html")
#: How many alerts of a digest are shown whole, and how many findings of each.
_MOST_OF_DIGEST = ((100, 25), (100, 6), (40, 3), (20, 3), (10, 3), (5, 2), (0, 0))

# The at-rules stay: without them there is no dark mode. Stylesheets are never loaded from outside.
_INLINER = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def text_body(message: Message) -> str:
    """The message in plain characters; the redline as ``[-gone-]`` and ``{+new+}``."""
    return "\n".join(_lines(message)).rstrip() + "\n"


def digest_text(digest: DigestMessage) -> str:
    """Contents first, then every alert in plain characters."""
    lines = [digest.title, digest.lead, ""]
    for number, entry in enumerate(digest.entries, 1):
        lines += _wrapped(f"{number:3}. [{entry.badge}] {entry.heading}: {entry.said}", "     ")
    for number, entry in enumerate(digest.entries, 1):
        lines += ["", "=" * _WIDTH, f"{number}.", *_body(entry)]
    return "\n".join([*lines, "", "-- ", *_wrapped(digest.footer)]) + "\n"


def digest_html(digest: DigestMessage) -> str:
    """Contents first, then as many alerts as fit under the size at which Gmail cuts mail off."""
    html = ""
    for shown, most in _MOST_OF_DIGEST:
        html = _inlined(_DIGEST.render(message=digest, shown=shown, most=most))
        if len(html.encode("utf-8")) < _GMAIL_CLIPS_AT:
            break
    return html


def _lines(message: Message) -> Iterator[str]:
    yield from _body(message)
    yield ""
    yield "-- "
    yield from _wrapped(message.footer)


def _body(message: Message) -> Iterator[str]:
    yield f"{message.badge}  {message.heading}"
    yield ""
    if message.lead:
        yield from _wrapped(message.lead)
        yield ""
    for number, item in enumerate(message.items, start=1):
        yield from _finding(item, number if len(message.items) > 1 else 0)
    if message.left_out:
        yield f"... and {message.left_out} more."
        yield ""
    if any(piece.op != "same" for item in message.items for piece in item.pieces):
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


def _finding(item: Item, number: int) -> Iterator[str]:
    yield from _wrapped(f"{number}. {item.headline}" if number else item.headline)
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
    """The message as HTML with its styles inlined, under the size at which Gmail cuts mail off.

    Nothing in it is loaded from anywhere. All text is escaped by the template engine.
    """
    html = ""
    for most in _MOST_FINDINGS:
        html = _inlined(_html(message, most))
        if len(html.encode("utf-8")) < _GMAIL_CLIPS_AT:
            break
    return html


def _html(message: Message, most: int) -> str:
    return _TEMPLATE.render(
        message=message,
        items=message.items[:most],
        left_out=message.left_out + max(0, len(message.items) - most),
        preview=message.lead or message.items[0].headline,
    )


def _inlined(html: str) -> str:
    return _INLINER.inline(html)
