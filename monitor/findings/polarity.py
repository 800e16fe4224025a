"""Rules on what is denied, how firmly it is said, and on which condition."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.findings.evidence import Reading, Sides, cue_found
from monitor.findings.rules import MORE, OPT_OUTS, finding, opposite, rule
from monitor.findings.words import listed, shortened
from monitor.model import Category, Direction, Finding, Severity

#: Acts that are bad for the person when done, with their category; then acts that are good.
_ACTS: dict[str, tuple[Category, Direction, str]] = {
    "sell": ("sale", "weaker", "selling of data"),
    "share": ("sharing", "weaker", "disclosure of data"),
    "collect": ("collection", "weaker", "collection of data"),
    "use": ("purpose", "weaker", "use of data"),
    "transfer": ("transfer", "weaker", "transfer of data"),
    "retain": ("retention", "weaker", "keeping of data"),
    "delete": ("retention", "stronger", "deletion of data"),
    "inform": ("notice", "stronger", "notice to people"),
}
_DATA = "data_categories"
_COMMON = ("use", "collect", "transfer", "retain")
_FEW_WORDS = 4
_WAY_WORDS = 5
_FEW_NEW = 2
_FIRM = ("will", "must", "")


@rule("polarity-turned", "what was denied is now done, or the reverse")
def polarity_turned(sides: Sides) -> Iterator[Finding]:
    """ "We do not sell" against "we may sell"."""
    if sides.before is None or sides.after is None:
        return
    for act, (category, when_done, name) in _ACTS.items():
        before, after = sides.before.act(act), sides.after.act(act)
        if {before, after} != {"denied", "done"} or not _about(category, act, sides):
            continue
        if act in _COMMON and sides.before.negations == sides.after.negations:
            continue  # another verb of the kind came first: nothing was turned
        done = after == "done"
        direction: Direction = (
            when_done if done else ("stronger" if when_done == "weaker" else "weaker")
        )
        severity: Severity = "high" if direction == "weaker" else "medium"
        yield finding(
            sides, "polarity-turned", _special(category, sides), direction, severity,
            f"{name.capitalize()}: {'denied' if done else 'stated'} → "
            f"{'stated' if done else 'denied'}: “{shortened(sides.change.passage.text, 60)}”",
            values=(not done, done), confidence=0.9,
        )  # fmt: skip


@rule("negation-changed", "little else than a negation came or went")
def negation_changed(sides: Sides) -> Iterator[Finding]:
    """ "We do not respond to signals" against "we may respond to signals"."""
    if sides.before is None or sides.after is None:
        return
    changed = [*sides.change.inserted.elements(), *sides.change.deleted.elements()]
    before, after = sides.before.negations, sides.after.negations
    if len(changed) > _FEW_WORDS or (before > 0) == (after > 0):
        return
    ranked = sides.after.scores or sides.before.scores
    category = max(ranked, key=lambda name: (ranked[name], name), default=None)
    if category is None or any(
        {sides.before.act(act), sides.after.act(act)} == {"denied", "done"} for act in _ACTS
    ):
        return
    direction = MORE[category] if before else opposite(MORE[category])
    yield finding(
        sides, "negation-changed", category, direction, "medium",
        f"{'No longer' if before else 'Now'} denied: “{shortened(sides.after.passage.text)}”",
        values=(bool(before), bool(after)), confidence=0.6,
    )  # fmt: skip


@rule("denial-lost", "a promise not to do something is no longer in the sentence")
def denial_lost(sides: Sides) -> Iterator[Finding]:
    """ "We do not collect X" became a sentence that denies nothing of the kind."""
    if sides.before is None or sides.after is None:
        return
    for act in ("sell", "share", "collect", "use", "retain"):
        category, _, name = _ACTS[act]
        if sides.before.act(act) != "denied" or sides.after.act(act):
            continue
        if not sides.speaks_of_data(sides.before):
            continue  # what people must not do
        if sides.before.scores.get(category, 0) >= 2 and not sides.after.scores.get(category):
            yield finding(
                sides, "denial-lost", category, "weaker", "high",
                _refusal_gone(sides.before, act, name),
                values=(False, None), confidence=0.7,
            )  # fmt: skip


@rule("promise-shortened", "what was denied for the future is denied for now only")
def promise_shortened(sides: Sides) -> Iterator[Finding]:
    """ "We do not and will not sell your data" against "we do not sell your data"."""
    if sides.before is None or sides.after is None:
        return
    for act in ("sell", "share"):
        if not sides.before.act(act) == sides.after.act(act) == "denied":
            continue
        if sides.before.says("future") and not sides.after.says("future"):
            yield finding(
                sides, "promise-shortened", _ACTS[act][0], "weaker", "medium",
                f"No longer promised for the future: “{shortened(sides.before.passage.text, 70)}”",
                confidence=0.7,
            )  # fmt: skip


@rule("disclosure-begun", "data that were not spoken of as shared now are, in the same sentence")
def disclosure_begun(sides: Sides) -> Iterator[Finding]:
    """ "Your ratings are confidential" against "your ratings may be shared with the driver"."""
    before, after = sides.before, sides.after
    if before is None or after is None or before.act("share"):
        return
    if after.act("share") != "done" or not after.says("gives") or not after.terms(_DATA):
        return
    if sides.speaks_of_data(after) and not after.terms("rights"):
        yield finding(
            sides, "disclosure-begun", "sharing", "weaker",
            "high" if before.says("secret") else "medium",
            f"Now shared: {listed(after.terms(_DATA))}", values=(None, True), confidence=0.7,
        )  # fmt: skip


def _refusal_gone(before: Reading, act: str, name: str) -> str:
    others = before.denied("recipients") if act == "share" else frozenset()
    if others:
        return f"Refusal to share data with {listed(others)}: gone"
    return f"No longer denied: {name}: “{shortened(before.passage.text, 70)}”"


@rule("reach-grew", "advertising or artificial intelligence is spoken of where it was not")
def reach_grew(sides: Sides) -> Iterator[Finding]:
    """New words about ads or AI in a sentence that uses data."""
    if sides.before is None or sides.after is None:
        return
    if sides.after.terms("rights") or sides.after.cue("opt_out"):
        return
    language = sides.lexicon.language
    for cue, name in (("ai", "artificial intelligence"), ("advertising", "advertising")):
        if not sides.after.says(cue) or sides.before.says(cue):
            continue
        if sides.contract and sides.after.says("bars"):
            continue  # what others may not do
        if sides.after.act("use") == "done" or sides.after.act("collect") == "done":
            yield finding(
                sides, "reach-grew", "purpose", "weaker",
                "medium" if cue_found(cue, sides.old_stream.text, language) else "high",
                f"Now speaks of {name}: “{shortened(sides.after.passage.text, 70)}”",
                confidence=0.65,
            )  # fmt: skip


def _about(category: Category, act: str, sides: Sides) -> bool:
    if sides.after and (sides.after.cue("user_acts") or not sides.speaks_of_data(sides.after)):
        return act in ("inform", "delete")
    if sum(sides.change.inserted.values()) + sum(sides.change.deleted.values()) <= _FEW_WORDS:
        return True  # little else changed than the negation itself
    sides_read = [side for side in (sides.before, sides.after) if side]
    return act == "sell" or all(side.scores.get(category, 0) >= 2 for side in sides_read)


def _special(category: Category, sides: Sides) -> Category:
    """Training of models is a purpose, whatever verb says it."""
    if any(
        side and "ai training" in side.terms("purposes") for side in (sides.after, sides.before)
    ):
        return "purpose"
    return category


@rule("modality-weakened", "a firm promise became a possibility, or the reverse")
def modality_changed(sides: Sides) -> Iterator[Finding]:
    """ "We will delete" against "we may delete"; only acts that are promises."""
    if sides.before is None or sides.after is None:
        return
    for act in ("delete", "inform"):
        before, after = sides.before.modal(act), sides.after.modal(act)
        weaker = before in _FIRM and after == "may" and sides.before.act(act) == "done"
        stronger = before == "may" and after in ("will", "must")
        category = _ACTS[act][0]
        if (weaker or stronger) and (sides.before.scores.get(category) or act == "delete"):
            yield finding(
                sides, "modality-weakened" if weaker else "modality-strengthened", category,
                "weaker" if weaker else "stronger",
                "high" if weaker and category == "notice" else "medium",
                f"{_ACTS[act][2].capitalize()}: {before or 'is done'} → {after}",
                values=(before or "is", after), confidence=0.7,
            )  # fmt: skip


@rule("condition-changed", "consent, a request or an opt-out no longer conditions what is done")
def condition_changed(sides: Sides) -> Iterator[Finding]:
    """ "Only with your consent" against "unless you object"."""
    if sides.before is None or sides.after is None:
        return
    old, new = sides.before.conditions, sides.after.conditions
    category = _conditioned(sides.after)
    turned = "unless you object" in new - old and "with consent" in old - new
    lost = "with consent" in old - new and "consent" not in sides.after.terms("legal_bases")
    if turned or (lost and _really_lost(sides)):
        replaced = "; now unless people object" if turned else ""
        yield finding(
            sides, "consent-lost", "consent", "weaker", "high",
            f"Consent is no longer required{replaced}: "
            f"“{shortened(sides.change.passage.text, 60)}”",
            values=("with consent", "unless you object" if replaced else None), confidence=0.8,
        )  # fmt: skip
    elif "with consent" in new - old and category and not sides.after.cue("parental"):
        yield finding(
            sides, "consent-gained", "consent", "stronger", "medium",
            f"Consent is now required: “{shortened(sides.change.passage.text, 60)}”",
            values=(None, "with consent"), confidence=0.7,
        )  # fmt: skip
    if "without notice" in new - old:
        yield finding(
            sides, "notice-waived", "notice", "weaker", "high",
            f"Now without notice: “{shortened(sides.change.passage.text, 60)}”",
            values=(None, "without notice"), confidence=0.85,
        )  # fmt: skip
    elif (
        "in advance" in old - new
        and sides.after.scores.get("notice", 0) >= 2
        and not sides.after.durations
    ):
        yield finding(
            sides, "advance-notice-lost", "notice", "weaker", "high",
            "Notice of changes is no longer given in advance",
            values=("in advance", None), confidence=0.7,
        )  # fmt: skip


def _conditioned(reading: Reading) -> bool:
    return any(reading.act(act) == "done" for act in ("share", "use", "collect", "transfer"))


def _really_lost(sides: Sides) -> bool:
    """The old side acted only with consent, and the new one still acts."""
    assert sides.before is not None
    assert sides.after is not None
    return _conditioned(sides.before) and _conditioned(sides.after)


@rule("restraint-lost", "only, solely, never and the like went, or a reservation came")
def restraint_lost(sides: Sides) -> Iterator[Finding]:
    """A promise that was narrowed, or a limit on the company that was taken away."""
    if sides.before is None or sides.after is None:
        return
    scores = sides.after.scores
    category = max(scores, key=lambda name: (scores[name], name), default=None)
    if category is None or scores[category] < 2:
        return
    if sides.after.says("narrowing") and not sides.before.says("narrowing"):
        if category in ("rights", "notice", "security", "retention"):
            yield finding(
                sides, "promise-narrowed", category, "weaker", "medium",
                f"Now with a reservation: “{shortened(sides.change.passage.text)}”",
                confidence=0.65,
            )  # fmt: skip
    elif category == "notice" and _tells_of_less(sides.before, sides.after):
        yield finding(
            sides, "promise-narrowed", "notice", "weaker", "medium",
            f"Now only some changes are told of: “{shortened(sides.change.passage.text)}”",
            confidence=0.65,
        )  # fmt: skip
    elif (
        sides.before.says("restraint")
        and not sides.after.says("restraint")
        and category in ("sharing", "purpose", "collection", "transfer", "retention")
    ):
        yield finding(
            sides, "restraint-lost", category, "weaker", "medium",
            f"A limit was dropped: “{shortened(sides.before.passage.text)}”", confidence=0.6,
        )  # fmt: skip


def _tells_of_less(before: Reading, after: Reading) -> bool:
    """ "Notice of updates" against "notice of material updates"."""
    tells = before.act("inform") == after.act("inform") == "done"
    return tells and after.says("qualifier") and not before.says("qualifier")


@rule("choice-narrowed", "a way to opt out is no longer named beside the others")
def choice_narrowed(sides: Sides) -> Iterator[Finding]:
    """ "Opt out on our site or in the settings of your device" against "on our site"."""
    if sides.before is None or sides.after is None:
        return
    if not all(_offers_choice(reading) for reading in (sides.before, sides.after)):
        return
    lost = [sides.before.passage.text[start:end] for start, end in sides.runs[0]]
    lost = [run for run in lost if len(run.split()) >= _WAY_WORDS and "http" not in run]
    if lost and sum(sides.change.inserted.values()) <= _FEW_NEW:
        yield finding(
            sides, "choice-narrowed", "rights", "weaker", "medium",
            f"A way to opt out is gone: “{shortened(max(lost, key=len))}”", confidence=0.7,
        )  # fmt: skip


def _offers_choice(reading: Reading) -> bool:
    return reading.cue("opt_out") or bool(reading.terms("rights").keys() & OPT_OUTS)
