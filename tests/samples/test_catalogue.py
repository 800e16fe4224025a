"""The manifests of the samples are consistent, and cover what they are there to show."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from random import Random

import pytest
from pydantic import ValidationError

from web.samples import Revision, Sample, catalogue
from web.samples.catalogue import Edit
from web.samples.rendering import render

SAMPLES = {sample.id: sample for sample in catalogue()}
each_sample = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
DAY = date(2026, 3, 2)


def revisions(outcome: str, *, language: str = "") -> list[Revision]:
    return [
        revision
        for sample in catalogue()
        if sample.language.startswith(language)
        for revision in sample.revision
        if revision.outcome == outcome
    ]


def text_of(page: str) -> str:
    return re.sub(r"(?s)<style.*?</style>|<script.*?</script>|<[^>]+>", " ", page)


def test_there_are_five_policies_of_three_types_and_two_languages() -> None:
    """The samples cover privacy policies, terms and a DPA, in English and Italian."""
    assert len(SAMPLES) == 5
    assert {sample.type for sample in catalogue()} == {"privacy", "terms", "dpa"}
    assert {sample.language for sample in catalogue()} == {"en", "it"}
    assert len({sample.layout for sample in catalogue()}) == 5
    assert len({sample.path for sample in catalogue()}) == 5


@each_sample
def test_every_policy_is_as_long_as_a_real_one(sample: Sample) -> None:
    """A sample is a whole document, not a snippet."""
    assert 1200 <= len(text_of(sample.templates[0]).split()) <= 2500


@each_sample
def test_every_policy_has_a_material_a_cosmetic_and_a_failing_revision(sample: Sample) -> None:
    """Each sample starts as new and shows what must, and what must not, alert."""
    outcomes = [revision.outcome for revision in sample.revision]
    assert outcomes[0] == "first"
    assert 6 <= len(outcomes) <= 8
    assert outcomes.count("material") >= 2
    assert outcomes.count("cosmetic") == 1
    assert "capture" in outcomes


@pytest.mark.parametrize("theme", ["new sharing", "shorter notice", "changed age limit"])
@pytest.mark.parametrize("language", ["en", "it"])
def test_every_theme_is_told_in_both_languages(theme: str, language: str) -> None:
    """New sharing, shorter notice and a changed age limit appear in English and in Italian."""
    assert theme in {revision.theme for revision in revisions("material", language=language)}


def test_one_policy_flaps_and_every_kind_of_failure_occurs() -> None:
    """One earlier text comes back for a moment; every failure page is used."""
    assert len(revisions("held")) == 1
    failures = [*revisions("capture"), *revisions("failed")]
    assert {revision.failure for revision in failures} == {
        "bot_wall", "cookie_wall", "login", "soft_404", "truncated", "error_503",
    }  # fmt: skip


@each_sample
def test_failures_and_flaps_recover_with_the_text_before(sample: Sample) -> None:
    """After a failure or a flap the page is again, byte for byte, what it was before."""
    for index, (trouble, after) in enumerate(pairwise(sample.revision)):
        if trouble.outcome in ("capture", "failed", "held"):
            assert after.outcome == "unchanged"
            assert sample.templates[index + 1] == sample.templates[index - 1]
            assert sample.templates[index] != sample.templates[index - 1]
    assert sample.revision[-1].outcome not in ("capture", "failed", "held")


@each_sample
def test_only_revisions_that_change_meaning_expect_findings(sample: Sample) -> None:
    """A material revision states a finding above low; a minor one only low ones; others none."""
    for revision in sample.revision:
        severities = {finding.severity for finding in revision.finding}
        match revision.outcome:
            case "material":
                assert severities - {"low"}
                assert revision.theme
            case "minor":
                assert severities == {"low"}
            case _:
                assert not severities


@each_sample
def test_a_rendered_page_has_no_placeholder_left(sample: Sample) -> None:
    """Every placeholder of every revision is known."""
    for template in sample.templates:
        page = render(template, language=sample.language, day=DAY, noise=Random(1))
        assert "{{" not in page
        assert "}}" not in page


def test_dates_are_counted_from_the_first_publication_and_written_in_the_policys_language() -> None:
    """A page that says "last updated" says it relative to the start of the story."""
    template = "{{date+30}} / {{date-1}}"
    english = render(template, language="en", day=DAY, noise=Random(1))
    italian = render(template, language="it", day=DAY, noise=Random(1))
    assert english == "1 April 2026 / 1 March 2026"
    assert italian == "1 aprile 2026 / 1 marzo 2026"


def test_an_unknown_placeholder_is_refused() -> None:
    """A typing error in a page does not reach the reader."""
    with pytest.raises(ValueError, match="no placeholder"):
        render("<p>{{nonse}}</p>", language="en", day=DAY, noise=Random(1))


@pytest.mark.parametrize("page", ["<p>nothing here</p>", "<p>30 days, 30 days</p>"])
def test_an_edit_that_does_not_apply_exactly_once_is_refused(page: str) -> None:
    """A manifest that no longer fits its page fails loudly."""
    sample = Sample(
        id="x", service="x", type="privacy", path="/x", language="en", layout="x", page=page,
        revision=(
            Revision(name="initial", outcome="first", note=""),
            Revision(name="b", outcome="material", note="", edit=(Edit(old="30", new="10"),)),
        ),
    )  # fmt: skip
    with pytest.raises(ValueError, match='revision "b"'):
        _ = sample.templates


def test_a_revision_is_an_edit_or_a_return_or_a_failure() -> None:
    """Two kinds of change in one revision would leave its outcome open."""
    with pytest.raises(ValidationError, match="give one of edit, same_as, failure"):
        Revision(name="b", outcome="capture", note="", same_as="initial", failure="login")
