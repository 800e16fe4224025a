"""What all policies say, a line each: promises, what is expected of them, who is listed in them.

Each line says whose document it is and who looks after it here. The command line and the API show
the same lines; their field names are the JSON of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.comparison import as_document
from monitor.config import Policy, Settings
from monitor.deadlines import Ahead
from monitor.expectations import assess, is_stale
from monitor.expected import expectations_of
from monitor.model import Assessment, Commitment, Subprocessor
from monitor.notice.deadlines import Deadline
from monitor.subprocessors import Edition, listing_of, tenures
from monitor.vendors import owner_of, vendor_of
from store import SourceRecord, Store, VersionRecord

#: The types of documents that list sub-processors.
LISTING = ("subprocessors", "dpa")


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment of the ledger; ``since`` is when the version that makes it was first seen."""

    policy: str
    vendor: str
    owner: str
    version: int
    since: datetime
    commitment: Commitment


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

    def promises(self, versions: Iterable[VersionRecord], kind: str = "") -> Iterator[Promise]:
        """The commitments of some versions: of one kind, or of kinds that start so."""
        for version in versions:
            vendor, owner = self.whose(version.policy)
            for commitment in self._store.commitments(version.policy, version.number):
                if commitment.kind.startswith(kind):
                    yield Promise(
                        version.policy, vendor, owner, version.number, version.first_seen,
                        commitment,
                    )  # fmt: skip

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

    def _editions(self, policy: str, until: datetime | None) -> Iterator[Edition]:
        """The versions up to an instant, oldest first, each with what it lists."""
        for version in sorted(self._store.versions(policy), key=lambda version: version.number):
            if until is None or version.first_seen <= until:
                listing = listing_of(as_document(self._store.version_text(policy, version.number)))
                anew = version.origin == "upgrade"
                yield Edition(version.number, version.first_seen, listing, anew)
