"""From a tree to normalized Markdown: one pass over the nodes, block by block.

Headings, paragraphs, nested lists with their numbers, ``| a | b |`` rows, ``[text](url)``. Text
that carries nothing (white space, zero-width characters, emphasis inside a line) is normalized
away; text that somebody could read is never dropped here.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field

from monitor.extraction.dom import HEADINGS, INLINE, TEXT, Node, Page
from monitor.extraction.links import target_of
from monitor.extraction.tables import Grid, grid_of

_BREAK = "\x0b"
_SPACES = re.compile(r"[ \t\r\n\f\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_INVISIBLE = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1f\x7f]+"
)
_LINE_MARK = re.compile(r"(#{1,6}(?=\s)|>|\||`{3}|~{3}|[-*_=]{2,}$|\+(?=\s))")
_TAG_LIKE = re.compile(r"<(?=/?[a-zA-Z][a-zA-Z0-9]{0,15}[\s/>])")
_BULLET = re.compile(r"[•●▪◦‣■○∙⁃·▸►➢✓✔]\s*(?=\S)")
_OWN_NUMBER = re.compile(
    r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivx]{1,5})[.)]|\d{1,3}(?:\.\d{1,3})+\s"
)
_SENTENCE_END = re.compile(r"[.!?;:]['\"”»)]*\s*$")
_STRONG = frozenset(("b", "strong"))
_MAX_HEADING = 300


@dataclass(slots=True)
class _List:
    """An open list: its next number, and the indent of what belongs to its items."""

    node: Node
    ordered: bool
    number: int
    step: int
    style: str
    indent: int
    marker: str = ""


@dataclass(slots=True)
class _Line:
    """The inline pieces gathered for the next block."""

    pieces: list[str] = field(default_factory=list)
    bold: int = 0
    plain: int = 0


class Renderer:
    """Renders a page; ``skip`` holds the nodes left out with their subtrees."""

    def __init__(self, page: Page, skip: Container[Node]) -> None:
        self.page = page
        self.skip = skip
        self.blocks: list[tuple[str, str]] = []
        self.line = _Line()
        self.lists: list[_List] = []
        self.level = 1
        self.heading = 0
        self.heading_node: Node | None = None
        self.bold = 0
        self.pre = 0
        self.links: list[tuple[Node, int]] = []
        self.last_inline: Node | None = None

    def render(self, spans: Sequence[tuple[int, int]] = ()) -> str:
        """The Markdown of the given half-open ranges of nodes, or of the whole page."""
        for start, end in spans or ((0, len(self.page.nodes)),):
            self._walk(start, end)
            self._flush()
        return self._joined()

    def _walk(self, start: int, end: int) -> None:
        nodes = self.page.nodes
        open_nodes: list[Node] = []
        index = start
        while index < end:
            node = nodes[index]
            while open_nodes and open_nodes[-1].end <= index:
                self._close(open_nodes.pop())
            if node in self.skip:
                if node.tag != TEXT and node.tag not in INLINE:
                    self._flush()
                index = node.end
                continue
            if node.tag == TEXT:
                self._text(node)
            elif node.tag == "table" and (grid := grid_of(self.page, node, self.skip)) is not None:
                self._table(grid)
                index = node.end
                continue
            else:
                self._open(node)
                open_nodes.append(node)
            index += 1
        while open_nodes:
            self._close(open_nodes.pop())

    # --- inline ----------------------------------------------------------------------------------

    def _text(self, node: Node) -> None:
        text = _INVISIBLE.sub("", node.text)
        if self.pre:
            text = text.replace("\n", _BREAK)
        blank = not text.strip()
        if not blank:
            if self.bold:
                self.line.bold += 1
            else:
                self.line.plain += 1
        self.line.pieces.append(_TAG_LIKE.sub(r"\\<", text) if "<" in text else text)

    def _separate(self, node: Node) -> None:
        """Keep apart inline elements that touch without a space but each end a sentence."""
        previous = self.last_inline
        if previous is not None and previous.end == node.index and previous.parent is node.parent:
            tail = self.line.pieces[-1] if self.line.pieces else ""
            if previous.tag == node.tag == "a" and tail[-1:] not in (" ", _BREAK):
                self.line.pieces.append(" ")
            elif previous.tag == node.tag and _SENTENCE_END.search(tail):
                self.line.pieces.append(_BREAK * 2 if previous.chars > 40 else " ")

    def _open_inline(self, node: Node) -> None:
        tag = node.tag
        if tag == "br":
            self.line.pieces.append(_BREAK)
            return
        self._separate(node)
        if tag in _STRONG:
            self.bold += 1
        elif tag == "a" and node.get("href") and node.get("href") not in self.page.unclosed:
            self.links.append((node, len(self.line.pieces)))
        elif tag == "q":
            self.line.pieces.append("“")
        elif tag in ("del", "s", "strike") and node.chars:
            self.line.pieces.append("~~")

    def _close_inline(self, node: Node) -> None:
        tag = node.tag
        if tag in _STRONG:
            self.bold -= 1
        elif tag == "q":
            self.line.pieces.append("”")
        elif tag in ("del", "s", "strike") and node.chars:
            self.line.pieces.append("~~")
        elif self.links and self.links[-1][0] is node:
            self._close_link()
        self.last_inline = node

    def _close_link(self) -> None:
        node, start = self.links.pop()
        if start > len(self.line.pieces):
            return
        text = "".join(self.line.pieces[start:])
        words = _SPACES.sub(" ", text.replace(_BREAK, " ")).strip()
        target = target_of(node.get("href"), self.page.url)
        if not words or not target or words in (target, target.split(":", 1)[-1].lstrip("/")):
            return
        label = (
            words.replace("[", r"\[").replace("]", r"\]") if "[" in words or "]" in words else words
        )
        before = " " if text[:1].isspace() else ""
        after = " " if text[-1:].isspace() else ""
        self.line.pieces[start:] = [f"{before}[{label}]({target}){after}"]

    # --- blocks ----------------------------------------------------------------------------------

    def _open(self, node: Node) -> None:
        if node.tag in INLINE and not self._block_button(node):
            self._open_inline(node)
            return
        if self.heading:
            self.line.pieces.append(" ")
            return
        self._flush()
        tag = node.tag
        if tag in ("ul", "ol", "menu", "dir"):
            self._open_list(node)
        elif tag == "li":
            self._open_item(node)
        elif tag == "dt":
            self.bold += 1  # a defined term is the title of what it is defined as
        elif tag == "pre":
            self.pre += 1
        level = self._heading_level(node)
        if level:
            self.heading, self.heading_node = level, node

    def _close(self, node: Node) -> None:
        if node is self.heading_node:
            self._flush()
            self.heading, self.heading_node = 0, None
            return
        if node.tag in INLINE and not self._block_button(node):
            self._close_inline(node)
            return
        if self.heading:
            self.line.pieces.append(" ")
            return
        self._flush()
        if node.tag == "pre":
            self.pre -= 1
        elif node.tag == "dt":
            self.bold -= 1
        elif self.lists and self.lists[-1].node is node:
            self.lists.pop()
        elif node.tag == "li" and self.lists:
            self.lists[-1].marker = ""

    @staticmethod
    def _block_button(node: Node) -> bool:
        """A button that opens a panel is the heading of that panel."""
        return node.tag == "button" and (
            "aria-expanded" in node.attrs or "aria-controls" in node.attrs
            or "accordion" in node.get("class") or "data-target" in node.attrs
            or "data-bs-target" in node.attrs
        )  # fmt: skip

    def _heading_level(self, node: Node) -> int:
        if self.heading or not node.chars or node.chars > _MAX_HEADING:
            return 0
        if node.tag in HEADINGS:
            return int(node.tag[1])
        if node.get("role") == "heading":
            level = node.get("aria-level")
            return min(6, int(level)) if level.isdecimal() and int(level) else 2
        if node.tag == "summary" or self._block_button(node):
            has_own = any(
                n.tag in HEADINGS or n.get("role") == "heading" for n in self.page.subtree(node)
            )
            return 0 if has_own or node.chars > 160 else min(6, max(2, self.level + 1))
        return 0

    def _open_list(self, node: Node) -> None:
        ordered = node.tag == "ol"
        outer = self.lists[-1].indent + 3 if self.lists else 0
        reverse = "reversed" in node.attrs
        start = _integer(node.get("start"), 0)
        if not start:
            items = sum(n.tag == "li" and n.parent is node for n in self.page.subtree(node))
            start = items if reverse and ordered else 1
        step = -1 if reverse else 1
        self.lists.append(_List(node, ordered, start, step, node.get("type") or "1", outer))

    def _open_item(self, node: Node) -> None:
        if not self.lists:
            self.lists.append(_List(node, False, 1, 1, "1", 0))
        current = self.lists[-1]
        if not current.ordered:
            current.marker = "- "
            return
        value = _integer(node.get("value"), 0)
        if value:
            current.number = value
        current.marker = f"{_numeral(current.number, node.get('type') or current.style)}. "
        current.number += current.step

    def _flush(self) -> None:
        """Emit the gathered pieces as one block (or several, at double line breaks)."""
        line, self.line = self.line, _Line()
        self.links.clear()
        self.last_inline = None
        if not line.pieces:
            return
        text = _SPACES.sub(" ", "".join(line.pieces))
        if not text.strip(" " + _BREAK):
            return
        if self.heading:
            self._emit_heading(" ".join(text.replace(_BREAK, " ").split()))
            return
        parts = [
            part for part in re.split(rf" *{_BREAK} *{_BREAK}[ {_BREAK}]*", text) if part.strip()
        ]
        whole_bold = line.bold > 0 and line.plain == 0
        for part in parts:
            lines = [stripped for piece in part.split(_BREAK) if (stripped := piece.strip())]
            self._emit(lines, bold=whole_bold and len(lines) == 1 and len(parts) == 1)

    def _emit_heading(self, text: str) -> None:
        self.level = self.heading
        marker = ""
        if self.lists and self.lists[-1].marker:
            current = self.lists[-1]
            if current.ordered and not _OWN_NUMBER.match(text):
                marker = current.marker
            current.marker = ""
        self.blocks.append(("heading", f"{'#' * self.heading} {marker}{text}"))

    def _emit(self, lines: list[str], *, bold: bool) -> None:
        """Emit the lines of a block; those that start with a bullet character become items."""
        lists = [one for one in self.lists if one is not None]
        indent = " " * (lists[-1].indent if lists else 0)
        marker = lists[-1].marker if lists else ""
        inside = indent + "   " if lists else ""
        if lists:
            lists[-1].marker = ""
        if marker and _OWN_NUMBER.match(lines[0]) and marker != "- ":
            marker = "" if _OWN_NUMBER.match(lines[0]) else marker
            inside = indent
        gathered: list[str] = []
        kind = "item" if marker else "paragraph"
        for line in lines:
            bullet = _BULLET.match(line)
            if bullet and not marker:
                self._paragraph(kind, gathered, inside)
                gathered = []
                self.blocks.append(("item", f"{inside}- {line[bullet.end() :]}"))
                continue
            if bullet:
                line = line[bullet.end() :]
            if bold and "**" not in line and not line.startswith("[") and len(line) <= 160:
                line = f"**{line}**"
            line = _LINE_MARK.sub(r"\\\1", line, count=1) if _LINE_MARK.match(line) else line
            if marker:
                gathered.append(f"{indent}{marker}{line}")
                marker = ""
            else:
                gathered.append(f"{inside}{line}")
        self._paragraph(kind, gathered, "")

    def _paragraph(self, kind: str, lines: list[str], _inside: str) -> None:
        if lines:
            self.blocks.append((kind, "\n".join(lines)))

    def _table(self, grid: Grid) -> None:
        """Emit a data table; cells are ranges of nodes."""
        self._flush()
        caption = self._cell(*grid.caption)
        if caption:
            self.blocks.append(("paragraph", caption))
        header = grid.header
        indent = " " * (self.lists[-1].indent + 3) if self.lists else ""
        lines: list[str] = []
        for cells in grid.rows:
            texts = [self._cell(start, end) for start, end in cells]
            if any(texts):
                lines.append(f"{indent}| {' | '.join(texts)} |")
            if header and len(lines) == 1:
                lines.append(f"{indent}|{' --- |' * len(texts)}")
                header = False
        if lines:
            self.blocks.append(("table", "\n".join(lines)))

    def _cell(self, start: int, end: int) -> str:
        """The text of a cell on one line; its blocks and items are parted by semicolons."""
        if start >= end:
            return ""
        inner = Renderer(self.page, self.skip)
        inner.heading = 0
        inner._walk(start, end)
        inner._flush()
        pieces: list[str] = []
        for _, block in inner.blocks:
            for line in block.split("\n"):
                text = re.sub(r"^(?:- |#{1,6} |\*\*(?=.*\*\*$)|\| )", "", line.strip())
                text = re.sub(r"(?:\*\*| \|)$", "", text)
                if text and not re.fullmatch(r"[|\s-]+", text):
                    pieces.append(text.replace(" | ", ", ").replace("|", r"\|"))
        joined = ""
        for piece in pieces:
            joined += piece if not joined else (" " if joined[-1] in ".;:,!?" else "; ") + piece
        return joined

    def _joined(self) -> str:
        out: list[str] = []
        previous = ""
        for kind, text in self.blocks:
            if out:
                out.append("\n" if kind == previous == "item" else "\n\n")
            out.append(text)
            previous = kind
        return "".join(out)


def _integer(value: str, default: int) -> int:
    value = value.strip()
    return int(value) if value.lstrip("-").isdecimal() and len(value) < 7 else default


def _numeral(number: int, style: str) -> str:
    if style in ("a", "A") and 0 < number <= 26:
        letter = chr(ord("a") + number - 1)
        return letter.upper() if style == "A" else letter
    if style in ("i", "I") and 0 < number < 4000:
        roman = "".join(_roman(number))
        return roman if style == "I" else roman.lower()
    return str(number)


def _roman(number: int) -> Iterator[str]:
    for value, letters in (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
        (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        while number >= value:
            yield letters
            number -= value
