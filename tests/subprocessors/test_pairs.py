"""Written pairs of lists and agreements: who came, left or moved, how grave that is, and for how
long one may object."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.commitments import commitments_of
from monitor.comparison import as_document, compare_documents
from monitor.findings.subprocessors import RULE_OF
from monitor.model import Document, Finding
from monitor.notice.calendar import parse_period
from monitor.notice.clock import Dates, Publication
from monitor.notice.deadlines import deadlines_of
from monitor.notice.standards import USUAL, Standard, promised, scopes_of
from tests.subprocessors.layouts import pdf_of

SUITES = sorted((Path(__file__).parent / "pairs").glob("*.toml"))


def pairs() -> list[Any]:
    made = []
    for path in SUITES:
        for number, pair in enumerate(tomllib.loads(path.read_text(encoding="utf-8"))["pair"]):
            made.append(pytest.param(pair, id=f"{path.stem}-{number:02d}"))
    return made


def read(pair: dict[str, Any], side: str) -> Document:
    """A side of a pair: Markdown, HTML, or the blocks of a PDF made here."""
    given = pair[side]
    return pdf_of(given) if isinstance(given, list) else as_document(given, media(given))


def media(text: str) -> str:
    return "text/html" if text.lstrip().startswith("<") else "text/markdown"


def names(finding: Finding) -> set[str]:
    """Whom a finding is about: on the newer side, else on the older; places and purposes apart."""
    value = finding.after_value or finding.before_value
    assert isinstance(value, frozenset)
    return set(value)


@pytest.mark.parametrize("pair", pairs())
def test_a_list_is_compared_entity_by_entity(pair: dict[str, Any]) -> None:
    """One finding for each kind of event, with all names; the window follows from it."""
    old, new = read(pair, "before"), read(pair, "after")
    comparison = compare_documents(old, new)
    expected = pair.get("expect", [])
    others = set(pair.get("others", []))
    if not expected and not others:
        assert comparison.verdict == "cosmetic", comparison.findings
    assert others <= {finding.rule for finding in comparison.findings}
    told = {(f.rule, f.severity): f for f in comparison.findings if f.rule not in others}
    assert set(told) == {(RULE_OF[e["event"]], e["severity"]) for e in expected}
    for event in expected:
        finding = told[RULE_OF[event["event"]], event["severity"]]
        found = names(finding)
        assert len(found) == len(event["names"])
        assert all(any(one.startswith(name) for one in found) for name in event["names"]), found
        assert set(event.get("was", [])) <= set(finding.before_value or ())
    if "summary" in pair:
        assert pair["summary"] in {finding.summary for finding in comparison.findings}
    assert window(pair, old, comparison.findings) == pair.get("window", "")


def window(pair: dict[str, Any], old: Document, findings: tuple[Finding, ...]) -> str:
    standards = list(promised(commitments_of(old), old.language))
    if "contract" in pair:
        on = tuple(pair.get("contract_on", USUAL))
        length = parse_period(pair["contract"])
        standards.append(Standard("objection", "contract", length, "subprocessors", on=on))
    seen = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    days = deadlines_of(
        standards,
        Publication(seen, seen, Dates()),
        findings,
        scopes=scopes_of("dpa", findings, old.language),
        precedence="policy",
    )
    return next((d.counted.partition(" from ")[0] for d in days if d.kind == "objection"), "")


def test_the_suites_are_large_enough_to_prove_something() -> None:
    """Forty pairs or more in five languages, a third of them without a change."""
    tables = [tomllib.loads(p.read_text(encoding="utf-8"))["pair"] for p in SUITES]
    everything = [pair for table in tables for pair in table]
    assert len(SUITES) >= 5
    assert len(everything) >= 40
    assert sum(not {"expect", "others"} & pair.keys() for pair in everything) >= len(everything) / 3
