"""The notice given of recorded changes, and what a vendor's e-mail makes of it.

    mails about a policy ──► the change each is about ──► the notice given, before and after
    store.mails              monitor.notice.attribution   monitor.clock

What was decided when a change was seen stays as it was. That a mail came in later and changed the
answer is a judgement of its own, with its reason, in the policy's hash chain.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from monitor.clock import notice_of
from monitor.config import Policy, Settings
from monitor.deadlines import NOTICE, matter_between
from monitor.notice.clock import Notice
from monitor.told import told_of
from store import ChangeRecord, NewJudgement, Store

_Done = TypeVar("_Done")


def notices_of(
    store: Store,
    settings: Settings,
    policies: Mapping[str, Policy],
    changes: Sequence[ChangeRecord],
) -> dict[str, Notice]:
    """The notice given of each of these changes of one policy, by the change's id."""
    if not changes:
        return {}
    policy = changes[0].policy
    versions = {version.number: version for version in store.versions(policy)}
    wanted = sorted({change.from_version for change in changes})
    promises = store.promises(policy, wanted, NOTICE)
    told = told_of(store, policies.get(policy), policy)
    return {
        change.id: notice_of(
            settings,
            matter_between(
                store,
                settings,
                policies,
                versions[change.from_version],
                versions[change.to_version],
                change.comparison,
                promises[change.from_version],
                told,
            ),
        )
        for change in changes
    }


def judged_anew(
    store: Store,
    settings: Settings,
    policies: Mapping[str, Policy],
    about: Sequence[str],
    now: datetime,
    act: Callable[[], _Done],
) -> tuple[_Done, list[NewJudgement]]:
    """Do what says of a mail whose it is, and record which changes of these policies are judged
    otherwise for it.

    Args:
        store: where changes and mails are.
        settings: with the promises of contracts, and how days are counted.
        policies: the declared ones by id.
        about: the ids of the policies that the mail may be about.
        now: the instant of the judgement.
        act: takes the mail in, assigns it or withdraws it.
    """
    changes = {policy: store.changes(policy) for policy in about}
    before = {p: notices_of(store, settings, policies, found) for p, found in changes.items()}
    done = act()
    made = []
    for policy, found in changes.items():
        after = notices_of(store, settings, policies, found)
        mine = [
            NewJudgement(now, change.id, dataclasses.asdict(after[change.id]), _why(old, new))
            for change in reversed(found)
            if (old := before[policy][change.id]) != (new := after[change.id])
            and change.comparison.verdict != "cosmetic"
        ]
        if mine:
            store.mail.judge(policy, mine)
        made += mine
    return done, made


def _why(old: Notice, new: Notice) -> str:
    """What was judged otherwise, in a line."""
    was = f" (was {old.verdict})" if old.verdict != new.verdict else ""
    return f"notice {new.verdict}{was}: {new.reason}"
