"""A team's own rules over the findings: phrases to watch, severities to override, what to ignore.

They come last, over what the built-in rules found, and nothing they do is hidden: an ignored
finding stays in ``Comparison.held`` with the name and reason of the rule that held it back.
Patterns run on RE2, whose time is linear in the text whatever a pattern says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

import re2

from monitor.findings.changes import Change, Passage
from monitor.findings.words import shortened
from monitor.model import GRAVITY, Category, Direction, Finding, HeldBack, Severity, worst_first

Occasion = Literal["appears", "disappears", "changes"]
#: The category a passage is mostly about, None if no category's words stand in it.
Classifier = Callable[[Passage], Category | None]

_MAX_MEMORY = 8 << 20


class PatternError(ValueError):
    """A pattern that RE2 does not take."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a rule looks for in a text: any of the phrases, or the RE2 pattern; letter case is free.

    A phrase stands between word borders, its spaces match any white space.
    """

    phrases: tuple[str, ...] = ()
    pattern: str = ""

    def __bool__(self) -> bool:
        return bool(self.phrases or self.pattern)

    def count(self, text: str) -> int:
        """How often they stand in a text. Raises PatternError."""
        return sum(1 for _ in self._places(text))

    def check(self) -> None:
        """Raises PatternError with RE2's own words if the pattern is none."""
        if self.pattern:
            _compiled(self.pattern)

    def _places(self, text: str) -> Iterator[int]:
        if self.phrases:
            for match in _compiled(_any_of(self.phrases)).finditer(text):
                if _bounded(text, match.start(), match.end()):
                    yield match.start()
        if self.pattern:
            for match in _compiled(self.pattern).finditer(text):
                yield match.start()


@dataclass(frozen=True, slots=True)
class Watch:
    """Raise a finding when these words come, go, or stand in a sentence that changed.

    ``category`` None: what the passage is about, "scope" if no category's words stand in it.
    """

    name: str
    words: Words
    on: tuple[Occasion, ...] = ("appears", "disappears")
    category: Category | None = None
    direction: Direction = "neutral"
    severity: Severity = "high"


@dataclass(frozen=True, slots=True)
class Override:
    """Give findings another severity (None: hold them back). Every condition given must hold.

    ``rules`` are names as in ``Finding.rule``; ``words`` are looked for in both quotes and the
    summary.
    """

    name: str
    severity: Severity | None
    categories: tuple[Category, ...] = ()
    directions: tuple[Direction, ...] = ()
    rules: tuple[str, ...] = ()
    words: Words = field(default_factory=Words)
    reason: str = ""

    def fits(self, finding: Finding) -> bool:
        """Whether this rule is about a finding."""
        return (
            (not self.categories or finding.category in self.categories)
            and (not self.directions or finding.direction in self.directions)
            and (not self.rules or finding.rule in self.rules)
            and (not self.words or self.words.count(_everything(finding)) > 0)
        )


@dataclass(frozen=True, slots=True)
class TeamRules:
    """The rules that apply to one policy, in the order of the file; the first override counts."""

    watches: tuple[Watch, ...] = ()
    overrides: tuple[Override, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.watches or self.overrides)


@dataclass(frozen=True, slots=True)
class Ruled:
    """The findings as the team wants them, what was held back, and notes by alignment step."""

    findings: tuple[Finding, ...]
    held: tuple[HeldBack, ...] = ()
    notes: dict[int, str] = field(default_factory=dict)


def ruled(
    findings: Iterable[Finding],
    changes: Sequence[Change],
    rules: TeamRules,
    classify: Classifier,
) -> Ruled:
    """Apply the watches, then the overrides, to the findings of a comparison.

    ``classify`` tells the categories of a passage, for watches that name none.
    """
    current = list(findings)
    notes: dict[int, str] = {}
    for watch in rules.watches:
        for change in changes:
            if _seen(watch, change):
                _raise(current, change, watch, classify)
                notes[change.edit] = f"watch {watch.name}"
    kept: list[Finding] = []
    held: list[HeldBack] = []
    for finding in current:
        override = next((rule for rule in rules.overrides if rule.fits(finding)), None)
        if override is None:
            kept.append(finding)
        elif override.severity is None:
            held.append(HeldBack(finding, override.name, override.reason))
        else:
            kept.append(replace(finding, severity=override.severity))
    return Ruled(worst_first(kept), tuple(held), notes)


def _seen(watch: Watch, change: Change) -> bool:
    before = watch.words.count(change.before.text) if change.before else 0
    after = watch.words.count(change.after.text) if change.after else 0
    return (
        ("appears" in watch.on and after > before)
        or ("disappears" in watch.on and before > after)
        or ("changes" in watch.on and bool(before or after))
    )


def _raise(current: list[Finding], change: Change, watch: Watch, classify: Classifier) -> None:
    """Lift the finding that tells of this change already, or add one of the watch's own."""
    for place, finding in enumerate(current):
        if _tells(finding, change) and watch.category in (None, finding.category):
            if GRAVITY[finding.severity] > GRAVITY[watch.severity]:
                current[place] = replace(finding, severity=watch.severity)
            return
    came = watch.words.count(change.after.text) if change.after else 0
    went = watch.words.count(change.before.text) if change.before else 0
    said = "appears" if came > went else "is gone" if went > came else "sentence changed"
    passage = change.passage
    current.append(
        Finding(
            category=watch.category or classify(passage) or "scope",
            direction=watch.direction,
            severity=watch.severity,
            summary=f"Watched words ({watch.name}): {said}: “{shortened(passage.text)}”",
            before=change.before.quote() if change.before else None,
            after=change.after.quote() if change.after else None,
            before_value=None,
            after_value=None,
            rule=f"watch:{watch.name}",
            confidence=1.0,
        )
    )


def _tells(finding: Finding, change: Change) -> bool:
    """Whether a finding quotes this change."""
    for passage, quote in ((change.before, finding.before), (change.after, finding.after)):
        if passage is not None and quote is not None and passage.quote() == quote:
            return True
    return False


def _everything(finding: Finding) -> str:
    quotes = [q.text for q in (finding.before, finding.after) if q is not None]
    return "\n".join((finding.summary, *quotes))


def _any_of(phrases: tuple[str, ...]) -> str:
    ordered = sorted(phrases, key=len, reverse=True)
    return "|".join(r"\s+".join(map(re2.escape, phrase.split())) for phrase in ordered)


def _bounded(text: str, start: int, end: int) -> bool:
    """Whether a match begins and ends where words do."""
    first, last = text[start], text[end - 1]
    left = not first.isalnum() or start == 0 or not text[start - 1].isalnum()
    right = not last.isalnum() or end == len(text) or not text[end].isalnum()
    return left and right


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0]
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise PatternError(words) from error
