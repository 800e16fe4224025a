"""Every revision of every sample comes to what its manifest says: the engine's own oracle."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from random import Random

import pytest

from monitor.commitments import find_commitments
from monitor.comparison import compare
from monitor.extraction import read_document
from monitor.model import SEVERITIES, Comparison, Value
from web.samples import Sample, catalogue
from web.samples.rendering import render

DAY = date(2026, 3, 2)
SAMPLES = {sample.id: sample for sample in catalogue()}
#: What the server says, not the text, decides about a 503; the daemon's tests cover it.
JUDGED_BY_TEXT = ("material", "minor", "cosmetic", "capture", "unchanged")


def page(sample: Sample, index: int, *, load: int = 0) -> str:
    """One load of a revision; every load has other noise."""
    noise = Random(f"{sample.id} {index} {load}")
    return render(sample.templates[index], language=sample.language, day=DAY, noise=noise)


def baseline(sample: Sample, index: int) -> int:
    """The revision that a check of ``index`` is compared with: the last that became a version."""
    passing = ("capture", "failed", "held")
    return max(i for i in range(index) if sample.revision[i].outcome not in passing)


def steps(*outcomes: str) -> list[object]:
    return [
        pytest.param(sample, index, id=f"{sample.service}: {revision.name}")
        for sample in catalogue()
        for index, revision in enumerate(sample.revision)
        if revision.outcome in outcomes
    ]


@cache
def compared(sample_id: str, index: int) -> Comparison:
    sample = SAMPLES[sample_id]
    old, new = page(sample, baseline(sample, index)), page(sample, index)
    return compare(old, new, media_type="text/html")


def number(value: Value | None) -> int | None:
    """The number in a value such as 30 or "30 days"; None where none is promised."""
    digits = re.search(r"\d+", str(value))
    return int(digits[0]) if digits else None


@pytest.mark.parametrize(("sample", "index"), steps(*JUDGED_BY_TEXT))
def test_each_revision_gets_its_verdict(sample: Sample, index: int) -> None:
    """Material, minor, cosmetic or a failed capture, as a careful reader would say."""
    outcome = sample.revision[index].outcome
    verdict = "cosmetic" if outcome == "unchanged" else outcome
    found = compared(sample.id, index)
    assert found.verdict == verdict, found.reason


@pytest.mark.parametrize(("sample", "index"), steps("material", "minor"))
def test_each_change_of_meaning_is_found_once_and_nothing_else_alerts(
    sample: Sample, index: int
) -> None:
    """Category, direction and highest severity are the manifest's; nothing of another kind."""
    revision = sample.revision[index]
    findings = [f for f in compared(sample.id, index).findings if f.category not in revision.also]
    if revision.outcome == "material":
        findings = [f for f in findings if f.severity != "low"]
    highest: dict[tuple[str, str], str] = {}
    for finding in sorted(findings, key=lambda f: SEVERITIES.index(f.severity)):
        highest.setdefault((finding.category, finding.direction), finding.severity)
    assert highest == {(f.category, f.direction): f.severity for f in revision.finding}


@pytest.mark.parametrize(("sample", "index"), steps("material"))
def test_numbers_that_changed_are_stated_as_values(sample: Sample, index: int) -> None:
    """A promise with a number is reported with the number before and the number after."""
    for expectation in sample.revision[index].finding:
        if expectation.before_value is None and expectation.after_value is None:
            continue
        values = [
            (number(finding.before_value), number(finding.after_value))
            for finding in compared(sample.id, index).findings
            if finding.category == expectation.category
        ]
        assert (expectation.before_value, expectation.after_value) in values


@pytest.mark.parametrize(("sample", "index"), steps("material"))
def test_every_quote_stands_where_the_finding_says(sample: Sample, index: int) -> None:
    """The offsets of both quotes index the texts as they were read."""
    old = read_document(page(sample, baseline(sample, index)).encode()).text
    new = read_document(page(sample, index).encode()).text
    for finding in compared(sample.id, index).findings:
        assert finding.before or finding.after
        if finding.before:
            assert old[finding.before.start : finding.before.end] == finding.before.text
        if finding.after:
            assert new[finding.after.start : finding.after.end] == finding.after.text


@pytest.mark.parametrize(
    ("sample", "index"), steps("first", "material", "minor", "cosmetic", "unchanged")
)
def test_two_loads_of_a_page_read_the_same(sample: Sample, index: int) -> None:
    """Counters, tokens and rotating menus are not part of the policy's text."""
    texts = {read_document(page(sample, index, load=load).encode()).text for load in range(3)}
    assert len(texts) == 1


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_sample_is_read_whole_and_alone(sample: Sample) -> None:
    """The title, the language, the first and the last section; no banner and no footer."""
    document = read_document(page(sample, 0).encode())
    assert document.language == sample.language
    whole, nothing_else = {
        "sample-quillbrook-privacy": ("We read every letter", "Accept all"),
        "sample-fennimore-privacy": ("answerable for it", "Post Comment"),
        "sample-ondina-privacy": ("Le versioni precedenti restano", "Potrebbero piacervi"),
        "sample-dockside-terms": ("legal@dockside.example", "trucks were loaded on time"),
        "sample-corvane-dpa": ("staffed day and night", "Trust centre"),
    }[sample.id]
    assert whole in document.text
    assert nothing_else not in document.text
    assert "policywatch" not in document.text


PROMISES: list[tuple[str, str, Value, str]] = [
    ("sample-quillbrook-privacy", "notice_period", 30, "day"),
    ("sample-quillbrook-privacy", "minimum_age", 16, "year"),
    ("sample-quillbrook-privacy", "sale", "never", ""),
    ("sample-quillbrook-privacy", "breach_notice", 72, "hour"),
    ("sample-quillbrook-privacy", "response_time", 30, "day"),
    ("sample-fennimore-privacy", "retention", 24, "month"),
    ("sample-fennimore-privacy", "minimum_age", 18, "year"),
    ("sample-fennimore-privacy", "acceptance_by_use", True, ""),
    ("sample-ondina-privacy", "notice_period", 30, "day"),
    ("sample-ondina-privacy", "minimum_age", 16, "year"),
    ("sample-ondina-privacy", "sale", "never", ""),
    ("sample-ondina-privacy", "retention", 12, "month"),
    ("sample-dockside-terms", "notice_period", 60, "day"),
    ("sample-dockside-terms", "minimum_age", 18, "year"),
    ("sample-corvane-dpa", "notice_period", 30, "day"),
    ("sample-corvane-dpa", "objection_window", 30, "day"),
    ("sample-corvane-dpa", "breach_notice", 24, "hour"),
]


@pytest.mark.parametrize(("sample_id", "kind", "value", "unit"), PROMISES)
def test_the_promises_of_the_first_revision_are_found(
    sample_id: str, kind: str, value: Value, unit: str
) -> None:
    """What a policy promises comes out as a typed commitment."""
    promises = find_commitments(page(SAMPLES[sample_id], 0), media_type="text/html")
    assert (kind, value, unit) in {(p.kind, p.value, p.unit) for p in promises}
