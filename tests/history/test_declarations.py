"""Open Terms Archive declarations as [[policy]] tables."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from monitor.config import Range
from monitor.config_file import from_tables
from monitor.history.declarations import Converted, convert
from monitor.watchlist import to_toml


def converted(terms: dict[str, Any], *, key: str = "terms") -> Converted:
    """The declarations of one invented service."""
    return convert([("loom.json", json.dumps({"name": "Harbour Loom", key: terms}).encode())])


def test_a_declaration_becomes_a_policy() -> None:
    """Address, selectors, ranges and scripts have their places, and the configuration loads."""
    result = converted(
        {
            "Privacy Policy": {
                "fetch": "https://loom.example/privacy",
                "select": ["main", {"startBefore": "#one", "endAfter": "#nine"}],
                "remove": [".nonce", ".share"],
                "executeClientScripts": True,
            },
            "Data Processor Agreement": {"fetch": "https://loom.example/dpa.pdf"},
        }
    )
    privacy, dpa = from_tables(tomllib.loads(to_toml(result.policies))).policy
    assert (privacy.id, privacy.service, privacy.type) == (
        "harbour-loom-privacy-policy", "Harbour Loom", "privacy",
    )  # fmt: skip
    assert (privacy.select, privacy.remove, privacy.fetch) == (
        ("main",), (".nonce", ".share"), "browser",
    )  # fmt: skip
    assert privacy.range == (Range(start_before="#one", end_after="#nine"),)
    assert (dpa.id, dpa.type, dpa.fetch) == ("harbour-loom-data-processor-agreement", "dpa", "http")
    assert result.left_out == ()


def test_pages_that_are_combined_are_read_in_order() -> None:
    """Shared settings hold for each page."""
    sources = [{"fetch": f"https://loom.example/{n}"} for n in (1, 2, 3)]
    result = converted({"Terms of Service": {"select": "main", "combine": sources}})
    assert result.policies[0].table["urls"] == [source["fetch"] for source in sources]
    assert result.policies[0].table["select"] == ["main"]


def test_filters_are_listed_and_the_rest_is_taken() -> None:
    """What needs their JavaScript is said above the policy, with every filter's name."""
    result = converted(
        {
            "Privacy Policy": {
                "fetch": "https://loom.example/privacy",
                "select": "main",
                "filter": ["removeNonce", {"cut": ["a", "b"]}],
                "remove": [{"startBefore": "#a", "endBefore": "#b"}],
            }
        }
    )
    text = to_toml(result.policies)
    assert "# not taken over, needs JavaScript: filter removeNonce, cut" in text
    assert "# not taken over: remove of a range (start_before #a end_before #b)" in text
    assert from_tables(tomllib.loads(text)).policy[0].select == ("main",)


def test_pages_selected_differently_are_left_out_with_the_reason() -> None:
    """A table has one set of selectors; a document is not watched by the wrong ones."""
    sources = [
        {"fetch": "https://loom.example/1", "select": "main"},
        {"fetch": "https://loom.example/2", "select": "article"},
    ]
    result = converted({"Terms of Service": {"combine": sources}})
    assert result.policies == ()
    assert "selected differently" in result.left_out[0].why


def test_one_bad_document_does_not_lose_the_others() -> None:
    """Bad selectors, missing addresses and broken files are listed, each with its place."""
    terms = {
        "A Terms": {"fetch": "https://loom.example/a", "select": "main["},
        "B Terms": {"select": "main"},
        "C Terms": {"fetch": "file:///etc/passwd"},
        "D Terms": {"fetch": "https://loom.example/d", "select": {"nowhere": "x"}},
        "E Terms": {"fetch": "https://loom.example/e"},
    }
    good = json.dumps({"name": "Loom", "terms": terms}).encode()
    deep = b"[" * 100_000
    files = [("loom.json", good), ("x.json", b"{"), ("y.json", b"[1]"), ("z.json", deep),
             ("w.json", b'{"name": "W"}'), ("loom.history.json", b"{}")]  # fmt: skip
    result = convert(files)
    assert [declared.id for declared in result.policies] == ["loom-e-terms"]
    assert {skipped.where for skipped in result.left_out} == {
        "Loom: A Terms", "Loom: B Terms", "Loom: C Terms", "Loom: D Terms",
        "x.json", "y.json", "z.json", "w.json", "loom.history.json",
    }  # fmt: skip


def test_declarations_of_the_older_form_are_read() -> None:
    """Before "terms" they said "documents"."""
    result = converted({"Privacy Policy": {"fetch": "https://loom.example/"}}, key="documents")
    assert [declared.id for declared in result.policies] == ["harbour-loom-privacy-policy"]


def test_the_ids_are_those_of_an_imported_archive() -> None:
    """So that a declared policy continues the history that was imported for it."""
    from monitor.history.recorded import policy_id

    result = converted({"Privacy Policy": {"fetch": "https://loom.example/"}})
    assert result.policies[0].id == policy_id("Harbour Loom", "Privacy Policy")
