"""The days that follow from changes: when they apply, until when one may act on them.

Nothing of this is stored: it follows from the versions, the changes and the configuration, so a
contract's period that is written down today counts for the changes of yesterday.

    heads of changes ─► those that can give a day ─► Matter ─► deadlines ─► what still stands
    one query           windows: findings, promises    monitor/clock         by the newest text

    vendors' e-mails ─► those that no change shows yet ─► Matter ─► deadlines
    monitor/told
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from monitor.clock import (
    Matter,
    announced_by,
    contracted,
    deadlines_of,
    laws_of,
    publication_of,
    words_changed,
)
from monitor.config import Policy, Settings
from monitor.model import Commitment, CommitmentKind, Comparison
from monitor.notice.clock import Told
from monitor.notice.deadlines import Cause, Deadline
from monitor.notice.happenings import gone
from monitor.notice.standards import Standard, promised
from monitor.notice.standing import standing
from monitor.told import by_day, foretelling, scopes_of, stated, told_of, unanswered
from monitor.vendors import vendor_of
from store import ChangeHead, SourceRecord, Store, VersionRecord

#: Changes that are older have no day ahead: the longest periods and announcements are shorter.
LOOK_BACK = timedelta(days=800)
#: Whose promises about sub-processors count for a list of the same vendor.
_AGREEMENTS = ("dpa", "terms")
#: The commitments that the notice clock counts with.
NOTICE: tuple[CommitmentKind, ...] = ("notice_period", "notice_channel")
_WINDOWS: tuple[CommitmentKind, ...] = ("objection_window", "termination_window")
#: With a window counts how people are told, for that is what it runs from.
_CHANNEL: CommitmentKind = "notice_channel"
_WHAT = {"effect": "takes effect", "objection": "object", "termination": "end the contract"}
_ORDER = {"objection": 0, "termination": 1, "effect": 2}


@dataclass(frozen=True, slots=True)
class Ahead:
    """A day that follows from what changed or was announced, and whose document that is."""

    policy: str
    service: str
    title: str
    cause: Cause
    deadline: Deadline

    @property
    def change(self) -> str | None:
        """The change it follows from; None where a change is announced and not recorded yet."""
        return self.cause.id if self.cause.kind == "change" else None

    @property
    def what(self) -> str:
        """What is to be done by then, "object to Northwind"; of many names the first two."""
        said = _WHAT[self.deadline.kind]
        names = self.deadline.names
        if self.change is None:
            said += " (announced by e-mail)"
        if not names:
            return said
        more = f" and {len(names) - 2} more" if len(names) > 2 else ""
        to = " to" if self.deadline.kind == "objection" else ":"
        return f"{said}{to} {', '.join(names[:2])}{more}"


@dataclass(frozen=True, slots=True)
class _Telling:
    """Changes from ``since`` on of the policies that have days, when so many were ``recorded``."""

    recorded: int
    since: datetime | None
    heads: Mapping[str, list[ChangeHead]]

    def covers(self, since: datetime | None, recorded: int) -> bool:
        """Whether nothing was recorded meanwhile, and it reaches as far back."""
        if recorded != self.recorded:
            return False
        return self.since is None or (since is not None and since >= self.since)

    def reaching(self, since: datetime | None) -> Mapping[str, list[ChangeHead]]:
        """Those from an instant on."""
        found = {
            policy: [head for head in heads if since is None or head.at >= since]
            for policy, heads in self.heads.items()
        }
        return {policy: heads for policy, heads in found.items() if heads}


class Almanac:
    """The days of one store under one configuration.

    ``policies`` are the declared ones by id. What follows from a change is remembered: it does not
    change while the configuration does not. What still stands is asked for anew each time.
    """

    def __init__(self, store: Store, settings: Settings, policies: Mapping[str, Policy]) -> None:
        self._store, self._settings, self._policies = store, settings, policies
        self._deadlines: dict[str, tuple[Deadline, ...]] = {}
        self._gone: dict[str, frozenset[str]] = {}
        self._mails = 0
        self._telling: _Telling | None = None

    def days(
        self,
        policies: Collection[str] | None = None,
        *,
        since: datetime | None = None,
        earliest: date | None = None,
    ) -> list[Ahead]:
        """The days of the changes of these policies (None: of all) that still stand, in order.

        ``since``: only changes recorded from then on; ``earliest``: only days from then on.
        """
        if (mails := self._store.mail.said()) != self._mails:
            self._deadlines.clear()  # a vendor's notice may be the day that counts
            self._mails, self._telling = mails, None
        recorded = self._store.glances.change_count()
        heads = self._heads(since, recorded)
        wanted = [
            policy
            for policy, changes in heads.items()
            if (policies is None or policy in policies)
            and any(self._may_matter(head, earliest) for head in changes)
        ]
        found = [
            day
            for source in self._store.sources_of(wanted)
            if source.baseline is not None
            for day in self._of_policy(source, heads[source.policy])
        ]
        if policies is None:  # else some are not counted yet
            kept = {p: each for p, each in heads.items() if any(map(self._tells, each))}
            self._telling = _Telling(recorded, since, kept)
        announced = [p for p in self._store.mail.policies() if policies is None or p in policies]
        for source in self._store.sources_of(announced):
            found += self._foretold(source, since)
        found = [day for day in found if earliest is None or day.deadline.until >= earliest]
        return sorted(found, key=lambda d: (d.deadline.until, _ORDER[d.deadline.kind], d.policy))

    def _heads(self, since: datetime | None, recorded: int) -> Mapping[str, list[ChangeHead]]:
        """The changes of meaning by policy, newest first.

        Once all are counted, those of policies without a day are left out until more are recorded.
        """
        telling = self._telling
        if telling is not None and telling.covers(since, recorded):
            return telling.reaching(since)
        heads: dict[str, list[ChangeHead]] = {}
        for head in self._store.change_heads(since=since):
            if head.verdict in ("material", "minor"):
                heads.setdefault(head.policy, []).append(head)
        return heads

    def _tells(self, head: ChangeHead) -> bool:
        """Whether a change gives a day, or is not known yet."""
        return bool(self._deadlines.get(head.id, True))

    def _may_matter(self, head: ChangeHead, earliest: date | None) -> bool:
        """Whether a change gives such a day, or is not known yet."""
        deadlines = self._deadlines.get(head.id)
        if deadlines is None:
            return True
        return any(earliest is None or deadline.until >= earliest for deadline in deadlines)

    def _of_policy(self, source: SourceRecord, heads: Sequence[ChangeHead]) -> Iterator[Ahead]:
        """``heads`` come newest first: what left later is no longer to be objected to."""
        assert source.baseline is not None
        versions = {v.number: v for v in self._store.versions(source.policy)}
        stand = standing(
            (v.number, v.text_digest)
            for v in versions.values()
            if v.number <= source.baseline.number
        )
        self._learn(source.policy, heads, versions)
        standing_heads = [head for head in heads if head.to_version in stand]
        for place, head in enumerate(standing_heads):
            for deadline in self._deadlines[head.id]:
                left = self._left(standing_heads[:place]) if deadline.names else frozenset()
                if kept := _kept(deadline, source.baseline, left):
                    cause = Cause("change", head.id, head.at)
                    yield Ahead(source.policy, source.service, source.baseline.title, cause, kept)

    def _foretold(self, source: SourceRecord, since: datetime | None) -> Iterator[Ahead]:
        """The days of what the vendor's e-mails announce and the page does not show yet."""
        declared, text = self._policies.get(source.policy), source.baseline
        found = unanswered(self._store, declared, source.policy)
        for mails in by_day(mail for mail in found if since is None or mail.at >= since):
            promises: tuple[Commitment, ...] = ()
            if text is not None:
                kinds = (*_WINDOWS, _CHANNEL)
                promises = self._store.promises(text.policy, [text.number], kinds)[text.number]
            publication = foretelling(mails)
            beside = promised_beside(
                self._store, self._settings, self._policies.values(), declared,
                publication.first_seen,
            )  # fmt: skip
            language, title = (text.language, text.title) if text else ("", "")
            matter = Matter(declared, publication, (), promises, language, beside)
            scopes = scopes_of(mail.letter for mail in mails)
            cause = Cause("notice", mails[0].key, publication.first_seen)
            for deadline in announced_by(self._settings, matter, stated(mails), scopes):
                yield Ahead(source.policy, source.service, title, cause, deadline)

    def _left(self, heads: Iterable[ChangeHead]) -> frozenset[str]:
        """The sub-processors that left by these changes."""
        found: frozenset[str] = frozenset()
        for head in heads:
            if head.id not in self._gone:
                self._gone[head.id] = gone(self._store.findings([head.id])[head.id])
            found |= self._gone[head.id]
        return found

    def _learn(
        self, policy: str, heads: Iterable[ChangeHead], versions: Mapping[int, VersionRecord]
    ) -> None:
        """Count the days of changes that are not known yet; a window alone needs their findings."""
        fresh = [head for head in heads if head.id not in self._deadlines]
        if not fresh:
            return
        declared = self._policies.get(policy)
        wanted = sorted({head.from_version for head in fresh})
        promises = self._store.promises(policy, wanted, (*_WINDOWS, _CHANNEL))
        always = bool(
            any(s.right != "notice" for s in contracted(vendor_of(self._settings, declared)))
            or laws_of(self._settings, declared)
        )
        told = told_of(self._store, declared, policy) if self._mails else {}
        for head in fresh:
            old, new = versions[head.from_version], versions[head.to_version]
            given = promises[head.from_version]
            beside = promised_beside(
                self._store, self._settings, self._policies.values(), declared, new.first_seen
            )
            opens = always or beside or any(c.kind in _WINDOWS for c in given)
            findings = self._store.findings([head.id])[head.id] if opens else ()
            publication = publication_of(declared, old, new, told=told.get(new.number, ()))
            matter = Matter(declared, publication, findings, given, old.language, beside)
            self._deadlines[head.id] = deadlines_of(self._settings, matter)


def matter_between(
    store: Store,
    settings: Settings,
    policies: Mapping[str, Policy],
    old: VersionRecord,
    new: VersionRecord,
    comparison: Comparison,
    promises: tuple[Commitment, ...] | None = None,
    told: Mapping[int, tuple[Told, ...]] | None = None,
) -> Matter:
    """What changed between two versions of a policy, as the clock takes it.

    ``promises`` are the older version's about notice (``NOTICE``), ``told`` the vendor's notices
    (``told_of``), where they were read already.
    """
    policy = policies.get(new.policy)
    if told is None:
        told = told_of(store, policy, new.policy)
    if promises is None:
        promises = store.promises(old.policy, [old.number], NOTICE)[old.number]
    return Matter(
        policy,
        publication_of(
            policy,
            old,
            new,
            words_changed=words_changed(comparison),
            told=tuple(
                notice
                for number, notices in told.items()
                if old.number < number <= new.number
                for notice in notices
            ),
        ),
        comparison.findings,
        promises,
        old.language,
        promised_beside(store, settings, policies.values(), policy, new.first_seen),
    )


def promised_beside(
    store: Store,
    settings: Settings,
    policies: Iterable[Policy],
    policy: Policy | None,
    at: datetime,
) -> tuple[Standard, ...]:
    """What the agreements of the same vendor promise about sub-processors, for its list of them."""
    if policy is None or policy.type != "subprocessors":
        return ()
    found: list[Standard] = []
    for other in policies:
        if other.type not in _AGREEMENTS or not _same_vendor(settings, policy, other):
            continue
        version = store.version_at(other.id, at)
        if version is None:
            continue
        commitments: tuple[Commitment, ...] = store.commitments(other.id, version.number)
        found += [
            replace(standard, cite=f"{other.id}: {standard.cite}")
            for standard in promised(commitments, version.language)
            if standard.about == "subprocessors"
        ]
    return tuple(found)


def _same_vendor(settings: Settings, policy: Policy, other: Policy) -> bool:
    """Of one vendor's record or, where there is none, of one service by name."""
    vendor = vendor_of(settings, policy)
    if vendor is not None:
        return vendor_of(settings, other) is vendor
    return bool(policy.service) and policy.service.casefold() == other.service.casefold()


def _kept(deadline: Deadline, baseline: VersionRecord, left: frozenset[str]) -> Deadline | None:
    """The deadline as it stands by the newest text; None where that took it back.

    A day that the page stated lasts while it states it; of sub-processors, those that left again
    are nobody's concern any more.
    """
    if deadline.kind == "effect" and deadline.source == "page":
        return deadline if baseline.effective == deadline.until else None
    if not deadline.names:
        return deadline
    names = tuple(name for name in deadline.names if name not in left)
    return replace(deadline, names=names) if names else None
