"""Every locked dependency may be used, and docs/licences.md says so."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tools import licences

ROOT = Path(__file__).parents[2]
LOCK = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
PAGE = (ROOT / "docs" / "licences.md").read_text("utf-8")


def test_every_locked_package_is_listed_with_a_licence_that_is_allowed() -> None:
    """A dependency that came in without a look at its licence fails here."""
    parts = licences.by_part(LOCK)
    listed = licences.recorded(PAGE)
    assert sorted(listed) == sorted(name for names in parts.values() for name in names)
    assert {name: said for name, said in listed.items() if not licences.allowed(said)} == {}


def test_the_page_says_what_the_installed_metadata_says() -> None:
    """A new version under another licence fails here; `make licences` writes the page again."""
    parts = licences.by_part(LOCK)
    known = licences.known((name for names in parts.values() for name in names), PAGE)
    assert licences.page_of(parts, known) == PAGE


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("AGPL-3.0-or-later OR MIT", True),
        ("MIT AND GPL-2.0-only", False),
        ("(MIT OR GPL-2.0-only) AND BSD-3-Clause", True),
        ("MIT OR GPL-2.0-only AND SSPL-1.0", True),
        ("(MIT", False),
        ("MIT Apache-2.0", False),
        ("", False),
    ],
)
def test_a_choice_needs_one_that_is_allowed_and_parts_need_all(expression: str, fits: bool) -> None:
    """As SPDX reads expressions: AND binds more than OR."""
    assert licences.allowed(expression) is fits


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ("License-Expression: MIT", "MIT"),
        ("License: Apache 2.0", "Apache-2.0"),
        ("License: see LICENSE\nClassifier: License :: OSI Approved :: ISC License (ISCL)", "ISC"),
        ("Classifier: License :: Other/Proprietary License", "Other/Proprietary License"),
        ("License: Business Source", "Business Source"),
        ("Summary: nothing", ""),
    ],
)
def test_metadata_old_and_new_is_read(metadata: str, said: str, tmp_path: Path) -> None:
    """Expressions first, then the free field, then classifiers."""
    folder = tmp_path / "made-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: Made\n{metadata}\n", "utf-8")
    assert licences.known(["made", "absent"], "", [str(tmp_path)]) == {"made": said, "absent": ""}


def test_a_package_that_nobody_knows_fails_the_script(tmp_path: Path) -> None:
    """Neither installed nor recorded: somebody has to look it up."""
    lock = tmp_path / "uv.lock"
    lock.write_text(
        '[[package]]\nname = "policywatch"\ndependencies = [{ name = "no-such-thing" }]\n'
        '[[package]]\nname = "no-such-thing"\nversion = "1"\n',
        encoding="utf-8",
    )
    script, page = ROOT / "tools" / "licences.py", tmp_path / "page.md"
    done = subprocess.run(
        [sys.executable, str(script), str(lock), str(page)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no-such-thing: the licence is none of those allowed" in done.stderr
    assert "| no-such-thing | unknown |" in done.stdout
    assert not page.exists()
