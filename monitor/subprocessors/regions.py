"""Where in a document sub-processors are listed: what stands over a clause, and what is past."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from monitor.model import Clause, Document
from monitor.plain_text import plain
from monitor.subprocessors.vocabulary import speaks_of

_NEAR = 2


class Regions:
    """The clauses of a document with their plain words, and what stands over each."""

    def __init__(self, document: Document) -> None:
        self.clauses = document.clauses
        self.words = [plain(clause.text).text for clause in document.clauses]
        first = document.clauses[0] if document.clauses else None
        top = first is not None and first.kind == "heading" and first.level == 1
        self._title = (document.title, self.words[0] if top else "")
        self._is_past = lru_cache(maxsize=None)(_is_past)

    def over(self, index: int) -> str:
        """What stands over a clause: its headings, its lead-in, and the sentences just before."""
        clause = self.clauses[index]
        return "\n".join((*self._title, *clause.section, clause.lead_in, *self.before(index)))

    def near(self, index: int) -> str:
        """The nearest of that: the innermost heading, the lead-in, the sentences just before."""
        clause = self.clauses[index]
        return "\n".join((*clause.section[-1:], clause.lead_in, *self.before(index)))

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
        return not self.past(index) and speaks_of("list", self.over(index))

    def past(self, index: int) -> bool:
        """Whether a clause stands under what is not listed any more, or in a log of changes."""
        clause: Clause = self.clauses[index]
        return self._is_past((*clause.section[-2:], clause.lead_in))


def _is_past(over: tuple[str, ...]) -> bool:
    return speaks_of("past", "\n".join(over))
