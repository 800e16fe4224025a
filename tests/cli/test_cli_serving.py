"""The command `web`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Call


def test_the_command_refuses_such_a_place(call: Call, tmp_path: Path) -> None:
    """As a configuration fault, before the store is opened."""
    result = call("web", "--host", "0.0.0.0")
    assert (result.code, "sign in" in result.err) == (2, True)
    assert not (tmp_path / "policywatch.db").exists()
