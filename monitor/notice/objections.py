"""Which changes to a list of sub-processors give time to object, and how much.

A sub-processor that was added or took another's place opens a window, one that left never does,
one that moved only where the contract says so. The length is what the older text promises; where
it promises nothing, what the contract sets. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from monitor.model import Commitment, Finding
from monitor.notice.calendar import Calendar, Period, as_unit

Happening = Literal["added", "replaced", "relocated"]

#: The rules whose findings open a window, by what happened.
OPENS: dict[str, Happening] = {
    "subprocessor-added": "added",
    "subprocessor-replaced": "replaced",
    "subprocessor-relocated": "relocated",
}
#: What opens a window unless a contract says otherwise.
USUAL: tuple[Happening, ...] = ("added", "replaced")
#: Promises that govern: of sub-processors first, else of any change.
_SCOPES = ("subprocessors", "policy", "")
_CITED = 300
_SOME_DAY = date(2001, 3, 1)


@dataclass(frozen=True, slots=True)
class ContractWindow:
    """Time to object that the contract sets, and which happenings give it."""

    length: Period
    on: tuple[Happening, ...] = USUAL
    clause: str = ""


@dataclass(frozen=True, slots=True)
class ObjectionWindow:
    """Time to object to what happened to some sub-processors.

    ``on`` is what happened, ``about`` to whom; ``cite`` the sentence or the clause that gives it.
    """

    length: Period
    source: Literal["policy", "contract"]
    on: tuple[Happening, ...]
    about: tuple[str, ...]
    cite: str = ""


def objection_window(
    findings: Iterable[Finding],
    promises: Iterable[Commitment],
    contract: Sequence[ContractWindow] = (),
) -> ObjectionWindow | None:
    """The window that a change opens, or None.

    Args:
        findings: of the change.
        promises: commitments of the version before it, and of other documents that govern it
            (the DPA of a list); of several windows the shortest counts.
        contract: what the contract sets.
    """
    opening = [(OPENS[f.rule], f) for f in findings if f.rule in OPENS]
    usual = [(on, finding) for on, finding in opening if on in USUAL]
    promise = _promised(promises)
    if usual and promise is not None:
        length = Period(_amount(promise), as_unit(promise.unit))
        cite = " ".join(promise.quote.text.split())[:_CITED]
        return ObjectionWindow(length, "policy", *_happened(usual), cite)
    for term in sorted(contract, key=lambda term: _reach(term.length)):
        given = [(on, finding) for on, finding in opening if on in term.on]
        if given:
            return ObjectionWindow(term.length, "contract", *_happened(given), term.clause)
    return None


def _promised(promises: Iterable[Commitment]) -> Commitment | None:
    windows = [
        p
        for p in promises
        if p.kind == "objection_window" and p.scope in _SCOPES and _amount(p) > 0
    ]
    return min(
        windows,
        key=lambda p: (_SCOPES.index(p.scope), _reach(Period(_amount(p), as_unit(p.unit)))),
        default=None,
    )


def _amount(promise: Commitment) -> int:
    return promise.value if isinstance(promise.value, int) else 0


def _reach(period: Period) -> int:
    """How far a period reaches, only to order two of them."""
    return Calendar().forward(_SOME_DAY, period).toordinal()


def _happened(
    opening: Sequence[tuple[Happening, Finding]],
) -> tuple[tuple[Happening, ...], tuple[str, ...]]:
    names: list[str] = []
    for _, finding in opening:
        if isinstance(finding.after_value, frozenset):
            names += sorted(finding.after_value)
    return tuple(on for on, _ in opening), tuple(names)
