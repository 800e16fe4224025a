"""Every command, in its readable form and as JSON, and every way to fail."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from monitor import config_file
from monitor.alerts import trial_alert
from monitor.services import open_store, utc_now
from store import NewDelivery
from tests.cli.conftest import Call


def test_the_version_is_told_without_a_configuration(call: Call, tmp_path: Path) -> None:
    """The one of what is installed, for a report of a fault."""
    (tmp_path / "config.toml").unlink()
    result = call("--version")
    assert (result.code, result.err) == (0, "")
    assert re.fullmatch(r"policywatch \d+\.\d+\.\d+\S*\n", result.out)


def test_history_tells_versions_and_what_changed(told: Call) -> None:
    """One line a version, with the verdict."""
    result = told("history", "loom")
    assert result.code == 0
    assert "material" in result.out
    answer = told("history", "loom", "--json").json
    assert [version["number"] for version in answer["versions"]] == [1, 2]
    assert answer["changes"][0]["id"] == "loom@1-2"
    assert answer["changes"][0]["comparison"]["findings"][0]["category"] == "notice"


def test_show_prints_the_text_of_a_version(told: Call) -> None:
    """The current one, one by number, one by date."""
    assert "at least 14 days" in told("show", "loom").out
    assert "at least 30 days" in told("show", "loom", "--version", "1").out
    early = told("show", "loom", "--at", "2001-01-01")
    assert (early.code, "no version as early" in early.err) == (2, True)
    assert told("show", "loom", "--at", "soon").code == 2


def test_show_dropped_names_what_was_pruned(told: Call) -> None:
    """Nothing is dropped silently: the menu is listed with its reason."""
    dropped = told("show", "loom", "--dropped", "--json").json
    assert any("Shop" in region["text"] for region in dropped)
    assert all(region["reason"] for region in dropped)


def test_diff_shows_findings_first_then_the_words(told: Call) -> None:
    """Marked by signs, not by colour alone."""
    result = told("diff", "loom")
    assert "[-30-]" in result.out
    assert "{+14+}" in result.out
    comparison = told("diff", "loom", "1", "2", "--json").json["comparison"]
    assert comparison["verdict"] == "material"
    assert told("diff", "loom", "2", "1", "--json").json["comparison"]["findings"]


def test_ledger_says_who_promises_what(told: Call) -> None:
    """With the version the promise stands in."""
    rows = told("ledger", "--kind", "notice_period", "--json").json
    assert [(row["policy"], row["version"], row["commitment"]["value"]) for row in rows] == [
        ("loom", 2, 14)
    ]
    assert "14 days" in told("ledger").out


def test_ledger_has_no_column_without_words(told: Call) -> None:
    """What no row says takes no room in a narrow terminal."""
    assert "before" in told("ledger", "--kind", "notice_period").out.splitlines()[0]
    never_other = told("ledger", "--kind", "notice_channel").out
    assert "since" in never_other.splitlines()[0]
    assert "before" not in never_other


def test_ledger_says_since_when_and_what_it_was_before(told: Call) -> None:
    """In words, as JSON and as CSV; and answers who promises so many days."""
    [row] = told("ledger", "--kind", "notice_period", "--json").json
    assert (row["began"], row["or_earlier"]) == (2, False)
    assert [each["value"] for each in row["before"]] == [30]
    [early] = told("ledger", "loom", "--kind", "notice_period", "--at", row["since"], "--json").json
    assert early["began"] == 2
    head, *lines = told("ledger", "--kind", "notice_period", "--csv").out.splitlines()
    assert head.startswith(
        "policy,service,vendor,owner,kind,scope,value,condition,since,began,before"
    )
    assert len(lines) == 1
    assert ",14 days," in lines[0]
    assert ",30 days," in lines[0]
    assert (
        "No promise is like that" in told("ledger", "--kind", "notice_days", "--says", ">= 30").out
    )
    assert told("ledger", "--kind", "notice_days", "--says", "<= 14", "--json").json == [row]
    refused = told("ledger", "--says", ">= 30")
    assert (refused.code, "--says" in refused.err) == (2, True)
    assert told("ledger", "--csv", "--json").code == 2


def test_ledger_names_vendor_and_owner(told: Call, tmp_path: Path) -> None:
    """And lists the policies of one vendor only, where that is asked for."""
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write('[[vendor]]\nname = "Harbour Loom"\nowner = "mira"\n[[vendor]]\nname = "B"\n')
    row = told("ledger", "--kind", "notice_period", "--json").json[0]
    assert (row["vendor"], row["owner"]) == ("Harbour Loom", "mira")
    assert "mira" in told("ledger", "--vendor", "harbour loom").out
    assert told("ledger", "--vendor", "B", "--json").json == []
    unknown = told("ledger", "--vendor", "C")
    assert unknown.code == 2
    assert "Harbour Loom, B" in unknown.err


def test_verify_finds_the_store_whole(told: Call) -> None:
    """And says so in words and as JSON."""
    assert told("verify").code == 0
    assert told("verify", "--json").json == {"ok": True, "faults": []}


def test_a_material_change_is_delivered_at_once(told: Call) -> None:
    """`capture` attempts the deliveries it caused."""
    (delivery,) = told("deliveries", "--json").json
    assert (delivery["channel"], delivery["state"]) == ("terminal", "sent")
    assert delivery["alert"]["change"] == "loom@1-2"
    assert told("deliveries", "--failed", "--json").json == []
    assert told("deliveries", "--retry", "99").code == 2


def test_a_wall_saved_by_hand_is_suspect_and_can_be_accepted(told: Call, tmp_path: Path) -> None:
    """The command that accepts is told where the snapshot is."""
    wall = tmp_path / "wall.html"
    wall.write_text("<html><h1>Just a moment...</h1><p>Checking your browser.</p></html>")
    row = told("capture", "loom", str(wall), "--json").json
    assert (row["result"], row["verdict"]) == ("suspect", None)
    assert row["snapshot"] in told("history", "loom").out
    accepted = told("accept", "loom", row["snapshot"], "--json").json
    assert accepted["result"] in ("changed", "accepted")
    assert row["snapshot"] not in told("history", "loom").out
    again = told("accept", "loom", row["snapshot"])
    assert (again.code, "history loom" in again.err) == (3, True)


def test_check_reports_what_cannot_be_reached(call: Call) -> None:
    """A source that fails is a result, not a crash."""
    result = call("check", "--json")
    assert result.code == 0
    (row,) = result.json
    assert (row["policy"], row["result"]) == ("loom", "failed")
    assert "loom.example" in row["error"]
    assert "1 failed" in call("check").out


def test_notify_test_reaches_the_channel(call: Call) -> None:
    """And an unknown channel is a usage error that names the known ones."""
    assert call("notify", "test", "terminal", "--json").json["sent"] is True
    unknown = call("notify", "test", "pager")
    assert (unknown.code, "terminal" in unknown.err) == (2, True)


def test_doctor_finds_everything_in_order(call: Call) -> None:
    """Configuration, routes, store and channels are each named."""
    result = call("doctor", "--json")
    assert result.code == 0, result.out
    names = {each["name"] for each in result.json}
    assert {"configuration", "routes", "store", "channel terminal"} <= names


def test_doctor_says_who_may_see_the_pages(call: Call, tmp_path: Path) -> None:
    """Each way in, and a warning where passwords would travel in the clear."""
    assert "whoever uses this machine (127.0.0.1) may do all" in _one_line(call("doctor").out)
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write(
            '[web]\npublic_url = "http://watch.example"\n'
            '[web.proxy]\nheader = "Remote-User"\nfrom = ["10.1.0.0/16"]\nrole = "viewer"\n'
            f'[[web.token]]\nname = "bot"\nsha256 = "{"0" * 64}"\n'
        )
    told = _one_line(call("doctor").out)
    assert "people sign in by token (1); header Remote-User from 10.1.0.0/16" in told
    assert "travel in the clear" in told


def _one_line(text: str) -> str:
    return " ".join(text.split())


def test_doctor_reports_a_bad_configuration(call: Call, tmp_path: Path) -> None:
    """Exit code 2, and the fault with its remedy."""
    with (tmp_path / "config.toml").open("a") as config:
        config.write("[fetch]\nretires = 3\n")
    result = call("doctor")
    assert result.code == 2
    assert 'did you mean "retries"?' in result.out


def test_doctor_reports_a_channel_that_cannot_be_reached(call: Call, tmp_path: Path) -> None:
    """A mail server that is not there is a fault."""
    with (tmp_path / "config.toml").open("a") as config:
        config.write(
            '[[channel]]\nid="mail"\nkind="email"\nsmtp_host="127.0.0.1"\nsmtp_port=1\n'
            'security="none"\nfrom="a@b.example"\nto=["c@d.example"]\n'
        )
    result = call("doctor")
    assert result.code == 3
    assert "fault" in result.out
    assert 'no [[route]] leads to the channel "mail"' in " ".join(result.out.split())


def test_a_policy_s_own_rules_are_tried_on_two_files(call: Call, tmp_path: Path) -> None:
    """What they ignore is named with the rule and its reason; without --policy none applies."""
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write(
            '[[override]]\nname = "agreed"\ncategories = ["notice"]\nignore = true\n'
            'reason = "their letter of May"\n'
        )
    old, new = tmp_path / "old.md", tmp_path / "new.md"
    old.write_text("We tell you 30 days before a change.", encoding="utf-8")
    new.write_text("We tell you 14 days before a change.", encoding="utf-8")
    files = str(old), str(new)
    assert call("compare", *files, "--fail-on", "material").code == 1
    result = call("compare", *files, "--policy", "loom", "--fail-on", "material")
    assert result.code == 0
    assert 'ignored by your rule "agreed" (their letter of May)' in result.out
    held = call("compare", *files, "--policy", "loom", "--json").json["held"]
    assert [(item["rule"], item["finding"]["category"]) for item in held] == [("agreed", "notice")]
    unknown = call("compare", *files, "--policy", "lom")
    assert (unknown.code, "declared are: loom" in unknown.err) == (2, True)


def test_compare_two_files(call: Call, tmp_path: Path) -> None:
    """Exit code 1 only where --fail-on asks for it."""
    old, new = tmp_path / "old.md", tmp_path / "new.md"
    old.write_text("# Terms\n\nWe do not sell your personal data.\n")
    new.write_text("# Terms\n\nWe may sell your personal data.\n")
    assert call("compare", str(old), str(new)).code == 0
    assert call("compare", str(old), str(new), "--fail-on", "material").code == 1
    assert call("compare", str(old), str(old), "--fail-on", "material").code == 0
    result = call("compare", str(old), str(new), "--json").json
    assert result["findings"][0]["category"] == "sale"
    assert "edited" in call("compare", str(old), str(new), "--explain").out


def test_commitments_of_a_file(call: Call, tmp_path: Path) -> None:
    """Readable by kind, and as JSON with contradictions."""
    file = tmp_path / "policy.txt"
    file.write_text("You must be at least 16 years old to use the service.\n")
    answer = call("commitments", str(file), "--json").json
    assert [(c["kind"], c["value"], c["unit"]) for c in answer["commitments"]] == [
        ("minimum_age", 16, "year")
    ]
    assert answer["contradicts"] == []
    assert "16 years" in call("commitments", str(file)).out


@pytest.mark.parametrize(
    ("words", "code", "told_what"),
    [
        (["compare", "none.md", "none.md"], 2, "none.md"),
        (["history", "other"], 2, "other"),
        (["check", "other"], 2, 'no policy "other"'),
        (["frobnicate"], 2, "frobnicate"),
        (["show", "loom"], 2, "no version yet"),
        (["diff", "loom"], 2, "no version yet"),
    ],
)
def test_what_goes_wrong_is_said_and_coded(
    call: Call, words: list[str], code: int, told_what: str
) -> None:
    """2 for usage and configuration, 3 for faults."""
    call("doctor")  # makes the store
    result = call(*words)
    assert (result.code, told_what in result.err) == (code, True), result


def test_a_strangers_words_cannot_command_the_terminal(call: Call, tmp_path: Path) -> None:
    """Escape sequences in a file are shown as replacement characters."""
    old, new = tmp_path / "old.md", tmp_path / "new.md"
    old.write_text("We do not sell your data.\n")
    new.write_text("We may sell your data \x1b]0;owned\x07\x1b[2J now.\n")
    assert "\x1b" not in call("compare", str(old), str(new), "--explain").out


def test_doctor_names_alerts_that_nobody_will_send(call: Call, tmp_path: Path) -> None:
    """A channel taken out of the configuration leaves its waiting alerts behind, and says so."""
    now = utc_now()
    with open_store(config_file.load(tmp_path / "config.toml"), exclusive=False, now=now) as store:
        store.add_alert(trial_alert("pager", now), [NewDelivery("pager", now)], now)
    result = call("doctor")
    assert result.code == 0
    assert '1 wait for the channel "pager"' in result.out


def test_doctor_names_a_route_for_a_policy_that_is_not_declared(call: Call, tmp_path: Path) -> None:
    """A typing error in a route must not silently alert nobody."""
    config = tmp_path / "config.toml"
    route = '[[route]]\nchannel = "terminal"\npolicies = ["lom"]\n'
    config.write_text(config.read_text(encoding="utf-8") + route, encoding="utf-8")
    assert 'no [[policy]] is named "lom"' in " ".join(call("doctor").out.split())


def test_a_check_that_cannot_be_stored_is_a_fault_and_stops_no_other(
    call: Call, tmp_path: Path
) -> None:
    """Its row says why, and the exit code is 3; without a network both are rows all the same."""
    config = tmp_path / "config.toml"
    other = '[[policy]]\nid = "other"\nurl = "https://other.invalid/"\n[fetch]\nretries = 0\n'
    config.write_text(config.read_text(encoding="utf-8") + other, encoding="utf-8")
    call("doctor")  # makes the store
    with closing(sqlite3.connect(tmp_path / "policywatch.db")) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON check_log WHEN NEW.policy = 'other' "
            "BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        database.commit()
    result = call("check", "--json")
    assert result.code == 3
    by_policy = {row["policy"]: row["result"] for row in result.json}
    assert by_policy == {"loom": "failed", "other": "not stored"}
