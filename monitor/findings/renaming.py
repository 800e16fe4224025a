"""A product or company renamed throughout a document: one fact, not a change of every sentence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.canonical import tokens
from monitor.findings.changes import Change, Passage, Stream
from monitor.model import Finding

_LEAST = 3
_MOST_WORDS = 4
#: A name that is still used so often, beside the new one, was not replaced.
_LEFT = 0.2

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Renaming:
    """The canonical words of the old and the new name, and the change that shows it first."""

    old: Words
    new: Words
    shown: Change

    def finding(self) -> Finding:
        """The one low finding that stands for all of it."""
        before, after = self.shown.before, self.shown.after
        assert before is not None
        assert after is not None
        said = (
            f"Renamed throughout: {_as_written(self.old, before)} → {_as_written(self.new, after)}"
        )
        return Finding(
            "entity", "neutral", "low", said, before.quote(), after.quote(),
            _as_written(self.old, before), _as_written(self.new, after), "renamed", 0.9,
        )  # fmt: skip


def without_renamings(
    changes: Sequence[Change], streams: tuple[Stream, Stream]
) -> tuple[list[Change], list[Renaming]]:
    """The changes that say more than a new name, and the names that changed.

    A name was changed where at least three sentences differ in nothing but the same few words,
    and the new version hardly uses the old words any more.
    """
    groups: dict[tuple[Words, Words], list[Change]] = defaultdict(list)
    for change in changes:
        if swapped := _swap(change):
            groups[swapped].append(change)
    renamings = [
        Renaming(old, new, found[0])
        for (old, new), found in groups.items()
        if len(found) >= _LEAST and _replaced(old, new, streams)
    ]
    return [change for change in changes if not _only_renames(change, renamings)], renamings


def _only_renames(change: Change, renamings: Iterable[Renaming]) -> bool:
    """Whether the sides of a change are the same but for names that changed."""
    if change.before is None or change.after is None:
        return False
    old = {word for renaming in renamings for word in renaming.old}
    new = {word for renaming in renamings for word in renaming.new}
    gone, come = set(change.deleted), set(change.inserted)
    return bool(gone and come) and gone <= old and come <= new


def _swap(change: Change) -> tuple[Words, Words] | None:
    """The words that one side has in place of the other's, if a name could be all that differs."""
    gone, come = change.deleted, change.inserted
    if change.before is None or change.after is None:
        return None
    if not gone or not come or len(gone) > _MOST_WORDS or len(come) > _MOST_WORDS:
        return None
    if not all(word.isalpha() for word in (*gone, *come)) or len({*gone.values()}) > 1:
        return None
    if not (_are_names(gone, change.before) and _are_names(come, change.after)):
        return None
    return tuple(sorted(gone)), tuple(sorted(come))


def _are_names(words: Iterable[str], passage: Passage) -> bool:
    """Whether the passage writes one of the words with a capital."""
    written = {token: word for word in passage.text.split() for token in tokens(word)}
    return any(any(map(str.isupper, written.get(word, ""))) for word in words)


def _replaced(old: Words, new: Words, streams: tuple[Stream, Stream]) -> bool:
    """Whether the old words gave way to the new ones in the whole document."""
    before, after = (Counter(stream.text.split()) for stream in streams)
    return all(after[word] <= _LEFT * before[word] for word in old) and all(
        before[word] <= _LEFT * after[word] for word in new
    )


def _as_written(words: Words, passage: Passage) -> str:
    """The words as the passage writes and orders them."""
    written = [word for word in passage.text.split() if set(tokens(word)) & set(words)]
    return " ".join(dict.fromkeys(word.strip(".,;:()\"'“”*") for word in written))
