"""What the pages about security and reliability name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["security.md", "reliability.md"])
def test_every_script_that_holds_a_promise_is_there(page: str) -> None:
    """A test that was renamed or taken out takes its promise with it."""
    named = set(
        re.findall(r"\b(?:tests|benchmarks)/[\w/]+\.py", (ROOT / "docs" / page).read_text())
    )
    assert len(named) >= 5
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
