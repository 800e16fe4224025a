"""Rules on passages that are new or gone, whole sentences and longer insertions alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from monitor.findings.changes import Passage
from monitor.findings.evidence import Reading, Sides, known
from monitor.findings.promised import KINDS
from monitor.findings.rules import (
    MORE,
    OPT_OUTS,
    ORDINARY_PURPOSES,
    TOPICS,
    VAGUE,
    finding,
    opposite,
    rule,
)
from monitor.findings.sets import GRAVE_RECIPIENTS
from monitor.findings.topics import about, limits_place, of_data
from monitor.findings.words import came, listed, shortened, went
from monitor.lexicon import TERM_KINDS
from monitor.model import Category, Direction, Finding, Severity

_MIN_WORDS = 5
_MIN_RUN_WORDS = 5
_MIN_ITEM_WORDS = 1
_FEW_WORDS = 4
_RULE_WORDS = 8
#: The beginning of a definition: what the word is used for is said elsewhere.
_DEFINES = re.compile(
    r"(?s).{0,100}[\"“”„«'‘][^\"“”»«]{2,60}[\"”“»'’][)\s:]*"
    r"(?:shall mean|means|refers to|is (?:the|an?|any)|désigne|bezeichnet|bedeutet|meint|significa|"
    r"indica|si intende|se refiere a)\b"
)
_CONTENT = re.compile(r"[^\W\d_]{4,}")
_GRAVE_PURPOSES = frozenset(
    {"ai training", "profiling", "targeted advertising", "automated decisions"}
)
_ACT_OF: dict[Category, str] = {
    "sharing": "share",
    "sale": "sell",
    "collection": "collect",
    "purpose": "use",
    "transfer": "transfer",
    "retention": "retain",
}
_PRACTICE_WORDS = 10
#: Practices whose end is worth an alert of its own.
_WELCOME_LOSSES: tuple[Category, ...] = ("sharing", "sale", "dispute")
#: The terms that tell what a passage of a category adds, and what they are called.
_TERMS_OF: dict[Category, tuple[str, str]] = {
    "sharing": ("recipients", "recipients"),
    "collection": ("data_categories", "data collected"),
    "purpose": ("purposes", "uses of data"),
    "rights": ("rights", "rights and choices"),
    "transfer": ("transfer_places", "places of storage or transfer"),
    "security": ("security_measures", "security measures"),
}
#: A longer sentence says more than where to read on.
_POINTER_WORDS = 30
_COOKIES = frozenset({"cookies", "first-party cookies"})
_QUOTED = 80
#: Words that make a new duty of a contract grave.
_GRAVE_WORDS: dict[Category, tuple[str, ...]] = {
    "payment": ("fee",),
    "liability": ("shield",),
    "conduct": ("licence", "at_will"),
}
#: Words that mark a passage as being about the page or the contract itself, not about conduct.
_ASIDES = ("reading_aid", "formality", "banner")


@rule("clause-added", "a sentence or a longer insertion speaks of a category")
def clause_added(sides: Sides) -> Iterator[Finding]:
    """What is new, by what it is about and whether it does or denies it."""
    if sides.after is not None and not sides.listed:
        yield from _judge_runs(sides, sides.change.after, 1, added=True)


@rule("clause-removed", "a sentence or a longer passage about a category is gone")
def clause_removed(sides: Sides) -> Iterator[Finding]:
    """What is gone and stands nowhere else in the new version."""
    if sides.before is not None and not sides.listed:
        yield from _judge_runs(sides, sides.change.before, 0, added=False)


@rule("change-announced", "a new sentence says on which day another text will apply")
def change_announced(sides: Sides) -> Iterator[Finding]:
    """What is still to come, told with its day, before the words themselves are on the page."""
    reading = sides.after
    if reading is None or sides.is_edit or not reading.says("upcoming"):
        return
    if reading.says("announces") or not sides.lexicon.dates(reading.passage.text):
        return
    quote = shortened(reading.passage.text, _QUOTED)
    yield finding(
        sides, "change-announced", "notice", "neutral", "medium",
        f"A change to come is announced: “{quote}”", confidence=0.6,
    )  # fmt: skip


def _judge_runs(
    sides: Sides, passage: Passage | None, side: int, *, added: bool
) -> Iterator[Finding]:
    stream = sides.old_stream if added else sides.new_stream
    facing = _facing(sides, 1 - side)
    told = {KINDS[kind].category for kind in sides.told}
    for part in _parts(passage, sides.runs[side]):
        if len(_CONTENT.findall(part.text)) < (1 if part.clause.lead_in else 2) or (
            sides.is_edit and known(stream, part.text)
        ):
            continue
        reading = Reading(part, sides.lexicon)
        if len(part.words) < _FEW_WORDS and not any(map(reading.terms, TERM_KINDS)):
            continue  # a label, not a statement
        categories = about(reading, sides, added=added)
        for category in categories:
            if facing and facing.scores.get(category, 0) >= 2:
                continue  # the other side said as much about it: reworded
            if category in told:
                continue
            yield _judged(sides, reading, category, added=added)
        if not categories and sides.code and len(part.words) >= _RULE_WORDS:
            yield _judged(sides, reading, "conduct", added=added)
        elif not categories and not sides.is_edit and _binds(reading):
            yield _unnamed(sides, reading, added=added)


def _facing(sides: Sides, side: int) -> Reading | None:
    """What the other side of an edit has in place of the changed runs, read as one passage."""
    passage = (sides.change.before, sides.change.after)[side]
    if not sides.is_edit or passage is None:
        return None
    text = " ".join(passage.text[start:end] for start, end in sides.runs[side])
    return Reading(replace(passage, text=text), sides.lexicon) if text.strip() else None


def _parts(passage: Passage | None, runs: list[tuple[int, int]]) -> Iterator[Passage]:
    """The changed runs of a passage that are long enough to say something of their own."""
    if passage is None or passage.clause.kind == "heading":
        return
    for start, end in runs:
        text = passage.text[start:end]
        whole = start == 0 and end == len(passage.text)
        needed = _MIN_RUN_WORDS
        if whole:
            needed = _MIN_ITEM_WORDS if passage.clause.lead_in else _MIN_WORDS
            listed = passage.clause.lead_in or passage.clause.kind == "item"
            if not text.rstrip().endswith((".", ";", "!", "?", ")")) and not listed:
                needed += 6
        if len(text.split()) >= needed:
            yield Passage(passage.clause, text, passage.start + start, passage.start + end)


def _judged(sides: Sides, reading: Reading, category: Category, *, added: bool) -> Finding:
    direction = _direction(reading, category, added)
    severity = _severity(sides, reading, category, direction, added)
    said, terms = _said(sides, reading, category, added=added)
    return finding(
        sides, "clause-added" if added else "clause-removed", category, direction, severity,
        said, confidence=0.6,
        values=((None, terms) if added else (terms, None)) if terms else (None, None),
    )  # fmt: skip


def _named(reading: Reading, category: Category) -> frozenset[str]:
    """The words of the vocabulary that tell best what a passage on a category affirms."""
    act = _ACT_OF.get(category)
    if category not in _TERMS_OF or (act and reading.act(act) == "denied"):
        return frozenset()
    return frozenset(reading.terms(_TERMS_OF[category][0])) - VAGUE


def _said(
    sides: Sides, reading: Reading, category: Category, *, added: bool
) -> tuple[str, frozenset[str]]:
    """The summary, and the words of the vocabulary it names: those that the other version lacks."""
    terms = _named(reading, category)
    if not terms:
        quote = shortened(reading.passage.text, _QUOTED)
        return f"{'New' if added else 'Gone'}, on {TOPICS[category]}: “{quote}”", terms
    if not added and category == "transfer" and limits_place(reading):
        return f"No longer limited to a place: {listed(terms)}", terms
    kind, name = _TERMS_OF[category]
    elsewhere = sides.known_before(kind) if added else sides.kept_after(kind)
    return (came if added else went)(name, terms, elsewhere), terms - elsewhere or terms


def _binds(reading: Reading) -> bool:
    """Whether a whole sentence says what someone will, may, must or cannot do."""
    words = len(reading.passage.words)
    text = reading.passage.text.rstrip()
    return words >= _PRACTICE_WORDS and text.endswith((".", ";")) and reading.binding


def _unnamed(sides: Sides, reading: Reading, *, added: bool) -> Finding:
    """A duty or permission that no category's evidence names.

    It goes to the category its words come nearest to, else to what the document is about. In a
    contract every new duty is worth an alert; in a notice only one that has a known topic.
    """
    scores = of_data(reading, sides, dict(reading.scores), added=added)
    if not sides.privacy:
        scores.pop("entity", None)
    if "transfer" in scores and not reading.terms("transfer_places"):
        scores["sharing"] = scores.get("sharing", 0) + scores.pop("transfer")  # to someone
    nearest = max(scores, key=lambda name: (scores[name], name), default=None)
    category: Category = nearest or ("scope" if sides.privacy else "conduct")
    topic = scores.get(category, 0) >= 2 and category not in ("entity", "consent")
    aside = any(map(reading.says, (*_ASIDES, "pointer"))) or _DEFINES.match(reading.passage.text)
    bound = reading.says("duty") or reading.cue("refund")
    alerts = added and (topic or (not sides.privacy and bound)) and not aside
    return finding(
        sides, "clause-added" if added else "clause-removed", category,
        MORE[category] if added else opposite(MORE[category]), "medium" if alerts else "low",
        f"{'New' if added else 'Gone'}: “{shortened(reading.passage.text)}”", confidence=0.4,
    )  # fmt: skip


def _direction(reading: Reading, category: Category, added: bool) -> Direction:
    more = MORE[category]
    act = _ACT_OF.get(category)
    if act and reading.act(act) == "denied":
        more = opposite(more)
    if category == "transfer" and limits_place(reading):
        more = "stronger"
    if category == "transfer" and reading.terms("transfer_mechanisms"):
        more = "stronger"
    if category == "dispute" and reading.says("recourse"):
        more = "stronger"
    if category == "retention" and reading.act("delete") == "done":
        more = "weaker" if reading.cue("indefinite") else "stronger"
    if category == "retention" and _limits_keeping(reading):
        more = "stronger"  # a limit, where there was none
    if category == "liability" and reading.affirms("answers"):
        more = "stronger"
    if category == "retention" and reading.act("delete") and reading.says("reserves"):
        more = "weaker"
    if category == "payment" and reading.says("free"):
        more = "stronger"
    if category == "payment" and reading.cue("refund"):
        refused = reading.act("refund") == "denied" or reading.negations
        more = "weaker" if refused else "stronger"
    if category == "notice" and (reading.cue("continued_use") or reading.modal("inform") == "may"):
        more = "weaker"
    return more if added else opposite(more)


def _limits_keeping(reading: Reading) -> bool:
    """ "Kept for up to 18 months", "kept only until the work is done"."""
    kept = reading.act("retain") == "done"
    return kept and (bool(reading.durations) or reading.says("restraint"))


def _severity(
    sides: Sides, reading: Reading, category: Category, direction: Direction, added: bool
) -> Severity:
    if _says_little(sides, reading, category, direction, added):
        return "low"
    if sides.overhauled and _elsewhere(sides, reading, category, added):
        return "low"  # said anew, in other words and another order
    if category == "scope":
        return "medium" if _states_scope(reading) else "low"
    if direction != "weaker":
        sworn_off = added and category == "purpose" and reading.act("use") == "denied"
        return "high" if sworn_off and reading.says("ai") else "medium"
    grave = (_grave_gain if added else _grave_loss)(sides, reading, category)
    if category == "sharing" and added and sides.new_names(reading):
        return "high" if grave else "medium"  # by name, whatever class it is of
    return "high" if grave and not _elsewhere(sides, reading, category, added) else "medium"


def _elsewhere(sides: Sides, reading: Reading, category: Category, added: bool) -> bool:
    """Whether the other version names all of it, elsewhere: that is no grave gain or loss."""
    terms = _named(reading, category)
    if not terms:
        return False
    kind = _TERMS_OF[category][0]
    return terms <= (sides.known_before(kind) if added else sides.kept_after(kind))


def _says_little(
    sides: Sides, reading: Reading, category: Category, direction: Direction, added: bool
) -> bool:
    """Pointers, praise, the end of a practice within a reworded clause: no alert of their own."""
    if category in ("entity", "consent") or any(map(reading.says, _ASIDES)):
        return True
    if category == "notice" and (
        reading.says("announces") or not (reading.binding or reading.says("ours"))
    ):
        return True
    text = reading.passage.text
    if _DEFINES.match(text) or _is_log(reading) or text.rstrip().endswith("?"):
        return True
    led_in = text.rstrip().endswith(":") and not reading.says("forbids")
    if (led_in or reading.says("introduces")) and not _named(reading, category):
        return True
    if category == "age" and added and not _on_children(reading):
        return True
    if category == "purpose" and added:
        named = _named(reading, category)
        if named and named <= ORDINARY_PURPOSES:
            return True
    if category == "collection" and reading.says("restraint"):
        return reading.terms("data_categories").keys() <= _COOKIES
    if reading.says("pointer") and len(reading.passage.words) < _POINTER_WORDS:
        return True
    if category == "collection" and reading.passage.clause.kind == "row":  # one cookie of a table
        return reading.terms("data_categories").keys() <= _COOKIES
    if category == "security" and added:
        return not reading.terms("security_measures").keys() - VAGUE
    if direction == "stronger" and not added:
        return sides.rewritten or not (
            (category in _WELCOME_LOSSES and _acts(reading, category))
            or _plain_practice(reading, category)
        )
    return False


def _on_children(reading: Reading) -> bool:
    """Whether a passage says an age, asks parents, or says what is done with or by children."""
    acts = any(map(reading.act, ("collect", "share", "sell", "retain", "delete")))
    rules = acts or reading.binding or bool(reading.negations)
    return rules or bool(reading.ages) or reading.cue("parental")


def _is_log(reading: Reading) -> bool:
    """A line of a list of past changes: "11 November 2024: updated terms to ..."."""
    days = reading.lexicon.dates(reading.passage.text)
    return bool(days) and days[0].start < 3 and reading.passage.text[days[0].end :][:1] in ":-–—"


def _acts(reading: Reading, category: Category) -> bool:
    return category not in _ACT_OF or bool(reading.act(_ACT_OF[category]))


def _plain_practice(reading: Reading, category: Category) -> bool:
    """A whole sentence that says what is done: its loss is a practice that ended."""
    act = _ACT_OF.get(category)
    text = reading.passage.text.rstrip()
    return bool(
        act
        and reading.act(act) == "done"
        and reading.scores.get(category, 0) >= 4
        and text.endswith((".", ";"))
        and len(reading.passage.words) >= _PRACTICE_WORDS
    )


def _states_scope(reading: Reading) -> bool:
    """Whether a whole sentence says to whom or what the document applies."""
    dated = reading.lexicon.dates(reading.text)
    return reading.cue("document") and len(reading.passage.words) >= 8 and not dated


def _grave_gain(sides: Sides, reading: Reading, category: Category) -> bool:
    if category == "purpose":
        return bool(reading.terms("purposes").keys() & _GRAVE_PURPOSES)
    if category == "collection":
        return any(map(sides.lexicon.sensitive, reading.terms("data_categories")))
    if category == "sharing":
        told = reading.says("advertising") or reading.says("ai")
        return _new_class(sides, reading) or bool(told and sides.new_names(reading))
    if category == "dispute":
        return reading.cue("arbitration") or reading.cue("class_waiver")
    if category == "retention":
        return reading.cue("indefinite")
    if category == "conduct" and reading.says("bars") and reading.says("ai"):
        return True
    if category == "payment" and reading.cue("refund"):
        return False
    if category in _GRAVE_WORDS:
        return any(map(reading.says, _GRAVE_WORDS[category]))
    return category == "sale"


def _new_class(sides: Sides, reading: Reading) -> bool:
    """Whether data now go to a class of recipients the old document did not know."""
    text, places = reading.text[reading.own :], reading.terms("recipients")
    return any(
        not known(sides.old_stream, text[slice(*places[term])])
        for term in places.keys() & GRAVE_RECIPIENTS
    )


def _grave_loss(sides: Sides, reading: Reading, category: Category) -> bool:
    if category == "notice":
        posted = reading.terms("notice_channels").keys() == {"website"} and not reading.durations
        return reading.act("inform") == "done" and not reading.says("pointer") and not posted
    if category == "rights":
        return bool(reading.terms("rights").keys() & OPT_OUTS) or reading.cue("opt_out")
    if category == "transfer":
        return limits_place(reading) or bool(reading.terms("transfer_mechanisms").keys() - VAGUE)
    if category == "retention":
        return bool(reading.durations)
    if category == "payment":
        return reading.says("free") or reading.cue("refund")
    promised = not sides.contract or reading.says("ours")  # what others must not do is no promise
    return promised and category in ("sale", "age", "sharing", "collection")
