"""Captured pages as a web archive, read back by the tools that archivists use."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from monitor.warc import Written, captured, write_warc
from store import Store
from tests.evidence.conftest import HOUR
from tests.store.recorded import NOW, OWNER, changed, part, policy_text

PAGE = "https://www.acme.example/privacy"


@dataclass(frozen=True)
class Read:
    """A record as a reader sees it."""

    kind: str
    id: str
    headers: dict[str, str]
    http: dict[str, str]
    content: bytes


def written(store: Store, path: Path, policy: str = "acme") -> Written:
    """The archive of a policy, in a file."""
    captures = (captured(store, version) for version in store.versions(policy))
    with path.open("wb") as file:
        return write_warc((each for each in captures if each), policy, file)


def records(path: Path) -> list[Read]:
    """All records of an archive."""
    with path.open("rb") as file:
        return [
            Read(
                record.rec_type,
                record.rec_headers.get_header("WARC-Record-ID"),
                dict(record.rec_headers.headers),
                dict(record.http_headers.headers) if record.http_headers else {},
                record.content_stream().read(),
            )
            for record in ArchiveIterator(file)
        ]


def test_pages_and_texts_come_back_as_they_were(history: Store, tmp_path: Path) -> None:
    """A response a version, with its bytes and instant, and the text that was made of it."""
    assert written(history, tmp_path / "acme.warc.gz") == Written(responses=3, revisits=0, texts=3)
    first, *rest = records(tmp_path / "acme.warc.gz")
    assert first.kind == "warcinfo"
    assert [each.kind for each in rest] == ["response", "conversion"] * 3
    for number, (page, text) in enumerate(zip(rest[::2], rest[1::2], strict=True), 1):
        assert page.content == f"<html>{policy_text(number)}</html>".encode()
        assert page.headers["WARC-Target-URI"] == PAGE
        at = (NOW + number * HOUR).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        assert page.headers["WARC-Date"] == at
        assert text.content.decode() == policy_text(number)
        assert text.headers["WARC-Refers-To"] == page.id
        digest = history.version("acme", number).text_digest
        assert text.headers["WARC-Block-Digest"] == f"sha256:{digest}"


def test_warcio_itself_finds_every_digest_right(history: Store, tmp_path: Path) -> None:
    """Its checker recomputes them; a changed byte is found by it too."""
    path = tmp_path / "acme.warc.gz"
    written(history, path)
    code = "import sys; from warcio.cli import main; sys.exit(main(sys.argv[1:]))"
    check = [sys.executable, "-c", code, "check", "-v", str(path)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.count("digest pass")) == (0, 7), done.stdout + done.stderr


def test_the_same_bytes_from_the_same_address_are_a_visit_again(
    history: Store, tmp_path: Path
) -> None:
    """They stand in the file once; the later record names the earlier."""
    at = NOW + timedelta(days=1)
    assert history.lease("acme", OWNER, at, HOUR)
    outcome = changed(4, "acme", at=at)
    assert outcome.snapshot is not None
    old = part(f"<html>{policy_text(1)}</html>".encode(), at)
    assert history.record(replace(outcome, snapshot=replace(outcome.snapshot, parts=(old,))))
    assert written(history, tmp_path / "a.warc.gz") == Written(responses=3, revisits=1, texts=4)
    found = records(tmp_path / "a.warc.gz")
    again = next(each for each in found if each.kind == "revisit")
    assert again.content == b""
    assert again.headers["WARC-Refers-To"] == found[1].id
    assert again.headers["WARC-Payload-Digest"] == found[1].headers["WARC-Payload-Digest"]
    assert found[-1].headers["WARC-Refers-To"] == found[1].id


def test_headers_of_the_line_do_not_lie_about_what_is_stored(
    history: Store, tmp_path: Path
) -> None:
    """The bytes were decoded on arrival; a header cannot smuggle in another."""
    at = NOW + timedelta(days=1)
    assert history.lease("acme", OWNER, at, HOUR)
    outcome = changed(4, "acme", at=at)
    assert outcome.snapshot is not None
    page = replace(
        part(b"<html>decoded</html>", at),
        headers=(
            ("Content-Encoding", "br"),
            ("Transfer-Encoding", "chunked"),
            ("X-Canary", "one\r\nX-Smuggled: two"),
        ),
    )
    assert history.record(replace(outcome, snapshot=replace(outcome.snapshot, parts=(page,))))
    written(history, tmp_path / "a.warc.gz")
    read = records(tmp_path / "a.warc.gz")[-2]
    assert (read.kind, read.content) == ("response", b"<html>decoded</html>")
    assert set(read.http) == {
        "X-Archive-Orig-Content-Encoding",
        "X-Archive-Orig-Transfer-Encoding",
        "X-Canary",
    }


def test_the_same_store_writes_the_same_records(history: Store, tmp_path: Path) -> None:
    """Ids follow from what a record holds; only the file's own first record has a time."""
    written(history, tmp_path / "one.warc.gz")
    written(history, tmp_path / "two.warc.gz")
    assert records(tmp_path / "one.warc.gz")[1:] == records(tmp_path / "two.warc.gz")[1:]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_digests_are_those_of_the_chain(history: Store, tmp_path: Path, number: int) -> None:
    """A page's digest is its bytes' SHA-256, as the snapshot's entry has it."""
    written(history, tmp_path / "a.warc.gz")
    page = records(tmp_path / "a.warc.gz")[2 * number - 1]
    stated = page.headers["WARC-Payload-Digest"]
    assert stated == f"sha256:{hashlib.sha256(page.content).hexdigest()}"
    snapshot = history.version("acme", number).snapshot
    assert snapshot is not None
    assert stated.endswith(history.snapshot(snapshot).parts[0].body_digest)
