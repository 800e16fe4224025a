"""What each kind of commitment is called, its category, and what can be asked of it.

One table for all kinds of ``monitor.model.COMMITMENT_KINDS``; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from monitor.model import Category, CommitmentKind

#: What a value is: a period or age, words of a closed list, a set of terms, a truth, words, a day.
Shape = Literal["number", "word", "set", "truth", "text", "date"]


@dataclass(frozen=True, slots=True)
class Kind:
    """How expectations treat one kind of commitment.

    ``unit`` is that of numbers without one. ``words`` are the values that are no numbers. ``main``
    are the scopes that an expectation without a scope is about, where a text has any of them;
    ``aside`` are scopes that it is never about. ``terms`` is the kind's table of the vocabulary.
    """

    name: str
    category: Category
    shape: Shape
    unit: str = ""
    words: tuple[str, ...] = ()
    main: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    terms: str = ""


_NOTICE = ("policy", "")

KINDS: Mapping[CommitmentKind, Kind] = {
    "notice_period": Kind("Notice of changes", "notice", "number", "day", main=_NOTICE),
    "notice_channel": Kind(
        "How changes are announced", "notice", "set", main=_NOTICE, terms="notice_channels"
    ),
    "objection_window": Kind("Time to object", "notice", "number", "day", main=_NOTICE),
    "termination_window": Kind("Time to terminate", "conduct", "number", "day", main=("",)),
    "minimum_age": Kind(
        "Minimum age", "age", "number", "year", main=("",), aside=("sale", "parental consent")
    ),
    "retention": Kind(
        "Time data is kept", "retention", "number", "day", words=("as_needed", "indefinite")
    ),
    "sale": Kind(
        "Selling of data", "sale", "word", words=("never", "opt_out", "consent", "may"),
        main=("",), aside=("past",),
    ),
    "recipients": Kind("Recipients", "sharing", "set", terms="recipients"),
    "data_categories": Kind("Data collected", "collection", "set", terms="data_categories"),
    "purposes": Kind("Purposes", "purpose", "set", terms="purposes"),
    "legal_bases": Kind("Legal bases", "consent", "set", terms="legal_bases"),
    "rights": Kind("Rights", "rights", "set", terms="rights"),
    "transfer_places": Kind("Places data go to", "transfer", "set", terms="transfer_places"),
    "transfer_mechanisms": Kind(
        "Safeguards of transfers", "transfer", "set", terms="transfer_mechanisms"
    ),
    "security_measures": Kind("Security measures", "security", "set", terms="security_measures"),
    "response_time": Kind("Time to answer requests", "rights", "number", "day"),
    "breach_notice": Kind("Notice of a breach", "security", "number", "hour"),
    "arbitration": Kind("Binding arbitration", "dispute", "truth"),
    "class_waiver": Kind("Class action waiver", "dispute", "truth"),
    "arbitration_opt_out": Kind("Time to opt out of arbitration", "dispute", "number", "day"),
    "governing_law": Kind("Governing law", "dispute", "text"),
    "controller": Kind("Controller", "entity", "text"),
    "address": Kind("Postal address", "entity", "text"),
    "contact": Kind("Contact", "entity", "text"),
    "dpo": Kind("Data protection officer", "entity", "text"),
    "last_updated": Kind("Date of the last update", "scope", "date"),
    "effective": Kind("Effective date", "scope", "date"),
    "acceptance_by_use": Kind("Acceptance by use", "consent", "truth"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """A key of config.toml: the kind it is about, and the unit of its numbers."""

    kind: CommitmentKind
    unit: str


#: Keys with the unit in their name, and the singular of sets where one term is asked for.
_OTHER_KEYS: Mapping[str, Key] = {
    "notice_days": Key("notice_period", "day"),
    "objection_days": Key("objection_window", "day"),
    "termination_days": Key("termination_window", "day"),
    "retention_days": Key("retention", "day"),
    "response_days": Key("response_time", "day"),
    "breach_hours": Key("breach_notice", "hour"),
    "transfer_mechanism": Key("transfer_mechanisms", ""),
    "transfer_place": Key("transfer_places", ""),
    "legal_basis": Key("legal_bases", ""),
}

#: Every key that states what is expected of a kind of commitment.
KEYS: Mapping[str, Key] = {
    **{kind: Key(kind, about.unit) for kind, about in KINDS.items()},
    **_OTHER_KEYS,
}
