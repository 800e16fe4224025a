"""What is raised and closed as a policy's stands to its expectations change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from monitor.expectations import settle
from monitor.model import Assessment, Stand, Standing

START = datetime(2026, 3, 1, 10, tzinfo=UTC)


def said(standing: Standing, *, name: str = "sale", digest: str = "never") -> Assessment:
    return Assessment(name, digest, "Sale: never", "sale", standing, "medium", "Sale: ...")


class Story:
    """One policy, text after text."""

    def __init__(self) -> None:
        self.stands: tuple[Stand, ...] = ()
        self.version = 0

    def text(self, *assessments: Assessment, upgraded: bool = False) -> tuple[list[str], list[str]]:
        """A new version; returns the names that were raised and closed."""
        self.version += 1
        return self.again(*assessments, upgraded=upgraded)

    def again(
        self, *assessments: Assessment, upgraded: bool = False
    ) -> tuple[list[str], list[str]]:
        """The same version, held against other expectations or read otherwise."""
        at = START + timedelta(days=self.version)
        settled = settle(self.stands, assessments, version=self.version, at=at, upgraded=upgraded)
        self.stands = settled.stands
        return [a.name for a in settled.raised], [a.name for a in settled.closed]


def run(standings: Sequence[Standing]) -> list[str]:
    story, heard = Story(), []
    for standing in standings:
        raised, closed = story.text(said(standing))
        heard.append("raised" if raised else "closed" if closed else "-")
    return heard


@pytest.mark.parametrize(
    ("standings", "heard"),
    [
        (["silent", "silent", "silent"], ["raised", "-", "-"]),
        (["met", "contrary", "met"], ["-", "raised", "closed"]),
        (["silent", "met", "silent"], ["raised", "closed", "raised"]),
        (["silent", "not found", "silent"], ["raised", "-", "-"]),
        (["silent", "contrary", "silent"], ["raised", "raised", "-"]),
        (["contrary", "not applicable", "met"], ["raised", "closed", "-"]),
        (["met", "met"], ["-", "-"]),
    ],
)
def test_a_shortfall_is_raised_once_and_closed_once(
    standings: list[Standing], heard: list[str]
) -> None:
    """Again if it returns, and once more where silence becomes the opposite."""
    assert run(standings) == heard


def test_another_expectation_is_raised_anew_on_the_same_text() -> None:
    """People asked for something else; an equal one that stays short is not repeated."""
    story = Story()
    other = said("silent", name="dpo")
    assert story.text(said("silent"), other) == (["sale", "dpo"], [])
    assert story.again(said("silent", digest="not may"), other) == (["sale"], [])
    assert story.again(said("met", digest="any"), other) == ([], ["sale"])


def test_what_only_our_reading_changed_raises_nothing() -> None:
    """A technical upgrade alerts nobody; the real change after it does."""
    story = Story()
    story.text(said("met"))
    assert story.text(said("silent"), upgraded=True) == ([], [])
    assert story.text(said("silent")) == ([], [])
    assert story.text(said("contrary")) == (["sale"], [])
    story.text(said("met"))
    assert story.again(said("silent")) == ([], [])


def test_a_shortfall_that_nobody_was_told_of_is_not_closed_either() -> None:
    """No end of what had no beginning."""
    story = Story()
    story.text(said("met"))
    story.text(said("silent"), upgraded=True)
    assert story.text(said("met")) == ([], [])


def test_since_is_when_the_standing_began() -> None:
    """It outlives versions, and ends with the standing."""
    story = Story()
    story.text(said("silent"))
    story.text(said("silent"))
    assert story.stands[0].since == START + timedelta(days=1)
    assert story.stands[0].version == 2
    story.text(said("met"))
    assert story.stands[0].since == START + timedelta(days=3)
    assert not story.stands[0].raised


def test_what_is_no_longer_expected_is_forgotten() -> None:
    """And is new if it is expected again."""
    story = Story()
    story.text(said("silent"))
    assert story.again() == ([], [])
    assert story.stands == ()
    assert story.again(said("silent")) == (["sale"], [])
