"""Invented companies whose policies a store remembers, compared by the real engine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from monitor import find_commitments
from monitor.alerts import change_alert
from monitor.comparison import compare
from monitor.config import Policy, Settings, Vendor
from monitor.filing import filed
from monitor.model import SourceMemory, text_digest
from monitor.notice.clock import Notice
from notifiers.base import Post
from store import NewChange, NewDelivery, Store
from tests.store.recorded import OWNER, first, part, unchanged
from web.backend import Backend, Declared, Lookout

START = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)

LOOM = (
    "# Privacy policy\n\nThis policy says how Harbour Loom handles data.\n\n"
    "## Sharing\n\nWe do not sell your personal data to anyone.\n\n"
    "We keep your order history for five years.\n\n"
    "## Changes\n\nWe will tell you by e-mail at least 30 days before a change takes effect.\n\n"
    "## Contact\n\nWrite to privacy@harbourloom.example with any question that you may have.\n"
)
LOOM_LATER = LOOM.replace("at least 30 days", "at least 14 days").replace(
    "with any question that you may have", "if you have a question"
)
LOOM_MOVED = LOOM_LATER.replace("We keep your order history for five years.\n\n", "").replace(
    "## Contact\n", "## Contact\n\nWe keep your order history for five years.\n"
)
TERMS = (
    "# Terms of service\n\nThese terms are between you and Pell Ferries.\n\n"
    "## Disputes\n\nThe courts of Oslo decide on disputes about these terms.\n"
)
TERMS_LATER = TERMS.replace(
    "The courts of Oslo decide on disputes about these terms.",
    "Every dispute is decided by binding arbitration, and you waive class actions.",
)


@dataclass
class World:
    """A store, the policies that are declared, and a clock that a test sets."""

    store: Store
    policies: dict[str, Policy] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    now: datetime = START + timedelta(days=30)
    file: Path | None = None
    lookout: Lookout | None = None
    post: Post | None = None
    user: str = ""
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def backend(self) -> Backend:
        """What the pages are made from."""
        return Backend(
            self.store, lambda: Declared(self.settings, self.policies), lambda: self.now, self.user,
            file=self.file, lookout=self.lookout, post=self.post, environ=self.environ,
        )  # fmt: skip

    def declare(self, policy: str, **more: Any) -> None:
        """Watch a policy."""
        more = {"service": policy.title(), "url": f"https://{policy}.example/policy"} | more
        self.policies[policy] = Policy(id=policy, **more)
        self.settle()

    def settle(self) -> None:
        """Have the store take over what is declared."""
        declared = list(self.policies.values())
        self.store.sync_policies(declared, START, partial(filed, self.settings))

    def publish(
        self,
        policy: str,
        *texts: str,
        title: str = "",
        every: timedelta = timedelta(days=7),
        told: bool = True,
        effective: date | None = None,
    ) -> None:
        """Record versions one after the other, and alerts of what ``compare`` finds material."""
        before = ""
        for number, text in enumerate(texts, start=1):
            at = START + (number - 1) * every
            stated = effective if number == len(texts) else None
            self._record(policy, number, before, text, at, title, told, stated)
            before = text

    def remember(self, policy: str, memory: SourceMemory, **more: Any) -> None:
        """Let one more check have brought the source into a state."""
        at = self.now - timedelta(hours=1)
        assert self.store.lease(policy, OWNER, at, timedelta(hours=1))
        assert self.store.record(unchanged(policy, at=at, memory=memory, **more))

    def _record(
        self,
        policy: str,
        number: int,
        before: str,
        text: str,
        at: datetime,
        title: str,
        told: bool,
        effective: date | None,
    ) -> None:
        outcome = first(policy, at=at)
        assert outcome.version is not None
        assert outcome.snapshot is not None
        sent = escape(text).replace("30 days", "<b>30</b>&nbsp;days")
        snapshot = replace(
            outcome.snapshot,
            id=f"{policy}-snapshot-{number}",
            parts=(part(f"<html><main>{sent}</main>".encode(), at),),
        )
        version = replace(
            outcome.version, number=number, text=text, text_digest=text_digest(text), title=title,
            commitments=tuple(find_commitments(text)), snapshot=snapshot.id, last_updated=None,
            effective=effective,
        )  # fmt: skip
        outcome = replace(outcome, version=version, snapshot=snapshot, baseline=number)
        if number > 1:
            name = f"{policy}@{number - 1}-{number}"
            comparison = compare(before, text)
            alert = change_alert(
                self.policies[policy], name, comparison, title=title, effective=effective,
                first_seen=at, notice=Notice("no promise applies"), links={},
            )  # fmt: skip
            sent = ((alert, (NewDelivery("ops", at),)),)
            grave = told and comparison.verdict in ("material", "minor")
            outcome = replace(
                outcome,
                change=NewChange(name, number - 1, number, at, comparison),
                alerts=sent if grave else (),
            )
        assert self.store.lease(policy, OWNER, at, timedelta(hours=1))
        assert self.store.record(outcome)


def vendor(name: str, **more: Any) -> Vendor:
    """A vendor's record."""
    return Vendor(name=name, **more)
