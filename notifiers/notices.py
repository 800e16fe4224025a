"""What an alert says about notice: promised, given, and how it was counted. Pure.

The mapping is monitor.notice.clock.Notice as JSON; alerts stored by older versions have less of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from notifiers.wording import one_line, shorten

_LIMIT = 500
_DATINGS = {
    "undated": "did not move: an undated change (the words changed, the date did not)",
    "date only": "only the date changed, no words",
}


def notice_words(notice: Mapping[str, Any]) -> str:
    """The promised notice against the given one, in words; "" where the alert says nothing."""
    verdict = str(notice.get("verdict") or "")
    promised = one_line(str(notice.get("promised") or ""))
    if notice.get("source") == "contract":
        promised += " (contract)"
    given = _given(notice.get("given_least_days"), notice.get("given_most_days"))
    match verdict:
        case "":
            return promised
        case "consistent":
            return f"{promised}; kept" + (f" ({given} given)" if given else "")
        case "shorter on this page":
            return f"{promised}; on this page {given or 'less'} given: shorter than promised"
        case "not verifiable":
            known = f"; {given} given" if given else ""
            why = f": {one_line(str(notice['reason']))}" if notice.get("reason") else ""
            return f"{promised}{known}; whether it was kept cannot be told from this page{why}"
        case _:
            return "none"


def _given(least: Any, most: Any) -> str:
    """Days between publication and effect, from the two captures around publication."""
    if not isinstance(least, int):
        return ""
    if isinstance(most, int) and most <= 0:
        return "none"
    if isinstance(most, int) and most != least:
        return f"between {max(least, 0)} and {most} days"
    return f"{least} day{'s' if least != 1 else ''}" if least > 0 else ""


def counted(notice: Mapping[str, Any]) -> str:
    """The arithmetic, as sentences; "" where nothing was promised."""
    if not notice.get("promised"):
        return ""
    return shorten(one_line(" ".join(str(step) for step in notice.get("arithmetic", ()))), _LIMIT)


def dating(notice: Mapping[str, Any]) -> str:
    """That the stated date did not move with the words, or moved alone; else ""."""
    return _DATINGS.get(str(notice.get("dating")), "")


def effective(notice: Mapping[str, Any], stated: date | None) -> date | None:
    """From when a change applies: the day that was counted with, else the one the text states."""
    if "effective" not in notice:
        return stated
    try:
        return date.fromisoformat(str(notice["effective"]))
    except ValueError:
        return None
