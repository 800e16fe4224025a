"""Written clause pairs per language: what must be found, and what must be left alone."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from monitor.comparison import compare

SUITES = sorted((Path(__file__).parent / "suites").glob("*.toml"))


def pairs() -> list[Any]:
    made = []
    for path in SUITES:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for number, pair in enumerate(table["pair"]):
            topic = "+".join(pair["about"]) or "cosmetic"
            made.append(pytest.param(pair, id=f"{path.stem}-{number:02d}-{topic}"))
    return made


@pytest.mark.parametrize("pair", pairs())
def test_a_clause_pair_is_judged_as_counsel_would(pair: dict[str, Any]) -> None:
    """A changed promise is material, in its category and direction; a rewording is cosmetic.

    A pair marked ``minor`` may have low findings: nobody is alerted of it.
    """
    result = compare(pair["before"], pair["after"])
    if not pair["about"]:
        quiet = ("cosmetic", "minor") if pair.get("minor") else ("cosmetic",)
        assert result.verdict in quiet, result.findings
        return
    assert result.verdict == "material", result.reason
    assert any(
        finding.category in pair["about"] and pair["direction"] in ("", finding.direction)
        for finding in result.findings
    ), result.findings


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_a_suite_is_large_enough_to_prove_something(path: Path) -> None:
    """Each language has sixty pairs or more, a third of them without a change of meaning."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))["pair"]
    assert len(table) >= 60
    assert sum(not pair["about"] for pair in table) >= 20
