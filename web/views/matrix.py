"""The ledger as a matrix: whose document promises what, at a date. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.model import COMMITMENT_KINDS, Commitment, CommitmentKind
from monitor.naming import TYPE_LABELS
from notifiers.wording import one_line, prose, shorten
from store import SourceRecord, VersionRecord
from web.views.labels import KIND_LABELS, commitment_value

#: What teams ask of a vendor first.
USUAL: tuple[CommitmentKind, ...] = (
    "notice_period", "notice_channel", "objection_window", "minimum_age", "retention", "sale",
    "breach_notice", "transfer_mechanisms", "arbitration", "governing_law",
)  # fmt: skip
PAGE_SIZE = 25
_QUOTE = 300


@dataclass(frozen=True, slots=True)
class Said:
    """One value in a cell, with its scope and the words that say it."""

    value: str
    scope: str
    quote: str


@dataclass(frozen=True, slots=True)
class Line:
    """One policy: its version at the date, and what that says of each kind."""

    policy: str
    service: str
    type_label: str
    version: int
    since: datetime
    cells: Mapping[CommitmentKind, tuple[Said, ...]]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Lines by service under the kinds asked for."""

    kinds: tuple[CommitmentKind, ...]
    lines: tuple[Line, ...]


def matrix(
    stated: Iterable[tuple[SourceRecord, VersionRecord, Sequence[Commitment]]],
    kinds: Sequence[CommitmentKind],
) -> Matrix:
    """Arrange what versions state by policy and kind."""
    lines = [_line(source, version, said, kinds) for source, version, said in stated]
    ordered = sorted(lines, key=lambda line: (line.service.casefold(), line.type_label))
    return Matrix(tuple(k for k in COMMITMENT_KINDS if k in kinds), tuple(ordered))


def _line(
    source: SourceRecord,
    version: VersionRecord,
    stated: Sequence[Commitment],
    kinds: Sequence[CommitmentKind],
) -> Line:
    cells: dict[CommitmentKind, list[Said]] = {
        kind: [] for kind in COMMITMENT_KINDS if kind in kinds
    }
    for commitment in stated:
        said = Said(
            commitment_value(commitment),
            one_line(commitment.scope),
            shorten(prose(commitment.quote.text), _QUOTE),
        )
        cell = cells.get(commitment.kind)
        if cell is not None and all((s.value, s.scope) != (said.value, said.scope) for s in cell):
            cell.append(said)
    return Line(
        policy=source.policy,
        service=one_line(source.service) or source.policy,
        type_label=TYPE_LABELS.get(source.type, source.type),
        version=version.number,
        since=version.first_seen,
        cells={kind: tuple(cell) for kind, cell in cells.items()},
    )


def kind_label(kind: CommitmentKind) -> str:
    """A kind's name for people."""
    return KIND_LABELS[kind]
