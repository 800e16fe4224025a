"""From the text of a policy to its clauses, with exact offsets.

Two passes: ``_blocks`` cuts the text into headings, paragraphs, list items and table rows by the
shape of its lines; ``segment`` then gives each block its heading path and its lead-in. Both are
linear in the length of the text. Markdown and plain text share one reader; plain text also gets
headings by shape, and its hard-wrapped lines are told from its real line ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from monitor.model import Clause, ClauseKind
from monitor.plain_text import Plain, plain, sentences

__all__ = ["Plain", "plain", "segment", "sentences"]

_BULLET = r"[*+•·▪◦○●■□‣⁃∙–—-]"
_ORDINAL = r"\(?(?:\d{1,3}|[ivxIVX]{1,5}|[a-zA-Z])\\?[.)]|\d{1,2}(?:\.\d{1,2})+\\?[.)]?"
_MARKER = re.compile(rf"(?:(?P<bullet>{_BULLET})|(?P<ordinal>{_ORDINAL}))(?:[ \t\u00a0]+|$)")
_ATX = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_SETEXT = re.compile(r"(=+|-{2,})$")
_RULE = re.compile(r"(?:[-*_][ \t]*){3,}$")
_FENCE = re.compile(r"(?:```|~~~)")
_TABLE_RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*\|?$")
_QUOTE_MARK = re.compile(r"(?:>[ \t]?)+")
_BOLD_LINE = re.compile(r"(?:\d+(?:\.\d+)*\\?[.)]?\s*)?(\*\*|__)(?!\s)(.{1,160}?)\1[:.]?$", re.S)
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)\\?[.)]?\s+\S")
_ANNOUNCES = re.compile(
    r"\b(?:following|below|seguent[ei]|suivant(?:e?s)?|ci-dessous|folgende[nmr]?|siguientes?)\b",
    re.IGNORECASE,
)
_VISIBLE = re.compile(r"[^\W_]")
_MAX_HEADING_CHARS = 300
_MAX_LEAD_IN_CHARS = 600


# --- blocks ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Block:
    """A run of lines. ``marker`` is the style of a list marker; ``alone`` means one line only."""

    kind: ClauseKind
    start: int
    end: int
    level: int = 0
    indent: int = 0
    marker: str = ""
    after_blank: bool = False
    lines: int = 1
    header: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the text: ``start`` is its first visible character, ``end`` after its last."""

    start: int
    end: int
    indent: int
    text: str
    hard_break: bool


def _lines(text: str) -> Iterator[_Line]:
    position = 0
    for whole in text.splitlines(keepends=True):
        body = whole.rstrip("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
        stripped = body.strip()
        indent = len(body) - len(body.lstrip())
        quote = _QUOTE_MARK.match(stripped)
        if quote:
            indent += quote.end()
            stripped = stripped[quote.end() :]
        start = position + indent
        yield _Line(start, start + len(stripped), indent, stripped, body.endswith(("  ", "\\")))
        position += len(whole)


def _wrap_width(text: str) -> int:
    """The column at which a plain text was hard-wrapped, or 0 where its lines are paragraphs."""
    lengths = [len(line.rstrip()) for line in text.splitlines() if line.strip()]
    if not lengths:
        return 0
    width = max(lengths)
    near = sum(length > 0.8 * width for length in lengths)
    return width if width <= 140 and near >= 0.3 * len(lengths) else 0


def _marker_style(match: re.Match[str]) -> str:
    """Which family a list marker belongs to: "*", "1.", "a)", "(i)" ...; siblings share it."""
    ordinal = match["ordinal"]
    if ordinal is None:
        return match["bullet"]
    if "." in ordinal.rstrip(".)\\"):
        return "1.1"
    style = re.sub(r"\d+", "1", ordinal.replace("\\", ""))
    style = re.sub(r"[ivx]{2,}|[ivx](?=[.)])", "i", style)
    return re.sub(r"[IVX]{2,}|[IVX](?=[.)])", "I", re.sub(r"[a-hj-u]|[yzw]", "a", style))


class _Reader:
    """Cuts lines into blocks; holds the one block that is still open."""

    def __init__(self, text: str, *, by_shape: bool) -> None:
        self.text = text
        self.by_shape = by_shape
        self.width = _wrap_width(text) if by_shape else 0
        self.blocks: list[_Block] = []
        self.open: _Block | None = None
        self.last: _Line | None = None
        self.blank = True
        self.header = ""

    def read(self) -> list[_Block]:
        for line in _lines(self.text):
            if not line.text:
                self.close()
                self.blank = True
                self.header = ""
                continue
            self.take(line)
            self.last = line
        self.close()
        return self.blocks

    def close(self) -> None:
        if self.open is not None:
            self.blocks.append(self.open)
        self.open = None

    def take(self, line: _Line) -> None:
        """Decide what a line is: underline, rule, row, heading, item or running text."""
        if self.open and self.open.kind != "row" and _SETEXT.match(line.text):
            level = 1 if line.text[0] == "=" else 2
            if self.open.end - self.open.start <= _MAX_HEADING_CHARS:
                self.open = replace(self.open, kind="heading", level=level, marker="")
            self.close()
            self.blank = False
        elif _RULE.match(line.text) or _FENCE.match(line.text):
            self.close()
            self.blank = True
        elif line.text.startswith("|") and line.text.count("|") > 1:
            self.row(line)
        elif (atx := _ATX.match(line.text)) is not None:
            self.begin("heading", line, skip=atx.end(), level=len(atx[1]))
            self.close()
        else:
            self.text_line(line)

    def row(self, line: _Line) -> None:
        self.close()
        if _TABLE_RULE.match(line.text):
            if self.blocks and self.blocks[-1].kind == "row" and not self.blank:
                header = self.blocks[-1]
                self.header = plain(self.text[header.start : header.end]).text
            return
        body = line.text[1:].rstrip("|")
        skip = 1 + len(body) - len(body.lstrip())
        end = line.start + 1 + len(body.rstrip())
        if end > line.start + skip:
            self.blocks.append(
                _Block("row", line.start + skip, end, indent=line.indent, header=self.header)
            )
        self.blank = False

    def text_line(self, line: _Line) -> None:
        marker = _MARKER.match(line.text)
        if marker and marker.end() < len(line.text) and self.starts_item(marker):
            self.item(line, marker)
        elif self.open is not None and self.joins(line):
            self.open = replace(self.open, end=line.end, lines=self.open.lines + 1)
        else:
            self.begin("paragraph", line)

    def item(self, line: _Line, marker: re.Match[str]) -> None:
        """Open an item; "* 1. text" and "* # title" open what stands behind the last marker."""
        skip, indent = marker.end(), line.indent
        inner = _MARKER.match(line.text, skip)
        while inner and inner.end() < len(line.text) and marker["bullet"]:
            marker, skip, indent = inner, inner.end(), indent + skip
            inner = _MARKER.match(line.text, skip)
        heading = _ATX.match(line.text, skip)
        if heading:
            self.begin("heading", line, skip=heading.end(), level=len(heading[1]))
            self.close()
            return
        self.begin("item", line, skip=skip, indent=indent, marker=_marker_style(marker))

    def begin(
        self,
        kind: ClauseKind,
        line: _Line,
        *,
        skip: int = 0,
        level: int = 0,
        indent: int | None = None,
        marker: str = "",
    ) -> None:
        self.close()
        end = line.end
        if kind == "heading":
            end = line.start + len(line.text.rstrip("# \t"))
        if end <= line.start + skip:
            return
        indent = line.indent if indent is None else indent
        self.open = _Block(
            kind, line.start + skip, end, level, indent, marker, after_blank=self.blank
        )
        self.blank = False

    def starts_item(self, marker: re.Match[str]) -> bool:
        """Whether a marker at the start of a line is one, not a wrapped "30." or an initial."""
        if self.open is None or self.last is None:
            return True
        if marker["bullet"]:
            return marker["bullet"] not in "–—" or self.last.text[-1] in ".;:,!?"
        return self.open.kind == "item" or self.last.text[-1] in ".;:,!?"

    def joins(self, line: _Line) -> bool:
        """Whether a line continues the open block."""
        assert self.last is not None
        ended = self.last.text[-1] in ".;:!?"
        if not self.by_shape:
            return not (self.last.hard_break and ended)
        if self.width:
            first = line.text.split(maxsplit=1)[0]
            return self.last.indent + len(self.last.text) + 1 + len(first) > self.width or (
                line.text[0].islower() and not ended
            )
        return line.text[0].islower() and not ended


# --- clauses -----------------------------------------------------------------------------------


def _looks_like_heading(body: str) -> bool:
    """A short line that starts like a title and does not end like a sentence."""
    return (
        2 <= len(body) <= 90
        and len(body.split()) <= 12
        and body[-1] not in ".;,:!"
        and not body[0].islower()
        and any(char.isalpha() for char in body)
        and "@" not in body
    )


def _shape_level(text: str, blocks: list[_Block], index: int, *, by_shape: bool) -> int:
    """The heading level that the look of a block gives it, or 0.

    Bold paragraphs rank below real headings; numbered and capital lines stand at the top.
    """
    block = blocks[index]
    if block.kind not in ("paragraph", "item") or block.lines > 1:
        return 0
    raw = text[block.start : block.end]
    body = plain(raw).text
    if not body or len(body) > 160:
        return 0
    if block.kind == "paragraph" and (bold := _BOLD_LINE.match(raw)) and "**" not in bold[2]:
        return 6 if len(body.split()) <= 14 and body[-1] not in ".;," else 0
    if not _looks_like_heading(body) or index + 1 >= len(blocks):
        return 0
    before = blocks[index - 1] if index else None
    if before and text[before.end - 1 : before.end] == ":":
        return 0
    number = _NUMBERED.match(body)
    following = blocks[index + 1]
    if block.kind == "item":
        siblings = (before, following)
        if not block.marker.startswith(("1", "I")) or any(
            other and other.marker == block.marker and not other.after_blank for other in siblings
        ):
            return 0
        return 2 if by_shape and (block.after_blank or body.upper() == body) else 0
    if number and len(body.split()) > 1 and body[-1].isalpha():
        return min(6, 2 + number[1].count("."))
    if body.upper() == body and len(body) > 3:
        return 2
    if not by_shape or following.kind == "heading":
        return 0
    longer = following.kind == "item" or following.end - following.start > len(body)
    return 2 if longer and (block.after_blank or before is None or before.lines > 0) else 0


@dataclass(slots=True)
class _Context:
    """What the clauses read so far hand down to the next: heading path, open items, lead-in."""

    headings: list[tuple[int, str]]
    items: list[tuple[int, str, str, str]]  # indent, marker, lead-in, own words
    lead_in: str = ""
    fresh: bool = False

    def section(self) -> tuple[str, ...]:
        return tuple(title for _, title in self.headings)


@lru_cache(maxsize=8192)
def _announcement(words: str) -> str:
    """The lead-in that a text gives to what follows it, or ""."""
    if not words.endswith(":") and not _ANNOUNCES.search(words[-200:]):
        return ""
    if len(words) > _MAX_LEAD_IN_CHARS:
        start, end = sentences(words)[-1]
        words = words[start:end]
    return words[-_MAX_LEAD_IN_CHARS:]


def _enter_item(context: _Context, block: _Block, words: str) -> tuple[str, int]:
    """Place an item in the list being read. Returns its lead-in and its depth from 1."""
    items = context.items
    while items and items[-1][0] > block.indent:
        items.pop()
    styles = [marker for indent, marker, _, _ in items if indent == block.indent]
    if block.marker in styles:
        while items[-1][1] != block.marker:
            items.pop()
        items.pop()
        lead_in = _inherited(context)
    elif items and items[-1][0] == block.indent and block.marker[:1] in "ai(*•–-":
        lead_in = _inherited(context)  # "a)" right under "1.": a level deeper without an indent
    else:
        while items and items[-1][0] >= block.indent:
            items.pop()
        lead_in = _inherited(context)
    items.append((block.indent, block.marker, lead_in, words))
    return lead_in, len(items)


def _inherited(context: _Context) -> str:
    """The lead-in for a child of the innermost open item, or of the list itself."""
    if not context.items:
        return context.lead_in
    _, _, lead_in, words = context.items[-1]
    if words.endswith(":") or len(words) <= 100:
        return f"{lead_in} {words}".strip()[-_MAX_LEAD_IN_CHARS:]
    return _announcement(words) or lead_in


def _clause(context: _Context, block: _Block, text: str, words: str) -> Clause:
    raw = text[block.start : block.end]
    if block.kind == "heading":
        while context.headings and context.headings[-1][0] >= block.level:
            context.headings.pop()
        section = context.section()
        context.headings.append((block.level, words))
        context.items.clear()
        context.lead_in = words if words.endswith(":") else ""
        context.fresh = False
        return Clause("heading", raw, block.start, block.end, section, "", block.level)
    section = context.section()
    if block.kind == "item":
        lead_in, depth = _enter_item(context, block, words)
        context.fresh = False
        return Clause("item", raw, block.start, block.end, section, lead_in, depth)
    if block.kind == "row":
        return Clause("row", raw, block.start, block.end, section, block.header, 0)
    lead_in = context.lead_in if context.fresh else ""
    inside = bool(context.items) and block.indent > context.items[0][0]
    if not inside:
        context.items.clear()
        context.lead_in = _announcement(words)
        context.fresh = bool(context.lead_in)
    return Clause("paragraph", raw, block.start, block.end, section, lead_in, 0)


def segment(text: str, media_type: str = "text/markdown") -> tuple[Clause, ...]:
    """Cut Markdown or plain text into clauses; ``text[c.start:c.end] == c.text`` for each.

    List markers, table pipes and heading marks stand outside the clauses; a hard-wrapped
    paragraph is one clause. Blocks without a visible word (images, rules) give none.
    """
    by_shape = media_type != "text/markdown"
    blocks = _Reader(text, by_shape=by_shape).read()
    context = _Context([], [])
    clauses: list[Clause] = []
    for index, block in enumerate(blocks):
        words = plain(text[block.start : block.end]).text
        if not _VISIBLE.search(words):
            continue
        level = _shape_level(text, blocks, index, by_shape=by_shape)
        if level:
            block = replace(block, kind="heading", level=level)
        clauses.append(_clause(context, block, text, words))
    return tuple(clauses)
