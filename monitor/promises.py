"""What an older version promised about notice, held against the notice that was given.

Publication lies between the last check that still saw the old text and the first check that saw
the new one; a verdict follows only where both ends of that interval agree. Never "broken": the page
is all that is seen. Pure.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from monitor.model import Commitment

NoticeVerdict = Literal[
    "consistent", "shorter on this page", "not verifiable", "no promise applies"
]


@dataclass(frozen=True, slots=True)
class Notice:
    """The promised and the given notice. Days count calendar days; None means not known.

    ``latest`` is the last day on which publication would still have kept the promise.
    """

    verdict: NoticeVerdict
    promised: str = ""
    latest: date | None = None
    given_least_days: int | None = None
    given_most_days: int | None = None


def notice_given(
    promises: Iterable[Commitment],
    *,
    effective: date | None,
    first_seen: date,
    last_seen_old: date | None,
) -> Notice:
    """Compare the promise of the older version with the interval in which publication lies.

    Args:
        promises: the older version's commitments; only ``notice_period`` ones with a number count.
        effective: the date from which the new text says it applies.
        first_seen: the day of the first capture with the new text.
        last_seen_old: the day of the last good capture without it.
    """
    least = (effective - first_seen).days if effective else None
    most = (effective - last_seen_old).days if effective and last_seen_old else None
    promise = _longest(promises)
    if promise is None:
        return Notice("no promise applies", "", None, least, most)
    amount, unit = promise
    words = f"{amount} {unit.replace('_', ' ')}{'s' if amount != 1 else ''}"
    if effective is None:
        return Notice("not verifiable", words)
    latest = subtract(effective, amount, unit)
    verdict: NoticeVerdict = "not verifiable"
    if first_seen <= latest:
        verdict = "consistent"
    elif last_seen_old is not None and last_seen_old > latest:
        verdict = "shorter on this page"
    return Notice(verdict, words, latest, least, most)


def subtract(day: date, amount: int, unit: str) -> date:
    """Go back from ``day`` by calendar days, weeks, months or years, or by business days (Mon-Fri).

    A month has no fixed length: 31 March less one month is the last day of February.
    """
    match unit:
        case "business_day":
            while amount > 0:
                day -= timedelta(days=1)
                amount -= day.weekday() < 5
            return day
        case "month" | "year":
            months = day.year * 12 + day.month - 1 - amount * (12 if unit == "year" else 1)
            year, month = divmod(months, 12)
            last = calendar.monthrange(year, month + 1)[1]
            return date(year, month + 1, min(day.day, last))
        case "week":
            return day - timedelta(weeks=amount)
        case "hour":
            return day - timedelta(days=-(-amount // 24))
        case _:
            return day - timedelta(days=amount)


def _longest(promises: Iterable[Commitment]) -> tuple[int, str] | None:
    """Of several notice periods, the one that reaches furthest back governs: amount and unit."""
    far = date(2000, 1, 1)
    periods = [
        (promise.value, promise.unit)
        for promise in promises
        if promise.kind == "notice_period"
        and isinstance(promise.value, int)
        and promise.scope in ("", "policy")
    ]
    return min(periods, key=lambda period: subtract(far, *period), default=None)
