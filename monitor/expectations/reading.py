"""A text made ready to be held against expectations: read once, asked many times. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from monitor.commitments import commitments_of, refusals_of, statements_of
from monitor.commitments.statements import Statement
from monitor.findings.team import Words
from monitor.lexicon import Lexicon, guess_language, load
from monitor.model import Category, Clause, Commitment, Document, Quote
from monitor.segmentation import plain


@dataclass(frozen=True)
class Reading:
    """What a document promises, refuses and speaks of."""

    document: Document
    commitments: tuple[Commitment, ...]

    @cached_property
    def lexicon(self) -> Lexicon:
        """The language pack of the document's language."""
        return load(self.document.language or guess_language(self.document.text))

    @cached_property
    def refusals(self) -> tuple[Commitment, ...]:
        """Recipients, purposes and data that the document denies outright."""
        return refusals_of(self.document)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Its sentences, without headings and questions."""
        found = statements_of(self.document, self.lexicon)
        return tuple(statement for statement in found if statement.kind != "heading")

    @cached_property
    def topics(self) -> Mapping[Category, Quote]:
        """What its passages are about, each with the first such passage."""
        found: dict[Category, Quote] = {}
        for clause in self.document.clauses:
            if clause.kind == "heading":
                continue
            about = self.lexicon.categories(plain(clause.text).text, clause.section)
            for category in about:
                found.setdefault(category, _quote(clause))
        return found

    def places(self, words: str) -> tuple[Quote, ...]:
        """Where a phrase stands: the sentences, or the clauses whose sentences it spans."""
        wanted = Words((words,))
        found: list[Quote] = []
        for clause in self.document.clauses:
            if wanted.count(plain(clause.text).text):
                inside = (
                    s.quote for s in self.statements if s.clause is clause and wanted.count(s.text)
                )
                found.append(next(inside, _quote(clause)))
        return tuple(found)


def read(document: Document, commitments: tuple[Commitment, ...] | None = None) -> Reading:
    """Read a document; its commitments are found here unless they are known."""
    return Reading(document, commitments_of(document) if commitments is None else commitments)


def _quote(clause: Clause) -> Quote:
    section = " > ".join(clause.section)
    return Quote(clause.text, section, clause.start, clause.end, clause.lead_in)
