"""What an alert says about the days that lie ahead, in words. Pure.

The mappings are monitor.notice.deadlines.Deadline as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from notifiers.wording import day, distance, one_line, shorten

_LIMIT = 500
_NAMES = 3
_LABELS = {"effect": "Takes effect", "objection": "Object until", "termination": "Leave until"}
_TO = {"objection": "object", "termination": "end the contract"}
_BY = {
    "page": "the page", "notice": "the vendor's notice", "policy": "the policy",
    "contract": "the contract", "law": "law",
}  # fmt: skip


def until(deadline: Mapping[str, Any]) -> date | None:
    """The day; None where there is none to read."""
    try:
        return date.fromisoformat(str(deadline.get("until")))
    except ValueError:
        return None


def _as_of(deadline: Mapping[str, Any], today: date) -> date:
    """The day from which days are counted: not one before it was raised, in the team's zone."""
    try:
        return max(today, date.fromisoformat(str(deadline.get("as_of"))))
    except ValueError:
        return today


def countdown(deadline: Mapping[str, Any], today: date) -> str:
    """ "7 days left to object (until 2026-04-14)"; "takes effect in 7 days (2026-04-14)"."""
    last, today = until(deadline), _as_of(deadline, today)
    if last is None:
        return ""
    days = (last - today).days
    verb = _TO.get(str(deadline.get("kind")))
    if verb is None:
        return f"{'takes' if days >= 0 else 'took'} effect {distance(last, today)} ({last})"
    if days < 0:
        return f"the time to {verb} ended {distance(last, today)} ({last})"
    if days == 0:
        return f"last day to {verb} ({last})"
    return f"{days} day{'' if days == 1 else 's'} left to {verb} (until {last})"


def names(deadline: Mapping[str, Any]) -> str:
    """The sub-processors a deadline is about, the first few of many."""
    given = [one_line(str(name)) for name in deadline.get("names", ())]
    more = f" and {len(given) - _NAMES} more" if len(given) > _NAMES else ""
    return shorten(", ".join(given[:_NAMES]) + more, _LIMIT)


def windows(deadlines: Sequence[Mapping[str, Any]], today: date) -> Iterator[tuple[str, str]]:
    """Label and words of each day until which one may act, with the arithmetic."""
    for deadline in deadlines:
        last = until(deadline)
        if deadline.get("kind") in _TO and last is not None:
            words = f"{day(last)} ({distance(last, today)}). {_counted(deadline)}"
            yield _LABELS[str(deadline["kind"])], words


def told(deadline: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    """Label and words of all that a reminder says about one day."""
    last, today = until(deadline), _as_of(deadline, today)
    if last is None:
        return
    label = _LABELS.get(str(deadline.get("kind")), "Until")
    yield label, f"{day(last)} ({distance(last, today)})"
    if notice := one_line(str(deadline.get("notice") or "")):
        yield "Announced", f"by e-mail, not on the page yet: policywatch notices --show {notice}"
    yield "Counted", _counted(deadline)
    if cite := one_line(str(deadline.get("cite") or "")):
        yield "Source", shorten(cite, _LIMIT)
    for other in deadline.get("also", ()):
        yield "Also", _counted(other)


def _counted(reading: Mapping[str, Any]) -> str:
    by = _BY.get(str(reading.get("source")), "")
    said = shorten(one_line(str(reading.get("counted") or "")), _LIMIT)
    return f"By {by}: {said}" if by and reading.get("source") not in ("page", "notice") else said
