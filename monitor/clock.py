"""The notice clock as configured: promises, contract, laws and calendar brought together.

The counting itself is in monitor.notice; here settings and stored records become what it takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor import schedule
from monitor.config import Policy, Settings, Vendor
from monitor.model import Commitment, Comparison, Finding
from monitor.notice import deadlines
from monitor.notice.calendar import WEEKDAYS, Calendar
from monitor.notice.clock import Dates, Notice, Publication, Told, notice_given
from monitor.notice.deadlines import Deadline
from monitor.notice.standards import UNBOUND, Standard, governing, promised, scopes_of
from monitor.notice.statutes import legal, statutes
from monitor.vendors import vendor_of


class Dated(Protocol):
    """A version, stored or about to be."""

    @property
    def last_updated(self) -> date | None:
        """The day it says it was last changed."""

    @property
    def effective(self) -> date | None:
        """The day from which it says it applies."""

    @property
    def first_seen(self) -> datetime:
        """When it was first captured."""

    @property
    def previous_seen_at(self) -> datetime | None:
        """When the text before it was last captured."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One change as the clock takes it.

    ``policy`` is None where it is not declared any more. ``promises`` are the older version's
    commitments, ``language`` is what they are written in, ``beside`` what other documents of the
    vendor promise about changes of this one.
    """

    policy: Policy | None
    publication: Publication
    findings: tuple[Finding, ...]
    promises: tuple[Commitment, ...]
    language: str
    beside: tuple[Standard, ...] = ()


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


def publication_of(
    policy: Policy | None,
    old: Dated | None,
    new: Dated,
    *,
    words_changed: bool = True,
    told: tuple[Told, ...] = (),
) -> Publication:
    """What is known of how a change came out, from the versions before and after it."""
    at = new.first_seen
    return Publication(
        at,
        new.previous_seen_at,
        dates_of(new),
        dates_of(old) if old else Dates(),
        words_changed,
        told,
        schedule.length_of(schedule.parse_every(policy.every), at) if policy else None,
    )


def notice_of(settings: Settings, matter: Matter) -> Notice:
    """The notice given of a change, held against all that was promised before it."""
    vendor = vendor_of(settings, matter.policy)
    return notice_given(
        standards_of(settings, matter),
        matter.publication,
        scopes=_scopes(matter),
        precedence=vendor.precedence if vendor else "earliest",
        calendar=calendar_of(settings),
    )


def deadlines_of(settings: Settings, matter: Matter) -> tuple[Deadline, ...]:
    """When a change applies, and until when one may object to it or leave."""
    vendor = vendor_of(settings, matter.policy)
    return deadlines.deadlines_of(
        standards_of(settings, matter),
        matter.publication,
        matter.findings,
        scopes=_scopes(matter),
        precedence=vendor.precedence if vendor else "earliest",
        calendar=calendar_of(settings),
    )


def announced_by(
    settings: Settings, matter: Matter, stated: Iterable[Deadline], scopes: frozenset[str]
) -> tuple[Deadline, ...]:
    """The days of a change that only the vendor's notices tell of, ``stated`` by them or counted.

    ``scopes`` is what they say will change.
    """
    vendor = vendor_of(settings, matter.policy)
    return deadlines.announced(
        standards_of(settings, matter),
        matter.publication,
        stated,
        scopes=scopes,
        precedence=vendor.precedence if vendor else "earliest",
        calendar=calendar_of(settings),
    )


def standards_of(settings: Settings, matter: Matter) -> tuple[Standard, ...]:
    """What was promised, what the contract sets, and what the laws give that were named."""
    given = min([matter.publication.first_seen, *(t.at for t in matter.publication.told)])
    return (
        *governing(promised(matter.promises, matter.language), matter.findings),
        *matter.beside,
        *contracted(vendor_of(settings, matter.policy)),
        *legal(laws_of(settings, matter.policy), calendar_of(settings).day_of(given)),
    )


def contracted(vendor: Vendor | None) -> tuple[Standard, ...]:
    """The periods that the contract with a vendor sets."""
    if vendor is None:
        return ()
    return tuple(
        Standard(
            term.right, "contract", term.length or UNBOUND, term.about, term.starts,
            cite=", ".join(part for part in (vendor.contract, term.clause) if part),
            on=term.on,
        )
        for term in vendor.period
    )  # fmt: skip


def laws_of(settings: Settings, policy: Policy | None) -> tuple[str, ...]:
    """The laws named for a policy; those of its vendor where they are about documents of its type.

    What the policy itself names applies whatever its type.
    """
    if policy is None:
        return ()
    vendor, known = vendor_of(settings, policy), statutes()
    theirs = [
        name
        for name in (vendor.laws if vendor else ())
        if name in known and policy.type in known[name].types
    ]
    return tuple(dict.fromkeys([*policy.laws, *theirs]))


def remind_of(settings: Settings, policy: Policy | None) -> tuple[int, ...]:
    """How many days ahead reminders are wanted: what the policy says, its vendor, or [notice]."""
    vendor = vendor_of(settings, policy)
    for own in (policy.remind if policy else None, vendor.remind if vendor else None):
        if own is not None:
            return own
    return settings.notice.remind


def _scopes(matter: Matter) -> frozenset[str]:
    kind = matter.policy.type if matter.policy else ""
    return scopes_of(kind, matter.findings, matter.language)


def clock_faults(settings: Settings) -> Iterable[str]:
    """What is wrong with the laws that are named, as lines for a ConfigError."""
    named = [(f'[[policy]] "{policy.id}"', policy.laws) for policy in settings.policy]
    named += [(f'[[vendor]] "{vendor.name}"', vendor.laws) for vendor in settings.vendor]
    known = statutes()
    for place, laws in named:
        for law in laws:
            if law not in known:
                yield (
                    f'{place} laws: there is no law "{law}"; known: {", ".join(known)} '
                    "(policywatch statutes explains them)"
                )
