"""`import notice` and `notices`: from a saved mail to whose it is, and what it announces."""

from __future__ import annotations

import mailbox
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.services import utc_now
from tests.cli.conftest import Call
from tests.mail.imap_server import ImapServer, Mailbox
from tests.mail.samples import SAMPLES, of, raw

DECLARED = """
[[policy]]
id = "ledger-privacy"
service = "Quayside Ledger"
url = "https://quayside.example/privacy"
[[policy]]
id = "ledger-terms"
service = "Quayside Ledger"
type = "terms"
url = "https://quayside.example/terms"
"""
NOTICE = "We are updating our Privacy Policy. It takes effect on 1 April 2026.\n"
RECEIPT = "Thank you for your purchase. Amount paid: 3 EUR.\n"


@pytest.fixture
def watching(call: Call, tmp_path: Path) -> Call:
    """A configuration that watches two documents of Quayside Ledger."""
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write(DECLARED)
    return call


def saved(folder: Path, name: str, content: bytes) -> str:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return str(path)


def test_a_notice_is_matched_and_says_why(watching: Call, tmp_path: Path) -> None:
    """Who sent it, what it announces, from when, and whose it is."""
    result = watching("import", "notice", saved(tmp_path, "a.eml", raw("Update", NOTICE)))
    said = " ".join(result.out.split())
    assert result.code == 0
    assert "announces a change of the privacy policy; in force 2026-04-01" in said
    assert "matched to ledger-privacy" in said
    assert "1 mails: 1 new, 0 there already, 0 not read." in said
    again = watching("import", "notice", str(tmp_path / "a.eml"))
    assert "0 new, 1 there already" in again.out
    assert watching("verify").code == 0


def test_mails_of_all_kinds_are_kept_and_listed(watching: Call, tmp_path: Path) -> None:
    """A notice, one of a stranger, and a receipt: none is thrown away."""
    folder = tmp_path / "mails"
    saved(folder, "a.eml", raw("Update", NOTICE))
    stranger = raw("Update", NOTICE + "https://quayside.example/privacy\n",
                   sender="x@elsewhere.example", message_id="<2@x>")  # fmt: skip
    saved(folder, "b.eml", stranger)
    saved(folder, "c.eml", raw("Receipt", RECEIPT, message_id="<3@x>"))
    taken = watching("import", "notice", str(folder), "--json").json
    assert [(t["origin"], t["state"]) for t in taken] == [
        ("mails/a.eml", "matched"), ("mails/b.eml", "ambiguous"), ("mails/c.eml", "no notice"),
    ]  # fmt: skip
    assert [row["state"] for row in watching("notices", "--json").json] == [
        "no notice", "ambiguous", "matched",
    ]  # fmt: skip
    waiting = watching("notices", "--waiting", "--json").json
    assert [row["candidates"] for row in waiting] == [["ledger-privacy"]]
    assert len(watching("notices", "ledger-privacy", "--json").json) == 1
    assert "it reads like a receipt" in " ".join(watching("notices").out.split())


def test_people_say_whose_a_mail_is(watching: Call, tmp_path: Path) -> None:
    """Assigned and taken back, with who and why; a typo is a usage error."""
    mail = raw("Update", NOTICE, sender="x@elsewhere.example")
    [taken] = watching("import", "notice", saved(tmp_path, "a.eml", mail), "--json").json
    assert taken["state"] == "unmatched"
    key = taken["id"]
    done = watching("notices", "--assign", key[:8], "ledger-terms", "--by", "Ines", "--why", "ok")
    assert f"{key} is now held to be a notice about ledger-terms." in done.out
    [row] = watching("notices", "ledger-terms", "--json").json
    assert (row["state"], row["policies"]) == ("matched", ["ledger-terms"])
    shown = watching("notices", "--show", key).out
    assert "Ines: ok" in " ".join(shown.split())
    assert watching("notices", "--withdraw", key, "ledger-terms").code == 0
    assert watching("notices", "ledger-terms", "--json").json == []
    typo = watching("notices", "--assign", key, "ledger-term")
    assert (typo.code, "ledger-terms" in typo.err) == (2, True)
    assert watching("notices", "--show", "ffffffff").code == 3
    assert watching("verify").code == 0


def test_a_person_who_knows_names_the_policy(watching: Call, tmp_path: Path) -> None:
    """Also for a mail that says nothing, and for one that is there already."""
    file = saved(tmp_path, "a.eml", raw("Hello", "See the attached file.\n"))
    assert watching("import", "notice", file, "--json").json[0]["state"] == "no notice"
    [taken] = watching("import", "notice", file, "--policy", "ledger-terms", "--json").json
    assert (taken["new"], taken["policies"]) == (False, ["ledger-terms"])
    assert watching("import", "notice", file, "--policy", "ledger").code == 2


def test_a_mailbox_file_holds_many(watching: Call, tmp_path: Path) -> None:
    """All samples in one mbox; a second import adds none."""
    box = mailbox.mbox(tmp_path / "box.mbox")
    for number, sample in enumerate(SAMPLES):
        content = of(sample).replace(b"<n1@", f"<n{number}@".encode())
        box.add(content)
    box.close()
    taken = watching("import", "notice", str(tmp_path / "box.mbox"), "--json").json
    assert len(taken) == len(SAMPLES)
    assert taken[0]["origin"] == "box.mbox no. 1"
    assert sum(t["state"] == "no notice" for t in taken) == sum(not s.about for s in SAMPLES)
    again = watching("import", "notice", str(tmp_path / "box.mbox"), "--json").json
    assert not any(t["new"] for t in again)


def test_what_cannot_be_read_is_told_and_the_others_go_on(watching: Call, tmp_path: Path) -> None:
    """A page instead of a mail, and one that is larger than what is read."""
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write("[fetch]\nmax_bytes = 5000\n")
    folder = tmp_path / "mails"
    saved(folder, "a.eml", b"<html>hello</html>")
    saved(folder, "b.eml", raw("Update", NOTICE + "x" * 6000))
    saved(folder, "c.eml", raw("Update", NOTICE))
    result = watching("import", "notice", str(folder))
    assert result.code == 0
    assert "no e-mail" in result.err
    assert "at most 5,000 are read" in " ".join(result.err.split())
    assert "1 new, 0 there already, 2 not read" in " ".join(result.out.split())
    assert watching("import", "notice", str(tmp_path / "none.eml")).code == 2
    (tmp_path / "empty").mkdir()
    assert watching("import", "notice", str(tmp_path / "empty")).code == 2


def test_a_stranger_commands_no_terminal(watching: Call, tmp_path: Path) -> None:
    """Escape sequences in a subject or a sender are shown as what they are."""
    head = (
        b"From: =?utf-8?q?=1b=5b31mBold?= <a@quayside.example>\r\nSubject: =?utf-8?q?=1b]0;x=07?="
    )
    file = saved(tmp_path, "a.eml", head + b"\r\n\r\n" + NOTICE.encode() + b"\x1b[2J")
    shown = watching("import", "notice", file).out + watching("notices").out
    [key] = [row["id"] for row in watching("notices", "--json").json]
    assert "\x1b" not in shown + watching("notices", "--show", key).out


def test_a_date_ahead_of_our_clock_is_not_believed(watching: Call, tmp_path: Path) -> None:
    """A mail cannot have come in tomorrow; nothing is counted from it."""
    stamp = "Fri, 01 Jan 2100 09:00:00 +0000"
    mail = raw("Update", NOTICE, stamp=stamp, received=stamp)
    [taken] = watching("import", "notice", saved(tmp_path, "a.eml", mail), "--json").json
    assert taken["letter"]["received"] is None
    assert "ahead of our clock" in taken["letter"]["remarks"][-1]


def test_what_the_page_does_not_show_yet_is_said(watching: Call, tmp_path: Path) -> None:
    """An announcement is a notice, though nothing changed yet."""
    ahead = utc_now().date() + timedelta(days=29)
    far = NOTICE.replace("1 April 2026", f"{ahead.day} {ahead:%B %Y}")
    watching("import", "notice", saved(tmp_path, "a.eml", raw("Update", far)))
    [row] = watching("notices", "--json").json
    assert row["not_shown"] == ["ledger-privacy"]
    said = " ".join(watching("notices").out.split())
    assert "ledger-privacy shows no such change yet;" in said
    assert "days ahead" in said


def test_the_command_keeps_what_is_a_vendors_and_nothing_else(
    watching: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notice is taken in; a private mail and a receipt leave no trace."""
    monkeypatch.setenv("INBOX_PASSWORD", "s3cret")
    with ImapServer(Mailbox()) as served:
        with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
            config.write(
                f'[inbox]\nhost = "127.0.0.1"\nport = {served.port}\nsecurity = "none"\n'
                'user = "notices"\npassword_env = "INBOX_PASSWORD"\nlook_back = "3650d"\n'
            )
        served.box.put(raw("Update", NOTICE))
        served.box.put(raw("Lunch?", "Are you free today?", sender="a@friend.example",
                           message_id="<2@x>"))  # fmt: skip
        served.box.put(raw("Receipt", "Thank you for your purchase.", message_id="<3@x>"))
        taken = watching("import", "inbox", "--json").json
        assert [(row["state"], row["policies"]) for row in taken] == [
            ("matched", ["ledger-privacy"])
        ]
        assert taken[0]["letter"]["basis"] == "mailbox"
        assert len(watching("notices", "--json").json) == 1
        assert "0 new, 1 there already" in watching("import", "inbox").out
        assert inbox_row(watching) == ("ok", "notices@127.0.0.1/INBOX can be read")
    state, said = inbox_row(watching)
    assert state == "fault"
    assert said.startswith("the mailbox notices@127.0.0.1/INBOX cannot be read")


def inbox_row(call: Call) -> tuple[str, str]:
    """What `doctor` says of the mailbox."""
    (row,) = [row for row in call("doctor", "--json").json if row["name"] == "inbox"]
    return row["state"], row["message"]
