"""Timestamps: asked of a real authority, and verified by openssl alone."""

from __future__ import annotations

import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from monitor.config import EvidenceSettings, FetchSettings
from monitor.config_file import from_tables
from monitor.errors import ConfigError, StampError
from monitor.fetch import Fetcher
from monitor.stamping import Authority, authority_of, stamp_heads
from store import Store, bundle
from tests.evidence.authority import TimestampAuthority
from tests.evidence.conftest import HOUR, add_version, verified_by_hand
from tests.store.recorded import NOW

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> TimestampAuthority:
    """Its keys and certificates."""
    return TimestampAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def served(made: TimestampAuthority) -> Iterator[TimestampAuthority]:
    made.answers.clear()
    made.broken, made.status = False, 200
    with made:
        yield made


@pytest.fixture
def authority(served: TimestampAuthority) -> Authority:
    fetcher = Fetcher(FetchSettings(allow_networks=(IPv4Network("127.0.0.0/8"),)))
    settings = EvidenceSettings(timestamp_url=served.url, timestamp_ca_file=str(served.root))
    found = authority_of(settings, Path("/"), fetcher.post)
    assert found is not None
    return found


def unpacked(store: Store, folder: Path, change: str | None = None) -> Path:
    with zipfile.ZipFile(BytesIO(bundle(store.dossier("acme", change)))) as zipped:
        zipped.extractall(folder)
    return folder


def by_hand(folder: Path) -> tuple[int, str]:
    done = verified_by_hand(folder, (folder / "README.txt").read_text())
    return done.returncode, done.stdout


async def test_each_head_is_stamped_once_and_again_when_it_moves(
    history: Store, authority: Authority, served: TimestampAuthority
) -> None:
    """The authority is asked about what is new, and sees a hash alone."""
    assert await stamp_heads(history, authority, NOW, pause=0) == 2
    assert await stamp_heads(history, authority, NOW, pause=0) == 0
    add_version(history, "acme", 4)
    assert await stamp_heads(history, authority, NOW + HOUR, pause=0) == 1
    assert [stamp.seq for stamp in history.stamps("acme")] == sorted(
        {stamp.seq for stamp in history.stamps("acme")}
    )
    assert len(history.stamps("acme")) == 2
    assert len(served.answers) == 3
    assert history.verify() == []


async def test_openssl_alone_verifies_the_date_of_an_archive(
    history: Store, authority: Authority, tmp_path: Path
) -> None:
    """README.txt's own lines print the authority's time, and reject another token."""
    await stamp_heads(history, authority, NOW, pause=0)
    folder = unpacked(history, tmp_path / "one")
    code, said = by_hand(folder)
    seq = history.stamps("acme")[0].seq
    assert code == 0
    assert said.startswith("verified\n")
    assert f"entry {seq} was there at: " in said
    assert said.rstrip().endswith("GMT")
    (token,) = folder.glob("stamp/*.tsr")
    shutil.copy(token, folder / "stamp/1.tsr")
    sums = verified_by_hand(folder, (folder / "README.txt").read_text())
    assert "the timestamp is not of entry 1" in sums.stdout


async def test_an_archive_holds_the_earliest_timestamp_that_covers_its_change(
    history: Store, authority: Authority, tmp_path: Path
) -> None:
    """Later ones prove less; a change after the last one has none."""
    await stamp_heads(history, authority, NOW, pause=0)
    add_version(history, "acme", 4)
    early = unpacked(history, tmp_path / "early", "acme@1-2")
    late = unpacked(history, tmp_path / "late")
    assert len(list(early.glob("stamp/*.tsr"))) == 1
    assert list(late.glob("stamp/*")) == []
    assert by_hand(late) == (0, "verified\n")
    await stamp_heads(history, authority, NOW, pause=0)
    again = unpacked(history, tmp_path / "again", "acme@1-2")
    assert [p.name for p in again.glob("stamp/*.tsr")] == [
        p.name for p in early.glob("stamp/*.tsr")
    ]


async def test_an_answer_over_something_else_is_refused(
    history: Store, authority: Authority, served: TimestampAuthority
) -> None:
    """Evidence that fails when it is needed is worse than none."""
    served.broken = True
    with pytest.raises(StampError, match="does not verify"):
        await stamp_heads(history, authority, NOW, pause=0)
    assert history.stamps("acme") == []


async def test_an_authority_that_another_root_vouches_for_is_refused(
    history: Store, authority: Authority, tmp_path: Path
) -> None:
    """Only the configured certificates count."""
    stranger = TimestampAuthority(tmp_path / "stranger")
    other = replace(authority, certificates=stranger.root.read_text())
    with pytest.raises(StampError, match="timestamp_ca_file"):
        await stamp_heads(history, other, NOW, pause=0)


async def test_an_authority_that_is_busy_is_asked_again(
    history: Store, authority: Authority, served: TimestampAuthority
) -> None:
    """What could not be stamped is stamped later."""
    served.status = 503
    with pytest.raises(StampError, match="answered with 503"):
        await stamp_heads(history, authority, NOW, pause=0)
    served.status = 200
    assert await stamp_heads(history, authority, NOW, pause=0) == 2


async def test_a_token_that_was_altered_or_moved_is_found(
    history: Store, authority: Authority, tmp_path: Path
) -> None:
    """`verify` names the row; no archive is made of such records."""
    await stamp_heads(history, authority, NOW, pause=0)
    plain = sqlite3.connect(tmp_path / "store.db")
    plain.execute("UPDATE stamp SET seq = 1 WHERE policy = 'acme'")
    plain.commit()
    plain.close()
    (fault,) = history.verify()
    assert (fault.table, fault.policy, fault.seq) == ("stamp", "acme", 1)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"timestamp_url": "https://t.example"}, "give both"),
        ({"timestamp_ca_file": "x.pem"}, "give both"),
        ({"timestamp_url": "t.example", "timestamp_ca_file": "x.pem"}, "not an http"),
    ],
)
def test_half_an_authority_is_refused(table: dict[str, str], said: str) -> None:
    """A timestamp held against nothing proves nothing."""
    with pytest.raises(ConfigError, match=said):
        from_tables({"evidence": table})


def test_certificates_that_are_none_are_named(tmp_path: Path, authority: Authority) -> None:
    """With where they were looked for."""
    (tmp_path / "root.pem").write_text("not one")
    settings = EvidenceSettings(timestamp_url="https://t.example", timestamp_ca_file="root.pem")
    with pytest.raises(ConfigError, match=r"root\.pem holds no certificates"):
        authority_of(settings, tmp_path, authority.post)
