"""Rules on who the company is and how to reach it, on dates and on opt-out links."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from monitor.findings.evidence import Reading, Sides, cue_found, known
from monitor.findings.rules import finding, rule
from monitor.findings.words import listed, shortened
from monitor.model import Finding

_EXTENDS = 3
_NEAR_WORDS = 8
_CONTENT_LETTERS = 4
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
#: What a server shows robots in the place of an address.
_HIDDEN = re.compile(r"\[?email\W{0,3}protected", re.IGNORECASE)
_LEGAL_FORM = re.compile(
    r"((?:[A-ZÀ-Ý&][\w&.'’-]*,?\s+){1,5}(?:Inc|Ltd|Limited|LLC|LLP|PLC|plc|GmbH|AG|SE|KG|UG|eG|S\.?[àa]\s?r\.?l|SARL|SAS|"
    r"SASU|SA|S\.A|S\.?p\.?A|SpA|S\.?r\.?l|Srl|S\.?L\.?U?|B\.?V|N\.?V|AB|AS|A/S|Oy|Oyj|ApS|Corp|"
    r"Corporation|Company|Co|PBC)\b\.?)"
)  # fmt: skip


@rule("controller-changed", "the controller or contracting party is another legal person")
def controller_changed(sides: Sides) -> Iterator[Finding]:
    """One company's name in place of another's, gravest where the text says who is responsible."""
    if sides.before is None or sides.after is None or sides.listed:
        return
    old, new = _companies(sides.before), _companies(sides.after)
    gone, come = old - new, new - old
    responsible = _names_controller(sides.after) or sides.after.says("contractor")
    if not responsible:  # elsewhere only if the one is gone for good and the other is new
        gone = {name for name in gone if not known(sides.new_stream, name)}
        come = {name for name in come if not known(sides.old_stream, name)}
    if not gone or not come:
        return
    grave = responsible and not _other_form_only(gone, come)
    yield finding(
        sides, "controller-changed", "entity", "neutral", "high" if grave else "medium",
        f"{'Controller or contracting party' if responsible else 'Company'}: "
        f"{', '.join(sorted(gone))} → {', '.join(sorted(come))}",
        values=(", ".join(sorted(gone)), ", ".join(sorted(come))), confidence=0.8,
    )  # fmt: skip


def _other_form_only(gone: Collection[str], come: Collection[str]) -> bool:
    """Whether the same company only took another legal form: "Alder Inc" against "Alder LLC"."""
    return {name.rsplit(" ", 1)[0].rstrip(",") for name in gone} == {
        name.rsplit(" ", 1)[0].rstrip(",") for name in come
    }


@rule(
    "party-named",
    "a sentence on who the contract is with, or who is responsible, names a new company",
)
def party_named(sides: Sides) -> Iterator[Finding]:
    """ "If you live in Ireland, you are contracting with Alder Ltd": a party beside the others.

    A representative in another region is one more to turn to.
    """
    after = sides.after
    if after is None or sides.listed:
        return
    deputy = after.says("deputy")
    party = _names_controller(after) or after.says("contractor")
    if not deputy and not party:
        return
    before = _companies(sides.before) if sides.before else set()
    come = {
        name
        for name in _companies(after) - before
        if not known(sides.old_stream, name)
        or (not sides.is_edit and _made_controller(after, name))
    }
    if deputy and not come and not sides.is_edit:
        come = set(sides.new_names(after))
    if come and not before - _companies(after):
        yield finding(
            sides, "party-named", "entity", "stronger" if deputy else "neutral", "medium",
            f"New {'representative' if deputy else 'controller or contracting party'}: "
            f"{listed(come)}",
            values=(None, ", ".join(sorted(come))), confidence=0.7,
        )  # fmt: skip


@rule("recipient-named", "a sentence on sharing names a company that is new to the document")
def recipient_named(sides: Sides) -> Iterator[Finding]:
    """ "We share data with Alder Ltd" against "with Alder Ltd and Birch Inc"."""
    if sides.before is None or sides.after is None or sides.listed:
        return
    if sides.after.act("share") != "done" or not sides.speaks_of_data(sides.after):
        return
    old, new = _companies(sides.before), _companies(sides.after)
    come = {name for name in new - old if not known(sides.old_stream, name)}
    if come and not {name for name in old - new if not known(sides.new_stream, name)}:
        yield finding(
            sides, "recipient-named", "sharing", "weaker", "medium",
            f"New recipients: {listed(come)}", values=(frozenset(), frozenset(come)),
            confidence=0.8,
        )  # fmt: skip


@rule("recipient-listed", "a list of recipients names a company that is new to the document")
def recipient_listed(sides: Sides) -> Iterator[Finding]:
    """An entry with a company's name and address, under a heading or lead-in on recipients."""
    after = sides.after
    if after is None or sides.is_edit or sides.listed or after.passage.clause.kind != "item":
        return
    clause = after.passage.clause
    over = " ".join((*clause.section[-1:], clause.lead_in))
    if not sides.lexicon.terms("recipients", over):
        return
    come = {name for name in _companies(after) if not known(sides.old_stream, name)}
    if come:
        yield finding(
            sides, "recipient-listed", "sharing", "weaker", "medium",
            f"New recipients: {listed(come)}", values=(frozenset(), frozenset(come)),
            confidence=0.7,
        )  # fmt: skip


def _made_controller(reading: Reading, company: str) -> bool:
    """ "Alder Ltd is the controller of ...": said of a company that may be named elsewhere."""
    place = reading.text.find(company)
    words = reading.text[place + len(company) :].split(maxsplit=_NEAR_WORDS)[:_NEAR_WORDS]
    return place >= 0 and cue_found("controls", " ".join(words), reading.lexicon.language)


def _names_controller(reading: Reading) -> bool:
    return reading.cue("controller") or reading.cue("controller_strong")


def _companies(reading: Reading) -> set[str]:
    return {" ".join(m.group().split()).rstrip(".") for m in _LEGAL_FORM.finditer(reading.text)}


@rule("contact-changed", "an address, e-mail or telephone number is another")
def contact_changed(sides: Sides) -> Iterator[Finding]:
    """Contact details, names and addresses: low."""
    if sides.before is None or sides.after is None:
        return
    old = set(_EMAIL.findall(sides.before.passage.text))
    new = set(_EMAIL.findall(sides.after.passage.text))
    hidden = any(_HIDDEN.search(side.passage.text) for side in (sides.before, sides.after))
    if old != new and (old or new) and not hidden:
        yield finding(
            sides, "contact-changed", "entity", "neutral", "low",
            f"Contact: {', '.join(sorted(old)) or 'none'} → {', '.join(sorted(new)) or 'none'}",
            values=(", ".join(sorted(old)), ", ".join(sorted(new))), confidence=0.9,
        )  # fmt: skip
    elif _details(sides) and (
        sides.after.scores.get("entity", 0) >= 2 or sides.after.cue("address")
    ):
        yield finding(
            sides, "contact-changed", "entity", "neutral", "low",
            f"Contact or company details: “{shortened(sides.after.passage.text)}”",
            confidence=0.5,
        )  # fmt: skip


def _details(sides: Sides) -> bool:
    """Whether the new side names a number or a proper name that the old one does not."""
    assert sides.before is not None
    assert sides.after is not None
    come = _facts(sides.after) - _facts(sides.before)
    language = sides.lexicon.language
    return any(not cue_found("address", fact.lower(), language) for fact in come)


def _facts(reading: Reading) -> set[str]:
    """Numbers, and (where nouns are not all capitalized) names, the first word apart."""
    text = reading.passage.text
    numbers = set(re.findall(r"\w*\d[\w-]*", text))
    if reading.lexicon.noun_capitals:
        return numbers
    return numbers | set(re.findall(r"(?<=[\w,'’/(] )[A-ZÀ-Ý][\w’'-]*", text))


@rule("governing-law-changed", "another law or other courts")
def governing_law_changed(sides: Sides) -> Iterator[Finding]:
    """Another place in a sentence about the governing law or the courts."""
    if sides.before is None or sides.after is None:
        return
    if not (sides.before.cue("governing_law") or sides.after.cue("governing_law")):
        return
    kind = "transfer_places"
    moved = sides.before.terms(kind).keys() != sides.after.terms(kind).keys()
    if moved or (_details(sides) and not sides.after.ages):
        yield finding(
            sides, "governing-law-changed", "dispute", "neutral", "medium",
            f"Governing law or courts: “{shortened(sides.before.passage.text, 50)}” → "
            f"“{shortened(sides.after.passage.text, 50)}”",
            confidence=0.75,
        )  # fmt: skip


@rule("scope-widened", "the document now applies to everything, where it did not")
def scope_widened(sides: Sides) -> Iterator[Finding]:
    """ "Data collected after 1 May" against "all data we hold"."""
    if sides.before is None or sides.after is None:
        return
    if sides.after.scores.get("scope", 0) < 2 or not sides.after.cue("document"):
        return
    if sides.after.says("everything") and not sides.before.says("everything"):
        yield finding(
            sides, "scope-widened", "scope", "weaker", "high",
            f"Now applies to more: “{shortened(sides.after.passage.text)}”", confidence=0.7,
        )  # fmt: skip


@rule("scope-extended", "a sentence on what the document covers names more")
def scope_extended(sides: Sides) -> Iterator[Finding]:
    """Products, people or data added to (or taken from) what the document applies to."""
    if sides.before is None or sides.after is None or not sides.after.cue("document"):
        return
    if not sides.after.says("applies"):
        return
    scores = sides.after.scores
    if scores.get("scope", 0) < 2 or scores["scope"] < 0.5 * max(scores.values()):
        return
    come, gone = (
        sum(count for word, count in words.items() if len(word) >= _CONTENT_LETTERS)
        for words in (sides.change.inserted, sides.change.deleted)
    )
    if max(come, gone) >= _EXTENDS and min(come, gone) <= 1:
        yield finding(
            sides, "scope-extended", "scope", "neutral", "medium",
            f"Now applies to {'more' if come > gone else 'less'}: "
            f"“{shortened(sides.after.passage.text)}”",
            confidence=0.6,
        )  # fmt: skip
