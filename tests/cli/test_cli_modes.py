"""`doctor` names what others on the machine may read or change, and the command that ends it."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.whole_files import write_text
from tests.cli.conftest import Call

MAIL = """
[[channel]]
id = "mail"
kind = "email"
smtp_host = "127.0.0.1"
smtp_port = 1
security = "none"
username = "me"
password_file = "{file}"
from = "a@b.example"
to = ["c@d.example"]
[[route]]
channel = "mail"
"""

Warned = Callable[[], dict[str, str]]


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """What is made by a user whose files are open to all."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def folder(tmp_path: Path, call: Call) -> Path:
    """Where config.toml lies, closed as it should be."""
    tmp_path.chmod(0o750)
    (tmp_path / "config.toml").chmod(0o640)
    return tmp_path


@pytest.fixture
def warned(call: Call, folder: Path) -> Warned:
    """Run doctor; what it warns of about modes, by file name."""

    def run() -> dict[str, str]:
        said = call("doctor", "--json").json
        remarks = [
            s["message"] for s in said if s["state"] == "warning" and "chmod" in s["message"]
        ]
        return {Path(remark.partition(" can be ")[0]).name: remark for remark in remarks}

    return run


def test_a_store_that_doctor_makes_is_closed(folder: Path, warned: Warned) -> None:
    """Whatever the umask says."""
    assert warned() == {}
    assert (folder / "policywatch.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "mode", "told"),
    [
        ("policywatch.db", 0o640, "read by its group"),
        ("policywatch.db", 0o604, "read by every user"),
        ("policywatch.db.lock", 0o620, "changed by its group"),
        ("policywatch.db.key", 0o666, "changed by every user"),
        ("config.toml", 0o660, "changed by its group"),
        ("config.toml", 0o646, "changed by every user"),
        (".", 0o770, "changed by its group"),
        (".", 0o757, "changed by every user"),
    ],
)
def test_what_is_open_is_named_and_the_command_closes_it(
    call: Call, folder: Path, warned: Warned, name: str, mode: int, told: str
) -> None:
    """The command stands in the message, to be copied."""
    call("doctor")
    path = (folder / name).resolve()
    path.touch()
    path.chmod(mode)
    remarks = warned()
    assert told in remarks[path.name]
    assert len(remarks) == 1, remarks
    subprocess.run(shlex.split(remarks[path.name].rpartition(": ")[2]), check=True)
    assert warned() == {}


def test_a_configuration_may_be_read_by_others_unless_a_secret_stands_in_it(
    folder: Path, warned: Warned
) -> None:
    """The address of a heartbeat or a webhook is one."""
    config = folder / "config.toml"
    config.chmod(0o644)
    assert warned() == {}
    config.write_text(config.read_text() + '[daemon]\nheartbeat_url = "https://hc.example/k3y"\n')
    assert "read by every user" in warned()["config.toml"]
    config.chmod(0o640)
    assert warned() == {}


def test_the_file_of_a_secret_is_for_one_user(
    folder: Path, warned: Warned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also elsewhere; but not where systemd keeps it for one service."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    secret = elsewhere / "smtp.secret"
    secret.write_text("a password")
    secret.chmod(0o640)
    config = folder / "config.toml"
    config.write_text(config.read_text() + MAIL.format(file=secret))
    assert "read by its group" in warned()["smtp.secret"]
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(elsewhere))
    assert warned() == {}


def test_a_file_written_whole_is_closed_or_as_it_was(folder: Path) -> None:
    """A new one is not for every user; one that is there keeps its mode."""
    write_text(folder / "new.toml", "new")
    assert (folder / "new.toml").stat().st_mode & 0o777 == 0o640
    (folder / "new.toml").chmod(0o604)
    write_text(folder / "new.toml", "again")
    assert (folder / "new.toml").stat().st_mode & 0o777 == 0o604
    os.umask(0o077)
    write_text(folder / "newer.toml", "new")
    assert (folder / "newer.toml").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in folder.glob(".*")] == []
