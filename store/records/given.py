"""What goes into the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from monitor.mail.letter import Letter, Match
from monitor.model import (
    Alert,
    Commitment,
    Comparison,
    Part,
    Purpose,
    SourceMemory,
    Stand,
    Validator,
)
from store.records.kinds import (
    ActionKind,
    CheckResult,
    Condition,
    NoticeKind,
    SnapshotState,
    VersionOrigin,
)


@dataclass(frozen=True, slots=True)
class Filed:
    """What lists find a policy by, beside what it is: whose it is, by the configuration.

    ``vendor`` is the vendor's name; ``asked``: something is expected of its text.
    """

    owner: str = ""
    vendor: str = ""
    tags: tuple[str, ...] = ()
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which policies a list is about: all that is given must hold of each.

    Its ``words`` stand in a policy's id, service, title, kind, owner, vendor or tags.
    ``versioned``: it has a text; ``at``: it had one by that instant. ``missed``: it falls short of
    what is expected of it, or was not held against it yet.
    """

    words: str = ""
    states: tuple[Condition, ...] = ()
    types: tuple[str, ...] = ()
    tag: str = ""
    owner: str = ""
    vendor: str = ""
    versioned: bool = False
    at: datetime | None = None
    asked: bool = False
    missed: bool = False


@dataclass(frozen=True, slots=True)
class NewSnapshot:
    """What the server sent, part by part. ``id`` is given by the caller (``new_id``)."""

    id: str
    taken_at: datetime
    state: SnapshotState
    parts: tuple[Part, ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A policy's text taken from a snapshot. ``number`` counts from 1 within the policy.

    ``stamp`` names extractor, engine and declaration; ``previous_seen_at`` is the last check that
    still saw the text before this one (the notice clock needs it).
    """

    number: int
    snapshot: str | None
    text: str
    text_digest: str
    media_type: str
    stamp: str
    origin: VersionOrigin
    first_seen: datetime
    previous_seen_at: datetime | None
    title: str = ""
    language: str = ""
    last_updated: date | None = None
    effective: date | None = None
    commitments: tuple[Commitment, ...] = ()


@dataclass(frozen=True, slots=True)
class NewChange:
    """A comparison of two versions. ``id`` is "<policy>@<from>-<to>"."""

    id: str
    from_version: int
    to_version: int
    at: datetime
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """An alert for a channel; ``batch`` names the digest it is gathered into.

    ``throttle`` puts it into a batch of its own making if a throttled delivery of the same channel
    was made less than that ago.
    """

    channel: str
    not_before: datetime
    batch: str = ""
    purpose: Purpose = ""
    throttle: timedelta | None = None
    mention: tuple[str, ...] = ()


#: An alert with the deliveries it causes.
Raised: TypeAlias = tuple[Alert, Sequence[NewDelivery]]


@dataclass(frozen=True, slots=True)
class NewAction:
    """Something that somebody did: who, when, what, to what and why.

    ``who`` is as they are called here (a claim, unless the caller knows better); ``subject`` is
    the id of an alert, a change, a snapshot, or "" for the policy as a whole. ``detail`` is what
    machines need of it: the words of a rule, the grounds of a dismissal. ``way`` is how ``who`` was
    shown to be them ("password", "token", ...), "" for a claim; it is kept in ``detail``.
    """

    at: datetime
    who: str
    what: ActionKind
    subject: str = ""
    why: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    way: str = ""


@dataclass(frozen=True, slots=True)
class NewMail:
    """A vendor's e-mail as it came in. ``origin`` says from where: a file's name, a mailbox."""

    at: datetime
    origin: str
    content: bytes
    letter: Letter
    match: Match


@dataclass(frozen=True, slots=True)
class NewNotice:
    """That a mail (its ``seq``) is a notice about a policy, or is "withdrawn" again."""

    at: datetime
    mail: int
    who: str
    what: NoticeKind
    why: str = ""


@dataclass(frozen=True, slots=True)
class NewJudgement:
    """The notice given of a change (monitor.notice.clock.Notice as JSON), judged anew."""

    at: datetime
    change: str
    notice: Mapping[str, Any]
    why: str


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """Everything one check learned; the store writes all of it in one transaction, or nothing.

    ``baseline`` is the number of the version that the next check compares with (None: as before).
    ``validators`` replace the stored ones (None: as before; a suspect capture passes None), and so
    do ``stands`` (how the policy stands to what is expected of it). ``action`` is what a person did
    to bring it about.
    """

    policy: str
    lease_owner: str
    started_at: datetime
    finished_at: datetime
    result: CheckResult
    memory: SourceMemory
    next_check_at: datetime
    snapshot: NewSnapshot | None = None
    version: NewVersion | None = None
    baseline: int | None = None
    change: NewChange | None = None
    alerts: tuple[tuple[Alert, tuple[NewDelivery, ...]], ...] = ()
    stands: tuple[Stand, ...] | None = None
    validators: tuple[Validator, ...] | None = None
    error_kind: str = ""
    error: str = ""
    transient: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict)
    action: NewAction | None = None
