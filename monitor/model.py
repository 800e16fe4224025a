"""The nouns of policywatch, as frozen dataclasses.

Everything here is plain data: no clock, no network, no database. ``to_json`` is the one way any of
it becomes JSON; the field names below are therefore the JSON contract (docs/semantics.md).
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, get_args

Verdict = Literal["material", "minor", "cosmetic", "capture"]
Category = Literal[
    "sharing", "sale", "collection", "purpose", "notice", "age", "retention", "rights", "consent",
    "transfer", "security", "dispute", "liability", "conduct", "payment", "entity", "scope",
]  # fmt: skip
Direction = Literal["weaker", "stronger", "neutral"]
Severity = Literal["high", "medium", "low"]
CommitmentKind = Literal[
    "notice_period", "notice_channel", "objection_window", "termination_window", "minimum_age",
    "retention", "sale", "recipients", "data_categories", "purposes", "legal_bases", "rights",
    "transfer_places", "transfer_mechanisms", "security_measures", "response_time",
    "breach_notice", "arbitration", "class_waiver", "arbitration_opt_out", "governing_law",
    "controller", "address", "contact", "dpo", "last_updated", "effective", "acceptance_by_use",
]  # fmt: skip
ClauseKind = Literal["heading", "paragraph", "item", "row"]

CATEGORIES: tuple[Category, ...] = get_args(Category)
#: Gravest first.
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
#: By this the gravest sorts first.
GRAVITY: Mapping[str, int] = {severity: place for place, severity in enumerate(SEVERITIES)}
COMMITMENT_KINDS: tuple[CommitmentKind, ...] = get_args(CommitmentKind)

#: A promised value: a number, a truth, a word, a date, or a set of terms of the vocabulary.
Value = int | bool | str | date | frozenset[str]


# --- documents ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clause:
    """One unit of a policy: ``document.text[start:end] == text``.

    ``section`` is the path of headings above it, outermost first (a heading is not in its own).
    ``lead_in`` is the sentence that a list item completes ("We share data with:"), else "".
    ``level`` is 1-6 for headings, the nesting depth (from 1) for items, 0 otherwise.
    A table row keeps its header cells in ``lead_in`` ("Name | Purpose | Place").
    """

    kind: ClauseKind
    text: str
    start: int
    end: int
    section: tuple[str, ...] = ()
    lead_in: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class Dropped:
    """A region that was pruned from a page as not being policy text, and why."""

    text: str
    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """A policy as read from bytes.

    ``text`` is normalized Markdown (for Markdown and plain text: the text as given).
    ``visible_chars`` counts the characters a reader of the page could see, pruned ones included:
    what was extracted is judged against it. ``warnings`` are stable words (``truncated``,
    ``fallback``, ``encoding``) for the capture gate.
    """

    text: str
    clauses: tuple[Clause, ...]
    media_type: str
    title: str = ""
    language: str = ""
    last_updated: date | None = None
    effective: date | None = None
    dropped: tuple[Dropped, ...] = ()
    visible_chars: int = 0
    warnings: tuple[str, ...] = ()


# --- meaning -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a document that prove something: ``document.text[start:end] == text``.

    ``section`` is the heading path joined by " > "; ``context`` the lead-in a list item inherits.
    """

    text: str
    section: str
    start: int
    end: int
    context: str = ""


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise (or a stated practice) with a typed value, and the quote that makes it.

    Units: ``day``, ``month``, ``year``, ``business_day``, ``hour`` or "" (docs/semantics.md). Sets
    use the documented English vocabulary for every language; named entities stand as written.
    """

    kind: CommitmentKind
    value: Value
    unit: str
    scope: str
    quote: Quote
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Subprocessor:
    """A company that a document lists as a sub-processor, with the entry that lists it.

    ``places`` are English names of countries, or the words of the entry where none is known.
    """

    name: str
    places: tuple[str, ...]
    purpose: str
    url: str
    role: Literal["subprocessor", "affiliate"]
    quote: Quote


@dataclass(frozen=True, slots=True)
class Finding:
    """One change of meaning. ``rule`` names what fired; ``confidence`` lies in 0..1."""

    category: Category
    direction: Direction
    severity: Severity
    summary: str
    before: Quote | None
    after: Quote | None
    before_value: Value | None
    after_value: Value | None
    rule: str
    confidence: float


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A finding that a team's own rule ignores: nobody is alerted, and nothing is lost."""

    finding: Finding
    rule: str
    reason: str = ""


#: What a text says to an expectation. "silent": nothing on the matter at all; "not found": it
#: speaks of the matter, but not as expected; "contrary": it says otherwise; "not applicable": the
#: case for which something is expected does not arise in it.
Standing = Literal["met", "contrary", "not found", "silent", "not applicable"]
SHORTFALLS: tuple[Standing, ...] = ("contrary", "not found", "silent")


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one text says to one expectation.

    ``name`` is unique within a policy ("notice_period", "retention[backups]",
    "gdpr-art13/complaint"), ``digest`` changes with what is expected. ``expected`` says it in
    words, ``summary`` with what was found. ``quotes`` are the words that meet it or say otherwise;
    where it was not found, a passage on the matter. ``severity`` is that of a shortfall, ``source``
    the provision a preset takes it from.
    """

    name: str
    digest: str
    expected: str
    category: Category
    standing: Standing
    severity: Severity
    summary: str
    quotes: tuple[Quote, ...] = ()
    value: Value | None = None
    source: str = ""

    @property
    def short(self) -> bool:
        """Whether the text falls short of what is expected."""
        return self.standing in SHORTFALLS


@dataclass(frozen=True, slots=True)
class Stand:
    """How a policy stands to one expectation, as it is stored.

    ``version`` is the text it was last held against, ``since`` when this standing began, ``raised``
    whether people were told of a shortfall and not yet of its end.
    """

    assessment: Assessment
    version: int
    since: datetime
    raised: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of the alignment of two documents, by clause index (for redlines and --explain).

    ``note`` says why a differing pair was held to be cosmetic, or which rule fired.
    """

    kind: Literal["kept", "moved", "edited", "split", "merged", "added", "removed"]
    before: tuple[int, ...]
    after: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed in meaning between two versions. ``reason`` explains the verdict in a sentence.

    ``material`` means worth an alert; it is not a legal finding. ``held`` are findings that a
    team's own rules ignore; they do not count for the verdict.
    """

    verdict: Verdict
    language: str
    findings: tuple[Finding, ...] = ()
    edits: tuple[Edit, ...] = ()
    reason: str = ""
    held: tuple[HeldBack, ...] = ()


# --- capture -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Validator:
    """What lets the next request for a URL be conditional, and which stored bytes a 304 means.

    ``final_url`` is where the bytes came from after redirects ("": from ``url``): a validator is
    sent there only, because another document's equal date would answer 304 for it. ``outline``
    ("": none) knows a page again whose bytes differ only in what nobody reads.
    """

    url: str
    etag: str
    last_modified: str
    body_digest: str
    media_type: str
    final_url: str = ""
    outline: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The answer for one URL of a policy. ``reused`` marks a 304 served from stored bytes."""

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    media_type: str
    content: bytes
    fetched_at: datetime
    redirects: tuple[str, ...] = ()
    reused: bool = False


Health = Literal["new", "ok", "unreachable", "suspect", "unstable", "moved", "gone"]


@dataclass(frozen=True, slots=True)
class SourceMemory:
    """What a source's past checks left behind for the next decision; stored as JSON.

    ``suspect_*``: a capture that failed the gate and waits for its confirmation.
    ``held_*``: an earlier text that came back and waits for ``flap_hold``.
    ``returns``: instants at which an earlier text came back (newest last, at most ten).
    ``steady_since``: since when an unstable source has shown one text.
    ``conditions``: confirmed states that hold now; ``health`` is the worst of them.
    ``alerted``: states people were told of and not yet told the end of; ``alerted_at``: when last.
    """

    health: Health = "new"
    health_since: datetime | None = None
    suspect_digest: str = ""
    suspect_since: datetime | None = None
    suspect_reasons: tuple[str, ...] = ()
    held_digest: str = ""
    held_since: datetime | None = None
    returns: tuple[datetime, ...] = ()
    failures: int = 0
    first_failure: datetime | None = None
    last_error: str = ""
    moved_to: str = ""
    moved_since: datetime | None = None
    gone_since: datetime | None = None
    steady_since: datetime | None = None
    conditions: tuple[Health, ...] = ()
    alerted: tuple[Health, ...] = ()
    alerted_at: Mapping[str, datetime] = field(default_factory=dict)


# --- alerts ------------------------------------------------------------------------------------

AlertKind = Literal["change", "health", "expectation", "deadline", "test"]
#: Why an alert is told: for the first time, because nobody acknowledged it, or once more because it
#: was snoozed until now.
Purpose = Literal["", "escalation", "snoozed"]


@dataclass(frozen=True, slots=True)
class Alert:
    """What people are told; also the body of a webhook (``kind`` and ``severity`` beside it).

    ``id`` is derived from what the alert is about, so that the same event cannot alert twice.
    ``effective`` is the date the new text states; ``first_seen`` when it was first captured;
    ``notice`` what the older text promised about notice and what was given; ``links`` by name.
    ``health`` is the state a health alert is about ("suspect", "gone", "recovered", ...).
    ``evidence`` is the head of the policy's hash chain when the alert was stored, and vouches for
    what it is about (docs/evidence.md); the store fills it in. ``vendor`` and ``owner`` say whose
    document it is and who looks after it here, as configured. ``expectations`` are those that an
    alert of that kind is about, each with its finding at the same place. ``deadlines`` are the
    days that follow from a change (monitor.notice.deadlines as JSON), or those a reminder is about.
    """

    id: str
    policy: str
    change: str | None
    verdict: Verdict | None
    summary: str
    findings: tuple[Finding, ...] = ()
    effective: date | None = None
    first_seen: datetime | None = None
    notice: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    kind: AlertKind = "change"
    severity: Severity = "low"
    service: str = ""
    title: str = ""
    health: str = ""
    evidence: str = ""
    vendor: str = ""
    owner: str = ""
    expectations: tuple[Assessment, ...] = ()
    deadlines: tuple[Mapping[str, Any], ...] = ()


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The highest severity among the findings (None where there are none)."""
    return min((f.severity for f in findings), key=GRAVITY.__getitem__, default=None)


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings by severity, the gravest first; equals stay as they came."""
    return tuple(sorted(findings, key=lambda finding: GRAVITY[finding.severity]))


def text_digest(text: str) -> str:
    """The SHA-256, in hex, by which a text is known again: of UTF-8, lone surrogates kept."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def subject_of(alert: Alert) -> str:
    """What people name when they decide on it: the change that it tells of, else its own id."""
    return alert.change if alert.kind == "change" and alert.change else alert.id


def to_json(value: Any) -> Any:
    """Turn any of the above into what ``json.dumps`` takes: sets sorted, dates as ISO 8601."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
