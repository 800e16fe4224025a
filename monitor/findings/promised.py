"""The rule on commitments whose typed values differ; the rules on sentences fill what is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from monitor.findings.evidence import Sides, days
from monitor.findings.promises import Shift
from monitor.findings.rules import finding, opposite, rule
from monitor.findings.words import change_of_period, period
from monitor.model import Category, Commitment, CommitmentKind, Direction, Finding, Severity, Value


@dataclass(frozen=True, slots=True)
class Kind:
    """What another value of a kind means.

    ``more``: what a longer period or a higher number means for the person. ``lost``: whether its
    loss is a finding of its own.
    """

    category: Category
    name: str
    more: Direction
    severity: Severity
    lost: bool = False


KINDS: dict[CommitmentKind, Kind] = {
    "notice_period": Kind("notice", "Notice of changes", "stronger", "high", lost=True),
    "objection_window": Kind("notice", "Time to object", "stronger", "high"),
    "minimum_age": Kind("age", "Minimum age", "stronger", "high", lost=True),
    "retention": Kind("retention", "Time data is kept", "weaker", "high"),
    "response_time": Kind("rights", "Time to answer requests", "weaker", "medium"),
    "breach_notice": Kind("security", "Notice of a breach", "weaker", "high", lost=True),
    "arbitration_opt_out": Kind("dispute", "Time to opt out of arbitration", "stronger", "medium"),
    "sale": Kind("sale", "Selling of data", "weaker", "high"),
    "arbitration": Kind("dispute", "binding arbitration", "weaker", "high"),
    "class_waiver": Kind("dispute", "class action waiver", "weaker", "high"),
}
_NOTICE_OF = {
    "subprocessors": "Notice of new sub-processors",
    "price": "Notice of price changes",
    "business transfer": "Notice of a sale of the business",
}
_AGE_OF = {"parental consent": "Age of parental consent", "sale": "Age for selling data"}
_SELLING = {"never": 0, "consent": 1, "opt_out": 2, "may": 3}
_SELLING_WORDS = {"consent": "with consent", "opt_out": "unless people opt out"}
_NEED, _ENDLESS = 1e6, 1e9
_KEEPING = {"as_needed": "as long as needed", "indefinite": "without limit"}


@rule("promise-changed", "a typed commitment has another value, or is gone")
def promise_changed(sides: Sides) -> Iterator[Finding]:
    """Compare what both versions commit to in the changed passages, in typed values."""
    for shift in sides.shifts:
        kind = KINDS[shift.kind]
        if shift.kind == "sale":
            yield from _selling(sides, kind, shift)
        elif shift.kind in ("arbitration", "class_waiver"):
            yield from _waived(sides, kind, shift)
        elif shift.kind == "retention":
            yield from _keeping(sides, kind, shift)
        else:
            yield from _number(sides, kind, shift)


def _made(
    sides: Sides,
    kind: Kind,
    shift: Shift,
    direction: Direction,
    summary: str,
    *,
    values: tuple[Value | None, Value | None],
    severity: Severity | None = None,
) -> Finding:
    made = finding(
        sides, "promise-changed", kind.category, direction, severity or kind.severity, summary,
        values=values, confidence=0.97,
    )  # fmt: skip
    return replace(
        made,
        before=shift.before.quote if shift.before else made.before,
        after=shift.after.quote if shift.after else made.after,
    )


def _number(sides: Sides, kind: Kind, shift: Shift) -> Iterator[Finding]:
    before, after = _length(shift.before), _length(shift.after)
    values = _value(shift.before), _value(shift.after)
    name = _name(kind, shift)
    if before is not None and after is not None:
        direction = kind.more if after > before else opposite(kind.more)
        said = change_of_period(name, _spoken(shift.before), _spoken(shift.after))
        yield _made(sides, kind, shift, direction, said, values=values)
    elif kind.lost and before is not None:
        said = f"{name}: {period(*_spoken(shift.before))} → none promised"
        yield _made(sides, kind, shift, "weaker", said, values=values)
    elif shift.kind == "notice_period" and shift.after and shift.after.value == 0:
        yield _made(sides, kind, shift, "weaker", f"{name}: now without notice", values=values)


def _keeping(sides: Sides, kind: Kind, shift: Shift) -> Iterator[Finding]:
    """A period against a period, and a limit that gave way to need or to nothing."""
    if shift.before is None or shift.after is None:
        return
    before, after = _limit(shift.before), _limit(shift.after)
    if before == after:
        return
    direction: Direction = "weaker" if after > before else "stronger"
    if isinstance(shift.before.value, int) and isinstance(shift.after.value, int):
        said = change_of_period(kind.name, _spoken(shift.before), _spoken(shift.after))
    else:
        said = f"{kind.name}: {_kept(shift.before)} → {_kept(shift.after)}"
    yield _made(
        sides, kind, shift, direction, said, values=(shift.before.value, shift.after.value),
        severity="high" if direction == "weaker" else "medium",
    )  # fmt: skip


def _selling(sides: Sides, kind: Kind, shift: Shift) -> Iterator[Finding]:
    values = (
        shift.before.value if shift.before else None, shift.after.value if shift.after else None,
    )  # fmt: skip
    old, new = (_SELLING.get(str(value)) for value in values)
    if old is None or new is None or (new and sides.after and sides.after.act("sell") == "denied"):
        return
    direction: Direction = "weaker" if new > old else "stronger"
    words = [_SELLING_WORDS.get(str(value), str(value)) for value in values]
    yield _made(
        sides, kind, shift, direction, f"{kind.name}: {words[0]} → {words[1]}",
        values=values, severity="high" if direction == "weaker" else "medium",
    )  # fmt: skip


def _waived(sides: Sides, kind: Kind, shift: Shift) -> Iterator[Finding]:
    new = shift.after is not None and shift.after.value is True
    old = shift.before is not None and shift.before.value is True
    if new == old:
        return
    yield _made(
        sides, kind, shift, "weaker" if new else "stronger",
        f"{'New' if new else 'Gone'}: {kind.name}", severity="high" if new else "medium",
        values=(
            shift.before.value if shift.before else None,
            shift.after.value if shift.after else None,
        ),
    )  # fmt: skip


def _name(kind: Kind, shift: Shift) -> str:
    side = shift.after or shift.before
    scope = side.scope if side else ""
    if shift.kind == "notice_period":
        return _NOTICE_OF.get(scope, kind.name)
    return _AGE_OF.get(scope, kind.name) if shift.kind == "minimum_age" else kind.name


def _value(commitment: Commitment | None) -> Value | None:
    """The typed value; a change "without notice" promises no period."""
    if commitment is None or (commitment.kind == "notice_period" and commitment.value == 0):
        return None
    return commitment.value


def _length(commitment: Commitment | None) -> float | None:
    value = _value(commitment)
    if commitment is None or not isinstance(value, int):
        return None
    return days(value, commitment.unit)


def _limit(commitment: Commitment) -> float:
    """In days, so that a need is longer than any period, and no limit longer than a need."""
    length = _length(commitment)
    if length is not None:
        return length
    return _NEED if commitment.value == "as_needed" else _ENDLESS


def _kept(commitment: Commitment) -> str:
    return _KEEPING.get(str(commitment.value)) or period(*_spoken(commitment))


def _spoken(commitment: Commitment | None) -> tuple[int, str]:
    assert commitment is not None
    assert isinstance(commitment.value, int)
    return commitment.value, commitment.unit
