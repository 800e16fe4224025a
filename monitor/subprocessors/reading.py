"""Which sub-processors a document lists, however the list is set.

    clauses -> regions about sub-processors -> tables | list items | titled entries | paragraphs |
    sentences that enumerate -> entries -> one entity for each name

A region is what stands under a heading, a caption or a sentence that speaks of sub-processors;
under "former sub-processors" or a log of changes nobody is listed. Inside it a group of clauses
counts as a list if most of its entries look like companies and show it: by a legal form, a place
or a link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from monitor.canonical import tokens
from monitor.model import Clause, Document, Quote, Subprocessor
from monitor.plain_text import plain
from monitor.subprocessors.announcing import announced, enumerated
from monitor.subprocessors.entries import Draft, Entry, draft_of, link_in, read_entry, role_of
from monitor.subprocessors.names import (
    Name,
    form_end,
    looks_like_name,
    name_of,
)
from monitor.subprocessors.places import places_in
from monitor.subprocessors.regions import Regions
from monitor.subprocessors.tables import rows_of
from monitor.subprocessors.vocabulary import label_of, speaks_of

_MOST = 0.75
_EVIDENT = 0.5
_SHORT_NAME = 4
_LONGEST_FACT = 40


@dataclass(frozen=True)
class Listed:
    """A sub-processor as a document lists it.

    ``clauses`` are those that speak of it, by index; ``others`` cells of them (clause, start, end
    of its plain text) that say neither who nor where nor why. ``words`` are all words of the
    entry but the name, ``mentions`` the places among them, ``detail`` the place as written.
    ``each`` has the places by entry, where several lists of a document name it.
    """

    subprocessor: Subprocessor
    name: Name
    clauses: tuple[int, ...]
    words: frozenset[str]
    mentions: frozenset[str]
    detail: str = ""
    others: tuple[tuple[int, int, int], ...] = ()
    each: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Listing:
    """All that a document lists, in its order, and which clauses only serve to list them.

    ``announced`` are sentences that say who will be listed (clause, start, end of its plain text).
    ``rest`` are the canonical words of everything else, without what is said to be past.
    """

    listed: tuple[Listed, ...] = ()
    clauses: frozenset[int] = frozenset()
    announced: frozenset[tuple[int, int, int]] = frozenset()
    rest: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """An entry with the clauses it was read from."""

    entry: Entry
    clauses: tuple[int, ...]
    group: str = ""
    others: tuple[tuple[int, int], ...] = ()


def subprocessors_of(document: Document) -> tuple[Subprocessor, ...]:
    """The sub-processors that a document lists, in its order."""
    return tuple(listed.subprocessor for listed in listing_of(document).listed)


def listing_of(document: Document) -> Listing:
    """Read every list of sub-processors in a document."""
    if not any(speaks_of("list", text) for text in (document.title, document.text)):
        return Listing()
    return _Reader(document).read()


class _Reader:
    """Goes through the clauses once, run by run of one kind."""

    def __init__(self, document: Document) -> None:
        self.regions = Regions(document)
        self.clauses, self.words = self.regions.clauses, self.regions.words
        self.found: list[_Found] = []
        self.taken: set[int] = set()
        self.announced: set[tuple[int, int, int]] = set()
        self.language = document.language

    def read(self) -> Listing:
        runs = groupby(range(len(self.clauses)), key=lambda i: self.clauses[i].kind == "row")
        for is_table, run in runs:
            if is_table:
                self.table(list(run))
        for _, run in groupby(range(len(self.clauses)), key=self.of_list):
            self.items(list(run))
        self.titled()
        for _, run in groupby(range(len(self.clauses)), key=self.of_prose):
            self.paragraphs(list(run))
        for index in range(len(self.clauses)):
            self.prose(index)
        self.found.sort(key=lambda found: found.clauses[0])
        listed = tuple(self.entities())
        return Listing(listed, frozenset(self.taken), frozenset(self.announced), self.rest())

    # --- tables ---

    def table(self, run: list[int]) -> None:
        for _, part in groupby(run, key=self.of_table):
            table = list(part)
            if self.regions.past(table[0]):
                continue
            over = f"{self.regions.over(table[0])}\n{self.clauses[table[-1]].lead_in}"
            rows = rows_of([(index, self.clauses[index]) for index in table], over)
            if rows:
                self.taken.update(table)
            for row in rows:
                self.found.append(_Found(row.entry, (row.clause,), row.group, row.others))

    def of_table(self, index: int) -> tuple[object, ...]:
        """What the rows of one table share; a first row has no lead-in yet."""
        clause = self.clauses[index]
        following = self.clauses[index + 1] if index + 1 < len(self.clauses) else clause
        starts = not clause.lead_in and following.kind == "row" and following.lead_in
        return clause.section, following.lead_in if starts else clause.lead_in

    # --- list items ---

    def of_list(self, index: int) -> tuple[object, ...]:
        clause = self.clauses[index]
        return clause.kind == "item" and index not in self.taken, clause.section

    def items(self, run: list[int]) -> None:
        """A list of entries, each with what is nested in it."""
        if self.clauses[run[0]].kind != "item" or not self.regions.listing(run[0]):
            return
        top = min(self.clauses[i].level for i in run)
        made: list[_Found] = []
        failed = 0
        for block in _blocks(run, lambda i: self.clauses[i].level == top):
            entries = list(self.block(block))
            made += entries
            failed += not entries
        if _is_list(
            [f.entry for f in made], failed, named=speaks_of("list", self.regions.near(run[0]))
        ):
            self.keep(made, run)

    def block(self, block: list[int]) -> Iterator[_Found]:
        """The entries of one item: itself, or those nested in it if it is a group."""
        head, nested = block[0], block[1:]
        facts = [i for i in nested if label_of(self.words[i])]
        entry = self.clauses[head].text
        if not nested or facts:
            draft = draft_of(entry)
            if draft and looks_like_name(draft.name):
                yield _Found(self.with_facts(draft, nested), tuple(block))
            return
        inner = [read_entry(self.clauses[i].text) for i in nested]
        if all(inner) and any(e and e.evident for e in inner):
            for index, found in zip(nested, inner, strict=True):
                if found:
                    yield _Found(found, (index,), self.words[head].strip(" :"))
        elif (draft := draft_of(entry)) and looks_like_name(draft.name):
            yield _Found(self.with_facts(draft, nested), tuple(block))

    def with_facts(self, draft: Draft, indexes: Iterable[int]) -> Entry:
        """A draft with the lines below it: labelled ones, places, or the purpose."""
        for index in indexes:
            raw, words = self.clauses[index].text, self.words[index]
            draft.url = draft.url or link_in(raw)
            draft.texts.append(words)
            for line in words.split("; "):
                if not draft.take_label(line):
                    draft.take_rest(line)
        return draft.entry()

    # --- headings, terms of definition lists ---

    def titled(self) -> None:
        """Entries whose name is a heading (a bold line, a defined term) with facts below it."""
        heads = [i for i, c in enumerate(self.clauses) if c.kind == "heading"]
        blocks = [
            (head, list(range(head + 1, end)))
            for head, end in pairwise([*heads, len(self.clauses)])
        ]
        for _, group in groupby(blocks, key=self.of_heading):
            made, failed, clauses = [], 0, list[int]()
            for head, body in group:
                if not self.clauses[head].section or not self.regions.listing(head) or not body:
                    failed += 1
                    continue
                draft = draft_of(self.clauses[head].text)
                if draft is None or not self.is_facts(body) or not looks_like_name(draft.name):
                    failed += 1
                    continue
                made.append(_Found(self.with_facts(draft, body), (head, *body)))
                clauses += [head, *body]
            if _is_list([f.entry for f in made], failed, named=False):
                self.keep(made, clauses)

    def of_heading(self, block: tuple[int, list[int]]) -> tuple[object, ...]:
        """What sibling headings share."""
        return self.clauses[block[0]].level, self.clauses[block[0]].section

    def is_facts(self, body: Sequence[int]) -> bool:
        """Whether what stands below a name is a few short lines about it."""
        texts = [self.words[i] for i in body]
        return (
            not self.taken.intersection(body)
            and all(self.clauses[i].kind != "row" for i in body)
            and (
                all(label_of(text) for text in texts)
                or sum(len(text.split()) for text in texts) <= _LONGEST_FACT
            )
        )

    # --- paragraphs ---

    def of_prose(self, index: int) -> tuple[object, ...]:
        clause = self.clauses[index]
        return clause.kind == "paragraph" and index not in self.taken, clause.section

    def paragraphs(self, run: list[int]) -> None:
        """Entries that are paragraphs: "Name, place, purpose", or a name and facts below it."""
        if self.clauses[run[0]].kind != "paragraph" or not self.regions.listing(run[0]):
            return
        made: list[_Found] = []
        for block in self.prose_blocks(run):
            draft = draft_of(self.clauses[block[0]].text)
            assert draft is not None
            made.append(_Found(self.with_facts(draft, block[1:]), tuple(block)))
        if len(made) > 1 and _is_list([f.entry for f in made], 0, named=False):
            self.keep(made, [i for f in made for i in f.clauses])

    def prose_blocks(self, run: list[int]) -> Iterator[list[int]]:
        """A paragraph that begins with a company's name, and the labelled lines below it."""
        block: list[int] = []
        for index in run:
            if block and label_of(self.words[index]):
                block.append(index)
                continue
            if block:
                yield block
            block = [index] if self.opens(index) else []
        if block:
            yield block

    def opens(self, index: int) -> bool:
        """Whether a paragraph is an entry: a name, then nothing, places or a few words."""
        words = self.words[index]
        if len(words.split()) > _LONGEST_FACT or speaks_of("list", words):
            return False
        entry = read_entry(self.clauses[index].text)
        return entry is not None and bool(entry.places or form_end(entry.name) == len(entry.name))

    # --- sentences ---

    def prose(self, index: int) -> None:
        """Companies that a sentence enumerates or announces."""
        clause, words = self.clauses[index], self.words[index]
        if index in self.taken or clause.kind not in ("paragraph", "item"):
            return
        if self.regions.past(index):
            return
        if made := [_Found(entry, (index,)) for entry in enumerated(words)]:
            self.keep(made, [index])
        elif self.regions.listing(index):
            for entry, start, end in announced(words, self.language):
                if self.is_stranger(entry.name):
                    self.found.append(_Found(entry, (index,)))
                    self.announced.add((index, start, end))

    def is_stranger(self, name: str) -> bool:
        """Whether a company is named once in the text, and is not the one that speaks."""
        words = " ".join(tokens(name))
        free = (text for i, text in enumerate(self.words) if i not in self.taken)
        return sum(words in " ".join(tokens(text)) for text in free) <= 1

    # --- entities ---

    def keep(self, made: Sequence[_Found], clauses: Iterable[int]) -> None:
        self.found += made
        self.taken.update(clauses)

    def entities(self) -> Iterator[Listed]:
        """One entity for each name; what several entries say of it is put together."""
        by_name: dict[tuple[str, ...], list[_Found]] = {}
        for found in self.found:
            by_name.setdefault(name_of(found.entry.name).full, []).append(found)
        for group in by_name.values():
            yield self.entity(group)

    def entity(self, group: Sequence[_Found]) -> Listed:
        first = group[0].entry
        index = group[0].clauses[0]
        clause = self.clauses[index]
        entries = [found.entry for found in group]
        purposes = [e.purpose or f.group for e, f in zip(entries, group, strict=True)]
        over = (first.role, *clause.section[-1:], group[0].group)
        name = name_of(first.name)
        said = " ".join(entry.text.replace(first.name, " ") for entry in entries)
        subprocessor = Subprocessor(
            name=first.name,
            places=tuple(dict.fromkeys(place for entry in entries for place in entry.places)),
            purpose="; ".join(dict.fromkeys(filter(None, purposes))),
            url=next((entry.url for entry in entries if entry.url), ""),
            role=role_of(*over),
            quote=_quote(clause),
        )
        return Listed(
            subprocessor,
            name,
            tuple(i for found in group for i in found.clauses),
            frozenset(tokens(said)),
            frozenset(place.name for place in places_in(said)),
            "; ".join(dict.fromkeys(entry.detail for entry in entries if entry.detail)),
            tuple((f.clauses[0], *span) for f in group for span in f.others),
            tuple(entry.places for entry in entries),
        )

    def rest(self) -> str:
        """The words of all clauses that list nobody, those about the past apart."""
        kept = [
            word
            for index, text in enumerate(self.words)
            if index not in self.taken and not self.regions.past(index)
            for word in tokens(text)
        ]
        return f" {' '.join(kept)} "


def _quote(clause: Clause) -> Quote:
    """The words of a clause, without markup at its ends."""
    bare = plain(clause.text)
    first, last = bare.raw(0, len(bare.text))
    section = " > ".join(clause.section)
    start, end = clause.start + first, clause.start + last
    return Quote(clause.text[first:last], section, start, end, clause.lead_in)


def _is_list(entries: Sequence[Entry], failed: int, *, named: bool) -> bool:
    """Whether entries make a list of companies.

    ``named``: the nearest words say so, and then short names alone will do.
    """
    if not entries or len(entries) < _MOST * (len(entries) + failed):
        return False
    if sum(entry.evident for entry in entries) >= _EVIDENT * len(entries):
        return True
    return named and all(
        len(entry.name.split()) <= _SHORT_NAME and len(entry.text.split()) <= 2 * _SHORT_NAME
        for entry in entries
    )


def _blocks(run: Sequence[int], begins: Callable[[int], bool]) -> Iterator[list[int]]:
    """Cut a run before each element that begins a block."""
    block: list[int] = []
    for index in run:
        if begins(index) and block:
            yield block
            block = []
        block.append(index)
    if block:
        yield block
