"""The timeline of a policy as geometry: marks for changes, bands for trouble, ticks for time. Pure.

Places are in the units of an SVG ``viewBox``; every severity has a lane of its own, so that nothing
depends on colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from notifiers.wording import day
from store import ChangeGlance, CheckRecord, VersionRecord

Lane = Literal["high", "medium", "low", "wording"]
BandKind = Literal["outage", "suspect", "flap"]

WIDTH, HEIGHT = 960, 148
LEFT, RIGHT = 76, 16
LANES: Mapping[Lane, int] = {"high": 20, "medium": 44, "low": 68, "wording": 92}
BAND_TOP, BAND_HEIGHT = 106, 12
AXIS = 124
_BANDS: Mapping[str, BandKind] = {"failed": "outage", "suspect": "suspect", "held": "flap"}
_BAND_LABELS: Mapping[BandKind, str] = {
    "outage": "could not be fetched",
    "suspect": "capture doubted",
    "flap": "an earlier text was back",
}
_NARROWEST = 3.0
_MOST_TICKS = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """A change (``href`` names its page), or a version that nothing was compared with."""

    x: float
    y: int
    lane: Lane
    change: str
    label: str


@dataclass(frozen=True, slots=True)
class Band:
    """A time in which the source was in trouble."""

    x: float
    width: float
    kind: BandKind
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A day of the axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the drawing holds; ``start_label`` says where it begins."""

    marks: tuple[Mark, ...]
    bands: tuple[Band, ...]
    ticks: tuple[Tick, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class _Scale:
    start: datetime
    end: datetime

    def x(self, when: datetime) -> float:
        length = (self.end - self.start).total_seconds()
        share = (when - self.start).total_seconds() / length
        return round(LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT), 1)


def timeline(
    versions: Sequence[VersionRecord],
    changes: Sequence[ChangeGlance],
    checks: Sequence[CheckRecord],
    now: datetime,
) -> Timeline | None:
    """Draw a policy's past up to ``now``; None where nothing was captured yet."""
    if not versions:
        return None
    scale = _scale(versions, now)
    marks = tuple(_mark(change, scale) for change in changes)
    return Timeline(
        marks=tuple(sorted(marks, key=lambda mark: mark.x)),
        bands=tuple(_bands(checks, scale)),
        ticks=tuple(_ticks(scale)),
        summary=_summary(versions, changes),
    )


def _scale(versions: Sequence[VersionRecord], now: datetime) -> _Scale:
    start = min(version.first_seen for version in versions)
    end = max(now, start + timedelta(minutes=1))
    margin = (end - start) / 40
    return _Scale(start - margin, end)


def _mark(change: ChangeGlance, scale: _Scale) -> Mark:
    lane: Lane = change.severity or "wording"
    said = change.summaries[0] if change.summaries else "wording or layout only"
    more = f" (+{len(change.summaries) - 1} more)" if len(change.summaries) > 1 else ""
    label = f"{day(change.at)}, version {change.to_version}: {said}{more}"
    return Mark(scale.x(change.at), LANES[lane], lane, change.id, label)


def _bands(checks: Iterable[CheckRecord], scale: _Scale) -> Iterator[Band]:
    """Runs of checks that went wrong in the same way, up to the next one that did not."""
    kind: BandKind | None = None
    since = scale.start
    last = scale.start
    for check in sorted(checks, key=lambda check: check.started_at):
        found = _BANDS.get(check.result)
        if found != kind:
            if kind is not None:
                yield _band(kind, since, check.started_at, scale)
            kind, since = found, check.started_at
        last = check.finished_at
    if kind is not None:
        yield _band(kind, since, max(last, scale.end), scale)


def _band(kind: BandKind, start: datetime, end: datetime, scale: _Scale) -> Band:
    x = scale.x(start)
    width = max(_NARROWEST, round(scale.x(end) - x, 1))
    return Band(min(x, WIDTH - RIGHT - width), width, kind, f"{day(start)}: {_BAND_LABELS[kind]}")


def _ticks(scale: _Scale) -> Iterator[Tick]:
    span = scale.end - scale.start
    for step, form in (
        (timedelta(seconds=10), "%H:%M:%S"),
        (timedelta(minutes=1), "%H:%M"),
        (timedelta(minutes=10), "%H:%M"),
        (timedelta(hours=1), "%H:%M"),
        (timedelta(hours=6), "%d %b %H:%M"),
        (timedelta(days=1), "%d %b"),
        (timedelta(days=7), "%d %b"),
    ):
        if span / step <= _MOST_TICKS:
            seconds = step.total_seconds()
            first = (scale.start.timestamp() // seconds + 1) * seconds
            place = datetime.fromtimestamp(first, UTC)
            while place < scale.end:
                yield Tick(scale.x(place), place.strftime(form))
                place += step
            return
    yield from _months(scale)


def _months(scale: _Scale) -> Iterator[Tick]:
    """The first days of months, so many months apart that they fit."""
    months = (scale.end.year - scale.start.year) * 12 + scale.end.month - scale.start.month
    step = next((s for s in (1, 3, 6, 12, 24, 60) if months / s <= _MOST_TICKS), 120)
    index = scale.start.year * 12 + scale.start.month
    index += -index % step
    while True:
        place = datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)
        if place >= scale.end:
            return
        yield Tick(scale.x(place), place.strftime("%Y" if step >= 12 else "%b %Y"))
        index += step


def _summary(versions: Sequence[VersionRecord], changes: Sequence[ChangeGlance]) -> str:
    counts = [
        f"{number} {name}"
        for name in ("high", "medium", "low")
        if (number := sum(change.severity == name for change in changes))
    ]
    wording = sum(change.severity is None for change in changes)
    counts += [f"{wording} of wording only"] if wording else []
    many = f"{len(versions)} version{'s' if len(versions) != 1 else ''}"
    return f"{many} since {day(versions[0].first_seen)}; changes: {', '.join(counts) or 'none'}."
