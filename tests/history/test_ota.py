"""Reading Open Terms Archive repositories, friendly and hostile ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.history import OpenTermsArchive, is_repository
from tests.history.archives import (
    DAY,
    START,
    Commit,
    git,
    policy_text,
    recorded,
    repository,
)


def texts(archive: OpenTermsArchive) -> list[bytes]:
    """The contents of the only history."""
    (history,) = archive.histories
    return [content.content for content in archive.read(history.records)]


def test_every_commit_of_a_document_is_a_record(tmp_path: Path) -> None:
    """Texts come in order, with the dates of their commits; what is about the repository is not."""
    commits = [Commit(b"Initial commit", "About", path=b"README.md"), *recorded("one", "two")]
    archive = OpenTermsArchive(repository(tmp_path / "a", commits))
    (history,) = archive.histories
    assert (history.policy, history.service, history.name, history.type) == (
        "harbour-loom-privacy-policy", "Harbour Loom", "Privacy Policy", "privacy",
    )  # fmt: skip
    assert [record.at for record in history.records] == [START, START + DAY]
    assert texts(archive) == [b"one", b"two"]
    assert (history.until, archive.skipped) == (START + DAY, ())


@pytest.mark.parametrize(
    ("message", "technical"),
    [
        (b"Apply technical or declaration upgrade on Harbour Loom Privacy Policy", True),
        (b"Refilter Harbour Loom Privacy Policy", True),
        (b"Record new changes of Harbour Loom Privacy Policy", False),
        (b"First record of Harbour Loom Privacy Policy", False),
        (b"Start tracking Harbour Loom Privacy Policy", False),
        (b"Update Harbour Loom Privacy Policy", False),
    ],
)
def test_the_prefixes_of_messages(tmp_path: Path, message: bytes, technical: bool) -> None:
    """Another reading of an older page is told from a change of the policy."""
    archive = OpenTermsArchive(repository(tmp_path / "a", [Commit(message, "text")]))
    assert archive.histories[0].records[0].technical is technical


def test_a_document_that_was_deleted_was_watched_until_then(tmp_path: Path) -> None:
    """The years of a document end where its file went."""
    gone = Commit(b"Delete Harbour Loom", None, START + 3 * DAY)
    later = Commit(b"Update Dock Side Terms", "x", START + 9 * DAY, b"Dock Side/Terms.md")
    archive = OpenTermsArchive(repository(tmp_path / "a", [*recorded("one"), gone, later]))
    until = {history.service: history.until for history in archive.histories}
    assert until == {"Harbour Loom": START + 3 * DAY, "Dock Side": START + 9 * DAY}


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (b"Caf\xe9/Privacy Policy.md", "not UTF-8"),
        (b"Harbour\x1b[31m/Terms.md", "control characters"),
        ("Harbour\u202e/Terms.md".encode(), "control characters"),
        (b"Harbour Loom/.hidden.md", "begins with a dot"),
        (b"a/b/c/Privacy Policy.md", "is not named"),
        (b"Harbour Loom/Privacy Policy.html", "is not named"),
    ],
)
def test_files_of_other_names_are_named_and_left(tmp_path: Path, path: bytes, why: str) -> None:
    """Nothing is taken that has no proper name, and nothing is left out silently."""
    commits = [*recorded("good"), Commit(b"Update", "bad", path=path)]
    archive = OpenTermsArchive(repository(tmp_path / "a", commits))
    assert [history.service for history in archive.histories] == ["Harbour Loom"]
    (skipped,) = archive.skipped
    assert why in skipped.why


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    """A link's target is a path on this machine, not a policy."""
    link = Commit(b"Update", "/etc/passwd", path=b"Evil/Terms.md", mode="120000")
    archive = OpenTermsArchive(repository(tmp_path / "a", [*recorded("good"), link]))
    assert [history.service for history in archive.histories] == ["Harbour Loom"]
    assert [(s.where, s.why) for s in archive.skipped] == [("Evil/Terms.md", "is a symbolic link")]


def test_names_that_climb_out_are_data(tmp_path: Path) -> None:
    """A tree with "..", which git itself would refuse to check out, writes and reads nothing."""
    folder = repository(tmp_path / "a", recorded("good"))
    blob = git(folder, "hash-object", "-w", "--stdin", given=b"evil").decode().strip()
    tree = git(folder, "mktree", "-z", given=f"100644 blob {blob}\tTerms.md\0".encode())
    top = git(folder, "mktree", "-z", given=b"040000 tree " + tree.strip() + b"\t..\0")
    head = git(folder, "rev-parse", "main").decode().strip()
    commit = git(folder, "commit-tree", top.decode().strip(), "-p", head, "-m", "Update")
    git(folder, "update-ref", "refs/heads/main", commit.decode().strip())
    archive = OpenTermsArchive(folder)
    assert [history.policy for history in archive.histories] == ["harbour-loom-privacy-policy"]
    assert [skipped.where for skipped in archive.skipped] == ["../Terms.md"]


def test_a_message_that_looks_like_the_log_invents_no_record(tmp_path: Path) -> None:
    """Control characters and forged lines in a message stay a message."""
    forged = b"commit " + b"a" * 40 + b" 1 1 x\n:000000 100644 " + b"0" * 40 + b" " + b"b" * 40
    message = b"Record new changes\x1b]0;owned\x07 of X\n\n" + forged + b" A\nEvil/Terms.md"
    first = Commit(b":000000 100644 " + b"0" * 40 + b" " + b"b" * 40 + b" A", "zero")
    second = Commit(message, "one", START + DAY)
    archive = OpenTermsArchive(repository(tmp_path / "a", [first, second]))
    (history,) = archive.histories
    assert [record.at for record in history.records] == [START, START + DAY]
    assert texts(archive) == [b"zero", b"one"]


def test_a_huge_file_is_passed_over(tmp_path: Path) -> None:
    """What is too large is never held in memory, and what follows is read as it should be."""
    folder = repository(tmp_path / "a", recorded("small", "x" * 300_000, "last"))
    archive = OpenTermsArchive(folder, max_bytes=1000)
    contents = list(archive.read(archive.histories[0].records))
    assert [content.content for content in contents] == [b"small", b"", b"last"]
    assert "larger" in contents[1].problem


def test_content_that_is_missing_is_told(tmp_path: Path) -> None:
    """A snapshot of a repository may lack some files: the others are read."""
    folder = repository(tmp_path / "a", recorded("one", "two"))
    archive = OpenTermsArchive(folder)
    first, second = archive.histories[0].records
    lost = type(first)(first.at, "f" * 40, first.reference)
    contents = list(archive.read([lost, second]))
    assert [(c.content, bool(c.problem)) for c in contents] == [(b"", True), (b"two", False)]


def test_a_damaged_repository_gives_what_it_can(tmp_path: Path) -> None:
    """Where git gives up on a damaged object, every record still has an answer."""
    folder = repository(tmp_path / "a", recorded("one", "two", "three"))
    archive = OpenTermsArchive(folder)
    records = archive.histories[0].records
    damaged = folder / "objects" / records[1].key[:2] / records[1].key[2:]
    damaged.chmod(0o644)
    damaged.write_bytes(b"nothing like an object")
    contents = list(archive.read(records))
    assert contents[0].content == b"one"
    assert len(contents) == 3
    assert contents[1].problem


def test_impossible_clocks_do_not_reorder_or_reach_into_the_future(tmp_path: Path) -> None:
    """A date that cannot be true is replaced by the one before it."""
    dates = [START, datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC), START - DAY]
    commits = [Commit(b"Update", str(n), at) for n, at in enumerate(dates)]
    archive = OpenTermsArchive(repository(tmp_path / "a", commits))
    assert [record.at for record in archive.histories[0].records] == [START] * 4
    assert texts(archive) == [b"0", b"1", b"2", b"3"]


def test_two_names_that_make_one_id_stay_two_policies(tmp_path: Path) -> None:
    """Histories are never mixed."""
    commits = [
        Commit(b"Update", "1", START, b"Harbour Loom/Terms.md"),
        Commit(b"Update", "2", START, b"harbour-loom/Terms.md"),
    ]
    archive = OpenTermsArchive(repository(tmp_path / "a", commits))
    first, second = (history.policy for history in archive.histories)
    assert first == "harbour-loom-terms"
    assert second.startswith("harbour-loom-terms-")


def test_the_settings_of_a_repository_run_nothing(tmp_path: Path) -> None:
    """A folder from a stranger may name programs in its settings: none is started."""
    folder = repository(tmp_path / "a", recorded(policy_text(), policy_text(14)))
    marker, program = tmp_path / "ran", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{marker}'\n")
    program.chmod(0o755)
    for key in ("gpg.program", "diff.external", "core.pager", "core.fsmonitor", "diff.x.textconv"):
        git(folder, "config", key, str(program))
    git(folder, "config", "log.showSignature", "true")
    commit = git(folder, "cat-file", "commit", "main")
    signature = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n"
    signed = commit.replace(b"\n\n", b"\n" + signature + b"\n", 1)
    name = git(folder, "hash-object", "-t", "commit", "-w", "--stdin", given=signed)
    git(folder, "update-ref", "refs/heads/main", name.decode().strip())
    archive = OpenTermsArchive(folder)
    assert len(texts(archive)) == 2
    assert not marker.exists()
    git(folder, "log", "-1")
    assert marker.exists(), "this repository is harmless: the test proves nothing"


def test_a_folder_that_is_no_repository_says_what_to_do(tmp_path: Path) -> None:
    """The message names the folder and the remedy."""
    assert not is_repository(tmp_path)
    with pytest.raises(StoreError, match="name a local clone"):
        OpenTermsArchive(tmp_path)
