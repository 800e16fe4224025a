"""The matrix of expectations, as a browser gets it."""

from __future__ import annotations

import csv
import io

import httpx
import pytest

from monitor.expectations.declared import Expected
from tests.web.conftest import page, words
from tests.web.world import World
from web.views.expected import column


@pytest.fixture
def expecting(world: World) -> World:
    """Harbour Loom gives 14 days where 30 are expected, and does not sell."""
    told = {"notice_days": ">= 30", "sale": "never", "must_mention": ["cookie"]}
    loom = world.policies["loom"]
    expect = Expected.model_validate(told)
    world.policies["loom"] = loom.model_copy(update={"expect": expect})
    world.settle()
    return world


async def test_a_matrix_says_who_meets_what(expecting: World, client: httpx.AsyncClient) -> None:
    tree = page(await client.get("/expectations"))
    heads = words(tree, ".matrix thead th")[2:]
    cells = dict(zip(heads, words(tree, ".matrix tbody td")[1:], strict=True))
    assert words(tree, ".matrix tbody th") == ["Harbour Loom Privacy policy · v3"]
    assert words(tree, ".matrix tbody td")[0] == "1 of 3"
    assert (cells["Notice of changes"], cells["Sale of data"]) == ("✗ otherwise", "✓ met")
    told = [node.attributes["title"] or "" for node in tree.css(".stand")]
    assert any("at least 14 days" in each for each in told)


async def test_only_what_is_missed_is_shown(expecting: World, client: httpx.AsyncClient) -> None:
    tree = page(await client.get("/expectations?show=missed"))
    assert "Sale of data" not in words(tree, ".matrix thead th")
    assert len(tree.css(".matrix thead th")) == 4
    assert not page(await client.get("/expectations?show=missed&q=ferries")).css(".matrix")


async def test_the_matrix_as_csv(expecting: World, client: httpx.AsyncClient) -> None:
    answer = await client.get("/expectations.csv?show=missed")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["standing"] for row in rows} == {"contrary", "not found"}
    assert {row["policy"] for row in rows} == {"loom"}


async def test_without_expectations_the_page_says_how_to_have_some(
    world: World, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/expectations")
    assert "[policy.expect]" in answer.text
    assert not page(answer).css(".matrix")


@pytest.mark.parametrize(
    ("name", "label", "of"),
    [
        ("notice_period", "Notice of changes", ""),
        ("retention[backups]", "Retention", "backups"),
        ("gdpr-art28/sub-processors", "sub processors", "gdpr-art28"),
        ("must_mention[a/b]", "must mention", "a/b"),
    ],
)
def test_a_heading_says_what_is_expected(name: str, label: str, of: str) -> None:
    assert (column(name).label, column(name).of) == (label, of)
