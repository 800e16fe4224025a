"""An alert in Slack's Block Kit, within Slack's limits. Pure.

Slack refuses a message that breaks a limit, so findings that do not fit are counted and linked, and
a finding that is too long is cut at a word. No words of a stranger can mention or link: they are
escaped, marked verbatim, and ``@`` and ``://`` are broken up by an invisible character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from notifiers import slack_actions
from notifiers.digest import DigestMessage
from notifiers.message import Item, Link, Message
from notifiers.redlines import Piece, cut
from notifiers.wording import inert, shorten

HEADER_LIMIT = 150
SECTION_LIMIT = 3000
#: Measured: Slack takes about 13,200 characters of text in all blocks together.
TOTAL_LIMIT = 13_200
BLOCK_LIMIT = 50
#: Room for the line that counts what was left out, and a margin.
_SPARE = 700
_FALLBACK_LIMIT = 1000
_REDLINE_LIMITS = (1500, 700, 300)

_ITALIC = re.compile(r"(?<!\w)_|_(?!\w)")
_FORMAT = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
#: A header is plain text, of which nobody promises that Slack undoes escapes.
_PLAIN = str.maketrans({"<": "‹", ">": "›"})


def payload(message: Message, subject: str = "", mention: Sequence[str] = ()) -> dict[str, Any]:
    """The body of ``chat.postMessage`` or of an incoming webhook, without the channel.

    With the ``subject`` of an alert to decide on there are buttons under it; it calls those whom
    ``mention`` names, as the configuration does.
    """
    pressed = slack_actions.buttons(subject) if subject else None
    return _body(fallback_text(message), _blocks(message, pressed, mention), mention)


def digest_payload(digest: DigestMessage, mention: Sequence[str] = ()) -> dict[str, Any]:
    """The same for a digest: a line and a link for each alert, the gravest first."""
    said = [f"{entry.badge} {entry.heading}: {entry.said}" for entry in digest.entries]
    text = "\n".join([digest.subject, *said[:5]])
    blocks = _digest_blocks(digest, mention)
    return _body(neutral(shorten(text, _FALLBACK_LIMIT)), blocks, mention)


def called(mention: Sequence[str]) -> str:
    """Whom to call, in Slack's own marks: people, groups, or whoever is in the channel."""
    return " ".join(map(_call, mention))


def _call(name: str) -> str:
    if name in ("here", "channel", "everyone"):
        return f"<!{name}>"
    return f"<!subteam^{name}>" if name.startswith("S") else f"<@{name}>"


def _digest_blocks(digest: DigestMessage, mention: Sequence[str]) -> list[Block]:
    title = inert(digest.title.translate(_PLAIN))
    head: list[Block] = [
        HeaderBlock(text=PlainTextObject(text=shorten(title, HEADER_LIMIT), emoji=False)),
        _section(neutral(digest.lead)),
        *_calls(mention),
        DividerBlock(),
    ]
    room = TOTAL_LIMIT - sum(_size(block) for block in head) - _SPARE
    lines: list[Block] = []
    for entry in digest.entries:
        section = _section(_entry(entry))
        if room < _size(section) or len(head) + len(lines) >= BLOCK_LIMIT - 1:
            break
        room -= _size(section)
        lines.append(section)
    if left := len(digest.entries) - len(lines):
        lines.append(_context(f"… and {left} more alert{'s' if left != 1 else ''}"))
    return [*head, *lines]


def _entry(message: Message) -> str:
    link = next(iter(message.links), None)
    text = f"*{message.badge}* · *{neutral(message.heading)}*\n{neutral(message.said)}"
    return f"{text}\n{_link(link)}" if link else text


def _calls(mention: Sequence[str]) -> list[Block]:
    return [_section(called(mention))] if mention else []


def _body(text: str, blocks: Sequence[Block], mention: Sequence[str]) -> dict[str, Any]:
    return {
        "text": f"{text}\n{called(mention)}" if mention else text,
        "blocks": [block.to_dict() for block in blocks],
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def fallback_text(message: Message) -> str:
    """What notifications and screen readers get."""
    lines = [_title(message), *(item.headline for item in message.items[1:6])]
    if not message.items:
        lines.append(message.lead)
    return neutral(shorten("\n".join(lines), _FALLBACK_LIMIT))


def neutral(text: str) -> str:
    """A stranger's words for mrkdwn: they can neither mention nor link nor change the format."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _ITALIC.sub("ˍ", text.translate(_FORMAT))
    return inert(text)


def _blocks(message: Message, pressed: Block | None, mention: Sequence[str]) -> list[Block]:
    head, foot = [*_head(message), *_calls(mention)], list(_foot(message))
    foot += [pressed] if pressed else []
    room = TOTAL_LIMIT - sum(_size(block) for block in (*head, *foot)) - _SPARE
    sections: list[Block] = []
    for item in message.items:
        section = _section(_finding(item))
        if room < _size(section) or len(head) + len(sections) + len(foot) >= BLOCK_LIMIT - 1:
            break
        room -= _size(section)
        sections.append(section)
    if left := message.left_out + len(message.items) - len(sections):
        sections.append(_context(_rest(left, message)))
    return [*head, *sections, *foot]


def _head(message: Message) -> Iterator[Block]:
    title = inert(_title(message).translate(_PLAIN))
    yield HeaderBlock(text=PlainTextObject(text=shorten(title, HEADER_LIMIT), emoji=False))
    named = [part for part in (message.heading, message.policy) if part]
    yield _context(" · ".join([f"*{message.badge}*", *map(neutral, named)]))
    if message.lead:
        yield _section(neutral(message.lead))


def _title(message: Message) -> str:
    return message.subject.replace("->", "→")


def _foot(message: Message) -> Iterator[Block]:
    if message.items:
        yield DividerBlock()
    if message.facts:
        lines = (f"*{fact.label}:* {neutral(fact.value)}" for fact in message.facts)
        yield _section("\n".join(lines))
    if message.links:
        yield _section(_link_line(message.links))
    if message.note:
        yield _context(neutral(message.note))


def _finding(item: Item) -> str:
    """A finding with as much of its redline as fits into one section."""
    texts = (_finding_text(item, limit) for limit in _REDLINE_LIMITS)
    return next((text for text in texts if len(text) <= SECTION_LIMIT), _finding_text(item, 0))


def _finding_text(item: Item, redline_limit: int) -> str:
    lines = [f"*{neutral(item.headline)}*", f"{item.effect} · {item.severity} · {item.category}"]
    if item.values:
        lines.append(neutral(item.values))
    if item.section:
        lines.append(f"Section: {neutral(item.section)}")
    if item.context:
        lines.append(neutral(item.context))
    if redline := "".join(_marked(piece) for piece in cut(item.pieces, redline_limit)):
        lines.append(f"> {redline}")
    return "\n".join(lines)


def _marked(piece: Piece) -> str:
    """Struck out or bold. Slack sees marks only at the borders of words: spaces stay outside."""
    text = neutral(piece.text)
    core = text.strip()
    if piece.op == "same" or not core:
        return text
    mark = "~" if piece.op == "gone" else "*"
    lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{lead}{_EDGE}{mark}{core}{mark}{_EDGE}{tail}"


#: A zero-width space makes Slack see the border of a word where there is no other.
_EDGE = "\u200b"


def _rest(left: int, message: Message) -> str:
    words = f"… and {left} more finding{'s' if left != 1 else ''}"
    link = next(iter(message.links), None)
    return f"{words}: {_link(link)}" if link else words


def _link_line(links: Sequence[Link]) -> str:
    """Whole links only: half of one would show its address."""
    line = ""
    for link in links:
        longer = f"{line} · {_link(link)}" if line else _link(link)
        line = longer if len(longer) <= SECTION_LIMIT else line
    return line or "(The addresses are too long for Slack.)"


def _link(link: Link) -> str:
    return f"<{link.url.replace('&', '&amp;')}|{neutral(link.label)}>"


def _section(text: str) -> SectionBlock:
    return SectionBlock(text=_mrkdwn(text))


def _context(text: str) -> ContextBlock:
    return ContextBlock(elements=[_mrkdwn(text)])


def _mrkdwn(text: str) -> MarkdownTextObject:
    return MarkdownTextObject(text=shorten(text, SECTION_LIMIT), verbatim=True)


def _size(block: Block) -> int:
    """Characters of text in a block."""
    shown = block.to_dict()
    texts = [shown.get("text"), *shown.get("elements", [])]
    return sum(len(str(text["text"])) for text in texts if text)
