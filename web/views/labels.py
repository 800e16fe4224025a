"""The words of pages for what the store keeps as codes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from monitor.model import Commitment, CommitmentKind, SourceMemory, Verdict
from notifiers.wording import instant, one_line, shorten, value_words
from store import SourceRecord
from store.records import CONDITIONS, Condition

Tone = Literal["good", "quiet", "warn", "bad"]

VERDICT_LABELS: Mapping[Verdict, str] = {
    "material": "material",
    "minor": "minor",
    "cosmetic": "wording only",
    "capture": "capture failed",
}
KIND_LABELS: Mapping[CommitmentKind, str] = {
    "notice_period": "Notice of changes",
    "notice_channel": "How changes are announced",
    "objection_window": "Time to object",
    "termination_window": "Time to terminate",
    "minimum_age": "Minimum age",
    "retention": "Retention",
    "sale": "Sale of data",
    "recipients": "Recipients",
    "data_categories": "Data collected",
    "purposes": "Purposes",
    "legal_bases": "Legal bases",
    "rights": "Rights",
    "transfer_places": "Places of processing",
    "transfer_mechanisms": "Transfer mechanisms",
    "security_measures": "Security measures",
    "response_time": "Time to respond",
    "breach_notice": "Breach notice",
    "arbitration": "Arbitration",
    "class_waiver": "Class action waiver",
    "arbitration_opt_out": "Time to opt out of arbitration",
    "governing_law": "Governing law",
    "controller": "Controller",
    "address": "Address",
    "contact": "Contact",
    "dpo": "Data protection officer",
    "last_updated": "Stated last update",
    "effective": "Stated effective date",
    "acceptance_by_use": "Acceptance by use",
}
_STATES: Mapping[Condition, tuple[str, Tone, str]] = {
    "disabled": ("not watched", "quiet", "It is disabled or no longer in the configuration."),
    "paused": ("paused", "quiet", ""),
    "new": ("not captured yet", "quiet", "No check has brought a version yet."),
    "ok": ("watched", "good", ""),
    "unreachable": ("unreachable", "bad", "The page cannot be fetched."),
    "suspect": ("capture doubted", "bad", "What the page shows does not look like the policy."),
    "unstable": ("flapping", "warn", "The page keeps changing between known texts."),
    "moved": ("moved", "warn", "The address sends its readers elsewhere for good."),
    "gone": ("gone", "bad", "The server says that the page is no more."),
}


@dataclass(frozen=True, slots=True)
class State:
    """How a source is doing, in a word, with the reason for whoever asks."""

    word: str
    tone: Tone
    detail: str
    since: datetime | None = None

    @property
    def in_trouble(self) -> bool:
        """Whether people should look at the source."""
        return self.tone in ("warn", "bad")


#: The conditions that people should look at.
TROUBLE: tuple[Condition, ...] = tuple(c for c in CONDITIONS if _STATES[c][1] in ("warn", "bad"))


def state_word(condition: Condition) -> str:
    """What pages call a condition."""
    return _STATES[condition][0]


def conditions_named(word: str) -> tuple[Condition, ...]:
    """The condition that pages call so; one that no policy is in for a word of nobody's."""
    return tuple(c for c in CONDITIONS if state_word(c) == word) or (cast(Condition, word),)


def state_of(source: SourceRecord, now: datetime) -> State:
    """The state of a source; one that is not watched at the moment has no trouble."""
    memory = source.memory
    if not source.enabled:
        return State(*_STATES["disabled"])
    if source.paused_until and source.paused(now):
        word, tone, _ = _STATES["paused"]
        return State(word, tone, f"It is not checked until {instant(source.paused_until)}.")
    word, tone, detail = _STATES[memory.health]
    told = _particular(memory)
    return State(word, tone, f"{detail} {told}".strip(), memory.health_since)


def _particular(memory: SourceMemory) -> str:
    match memory.health:
        case "unreachable" | "gone":
            return shorten(one_line(memory.last_error), 300)
        case "suspect":
            return shorten("; ".join(one_line(r) for r in memory.suspect_reasons), 300)
        case "moved":
            return f"New address: {shorten(one_line(memory.moved_to), 200)}"
        case _:
            return ""


def commitment_value(commitment: Commitment) -> str:
    """A promised value with its unit, as people write it: "30 days", "never", "e-mail, website"."""
    value = commitment.value
    words = value_words(value)
    if commitment.unit and isinstance(value, int) and not isinstance(value, bool):
        plural = "" if value == 1 else "s"
        return f"{words} {commitment.unit.replace('_', ' ')}{plural}"
    return words
