"""A small world: a site whose pages a test writes, a store, a checker, and a clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitor.check import Checker
from monitor.config import Policy, Settings
from store import CheckOutcome, Store

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

PROMISE = "We will tell you by e-mail at least {days} days before a change takes effect."
CLAUSES = [
    "This privacy policy explains how Harbour Loom handles the personal data of its customers.",
    "We collect your name, your e-mail address and the orders that you place with us.",
    "We use these data to deliver your orders and to answer your questions.",
    "We do not sell your personal data to anyone.",
    "We keep your order history for five years, because the tax law asks us to.",
    "You may ask us for access to your data, for correction and for deletion at any time.",
    "We store your data in the European Union only.",
    "You can reach our data protection officer at privacy@harbourloom.example.",
]


def page(*, days: int = 30, extra: str = "", noise: str = "") -> str:
    """A policy page; ``noise`` is what changes on every load."""
    body = "".join(f"<h2>Part {n}</h2><p>{text}</p>" for n, text in enumerate(CLAUSES, 1))
    return (
        f"<html lang=en><head><title>Privacy policy - Harbour Loom</title></head><body>"
        f"<nav><a href=/>Home</a> <a href=/shop>Shop</a> <a href=/cart>Cart</a></nav>"
        f"<main><h1>Privacy policy</h1>{body}<h2>Changes</h2><p>{PROMISE.format(days=days)}</p>"
        f"{extra}</main><footer data-nonce='{noise}'>Copyright Harbour Loom</footer></body></html>"
    )


@dataclass
class World:
    """What a test plays with. ``pages`` maps paths to (status, body) or to a redirect's target."""

    store: Store
    checker: Checker
    base: str
    settings: Settings
    pages: dict[str, tuple[int, str] | str] = field(default_factory=dict)
    requests: list[tuple[str, bool]] = field(default_factory=list)
    etags: bool = False
    now: datetime = START

    def clock(self) -> datetime:
        """The time, as the test says."""
        return self.now

    def declare(self, *paths: str, **more: object) -> Policy:
        """Watch one document made of these paths."""
        policy = Policy(
            id="loom",
            service="Harbour Loom",
            urls=tuple(self.base + path for path in paths),
            **more,  # type: ignore[arg-type]
        )
        self.store.sync_policies([policy], self.now)
        return policy

    async def check(self, policy: Policy, after: timedelta = timedelta(hours=6)) -> CheckOutcome:
        """Let time pass, then check."""
        self.now += after
        outcome = await self.checker.check(policy)
        assert outcome is not None
        return outcome
