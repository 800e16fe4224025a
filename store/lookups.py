"""Tables that repeat what others say, so that a list is read by an index: as much as it shows.

Each row is written in the transaction of what it repeats (store.directory, store.reviews). Numbers
by which the newest comes first are microseconds since 1970, negated; 0 for never comes last.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.schema import Index
from sqlmodel import Field

from store.base import Base
from store.columns import Instant, Words


class DirectoryRow(Base, table=True):
    """What a policy is found by. ``words`` and ``title`` are folded for searching.

    ``by_...`` are what lists are ordered by. ``state`` is the health of its source, or "disabled".
    ``first_at`` is when its first version was seen; ``asked``: something is expected of it,
    ``short``: so many things of that its text falls short of, -1 where that is not known yet.
    """

    __tablename__ = "directory"
    __table_args__ = (
        Index(None, "by_name", "policy", "first_at", "asked", "short"),
        Index(None, "by_change", "by_name", "policy"),
        Index(None, "by_check", "by_name", "policy"),
        Index(None, "by_owner", "by_name", "policy"),
        Index(None, "type", "by_name", "policy"),
        Index(None, "state", "by_name", "policy", "paused_until"),
        Index(None, "paused_until", "state"),
        Index(None, "owner", "by_name", "policy"),
        {"sqlite_with_rowid": False},
    )

    policy: str = Field(primary_key=True, foreign_key="policy.id")
    by_name: str = Field(sa_type=Words)
    by_owner: str = Field(sa_type=Words)
    by_change: int = Field(sa_type=sa.BigInteger)
    by_check: int = Field(sa_type=sa.BigInteger)
    type: str
    owner: str = Field(sa_type=Words)
    vendor: str = Field(sa_type=Words)
    state: str
    paused_until: datetime | None = Field(sa_type=Instant)
    first_at: datetime | None = Field(sa_type=Instant)
    asked: bool
    short: int
    words: str = Field(sa_type=Words)
    title: str = Field(sa_type=Words)


class TagRow(Base, table=True):
    """A tag of a policy, as the configuration has it."""

    __tablename__ = "tag"
    __table_args__ = (Index(None, "policy"), {"sqlite_with_rowid": False})

    tag: str = Field(sa_type=Words, primary_key=True)
    policy: str = Field(primary_key=True, foreign_key="policy.id")


class ReviewRow(Base, table=True):
    """Whether an alert waits for a decision: what the actions on its subject come to.

    ``gravity`` is 0 for high, 1 for medium, 2 for low; ``until`` is the end of a snooze.
    """

    __tablename__ = "review"
    __table_args__ = (
        Index(None, "open", "gravity", "by_age", "alert", "until"),
        Index(None, "alert"),
    )

    subject: str = Field(sa_type=Words, primary_key=True)
    alert: str = Field(foreign_key="alert.id")
    policy: str
    gravity: int
    by_age: int = Field(sa_type=sa.BigInteger)
    open: bool
    until: datetime | None = Field(sa_type=Instant)
