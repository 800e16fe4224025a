"""A backtest as one HTML page that loads nothing from anywhere: figures, timeline, every alert.

Everything on it that strangers wrote goes through the template's autoescaping.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monitor.history.figures import KINDS, Event, Figures, PolicyFigures, Sums, sums_of

_LEFT, _WIDTH, _LANE, _TOP = 260, 1200, 17, 34
_MOST_FINDINGS = 4
_QUOTE = 260
#: What each kind is called on the page, where there is little room.
LABELS: Mapping[str, str] = {
    "alert": "alerts",
    "minor": "minor",
    "cosmetic": "cosmetic",
    "capture": "failed recordings",
    "suspect": "not the policy",
    "flap": "flaps",
    "back": "back to the current text",
    "upgrade": "technical upgrades",
    "first": "first versions",
    "unreadable": "unreadable",
}

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a bar chart; ``share`` is its length, 0..100."""

    label: str
    count: int
    share: float
    kind: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on a lane: where, and what a pointer resting on it says."""

    x: float
    kind: str
    title: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One policy on the timeline; ``ticks`` is the path of all that raised nothing."""

    policy: PolicyFigures
    label: str
    y: int
    start: float
    end: float
    ticks: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The drawing: its size, its years and its lanes."""

    width: int
    height: int
    left: int
    years: tuple[tuple[float, int], ...]
    lanes: tuple[Lane, ...]


def render(figures: Figures, *, title: str, now: datetime) -> str:
    """The page; ``title`` names what was replayed."""
    sums = sums_of(figures)
    return _environment.get_template("backtest.html").render(
        title=_clean(title),
        now=now,
        figures=figures,
        sums=sums,
        quiet=sums.records - sums.kinds["alert"],
        timeline=timeline(figures),
        kinds=_bars(sums.kinds, LABELS, KINDS),
        categories=_bars(sums.categories),
        reasons=_bars(sums.reasons),
        years=_years(sums),
        ranked=sorted(figures.policies, key=lambda p: (-p.counts["alert"], p.policy)),
        labels=LABELS,
        anchor=_anchor,
        findings=_MOST_FINDINGS,
        clean=_clean,
        cut=_cut,
    )


def timeline(figures: Figures) -> Timeline:
    """A lane for each policy, from the first record to the end of its watching."""
    policies = sorted(figures.policies, key=lambda p: (p.service.casefold(), p.name.casefold()))
    since = min((p.since for p in policies), default=datetime(2020, 1, 1, tzinfo=UTC))
    until = max((p.until for p in policies), default=since)
    span = max((until - since).total_seconds(), 86400.0)

    def x(at: datetime) -> float:
        share = (at - since).total_seconds() / span
        return round(_LEFT + min(max(share, 0.0), 1.0) * (_WIDTH - _LEFT - 16), 1)

    years = tuple(
        (x(datetime(year, 1, 1, tzinfo=UTC)), year)
        for year in range(since.year + 1, until.year + 1)
    )
    lanes = []
    for place, policy in enumerate(policies):
        y = _TOP + place * _LANE + _LANE // 2
        ticks = "".join(f"M{x(e.at)} {y - 3}v6" for e in policy.events if _is_tick(e))
        marks = tuple(
            Mark(x(e.at), _mark(e), _title(e), _anchor(policy, e)) for e in _marked(policy.events)
        )
        label = _clean(f"{policy.service} {policy.name}".strip())
        lanes.append(
            Lane(policy, _cut(label, 40), y, x(policy.since), x(policy.until), ticks, marks)
        )
    return Timeline(_WIDTH, _TOP + len(policies) * _LANE + 12, _LEFT, years, tuple(lanes))


def _is_tick(event: Event) -> bool:
    return event.kind in ("cosmetic", "minor", "back", "upgrade", "capture", "first")


def _marked(events: Sequence[Event]) -> Iterator[Event]:
    """Alerts last, so that nothing hides them."""
    yield from (e for e in events if e.kind in ("flap", "suspect", "unreadable"))
    yield from (e for e in events if e.kind == "alert")


def _mark(event: Event) -> str:
    if event.kind == "alert":
        return event.severity or "medium"
    return "flap" if event.kind == "flap" else "suspect"


def _title(event: Event) -> str:
    return _cut(f"{event.at:%Y-%m-%d} {LABELS[event.kind]}: {_clean(event.why)}".rstrip(": "), 160)


def _anchor(policy: PolicyFigures, event: Event) -> str:
    """The id of an alert's paragraph; "" for what has none."""
    if event.kind != "alert":
        return ""
    return f"{policy.policy}-{policy.events.index(event)}"


def _bars(
    counts: Mapping[str, int],
    labels: Mapping[str, str] | None = None,
    hints: Mapping[Any, str] | None = None,
) -> list[Bar]:
    most = max(counts.values(), default=0) or 1
    return [
        Bar(
            (labels or {}).get(name, name.replace("_", " ")),
            count,
            round(100 * count / most, 1),
            name if name in KINDS else "",
            (hints or {}).get(name, ""),
        )
        for name, count in counts.items()
        if count
    ]


def _years(sums: Sums) -> list[tuple[str, list[Bar], int]]:
    """For each year, the share of every kind as one stacked bar."""
    most = max((sum(kinds.values()) for kinds in sums.by_year.values()), default=0) or 1
    return [
        (
            year,
            [
                Bar(LABELS[kind], count, round(100 * count / most, 2), kind)
                for kind, count in kinds.items()
                if count
            ],
            sum(kinds.values()),
        )
        for year, kinds in sorted(sums.by_year.items())
    ]


def _cut(text: str, most: int = _QUOTE) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _clean(text: str) -> str:
    """A stranger's words without control characters and without what turns a line around."""
    return "".join(c if c.isprintable() else " " for c in text)
