"""The calendar: a month of days that follow from changes, as a grid and as an agenda."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.web.conftest import browser, page, words
from tests.web.world import LOOM, World
from web.days import Days
from web.views.calendar import month, month_of

TODAY = date(2026, 3, 31)


@pytest.fixture
def announced(empty: World) -> World:
    """One change that takes effect in April."""
    later = LOOM.replace("at least 30 days", "at least 14 days")
    empty.declare("loom", service="Harbour Loom")
    empty.publish("loom", LOOM, later, effective=date(2026, 4, 15), title="Privacy policy")
    return empty


async def test_a_month_shows_what_takes_effect(announced: World) -> None:
    async with browser(announced) as client:
        tree = page(await client.get("/calendar?month=2026-04"))
    assert words(tree, "h1") == ["April 2026"]
    cell = [c for c in tree.css(".month td") if c.css_first("time[datetime='2026-04-15']")]
    assert "Harbour Loom" in cell[0].text()
    agenda = words(tree, ".agenda li")
    assert len(agenda) == 1
    assert "in 15 days" in agenda[0]
    assert tree.css_first(".agenda a").attributes["href"] == "/changes/loom@1-2"


async def test_an_empty_month_names_the_next_day(announced: World) -> None:
    async with browser(announced) as client:
        tree = page(await client.get("/calendar"))
    assert words(tree, "h1") == ["March 2026"]
    assert "15 Apr 2026" in words(tree, ".empty")[0]
    assert tree.css_first("a[rel='next']").attributes["href"] == "/calendar?month=2026-04"


@pytest.mark.parametrize("said", ["", "2026-13", "2026", "x", "0000-01", "٢٠٢٦-٠٤", "2026-4"])
def test_what_names_no_month_is_the_present_one(said: str) -> None:
    assert month_of(said, TODAY) == date(2026, 3, 1)


@pytest.mark.parametrize(("said", "earlier", "later"), [
    ("1990-01", "", "1990-02"), ("2199-12", "2199-11", ""), ("9999-12", "2199-11", ""),
    ("2026-12", "2026-11", "2027-01"),
])  # fmt: skip
def test_the_calendar_ends_somewhere(said: str, earlier: str, later: str) -> None:
    found = month(month_of(said, TODAY), [])
    assert (found.earlier, found.later) == (earlier, later)


def test_weeks_are_whole_and_begin_on_monday() -> None:
    for number in range(1, 13):
        found = month(date(2026, number, 1), [])
        assert all(len(week) == 7 and week[0].day.weekday() == 0 for week in found.weeks)
        inside = [cell.day for week in found.weeks for cell in week if cell.inside]
        assert inside[0].day == 1
        assert {day.month for day in inside} == {number}


async def test_the_days_are_a_calendar_to_subscribe_to(announced: World) -> None:
    async with browser(announced) as client:
        link = page(await client.get("/calendar")).css_first("link[type='text/calendar']")
        answer = await client.get(link.attributes["href"])
        again = await client.get(
            "/feeds/days.ics", headers={"if-none-match": answer.headers["etag"]}
        )
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "DTSTART;VALUE=DATE:20260415" in answer.text
    assert "URL:http://127.0.0.1/changes/loom@1-2" in answer.text
    assert (again.status_code, again.content) == (304, b"")


async def test_a_month_far_back_is_read_as_well(announced: World) -> None:
    announced.now = datetime(2030, 1, 1, tzinfo=UTC)
    async with browser(announced) as client:
        tree = page(await client.get("/calendar?month=2026-04"))
    assert "ago" in words(tree, ".agenda li")[0]


def test_days_of_changes_recorded_later_are_counted_too(announced: World) -> None:
    """What was looked at before is remembered, and nothing new is left out for that."""
    days = Days(announced.backend)

    def shown(around: datetime = announced.now) -> list[str | None]:
        return [day.change for day in days.all(around)]

    assert shown() == shown() == ["loom@1-2"]
    later = LOOM.replace("five years", "nine years")
    announced.declare("tern", service="Tern Post")
    announced.publish("tern", LOOM, later, effective=date(2026, 4, 20), title="Privacy policy")
    assert shown() == shown() == ["loom@1-2", "tern@1-2"]
    assert [day.change for day in days.all(announced.now, "loom")] == ["loom@1-2"]
    assert [day.change for day in days.ahead()] == ["loom@1-2", "tern@1-2"]
    assert shown(announced.now.replace(year=2030)) == []
