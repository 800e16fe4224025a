"""Who is told and why, as somebody at a terminal asks."""

from __future__ import annotations

from pathlib import Path

from tests.check.world import page
from tests.cli.conftest import Call

ROUTES = """
[[channel]]
id = "boss"
kind = "console"
[[route]]
channel = "boss"
types = ["terms"]
[[route]]
channel = "terminal"
digest = "daily"
at = "08:00"
timezone = "Europe/Rome"
escalate_after = "4h"
escalate_to = "boss"
[[mute]]
name = "old"
policies = ["loom"]
until = 2020-01-01
reason = "over long ago"
"""


def add(tmp_path: Path, text: str) -> None:
    with (tmp_path / "config.toml").open("a") as config:
        config.write(text)


def test_explain_says_which_route_matched_and_why_others_did_not(
    told: Call, tmp_path: Path
) -> None:
    """For the configuration as it is now, beside what was made when the alert was raised."""
    add(tmp_path, ROUTES)
    said = told("notify", "explain", "loom@1-2").out
    assert "types: terms, and this has privacy" in " ".join(said.split())
    assert "in a digest" in said
    made = told("notify", "explain", "loom@1-2", "--json").json
    # The first route of the configuration sends at once, so the digest is not made.
    assert [(d["channel"], d["batch"], d["purpose"]) for d in made["plan"]["deliveries"]] == [
        ("terminal", "", ""),
        ("boss", "", "escalation"),
    ]
    assert [d["state"] for d in made["deliveries"]] == ["sent"]
    assert told("notify", "explain", "loom@7-8").code == 2


def test_a_muted_policy_alerts_nobody_until_it_is_unmuted(told: Call, tmp_path: Path) -> None:
    """The alert is stored and can be reviewed; `explain` names the mute and its reason."""
    muted = told("notify", "mute", "loom", "--until", "2d", "--why", "they move house").out
    assert "unmute loom" in muted
    (tmp_path / "page.html").write_text(page(days=7), encoding="utf-8")
    assert told("capture", "loom", str(tmp_path / "page.html")).code == 0
    assert len(told("deliveries", "--json").json) == 1
    assert told("review", "--open", "--json").json[0]["subject"] == "loom@2-3"
    explained = told("notify", "explain", "loom@2-3").out
    assert "they move house" in " ".join(explained.split())
    assert "they move house" in told("notify", "mutes").out
    assert told("notify", "unmute", "loom").code == 0
    assert "Nothing is muted" in told("notify", "mutes").out
    assert told("notify", "unmute", "loom").code == 2


def test_a_mute_of_a_category_leaves_the_rest_loud(told: Call, tmp_path: Path) -> None:
    """Only notice is muted; the sale of data is told."""
    told("notify", "mute", "loom", "--until", "2d", "--why", "x", "--category", "notice")
    page_ = page(days=7, extra="<p>We may sell your personal data to advertisers.</p>")
    (tmp_path / "page.html").write_text(page_, encoding="utf-8")
    assert told("capture", "loom", str(tmp_path / "page.html")).code == 0
    assert {d["alert"]["change"] for d in told("deliveries", "--json").json} == {
        "loom@1-2",
        "loom@2-3",
    }
    (row,) = told("notify", "mutes", "--json").json
    assert row["name"].startswith("loom-")
    assert told("notify", "unmute", "loom", row["name"]).code == 0


def test_a_mute_says_why_and_until_when(told: Call) -> None:
    """What is past or no time at all is refused."""
    for words in (
        ("--until", "2020-01-01", "--why", "x"),
        ("--until", "soon", "--why", "x"),
        ("--until", "2d", "--why", " "),
        ("--until", "2d"),
    ):
        assert told("notify", "mute", "loom", *words).code == 2
    assert told("notify", "mute", "nobody", "--until", "2d", "--why", "x").code == 3


def test_a_snoozed_alert_is_not_open_and_comes_back(told: Call) -> None:
    """It is listed without --open; its channels are told once more at its end."""
    assert "snoozed until" in told("review", "snooze", "loom@1-2", "--until", "3d").out
    assert "Nothing is open" in told("review", "--open").out
    (row,) = told("review", "--json").json
    assert (row["open"], row["review"]["snoozed_until"] is not None) == (True, True)
    pending = [d for d in told("deliveries", "--json").json if d["state"] == "pending"]
    assert [(d["channel"], d["purpose"]) for d in pending] == [("terminal", "snoozed")]
    assert told("review", "snooze", "loom@1-2", "--until", "2020-01-01").code == 3
    told("review", "ack", "loom@1-2")
    assert told("review", "snooze", "loom@1-2", "--until", "3d").code == 3


def test_an_alert_is_shown_as_each_channel_would_say_it(told: Call, tmp_path: Path) -> None:
    """With the link to decide on it, if people can reach the dashboard; nothing is sent."""
    add(tmp_path, '[web]\npublic_url = "https://watch.example"\n')
    before = told("deliveries", "--json").json
    preview = ("notify", "preview", "loom@1-2", "--channel", "terminal", "--format")
    link = "https://watch.example/review/"
    assert link in told(*preview, "text").out
    assert link in told(*preview, "html").out
    assert told(*preview, "slack").json["blocks"][0]["type"] == "header"
    body = told(*preview, "json").json
    assert body["links"]["review"].startswith(link)
    assert (body["change"], body["verdict"]) == ("loom@1-2", "material")
    assert told("notify", "preview", "loom@1-2", "--channel", "terminal").out.startswith("Subject")
    assert told("deliveries", "--json").json == before
    assert told("notify", "preview", "loom@1-2", "--channel", "nobody").code == 2
