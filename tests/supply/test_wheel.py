"""The wheel: the same bytes whoever builds it, and nothing in it but the packages."""

import re
import stat
import zipfile
from pathlib import Path

import pytest

from tools import wheel

ROOT = Path(__file__).parents[2]
DATE = "1700000000"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two builds: other folders, times, modes and hash seeds."""
    one, other = (
        wheel.build(ROOT, tmp_path_factory.mktemp("wheel"), date=DATE, variant=variant)
        for variant in (1, 2)
    )
    return one, other


def test_two_builds_have_the_same_bytes(pair: tuple[Path, Path]) -> None:
    """Neither place nor time nor order nor mode of the files shows in it."""
    one, other = pair
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()


def test_another_date_would_show(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """The date is taken from SOURCE_DATE_EPOCH, so the comparison above compares something."""
    later = wheel.build(ROOT, tmp_path, date="1800000000", variant=1)
    assert later.read_bytes() != pair[0].read_bytes()


def test_it_holds_the_packages_with_their_data_and_nothing_else(pair: tuple[Path, Path]) -> None:
    """No tests, tools or stores; templates, migrations and word lists are there."""
    with zipfile.ZipFile(pair[0]) as archive:
        names = archive.namelist()
        modes = {info.external_attr >> 16 for info in archive.infolist()}
    tops = {name.partition("/")[0] for name in names}
    about = {top for top in tops if re.fullmatch(r"policywatch-[\d.]+\.dist-info", top)}
    assert tops - about == {"monitor", "store", "notifiers", "web"}
    assert len(about) == 1
    assert not [name for name in names if name.endswith((".pyc", ".db", ".key", ".env"))]
    for folder in ("monitor", "store", "notifiers", "web"):
        held = {
            str(path.relative_to(ROOT))
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }
        assert {name for name in names if name.startswith(f"{folder}/")} == held
    assert not [mode for mode in modes if mode & (stat.S_IWOTH | stat.S_IWGRP)]
