"""What all policies say, a line each: promises, what is expected of them, who is listed in them.

Each line says whose document it is and who looks after it here. The command line and the API show
the same lines; their field names are the JSON of both.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.comparison import as_document
from monitor.config import Policy, Settings
from monitor.deadlines import Ahead
from monitor.expectations import assess, is_stale
from monitor.expected import expectations_of
from monitor.ledger import Stated, in_words, matters, standing
from monitor.model import Assessment, Commitment, Subprocessor
from monitor.notice.deadlines import Deadline
from monitor.subprocessors import Edition, listing_of, tenures
from monitor.vendors import owner_of, vendor_of
from monitor.watchlist import guarded
from notifiers.wording import one_line
from store import SourceRecord, Store, VersionRecord

#: The types of documents that list sub-processors.
LISTING = ("subprocessors", "dpa")
#: Characters of a table that are handed on at once.
_CHUNK = 1 << 14


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment of the ledger, as ``version`` words it.

    ``since`` is when the version ``began`` was first seen, from which on the same has been stated;
    ``or_earlier``: that was the first capture. ``before`` is what it replaced.
    """

    policy: str
    service: str
    vendor: str
    owner: str
    version: int
    began: int
    since: datetime
    or_earlier: bool
    before: tuple[Commitment, ...]
    commitment: Commitment


#: The columns of the ledger as CSV.
PROMISE_COLUMNS = (
    "policy", "service", "vendor", "owner", "kind", "scope", "value", "condition", "since", "began",
    "before", "version", "quote", "section",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What a policy's text says to one expectation.

    ``since`` is when this standing began, None where it was not stored yet.
    """

    policy: str
    vendor: str
    owner: str
    version: int
    since: datetime | None
    assessment: Assessment


#: The columns of expectations as CSV; severity is that of a shortfall, "" where there is none.
ANSWER_COLUMNS = (
    "policy", "vendor", "owner", "version", "expectation", "standing", "severity", "since",
    "expected", "summary", "source", "quote",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """A sub-processor that a policy lists, since when (or earlier), and by which version."""

    policy: str
    vendor: str
    since: datetime
    or_earlier: bool
    version: int
    subprocessor: Subprocessor


@dataclass(frozen=True, slots=True)
class Due:
    """A day that follows from a change; ``days_left`` is negative for one that has passed.

    ``change`` is None where the change is announced by e-mail only: ``notice`` is the mail's key.
    """

    policy: str
    service: str
    vendor: str
    owner: str
    change: str | None
    notice: str | None
    days_left: int
    deadline: Deadline


class Registers:
    """The lines of one store under one configuration; ``policies`` are the declared ones by id."""

    def __init__(self, store: Store, settings: Settings, policies: Mapping[str, Policy]) -> None:
        self._store, self._settings, self._policies = store, settings, policies

    def whose(self, policy: str) -> tuple[str, str]:
        """The vendor whose document it is and who looks after it, "" where nobody is named."""
        declared = self._policies.get(policy)
        vendor = vendor_of(self._settings, declared)
        return vendor.name if vendor else "", owner_of(self._settings, declared)

    def promises(
        self,
        versions: Iterable[VersionRecord],
        wanted: Callable[[Commitment], bool] = lambda _: True,
    ) -> Iterator[Promise]:
        """The commitments of some versions, each with its past up to that version."""
        for version in versions:
            stated = self._store.commitments(version.policy, version.number)
            if chosen := [commitment for commitment in stated if wanted(commitment)]:
                yield from self._with_past(version, chosen)

    def answers(self, source: SourceRecord) -> Iterator[Answer]:
        """As stored, or read anew where other things are expected now than at the last check."""
        policy = self._policies.get(source.policy)
        expected = expectations_of(self._settings, policy)
        if source.baseline is None or not expected:
            return
        vendor, owner = self.whose(source.policy)
        version = source.baseline.number
        stands = self._store.stands(source.policy)
        since: dict[str, datetime] = {}
        if is_stale(stands, expected, version):
            document = as_document(self._store.version_text(source.policy, version))
            assessments: Sequence[Assessment] = assess(document, expected)
        else:
            assessments = [stand.assessment for stand in stands]
            since = {stand.assessment.name: stand.since for stand in stands}
        for assessment in assessments:
            begun = since.get(assessment.name)
            yield Answer(source.policy, vendor, owner, version, begun, assessment)

    def listed(
        self, policy: str, *, named: str = "", until: datetime | None = None
    ) -> Iterator[Listed]:
        """The sub-processors of one policy, at an instant, with some words in their names."""
        vendor, _ = self.whose(policy)
        for tenure in tenures(self._editions(policy, until)):
            if named.casefold() in tenure.subprocessor.name.casefold():
                yield Listed(
                    policy, vendor, tenure.since, tenure.or_earlier, tenure.version,
                    tenure.subprocessor,
                )  # fmt: skip

    def due(self, ahead: Ahead, today: date) -> Due:
        """A day that the almanac counted, as of today."""
        vendor, owner = self.whose(ahead.policy)
        left = (ahead.deadline.until - today).days
        notice = None if ahead.change else ahead.cause.id
        return Due(
            ahead.policy, ahead.service, vendor, owner, ahead.change, notice, left, ahead.deadline
        )

    def _with_past(
        self, version: VersionRecord, commitments: Sequence[Commitment]
    ) -> Iterator[Promise]:
        policy, number = version.policy, version.number
        vendor, owner = self.whose(policy)
        declared = self._policies.get(policy)
        past = stated_by(self._store, policy, until=number)
        known = {
            (matter.kind, matter.scope, term.commitment.value, term.commitment.unit): (matter, term)
            for matter, term in standing(matters(past))
        }
        for commitment in commitments:
            key = (commitment.kind, commitment.scope, commitment.value, commitment.unit)
            matter, term = known[key]
            before = tuple(ended.commitment for ended in matter.replaced_by(term))
            yield Promise(
                policy, declared.service if declared else "", vendor, owner, number, term.version,
                term.since, term.or_earlier, before, commitment,
            )  # fmt: skip

    def _editions(self, policy: str, until: datetime | None) -> Iterator[Edition]:
        """The versions up to an instant, oldest first, each with what it lists."""
        for version in sorted(self._store.versions(policy), key=lambda version: version.number):
            if until is None or version.first_seen <= until:
                listing = listing_of(as_document(self._store.version_text(policy, version.number)))
                anew = version.origin == "upgrade"
                yield Edition(version.number, version.first_seen, listing, anew)


def stated_by(store: Store, policy: str, until: int | None = None) -> Iterator[Stated]:
    """What each version of a policy states, up to a version, without the places of the quotes."""
    seen = {version.number: version.first_seen for version in store.versions(policy)}
    for number, commitments in store.glances.stated_over_time(policy):
        if number in seen and (until is None or number <= until):
            yield Stated(number, seen[number], commitments)


def promises_csv(promises: Iterable[Promise]) -> Iterator[str]:
    """The ledger as CSV, one line a promise; no cell that a spreadsheet takes for a formula.

    ``since`` is ISO 8601 in UTC, with "or earlier" where it stood in the first capture.
    """
    return _csv(PROMISE_COLUMNS, map(_cells, promises))


def answers_csv(answers: Iterable[Answer]) -> Iterator[str]:
    """What is expected and what texts say to it as CSV, one line an expectation."""
    return _csv(ANSWER_COLUMNS, map(_answer_cells, answers))


def _csv(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Lines, some thousands of characters at a time."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([guarded(one_line(cell)) for cell in row])
        if out.tell() > _CHUNK:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _answer_cells(row: Answer) -> Iterator[str]:
    of = row.assessment
    yield from (row.policy, row.vendor, row.owner, str(row.version), of.name, of.standing)
    yield of.severity if of.short else ""
    yield row.since.isoformat() if row.since else ""
    yield from (of.expected, of.summary, of.source)
    yield of.quotes[0].text if of.quotes else ""


def _cells(promise: Promise) -> Iterator[str]:
    said = promise.commitment
    yield from (promise.policy, promise.service, promise.vendor, promise.owner)
    yield from (said.kind, said.scope, in_words(said.value, said.unit), said.condition)
    yield promise.since.isoformat() + (" or earlier" if promise.or_earlier else "")
    yield str(promise.began)
    yield "; ".join(in_words(each.value, each.unit) for each in promise.before)
    yield from (str(promise.version), said.quote.text, said.quote.section)
