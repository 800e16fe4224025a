"""Rules on sets: a recipient, a kind of data, a purpose, a right, a place that came or went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.findings.evidence import Reading, Sides, known, stems
from monitor.findings.rules import MORE, OPT_OUTS, ORDINARY_PURPOSES, VAGUE, finding, opposite, rule
from monitor.findings.words import came, listed, went
from monitor.model import Category, Direction, Finding, Severity


@dataclass(frozen=True, slots=True)
class Kind:
    """How the terms of one kind become findings.

    ``needs``: the passage must do one of these acts or score in the category. ``grave``: terms
    whose coming is of high severity where the document had not used the words before.
    """

    terms: str
    category: Category
    name: str
    needs: tuple[str, ...]
    grave: frozenset[str] = frozenset()
    grave_loss: frozenset[str] = frozenset()


#: Recipients that are grave where the document had not named them.
GRAVE_RECIPIENTS = frozenset({
    "advertisers", "data brokers", "third parties", "business partners", "social networks",
    "credit agencies", "insurers", "employers", "ai providers", "authorities", "the public",
})  # fmt: skip
KINDS = (
    Kind("recipients", "sharing", "recipients", ("share",), GRAVE_RECIPIENTS),
    Kind("data_categories", "collection", "data collected", ("collect",)),
    Kind("purposes", "purpose", "uses of data", ("use",), frozenset({
        "ai training", "profiling", "targeted advertising", "automated decisions", "advertising",
    })),
    Kind("rights", "rights", "rights and choices", (), grave_loss=frozenset({
        "opt out of sale", "opt out of sharing", "opt out of targeted advertising", "human review",
        "opt out of ai training", "browser signals honoured", "objection", "erasure",
    })),
    Kind("transfer_places", "transfer", "places of storage or transfer", ("transfer",)),
    Kind("transfer_mechanisms", "transfer", "transfer safeguards", (), grave_loss=frozenset({
        "standard contractual clauses", "adequacy decision", "binding corporate rules",
        "data privacy framework",
    })),
    Kind("security_measures", "security", "security measures", (), grave_loss=frozenset({
        "encryption", "end-to-end encryption", "encryption at rest", "encryption in transit",
    })),
    Kind("legal_bases", "consent", "legal bases", ()),
    Kind("notice_channels", "notice", "ways to tell of changes", ("inform",)),
)  # fmt: skip
_MORE_IS_STRONGER = ("rights", "transfer_mechanisms", "security_measures", "notice_channels")
_OF_DATA = ("recipients", "data_categories", "purposes", "rights", "transfer_places")
_PERSONAL_NOTICE = frozenset({"email", "sms", "post", "phone", "direct notice", "app", "account"})


@rule("set-changed", "a recipient, data category, purpose, right, place, safeguard came or went")
def set_changed(sides: Sides) -> Iterator[Finding]:
    """Compare the sets of terms of an edited sentence, kind by kind."""
    if sides.before is None or sides.after is None:
        return
    for kind in KINDS:
        old, new = sides.before.terms(kind.terms), sides.after.terms(kind.terms)
        if old.keys() == new.keys() or not _relevant(kind, sides.before, sides.after):
            continue
        if kind.terms in _OF_DATA and not sides.speaks_of_data(sides.after):
            continue
        come = _really(kind, sides.after, sides.before, sides.runs[1])
        gone = _really(kind, sides.before, sides.after, sides.runs[0])
        come, gone = _cancel(kind, come, gone)
        if sides.after.act("delete") == "done" and not sides.after.act("retain"):
            gone.discard("erasure")  # said with the verb
        yield from _compare(sides, kind, come, gone, (frozenset(old), frozenset(new)))


def _really(kind: Kind, side: Reading, other: Reading, runs: list[tuple[int, int]]) -> set[str]:
    """The terms that stand in changed words and that the other side does not say otherwise."""
    said = stems(other.passage.text)
    turned = other.denied(kind.terms)
    terms = side.terms(kind.terms)
    found = set()
    for term in terms.keys() - other.terms(kind.terms).keys():
        place = terms[term]
        own = stems(side.passage.text[slice(*place)])
        reworded = bool(own) and own <= said
        if term in turned or (_touched(place, runs) and (not reworded or term in kind.grave_loss)):
            found.add(term)
    return found


def _relevant(kind: Kind, before: Reading, after: Reading) -> bool:
    """Whether one of the sides is mainly about the kind's category, or does its act."""
    choices = after.cue("opt_out") or after.terms("rights").keys() & OPT_OUTS
    turned = before.denied(kind.terms) & after.terms(kind.terms).keys()
    if choices and not turned and kind.terms in ("purposes", "data_categories", "recipients"):
        return False  # what people may refuse is no new practice
    if kind.terms == "transfer_places" and (
        after.says("resides") or not (before.act("transfer") or after.act("transfer"))
    ):
        return False  # where people live
    for reading in (before, after):
        score, top = reading.scores.get(kind.category, 0), max(reading.scores.values(), default=0)
        if score >= 2 and score >= 0.5 * top:
            return True
        done = any(reading.act(act) == "done" for act in kind.needs)
        if done and (top < 2 or kind.terms == "recipients"):
            return True
    return False


def _touched(place: tuple[int, int], runs: list[tuple[int, int]]) -> bool:
    return any(start < place[1] and place[0] < end for start, end in runs)


def _cancel(kind: Kind, come: set[str], gone: set[str]) -> tuple[set[str], set[str]]:
    """A vague term that becomes a precise one, or the reverse, is a rewording, not a change."""
    if "end-to-end encryption" in gone:
        return set(), gone
    if come and gone and kind.terms in ("data_categories", "purposes", "security_measures"):
        related = [(a, b) for a in come for b in gone if _related(a, b)]
        for a, b in related:
            come.discard(a)
            gone.discard(b)
    return come, gone


def _related(a: str, b: str) -> bool:
    return bool(set(a.split()) & set(b.split()) - {"data", "of", "and"})


def _compare(
    sides: Sides,
    kind: Kind,
    come: set[str],
    gone: set[str],
    values: tuple[frozenset[str], frozenset[str]],
) -> Iterator[Finding]:
    if kind.terms == "legal_bases":
        yield from _legal_bases(sides, come, gone, values)
        return
    if kind.terms == "notice_channels":
        yield from _channels(sides, come, gone, values)
        return
    more: Direction = "stronger" if kind.terms in _MORE_IS_STRONGER else MORE[kind.category]
    category = kind.category
    if kind.terms == "purposes" and _about_sharing(sides):
        category = "sharing"
    if come:
        known_before = sides.known_before(kind.terms)
        yield finding(
            sides, f"{kind.terms}-added", category, more, _severity(sides, kind, come, True),
            came(kind.name, come, known_before), confidence=0.85,
            values=(frozenset(), frozenset(come - known_before or come)),
        )  # fmt: skip
    if gone - VAGUE and not (come and kind.terms in ("recipients", "data_categories", "purposes")):
        kept = sides.kept_after(kind.terms)
        yield finding(
            sides, f"{kind.terms}-removed", kind.category, opposite(more),
            _severity(sides, kind, gone, False),
            went(kind.name, gone, kept), confidence=0.75,
            values=(frozenset(gone - kept or gone), frozenset()),
        )  # fmt: skip


def _about_sharing(sides: Sides) -> bool:
    """Whether the purposes are those for which data is given to others."""
    scores = sides.after.scores if sides.after else {}
    return scores.get("sharing", 0) >= max(2, scores.get("purpose", 0))


def _severity(sides: Sides, kind: Kind, terms: set[str], came: bool) -> Severity:
    if terms <= VAGUE | ORDINARY_PURPOSES:
        return "low"
    if not came:
        if terms & kind.grave_loss - sides.kept_after(kind.terms):
            return "high"
        return "medium" if kind.grave_loss else "low"
    new = terms - sides.known_before(kind.terms)
    if kind.terms == "data_categories" and any(map(sides.lexicon.sensitive, new)):
        return "high"
    if terms & kind.grave and not _said_before(sides, kind, terms & kind.grave):
        return "high"
    if kind.terms in ("security_measures", "rights", "transfer_mechanisms"):
        return "medium" if terms - {"access", "rectification", "cookie control"} else "low"
    return "medium"


def _said_before(sides: Sides, kind: Kind, terms: set[str]) -> bool:
    """Whether the old document used the very words already, in whatever place."""
    if sides.after is None:
        return False
    places = sides.after.terms(kind.terms)
    text = sides.after.passage.text
    return all(known(sides.old_stream, text[slice(*places[t])]) for t in terms if t in places)


def _legal_bases(
    sides: Sides, come: set[str], gone: set[str], values: tuple[frozenset[str], frozenset[str]]
) -> Iterator[Finding]:
    direction: Direction = "neutral"
    severity: Severity = "medium"
    if sides.after is None or not (sides.after.cue("basis_strong") or (come and gone)):
        return
    if "legitimate interests" in come and "consent" in gone:
        direction, severity = "weaker", "high"
    elif "consent" in come and "legitimate interests" in gone:
        direction = "stronger"
    elif not come & {"legitimate interests", "consent"} and not gone & {"consent"}:
        severity = "low"
    if come or gone:
        said = "; ".join(
            part
            for part in (come and f"{listed(come)} added", gone and f"{listed(gone)} removed")
            if part
        )
        yield finding(
            sides, "legal-basis-changed", "consent", direction, severity,
            f"Legal bases: {said}", values=values, confidence=0.8,
        )  # fmt: skip


def _channels(
    sides: Sides, come: set[str], gone: set[str], values: tuple[frozenset[str], frozenset[str]]
) -> Iterator[Finding]:
    """Losing personal notice is grave; gaining it is good."""
    if sides.before is None or sides.after is None or not sides.after.scores.get("notice"):
        return
    lost = gone & _PERSONAL_NOTICE and not values[1] & _PERSONAL_NOTICE
    gained = come & _PERSONAL_NOTICE and not values[0] & _PERSONAL_NOTICE
    if lost and not come and gone <= VAGUE and sides.after.act("inform"):
        return  # people are told as before, in other words
    if lost or gained:
        yield finding(
            sides, "notice-channel-changed", "notice", "weaker" if lost else "stronger",
            "high" if lost else "medium",
            f"Notice of changes: {listed(set(values[0]))} → {listed(set(values[1]))}",
            values=values, confidence=0.85,
        )  # fmt: skip
