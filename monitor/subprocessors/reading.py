"""Which sub-processors a document lists, however the list is set.

    clauses -> regions about sub-processors -> tables | list items | titled entries | paragraphs |
    sentences that enumerate -> entries -> one entity for each name

A region is what stands under a heading, a caption or a sentence that speaks of sub-processors;
under "former sub-processors" or a log of changes nobody is listed. Inside it a group of clauses
counts as a list if most of its entries look like companies and show it: by a legal form, a place
or a link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from monitor.canonical import tokens
from monitor.model import Clause, Document, Quote, Subprocessor
from monitor.plain_text import plain, sentences
from monitor.subprocessors.entries import Draft, Entry, draft_of, link_in, read_entry, role_of
from monitor.subprocessors.names import (
    Name,
    begins_with_form,
    companies_in,
    form_end,
    looks_like_name,
    name_of,
)
from monitor.subprocessors.places import places_in
from monitor.subprocessors.tables import rows_of
from monitor.subprocessors.vocabulary import first_of, label_of, speaks_of

_AND = re.compile(r"(?<=[)\w.])\s+(?:and|sowie|und|et|ed|e|y)\s+(?=[A-ZÀ-Ý])")
_MOST = 0.75
_EVIDENT = 0.5
_SHORT_NAME = 4
_LONGEST_FACT = 40
_NEAR = 2
_REACH = 60


@dataclass(frozen=True)
class Listed:
    """A sub-processor as a document lists it.

    ``clauses`` are those that speak of it, by index; ``others`` cells of them (clause, start, end
    of its plain text) that say neither who nor where nor why. ``words`` are all words of the
    entry but the name, ``mentions`` the places among them, ``detail`` the place as written.
    """

    subprocessor: Subprocessor
    name: Name
    clauses: tuple[int, ...]
    words: frozenset[str]
    mentions: frozenset[str]
    detail: str = ""
    others: tuple[tuple[int, int, int], ...] = ()


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
        self.clauses = document.clauses
        self.title = document.title
        self.words = [plain(clause.text).text for clause in document.clauses]
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
            self.sentence(index)
        for index in range(len(self.clauses)):
            self.announcements(index)
        self.found.sort(key=lambda found: found.clauses[0])
        listed = tuple(self.entities())
        return Listing(listed, frozenset(self.taken), frozenset(self.announced), self.rest())

    # --- where ---

    def over(self, index: int) -> str:
        """What stands over a clause: its headings, its lead-in, and the sentences just before."""
        clause = self.clauses[index]
        first = self.clauses[0]
        top = self.words[0] if first.kind == "heading" and first.level == 1 else ""
        return "\n".join((self.title, top, *clause.section, clause.lead_in, *self.before(index)))

    def before(self, index: int) -> Iterator[str]:
        """The paragraphs just above a list or a table."""
        section, kind = self.clauses[index].section, self.clauses[index].kind
        place = index - 1
        while place >= 0 and self.clauses[place].kind == kind:
            place -= 1
        for near in range(place, max(-1, place - _NEAR), -1):
            if self.clauses[near].section != section or self.clauses[near].kind != "paragraph":
                return
            yield self.words[near]

    def listing(self, index: int) -> bool:
        """Whether a clause stands where sub-processors are listed."""
        return speaks_of("list", self.over(index)) and not self.past(index)

    def past(self, index: int) -> bool:
        """Whether a clause stands under what is not listed any more, or in a log of changes."""
        clause = self.clauses[index]
        near = "\n".join((*clause.section[-2:], clause.lead_in))
        return speaks_of("past", near)

    # --- tables ---

    def table(self, run: list[int]) -> None:
        for _, part in groupby(run, key=self.of_table):
            table = list(part)
            if self.past(table[0]):
                continue
            over = f"{self.over(table[0])}\n{self.clauses[table[-1]].lead_in}"
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
        if self.clauses[run[0]].kind != "item" or not self.listing(run[0]):
            return
        top = min(self.clauses[i].level for i in run)
        made: list[_Found] = []
        failed = 0
        for block in _blocks(run, lambda i: self.clauses[i].level == top):
            entries = list(self.block(block))
            made += entries
            failed += not entries
        near = "\n".join((*self.clauses[run[0]].section[-1:], *self.leads(run[0])))
        if _is_list([f.entry for f in made], failed, named=speaks_of("list", near)):
            self.keep(made, run)

    def leads(self, index: int) -> Iterator[str]:
        yield self.clauses[index].lead_in
        yield from self.before(index)

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
                if not self.clauses[head].section or not self.listing(head) or not body:
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
        if self.clauses[run[0]].kind != "paragraph" or not self.listing(run[0]):
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

    def sentence(self, index: int) -> None:
        """ "Our sub-processors are: Alder GmbH (Germany), Birch Inc. (USA) and Cedar Ltd." """
        words = self.words[index]
        head, colon, tail = words.partition(":")
        if index in self.taken or not colon or not speaks_of("list", head) or self.past(index):
            return
        if self.clauses[index].kind not in ("paragraph", "item"):
            return
        entries = [read_entry(piece) for piece in _enumerated(tail)]
        made = [_Found(entry, (index,)) for entry in entries if entry]
        failed = len(entries) - len(made)
        if not failed and made and all(f.entry.evident for f in made):
            self.keep(made, [index])

    def announcements(self, index: int) -> None:
        """ "From 1 June we will engage Juniper Voice LLC (USA) as a sub-processor"."""
        words, clause = self.words[index], self.clauses[index]
        if index in self.taken or clause.kind not in ("paragraph", "item") or self.past(index):
            return
        if first_of("joins", words) < 0 or not self.listing(index):
            return
        for start, end in sentences(words, self.language):
            sentence = words[start:end]
            joins = first_of("joins", sentence)
            if joins < 0 or speaks_of("leaves", sentence) or not speaks_of("list", sentence):
                continue
            for left, right in companies_in(sentence):
                if joins <= left < joins + _REACH and self.is_stranger(sentence[left:right]):
                    where = tuple(dict.fromkeys(p.name for p in places_in(sentence[right:])))
                    entry = Entry(sentence[left:right], where, text=sentence)
                    self.found.append(_Found(entry, (index,)))
                    self.announced.add((index, start, end))

    def is_stranger(self, name: str) -> bool:
        """Whether a company is named once in the text, and is not the one that speaks."""
        words = " ".join(tokens(name))
        return sum(words in " ".join(tokens(text)) for i, text in enumerate(self.words)
                   if i not in self.taken) <= 1  # fmt: skip

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
        )

    def rest(self) -> str:
        """The words of all clauses that list nobody, those about the past apart."""
        kept = [
            word
            for index, text in enumerate(self.words)
            if index not in self.taken and not self.past(index)
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


def _enumerated(text: str) -> list[str]:
    """The pieces of an enumeration: at semicolons, else at commas and "and" outside brackets."""
    text = text.strip(" .")
    if ";" in text:
        return [part.strip(" .") for part in re.split(r";(?:\s*(?:and|et|e|und|y)\s)?", text)]
    pieces = [""]
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += char
    joined: list[str] = []
    for piece in pieces:
        first, *others = _AND.split(piece)
        if joined and begins_with_form(piece):
            joined[-1] += f",{first}"  # "Alder, Inc."
        else:
            joined.append(first)
        joined += others
    return [piece.strip() for piece in joined if piece.strip()]
