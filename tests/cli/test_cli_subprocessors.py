"""The command that says who processes data for our vendors, and since when."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.conftest import Call

OBJECTION = (
    "<p>Cedar Loom asks each sub-processor for the same safeguards that it promises to its "
    "customers. A customer may object to a new sub-processor within 14 days of our notice.</p>"
)
ROWS = {
    "alder": "<tr><td>Alder Mail GmbH</td><td>E-mail</td><td>Germany</td></tr>",
    "birch": "<tr><td>=Birch &amp; Sons SAS</td><td>Payments</td><td>France</td></tr>",
    "moved": "<tr><td>Alder Mail GmbH</td><td>E-mail</td><td>Austria</td></tr>",
}


def listing(*rows: str) -> str:
    return (
        "<html lang=en><head><title>Sub-processors of Cedar Loom</title></head><body><main>"
        f"<h1>Sub-processors</h1>{OBJECTION}<table><tr><th>Name</th><th>Purpose</th>"
        f"<th>Place</th></tr>{''.join(ROWS[row] for row in rows)}</table></main></body></html>"
    )


@pytest.fixture
def watched(call: Call, tmp_path: Path) -> Call:
    """A list with two versions: a second company came, and the first one moved."""
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write(
            '[[policy]]\nid = "cedar-list"\nservice = "Cedar Loom"\ntype = "subprocessors"\n'
            'url = "https://cedar.example/list"\n[[vendor]]\nname = "Cedar Loom"\n'
        )
    for rows in (("alder",), ("birch", "moved")):
        (tmp_path / "list.html").write_text(listing(*rows), encoding="utf-8")
        assert call("capture", "cedar-list", str(tmp_path / "list.html")).code == 0
    return call


def test_each_subprocessor_has_the_version_since_which_it_is_listed(watched: Call) -> None:
    """What was there at the first look may be older; a move begins nothing anew."""
    rows = watched("subprocessors", "cedar-list", "--json").json
    assert [
        (row["subprocessor"]["name"], row["subprocessor"]["places"], row["version"]) for row in rows
    ] == [("=Birch & Sons SAS", ["France"], 2), ("Alder Mail GmbH", ["Austria"], 1)]
    assert [row["or_earlier"] for row in rows] == [False, True]
    assert {row["vendor"] for row in rows} == {"Cedar Loom"}


def test_all_lists_are_searched_for_a_name(watched: Call) -> None:
    """Which of our vendors use a company? A privacy policy is no list."""
    shown = watched("subprocessors", "--named", "alder").out
    assert "cedar-list" in shown
    assert "or earlier" in shown
    assert "Birch" not in shown
    assert "No sub-processor" in watched("subprocessors", "--named", "nobody").out


def test_a_spreadsheet_gets_no_formulas(watched: Call) -> None:
    """A name that begins like a formula is only a name."""
    rows = list(csv.DictReader(io.StringIO(watched("subprocessors", "--csv").out)))
    assert [row["name"] for row in rows] == ["'=Birch & Sons SAS", "Alder Mail GmbH"]
    assert rows[1]["or_earlier"] == "yes"
    assert watched("subprocessors", "--csv", "--json").code == 2


def test_the_past_and_the_unknown(watched: Call) -> None:
    """Nobody was listed before the first look, and an unknown policy is a usage error."""
    early = watched("subprocessors", "cedar-list", "--at", "2001-01-01", "--json")
    assert early.json == []
    unknown = watched("subprocessors", "cedar")
    assert (unknown.code, "cedar-list" in unknown.err) == (2, True)


def test_commitments_of_a_file_list_them_too(call: Call, tmp_path: Path) -> None:
    """Read from a file, with no store."""
    (tmp_path / "list.html").write_text(listing("alder", "birch"), encoding="utf-8")
    answer = call("commitments", str(tmp_path / "list.html"), "--json").json
    assert [one["name"] for one in answer["subprocessors"]] == [
        "Alder Mail GmbH", "=Birch & Sons SAS",
    ]  # fmt: skip
    assert answer["subprocessors"][0]["role"] == "subprocessor"
    assert "Alder Mail GmbH" in call("commitments", str(tmp_path / "list.html")).out
