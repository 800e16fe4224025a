"""Deliveries as somebody at a terminal reads them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from store import NewDelivery, Store
from tests.cli.conftest import Call
from tests.store.recorded import NOW, alert

WHY = "mail server refused privacy@example.com (550 no such \x1b[31muser)"


@pytest.fixture
def given_up(call: Call, tmp_path: Path) -> Call:
    """An alert that a mail server refused for good, and one that waits for its digest."""
    with Store.open("sqlite:///policywatch.db", base_dir=tmp_path, now=NOW) as store:
        store.add_alert(alert("first"), [NewDelivery("mail", NOW)], NOW)
        (taken,) = store.lease_deliveries("x", NOW, 1, timedelta(minutes=1))
        store.mark_failed(taken.id, "x", NOW, WHY, retry_at=None)
        store.add_alert(alert("second"), [NewDelivery("slack", NOW, batch="daily")], NOW)
    return call


def test_what_is_given_up_is_listed_with_its_reason(given_up: Call) -> None:
    """Nothing that a server said reaches the terminal as a command."""
    said = given_up("deliveries", "--failed").out
    assert "given up after 1 try" in said
    assert "refused privacy@example.com (550 no such" in " ".join(said.split())
    assert "\x1b[31m" not in said
    assert "--retry ID" in said
    assert "slack" not in said


def test_what_waits_says_when_it_goes(given_up: Call) -> None:
    """The next try stands beside the tries so far."""
    said = given_up("deliveries", "--waiting").out
    assert "in a digest, next try 2026-03-01 10:00 UTC, 0 tries so far" in said
    assert [d["channel"] for d in given_up("deliveries", "--json").json] == ["slack", "mail"]
    assert [d["id"] for d in given_up("deliveries", "--channel", "mail", "--json").json] == [1]


def test_a_listing_fits_a_narrow_terminal(given_up: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty columns are enough."""
    monkeypatch.setenv("COLUMNS", "40")
    said = given_up("deliveries").out
    assert max(map(len, said.splitlines())) <= 40


@pytest.mark.parametrize("which", ["1", "all"])
def test_a_dead_letter_gets_a_fresh_start(given_up: Call, which: str) -> None:
    """By its number, or all of them once a channel is mended."""
    assert "To be sent again: 1" in given_up("deliveries", "--retry", which).out
    states = {d["id"]: (d["state"], d["attempts"]) for d in given_up("deliveries", "--json").json}
    assert states[1] == ("pending", 0)
    assert "None was given up." in given_up("deliveries", "--failed").out


@pytest.mark.parametrize("which", ["99", "x", "-1", "١"])
def test_what_cannot_be_tried_again_is_said(given_up: Call, which: str) -> None:
    """A typo changes nothing."""
    result = given_up("deliveries", "--retry", which)
    assert result.code == 2
    assert "--retry" in result.err


def test_no_deliveries_are_said_in_words(call: Call) -> None:
    """An empty answer could be taken for a fault."""
    assert "There are none." in call("deliveries").out
    assert "None was given up." in call("deliveries", "--failed").out
