"""What a policy promises: typed commitments, each with the sentence that makes it.

    Document -> statements (one sentence, with its surroundings) -> rules -> Commitments

A rule is a function from a statement to commitments; the table below is all there is. Everything a
rule knows of a language is in that language's pack (monitor/lexicon). Pure and deterministic.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace

from monitor.commitments.contradictions import Contradiction, contradictions
from monitor.commitments.dating import stated_dates
from monitor.commitments.disputes import arbitration, arbitration_opt_out, class_waiver
from monitor.commitments.notices import acceptance_by_use, notice_channel
from monitor.commitments.parties import address, contact, controller, dpo, governing_law
from monitor.commitments.periods import (
    breach_notice,
    minimum_age,
    notice_period,
    response_time,
    retention,
    windows,
)
from monitor.commitments.selling import sale
from monitor.commitments.sets import (
    data_categories,
    legal_bases,
    purposes,
    recipients,
    refused,
    rights,
    security_measures,
    transfer_mechanisms,
    transfer_places,
)
from monitor.commitments.statements import Statement, statements_of
from monitor.lexicon import guess_language, known_group, load
from monitor.model import Category, Commitment, CommitmentKind, Document
from monitor.segmentation import plain, segment

__all__ = [
    "Contradiction",
    "classify",
    "commitments_of",
    "contradictions",
    "find_commitments",
    "promises_of",
    "refusals_of",
    "statements_of",
]

Rule = Callable[[Statement], Iterator[Commitment]]

#: Rules for sentences, each with the phrases of which it needs at least one in the sentence.
_RULES: tuple[tuple[Rule, frozenset[str]], ...] = tuple(
    (rule, frozenset(known_group(group) for group in needs.split()))
    for rule, needs in (
        (notice_period, "units conditions"),
        (notice_channel, "cues.inform"),
        (acceptance_by_use, "cues.accept cues.no_change_without_consent"),
        (windows, "units"),
        (minimum_age, "ages.under ages.over ages.after"),
        (retention, "units cues.retain cues.delete"),
        (sale, "cues.sell cues.sale_sharing"),
        (recipients, "recipients cues.by_means cues.disclose"),
        (data_categories, "data_categories"),
        (purposes, "purposes"),
        (legal_bases, "legal_bases"),
        (rights, "rights"),
        (response_time, "cues.respond"),
        (transfer_places, "transfer_places"),
        (transfer_mechanisms, "transfer_mechanisms"),
        (security_measures, "security_measures"),
        (breach_notice, "units"),
        (arbitration, "cues.arbitration_strong"),
        (class_waiver, "cues.class_waiver"),
        (arbitration_opt_out, "cues.opt_out"),
        (governing_law, "cues.governing_law"),
        (dpo, "cues.dpo"),
    )
)
#: Rules that look for names, addresses and dates, and so at every sentence.
_ALWAYS: tuple[Rule, ...] = (controller, address, contact, stated_dates)
#: What a paragraph is about where it makes such a commitment.
_SHOWS: Mapping[CommitmentKind, tuple[Category, ...]] = {
    "notice_period": ("notice",),
    "objection_window": ("notice",),
    "minimum_age": ("age",),
    "retention": ("retention",),
    "recipients": ("sharing",),
    "legal_bases": ("consent",),
    "purposes": ("purpose",),
    "transfer_places": ("transfer",),
    "transfer_mechanisms": ("transfer",),
    "breach_notice": ("security",),
    "arbitration": ("dispute",),
    "class_waiver": ("dispute",),
    "governing_law": ("dispute",),
    "controller": ("entity",),
    "dpo": ("entity",),
    "acceptance_by_use": ("consent",),
}
_GRAVE = {"ai training", "profiling", "automated decisions", "targeted advertising"}
_MOST = 8192
_REMEMBERED: dict[Hashable, tuple[Commitment, ...]] = {}
_REFUSALS: tuple[tuple[CommitmentKind, str], ...] = (
    ("recipients", "disclose"),
    ("purposes", "use"),
    ("data_categories", "collect"),
)


def commitments_of(document: Document) -> tuple[Commitment, ...]:
    """Every commitment of a document, in the order of its text; a repeated one counts once."""
    lexicon = load(document.language or guess_language(document.text))
    found: dict[tuple[object, ...], Commitment] = {}
    for statement in statements_of(document, lexicon):
        for c in promises_of(statement):
            found.setdefault((c.kind, c.value, c.unit, c.scope, c.condition), c)
    return tuple(_settled(found.values()))


def promises_of(statement: Statement) -> Iterator[Commitment]:
    """The commitments of one sentence, read with its surroundings.

    What a sentence promises is remembered for the last few thousand of them, so that the next
    version of a policy costs little where its words did not change.
    """
    known = _REMEMBERED.get(statement.key)
    if known is None:
        known = tuple(c for rule in _rules_for(statement) for c in rule(statement))
        if len(_REMEMBERED) >= _MOST:
            _REMEMBERED.clear()
        _REMEMBERED[statement.key] = known
    if not known:
        return iter(())
    quote = statement.quote
    return (replace(c, quote=quote) for c in known)


def _rules_for(statement: Statement) -> Iterator[Rule]:
    """A heading is read only for dates; other sentences by the rules that have what they need."""
    if statement.kind == "heading":
        yield stated_dates
        return
    groups = statement.hits.groups().keys()
    for rule, needs in _RULES:
        if not needs.isdisjoint(groups):
            yield rule
    yield from _ALWAYS


def refusals_of(document: Document) -> tuple[Commitment, ...]:
    """What a document says it does not do: recipients, purposes and data it denies outright."""
    lexicon = load(document.language or guess_language(document.text))
    found: dict[tuple[object, ...], Commitment] = {}
    for statement in statements_of(document, lexicon):
        if statement.kind == "heading":
            continue
        for kind, cue in _REFUSALS:
            terms = frozenset(refused(statement, kind, cue))
            if terms:
                found.setdefault((kind, terms), statement.commitment(kind, terms))
    return tuple(found.values())


def find_commitments(text: str, *, media_type: str = "text/markdown") -> list[Commitment]:
    """The commitments of a text: ``text[start:end] == quote.text``.

    For HTML the offsets index ``read_document(...).text``.
    """
    if media_type == "text/html":
        from monitor.extraction import read_document  # its parsers take long to import

        return list(commitments_of(read_document(text.encode(), media_type=media_type)))
    document = Document(text, segment(text, media_type), media_type, language=guess_language(text))
    return list(commitments_of(document))


def classify(clause: str) -> frozenset[str]:
    """The categories (monitor.model.CATEGORIES) that one paragraph is about; possibly none.

    Its words tell, and so does what it promises.
    """
    text = plain(clause).text
    lexicon = load(guess_language(text))
    document = Document(text, segment(text), "text/markdown", language=lexicon.language)
    promised = [_SHOWS.get(c.kind, ()) for c in commitments_of(document) if not _everyday(c)]
    return lexicon.categories(text).union(*promised)


def _everyday(commitment: Commitment) -> bool:
    """Whether it names purposes of the kind that any paragraph may mention in passing."""
    value = commitment.value
    return commitment.kind == "purposes" and not (isinstance(value, frozenset) and value & _GRAVE)


def _settled(commitments: Iterable[Commitment]) -> Iterator[Commitment]:
    """Drops the opt-out from sale that a law grants anyway where the document never sells."""
    given = list(commitments)
    never = any(c.kind == "sale" and c.value == "never" for c in given)
    for commitment in given:
        if never and commitment.kind == "sale" and commitment.value == "opt_out":
            continue
        yield commitment
