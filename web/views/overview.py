"""The overview: what needs attention now, and every policy with its state. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Literal, get_args

from monitor.deadlines import Ahead
from monitor.model import Alert, Direction, Severity
from monitor.naming import TYPE_LABELS
from monitor.review import subject_of
from notifiers import notices
from notifiers.message import compose
from notifiers.wording import one_line, shorten
from store import ChangeHead, SourceRecord
from web.backend import Declared
from web.views.labels import State, state_of

Sort = Literal["service", "change", "check", "state", "owner"]
SORTS: tuple[Sort, ...] = get_args(Sort)
PAGE_SIZE = 100

_TROUBLE_FIRST: Mapping[str, int] = {"bad": 0, "warn": 1, "quiet": 2, "good": 3}


@dataclass(frozen=True, slots=True)
class Query:
    """What the reader asked for; every field that is given must hold of a row."""

    words: str = ""
    state: str = ""
    tag: str = ""
    owner: str = ""
    type: str = ""
    sort: Sort = "service"
    page: int = 1

    def at_page(self, page: int) -> dict[str, str]:
        """The parameters of the same query on another page, defaults left out."""
        names = {"words": "q"}
        given = {f.name: getattr(self, f.name) for f in fields(self)} | {"page": page}
        usual = {f.name: f.default for f in fields(self)}
        return {names.get(k, k): str(v) for k, v in given.items() if v != usual[k]}


@dataclass(frozen=True, slots=True)
class Row:
    """One policy of the list."""

    policy: str
    service: str
    title: str
    type: str
    type_label: str
    state: State
    version: int
    last_check: datetime | None
    last_change: ChangeHead | None
    owner: str
    vendor: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that waits for people: its gravest finding in a line.

    ``change`` is "" for one about expectations that a text does not meet: it has no directions,
    and ``subject`` names it.
    """

    subject: str
    change: str
    policy: str
    heading: str
    severity: Severity
    headline: str
    directions: tuple[tuple[Direction, int], ...]
    more: int
    first_seen: datetime | None
    effective: date | None
    owner: str


@dataclass(frozen=True, slots=True)
class DayAhead:
    """A day to come until which one may act, or from which a change applies.

    ``counted`` is the arithmetic in a sentence, ``place`` the path of the page about it.
    """

    day: date
    days_left: int
    what: str
    place: tuple[str, str]
    heading: str
    counted: str


@dataclass(frozen=True, slots=True)
class Overview:
    """``shown`` of ``matching`` rows, of ``total`` policies; ``choices`` feed the filters."""

    open: tuple[OpenAlert, ...]
    ahead: tuple[DayAhead, ...]
    trouble: tuple[Row, ...]
    rows: tuple[Row, ...]
    matching: int
    total: int
    pages: int
    query: Query
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def tally(self) -> Mapping[Severity, int]:
        """How many open changes of each severity."""
        return Counter(item.severity for item in self.open)


def overview(
    sources: Sequence[SourceRecord],
    changes: Mapping[str, ChangeHead],
    waiting: Sequence[Alert],
    days: Sequence[Ahead],
    declared: Declared,
    query: Query,
    today: date,
    now: datetime,
) -> Overview:
    """Everything the first page shows.

    ``waiting`` are the alerts that nobody closed, ``days`` those ahead, the next one first.
    """
    rows = [row_of(source, changes.get(source.policy), declared, now) for source in sources]
    matching = sorted((row for row in rows if matches(row, query)), key=_key(query.sort))
    pages = max(1, -(-len(matching) // PAGE_SIZE))
    first = (min(query.page, pages) - 1) * PAGE_SIZE
    trouble = (row for row in rows if row.state.in_trouble)
    return Overview(
        open=tuple(open_alerts(waiting, declared, today)),
        ahead=tuple(day_ahead(day, today) for day in days),
        trouble=tuple(sorted(trouble, key=_key("state"))),
        rows=tuple(matching[first : first + PAGE_SIZE]),
        matching=len(matching),
        total=len(rows),
        pages=pages,
        query=query,
        choices={
            "tag": _distinct(tag for row in rows for tag in row.tags),
            "owner": _distinct(row.owner for row in rows),
            "state": _distinct(row.state.word for row in rows),
            "type": tuple(t for t in TYPE_LABELS if any(row.type == t for row in rows)),
        },
    )


def row_of(
    source: SourceRecord, change: ChangeHead | None, declared: Declared, now: datetime
) -> Row:
    """One policy as the list shows it at an instant."""
    baseline = source.baseline
    return Row(
        policy=source.policy,
        service=one_line(source.service) or source.policy,
        title=one_line(baseline.title) if baseline else "",
        type=source.type,
        type_label=TYPE_LABELS.get(source.type, source.type),
        state=state_of(source, now),
        version=source.latest_number,
        last_check=source.last_check_at,
        last_change=change,
        owner=declared.owner(source.policy),
        vendor=declared.vendor(source.policy),
        tags=declared.tags(source.policy),
    )


def open_alerts(waiting: Iterable[Alert], declared: Declared, today: date) -> Iterable[OpenAlert]:
    """Alerts that wait, the gravest first, then the newest."""
    rank = {"high": 0, "medium": 1, "low": 2}
    for alert in sorted(waiting, key=lambda a: rank[a.severity]):
        message = compose(alert, today)
        tally = Counter(finding.direction for finding in alert.findings)
        ways: tuple[Direction, ...] = ("weaker", "stronger", "neutral")
        yield OpenAlert(
            subject=subject_of(alert),
            change=subject_of(alert) if alert.kind == "change" else "",
            policy=alert.policy,
            heading=message.heading,
            severity=alert.severity,
            headline=message.items[0].headline if message.items else message.lead,
            directions=tuple(
                (way, tally[way]) for way in ways if tally[way] and alert.kind == "change"
            ),
            more=max(0, len(alert.findings) - 1),
            first_seen=alert.first_seen,
            effective=notices.effective(alert.notice, alert.effective),
            owner=declared.owner(alert.policy) or alert.owner,
        )


def day_ahead(found: Ahead, today: date) -> DayAhead:
    """A day that the almanac counted, as of today."""
    until = found.deadline.until
    service = one_line(found.service) or found.policy
    return DayAhead(
        day=until,
        days_left=(until - today).days,
        what=one_line(found.what),
        place=place_of(found),
        heading=heading_of(service, one_line(found.title)),
        counted=shorten(one_line(found.deadline.counted), 300),
    )


def place_of(found: Ahead) -> tuple[str, str]:
    """The page that tells of a day's change, as parts of its path: of a mail, the policy's."""
    return ("changes", found.change) if found.change else ("policies", found.policy)


def heading_of(service: str, title: str) -> str:
    """Service and title, without saying the same twice."""
    if not title:
        return service
    return title if service.casefold() in title.casefold() else f"{service} · {title}"


def matches(row: Row, query: Query) -> bool:
    """Whether a row is what the query asks for."""
    haystack = " ".join(
        (row.policy, row.service, row.title, row.type_label, row.owner, row.vendor, *row.tags)
    ).casefold()
    return (
        all(word in haystack for word in query.words.casefold().split())
        and (not query.state or row.state.word == query.state)
        and (not query.tag or query.tag in row.tags)
        and (not query.owner or row.owner == query.owner)
        and (not query.type or row.type == query.type)
    )


def _key(sort: Sort) -> Callable[[Row], tuple[Any, ...]]:
    """How rows are ordered; what is alike stands by service."""

    def key(row: Row) -> tuple[Any, ...]:
        name = (row.service.casefold(), row.policy)
        match sort:
            case "change":
                return (-row.last_change.at.timestamp() if row.last_change else 0.0, *name)
            case "check":
                return (-row.last_check.timestamp() if row.last_check else 0.0, *name)
            case "state":
                return (_TROUBLE_FIRST[row.state.tone], row.state.word, *name)
            case "owner":
                return (not row.owner, row.owner.casefold(), *name)
            case "service":
                return name

    return key


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({word for word in words if word}, key=str.casefold))
