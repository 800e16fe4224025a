"""The pure views: what no page test can reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.comparison import as_document, compare
from monitor.model import Edit
from store import ChangeGlance, CheckRecord
from tests.web.showcase import texts
from tests.web.world import LOOM, LOOM_LATER, START, World
from web.samples.catalogue import catalogue
from web.views.change import parse_change_id
from web.views.sheet import sheet
from web.views.timeline import LEFT, RIGHT, WIDTH, timeline


def test_a_redline_gives_back_both_texts() -> None:
    """Nothing of either version is lost or said twice."""
    old, new = as_document(LOOM), as_document(LOOM_LATER)
    found = compare(LOOM, LOOM_LATER)
    made = sheet(old, new, found.edits, found.findings)
    before = " ".join("".join(p.text for p in row.before) for row in made.rows)
    after = " ".join("".join(p.text for p in row.after) for row in made.rows)
    assert "at least 30 days" in before
    assert "at least 14 days" not in before
    assert "at least 14 days" in after
    assert len(made.rows) == len(old.clauses) == len(new.clauses)


def test_what_a_finding_stands_for_is_marked_also_where_it_is_not_quoted() -> None:
    """One finding speaks of both new recipients and quotes the first; neither is mere wording."""
    [quillbrook] = [sample for sample in catalogue() if sample.service == "Quillbrook"]
    before, after, *_ = texts(quillbrook)
    found = compare(before, after)
    made = sheet(as_document(before), as_document(after), found.edits, found.findings)
    for words in ("advertising partners, who", "data brokers, who"):
        [row] = [row for row in made.rows if row.inline[-1].text.startswith(words)]
        [number] = row.findings
        assert row.tone == "meaning"
        assert "data brokers" in found.findings[number - 1].summary


@pytest.mark.parametrize("edits", [(), (Edit("kept", (0,), (0,)),), (Edit("kept", (99,), (99,)),)])
def test_an_alignment_that_does_not_fit_is_made_anew(edits: tuple[Edit, ...]) -> None:
    """An older engine may have cut clauses otherwise."""
    old, new = as_document(LOOM), as_document(LOOM_LATER)
    made = sheet(old, new, edits, compare(LOOM, LOOM_LATER).findings)
    assert len(made.rows) == len(new.clauses)
    assert made.places == {1: next(r.number for r in made.rows if r.tone == "meaning")}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("loom@1-2", ("loom", 1, 2)),
        ("a-b@c@10-2", ("a-b@c", 10, 2)),
        ("loom@1", None),
        ("loom@1-x", None),
        ("loom@-1-2", None),
        ("@1-2", None),
        ("loom@1-٢", None),
        ("loom@1-9999999999", None),
    ],
)
def test_names_of_changes(text: str, named: tuple[str, int, int] | None) -> None:
    """A policy and two numbers, or nothing."""
    assert parse_change_id(text) == named


def check(hours: int, result: str) -> CheckRecord:
    """A check that took a minute."""
    at = START + timedelta(hours=hours)
    return CheckRecord(
        "loom", at, at + timedelta(minutes=1), result, "", "", False, None, {}  # type: ignore[arg-type]
    )  # fmt: skip


def test_outages_and_flaps_are_bands_up_to_the_next_good_check(world: World) -> None:
    """One band for a run of checks that went wrong in the same way."""
    checks = [
        check(0, "unchanged"), check(24, "failed"), check(48, "failed"), check(72, "unchanged"),
        check(96, "held"), check(120, "suspect"),
    ]  # fmt: skip
    versions = world.store.versions("loom")
    drawn = timeline(versions, [], checks, START + timedelta(days=10))
    assert drawn is not None
    assert [band.kind for band in drawn.bands] == ["outage", "flap", "suspect"]
    outage, flap, suspect = drawn.bands
    assert outage.x + outage.width < flap.x
    assert flap.x + flap.width == pytest.approx(suspect.x, abs=0.2)
    assert suspect.x + suspect.width == pytest.approx(WIDTH - RIGHT, abs=0.2)


@pytest.mark.parametrize("days", [0, 1, 9, 40, 200, 900, 4000, 20_000])
def test_the_axis_has_few_ticks_whatever_the_span(world: World, days: int) -> None:
    """Inside of the drawing, from left to right."""
    versions = world.store.versions("loom")[:1]
    change = ChangeGlance("loom@1-2", "loom", 1, 2, START, "material", "high", ("x",))
    drawn = timeline(versions, [change], [], START + timedelta(days=days))
    assert drawn is not None
    places = [tick.x for tick in drawn.ticks]
    assert len(places) <= 9
    assert places == sorted(places)
    assert all(LEFT <= x <= WIDTH - RIGHT for x in (*places, drawn.marks[0].x))


def test_no_version_no_timeline() -> None:
    """Before the first check there is nothing to draw."""
    assert timeline([], [], [], START) is None


def test_marks_stand_where_the_change_was(world: World) -> None:
    """A later change is further right; a change of wording alone has a lane of its own."""
    versions = world.store.versions("loom")
    changes = world.store.glances.changes("loom")
    drawn = timeline(versions, changes, [], world.now)
    assert drawn is not None
    assert [mark.lane for mark in drawn.marks] == ["high", "wording"]
    assert drawn.marks[0].x < drawn.marks[1].x
    lower = timeline(versions, [replace(changes[1], severity="low")], [], world.now)
    assert lower is not None
    assert lower.marks[0].y != drawn.marks[0].y
