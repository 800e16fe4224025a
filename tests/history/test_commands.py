"""The commands for recorded history, as people type them."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli.commands import app
from monitor.errors import ConfigError
from monitor.history import OpenTermsArchive
from monitor.history.importing import declared_or_new
from monitor.services import owner_name, utc_now
from store import Store
from tests.history.archives import START, WALL, Commit, policy_text, recorded, repository

CONFIG = """
[store]
url = "sqlite:///store.db"

[[policy]]
id = "loom"
service = "Harbour Loom"
url = "https://loom.example/privacy"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a configuration and an archive of five texts, one of them a wall."""
    (tmp_path / "config.toml").write_text(CONFIG)
    texts = (policy_text(30), policy_text(14), WALL, policy_text(14, "We may sell your data."))
    link = Commit(b"Update", "/etc/passwd", path=b"Evil/Terms.md", mode="120000")
    repository(tmp_path / "archive", [*recorded(*texts), link])
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    """One command with the folder's configuration; its exit code must be 0."""
    result = CliRunner().invoke(app, ["--config", str(folder / "config.toml"), *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def test_an_archive_is_imported_and_replayed(folder: Path) -> None:
    """Import, import again, then the backtest of what is stored."""
    archive = str(folder / "archive")
    first = run(folder, "import", "ota", archive, "--processes", "1")
    assert "3 versions added" in " ".join(first.stdout.split())
    assert "Evil/Terms.md: is a symbolic link" in first.stderr
    again = json.loads(run(folder, "import", "ota", archive, "--json", "--processes", "1").stdout)
    assert (again["policies"][0]["added"], again["policies"][0]["present"]) == (0, 3)
    replay = run(folder, "backtest", "harbour-loom-privacy-policy", "--json", "--processes", "1")
    assert json.loads(replay.stdout)["sums"]["kinds"]["alert"] == 2


def test_a_document_is_imported_into_a_declared_policy(folder: Path) -> None:
    """`--as` joins a history to a policy of another name; it stays declared and watched."""
    archive = str(folder / "archive")
    run(folder, "import", "ota", archive, "--only", "harbour loom/*", "--as", "loom",
        "--processes", "1")  # fmt: skip
    listed = json.loads(run(folder, "history", "loom", "--json").stdout)
    assert [version["origin"] for version in listed["versions"]] == ["import"] * 3
    terms = Commit(b"Update", "x", path=b"Harbour Loom/Terms.md")
    two = repository(folder / "two", [*recorded(policy_text()), terms])
    with pytest.raises(ConfigError, match="names 2 documents"):
        run(folder, "import", "ota", str(two), "--as", "loom")


def test_a_repository_is_replayed_into_a_page_and_a_table(folder: Path) -> None:
    """Every recorded text is a row; the page and the figures say the same."""
    result = run(
        folder, "backtest", str(folder / "archive"), "--processes", "1",
        "--html", str(folder / "page.html"), "--csv", str(folder / "rows.csv"),
    )  # fmt: skip
    assert "2 alerts in" in result.stdout
    assert "not replayed: Evil/Terms.md" in result.stderr
    rows = list(csv.DictReader(io.StringIO((folder / "rows.csv").read_text())))
    assert [row["what"] for row in rows] == ["first", "alert", "suspect", "alert"]
    assert "Backtest of archive" in (folder / "page.html").read_text()


def test_an_import_that_was_killed_does_not_hold_up_the_next(folder: Path) -> None:
    """The lease of a process that is no more is taken over at once."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    archive = OpenTermsArchive(folder / "archive")
    with Store.open("sqlite:///store.db", base_dir=folder, now=START) as store:
        policy = declared_or_new(archive.histories[0], None)
        store.add_policy(policy, START)
        owner = owner_name().replace(f":{os.getpid()}", f":{gone.pid}")
        assert store.lease(policy.id, owner, utc_now(), timedelta(hours=2))
    result = run(folder, "import", "ota", str(folder / "archive"), "--processes", "1")
    assert "3 versions added" in " ".join(result.stdout.split())


def test_a_folder_is_imported_for_a_policy(folder: Path) -> None:
    """Dated files become the versions of the policy that is named."""
    saved = folder / "saved"
    saved.mkdir()
    (saved / "2024-01-01.md").write_text(policy_text(30))
    (saved / "2024-02-01.md").write_text(policy_text(7))
    result = run(folder, "import", "folder", str(saved), "--policy", "loom", "--processes", "1")
    assert "2 versions added" in " ".join(result.stdout.split())


def test_a_replay_needs_no_configuration(folder: Path) -> None:
    """Trying policywatch on an archive takes one command."""
    (folder / "config.toml").unlink()
    result = run(folder, "backtest", str(folder / "archive"), "--json", "--processes", "1")
    assert json.loads(result.stdout)["sums"]["kinds"]["suspect"] == 1


def test_an_unknown_name_says_what_there_is(folder: Path) -> None:
    """Neither a folder nor a policy: the message names both."""
    with pytest.raises(ConfigError, match="neither a folder nor a policy"):
        run(folder, "backtest", "nothing-like-it")
    with pytest.raises(ConfigError, match="nothing is named"):
        run(folder, "backtest", str(folder / "archive"), "--only", "Dock Side/*")


def test_the_watch_list_goes_out_and_comes_in(folder: Path) -> None:
    """Export, add a row as a spreadsheet would, append it to the configuration."""
    text = run(folder, "export", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["id"], row["urls"]) for row in rows] == [("loom", "https://loom.example/privacy")]
    (folder / "list.csv").write_text("\ufeffid,url\r\nloom,x\r\n".replace(
        "loom,x", "dock,https://dock.example/terms"), encoding="utf-8")  # fmt: skip
    config = folder / "config.toml"
    run(folder, "import", "csv", str(folder / "list.csv"), "--append", str(config))
    assert config.read_text().startswith(CONFIG.rstrip())
    exported = run(folder, "export", "csv").stdout
    assert [row["id"] for row in csv.DictReader(io.StringIO(exported))] == ["loom", "dock"]


def test_declarations_are_printed_as_toml(folder: Path) -> None:
    """What cannot be taken over is told on standard error, so that the output stays TOML."""
    declared = {
        "Privacy Policy": {"fetch": "https://d.example/", "filter": ["cut"]},
        "Terms": {"select": "main"},
    }
    (folder / "declarations").mkdir()
    (folder / "declarations" / "Dock.json").write_text(
        json.dumps({"name": "Dock", "terms": declared})
    )
    result = run(folder, "import", "ota-declarations", str(folder / "declarations"))
    assert 'id = "dock-privacy-policy"' in result.stdout
    assert "left out: Dock: Terms" in result.stderr
    assert "filter cut" in result.stderr
