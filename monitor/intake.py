"""Taking in vendors' notices: a mail is read, matched to policies, and kept, whatever it is.

bytes ──► read in a worker ──► matched to what is watched ──► kept as evidence
          monitor.mail         monitor.mail.matching          store.mails
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.announced import judged_anew
from monitor.clock import calendar_of
from monitor.config import Policy, Settings
from monitor.domains import registrable
from monitor.errors import ConfigError, ExtractionError
from monitor.mail.forwarding import letter_of
from monitor.mail.letter import Letter, Match, Watched
from monitor.mail.matching import match
from monitor.vendors import host_of, vendor_of
from monitor.workers import Workers
from store import MailRecord, NewJudgement, NewMail, NewNotice, Store

#: How much later than our own clock a mail may say it came in.
_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one mail: ``record`` is None where it could not be read (``problem``).

    ``judged`` are the changes of which the notice given is judged otherwise for it.
    """

    origin: str
    record: MailRecord | None = None
    new: bool = False
    problem: str = ""
    judged: tuple[NewJudgement, ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes mails into one store; ``who`` does it, as the records say."""

    settings: Settings
    policies: tuple[Policy, ...]
    store: Store
    workers: Workers
    who: str

    async def take(
        self,
        content: bytes,
        origin: str,
        now: datetime,
        *,
        received: datetime | None = None,
        policy: str | None = None,
        sift: bool = False,
    ) -> Taken:
        """Take in one mail; twice is once.

        Args:
            content: the mail as it was sent.
            origin: where it came from, for people.
            now: the instant of taking it in.
            received: when a mailbox took it in, where that is known.
            policy: the policy that a person says it is about.
            sift: keep only what may be a notice about a watched policy, for a mailbox that other
                mails come to as well; of the rest ``record`` is None.
        """
        largest = self.settings.fetch.max_bytes
        if len(content) > largest:
            return Taken(origin, problem=too_large(len(content), largest))
        try:
            calendar = calendar_of(self.settings)
            letter = await self.workers.run(letter_of, content, calendar, received)
        except ExtractionError as error:
            return Taken(origin, problem=str(error))
        letter = _not_ahead(letter, now)
        found = match(letter, watched(self.settings, self.policies))
        if policy is not None:
            found = Match("matched", (policy,), (), (f"{self.who} says so (--policy)",))
        if sift and found.outcome not in ("matched", "ambiguous"):
            return Taken(origin)
        for declared in self.policies:
            if declared.id in found.policies:  # one that no check has seen yet is known from now on
                await asyncio.to_thread(self.store.add_policy, declared, now)
        new = NewMail(now, origin, content, letter, found)
        (record, is_new), judged = await asyncio.to_thread(
            judged_anew,
            self.store,
            self.settings,
            {declared.id: declared for declared in self.policies},
            found.policies,
            now,
            lambda: self._keep(new, policy),
        )
        return Taken(origin, record, is_new, judged=tuple(judged))

    def _keep(self, new: NewMail, policy: str | None) -> tuple[MailRecord, bool]:
        """Store a mail; of one that was there already a person may say now whose it is."""
        record, is_new = self.store.mail.add(new, self.who)
        if policy is not None and policy not in record.policies:
            said = NewNotice(new.at, record.seq, self.who, "assigned", "by --policy")
            self.store.mail.relate(policy, said)
            record = self.store.mail.find(record.digest)
        return record, is_new


def watched(settings: Settings, policies: Iterable[Policy]) -> tuple[Watched, ...]:
    """What mails are matched to: each policy with the domains of its vendor and of its site."""
    found = []
    for policy in policies:
        vendor = vendor_of(settings, policy)
        sites = [registrable(host_of(url)) for url in policy.all_urls]
        domains = dict.fromkeys([*(vendor.domains if vendor else ()), *sites])
        found.append(
            Watched(policy.id, policy.type, policy.all_urls, tuple(d for d in domains if d))
        )
    return tuple(found)


def too_large(size: int, largest: int) -> str:
    """Why a mail is not read, and what to do about it."""
    return (
        f"This e-mail has {size:,} bytes, and at most {largest:,} are read. Save it without its "
        "attachments, or raise [fetch] max_bytes."
    )


def known_policy(policies: Iterable[Policy], name: str) -> str:
    """The id of a policy that a mail is assigned to. Raises ConfigError for an unknown one."""
    names = [policy.id for policy in policies]
    if name not in names:
        raise ConfigError(
            f'there is no policy "{name}"; declared are: {", ".join(names) or "none"}'
        )
    return name


def _not_ahead(letter: Letter, now: datetime) -> Letter:
    """A mail that says it came in later than it is now did not: its claim is dropped."""
    if letter.received is None or letter.received <= now + _SLACK:
        return letter
    remark = f"it states a date ahead of our clock ({letter.received:%Y-%m-%d}), which is not used"
    return replace(letter, received=None, basis="", remarks=(*letter.remarks, remark))
