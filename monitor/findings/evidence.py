"""What a changed passage says: read once with the language pack, asked by many rules."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from monitor.canonical import tokens
from monitor.findings.changes import Change, Passage, Stream
from monitor.findings.promises import Shift
from monitor.lexicon import Age, Duration, Lexicon, Term
from monitor.lexicon.phrases import Hit, any_of
from monitor.model import Category, CommitmentKind
from monitor.redline import redline

#: What a sentence can do, by the cue of the language packs that shows it.
ACTS: Mapping[str, str] = {
    "sell": "cues.sale_data",
    "share": "cues.disclose",
    "collect": "cues.collect",
    "use": "cues.use",
    "retain": "cues.retain",
    "delete": "cues.delete",
    "inform": "cues.inform",
    "transfer": "cues.transfer",
    "refund": "cues.refund",
}
_CUES = Path(__file__).with_name("cues.toml")
_TOO_LONG = 40_000
_NEAR = 60
_ENTRY_WORDS = 40
#: A name behind a word that makes it the one who gets or handles something.
_NAMED = re.compile(
    r"\b(?:by|to|contact|par|à|auprès\s+de|da|dalla|dal|a|por)\s+(?:\w+\s+)?(?:the\s+|la\s+|le\s+)?"
    r"([A-Z][\w&’'.-]*[a-z](?:\s+[A-Z][\w&’'.-]*[a-zA-Z])*)"
)
_AGO_AFTER = re.compile(r"\s*(?:ago|fa|earlier)\b", re.IGNORECASE)
_AGO_BEFORE = re.compile(r"\b(?:il y a|vor|hace)\s*$", re.IGNORECASE)
_DAYS = {"hour": 1 / 24, "day": 1.0, "business_day": 1.4, "month": 30.4, "year": 365.0}


@lru_cache(maxsize=1)
def _cues() -> dict[str, dict[str, re.Pattern[str]]]:
    tables = tomllib.loads(_CUES.read_text(encoding="utf-8"))
    return {
        language: {name: any_of(phrases) for name, phrases in table.items()}
        for language, table in tables.items()
    }


class Reading:
    """One passage with its lead-in, and what the lexicon finds in it.

    Terms of the lead-in do not count as the passage's own; its verbs and negations do.
    """

    def __init__(self, passage: Passage, lexicon: Lexicon) -> None:
        self.passage = passage
        self.lexicon = lexicon
        self.text = passage.in_context
        self.own = len(self.text) - len(passage.text)

    @cached_property
    def scores(self) -> Mapping[Category, int]:
        """How strongly the passage speaks of each category, its heading and lead-in included."""
        scores = self.lexicon.category_scores(self.text, self.passage.clause.section)
        if "age" in scores and not self.ages and self.says("child_safety"):
            return {name: score for name, score in scores.items() if name != "age"}
        return scores

    def heads(self, category: Category) -> bool:
        """Whether the nearest heading speaks of a category."""
        section = self.passage.clause.section[-1:]
        return bool(section) and self.lexicon.category_scores(section[0]).get(category, 0) >= 2

    def terms(self, kind: str) -> dict[str, tuple[int, int]]:
        """The passage's own terms of a kind that are not denied, with their place in the text."""
        return {
            term.term: (term.start - self.own, term.end - self.own)
            for term in self._own_terms(kind)
            if not self.lexicon.negated(self.text, term.start, term.end)
        }

    def denied(self, kind: str) -> frozenset[str]:
        """The passage's own terms of a kind within a negation."""
        return frozenset(
            term.term
            for term in self._own_terms(kind)
            if self.lexicon.negated(self.text, term.start, term.end)
        )

    def _own_terms(self, kind: str) -> Iterator[Term]:
        for term in self.lexicon.terms(kind, self.text):
            if term.start >= self.own:
                yield term

    @cached_property
    def names_data(self) -> bool:
        """Whether two kinds of personal data are named."""
        return len({term.term for term in self._own_terms("data_categories")}) > 1

    @cached_property
    def durations(self) -> list[Duration]:
        """The periods in the passage's own words; "six days ago" is none."""
        return [
            d
            for d in self.lexicon.durations(self.text)
            if d.start >= self.own
            and not _AGO_AFTER.match(self.text, d.end)
            and not _AGO_BEFORE.search(self.text[max(0, d.start - 8) : d.start])
        ]

    @cached_property
    def ages(self) -> list[Age]:
        return [age for age in self.lexicon.ages(self.text) if age.start >= self.own]

    @cached_property
    def conditions(self) -> frozenset[str]:
        return frozenset(c.term for c in self.lexicon.conditions(self.text) if c.end > self.own)

    def act(self, name: str) -> str:
        """ "done", "denied" or "" (not spoken of)."""
        hits = self._act_hits(name)
        if not hits:
            return ""
        return "denied" if self._denies(hits[0]) else "done"

    def _denies(self, hit: Hit) -> bool:
        """Whether the act is negated by a word that stands close to it.

        "We do not share your data except:" denies nothing of what its items list.
        """
        if hit.start < self.own and cue_found(
            "excepts", self.text[: self.own], self.lexicon.language
        ):
            return False
        if not self.lexicon.negated(self.text, hit.start, hit.end):
            return False
        negators = self.lexicon.scan(self.text).of("negation.words")
        return any(hit.start - _NEAR <= n.start and n.start <= hit.end + _NEAR for n in negators)

    def _act_hits(self, name: str) -> list[Hit]:
        """The hits of an act, the passage's own first: they say what is done, the rest repeats."""
        hits = self.lexicon.scan(self.text).of(ACTS[name])
        return [h for h in hits if h.start >= self.own] or hits

    @cached_property
    def negations(self) -> int:
        """How many negating words stand in the passage's own words."""
        hits = self.lexicon.scan(self.text)
        excepted = hits.of("negation.exceptions")
        return sum(
            h.start >= self.own and not any(e.start <= h.start and h.end <= e.end for e in excepted)
            for h in hits.of("negation.words")
        )

    @property
    def binding(self) -> bool:
        """Whether a modal verb stands in the passage's own words."""
        return any(h.start >= self.own for h in self.lexicon.scan(self.text).of("modality"))

    def modal(self, name: str) -> str:
        """The modality of the first time the passage speaks of an act."""
        hits = self._act_hits(name)
        return self.lexicon.modality(self.text, hits[0].start, hits[0].end) if hits else ""

    def cue(self, name: str) -> bool:
        """Whether the lexicon's sign stands in the passage's own words."""
        return any(h.end > self.own for h in self.lexicon.scan(self.text).of(f"cues.{name}"))

    def says(self, name: str) -> bool:
        """Whether one of the rules' own cues stands in the passage."""
        return cue_found(name, self.passage.text, self.lexicon.language)

    @property
    def bars(self) -> bool:
        """Whether the passage, or what leads to it, forbids the other side something."""
        return cue_found("bars", self.text, self.lexicon.language)

    def affirms(self, name: str) -> bool:
        """Whether one of the rules' own cues stands in the passage and is not denied."""
        hit = _cue(name, self.lexicon.language).search(self.text, self.own)
        return hit is not None and not self.lexicon.negated(self.text, hit.start(), hit.end())


def _cue(name: str, language: str) -> re.Pattern[str]:
    return (_cues().get(language) or _cues()["en"])[name]


def cue_found(name: str, text: str, language: str) -> bool:
    """Whether a cue of the rules stands in any text."""
    return _cue(name, language).search(text) is not None


def cue_places(name: str, text: str, language: str) -> int:
    """How often a cue of the rules stands in any text."""
    return sum(1 for _ in _cue(name, language).finditer(text))


class Sides:
    """A change with both sides read, and the words that were put in and struck out.

    ``rewritten``: the same alignment step also adds or edits passages; ``overhauled``: most of the
    document was written anew. ``privacy``: the document
    is a privacy notice, in which few sentences are about contracts; ``contract``: it is terms of
    some length, in which what names no data is not about data; ``code``: it is rules of conduct,
    in which whatever is new is one. ``shifts``: the commitments of the
    change that differ; ``told``: kinds of its commitments that another change tells of;
    ``renamed``: words of names that changed throughout the document.
    """

    def __init__(
        self,
        change: Change,
        lexicon: Lexicon,
        old: Stream,
        new: Stream,
        *,
        rewritten: bool = False,
        overhauled: bool = False,
        privacy: bool = False,
        contract: bool = False,
        code: bool = False,
        shifts: Sequence[Shift] = (),
        told: Collection[CommitmentKind] = (),
        renamed: Collection[str] = (),
    ) -> None:
        self.change = change
        self.shifts, self.told, self.renamed = shifts, told, renamed
        self.privacy, self.contract, self.code = privacy, contract, code
        self.rewritten, self.overhauled = rewritten, overhauled
        self.lexicon = lexicon
        self.old_stream, self.new_stream = old, new
        self.before = Reading(change.before, lexicon) if change.before else None
        self.after = Reading(change.after, lexicon) if change.after else None

    @cached_property
    def runs(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Struck-out ranges of the old passage and put-in ranges of the new one."""
        if self.change.before is None or self.change.after is None:
            whole = [(0, len(self.change.passage.text))]
            return ([], whole) if self.change.before is None else (whole, [])
        before, after = self.change.before.text, self.change.after.text
        if len(before) + len(after) > _TOO_LONG:
            return [(0, len(before))], [(0, len(after))]
        struck, put = [], []
        i = j = 0
        for op, text in redline(before, after, seconds=0):  # a deadline would not be repeatable
            if op == "delete":
                struck.append((i, i + len(text)))
            elif op == "insert":
                put.append((j, j + len(text)))
            i += len(text) if op != "insert" else 0
            j += len(text) if op != "delete" else 0
        return struck, put

    def known_before(self, kind: str) -> frozenset[str]:
        """The terms of a kind that the old document affirms anywhere."""
        return self.old_stream.terms(kind, self.lexicon)

    def kept_after(self, kind: str) -> frozenset[str]:
        """The terms of a kind that the new document affirms anywhere."""
        return self.new_stream.terms(kind, self.lexicon)

    def new_names(self, reading: Reading) -> list[str]:
        """Names of others in the passage that the old document does not know at all."""
        if self.lexicon.noun_capitals or reading.says("pointer"):
            return []
        places = reading.terms("transfer_places").values()
        found = []
        for match in _NAMED.finditer(reading.passage.text):
            if any(start < match.end(1) and match.start(1) < end for start, end in places):
                continue
            words = tokens(match[1])
            if words and not all(word in self.old_stream.vocabulary for word in words):
                found.append(match[1])
        return found

    def speaks_of_data(self, reading: Reading) -> bool:
        """Whether a passage can be about the handling of people's data at all."""
        if not self.contract or reading.says("people_data"):
            return True
        return (reading.names_data or reading.cue("personal_data")) and reading.says("ours")

    @cached_property
    def listed(self) -> bool:
        """Whether the passage is an entry of a list or table of sub-processors."""
        clause = self.change.passage.clause
        if clause.kind not in ("item", "row"):
            return False
        over = " ".join((*clause.section[-1:], clause.lead_in))
        named = {term.term for term in self.lexicon.terms("recipients", over)}
        return "subprocessors" in named and len(self.change.passage.words) <= _ENTRY_WORDS

    @property
    def is_edit(self) -> bool:
        return self.before is not None and self.after is not None


def days(value: int, unit: str) -> float:
    """A period in days, only to order two periods; values are never converted."""
    return value * _DAYS[unit]


def stems(text: str) -> frozenset[str]:
    """The beginnings of a text's longer words: "prevents" and "preventing" share theirs."""
    return frozenset(word[:5] for word in tokens(text) if len(word) > 3)


def known(stream: Stream, text: str) -> bool:
    """Whether a document already uses these very words somewhere."""
    words = tokens(text)
    return bool(words) and f" {' '.join(words)} " in stream.text
