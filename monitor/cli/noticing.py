"""What commands say about the notice given of a change, and about its dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor import announced, clock
from monitor.config import Settings
from monitor.deadlines import matter_between
from monitor.model import Comparison, Verdict
from monitor.notice.clock import Notice
from monitor.services import declared_policies
from store import ChangeRecord, Store, VersionRecord


def notices_of(
    store: Store, settings: Settings, changes: Sequence[ChangeRecord]
) -> dict[str, Notice]:
    """The notice given of each of these changes of one policy, by the change's id."""
    return announced.notices_of(store, settings, declared_policies(settings), changes)


def notice_of(store: Store, settings: Settings, change: ChangeRecord) -> Notice:
    """The notice given of a recorded change."""
    return notices_of(store, settings, [change])[change.id]


def notice_between(
    store: Store,
    settings: Settings,
    old: VersionRecord,
    new: VersionRecord,
    comparison: Comparison,
) -> Notice:
    """The notice given of what changed between any two versions."""
    policies = declared_policies(settings)
    matter = matter_between(store, settings, policies, old, new, comparison)
    return clock.notice_of(settings, matter)


def said(notice: Notice, verdict: Verdict) -> Iterator[str]:
    """A line on the notice that was given, and one where the stated date tells nothing.

    Of a cosmetic change no notice is due.
    """
    if verdict != "cosmetic":
        yield "notice: " + _verdict(notice)
    if notice.dating == "undated":
        yield "undated: the words changed, the stated date did not"
    elif notice.dating == "date only":
        yield "date only: the stated date changed, no words did"


def _verdict(notice: Notice) -> str:
    if notice.verdict == "no promise applies":
        return notice.verdict
    given = _given(notice.given_least_days, notice.given_most_days)
    promised = f"{notice.promised} promised" + (f", {given} given" if given else "")
    why = f": {notice.reason}" if notice.verdict == "not verifiable" else ""
    return f"{notice.verdict} ({promised}){why}"


def _given(least: int | None, most: int | None) -> str:
    if least is None:
        return ""
    if most is None:
        return f"at least {least}"
    return str(least) if least == most else f"{least} to {most}"
