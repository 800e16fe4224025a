"""Which commitments answer a question to the ledger: "30 days or more", "never", "SCC". Pure."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from monitor.expectations.demanded import judge
from monitor.expectations.demands import read
from monitor.expectations.kinds import KEYS, KINDS, Key
from monitor.model import COMMITMENT_KINDS, Commitment

_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


def asked(kind: str, says: str = "") -> Callable[[Commitment], bool]:
    """Whether a commitment is of a kind, and says what is asked for.

    ``kind`` is a kind, the beginning of kinds, or a key as in ``[policy.expect]``
    ("notice_days"); ``says`` is a condition as there (``">= 30"``, ``"never"``, ``"SCC, BCR"``,
    ``"true"``) and needs a ``kind`` that is one. Raises ValueError, saying what to write.
    """
    if says:
        key = _one(kind)
        about = KINDS[key.kind]
        demands = read(key, _value(says, about.shape))
        return lambda commitment: any(
            bool(judge(demand, [commitment], ()).given)
            and judge(demand, [commitment], ()).standing == "met"
            for demand in demands
        )
    kinds = _starting(kind)
    return lambda commitment: commitment.kind in kinds


def _starting(kind: str) -> tuple[str, ...]:
    found = tuple(known for known in COMMITMENT_KINDS if known.startswith(kind))
    if found:
        return found
    if kind in KEYS:
        return (KEYS[kind].kind,)
    near = difflib.get_close_matches(kind, [*COMMITMENT_KINDS], n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"known: {', '.join(COMMITMENT_KINDS)}"
    raise ValueError(f'there is no kind "{kind}"; {hint}')


def _one(kind: str) -> Key:
    if kind in KEYS:
        return KEYS[kind]
    found = _starting(kind)
    if not kind or len(found) > 1:
        few = found if kind else ("notice_period", "minimum_age")
        raise ValueError(f"what is said is asked of one kind; name it, for example {few[0]}")
    return KEYS[found[0]]


def _value(says: str, shape: str) -> Any:
    if shape == "truth":
        return _TRUTHS.get(says.strip().casefold(), says)
    if shape in ("set", "word") and "," in says:
        return [term.strip() for term in says.split(",") if term.strip()]
    return says.strip()
