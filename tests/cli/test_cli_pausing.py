"""Pausing a policy, as somebody at a terminal does it."""

from __future__ import annotations

from tests.cli.conftest import Call


def test_a_paused_policy_is_left_out_of_a_check_of_all(told: Call) -> None:
    """But it is checked where somebody names it; resuming ends the pause."""
    said = told("pause", "loom", "--until", "2d", "--why", "they relaunch", "--by", "mira").out
    assert "policywatch resume loom" in said
    assert told("check", "--json").json == []
    assert [row["policy"] for row in told("check", "loom", "--json").json] == ["loom"]
    told("resume", "loom", "--by", "mira")
    assert [row["policy"] for row in told("check", "--json").json] == ["loom"]
    assert [a["what"] for a in told("actions", "loom", "--json").json[:2]] == ["resume", "pause"]


def test_what_cannot_be_paused_is_said(told: Call) -> None:
    assert told("pause", "loom", "--until", "2020-01-01", "--why", "x").code == 2
    assert told("pause", "loom", "--until", "2d", "--why", " ").code == 2
    assert told("pause", "none", "--until", "2d", "--why", "x").code != 0
    assert told("resume", "loom").code == 2
