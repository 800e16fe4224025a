"""`add` and `discover` as a user calls them, on a real site."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cli.conftest import CONFIG, Call, Result
from tests.discovery.site import Site, document, served

OPEN = """# the watch list of Pell Ferries
[fetch]
allow_networks = ["127.0.0.0/8"]
per_host_delay = "0s"
"""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with served() as running:
        (tmp_path / "config.toml").write_text(OPEN + CONFIG, encoding="utf-8")
        yield running


def declared(folder: Path) -> list[dict[str, object]]:
    tables = tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))
    return list(tables["policy"])


async def called(call: Call, *words: str) -> Result:
    return await asyncio.to_thread(call, *words)


async def test_add_shows_what_would_be_captured_and_declares_it(
    call: Call, site: Site, tmp_path: Path
) -> None:
    url = f"{site.base}/papers/dpa"
    result = await called(call, "add", url, "--tag", "core", "--owner", "mira")
    assert result.code == 0
    out = " ".join(result.out.split())
    assert "Data processing addendum" in out
    assert "promises:" in out
    assert "breach notice 1" in out
    assert "ends: " in out
    assert '--select "main"' in out
    assert "added to" in out
    assert declared(tmp_path)[1:] == [
        {
            "id": "harbour-loom-dpa", "service": "Harbour Loom", "type": "dpa", "url": url,
            "tags": ["core"], "owner": "mira",
        }
    ]  # fmt: skip
    text = (tmp_path / "config.toml").read_text(encoding="utf-8")
    assert text.startswith(OPEN + CONFIG.rstrip())
    taken = await called(call, "add", f"{site.base}/legal/terms.html", "--id", "loom")
    assert (taken.code, 'the id "loom" is in use' in " ".join(taken.err.split())) == (3, True)
    again = await called(call, "add", url)
    assert again.code == 3
    assert 'is watched already, as "harbour-loom-dpa"' in " ".join(again.err.split())
    assert (await called(call, "check", "harbour-loom-dpa")).code == 0


async def test_a_vendor_is_one_that_the_file_declares(
    call: Call, site: Site, tmp_path: Path
) -> None:
    words = ("add", f"{site.base}/papers/dpa", "--vendor", "Harbour Loom")
    unknown = await called(call, *words)
    assert (unknown.code, "[[vendor]]" in unknown.err) == (2, True)
    assert len(declared(tmp_path)) == 1
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[vendor]]\nname = "Harbour Loom"\n')
    assert (await called(call, *words)).code == 0
    assert declared(tmp_path)[1]["vendor"] == "Harbour Loom"


async def test_a_dry_run_adds_nothing(call: Call, site: Site, tmp_path: Path) -> None:
    before = (tmp_path / "config.toml").read_bytes()
    result = await called(call, "add", f"{site.base}/papers/dpa", "--id", "loom-dpa", "--dry-run")
    assert result.code == 0
    assert (
        tomllib.loads(result.out[result.out.index("[[policy]]") :])["policy"][0]["id"] == "loom-dpa"
    )
    assert (tmp_path / "config.toml").read_bytes() == before


async def test_what_looks_like_no_policy_is_added_only_on_demand(
    call: Call, site: Site, tmp_path: Path
) -> None:
    wall = "Checking your browser. Enable JavaScript and cookies to continue."
    site.pages["/wall"] = ("text/html", document("Just a moment", wall))
    result = await called(call, "add", f"{site.base}/wall", "--id", "wall")
    assert result.code == 3
    assert "looks like no policy" in result.err
    assert "--anyway" in result.err
    assert len(declared(tmp_path)) == 1
    assert (await called(call, "add", f"{site.base}/wall", "--id", "wall", "--anyway")).code == 0
    assert declared(tmp_path)[1]["id"] == "wall"


async def test_faults_are_told_before_anything_is_fetched(
    call: Call, site: Site, tmp_path: Path
) -> None:
    for words, told in (
        (("add", "harbourloom.example"), "write it in full"),
        (("add", f"{site.base}/legal", "--select", "p:contains(x)"), "not a CSS selector"),
        (("add", f"{site.base}/legal", "--type", "law"), "type"),
        (("add", f"{site.base}/a", f"{site.base}/b", "--id", "x"), "--id"),
        (("discover", "a b"), "no domain"),
    ):
        result = await called(call, *words)
        assert result.code == 2, words
        assert told in " ".join(result.err.split())
    assert site.asked == []


async def test_discover_lists_the_policies_of_a_site_and_adds_them(
    call: Call, site: Site, tmp_path: Path
) -> None:
    result = await called(call, "discover", site.base)
    assert result.code == 0
    out = " ".join(result.out.split())
    assert f"privacy {site.base}/legal/privacy-policy" in out
    assert "from the sitemap" in out
    assert "not found: cookies" in out
    assert len(declared(tmp_path)) == 1
    shown = (await called(call, "discover", site.base, "--json")).json
    assert [each["preview"]["type"] for each in shown["found"]] == [
        "privacy", "terms", "dpa", "subprocessors",
    ]  # fmt: skip
    result = await called(call, "discover", site.base, "--add", "--tag", "vendor")
    assert [table["type"] for table in declared(tmp_path)[1:]] == [
        "privacy", "terms", "dpa", "subprocessors",
    ]  # fmt: skip
    assert all(table["tags"] == ["vendor"] for table in declared(tmp_path)[1:])
    assert 'watched as "harbour-loom-dpa"' in " ".join(
        (await called(call, "discover", site.base)).out.split()
    )


async def test_titles_give_a_terminal_no_orders(call: Call, site: Site, tmp_path: Path) -> None:
    """A title that a terminal would obey is shown without what it would do."""
    evil = document("Terms \x1b]0;owned\x07 of service", "These terms govern your use of it.")
    site.pages["/evil"] = ("text/html", evil)
    result = await called(call, "add", f"{site.base}/evil", "--anyway")
    assert "\x1b]0" not in result.out + result.err
    assert declared(tmp_path)[1]["url"] == f"{site.base}/evil"
