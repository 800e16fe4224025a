"""What a passage is about: the scores of the language pack, corrected by what it really says."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.findings.evidence import Reading, Sides
from monitor.findings.rules import OPT_OUTS, VAGUE
from monitor.model import Category

#: What a passage must contain to be about a category: one of these acts, kinds of terms or cues.
_EVIDENCE: dict[Category, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "sharing": (("share",), ("recipients",), ()),
    "sale": (("sell",), (), ("sell",)),
    "collection": (("collect",), ("data_categories",), ()),
    "purpose": (("use",), ("purposes",), ()),
    "transfer": (("transfer",), ("transfer_places", "transfer_mechanisms"), ()),
    "retention": (("retain", "delete"), (), ()),
    "rights": ((), ("rights",), ("right",)),
    "security": ((), ("security_measures",), ("breach",)),
    "age": ((), (), ("child", "parental")),
    "entity": ((), (), ("controller", "address", "dpo")),
    "notice": ((), (), ("change", "price", "subprocessor_change", "continued_use")),
}
#: Categories of contracts, which in a privacy notice are seldom what a sentence is about.
_CONTRACTUAL: tuple[Category, ...] = ("conduct", "payment", "liability")
_LIST_WORDS = 15
_LONG_WORDS = 40
_MIN_GROUNDS = 8
#: What a contract speaks of only where it names people's data.
_OF_DATA: frozenset[Category] = frozenset(
    {"sharing", "sale", "collection", "purpose", "transfer", "retention", "rights", "consent"}
)
#: What people are forbidden to do with a service is conduct, whatever verb says it.
_BARRED = _OF_DATA - {"rights", "consent"}
_SOLD: frozenset[Category] = frozenset({"collection"})
_REFUSABLE: frozenset[Category] = frozenset({"purpose", "collection", "sharing"})
_HANDLING: tuple[Category, ...] = ("sharing", "collection", "purpose", "transfer")
#: What a passage is said to be about where the signs are equal.
_PRIORITY: tuple[Category, ...] = (
    "sale", "age", "dispute", "sharing", "retention", "transfer", "security", "rights", "purpose",
    "collection", "notice", "liability", "payment", "conduct", "scope", "consent", "entity",
)  # fmt: skip
#: An act with its objects is a practice, however little the lexicon's phrases say of it.
_PRACTICES: tuple[tuple[Category, str, str], ...] = (
    ("sharing", "share", "recipients"),
    ("collection", "collect", "data_categories"),
    ("purpose", "use", "purposes"),
)
#: What a heading is about counts where the passage below it does one of these.
_HEADED: dict[Category, tuple[str, ...]] = {
    "sharing": ("share",),
    "retention": ("retain", "delete"),
}
_ANYWHERE = frozenset({"worldwide", "outside the EEA", "outside the country"})


def about(reading: Reading, sides: Sides, *, added: bool = True) -> list[Category]:
    """The one or two categories that a passage is mostly about, best first.

    A stranger's name where data is handled, or an entry of a list of recipients, makes sharing the
    first of them.
    """
    scores = _points(reading, sides, added=added)
    ranked = sorted(scores, key=lambda name: (-scores[name], _PRIORITY.index(name)))
    row = reading.passage.clause.kind == "row"
    long = len(reading.passage.words) >= _LONG_WORDS
    best = [name for name in ranked if scores[name] >= 2][: 3 if row or long else 2]
    floor = max(2 if row else 4, 0.7 * scores[best[0]]) if best else 0
    best = [name for place, name in enumerate(best) if place == 0 or scores[name] >= floor]
    received = bool(reading.own and reading.terms("recipients")) and reading.act("share") == "done"
    if best and best[0] in _HANDLING and added and (received or sides.new_names(reading)):
        others: list[Category] = [n for n in best if n != "sharing" and scores[n] >= 4]
        best = ["sharing", *others][:2]
    if reading.terms("legal_bases") and len(reading.passage.words) < _MIN_GROUNDS:
        return ["consent"]
    if best[:1] == ["rights"] or (best[:1] == ["notice"] and "payment" in best):
        best = best[:1]
    return best


def _points(reading: Reading, sides: Sides, *, added: bool = True) -> dict[Category, int]:
    """The lexicon's scores, corrected by evidence.

    A category without any of its acts or terms in the passage loses two points, and some signs
    are decisive.
    """
    scores = {
        category: score - (0 if _evident(reading, category) else 2)
        for category, score in reading.scores.items()
    }
    for category, act, kind in _PRACTICES:
        terms = reading.terms(kind)
        said = len(terms) > 1 or reading.scores.get(category) or reading.own
        said = said or reading.says("gathers")
        if reading.act(act) == "done" and terms and (said or category != "collection"):
            scores[category] = max(2, scores.get(category, 0) + 1)
    if (
        reading.says("gives")
        and reading.terms("data_categories")
        and reading.act("share") == "done"
    ):
        scores["sharing"] = max(2, scores.get("sharing", 0) + 1)
    for category, acts in _HEADED.items():
        if reading.heads(category) and any(map(reading.act, acts)):
            scores[category] = scores.get(category, 0) + 2
    if not sides.is_edit and reading.says("handles"):
        scores["purpose"] = max(2, scores.get("purpose", 0))
    places = reading.terms("transfer_places").keys()
    if reading.act("transfer") == "done" and (
        places & _ANYWHERE or (places and reading.says("people_data"))
    ):
        scores["transfer"] = max(scores.get("transfer", 0) + 2, 3)
    if reading.terms("transfer_mechanisms").keys() - VAGUE:
        scores["transfer"] = scores.get("transfer", 0) + 2
    if limits_place(reading):
        scores["transfer"] = scores.get("transfer", 0) + 3
    if reading.ages or (reading.cue("child") and reading.act("collect")):
        scores["age"] = scores.get("age", 0) + 3
    if len(reading.terms("data_categories")) > 1 and len(reading.passage.words) <= _LIST_WORDS:
        scores["collection"] = scores.get("collection", 0) + 2
    if sides.privacy and added:
        for category in _CONTRACTUAL:
            if category != "liability" or not reading.says("shield"):
                scores[category] = scores.get(category, 0) - 2
    if reading.cue("sale_optout") or reading.terms("rights").keys() & OPT_OUTS:
        scores["rights"] = scores.get("rights", 0) + 3
    if reading.terms("rights").keys() == {"access"} and not (
        reading.says("address") or reading.cue("right") or reading.cue("request")
    ):
        scores["rights"] = 0  # of others, to data
    if reading.cue("right") and reading.terms("rights"):
        scores["rights"] = scores.get("rights", 0) + 2
    if reading.cue("request") and reading.cue("respond"):
        scores["rights"] = scores.get("rights", 0) + 2
    if sides.contract and reading.bars:
        scores["conduct"] = scores.get("conduct", 0) + 2
    if reading.cue("arbitration_strong") or reading.cue("class_waiver"):
        scores["dispute"] = scores.get("dispute", 0) + 3
    return of_data(reading, sides, scores, added=added)


def of_data(
    reading: Reading, sides: Sides, scores: dict[Category, int], *, added: bool
) -> dict[Category, int]:
    """The scores, where people may refuse a practice or a contract names no data, without those."""
    dropped: frozenset[Category] = frozenset()
    if not sides.speaks_of_data(reading):
        dropped = _OF_DATA.difference(_told_anyway(reading))
    elif _refusable(reading) or (sides.after and added and _refusable(sides.after)):
        dropped = _REFUSABLE
    elif reading.act("sell"):
        dropped = _SOLD
    if reading.says("complains") and not reading.terms("recipients"):
        dropped |= _REFUSABLE  # what the complaint is about
    if sides.contract and reading.bars:
        dropped |= _BARRED
    return {category: score for category, score in scores.items() if category not in dropped}


def _refusable(reading: Reading) -> bool:
    """Whether a sentence says what people may refuse, which is no practice by that."""
    return bool(reading.terms("rights").keys() & OPT_OUTS) and reading.act("share") != "denied"


def _told_anyway(reading: Reading) -> Iterator[Category]:
    """What contracts say of uses, choices and accounts without a word of personal data."""
    if reading.says("ai"):
        yield "purpose"
    if reading.cue("opt_out") or reading.terms("rights").keys() & OPT_OUTS:
        yield "rights"
    if reading.durations and reading.act("delete"):
        yield "retention"


def limits_place(reading: Reading) -> bool:
    """ "Stored only within the European Economic Area"."""
    kept = any(reading.act(act) for act in ("retain", "transfer", "use"))
    kept = kept and reading.cue("personal_data")
    return kept and reading.says("restraint") and bool(reading.terms("transfer_places"))


def _evident(reading: Reading, category: Category) -> bool:
    acts, kinds, cues = _EVIDENCE.get(category, ((), (), ()))
    if not (acts or kinds or cues):
        return True
    if category == "transfer":
        return bool(reading.act("transfer")) and any(map(reading.terms, kinds))
    return (
        any(map(reading.act, acts)) or any(map(reading.terms, kinds)) or any(map(reading.cue, cues))
    )
