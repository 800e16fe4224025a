"""The commands that prove and keep, as somebody at a terminal uses them."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from store import NewAction, Store
from tests.cli.conftest import Call
from tests.evidence.authority import TimestampAuthority
from tests.evidence.conftest import POLICIES, add_version
from tests.store.recorded import NOW


@pytest.fixture
def kept(tmp_path: Path, call: Call) -> Path:
    """The store of the configuration of ``call``, with three versions of "acme"."""
    with (tmp_path / "config.toml").open("a") as config:
        config.write('[store]\nurl = "sqlite:///kept/store.db"\n')
    with Store.open("sqlite:///kept/store.db", base_dir=tmp_path, now=NOW) as store:
        store.sync_policies(POLICIES, NOW)
        for number in (1, 2, 3):
            add_version(store, "acme", number)
    return tmp_path / "kept"


def test_evidence_is_exported_once_under_a_name_of_its_change(
    kept: Path, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is named after the change, is not overwritten unasked, and is a whole archive."""
    monkeypatch.chdir(tmp_path)
    done = call("export", "evidence", "acme", "--json")
    assert (done.code, done.json["file"]) == (0, "acme@2-3.evidence.zip")
    with zipfile.ZipFile(tmp_path / done.json["file"]) as archive:
        assert archive.testzip() is None
        assert archive.read("chain.head").decode().strip() == done.json["head"]
    again = call("export", "evidence", "acme")
    assert again.code == 2
    assert "--force" in again.err
    assert call("export", "evidence", "acme", "--force").code == 0
    earlier = call("export", "evidence", "acme", "--change", "2", "--output", "two.zip")
    assert "two.zip" in earlier.out


def test_a_web_archive_says_what_is_in_it_and_what_is_not(
    kept: Path, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the policy's name; not over another file; pages that were let go are counted."""
    monkeypatch.chdir(tmp_path)
    done = call("export", "warc", "acme", "--json")
    assert done.json == {
        "file": "acme.warc.gz",
        "responses": 3,
        "revisits": 0,
        "texts": 3,
        "versions_without_pages": 0,
    }
    assert (tmp_path / "acme.warc.gz").read_bytes()[:2] == b"\x1f\x8b"
    again = call("export", "warc", "acme")
    assert (again.code, "--force" in again.err) == (2, True)
    assert call("prune", "--pages", "1d", "--yes").code == 0
    less = call("export", "warc", "acme", "--output", "less.warc.gz")
    assert "2 versions are not in it" in less.out
    unknown = call("export", "warc", "nobody")
    assert (unknown.code, (tmp_path / "nobody.warc.gz").exists()) == (3, False)


def test_a_noted_head_is_looked_for(kept: Path, call: Call) -> None:
    """`verify --head` passes with a checkpoint that is there, and exits 3 with one that is not."""
    head = call("checkpoint").out.strip()
    assert call("verify", "--head", head).code == 0
    assert "every noted head" in call("verify", "--head", head).out
    lost = call("verify", "--head", "ab" * 32, "--json")
    assert lost.code == 3
    assert lost.json["ok"] is False
    mistyped = call("verify", "--head", "abc")
    assert mistyped.code == 2
    assert "64 digits" in mistyped.err


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_stamps_are_asked_for_by_command(kept: Path, call: Call, tmp_path: Path) -> None:
    """Of the configured authority, through the checked way out; without one it says so."""
    assert "evidence.timestamp_url" in call("stamp").err
    with (
        TimestampAuthority(tmp_path / "tsa") as authority,
        (tmp_path / "config.toml").open("a") as f,
    ):
        f.write(f'[evidence]\ntimestamp_url = "{authority.url}"\n')
        f.write(f'timestamp_ca_file = "{authority.root}"\n')
        f.flush()
        refused = call("stamp")
        assert (refused.code, "allow_networks" in refused.err) == (3, True)
        f.write('[fetch]\nallow_networks = ["127.0.0.0/8"]\n')
        f.flush()
        assert call("stamp", "--json").json == {"stamped": 1}
        assert "stamped before" in call("stamp").out
    with Store.open("sqlite:///kept/store.db", base_dir=tmp_path, now=NOW) as store:
        assert [stamp.authority for stamp in store.stamps("acme")] == ["127.0.0.1"]


def test_what_people_did_is_listed(kept: Path, call: Call, tmp_path: Path) -> None:
    """`actions` shows who did what and why; a policy that is unknown is an error, not silence."""
    assert "Nobody has done anything" in call("actions", "acme").out
    with Store.open("sqlite:///kept/store.db", base_dir=tmp_path, now=NOW) as store:
        store.record_action("acme", NewAction(NOW, "Ines", "review", "acme@2-3", "no risk"))
    listed = call("actions")
    assert all(word in listed.out for word in ("Ines", "review", "acme@2-3", "no risk"))
    assert call("actions", "acme", "--json").json[0]["why"] == "no risk"
    assert call("actions", "nobody").code == 3


def test_a_backup_is_restored_by_command(kept: Path, call: Call, tmp_path: Path) -> None:
    """Backup, restore with --force, verify: the way back after a loss."""
    file = tmp_path / "copy.db"
    assert call("backup", str(file)).code == 0
    assert "it verifies" in call("backup", str(file), "--force").out
    assert call("restore", str(file)).code == 3
    done = call("restore", str(file), "--force", "--json")
    assert (done.code, done.json["versions"]) == (0, 3)
    assert Path(done.json["replaced"]).exists()
    assert call("verify").code == 0


def test_a_store_without_entries_has_nothing_to_note(call: Call) -> None:
    """`checkpoint` in a new store says what to do first."""
    done = call("checkpoint")
    assert done.code == 2
    assert "policywatch check" in done.err


def test_raw_pages_are_let_go_by_command(kept: Path, call: Call, tmp_path: Path) -> None:
    """First it is said what would go; nothing goes without limits."""
    assert "everything is kept" in call("prune").err
    assert "--pages: " in call("prune", "--pages", "soon").err
    would = call("prune", "--pages", "1d", "--json").json
    assert (would["done"], would["policies"][0]["pages"]) == (False, 2)
    assert "2 pages would go" in call("prune", "--pages", "1d").out
    done = call("prune", "--pages", "1d", "--yes", "--by", "Ines", "--json").json
    assert (done["done"], done["policies"]) == (True, would["policies"])
    assert call("verify").code == 0
    assert ("Ines", "prune") in [(a["who"], a["what"]) for a in call("actions", "--json").json]
