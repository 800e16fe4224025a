"""The closed lists of words that records are made of."""

from __future__ import annotations

from typing import Literal, get_args

CheckResult = Literal[
    "unchanged", "first", "changed", "held", "suspect", "failed", "reverted", "accepted", "upgraded"
]
SnapshotState = Literal["version", "suspect", "held", "superseded"]
VersionOrigin = Literal["capture", "revert", "manual", "accepted", "upgrade", "import"]
#: "cancelled": what it would have said was settled before it was sent.
DeliveryState = Literal["pending", "leased", "sent", "dead", "cancelled"]

#: What people (and the daemon, for "prune" and "escalate") do to a policy that belongs into its
#: records.
ActionKind = Literal[
    "accept", "capture", "acknowledge", "dismiss", "escalate", "reopen", "snooze", "ignore",
    "unignore", "review", "assign", "mute", "unmute", "note", "prune", "declare",
    "pause", "resume",
]  # fmt: skip
#: How a mail came to be a notice about a policy, or no longer is one.
NoticeKind = Literal["matched", "assigned", "withdrawn"]
#: How a policy stands to be watched, the gravest first: the health of its source, but for one that
#: is disabled or paused.
Condition = Literal[
    "suspect", "gone", "unreachable", "unstable", "moved", "new", "disabled", "paused", "ok"
]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
#: What a list of policies is ordered by: the newest change and the last check first.
Order = Literal["name", "change", "check", "state", "owner"]
ORDERS: tuple[Order, ...] = get_args(Order)
