"""Data tables told from tables used for layout, and their cells as a grid."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from monitor.extraction.dom import HEADINGS, TEXT, Node, Page

#: A cell: the half-open range of its nodes in the page (empty where nothing stands).
Cell = tuple[int, int]
_MAX_SPAN = 100
_SECTIONS = frozenset(("table", "thead", "tbody", "tfoot"))
_LAYOUT_CELL_CHARS = 3000


@dataclass(frozen=True, slots=True)
class Grid:
    """A data table: its rows of cells, whether the first row is a header, and its caption."""

    rows: list[list[Cell]]
    header: bool
    caption: Cell = (0, 0)


def grid_of(page: Page, table: Node, skip: Container[Node]) -> Grid | None:
    """The cells of a data table; None for a table that only lays out a page.

    A cell that spans rows is repeated in each, so that every row can be read alone.
    """
    if table.get("role") in ("presentation", "none"):
        return None
    rows = _rows(page, table, skip)
    if not rows or max(len(cells) for _, cells in rows) < 2:
        return None
    everything = [cell for _, cells in rows for cell in cells]
    if any(_is_layout(page, cell) for cell in everything):
        return None
    caption = next((n for n in page.subtree(table) if n.tag == "caption"), None)
    return Grid(
        _grid(rows),
        _has_header(page, rows),
        (caption.index + 1, caption.end) if caption is not None else (0, 0),
    )


def _rows(page: Page, table: Node, skip: Container[Node]) -> list[tuple[Node, list[Node]]]:
    """The table's own rows (not those of tables inside it), each with its cells."""
    rows: list[tuple[Node, list[Node]]] = []
    index = table.index + 1
    while index < table.end:
        node = page.nodes[index]
        if node.tag == "table" or node in skip:
            index = node.end
        elif node.tag == "tr":
            rows.append((node, []))
            index += 1
        elif node.tag in ("td", "th") and rows:
            rows[-1][1].append(node)
            index = node.end
        else:
            index += 1
    return [(row, cells) for row, cells in rows if cells]


def _is_layout(page: Page, cell: Node) -> bool:
    """Whether a cell holds a piece of a page rather than a datum."""
    inside = page.nodes[cell.index + 1 : cell.end]
    if any(node.tag == "table" for node in inside):
        return True
    headings = sum(node.tag in HEADINGS for node in inside)
    paragraphs = sum(node.tag == "p" for node in inside)
    return cell.chars > _LAYOUT_CELL_CHARS or headings > 1 or (headings > 0 and paragraphs > 1)


def _has_header(page: Page, rows: list[tuple[Node, list[Node]]]) -> bool:
    """A row of ``<th>``, in ``<thead>``, or all bold or short above longer ones."""
    if len(rows) < 2:
        return False
    first, cells = rows[0]
    if first.parent is not None and first.parent.tag == "thead":
        return True
    if all(cell.tag == "th" for cell in cells):
        return True
    if any(cell.tag == "th" for cell in cells) or len(cells) < 2:
        return False
    return all(_is_bold(page, cell) for cell in cells if cell.chars) and any(
        cell.chars for cell in cells
    )


def _is_bold(page: Page, cell: Node) -> bool:
    texts = [n for n in page.subtree(cell) if n.tag == TEXT and n.chars]
    return bool(texts) and all(_under_bold(node, cell) for node in texts)


def _under_bold(node: Node, cell: Node) -> bool:
    step = node.parent
    while step is not None and step is not cell:
        if step.tag in ("b", "strong") or step.tag in HEADINGS:
            return True
        step = step.parent
    return False


def _grid(rows: list[tuple[Node, list[Node]]]) -> list[list[Cell]]:
    grid: list[list[Cell]] = []
    waiting: dict[int, tuple[int, Cell]] = {}
    for _, cells in rows:
        line: list[Cell] = []
        queue = list(cells)
        while queue or len(line) in waiting:
            column = len(line)
            if column in waiting:
                left, cell = waiting.pop(column)
                line.append(cell)
                if left > 1:
                    waiting[column] = (left - 1, cell)
                continue
            node = queue.pop(0)
            cell = (node.index + 1, node.end)
            down = _span(node.get("rowspan"))
            for extra in range(_span(node.get("colspan"))):
                line.append(cell if not extra else (0, 0))
                if down > 1:
                    waiting[column + extra] = (down - 1, line[-1])
        grid.append(line)
    return grid


def _span(value: str) -> int:
    return min(_MAX_SPAN, max(1, int(value))) if value.isdecimal() and len(value) < 6 else 1
