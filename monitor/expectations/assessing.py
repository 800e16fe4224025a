"""What a text says to what is expected of it: met, contrary, not found, silent, or not applicable.

    Document -> Reading -> (an Expectation each) -> Assessment

Absence is told as "not found in this text": what is not found is not shown to be missing. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from monitor.expectations import demanded
from monitor.expectations.demands import Demand
from monitor.expectations.kinds import KINDS
from monitor.expectations.mentions import Element, Phrase, Promise, Topic
from monitor.expectations.presets import Required, load
from monitor.expectations.reading import Reading, read
from monitor.findings.words import shortened
from monitor.lexicon import Hits
from monitor.model import (
    Assessment,
    Category,
    Commitment,
    Document,
    Quote,
    Severity,
    Standing,
    Value,
    to_json,
)

_MOST_QUOTES = 3
_WORDS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase or element that must stand in the text, or (``wanted`` false) must not."""

    what: Phrase | Element
    wanted: bool = True

    @property
    def key(self) -> str:
        """The key of config.toml, with the entry in brackets."""
        what = self.what
        entry = what.words if isinstance(what, Phrase) else _entry(what)
        return f"{'must_mention' if self.wanted else 'must_not_mention'}[{entry}]"

    def __str__(self) -> str:
        return f"{'Mention' if self.wanted else 'No mention'} of {_lower(str(self.what))}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that is expected of a policy; ``severity`` replaces that of its shortfall."""

    what: Demand | Mention | Required
    severity: Severity | None = None

    @property
    def name(self) -> str:
        """Unique among the expectations of one policy."""
        if isinstance(self.what, Required):
            return f"{self.what.preset}/{self.what.name}"
        return self.what.key

    @property
    def digest(self) -> str:
        """Another one where what is expected, or how grave its lack is, has changed."""
        content = json.dumps([to_json(self.what), self.severity], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def assess(
    document: Document,
    expectations: Sequence[Expectation],
    commitments: tuple[Commitment, ...] | None = None,
) -> tuple[Assessment, ...]:
    """Hold a document against expectations, in their order."""
    if not expectations:
        return ()
    reading = read(document, commitments)
    phrases = {
        preset: _phrases(reading, preset)
        for preset in dict.fromkeys(
            e.what.preset for e in expectations if isinstance(e.what, Required)
        )
    }
    assessed = []
    for expectation in expectations:
        what = expectation.what
        match what:
            case Demand():
                outcome = _demand(reading, what)
            case Mention():
                outcome = _mention(reading, what)
            case Required():
                outcome = _required(reading, what, phrases[what.preset].get(what.name, ()))
        assessed.append(_assessment(expectation, outcome))
    return tuple(assessed)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a text stands to an expectation, in words, with what proves it."""

    standing: Standing
    summary: str
    quotes: tuple[Quote, ...] = ()
    value: Value | None = None


_Spoken: TypeAlias = tuple[Quote, bool]


def _assessment(expectation: Expectation, outcome: _Outcome) -> Assessment:
    what = expectation.what
    severity: Severity = "high" if outcome.standing == "contrary" else "medium"
    if isinstance(what, Required) and outcome.standing != "contrary":
        severity = what.severity
    return Assessment(
        name=expectation.name,
        digest=expectation.digest,
        expected=what.says if isinstance(what, Required) else str(what),
        category=_category(what),
        standing=outcome.standing,
        severity=expectation.severity or severity,
        summary=outcome.summary,
        quotes=outcome.quotes[:_MOST_QUOTES],
        value=outcome.value,
        source=what.source if isinstance(what, Required) else "",
    )


def _category(what: Demand | Mention | Required) -> Category:
    match what:
        case Demand(kind=kind) | Mention(what=Promise(kind=kind)):
            return KINDS[kind].category
        case Required(category=category) | Mention(what=Topic(category)):
            return category
        case _:
            return "scope"


# --- demands on commitments ------------------------------------------------------------------


def _demand(reading: Reading, demand: Demand) -> _Outcome:
    verdict = demanded.judge(demand, reading.commitments, reading.refusals)
    name = KINDS[demand.kind].name
    wanted = f"expected {demand.condition}"
    value = verdict.given[0].value if verdict.given else None
    quotes = _quotes(verdict.given)
    match verdict.standing:
        case "met" if not verdict.given:
            return _Outcome("met", f"{name}: nothing to the contrary found in this text")
        case "met":
            return _Outcome("met", f"{name}: {verdict.said}, as expected", quotes, value)
        case "contrary":
            return _Outcome("contrary", f"{name}: {verdict.said}; {wanted}", quotes, value)
    if verdict.said:
        return _Outcome("not found", f"{name}: {verdict.said}; {wanted}", quotes, value)
    return _absent(reading, KINDS[demand.kind].category, name, f"; {wanted}")


def _absent(reading: Reading, category: Category, name: str, more: str) -> _Outcome:
    """Not found: told apart by whether the text speaks of the matter at all."""
    topic = reading.topics.get(category)
    if topic is None:
        return _Outcome("silent", f"{name}: not found in this text, which is silent on it{more}")
    return _Outcome("not found", f"{name}: not found in this text{more}", (topic,))


# --- mentions --------------------------------------------------------------------------------


def _mention(reading: Reading, mention: Mention) -> _Outcome:
    found = _mentioned(reading, mention.what)
    name = str(mention)
    if not mention.wanted:
        if found:
            return _Outcome("contrary", f"{name}: it stands in this text", found)
        return _Outcome("met", f"{name}: not found in this text", _denials(reading, mention.what))
    if found:
        return _Outcome("met", f"{name}: found", found)
    if denied := _denials(reading, mention.what):
        return _Outcome("contrary", f"{name}: this text denies it", denied)
    if isinstance(mention.what, Phrase):
        return _Outcome("not found", f"{name}: not found in this text")
    return _absent(reading, _category(mention), name, "")


def _mentioned(reading: Reading, what: Phrase | Element) -> tuple[Quote, ...]:
    match what:
        case Phrase(words):
            return reading.places(words)
        case Topic(category):
            return tuple(quote for about, quote in reading.topics.items() if about == category)
        case Promise():
            return _quotes(c for c in reading.commitments if what.shown_by(c))


def _denials(reading: Reading, what: Phrase | Element) -> tuple[Quote, ...]:
    if not isinstance(what, Promise):
        return ()
    return _quotes(c for c in reading.refusals if what.shown_by(c))


# --- elements of a preset --------------------------------------------------------------------


def _required(reading: Reading, required: Required, spoken: Sequence[_Spoken]) -> _Outcome:
    name = required.says[:1].upper() + required.says[1:]
    if required.when and not any(_mentioned(reading, what) for what in required.when):
        return _Outcome("not applicable", f"{name}: the case does not arise in this text")
    shown = [q for what in required.commitments for q in _mentioned(reading, what)]
    said = [quote for quote, denied in spoken if not (denied and required.deniable)]
    against = [q for what in required.contrary for q in _mentioned(reading, what)]
    if not shown and not said and required.deniable:
        against += [quote for quote, _ in spoken]
    if against:
        words = shortened(against[0].text, _WORDS_SHOWN)
        return _Outcome("contrary", f"{name}: this text says “{words}”", _distinct(against))
    if shown or said:
        return _Outcome("met", f"{name}: found", _distinct([*shown, *said]))
    more = f" (needed only where {required.only_where})" if required.only_where else ""
    return _absent(reading, required.category, name, more)


def _phrases(reading: Reading, preset: str) -> dict[str, list[_Spoken]]:
    """The sentences that use the phrases of each element, and whether they plainly deny them.

    "Not without authorisation" and "nothing but on instructions" deny nothing: a sentence with two
    negations, or an exception, counts as one that affirms.
    """
    index = load(preset).index(reading.lexicon.language)
    found: dict[str, list[_Spoken]] = {}
    for statement in reading.statements:
        lead = f"{statement.lead} " if statement.lead else ""
        text = lead + statement.text
        for element, hits in index.grouped(text).items():
            own = [hit for hit in hits if hit.end > len(lead)]
            if own:
                denied = all(reading.lexicon.negated(text, hit.start, hit.end) for hit in own)
                denied = denied and _is_plain(reading.lexicon.scan(text))
                found.setdefault(element, []).append((statement.quote, denied))
    return found


def _is_plain(hits: Hits) -> bool:
    """Whether a sentence denies once and without an exception."""
    turned = hits.of("negation.stops") or hits.of("negation.double")
    return len(hits.of("negation.words")) == 1 and not turned


def _quotes(commitments: Iterable[Commitment]) -> tuple[Quote, ...]:
    return _distinct(commitment.quote for commitment in commitments)


def _distinct(quotes: Iterable[Quote]) -> tuple[Quote, ...]:
    return tuple(dict.fromkeys(quotes))


def _entry(what: Element) -> str:
    if isinstance(what, Topic):
        return f"category:{what.category}"
    return f"{what.kind}{f'[{what.scope}]' if what.scope else ''}:{what.term}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
