"""The review as somebody at a terminal does it."""

from __future__ import annotations

from pathlib import Path

from tests.check.world import page
from tests.cli.conftest import Call


def test_an_alert_is_listed_acknowledged_and_gone_from_what_is_open(told: Call) -> None:
    """`review --open` empties; who and why stay in the records and in the chain."""
    assert "loom@1-2" in told("review", "--open").out
    done = told("review", "ack", "loom@1-2", "--by", "Ines", "--why", "told legal")
    assert "acknowledged now" in done.out
    assert "already by Ines" in told("review", "ack", "loom@1-2", "--by", "Jo").out
    assert "Nothing is open" in told("review", "--open").out
    (row,) = told("review", "loom", "--json").json
    assert (row["review"]["state"], row["review"]["why"]) == ("acknowledged", "told legal")
    assert told("verify").code == 0


def test_every_step_is_shown(told: Call) -> None:
    """`review show` numbers the findings and lists who did what."""
    told("review", "escalate", "loom@1-2", "--by", "Ines")
    told("review", "dismiss", "loom@1-2", "--as", "duplicate", "--by", "Jo")
    shown = told("review", "show", "loom@1-2").out
    assert "dismissed as duplicate" in shown
    assert "finding 1" in shown
    assert shown.index("Ines") < shown.index("Jo")
    told("review", "reopen", "loom@1-2")
    assert told("review", "--open", "--json").json[0]["review"]["state"] == "new"


def test_wrong_becomes_a_rule_that_the_next_check_applies(told: Call, tmp_path: Path) -> None:
    """Shown, written, applied to the next change, listed, and taken back."""
    shown = told("review", "wrong", "loom@1-2", "--category", "notice", "--json").json
    assert (shown["written"], told("review", "rules", "--json").json) == (False, [])
    done = told("review", "wrong", "loom@1-2", "--category", "notice", "--yes", "--why", "agreed")
    assert 'categories = ["notice"]' in done.out
    assert "dismissed as not relevant" in done.out
    (tmp_path / "page.html").write_text(page(days=7), encoding="utf-8")
    outcome = told("capture", "loom", str(tmp_path / "page.html"), "--json").json
    assert (outcome["verdict"], outcome["alerts"]) == ("minor", []) or not outcome["findings"]
    held = told("diff", "loom", "--json").json["comparison"]["held"]
    assert [(each["rule"], each["reason"]) for each in held] == [("review-loom-1-2", "agreed")]
    assert "review-loom-1-2" in told("review", "rules").out
    assert "Taken back" in told("review", "wrong", "loom@1-2", "--undo").out
    assert told("diff", "loom", "--json").json["comparison"]["held"] == []


def test_what_was_mistyped_is_said(told: Call) -> None:
    """Unknown policies, changes and findings are errors with a way out, never an empty list."""
    assert told("review", "nobody").code == 3
    unknown = told("review", "ack", "loom@8-9")
    assert unknown.code == 3
    assert "policywatch review" in unknown.err
    nothing = told("review", "wrong", "loom@1-2")
    assert nothing.code == 2
    assert "a category or a phrase" in nothing.err
    assert "--as" in told("review", "dismiss", "loom@1-2").err


def test_decisions_are_exported_once(told: Call, tmp_path: Path) -> None:
    """Without decisions there is nothing to export; a folder in use is not overwritten."""
    out = str(tmp_path / "labels")
    assert told("export", "reviews", out).code == 2
    told("review", "ack", "loom@1-2")
    assert told("export", "reviews", out, "--json").json["pairs"] == 1
    again = told("export", "reviews", out)
    assert again.code == 2
    assert "another folder" in again.err
