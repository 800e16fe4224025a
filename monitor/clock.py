"""The notice clock as configured: a policy's promises, contract and calendar brought together.

The counting itself is in monitor.notice; here settings and stored records become what it takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.config import Policy, Settings, Vendor
from monitor.model import Commitment, Comparison, Finding
from monitor.notice.calendar import WEEKDAYS, Calendar
from monitor.notice.clock import Dates, Notice, Publication, notice_given
from monitor.notice.standards import Standard, promised, scopes_of
from monitor.vendors import vendor_of


class Dated(Protocol):
    """A version, stored or about to be."""

    @property
    def last_updated(self) -> date | None:
        """The day it says it was last changed."""

    @property
    def effective(self) -> date | None:
        """The day from which it says it applies."""


def calendar_of(settings: Settings) -> Calendar:
    """How days are counted, as ``[notice]`` says."""
    given = settings.notice
    return Calendar(
        zone=ZoneInfo(given.timezone),
        holidays=frozenset(day for day in given.holidays if isinstance(day, date)),
        yearly=frozenset(day for day in given.holidays if isinstance(day, tuple)),
        weekend=frozenset(WEEKDAYS.index(day.capitalize()) for day in given.weekend),
        clear_days=given.clear_days,
    )


def dates_of(version: Dated) -> Dates:
    """The dates that a version states."""
    return Dates(version.last_updated, version.effective)


def words_changed(comparison: Comparison) -> bool:
    """Whether sentences differ, and not only dates, order or layout."""
    return any(edit.kind not in ("kept", "moved") for edit in comparison.edits)


def notice_of(
    settings: Settings,
    policy: Policy | None,
    publication: Publication,
    *,
    promises: Iterable[Commitment],
    language: str,
    findings: Iterable[Finding],
) -> Notice:
    """The notice given of a change, held against all that was promised before it.

    ``promises`` are the older version's commitments, ``language`` is what they are written in.
    """
    vendor = vendor_of(settings, policy)
    return notice_given(
        standards_of(vendor, promises, language),
        publication,
        scopes=scopes_of(policy.type if policy else "", findings, language),
        precedence=vendor.precedence if vendor else "earliest",
        calendar=calendar_of(settings),
    )


def standards_of(
    vendor: Vendor | None, promises: Iterable[Commitment], language: str
) -> tuple[Standard, ...]:
    """What the policy promised and what the contract with its vendor sets."""
    return promised(promises, language) + contracted(vendor)


def contracted(vendor: Vendor | None) -> tuple[Standard, ...]:
    """The periods that the contract with a vendor sets."""
    if vendor is None:
        return ()
    return tuple(
        Standard(
            term.right, "contract", term.length, term.about, term.starts,
            cite=", ".join(part for part in (vendor.contract, term.clause) if part),
        )
        for term in vendor.period
    )  # fmt: skip
