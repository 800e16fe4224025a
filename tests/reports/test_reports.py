"""What reports say, read from the HTML that everybody can open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from monitor import review
from monitor.config import Vendor
from monitor.errors import ConfigError, StoreError
from monitor.model import Assessment, SourceMemory, Stand
from tests.store.recorded import OWNER
from tests.web.world import LOOM, LOOM_LATER, START, World
from web.reports import periods
from web.reports.formats import FORMATS, rendered
from web.reports.html import as_html
from web.reports.period import Period
from web.reports.reading import report_on_change
from web.reports.reading_period import Scope, report_on_period

MARCH = periods.month("2026-03")


def sections(page: str) -> dict[str, str]:
    """The words under each heading."""
    found = {}
    for section in LexborHTMLParser(page).css("section"):
        heading = section.css_first("h2")
        assert heading is not None
        found[heading.text()] = " ".join(section.text(separator=" ").split())
    return found


def of_change(world: World, change: str = "loom@1-2") -> dict[str, str]:
    return sections(as_html(report_on_change(world.backend, change)))


def of_period(world: World, period: Period = MARCH, scope: Scope | None = None) -> dict[str, str]:
    return sections(as_html(report_on_period(world.backend, period, scope or Scope())))


# --- a change ------------------------------------------------------------------------------------


def test_a_change_shows_both_promises_and_how_they_are_known(world: World) -> None:
    """Before and now, the rule, the digests of both texts and the end of the chain."""
    said = of_change(world)
    found = said["What was promised, what is promised now"]
    assert "Notice of changes: 30 → 14 days" in found
    assert "at least 30 days" in found.partition("Promised now")[0]
    assert "at least 14 days" in found.partition("Promised now")[2]
    evidence = said["Evidence"]
    for number in (1, 2):
        assert world.store.version("loom", number).text_digest in evidence
    assert world.store.head("loom") in evidence


def test_the_notice_is_counted_step_by_step(empty: World) -> None:
    """The arithmetic stands in it as sentences, and the verdict above them."""
    empty.declare("loom")
    effective = (START + timedelta(days=7 + 10)).date()
    empty.publish("loom", LOOM, LOOM_LATER, effective=effective)
    said = of_change(empty)["Notice"]
    assert "30 days; 10 days given" in said
    assert "an e-mail was promised" in said
    assert "first seen with the change on 2026-03-08" in said
    assert "18 March 2026" in as_html(report_on_change(empty.backend, "loom@1-2"))


def test_decisions_are_told_with_name_and_reason(world: World) -> None:
    """Every step, in order; before the first, that nobody decided."""
    assert "Nobody has decided on it." in of_change(world)["Decisions"]
    review.decide(world.store, "loom@1-2", "escalate", who="mira", at=world.now, why="ask legal")
    review.decide(
        world.store, "loom@1-2", "dismiss", who="jon", at=world.now, grounds="not relevant"
    )
    said = of_change(world)["Decisions"]
    assert "Dismissed as not relevant by jon" in said
    assert said.index("ask legal") < said.index("dismissed as not relevant")


def test_the_redline_leaves_out_what_did_not_change(world: World) -> None:
    """With the number of clauses that are left out."""
    said = of_change(world)["The words"]
    assert "We do not sell" not in said
    assert "unchanged clauses left out" in said


def test_two_versions_that_are_no_recorded_change_are_compared_now(world: World) -> None:
    """And the report says so."""
    page = as_html(report_on_change(world.backend, "loom@1-3"))
    assert "now, for this report" in page
    assert "moved here from" in page


@pytest.mark.parametrize("name", ["loom", "loom@1-9", "nobody@1-2"])
def test_what_is_not_there_is_said(world: World, name: str) -> None:
    """By name."""
    with pytest.raises(StoreError, match=r"loom|nobody"):
        report_on_change(world.backend, name)


def test_html_stands_alone(world: World) -> None:
    """No script, no address to load from, a policy against both, and a print style."""
    page = as_html(report_on_change(world.backend, "loom@1-2"))
    tree = LexborHTMLParser(page)
    assert not tree.css("script, link, img, iframe, [src], [style]")
    assert "default-src 'none'" in page
    assert "@media print" in page
    assert "url(" not in page
    assert "<ins>14</ins>" in page


def test_markup_of_strangers_stays_words(empty: World) -> None:
    """In every field that a report shows, for a change and a period."""
    evil = "<img src=x onerror=alert(1)>{{7*7}}\u202e</style><script>"
    empty.settings = empty.settings.model_copy(update={"vendor": (Vendor(name=evil, owner=evil),)})
    empty.declare("loom", service=evil, owner=evil)
    spiked = LOOM.replace("## Changes", f"## Changes {evil}")
    empty.publish("loom", spiked, spiked.replace("30 days", f"14 days {evil}"), title=evil)
    review.decide(empty.store, "loom@1-2", "escalate", who=evil, at=empty.now, why=evil)
    for report in (
        report_on_change(empty.backend, "loom@1-2"),
        report_on_period(empty.backend, MARCH, Scope()),
    ):
        page = as_html(report)
        assert "&lt;img src=x" in page
        assert not LexborHTMLParser(page).css("script, img")
        assert "\u202e" not in page


# --- a period ------------------------------------------------------------------------------------


def test_a_period_tells_what_changed_and_who_decided(world: World) -> None:
    """The summary by policy, each material change with both quotes and its decision."""
    review.decide(world.store, "loom@1-2", "acknowledge", who="mira", at=world.now, why="known")
    said = of_period(world)
    assert "Privacy policy loom 1 0 0" in said["Summary"]
    assert "Terms of service ferries 1 0 0" in said["Summary"]
    material = said["Material changes"]
    assert "loom@1-2" in material
    assert "ferries@1-2" in material
    assert "Acknowledged by mira" in material
    assert "binding arbitration" in material
    assert "Pell Ferries" in said["What nobody decided on"]
    assert "Harbour Loom" not in said["What nobody decided on"]
    assert "mira" in said["Decisions in the period"]
    assert world.store.head("loom") in said["Evidence"]


def test_only_what_was_seen_in_the_period_counts(world: World) -> None:
    """From the first moment of the first day to the last of the last, in the configured zone."""
    assert "ferries@1-2" not in of_period(world, periods.month("2026-04"))["Material changes"]
    day = periods.between("2026-03-08", "2026-03-08", date(2026, 4, 1))
    assert "loom@1-2" in of_period(world, day)["Material changes"]
    before = periods.between("2026-03-01", "2026-03-07", date(2026, 4, 1))
    assert of_period(world, before)["Material changes"] == "Material changes None."


def test_a_period_tells_what_falls_short_and_which_sources_are_in_trouble(world: World) -> None:
    """As it is now."""
    short = Assessment(
        "notice_period", "d", "notice of at least 30 days", "notice", "contrary", "high",
        "14 days are promised",
    )  # fmt: skip
    assert world.store.lease("loom", OWNER, world.now, timedelta(hours=1))
    stand = Stand(short, 3, START)
    assert world.store.record_stands("loom", OWNER, (stand,), (), world.now)
    world.remember(
        "ferries",
        SourceMemory(health="unreachable", health_since=START, last_error="no route to the host"),
    )
    said = of_period(world)
    assert "notice of at least 30 days" in said["Expectations missed"]
    assert "no route to the host" in said["Sources in trouble"]


def test_a_period_tells_the_days_ahead(empty: World) -> None:
    """With how they were counted."""
    empty.declare("loom")
    effective = (empty.now + timedelta(days=12)).date()
    empty.publish("loom", LOOM, LOOM_LATER, effective=effective)
    assert "in 12 days" in of_period(empty)["Deadlines ahead"]


@pytest.mark.parametrize(
    ("scope", "there", "absent"),
    [
        (Scope(policies=("loom",)), "loom@1-2", "ferries@1-2"),
        (Scope(tags=("travel",)), "ferries@1-2", "loom@1-2"),
        (Scope(vendors=("pell ferries",)), "ferries@1-2", "loom@1-2"),
    ],
)
def test_a_period_can_be_about_some_policies(
    world: World, scope: Scope, there: str, absent: str
) -> None:
    """By id, tag and vendor; the report says which."""
    world.settings = world.settings.model_copy(update={"vendor": (Vendor(name="Pell Ferries"),)})
    page = as_html(report_on_period(world.backend, MARCH, scope))
    assert there in page
    assert absent not in page
    assert scope.words[0] in page


def test_a_scope_of_nothing_is_a_mistake(world: World) -> None:
    """Rather than an empty report that says all is well."""
    with pytest.raises(ConfigError, match="no policy with tag zebra"):
        report_on_period(world.backend, MARCH, Scope(tags=("zebra",)))
    with pytest.raises(ConfigError, match="Known: ferries, loom"):
        report_on_period(world.backend, MARCH, Scope(policies=("lom",)))


@pytest.mark.parametrize("how", FORMATS)
def test_an_empty_store_still_makes_a_report(empty: World, how: str) -> None:
    """In every format that is installed."""
    try:
        content = rendered(report_on_period(empty.backend, MARCH, Scope()), how)  # type: ignore[arg-type]
    except ConfigError as error:
        pytest.skip(str(error))
    assert len(content) > 1000


@pytest.mark.parametrize(
    ("given", "since", "until"),
    [
        ({"month_": "2026-02"}, date(2026, 2, 1), date(2026, 2, 28)),
        ({"month_": "2028-02"}, date(2028, 2, 1), date(2028, 2, 29)),
        ({"month_": "2026-12"}, date(2026, 12, 1), date(2026, 12, 31)),
        ({"quarter_": "2026-Q3"}, date(2026, 7, 1), date(2026, 9, 30)),
        ({"quarter_": "2026q4"}, date(2026, 10, 1), date(2026, 12, 31)),
        ({"since": "2026-10-01"}, date(2026, 10, 1), date(2026, 11, 5)),
        ({"since": "2026-10-01", "until": "2026-10-09"}, date(2026, 10, 1), date(2026, 10, 9)),
    ],
)
def test_periods(given: dict[str, str], since: date, until: date) -> None:
    """Both days among them."""
    found = periods.chosen(date(2026, 11, 5), **given)
    assert found is not None
    assert (found.since, found.until) == (since, until)


@pytest.mark.parametrize(
    "given",
    [
        {"month_": "2026-13"}, {"month_": "0000-01"}, {"month_": "10/2026"},
        {"quarter_": "2026-Q5"},
        {"since": "yesterday"}, {"since": "9999-12-31"}, {"until": "2026-01-01"},
        {"since": "2026-10-09", "until": "2026-10-01"},
        {"month_": "2026-10", "quarter_": "2026-Q3"},
    ],
)  # fmt: skip
def test_periods_that_are_none(given: dict[str, str]) -> None:
    """Each is refused with the option that is meant."""
    with pytest.raises(ConfigError, match="--"):
        periods.chosen(date(2026, 11, 5), **given)


# --- on the pages --------------------------------------------------------------------------------


async def test_the_page_of_a_change_offers_its_report(client: httpx.AsyncClient) -> None:
    """As a file with a name of its own."""
    page = LexborHTMLParser((await client.get("/changes/loom@1-2")).text)
    links = [a.attributes["href"] for a in page.css(".take a")]
    assert links[: len(FORMATS)] == [f"/changes/loom@1-2/report.{how}" for how in FORMATS]
    answer = await client.get(str(links[0]))
    assert answer.headers["content-disposition"] == (
        'attachment; filename="policywatch-loom-1-2.html"'
    )
    assert "at least 14 days" in sections(answer.text)["What was promised, what is promised now"]


async def test_a_period_is_asked_for_by_a_form(client: httpx.AsyncClient, world: World) -> None:
    """Without any dates it is the month before this one."""
    world.now = datetime(2026, 4, 20, tzinfo=UTC)
    assert "March 2026" in (await client.get("/reports")).text
    answer = await client.get("/reports/period?month=&quarter=&since=&until=&policy=&tag=&vendor=")
    assert "loom@1-2" in answer.text
    assert "2026-03-01" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/changes/loom@1-9/report.html", 404),
        ("/changes/loom@1-2/report.exe", 404),
        ("/reports/period?month=2026-99", 422),
        ("/reports/period?tag=zebra", 422),
    ],
)
async def test_what_cannot_be_made_is_said(
    client: httpx.AsyncClient, address: str, status: int
) -> None:
    """On a page of ours."""
    answer = await client.get(address)
    assert answer.status_code == status
    assert "policywatch" in answer.text
