"""What notice, and what time to act, is owed: by the policy's own words, a contract, or a law.

    commitments -> promised() -> Standards
    findings    -> scopes_of() -> which promises a change falls under

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from monitor.lexicon import Lexicon, load
from monitor.model import Commitment, CommitmentKind, Finding
from monitor.notice.calendar import Calendar, Period, as_unit

Right = Literal["notice", "objection", "termination"]
Source = Literal["policy", "contract", "law"]
#: From when a period runs: the notice, the effect, the later of both; or until the day before the
#: effect, whatever its length.
Starts = Literal["notice", "effect", "later", "until effect"]
Precedence = Literal["earliest", "contract", "policy"]
Happening = Literal["added", "replaced", "relocated"]

#: Stands for the length of what lasts "until effect", which has none.
UNBOUND = Period(0)
#: What must happen to a sub-processor for a period about them, unless a contract says otherwise.
USUAL: tuple[Happening, ...] = ("added", "replaced")

_RIGHTS: dict[CommitmentKind, Right] = {
    "notice_period": "notice",
    "objection_window": "objection",
    "termination_window": "termination",
}
_CITED = 300
_WORD = re.compile(r"\w+")
#: Any day does to tell which of two periods is longer; months differ in length by season.
_SOME_DAY = date(2001, 3, 1)


@dataclass(frozen=True, slots=True)
class Standard:
    """A period that somebody set: what it gives, about which changes, and from when it runs.

    ``about`` is the scope of a commitment (policy, price, subprocessors, ...); of one about
    sub-processors ``on`` says what must happen to them. ``channels`` are the ways of telling that
    were promised; none stated means that any will do, and so does any of them where it offers an
    ``either``. ``material_only``: it is limited to changes that matter. ``cite`` is the sentence,
    the clause or the article.
    """

    right: Right
    source: Source
    period: Period
    about: str = "policy"
    starts: Starts = "notice"
    channels: frozenset[str] = frozenset()
    cite: str = ""
    on: tuple[Happening, ...] = USUAL
    either: bool = False
    material_only: bool = False


def promised(commitments: Iterable[Commitment], language: str) -> tuple[Standard, ...]:
    """The periods that a version of a policy promises around its changes.

    Not among them: changes "without notice", windows of the provider, and times of notice for
    ending a contract that have nothing to do with a change.
    """
    given, lexicon = list(commitments), load(language or "en")
    channels: dict[str, list[Commitment]] = {}
    for c in given:
        if c.kind == "notice_channel":
            channels.setdefault(c.scope or "policy", []).append(c)
    return tuple(
        _standard(c, _RIGHTS[c.kind], c.value, channels, lexicon)
        for c in given
        if c.kind in _RIGHTS
        and isinstance(c.value, int)
        and c.value > 0
        and (c.kind != "termination_window" or _because_of_a_change(c, lexicon))
    )


def scopes_of(policy_type: str, findings: Iterable[Finding], language: str) -> frozenset[str]:
    """Which kinds of change these are: ``policy``, ``price``, ``subprocessors``.

    A change without findings is one of the policy; all of a list of sub-processors is about them.
    """
    if policy_type == "subprocessors":
        return frozenset({"subprocessors"})
    lexicon = load(language or "en")
    return frozenset(_scope(finding, lexicon) for finding in findings) or frozenset({"policy"})


def applying(
    standards: Iterable[Standard], right: Right, scopes: frozenset[str]
) -> tuple[Standard, ...]:
    """Those that govern a change: for each scope the special ones, else those of the policy."""
    given = [s for s in standards if s.right == right]
    found: dict[Standard, None] = {}
    for source in ("policy", "contract", "law"):
        mine = [s for s in given if s.source == source]
        for scope in sorted(scopes):
            special = [s for s in mine if s.about == scope]
            found.update(dict.fromkeys(special or [s for s in mine if s.about == "policy"]))
    return tuple(found)


def governing(standards: Iterable[Standard], findings: Iterable[Finding]) -> tuple[Standard, ...]:
    """Without those that are limited to changes that matter, where this one does not.

    What matters is what is worth an alert here: a finding of medium or high severity.
    """
    matters = any(finding.severity != "low" for finding in findings)
    return tuple(s for s in standards if matters or not s.material_only)


def preferred(
    standards: Iterable[Standard], precedence: Precedence, calendar: Calendar
) -> tuple[Standard, ...]:
    """Those that count where policy and contract differ, the longest first; never a law's."""
    given = [s for s in standards if s.source != "law"]
    if precedence != "earliest":
        given = [s for s in given if s.source == precedence] or given
    return tuple(sorted(given, key=lambda s: calendar.back(_SOME_DAY, s.period)))


def _standard(
    c: Commitment,
    right: Right,
    amount: int,
    channels: Mapping[str, Sequence[Commitment]],
    lexicon: Lexicon,
) -> Standard:
    about = c.scope or ("subprocessors" if _of_subprocessors(c, lexicon) else "policy")
    ways = channels.get(about, ())
    return Standard(
        right, "policy", Period(amount, as_unit(c.unit)), about,
        starts=_starts(c, lexicon) if right != "notice" else "notice",
        channels=_channels(ways),
        cite=" ".join(c.quote.text.split())[:_CITED],
        either=len(ways) == 1 and _offers_choice(ways[0], lexicon),
        material_only=_of_what_matters(c, lexicon),
    )  # fmt: skip


def _channels(ways: Iterable[Commitment]) -> frozenset[str]:
    """The channels of all sentences that promise some."""
    return frozenset(
        channel
        for c in ways
        if isinstance(c.value, frozenset)
        for channel in c.value
        if channel != "none"
    )


def _offers_choice(c: Commitment, lexicon: Lexicon) -> bool:
    """ "By e-mail or on this page": an "or" stands between the last two channels it names."""
    terms = c.value if isinstance(c.value, frozenset) else frozenset()
    hits = [h for h in lexicon.scan(c.quote.text).of("notice_channels") if h.term in terms]
    if len(hits) < 2:
        return False
    last = max(hits, key=lambda h: h.start)
    before = [h.end for h in hits if h.term != last.term and h.end <= last.start]
    between = c.quote.text[max(before, default=last.start) : last.start].casefold()
    return not lexicon.alternatives.isdisjoint(_WORD.findall(between))


def _of_what_matters(c: Commitment, lexicon: Lexicon) -> bool:
    """Whether a promise speaks of material changes, and not of minor ones as well."""
    hits = lexicon.scan(c.quote.text)
    return hits.any_cue(("material_change",)) and not hits.any_cue(("minor",))


def _because_of_a_change(c: Commitment, lexicon: Lexicon) -> bool:
    """Whether a time to end the contract is given because something changes, and to us."""
    hits = lexicon.scan(c.quote.text)
    return c.scope != "provider" and hits.any_cue(("change", "subprocessor_change"))


def _of_subprocessors(c: Commitment, lexicon: Lexicon) -> bool:
    """Whether a window that names no scope is one for changes of sub-processors."""
    return c.kind != "notice_period" and lexicon.scan(c.quote.text).any_cue(
        ("subprocessor_change",)
    )


def _starts(c: Commitment, lexicon: Lexicon) -> Starts:
    """From the effect of the change where the words after the period say so, else from notice."""
    text = c.quote.text
    ends = [d.end for d in lexicon.durations(text) if d.value == c.value]
    effects = lexicon.scan(text).of("cues.effective")
    return "effect" if ends and any(h.start >= ends[0] for h in effects) else "notice"


def _scope(finding: Finding, lexicon: Lexicon) -> str:
    if finding.rule.startswith("subprocessor"):
        return "subprocessors"
    quotes = [quote.text for quote in (finding.after, finding.before) if quote]
    hits = [lexicon.scan(text) for text in quotes]
    if finding.category in ("sharing", "transfer") and any(
        hit.term == "subprocessors" for found in hits for hit in found.of("recipients")
    ):
        return "subprocessors"
    if finding.category == "payment" and any(found.any_cue(("price",)) for found in hits):
        return "price"
    return "policy"
