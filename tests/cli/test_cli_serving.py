"""The command `web`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from monitor import config_file
from tests.cli.conftest import Call
from web.access import Visitor, holder, person_by


def test_the_command_refuses_such_a_place(call: Call, tmp_path: Path) -> None:
    """As a configuration fault, before the store is opened."""
    result = call("web", "--host", "0.0.0.0")
    assert (result.code, "sign in" in result.err) == (2, True)
    assert not (tmp_path / "policywatch.db").exists()


def test_a_new_token_is_shown_once_with_the_lines_that_let_it_in(
    call: Call, tmp_path: Path
) -> None:
    """The configuration that is printed is one that loads, and holds no secret."""
    result = call("token", "new", 'Mira "M" Ode', "--role", "reviewer")
    token, _, lines = result.out.partition("\n")
    lines = lines[lines.index("[[web.token]]") :]
    assert token not in lines
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write(lines)
    known = config_file.load(tmp_path / "config.toml").settings.web.token
    found = holder(token, known)
    assert found is not None
    assert found.visitor == Visitor('Mira "M" Ode', "reviewer", "token")


def test_a_password_is_read_from_standard_input_and_only_its_digest_is_printed(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, without its end; the lines that are printed load, and let its holder in."""
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\nnot this\n"))
    result = call("password", "new", "Mira \\ Ode", "--role", "admin")
    assert (result.code, "correct horse" in result.out + result.err) == (0, False)
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write(result.out)
    settings = config_file.load(tmp_path / "config.toml").settings.web
    found = person_by("mira \\ ode", "correct horse battery", settings)
    assert found is not None
    assert found.visitor == Visitor("Mira \\ Ode", "admin", "password")


def test_a_password_that_is_too_short_is_refused(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("horse\n"))
    result = call("password", "new", "Mira")
    assert (result.code, result.out, "12 characters" in result.err) == (2, "", True)
