"""Arbitration, class waivers, and how long one may opt out of them."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.commitments.statements import Statement
from monitor.model import Commitment


def arbitration(s: Statement) -> Iterator[Commitment]:
    """Whether disputes must go to arbitration."""
    found = s.cue("arbitration_strong")
    if not found or s.kind == "heading":
        return
    if s.has("opt_out") or s.condition("unless you object"):
        return
    if s.has("arbitration_other") or "transfer_mechanisms" in s.hits:
        return
    if s.has("arbitration_denied"):
        yield s.commitment("arbitration", False)
    elif not s.negated(found[0]):
        yield s.commitment("arbitration", True)


def class_waiver(s: Statement) -> Iterator[Commitment]:
    """Whether class or collective actions are waived."""
    if s.has("class_waiver") and s.has("class_action") and s.kind != "heading":
        yield s.commitment("class_waiver", True)


def arbitration_opt_out(s: Statement) -> Iterator[Commitment]:
    """Within how many days one may opt out of arbitration."""
    if not s.has("opt_out") or not s.near("arbitration"):
        return
    for d in s.durations():
        yield s.commitment("arbitration_opt_out", d.value, unit=d.unit)
        return
