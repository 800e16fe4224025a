"""Many hostile pages at once, measured in a process of their own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.campaign
@pytest.mark.parametrize("concurrency", ["16", "64"])
def test_bombs_drips_and_endless_pages_at_once(concurrency):
    """75 hostile pages end in clear errors while the process stays under 300 MB."""
    script = Path(__file__).with_name("bomb_run.py")
    run = subprocess.run(
        [sys.executable, script, concurrency], capture_output=True, text=True, check=True
    )
    figures = json.loads(run.stdout)
    assert figures["kinds"] == {"too_large": 60, "timeout": 15}
    assert figures["peak_mb"] < 300
