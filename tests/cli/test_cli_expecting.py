"""`lint` as a user calls it, in a terminal and in continuous integration."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.cli.annotations import Annotation
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
