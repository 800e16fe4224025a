"""An evidence archive, verified by somebody who has a shell and openssl, and not us."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.model import text_digest
from store import NewAction, NewSnapshot, Store, bundle
from tests.evidence.conftest import HOUR, add_version, verified_by_hand
from tests.store.recorded import NOW, OWNER, changed, part

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("sha256sum", "openssl", "sed"))),
    reason="needs sha256sum, openssl and sed",
)


@pytest.fixture(scope="module")
def archive(recorded_folder: Path) -> bytes:
    """The archive of the newest change of "acme"."""
    with Store.open("sqlite:///store.db", base_dir=recorded_folder, now=NOW) as store:
        return bundle(store.dossier("acme"))


@pytest.fixture
def folder(tmp_path: Path, archive: bytes) -> Path:
    """That archive, unpacked."""
    return unpacked(archive, tmp_path / "unpacked")


def unpacked(archive: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(BytesIO(archive)) as zipped:
        zipped.extractall(folder)
    return folder


def readme_of(folder: Path) -> str:
    return (folder / "README.txt").read_text()


def test_the_documented_commands_verify_an_archive(folder: Path) -> None:
    """What README.txt tells to paste into a shell ends in "verified", without a complaint."""
    done = verified_by_hand(folder, readme_of(folder))
    assert (done.returncode, done.stdout, done.stderr) == (0, "verified\n", "")


def test_an_alert_is_an_anchor_for_the_archive(history: Store, folder: Path) -> None:
    """The hash in an earlier alert stands in the chain of a later archive."""
    anchors = [record.alert.evidence for record in history.alerts()]
    assert len(anchors) == 2
    for anchor in anchors:
        assert verified_by_hand(folder, readme_of(folder), anchor).stdout == "verified\n"
    done = verified_by_hand(folder, readme_of(folder), "ab" * 32)
    assert done.returncode == 1
    assert "rewritten or cut" in done.stdout


MEMBERS = [
    "README.txt", "redline.html", "findings.txt", "findings.json", "headers.txt", "manifest.json",
    "chain.jsonl", "chain.head", "before/*.page-1.html.raw", "before/*.snapshot.json",
    "before/*.text.md", "before/*.version.json", "before/*.commitments.json",
    "after/*.page-1.html.raw", "after/*.text.md", "change/*.change.json",
    "change/*.comparison.json",
]  # fmt: skip
VOUCHED = [name for name in MEMBERS if "/" in name]


@pytest.mark.parametrize("member", MEMBERS)
def test_a_changed_file_is_rejected(folder: Path, member: str) -> None:
    """One byte that differs, in a member of any kind, fails the first step."""
    readme = readme_of(folder)
    tamper(folder, member)
    done = verified_by_hand(folder, readme)
    assert done.returncode == 1
    assert "verified" not in done.stdout


@pytest.mark.parametrize("member", VOUCHED)
def test_a_changed_file_with_new_sums_contradicts_the_chain(folder: Path, member: str) -> None:
    """Whoever also rewrites SHA256SUMS meets the entry that vouches for the file."""
    readme = readme_of(folder)
    file = tamper(folder, member)
    sum_up(folder)
    done = verified_by_hand(folder, readme)
    assert done.returncode == 1
    assert f"{file.relative_to(folder)} is not what its entry says" in done.stdout


def test_files_that_change_places_are_rejected(folder: Path) -> None:
    """Before and after cannot be swapped: a file's name says which entry vouches for it."""
    readme = readme_of(folder)
    before, after = next(folder.glob("before/*.text.md")), next(folder.glob("after/*.text.md"))
    old, new = before.read_bytes(), after.read_bytes()
    before.write_bytes(new)
    after.write_bytes(old)
    sum_up(folder)
    assert "is not what its entry says" in verified_by_hand(folder, readme).stdout


CHAIN_EDITS: dict[str, Callable[[list[str]], list[str]]] = {
    "an entry left out": lambda lines: lines[:2] + lines[3:],
    "an entry altered": lambda lines: [line.replace('"subject":"2"', '"subject":"9"')
                                       for line in lines],
    "entries swapped": lambda lines: [lines[1], lines[0], *lines[2:]],
    "the end cut off": lambda lines: lines[:-1],
    "the beginning cut off": lambda lines: lines[1:],
}  # fmt: skip


@pytest.mark.parametrize("edit", CHAIN_EDITS)
def test_an_edited_chain_is_broken(folder: Path, edit: str) -> None:
    """No entry can be taken out, altered or moved without the next one telling."""
    readme = readme_of(folder)
    chain = folder / "chain.jsonl"
    chain.write_text("\n".join(CHAIN_EDITS[edit](chain.read_text().splitlines())) + "\n")
    sum_up(folder)
    done = verified_by_hand(folder, readme)
    assert done.returncode == 1
    assert "chain" in done.stdout


def test_a_chain_computed_anew_needs_a_noted_hash_to_be_found_out(
    history: Store, folder: Path
) -> None:
    """What README.txt admits: a whole forged chain verifies, but holds no hash noted before."""
    readme, noted = readme_of(folder), history.head("acme")
    previous, lines = "0" * 64, []
    for line in (folder / "chain.jsonl").read_text().splitlines():
        forged = json.loads(line) | {"previous": previous, "at": "2020-01-01T00:00:00+00:00"}
        lines.append(json.dumps(forged, sort_keys=True, separators=(",", ":")))
        previous = hashlib.sha256(lines[-1].encode()).hexdigest()
    (folder / "chain.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "chain.head").write_text(previous + "\n")
    sum_up(folder)
    assert verified_by_hand(folder, readme).stdout == "verified\n"
    assert verified_by_hand(folder, readme, noted).returncode == 1


def tamper(folder: Path, member: str) -> Path:
    file = next(folder.glob(member))
    content = file.read_bytes()
    middle = len(content) // 2
    file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    return file


def sum_up(folder: Path) -> None:
    """Write SHA256SUMS anew, as a careful forger does."""
    listed = re.findall("(?m)^[0-9a-f]{64}  (.+)$", (folder / "SHA256SUMS").read_text())
    sums = subprocess.run(
        ["sha256sum", *listed], cwd=folder, capture_output=True, text=True, check=True
    )
    (folder / "SHA256SUMS").write_text(sums.stdout)


def test_every_file_is_listed_and_every_page_is_there(history: Store, folder: Path) -> None:
    """SHA256SUMS and the manifest name every file; raw bytes and texts are those of the store."""
    files = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    listed = set(re.findall("(?m)^[0-9a-f]{64}  (.+)$", (folder / "SHA256SUMS").read_text()))
    assert listed == files - {"SHA256SUMS"}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {file["name"] for file in manifest["files"]} == listed - {"manifest.json"}
    assert manifest["chain"]["head"] == history.head("acme")
    for side, number in (("before", 2), ("after", 3)):
        body = history.snapshot(f"acme-snapshot-{number}").parts[0].body_digest
        page = next(folder.glob(f"{side}/*.page-1.html.raw")).read_bytes()
        assert page == history.blob(body)
        text = next(folder.glob(f"{side}/*.text.md")).read_text()
        assert text == history.version_text("acme", number)
    assert "set-cookie: b=2" in (folder / "headers.txt").read_text()


def test_two_exports_are_one_file(history: Store, archive: bytes) -> None:
    """The same change gives the same bytes, also after checks that found nothing new."""
    at = NOW + 9 * HOUR
    assert history.lease("acme", OWNER, at, HOUR)
    outcome = changed(3, at=at)
    quiet = replace(
        outcome, result="unchanged", snapshot=None, version=None, change=None, alerts=()
    )
    assert history.record(quiet)
    assert bundle(history.dossier("acme")) == archive
    assert bundle(history.dossier("acme", "acme@2-3")) == archive
    assert bundle(history.dossier("acme", "3")) == archive
    assert bundle(history.dossier("acme", "2")) != archive


def test_a_policy_without_a_change_has_evidence_of_its_version(
    history: Store, tmp_path: Path
) -> None:
    """One version alone is archived and verified too."""
    folder = unpacked(bundle(history.dossier("borealis")), tmp_path / "unpacked")
    assert not (folder / "before").exists()
    assert verified_by_hand(folder, readme_of(folder)).stdout == "verified\n"


def test_an_imported_version_says_that_it_has_no_raw_pages(history: Store, tmp_path: Path) -> None:
    """Evidence without raw bytes is possible, and README.txt names the gap."""
    at = NOW + 9 * HOUR
    outcome = changed(4, at=at)
    assert outcome.version is not None
    version = replace(outcome.version, snapshot=None, origin="import")
    assert history.lease("acme", OWNER, at, HOUR)
    assert history.record(replace(outcome, snapshot=None, version=version))
    folder = unpacked(bundle(history.dossier("acme")), tmp_path / "unpacked")
    assert verified_by_hand(folder, readme_of(folder)).stdout == "verified\n"
    assert "import: without raw pages" in readme_of(folder)


def test_what_people_did_about_a_change_is_in_its_archive(history: Store, tmp_path: Path) -> None:
    """A review and an acknowledged alert are there, vouched for; those of other changes are not."""
    told = next(record.alert for record in history.alerts() if record.alert.change == "acme@2-3")
    for what, subject in (("review", "acme@2-3"), ("acknowledge", told.id), ("review", "acme@1-2")):
        history.record_action("acme", NewAction(NOW, "Ines", what, subject, "read it"))
    folder = unpacked(bundle(history.dossier("acme")), tmp_path / "unpacked")
    done = [json.loads(file.read_text()) for file in sorted(folder.glob("change/*.action.json"))]
    assert {action["subject"] for action in done} == {"acme@2-3", told.id}
    readme = readme_of(folder)
    assert verified_by_hand(folder, readme).stdout == "verified\n"
    tamper(folder, "change/*.action.json")
    sum_up(folder)
    assert "is not what its entry says" in verified_by_hand(folder, readme).stdout


def test_what_a_stranger_wrote_stays_text(history: Store, tmp_path: Path) -> None:
    """Markup, template marks and terminal commands in a policy do nothing in the pages."""
    at = NOW + 9 * HOUR
    hostile = "# <script>alert(1)</script>\n\n{{title}} \x1b[31m <img src=x onerror=y>\n"
    outcome = changed(4, at=at)
    assert outcome.version is not None
    version = replace(
        outcome.version, text=hostile, text_digest=text_digest(hostile), commitments=(),
        title="<b>{{body}}</b>", snapshot="acme-snapshot-4",
    )  # fmt: skip
    evil = replace(part(b"<html>", at), media_type="../../x", headers=(("x", "\x1b[2J"),))
    snapshot = NewSnapshot("acme-snapshot-4", at, "version", (evil,))
    assert history.lease("acme", OWNER, at, HOUR)
    assert history.record(replace(outcome, version=version, snapshot=snapshot))
    archive = bundle(history.dossier("acme"))
    with zipfile.ZipFile(BytesIO(archive)) as zipped:
        assert not [name for name in zipped.namelist() if ".." in name or name.startswith("/")]
    folder = unpacked(archive, tmp_path / "unpacked")
    page = (folder / "redline.html").read_text()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;b&gt;{{body}}&lt;/b&gt;" in page
    assert "default-src 'none'" in page
    for name in ("README.txt", "findings.txt", "headers.txt", "redline.html"):
        assert "\x1b" not in (folder / name).read_text()
    assert verified_by_hand(folder, readme_of(folder)).stdout == "verified\n"


def test_the_redline_shows_what_went_and_came(folder: Path) -> None:
    """Changed words stand struck out and underlined; unchanged clauses are folded."""
    page = (folder / "redline.html").read_text()
    assert "<del>2</del><ins>3</ins> days before a change." in page
    assert "clauses as they were</summary>" in page
    assert page.count("<details>") >= 1


def test_a_tampered_store_gives_no_evidence(history: Store, tmp_path: Path) -> None:
    """What does not verify is not exported as if it did."""
    plain = sqlite3.connect(tmp_path / "store.db")
    plain.execute("UPDATE version SET title = 'x' WHERE policy = 'acme' AND number = 1")
    plain.commit()
    plain.close()
    with pytest.raises(StoreError, match="do not verify"):
        history.dossier("acme")


@pytest.mark.parametrize(("policy", "change"), [("nobody", None), ("acme", "77"), ("acme", "x")])
def test_there_is_no_evidence_of_nothing(history: Store, policy: str, change: str | None) -> None:
    """An unknown policy or change is an error that says where to look."""
    with pytest.raises(StoreError, match=r"nobody|history acme"):
        history.dossier(policy, change)


def test_a_longer_chain_still_holds_an_older_head(history: Store, tmp_path: Path) -> None:
    """An archive made later is anchored by what was noted long before."""
    noted = history.head("acme")
    for number in range(4, 7):
        add_version(history, "acme", number)
    folder = unpacked(bundle(history.dossier("acme")), tmp_path / "unpacked")
    assert verified_by_hand(folder, readme_of(folder), noted).stdout == "verified\n"
