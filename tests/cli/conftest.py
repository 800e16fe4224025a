"""The command line as a user calls it: words in; exit code, output and errors out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.cli import main
from tests.check.world import page

CONFIG = """
[[policy]]
id = "loom"
service = "Harbour Loom"
url = "https://loom.example/privacy"
[[channel]]
id = "terminal"
kind = "console"
[[route]]
channel = "terminal"
"""


@dataclass(frozen=True)
class Result:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output as JSON."""
        return json.loads(self.out)


Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the command line with a configuration in a fresh folder."""
    config = tmp_path / "config.toml"
    config.write_text(CONFIG, encoding="utf-8")

    def run(*words: str) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(["--config", str(config), *words])
        captured = capsys.readouterr()
        return Result(int(stop.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def told(call: Call, tmp_path: Path) -> Call:
    """A store with two versions of a policy: notice of 30 days, then of 14."""
    for days in (30, 14):
        (tmp_path / "page.html").write_text(page(days=days), encoding="utf-8")
        assert call("capture", "loom", str(tmp_path / "page.html")).code == 0
    return call
