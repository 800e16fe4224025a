"""Periods as people name them: a month, a quarter, from one day to another. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta

from monitor.errors import ConfigError
from web.reports.period import Period

_ORDINALS = ("first", "second", "third", "fourth")


def month(text: str) -> Period:
    """The month written as 2026-10. Raises ConfigError."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", text.strip(), re.ASCII)
    if not found or not _is_year(found[1]) or not 1 <= int(found[2]) <= 12:
        raise ConfigError(f'--month: "{text}" is no month; write it as 2026-10')
    since = date(int(found[1]), int(found[2]), 1)
    return Period(since, _end_of(since, 1), f"{since:%B %Y}")


def quarter(text: str) -> Period:
    """The quarter written as 2026-Q3. Raises ConfigError."""
    found = re.fullmatch(r"(\d{4})-?[Qq]([1-4])", text.strip(), re.ASCII)
    if not found or not _is_year(found[1]):
        raise ConfigError(f'--quarter: "{text}" is no quarter; write it as 2026-Q3')
    number = int(found[2])
    since = date(int(found[1]), 3 * number - 2, 1)
    name = f"the {_ORDINALS[number - 1]} quarter of {found[1]}"
    return Period(since, _end_of(since, 3), name)


def between(since: str, until: str, today: date) -> Period:
    """From one day to another, both among them; without an end, to today. Raises ConfigError."""
    first = _day(since, "--since")
    last = _day(until, "--until") if until.strip() else today
    if last < first:
        raise ConfigError(f"--until: {last} is before --since {first}")
    return Period(first, last, f"{first} to {last}")


def last_month(today: date) -> Period:
    """The month before this one."""
    return month(f"{today.replace(day=1) - timedelta(days=1):%Y-%m}")


def chosen(
    today: date, *, month_: str = "", quarter_: str = "", since: str = "", until: str = ""
) -> Period | None:
    """The period that is asked for, None for none. ConfigError for two of them, or a wrong one."""
    asked = [bool(month_), bool(quarter_), bool(since or until)]
    if sum(asked) > 1:
        raise ConfigError("--month, --quarter and --since/--until: give one of them")
    if month_:
        return month(month_)
    if quarter_:
        return quarter(quarter_)
    if until and not since:
        raise ConfigError("--since: is missing; give the first day, as in --since 2026-10-01")
    return between(since, until, today) if since else None


def _is_year(text: str) -> bool:
    return 1970 <= int(text) <= 9000


def _day(text: str, option: str) -> date:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError as error:
        raise ConfigError(f'{option}: "{text}" is no day; write it as 2026-10-01') from error
    if not _is_year(str(found.year)):
        raise ConfigError(f'{option}: "{text}" lies beyond what is counted')
    return found


def _end_of(since: date, months: int) -> date:
    ahead = since.month - 1 + months
    return date(since.year + ahead // 12, ahead % 12 + 1, 1) - timedelta(days=1)
