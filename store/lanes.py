"""How fast a channel may be used: from when on its next delivery may start.

One row per channel holds for every dispatcher of the store and outlives each of them, so that
neither a restart nor a second process sends faster than a channel's ``per_minute``, or before the
time that its server named (Retry-After).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from store.tables import LaneRow

#: A lane is never closed for longer; what lies further ahead is from a clock that was wrong.
LONGEST_HOLD = timedelta(days=1)


def free_at(session: Session, channel: str, now: datetime) -> datetime:
    """From when on the next delivery of a channel may start; ``now`` if at once."""
    row = session.get(LaneRow, channel)
    if row is None or row.free_at > now + LONGEST_HOLD:
        return now
    return max(row.free_at, now)


def take(session: Session, channel: str, now: datetime, interval: timedelta) -> bool:
    """Lock a lane for a start at ``now``; False if it is not free.

    Whoever takes it must ``hold`` it for the interval, in the same transaction, if it starts one.
    """
    row = session.get(LaneRow, channel, with_for_update=True)
    if row is None and not interval:
        return True
    row = row or _created(session, channel, now)
    return not now < row.free_at <= now + LONGEST_HOLD


def hold(session: Session, channel: str, until: datetime, now: datetime) -> None:
    """Start nothing before ``until``, and not before what was said earlier either."""
    row = session.get(LaneRow, channel, with_for_update=True)
    row = row or _created(session, channel, now)
    plausible = row.free_at if row.free_at <= now + LONGEST_HOLD else now
    row.free_at = max(plausible, min(until, now + LONGEST_HOLD))


def _created(session: Session, channel: str, now: datetime) -> LaneRow:
    """A new row, locked; where another dispatcher creates it at the same time, that one's."""
    with suppress(IntegrityError), session.begin_nested():
        session.add(LaneRow(channel=channel, free_at=now))
        session.flush()
    return session.get_one(LaneRow, channel, with_for_update=True)
