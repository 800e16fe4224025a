"""Rules on numbers: periods, ages and amounts that are not what they were."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.findings.evidence import Reading, Sides, days
from monitor.findings.rules import finding, rule
from monitor.findings.words import change_of_period, listed, period
from monitor.lexicon import Duration
from monitor.model import Category, Direction, Finding, Severity

#: Where a longer period is worse for the person, and where a shorter one is.
_LONGER_IS_WEAKER = ("retention", "security", "rights")
_TOPICS: tuple[Category, ...] = (
    "retention", "security", "dispute", "notice", "payment", "rights", "conduct", "liability",
    "consent", "age",
)  # fmt: skip
_ACT_TOPICS: tuple[tuple[str, Category, int], ...] = (
    ("retain", "retention", 3),
    ("delete", "retention", 3),
    ("inform", "notice", 1),
    ("refund", "payment", 1),
)
_MONEY = re.compile(
    r"(?:[€$£¥]|(?:USD|EUR|GBP|CHF)\s)\s?\d[\d.,]*|\d[\d.,]*\s?(?:[€£%]|USD|EUR|GBP|CHF|euros?|dollars?)",
    re.IGNORECASE,
)


@rule("period-changed", "a period of the same sentence has another value")
def period_changed(sides: Sides) -> Iterator[Finding]:
    """Compare the periods of both sides in order; the sentence says what they are about."""
    if sides.before is None or sides.after is None:
        return
    settled = _settled(sides)
    old = _without(sides.before.durations, sides.after.durations)
    new = _without(sides.after.durations, sides.before.durations)
    old = [d for d in old if (d.value, d.unit) not in settled]
    new = [d for d in new if (d.value, d.unit) not in settled]
    if not old or not new:
        return
    before, after = old[0], new[0]
    category = _topic(sides, sides.after) or _topic_of_document(sides)
    if category is None:
        return
    if category == "payment" and sides.before.says("looking_back"):
        category = "liability"  # "the fees of the twelve months before the claim" are a cap
    if (before.value, before.unit) == (after.value, after.unit):
        direction, severity = _bound_changed(category, before, after)
    else:
        direction, severity = _length_changed(sides, category, before, after)
    yield finding(
        sides, "period-changed", category, direction, severity,
        _said(_NAMES[category], before, after),
        values=(before.value, after.value), confidence=0.95,
    )  # fmt: skip


def _settled(sides: Sides) -> set[tuple[object, str]]:
    """The periods of commitments that the rule on commitments speaks of."""
    told = ((s.before, s.after) for s in sides.shifts if s.before and s.after)
    return {(c.value, c.unit) for pair in told for c in pair}


def _said(name: str, before: Duration, after: Duration) -> str:
    if (before.value, before.unit) == (after.value, after.unit):
        return f"{name}: {spoken(before)} → {spoken(after)}"
    return change_of_period(name, (before.value, before.unit), (after.value, after.unit))


_NAMES: dict[Category, str] = {
    "retention": "Time data is kept",
    "security": "Time to tell of a breach",
    "dispute": "Time limit in disputes",
    "notice": "Notice of changes",
    "payment": "Period for payments, renewal or refunds",
    "rights": "Time limit for rights and choices",
    "conduct": "Period for suspension or termination",
    "liability": "Period that liability is measured by",
    "consent": "Period for consent",
    "age": "Age or period for children's accounts",
}


def _topic(sides: Sides, reading: Reading) -> Category | None:
    scores = dict(reading.scores)
    of_data = sides.speaks_of_data(reading)
    if reading.cue("breach"):
        scores["security"] = scores.get("security", 0) + 3
    if reading.cue("request") and reading.cue("respond"):
        scores["rights"] = scores.get("rights", 0) + 2
    if reading.cue("price") and reading.cue("change") and reading.cue("advance"):
        scores["notice"] = scores.get("notice", 0) + 3
    if reading.cue("document") and reading.cue("change"):
        scores["notice"] = scores.get("notice", 0) + 2
    for act, topic, points in _ACT_TOPICS:
        if reading.act(act) and (of_data or topic != "retention"):
            scores[topic] = scores.get(topic, 0) + points
    ranked = [(scores.get(topic, 0), -place) for place, topic in enumerate(_TOPICS)]
    best = max(ranked)
    return _TOPICS[-best[1]] if best[0] > 0 else None


def _topic_of_document(sides: Sides) -> Category | None:
    """What a period is about where its sentence says nothing: no look back is a promise."""
    assert sides.after is not None
    if sides.after.says("looking_back"):
        return None
    return "retention" if sides.privacy else "conduct"


def _length_changed(
    sides: Sides, category: Category, before: Duration, after: Duration
) -> tuple[Direction, Severity]:
    longer = days(after.value, after.unit) > days(before.value, before.unit)
    worse_when_longer = category in _LONGER_IS_WEAKER
    if category == "rights" and not _answers(sides):
        worse_when_longer = False
    if category in ("payment", "conduct", "consent", "age") and not longer:
        worse_when_longer = False
    direction: Direction = "weaker" if longer == worse_when_longer else "stronger"
    grave = category in ("security", "notice") or (
        category in ("retention", "liability") and direction == "weaker"
    )
    return direction, "high" if grave else "medium"


def _answers(sides: Sides) -> bool:
    return bool(sides.after and (sides.after.cue("respond") or sides.after.cue("request")))


def _bound_changed(
    category: Category, before: Duration, after: Duration
) -> tuple[Direction, Severity]:
    """ "Within 30 days" against "30 days": a nuance, worth a low finding."""
    order = {"at least": 1, "": 0, "within": -1, "at most": -1}
    step = order[after.bound] - order[before.bound]
    if not step:
        return "neutral", "low"
    longer_is_weaker = category in _LONGER_IS_WEAKER
    return ("weaker" if (step > 0) == longer_is_weaker else "stronger"), "low"


def _without(side: Sequence[Duration], other: Sequence[Duration]) -> list[Duration]:
    left = [(d.value, d.unit, d.bound) for d in other]
    kept = []
    for duration in side:
        seen = (duration.value, duration.unit, duration.bound)
        if seen in left:
            left.remove(seen)
        else:
            kept.append(duration)
    return kept


def spoken(duration: Duration) -> str:
    """A period for people: "at least 30 days"."""
    return f"{duration.bound} {period(duration.value, duration.unit)}".strip()


@rule("period-dropped", "a period is no longer named, or no longer limited")
def period_dropped(sides: Sides) -> Iterator[Finding]:
    """ "For 30 days" against "indefinitely", or a term that a sentence had and has no more."""
    if sides.before is None or sides.after is None:
        return
    topic = _topic(sides, sides.before)
    endless = sides.after.cue("indefinite") and not sides.before.cue("indefinite")
    if endless and (sides.after.act("retain") or topic == "retention"):
        yield finding(
            sides, "kept-without-limit", "retention", "weaker", "high",
            f"Time data is kept: {_first_words(sides.before) or 'limited'} → without limit",
            values=(_first(sides.before), "indefinite"), confidence=0.85,
        )  # fmt: skip
    elif sides.before.durations and not sides.after.durations and _lasting(sides.before, topic):
        assert topic is not None
        yield finding(
            sides, "period-dropped", topic, "weaker", "high",
            f"{_NAMES[topic]}: {_first_words(sides.before)} → no period named",
            values=(_first(sides.before), None), confidence=0.7,
        )  # fmt: skip
    elif sides.after.durations and not sides.before.durations:
        topic = _topic(sides, sides.after)
        if topic is not None and _lasting(sides.after, topic):
            yield finding(
                sides, "period-appeared", topic, "stronger", "medium",
                f"{_NAMES[topic]}: no period named → {_first_words(sides.after)}",
                values=(None, _first(sides.after)), confidence=0.55,
            )  # fmt: skip


_DROPPED: tuple[Category, ...] = ("notice", "retention", "security")


def _lasting(reading: Reading, topic: Category | None) -> bool:
    """Whether a period that comes or goes is a promise: of notice, keeping, telling of a breach."""
    return topic in _DROPPED and (topic != "security" or reading.cue("breach"))


def _first(reading: Reading) -> int | None:
    return reading.durations[0].value if reading.durations else None


def _first_words(reading: Reading) -> str:
    return spoken(reading.durations[0]) if reading.durations else ""


@rule("age-changed", "an age of the same sentence has another value")
def age_changed(sides: Sides) -> Iterator[Finding]:
    """A lower age limit is weaker, a higher one stronger."""
    if sides.before is None or sides.after is None:
        return
    old = sorted({age.value for age in sides.before.ages})
    new = sorted({age.value for age in sides.after.ages})
    if old == new or not old or not new:
        return
    gone, come = [a for a in old if a not in new], [a for a in new if a not in old]
    before, after = (gone or old)[0], (come or new)[0]
    if before == after or _tells_age(sides):
        return
    direction: Direction = "weaker" if after < before else "stronger"
    yield finding(
        sides, "age-changed", "age", direction, "high",
        f"Minimum age: {before} → {after} years", values=(before, after), confidence=0.97,
    )  # fmt: skip


def _tells_age(sides: Sides) -> bool:
    """Whether the rule on commitments speaks of two ages of the passage."""
    return any(s.kind == "minimum_age" and s.before and s.after for s in sides.shifts)


@rule("age-appeared", "a sentence now names an age at which people may use the service")
def age_appeared(sides: Sides) -> Iterator[Finding]:
    """An age limit written into a sentence that had none, or taken out of one."""
    if not sides.is_edit or sides.before is None or sides.after is None:
        return
    old, new = sides.before.ages, sides.after.ages
    if bool(old) == bool(new):
        return
    age = (old or new)[0].value
    parental = sides.after.cue("parental") and not sides.before.cue("parental")
    if new:
        direction: Direction = "weaker" if parental else "stronger"
        severity: Severity = "high" if parental else "medium"
        summary = f"Age of {age} years now named" + (", with parental consent" * parental)
    else:
        direction, severity = "weaker", "high"
        summary = f"Age limit: {age} years → none named"
    yield finding(
        sides, "age-appeared", "age", direction, severity, summary,
        values=(old[0].value if old else None, new[0].value if new else None), confidence=0.8,
    )  # fmt: skip


@rule("age-reaches", "an age limit now holds in other places")
def age_reaches(sides: Sides) -> Iterator[Finding]:
    """ "Users in the EU must be 18" against "in the EU and Australia"."""
    if sides.before is None or sides.after is None:
        return
    old, new = sides.before.ages, sides.after.ages
    if not old or [age.value for age in old] != [age.value for age in new]:
        return
    before, after = (frozenset(r.terms("transfer_places")) for r in (sides.before, sides.after))
    if before == after:
        return
    yield finding(
        sides, "age-reaches", "age", "weaker" if before > after else "stronger", "medium",
        f"Age of {new[0].value} years: {listed(before)} → {listed(after)}",
        values=(before, after), confidence=0.8,
    )  # fmt: skip


@rule("amount-changed", "a price, fee, cap or percentage has another value")
def amount_changed(sides: Sides) -> Iterator[Finding]:
    """Amounts of money in sentences about payment or liability."""
    if sides.before is None or sides.after is None:
        return
    old = _amounts(sides.before)
    new = _amounts(sides.after)
    if old == new or not old or not new:
        return
    scores = sides.after.scores
    category: Category = "payment"
    if scores.get("liability", 0) > scores.get("payment", 0):
        category = "liability"
    elif not scores.get("payment"):
        return
    yield finding(
        sides, "amount-changed", category, "neutral", "low",
        f"Amount: {', '.join(old)} → {', '.join(new)}",
        values=(", ".join(old), ", ".join(new)), confidence=0.7,
    )  # fmt: skip


def _amounts(reading: Reading) -> list[str]:
    return [" ".join(m.group().split()) for m in _MONEY.finditer(reading.passage.text)]
