"""`lint` as a user calls it, in a terminal and in continuous integration."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from monitor.cli.annotations import Annotation
from tests.check.world import page
from tests.cli.conftest import Call

POLICY = """# Privacy notice of Fernhill

We tell you of changes 14 days before they take effect, by e-mail.

We never sell your personal data.
"""
PROMISES = 'notice_days = ">= 30"\nsale = "never"\nrights = ["access"]\n'


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A policy of one's own, and what is expected of it."""
    policy, promises = tmp_path / "privacy, 100%: new.md", tmp_path / "promises.toml"
    policy.write_text(POLICY, encoding="utf-8")
    promises.write_text(PROMISES, encoding="utf-8")
    return str(policy), str(promises)


def test_lint_shows_what_is_met_and_what_is_not(call: Call, files: tuple[str, str]) -> None:
    """Shortfalls first, each with the words; without --fail-on it is no failure."""
    policy, promises = files
    result = call("lint", policy, "--expect", promises)
    assert result.code == 0
    out = " ".join(result.out.split())
    assert "1 contrary, 1 silent, 1 met" in out
    assert out.index("CONTRARY") < out.index("SILENT") < out.index("MET ")
    assert "Notice of changes: 14 days (policy); expected at least 30 days" in out
    assert "“We tell you of changes 14 days before" in out
    assert "not found in this text" in out


def test_lint_fails_only_where_it_is_asked_to(call: Call, files: tuple[str, str]) -> None:
    """0 done, 1 through --fail-on, 2 for usage."""
    policy, promises = files
    assert call("lint", policy, "--expect", promises, "--fail-on", "expectation").code == 1
    soft = Path(promises).with_name("soft.toml")
    soft.write_text('severity = "low"\nnotice_days = ">= 30"\n', encoding="utf-8")
    assert call("lint", policy, "--expect", str(soft), "--fail-on", "expectation").code == 0
    soft.write_text('sale = "never"\n', encoding="utf-8")
    assert call("lint", policy, "--expect", str(soft), "--fail-on", "expectation").code == 0
    for words, told in (
        (("lint", policy), "nothing is expected"),
        (("lint", policy, "--expect", "gdpr"), 'no preset "gdpr"'),
        (("lint", policy, "--expect", "missing.toml"), "missing.toml: cannot be read"),
        (("lint", policy + "x", "--expect", promises), "cannot be read"),
        (("lint", policy, "--policy", "nobody"), 'no policy "nobody"'),
    ):
        result = call(*words)
        assert result.code == 2
        assert told in " ".join(result.err.split())


def test_annotations_are_escaped_as_github_undoes_it(call: Call, files: tuple[str, str]) -> None:
    """A file's name or a page's words can neither end a property nor begin another command."""
    policy, promises = files
    lines = call("lint", policy, "--expect", promises, "--format", "github").out.splitlines()
    command = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")
    found = [command.fullmatch(line) for line in lines]
    assert len(found) == 2
    assert all(found)
    first = next(f for f in found if f and "notice_period" in f[2])
    properties = dict(pair.split("=", 1) for pair in first[2].split(","))
    assert first[1] == "error"
    assert properties["file"].endswith("privacy%2C 100%25%3A new.md")
    assert properties["line"] == properties["endLine"] == "3"
    assert properties["title"] == "notice_period"
    assert first[3].startswith("Notice of changes: 14 days")


def test_no_words_of_a_page_make_a_command_of_their_own() -> None:
    """A remark is one line, whatever it quotes."""
    hostile = Annotation(
        "low", "a,b:c.md", "x\n::stop-commands::y", "one\r\n::error::two\x1b[2J%0A"
    )
    line = str(hostile)
    assert line.isprintable()
    assert line.startswith("::notice file=a%2Cb%3Ac.md,title=x%0A%3A%3Astop-commands%3A%3Ay::")
    assert line.endswith("::one%0D%0A::error::two\N{REPLACEMENT CHARACTER}[2J%250A")


def test_lint_as_json_carries_every_assessment(call: Call, files: tuple[str, str]) -> None:
    """--json and --format json are the same; quotes index the file."""
    policy, promises = files
    [result] = call("lint", policy, "--expect", promises, "--json").json
    assert [result] == call("lint", policy, "--expect", promises, "--format", "json").json
    by_name = {a["name"]: a for a in result["assessments"]}
    assert by_name["notice_period"]["standing"] == "contrary"
    assert by_name["notice_period"]["value"] == 14
    [quote] = by_name["notice_period"]["quotes"]
    assert POLICY[quote["start"] : quote["end"]] == quote["text"]


def test_lint_takes_what_is_expected_of_a_policy(
    call: Call, files: tuple[str, str], tmp_path: Path
) -> None:
    """The configuration's own expectations, tried on a file; html has no lines."""
    config = tmp_path / "config.toml"
    table = '[policy.expect]\nsale = "not never"\n[[channel]]'
    config.write_text(config.read_text().replace("[[channel]]", table, 1), encoding="utf-8")
    page = tmp_path / "page.html"
    page.write_text("<h1>Privacy</h1><p>We never sell your personal data.</p>", encoding="utf-8")
    result = call("lint", str(page), "--policy", "loom", "--format", "github")
    assert result.out.startswith(f"::error file={page},title=sale::Selling of data: never")


# --- the store ------------------------------------------------------------------------------------


def expect(tmp_path: Path, table: str) -> None:
    """Write what is expected of the policy "loom" into the configuration."""
    config = tmp_path / "config.toml"
    text = config.read_text(encoding="utf-8")
    before, _, after = text.partition('url = "https://loom.example/privacy"\n')
    after = "[[channel]]" + after.partition("[[channel]]")[2]
    config.write_text(
        f'{before}url = "https://loom.example/privacy"\n[policy.expect]\n{table}{after}',
        encoding="utf-8",
    )


def test_expectations_of_a_stored_policy(told: Call, tmp_path: Path) -> None:
    """Read anew until a check has stored them; then with the day since when."""
    expect(tmp_path, 'notice_days = ">= 30"\nsale = "never"\nminimum_age = ">= 16"\n')
    fresh = " ".join(told("expectations").out.split())
    assert "not stored yet" in fresh
    assert "1 contrary, 1 silent, 1 met" in fresh
    (tmp_path / "page.html").write_text(page(days=10), encoding="utf-8")
    assert told("capture", "loom", str(tmp_path / "page.html")).code == 0
    result = told("expectations", "loom", "--json").json
    assert {row["assessment"]["standing"] for row in result} == {"met", "silent", "contrary"}
    assert all(row["since"] and row["version"] == 3 for row in result)
    short = told("expectations", "loom", "--short")
    assert "since 20" in short.out
    assert "not stored yet" not in short.out
    assert "MET" not in short.out


def test_expectations_as_csv_for_a_spreadsheet(told: Call, tmp_path: Path) -> None:
    """One row an expectation; no cell is a formula."""
    expect(tmp_path, 'notice_days = ">= 30"\nmust_mention = ["=1+1", "Harbour Loom"]\n')
    rows = list(csv.DictReader(io.StringIO(told("expectations", "--csv").out)))
    assert [row["standing"] for row in rows] == ["contrary", "not found", "met"]
    assert rows[0]["quote"].startswith("We will tell you by e-mail at least 14 days")
    assert not any(cell.startswith("=") for row in rows for cell in row.values())


def test_expectations_say_why_there_is_nothing_to_list(call: Call, tmp_path: Path) -> None:
    """No expectation, no version, no such policy."""
    assert "nothing is expected" in call("expectations", "loom").out
    expect(tmp_path, 'sale = "never"\n')
    assert "has no version yet" in call("expectations").out
    assert call("expectations", "nobody").code == 2
    bare = tmp_path / "bare.toml"
    bare.write_text("", encoding="utf-8")
    assert "Nothing is expected of any" in call("--config", str(bare), "expectations").out


def test_expectations_say_that_all_are_met(told: Call, tmp_path: Path) -> None:
    """No silence where nothing falls short."""
    expect(tmp_path, 'must_mention = ["Harbour Loom"]\n')
    assert "Every expectation is met." in told("expectations", "--short").out


def test_compare_tells_what_the_newer_file_falls_short_of(call: Call, tmp_path: Path) -> None:
    """Findings and expectations in one run; each can make it fail."""
    old, new, promises = tmp_path / "old.md", tmp_path / "new.md", tmp_path / "promises.toml"
    old.write_text(POLICY.replace("14 days", "60 days"), encoding="utf-8")
    new.write_text(POLICY, encoding="utf-8")
    promises.write_text('notice_days = ">= 30"\n', encoding="utf-8")
    files = ("compare", str(old), str(new))
    assert call(*files, "--fail-on", "expectation").code == 0
    wanted = (*files, "--expect", str(promises))
    assert call(*wanted).code == 0
    assert call(*wanted, "--fail-on", "expectation").code == 1
    assert call(*files, "--fail-on", "minor").code == 1
    assert call(*files, "--fail-on", "minor", "--fail-on", "expectation").code == 1
    assert call("compare", str(new), str(new), "--fail-on", "minor").code == 0
    assert "expected at least 30 days" in call(*wanted).out
    assert call(*wanted, "--json").json["expectations"][0]["standing"] == "contrary"
    lines = call(*wanted, "--format", "github").out.splitlines()
    assert [line.partition(",")[0] for line in lines] == [f"::error file={new}"] * 2
    assert all(",line=3,endLine=3," in line for line in lines)


def test_check_fails_on_a_shortfall_that_stands(told: Call, tmp_path: Path) -> None:
    """Not only where it began just now: the state counts, as it does for one's own files.

    The source of this policy does not answer; what is stored is what is held against.
    """
    expect(tmp_path, 'notice_days = ">= 30"\n')
    config = tmp_path / "config.toml"
    text = config.read_text(encoding="utf-8")
    text = text.replace("https://loom.example/privacy", "http://127.0.0.1:9/privacy")
    config.write_text("[fetch]\nretries = 0\n" + text, encoding="utf-8")
    assert told("check", "--fail-on", "material").code == 0
    result = told("check", "--json", "--fail-on", "expectation", "--fail-on", "material")
    assert result.code == 1
    assert [a["name"] for a in result.json[0]["shortfalls"]] == ["notice_period"]
    lines = told("check", "--format", "github").out.splitlines()
    declared = config.read_text(encoding="utf-8").splitlines().index('id = "loom"') + 1
    assert lines == [
        f"::error file={config},line={declared},title=notice_period::loom: "
        "Notice of changes: 14 days (policy); expected at least 30 days"
    ]
