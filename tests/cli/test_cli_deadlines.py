"""The commands that say until when one may act, and which laws speak of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.cli.test_cli_subprocessors import listing
from tests.mail.samples import raw

DPA = (
    "<html lang=en><head><title>DPA of Cedar Loom</title></head><body><main><h1>Data processing "
    "agreement</h1><p>This agreement applies to the personal data that Cedar Loom processes for "
    "the customer.</p><p>The customer may object to a new sub-processor within {days} of the "
    "notice.</p><p>Cedar Loom keeps the data confidential.</p></main></body></html>"
)
TERMS = (
    "<html lang=en><head><title>Terms of Cedar Loom</title></head><body><main><h1>Terms</h1>"
    "<p>Effective date: {effective}</p><p>These terms govern how sellers use Cedar Loom, an online "
    "marketplace for cloth.</p><p>We may suspend your account {how}.</p><p>These terms are "
    "governed by the laws of Ireland.</p></main></body></html>"
)
TABLES = """
[[policy]]
id = "cedar-list"
service = "Cedar Loom"
type = "subprocessors"
url = "https://cedar.example/list"
[[policy]]
id = "cedar-dpa"
service = "Cedar Loom"
type = "dpa"
url = "https://cedar.example/dpa"
[[policy]]
id = "cedar-terms"
service = "Cedar Loom"
type = "terms"
url = "https://cedar.example/terms"
[[vendor]]
name = "Cedar Loom"
owner = "risk@loom.example"
laws = ["eu-p2b"]
"""
TODAY = datetime.now(UTC).date()


def in_days(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


@pytest.fixture
def watched(call: Call, tmp_path: Path) -> Call:
    """A list to which two were added, the agreement behind it, and terms that change in 50 days."""
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write(TABLES)
    ahead = TODAY + timedelta(days=50)
    pages = [
        ("cedar-dpa", DPA.format(days="21 days")),
        ("cedar-list", listing("alder").replace("14 days", "the time that the agreement sets")),
        ("cedar-list", listing("alder", "birch").replace("14 days", "the time that the agreement "
                                                         "sets")),
        ("cedar-terms", TERMS.format(effective="1 January 2020", how="after a warning")),
        ("cedar-terms", TERMS.format(effective=f"{ahead:%d %B %Y}", how="without notice")),
    ]  # fmt: skip
    for policy, page in pages:
        (tmp_path / "page.html").write_text(page, encoding="utf-8")
        result = call("capture", policy, str(tmp_path / "page.html"))
        assert result.code == 0, result.err
    return call


def test_deadlines_come_from_agreement_law_and_page(watched: Call) -> None:
    """The list promises nothing itself: the DPA of the same vendor does."""
    rows = watched("deadlines", "--json").json
    assert [(r["policy"], r["deadline"]["kind"], r["deadline"]["source"]) for r in rows] == [
        ("cedar-terms", "termination", "law"),
        ("cedar-list", "objection", "policy"),
        ("cedar-terms", "effect", "page"),
    ]
    assert [r["deadline"]["until"] for r in rows] == [in_days(15), in_days(21), in_days(50)]
    assert [r["days_left"] for r in rows] == [15, 21, 50]
    objection = rows[1]["deadline"]
    assert objection["names"] == ["=Birch & Sons SAS"]
    assert objection["cite"].startswith("cedar-dpa: The customer may object")
    assert {row["owner"] for row in rows} == {"risk@loom.example"}


def test_the_table_fits_a_narrow_terminal(watched: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """What, until when, and how that was counted."""
    monkeypatch.setenv("COLUMNS", "80")
    out = watched("deadlines").out
    assert all(len(line) <= 80 for line in out.splitlines())
    assert "cedar-list: object to =Birch & Sons SAS" in out
    assert f"{in_days(21)}  21 days" in out
    words = " ".join(out.split())
    assert f"21 days from {TODAY} (when the page showed it)" in words


def test_only_what_is_near_or_past_where_asked(watched: Call) -> None:
    """A policy, a number of days, and nothing at all."""
    assert [r["policy"] for r in watched("deadlines", "--ahead", "15", "--json").json] == [
        "cedar-terms"
    ]
    assert len(watched("deadlines", "cedar-terms", "--json").json) == 2
    assert "No deadline lies ahead" in watched("deadlines", "cedar-dpa").out
    unknown = watched("deadlines", "cedar")
    assert (unknown.code, "cedar-list" in unknown.err) == (2, True)
    assert watched("deadlines", "--csv", "--ics").code == 2


def test_what_is_taken_back_has_no_deadline(watched: Call, tmp_path: Path) -> None:
    """The terms put their day off: one effect, the new one; the company left the list again."""
    later = TODAY + timedelta(days=80)
    pages = [
        ("cedar-terms", TERMS.format(effective=f"{later:%d %B %Y}", how="without notice")),
        ("cedar-list", listing("moved").replace("14 days", "the time that the agreement sets")),
    ]
    for policy, page in pages:
        (tmp_path / "page.html").write_text(page, encoding="utf-8")
        assert watched("capture", policy, str(tmp_path / "page.html")).code == 0
    rows = watched("deadlines", "--json").json
    effects = [r["deadline"]["until"] for r in rows if r["deadline"]["kind"] == "effect"]
    assert effects == [in_days(80)]
    assert not [r for r in rows if r["policy"] == "cedar-list"]


def test_a_spreadsheet_gets_no_formulas(watched: Call) -> None:
    """A name that begins like a formula is only a name."""
    rows = list(csv.DictReader(io.StringIO(watched("deadlines", "--csv").out)))
    assert [row["names"] for row in rows] == ["", "'=Birch & Sons SAS", ""]
    assert rows[1]["until"] == in_days(21)
    assert rows[1]["counted"].startswith("21 days from")


def unfolded(feed: str) -> Iterator[str]:
    """The content lines of a feed; every line is at most 75 octets and ends as it must."""
    lines = feed.split("\r\n")
    assert lines[-1] == ""
    assert all(len(line.encode()) <= 75 and "\n" not in line for line in lines)
    return iter(feed.replace("\r\n ", "").split("\r\n"))


def test_a_calendar_can_subscribe(watched: Call) -> None:
    """All-day events; a day later the same event has the same name."""
    feed = watched("deadlines", "--ics").out
    lines = list(unfolded(feed))
    assert (lines[0], lines[-2]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    assert lines.count("BEGIN:VEVENT") == 3
    day = f"DTSTART;VALUE=DATE:{TODAY + timedelta(days=21):%Y%m%d}"
    assert day in lines
    assert "SUMMARY:Cedar Loom: object to =Birch & Sons SAS" in lines
    uids = [line for line in lines if line.startswith("UID:")]
    assert len(set(uids)) == 3
    again = [x for x in unfolded(watched("deadlines", "--ics").out) if x.startswith("UID:")]
    assert again == uids


def test_what_an_e_mail_announces_is_counted_until_the_page_shows_it(
    watched: Call, tmp_path: Path
) -> None:
    """Days before anything changed; then the days of the change take their place."""
    ahead = TODAY + timedelta(days=40)
    told = f"{TODAY:%a, %d %b %Y} 00:00:01 +0000"
    body = f"We are updating our data processing agreement. It takes effect on {ahead:%d %B %Y}."
    mail = raw(
        "Update",
        body + " You may object within 10 days of this notice.\n",
        sender="Cedar Loom <legal@cedar.example>",
        stamp=told,
        received=told,
    )
    (tmp_path / "a.eml").write_bytes(mail)
    before = len(watched("deadlines", "--json").json)
    [taken] = watched("import", "notice", str(tmp_path / "a.eml"), "--policy", "cedar-dpa", "--json"
                      ).json  # fmt: skip
    rows = [r for r in watched("deadlines", "--json").json if r["notice"]]
    assert len(watched("deadlines", "--json").json) == before + 2
    assert [(r["policy"], r["change"], r["days_left"], r["deadline"]["kind"]) for r in rows] == [
        ("cedar-dpa", None, 10, "objection"),
        ("cedar-dpa", None, 40, "effect"),
    ]
    assert taken["digest"].startswith(rows[0]["notice"])
    said = " ".join(watched("deadlines").out.split())
    assert "cedar-dpa: takes effect (announced by e-mail)" in said
    cells = csv.DictReader(io.StringIO(watched("deadlines", "cedar-dpa", "--csv").out))
    assert {(row["change"], row["notice"]) for row in cells} == {("", rows[0]["notice"])}

    later = DPA.format(days="7 days").replace(
        "<p>This", f"<p>Effective {ahead:%d %B %Y}</p><p>This"
    )
    (tmp_path / "page.html").write_text(later, encoding="utf-8")
    assert watched("capture", "cedar-dpa", str(tmp_path / "page.html")).code == 0
    rows = watched("deadlines", "cedar-dpa", "--json").json
    assert {(r["change"], r["notice"]) for r in rows} == {("cedar-dpa@1-2", None)}
    assert "effect" in {r["deadline"]["kind"] for r in rows}


def test_laws_are_listed_and_explained(call: Call) -> None:
    """With what they give, to whom they apply and where they stand; some give no number."""
    listed = call("statutes").out
    assert "eu-psd2" in listed
    assert "no number" in listed
    explained = " ".join(call("statutes", "gdpr-28-2").out.split())
    assert "names no number of days" in explained
    assert "https://eur-lex.europa.eu" in explained
    assert call("statutes", "eu-p2b", "--json").json[0]["gives"][0]["right"] == "notice"
    unknown = call("statutes", "p2b")
    assert (unknown.code, "eu-p2b" in unknown.err) == (2, True)


def test_a_law_that_is_not_known_is_a_fault(call: Call, tmp_path: Path) -> None:
    """In the configuration, with the known ones."""
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write('[[vendor]]\nname = "Cedar"\nlaws = ["p2b"]\n')
    result = call("deadlines")
    assert result.code == 2
    assert '[[vendor]] "Cedar" laws: there is no law "p2b"' in result.err


# --- the notice that was given -------------------------------------------------------------------

PROMISING = TERMS.replace(
    "<p>These terms are governed",
    "<p>We post changes of these terms on this page {days} before they take effect.</p>"
    "<p>These terms are governed",
)


@pytest.fixture
def noticed(call: Call, tmp_path: Path) -> Call:
    """Terms with a change that keeps its promise, an undated one, and a date that moved alone."""
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write(TABLES)
    first, second = (f"{TODAY + timedelta(days=days):%d %B %Y}" for days in (50, 60))
    pages = [
        PROMISING.format(effective="1 January 2020", how="after a warning", days="30 days"),
        PROMISING.format(effective=first, how="without notice", days="30 days"),
        PROMISING.format(effective=first, how="without notice", days="14 days"),
        PROMISING.format(effective=second, how="without notice", days="14 days"),
    ]
    for page in pages:
        (tmp_path / "page.html").write_text(page, encoding="utf-8")
        assert call("capture", "cedar-terms", str(tmp_path / "page.html")).code == 0
    return call


def test_history_names_verdicts_and_undated_changes(
    noticed: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each change with the notice that was given of it, and what its stated date tells."""
    monkeypatch.setenv("COLUMNS", "200")
    told = noticed("history", "cedar-terms", "--json").json["notices"]
    assert {change: (n["verdict"], n["dating"]) for change, n in told.items()} == {
        "cedar-terms@1-2": ("consistent", "dated"),
        "cedar-terms@2-3": ("not verifiable", "undated"),
        "cedar-terms@3-4": ("consistent", "date only"),
    }
    out = noticed("history", "cedar-terms").out
    assert "notice: consistent (30 days promised, 50 given)" in out
    assert "undated: the words changed, the stated date did not" in out
    assert "date only: the stated date changed, no words did" in out


def test_diff_and_show_say_it_of_their_version(noticed: Call) -> None:
    """The arithmetic with the difference; beside the text, where it disturbs no pipe."""
    undated = noticed("diff", "cedar-terms", "2", "3")
    assert "undated: the words changed" in undated.out
    assert noticed("diff", "cedar-terms", "2", "3", "--json").json["notice"]["dating"] == "undated"
    kept = " ".join(noticed("diff", "cedar-terms", "1", "2").out.split())
    assert f"less 30 days is {TODAY + timedelta(days=20)}, the last day in time." in kept
    shown = noticed("show", "cedar-terms", "--version", "3")
    assert "version 3: undated" in " ".join(shown.err.split())
    assert "undated" not in shown.out
    assert noticed("show", "cedar-terms", "--version", "1", "--json").json["notice"] is None


def test_a_capture_says_at_once_what_notice_was_given(noticed: Call, tmp_path: Path) -> None:
    """As `check` does, for people and for machines."""
    later = f"{TODAY + timedelta(days=10):%d %B %Y}"
    page = PROMISING.format(effective=later, how="without any notice", days="7 days")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    result = noticed("capture", "cedar-terms", str(tmp_path / "page.html"), "--json")
    assert result.json["notice"]["verdict"] == "shorter on this page", result.json["notice"]
