"""What vendors' e-mails tell of the changes of a policy: of which, and which they foretell.

mails about a policy ──► as the clock takes them ──► the change each is about, or none yet
store.mail               Told                        monitor.notice.attribution
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from monitor.clock import publication_of
from monitor.config import Policy
from monitor.mail.letter import Letter
from monitor.notice.attribution import attributed
from monitor.notice.clock import Dates, Publication, Told
from monitor.notice.deadlines import Deadline
from store import MailRecord, Store


def told_by(mails: Iterable[MailRecord]) -> tuple[Told, ...]:
    """Mails as the clock takes them; one of which nobody knows when it came in tells it nothing."""
    return tuple(
        Told(mail.letter.received, mail.letter.effective, mail.key)
        for mail in mails
        if mail.letter.received is not None
    )


def told_of(store: Store, declared: Policy | None, policy: str) -> Mapping[int, tuple[Told, ...]]:
    """The vendor's notices about each recorded change of a policy, by the change's new version."""
    told, published = announcements(store, declared, policy)
    about = attributed(told, tuple(published.values()))
    numbers = tuple(published)
    return {numbers[place]: notices for place, notices in about.items()}


def announcements(
    store: Store, declared: Policy | None, policy: str
) -> tuple[tuple[Told, ...], Mapping[int, Publication]]:
    """The vendor's notices about a policy, and its recorded changes that they may be about.

    The changes come by their new version, the earliest first; none where there is no notice.
    """
    told = told_by(store.mail.all(policy))
    if not told:
        return (), {}
    versions = {version.number: version for version in store.versions(policy)}
    heads = sorted(store.change_heads(policy=policy), key=lambda head: head.to_version)
    return told, {
        head.to_version: publication_of(
            declared, versions[head.from_version], versions[head.to_version]
        )
        for head in heads
    }


def unanswered(store: Store, declared: Policy | None, policy: str) -> list[MailRecord]:
    """The vendor's notices that no recorded change of a policy answers to (yet), oldest first."""
    told, published = announcements(store, declared, policy)
    about = attributed(told, tuple(published.values()))
    shown = {notice.key for notices in about.values() for notice in notices}
    keys = {notice.key for notice in told} - shown
    return [mail for mail in reversed(store.mail.all(policy)) if mail.key in keys]


def by_day(mails: Iterable[MailRecord]) -> list[tuple[MailRecord, ...]]:
    """Notices that state the same day of effect are about one change, and the earliest is first.

    Of those that state none, nobody can know: each is about a change of its own.
    """
    found: dict[object, list[MailRecord]] = {}
    for mail in sorted(mails, key=lambda mail: (mail.letter.received or mail.at, mail.seq)):
        found.setdefault(mail.letter.effective or mail.seq, []).append(mail)
    return [tuple(each) for each in found.values()]


def foretelling(mails: Sequence[MailRecord]) -> Publication:
    """What is known of a change that only notices tell of; the first is the earliest."""
    told = told_by(mails)
    return Publication(told[0].at, None, Dates(), told=told)


def stated(mails: Iterable[MailRecord]) -> Iterator[Deadline]:
    """The last days to object or to leave that notices name themselves."""
    for mail in mails:
        for last in mail.letter.deadlines:
            counted = f"A notice of the vendor states it ({mail.key})."
            yield Deadline(last.right, last.day, "notice", last.how or counted, cite=last.cite)


def scopes_of(letters: Iterable[Letter]) -> frozenset[str]:
    """What notices say will change: policy, price, subprocessors (as in the standards)."""
    about = {subject for letter in letters for subject in letter.about}
    return frozenset(s if s in ("price", "subprocessors") else "policy" for s in about or {""})
