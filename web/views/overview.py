"""The overview: what needs attention now, and every policy with its state. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime

from monitor.deadlines import Ahead
from monitor.model import Alert, Direction, Severity
from monitor.naming import TYPE_LABELS
from monitor.review import subject_of
from notifiers import notices
from notifiers.message import compose
from notifiers.wording import one_line, shorten
from store import ChangeHead, SourceRecord, Wanted
from store.records import Condition, Order
from web.backend import Declared
from web.views.labels import TROUBLE, State, conditions_named, state_of, state_word

#: Rows of a page; alerts, sources in trouble and days ahead that are shown above them.
PAGE_SIZE, FIRST = 100, 8
OPEN = 20


@dataclass(frozen=True, slots=True)
class Query:
    """What the reader asked for; every field that is given must hold of a row."""

    words: str = ""
    state: str = ""
    tag: str = ""
    owner: str = ""
    type: str = ""
    sort: Order = "name"
    page: int = 1

    def at_page(self, page: int) -> dict[str, str]:
        """The parameters of the same query on another page, defaults left out."""
        names = {"words": "q"}
        given = {f.name: getattr(self, f.name) for f in fields(self)} | {"page": page}
        usual = {f.name: f.default for f in fields(self)}
        return {names.get(k, k): str(v) for k, v in given.items() if v != usual[k]}

    @property
    def wanted(self) -> Wanted:
        """What the store is asked for."""
        return Wanted(
            words=self.words,
            states=conditions_named(self.state) if self.state else (),
            types=(self.type,) if self.type else (),
            tag=self.tag,
            owner=self.owner,
        )


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
class Found:
    """What the store holds of what the first page shows, and how much more there is of each.

    ``waiting`` are alerts that nobody closed, the gravest first, ``tally`` how many there are;
    ``standing`` how many policies stand in which way.
    """

    shown: Sequence[SourceRecord]
    changes: Mapping[str, ChangeHead]
    matching: int
    waiting: Sequence[Alert]
    tally: Mapping[Severity, int]
    trouble: Sequence[SourceRecord]
    days: Sequence[Ahead]
    standing: Mapping[Condition, int]
    choices: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Overview:
    """``rows`` of ``matching``, of ``total`` policies; ``choices`` feed the filters.

    Of ``open``, ``ahead`` and ``trouble`` there are ``tally``, ``days`` and ``troubles`` in all.
    """

    open: tuple[OpenAlert, ...]
    tally: Mapping[Severity, int]
    ahead: tuple[DayAhead, ...]
    days: int
    trouble: tuple[Row, ...]
    troubles: int
    rows: tuple[Row, ...]
    matching: int
    total: int
    query: Query
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """How many alerts wait."""
        return sum(self.tally.values())

    @property
    def pages(self) -> int:
        """How many pages the list has."""
        return pages_of(self.matching, PAGE_SIZE)


def pages_of(count: int, size: int) -> int:
    """On how many pages so many stand; nothing stands on one."""
    return max(1, -(-count // size))


def overview(
    found: Found, declared: Declared, query: Query, today: date, now: datetime
) -> Overview:
    """Everything the first page shows."""
    there = [state_word(condition) for condition in found.standing]
    types = found.choices["type"]
    return Overview(
        open=tuple(open_alerts(found.waiting, declared, today)),
        tally=found.tally,
        ahead=tuple(day_ahead(day, today) for day in found.days[:FIRST]),
        days=len(found.days),
        trouble=tuple(row_of(source, None, declared, now) for source in found.trouble),
        troubles=sum(found.standing.get(condition, 0) for condition in TROUBLE),
        rows=tuple(
            row_of(source, found.changes.get(source.policy), declared, now)
            for source in found.shown
        ),
        matching=found.matching,
        total=sum(found.standing.values()),
        query=query,
        choices={
            "tag": _sorted(found.choices["tag"]),
            "owner": _sorted(found.choices["owner"]),
            "state": _sorted(there),
            "type": tuple(t for t in TYPE_LABELS if t in types),
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


def _sorted(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=str.casefold))
