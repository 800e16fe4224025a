"""The command `web`."""

from __future__ import annotations

from pathlib import Path

from monitor import config_file
from tests.cli.conftest import Call
from web.access import Visitor, holder


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
    assert holder(token, known) == Visitor('Mira "M" Ode', "reviewer")
