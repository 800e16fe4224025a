"""Rows of a table read as entries, whatever the order of its columns and with or without a header.

Cells that span rows or columns are repeated or empty by then (monitor.extraction.tables): rows of
one name become one entity later, and a row with one cell is the title of a group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.model import Clause
from monitor.plain_text import plain
from monitor.subprocessors.entries import Draft, Entry, bare, draft_of, link_in, split_names
from monitor.subprocessors.names import form_end, looks_like_name
from monitor.subprocessors.places import is_place
from monitor.subprocessors.vocabulary import Column, columns_of, speaks_of

_BAR = re.compile(r"(?<!\\)\|")
_NAMING = frozenset({"name", "place", "purpose"})
_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a table, its clause by index, and the title of its group.

    ``others`` are the cells that say neither who nor where nor why (data, safeguards, dates): half
    open ranges of the clause's plain text.
    """

    entry: Entry
    clause: int
    group: str = ""
    others: tuple[tuple[int, int], ...] = ()


def rows_of(table: Sequence[tuple[int, Clause]], over: str) -> list[Row]:
    """The entries of a table, given as its rows with the index of each clause.

    ``over`` is what stands over the table. No entries: it is no list of companies, or it is a log
    of changes.
    """
    grid = [(index, cells_of(clause)) for index, clause in table]
    header = _header(table, grid)
    if header is None and (paired := list(_by_label(grid))):
        return paired
    is_first = header is not None and header == [bare(cell) for cell in grid[0][1]]
    body = grid[1:] if is_first else grid
    kinds = _kinds(header) if header else _inferred(body)
    if any("change" in kind for kind in kinds) or not any("name" in kind for kind in kinds):
        return []
    others = [at for at, kind in enumerate(kinds) if not kind & _NAMING]
    clauses = dict(table)
    rows = [replace(row, others=_spans(clauses[row.clause], others)) for row in _read(body, kinds)]
    named = speaks_of("list", over) or (header is not None and speaks_of("list", " ".join(header)))
    evident = sum(row.entry.evident for row in rows)
    told = header is not None and frozenset().union(*kinds) >= _NAMING
    return rows if named and (told or evident >= _ENOUGH * len(rows)) else []


def cells_of(clause: Clause) -> list[str]:
    """The raw cells of a row."""
    return [cell.strip() for cell in _BAR.split(clause.text)]


def _spans(clause: Clause, columns: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Where some cells of a row stand in its plain text."""
    spans, start = [], 0
    for cell in plain(clause.text).text.split("|"):
        left = start + len(cell) - len(cell.lstrip())
        spans.append((left, start + len(cell.rstrip())))
        start += len(cell) + 1
    return tuple(spans[at] for at in columns if at < len(spans) and spans[at][0] < spans[at][1])


def _lead(table: Sequence[tuple[int, Clause]]) -> list[str]:
    """The header that the rows carry as their lead-in."""
    lead_in = table[-1][1].lead_in
    return [cell.strip() for cell in lead_in.split("|")] if "|" in lead_in else []


def _header(
    table: Sequence[tuple[int, Clause]], grid: Sequence[tuple[int, list[str]]]
) -> list[str] | None:
    """The header of a table: its first row, or what the rows were told, if it names columns."""
    first = [bare(cell) for cell in grid[0][1]]
    for cells in (first, _lead(table)):
        known = [kind for kind in map(columns_of, cells) if kind]
        if len(known) >= max(1, _ENOUGH * sum(map(bool, cells))) and any(
            kind & _NAMING for kind in known
        ):
            return cells
    return None


def _kinds(header: Sequence[str]) -> list[frozenset[Column]]:
    """What each column holds; the first one that says nothing else names, if none does."""
    kinds = [columns_of(cell) for cell in header]
    names = [place for place, kind in enumerate(kinds) if "name" in kind]
    if not names:
        free = next((place for place, kind in enumerate(kinds) if not kind), None)
        if free is not None:
            kinds[free] = frozenset({"name"})
    for place in names[1:]:
        kinds[place] = kinds[place] - {"name"} or frozenset({"ignored"})
    return kinds


def _inferred(body: Sequence[tuple[int, list[str]]]) -> list[frozenset[Column]]:
    """The columns of a table without a header, by what most of their cells look like."""
    width = max(len(cells) for _, cells in body)
    columns = [
        [bare(cells[at]) for _, cells in body if at < len(cells) and cells[at]]
        for at in range(width)
    ]
    kinds: list[frozenset[Column]] = [frozenset() for _ in columns]
    for at, cells in enumerate(columns):
        if cells and sum(map(is_place, cells)) >= _ENOUGH * len(cells):
            kinds[at] = frozenset({"place"})
    free = [at for at, kind in enumerate(kinds) if not kind and columns[at]]
    if not free:
        return kinds
    name = max(free, key=lambda at: (_forms(columns[at]), -at))
    if all(looks_like_name(cell.split("\n")[0]) for cell in columns[name]):
        kinds[name] = frozenset({"name"})
        free.remove(name)
    if free:
        longest = max(free, key=lambda at: sum(map(len, columns[at])))
        kinds[longest] = frozenset({"purpose"})
    return kinds


def _forms(cells: Sequence[str]) -> int:
    return sum(form_end(cell) >= 0 for cell in cells)


def _read(
    body: Sequence[tuple[int, list[str]]], kinds: Sequence[frozenset[Column]]
) -> Iterator[Row]:
    group = ""
    last: list[str] = []
    for index, cells in body:
        if len(kinds) > 1 and cells[0] and not any(cells[1:]):
            group = bare(cells[0])
            continue
        at = next(place for place, kind in enumerate(kinds) if "name" in kind)
        if at >= len(cells):
            continue
        if not cells[at] and last:
            cells = [*cells[:at], last[at], *cells[at + 1 :]]
        for name in split_names(cells[at].replace("; ", "\n")):
            entry = _entry(name, cells, kinds)
            if entry is not None:
                yield Row(entry, index, group)
                last = cells


def _entry(name: str, cells: Sequence[str], kinds: Sequence[frozenset[Column]]) -> Entry | None:
    draft = draft_of(name) or Draft(name=bare(name))
    if not any(char.isalpha() for char in draft.name) or len(draft.name) > 160:
        return None
    purposes = any("purpose" in kind for kind in kinds)
    places = any(kind == {"place"} for kind in kinds)
    if purposes:
        draft.pieces.pop("purpose", None)
    if places:
        draft.pieces.pop("place", None)
    draft.url = draft.url or next((link for cell in cells if (link := link_in(cell))), "")
    draft.texts = [" ".join(bare(cell).split()) for cell in cells]
    for cell, kind in zip(cells, kinds, strict=False):
        for column in kind - {"name", "ignored", "change"}:
            if "name" not in kind:
                draft.add(column, bare(cell))
    return draft.entry()


def _by_label(grid: Sequence[tuple[int, list[str]]]) -> Iterator[Row]:
    """Tables with one line for each fact: "Name | Alder", "Place | Germany"."""
    facts = [
        (index, columns_of(bare(cells[0])), cells[1])
        for index, cells in grid
        if len(cells) == 2 and cells[1]
    ]
    kinds = [kind for _, kind, _ in facts]
    if len(facts) != len(grid) or not all(kinds) or frozenset({"name"}) not in kinds:
        return
    draft, start = None, 0
    for index, kind, value in facts:
        if kind == {"name"}:
            if draft:
                yield Row(draft.entry(), start)
            draft, start = Draft(name=bare(value), url=link_in(value), labelled=True), index
        elif draft:
            for column in kind:
                draft.add(column, bare(value))
        if draft:
            draft.texts.append(bare(value))
    if draft:
        yield Row(draft.entry(), start)
