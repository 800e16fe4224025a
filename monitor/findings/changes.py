"""From an alignment to the passages that really changed: the sentence is the unit of meaning.

A sentence that says the same words elsewhere in the other version did not change, however the
clauses around it were cut, wrapped or moved. What remains is paired with the sentence it came
from, or stands alone as added or removed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

from monitor.canonical import is_stamp, tokens
from monitor.lexicon import Lexicon
from monitor.model import Clause, Document, Edit, Quote
from monitor.segmentation import plain, sentences

_PAIR = 0.34
_PAIR_LAST = 0.18
_PAIR_SECOND = 0.4
_MAX_SECOND = 4000
_SHINGLE = 4
_COVERED = 0.9
_MIN_NEARLY = 16
#: Words whose coming or going between two sentences says nothing.
_GLUE = frozenset(
    {"and", "the", "a", "an", "e", "et", "und", "y", "la", "le", "les", "il", "lo", "i", "gli"}
    | {"der", "die", "das", "el", "los", "las", "un", "une", "una", "uno"}
)
_NEGATIONS = ("not", "non", "no", "never", "pas", "ne", "jamais", "nicht", "kein", "nie", "nunca")
_MIN_COVERED_WORDS = 6
_MIN_BARE_WORDS = 3
_MIN_LETTERS = 12
_MAX_SPELLINGS = 4
_MIN_SPELLED = 5
_SAME_SPELLED = 0.8
_MENU_WORDS = 12
_MENU_LINES = 6
#: A line of a table of contents: nothing but a link to a place on the same page.
_CONTENTS = re.compile(r"[\W\d]{0,12}\[[^\[\]]{1,300}\]\(#[^)\n]{0,300}\)[\s.]*")


@dataclass(frozen=True)
class Passage:
    """A sentence (or a whole short clause) of one version, as plain text with its place."""

    clause: Clause
    text: str
    start: int
    end: int

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its canonical words."""
        return tokens(self.text)

    @cached_property
    def in_context(self) -> str:
        """The text behind the sentence that a list item completes, or the cells over a row."""
        lead = _last_sentence(self.clause.lead_in) if self.clause.lead_in else ""
        return f"{lead} {self.text}" if lead else self.text

    def quote(self) -> Quote:
        """The words as they stand in the document, with their offsets."""
        first, last = plain(self.clause.text).raw(self.start, self.end)
        raw = self.clause.text[first:last]
        section = " > ".join(self.clause.section)
        start = self.clause.start + first
        return Quote(raw, section, start, start + len(raw), self.clause.lead_in)


@lru_cache(maxsize=512)
def _last_sentence(lead_in: str) -> str:
    """What stands before the last sentence of a lead-in says nothing of the list."""
    text = plain(lead_in).text
    found = sentences(text, "")
    return text[found[-1][0] : found[-1][1]] if found else text


@dataclass(frozen=True)
class Change:
    """One changed passage: both sides for an edit, one for an addition or a removal.

    ``edit`` is the index of the alignment step it belongs to.
    """

    before: Passage | None
    after: Passage | None
    edit: int

    @cached_property
    def passage(self) -> Passage:
        """The side that shows the change best: the new one where there is one."""
        side = self.after or self.before
        assert side is not None
        return side

    @cached_property
    def inserted(self) -> Counter[str]:
        """Words that the new side has more of."""
        return self._counts(self.after) - self._counts(self.before)

    @cached_property
    def deleted(self) -> Counter[str]:
        """Words that the old side had more of."""
        return self._counts(self.before) - self._counts(self.after)

    @property
    def is_spelling(self) -> bool:
        """Whether a few words are only spelled otherwise: "recieve", "organise", a plural."""
        come, gone = sorted(self.inserted.elements()), sorted(self.deleted.elements())
        if not come or len(come) != len(gone) or len(come) > _MAX_SPELLINGS:
            return False
        return all(map(_same_spelled, gone, come))

    @staticmethod
    def _counts(side: Passage | None) -> Counter[str]:
        return Counter(side.words if side else ())


def _same_spelled(a: str, b: str) -> bool:
    """Alike from the first letter, and neither the other with a prefix ("un", "in", "dis")."""
    if min(len(a), len(b)) < _MIN_SPELLED or a[0] != b[0] or a.endswith(b) or b.endswith(a):
        return False
    return a.isalpha() and b.isalpha() and SequenceMatcher(None, a, b).ratio() >= _SAME_SPELLED


class Stream:
    """All words of a document in order, to ask whether a passage still stands somewhere."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._terms: dict[str, frozenset[str]] = {}

    @cached_property
    def _words(self) -> list[str]:
        words: list[str] = []
        for clause in self._document.clauses:
            words += tokens(plain(clause.text).text)
        return words

    @property
    def length(self) -> int:
        """How many words the document has."""
        return len(self._words)

    @cached_property
    def text(self) -> str:
        return f" {' '.join(self._words)} "

    @cached_property
    def letters(self) -> str:
        return "".join(self._words)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(self._words)

    @cached_property
    def shingles(self) -> set[tuple[str, ...]]:
        """Every run of four words."""
        return set(zip(*(self._words[at:] for at in range(_SHINGLE)), strict=False))

    def terms(self, kind: str, lexicon: Lexicon) -> frozenset[str]:
        """The words of the vocabulary that the document affirms anywhere."""
        if kind not in self._terms:
            self._terms[kind] = frozenset(
                term.term
                for text in (plain(clause.text).text for clause in self._document.clauses)
                for term in lexicon.terms(kind, text)
                if not lexicon.negated(text, term.start, term.end)
            )
        return self._terms[kind]

    def holds(self, words: Sequence[str], least: int, *, nearly: bool = True) -> bool:
        """Whether the passage stands in the document; ``nearly``: but for a few words.

        Shorter ones than ``least`` words prove nothing by standing somewhere else. Letters are
        compared, not words, since hyphenation and lost spaces cut words anew; what stands there
        behind a negation is the opposite.
        """
        if len(words) < least:
            return False
        letters = "".join(words)
        place = self.letters.find(letters) if len(letters) >= _MIN_LETTERS else -1
        while place >= 0:
            if not self.letters.endswith(_NEGATIONS, max(0, place - 8), place):
                return True
            place = self.letters.find(letters, place + 1)
        if not nearly or len(words) < _MIN_NEARLY:
            return False
        runs = [tuple(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1)]
        return sum(run in self.shingles for run in runs) >= _COVERED * len(runs)


def changes_of(
    old: Document, new: Document, edits: Sequence[Edit], streams: tuple[Stream, Stream]
) -> list[Change]:
    """The passages that changed, in the order of the edits; ``streams``: of old and new."""
    found: list[Change] = []
    menus = _menus(old, new, edits)
    for index, edit in enumerate(edits):
        if edit.kind not in ("kept", "moved") and index not in menus:
            before = _passages(old, edit.before)
            after = _passages(new, edit.after)
            found += _paired(before, after, index)
    return [change for change in _second_chance(found) if not _elsewhere(change, *streams)]


def _menus(old: Document, new: Document, edits: Sequence[Edit]) -> set[int]:
    """The steps that add or remove a block of navigation: a run of many short bare lines.

    Headings are no lines of it: where many go, a sentence between them is no entry of a menu.
    """
    menus: set[int] = set()
    for kind, document in (("removed", old), ("added", new)):
        steps = {
            (edit.before or edit.after)[0]: index
            for index, edit in enumerate(edits)
            if edit.kind == kind
        }
        bare = [i for i in sorted(steps) if document.clauses[i].kind != "heading"]
        for run in _runs(bare):
            words = [len(tokens(plain(document.clauses[i].text).text)) for i in run]
            leads = sum(bool(document.clauses[i].lead_in) for i in run)
            long = sum(count > _MENU_WORDS for count in words)
            if len(run) >= _MENU_LINES and long <= 0.2 * len(run) and leads <= 0.3 * len(run):
                menus.update(steps[i] for i in run)
    return menus


def _runs(indexes: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for index in indexes:
        if runs and index - runs[-1][-1] <= 2:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _elsewhere(change: Change, old: Stream, new: Stream) -> bool:
    """Whether what one side says (both, for an edit) stands somewhere in the other version."""
    if change.before and change.after and change.is_spelling:
        return True
    alone = change.before is None or change.after is None
    return (change.before is None or _stands(change.before, new, nearly=alone)) and (
        change.after is None or _stands(change.after, old, nearly=alone)
    )


def _stands(passage: Passage, stream: Stream, *, nearly: bool) -> bool:
    bare = passage.clause.kind != "item" or not passage.clause.lead_in
    least = _MIN_BARE_WORDS if bare else _MIN_COVERED_WORDS
    return stream.holds(passage.words, least, nearly=nearly)


def _passages(document: Document, indexes: Iterable[int]) -> list[Passage]:
    found = []
    for index in indexes:
        clause = document.clauses[index]
        if _CONTENTS.fullmatch(clause.text):
            continue
        text = plain(clause.text).text
        whole = ((0, len(text)),) if clause.kind == "row" else sentences(text, document.language)
        for start, end in whole:
            found.append(Passage(clause, text[start:end], start, end))
    return [passage for passage in found if passage.words and not is_stamp(passage.text)]


def _paired(before: list[Passage], after: list[Passage], edit: int) -> list[Change]:
    """Take away the sentences both sides share, pair the rest by likeness, best first."""
    shared = Counter(p.words for p in before) & Counter(p.words for p in after)
    before, after = _without(before, shared), _without(after, shared)
    if _all_words(before) == _all_words(after):
        return []  # the same words, cut into other sentences
    scored = sorted(
        (-likeness(left.words, right.words), i, j)
        for i, left in enumerate(before)
        for j, right in enumerate(after)
        if abs(i - j) <= 60
    )
    last = len(before) == len(after) == 1
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for score, i, j in scored:
        if -score >= (_PAIR_LAST if last else _PAIR) and i not in partner and j not in taken:
            partner[i] = j
            taken.add(j)
    changes = [
        Change(left, after[partner[i]] if i in partner else None, edit)
        for i, left in enumerate(before)
    ]
    changes += [Change(None, right, edit) for j, right in enumerate(after) if j not in taken]
    return changes


def _all_words(side: list[Passage]) -> list[str]:
    return [word for passage in side for word in passage.words if word not in _GLUE]


def _second_chance(found: list[Change]) -> list[Change]:
    """Pair what is gone and new in one section, though alignment kept their clauses apart."""
    gone: dict[tuple[str, ...], list[int]] = {}
    new: dict[tuple[str, ...], list[int]] = {}
    for index, change in enumerate(found):
        if change.after is None and change.before is not None:
            gone.setdefault(change.before.clause.section, []).append(index)
        elif change.before is None and change.after is not None:
            new.setdefault(change.after.clause.section, []).append(index)
    result: dict[int, Change] = dict(enumerate(found))
    for section in gone.keys() & new.keys():
        if len(gone[section]) * len(new[section]) > _MAX_SECOND:
            continue
        scored = sorted(
            (-likeness(_words(found[i]), _words(found[j])), i, j)
            for i in gone[section]
            for j in new[section]
        )
        for score, i, j in scored:
            if -score >= _PAIR_SECOND and i in result and j in result and result[j].before is None:
                result[j] = replace(found[j], before=found[i].before)
                del result[i]
    return [result[index] for index in sorted(result)]


def _words(change: Change) -> tuple[str, ...]:
    return change.passage.words


def _without(side: list[Passage], shared: Counter[tuple[str, ...]]) -> list[Passage]:
    left = shared.copy()
    kept = []
    for passage in side:
        if left[passage.words] > 0:
            left[passage.words] -= 1
        else:
            kept.append(passage)
    return kept


def likeness(a: Sequence[str], b: Sequence[str]) -> float:
    """Dice overlap of two word lists; short words, mostly grammar, weigh a third."""
    left, right = Counter(a), Counter(b)
    total = _weight(left) + _weight(right)
    return 2 * _weight(left & right) / total if total else 0.0


def _weight(words: Counter[str]) -> float:
    return sum(count * (1.0 if len(word) > 3 else 0.33) for word, count in words.items())
